"""DKIM (RFC 6376, RFC 8463): a signature by which receivers tell that a letter is the sender's and nobody changed it.

Written here in a few lines over `cryptography`, because dkimpy, which our tests verify with, takes ten times as long
for a signature with RSA. Relaxed canonicalization of header and body: relays may fold lines anew and nothing breaks.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from notifications.errors import BadKey

SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "content-language", "reply-to", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
"""Header fields that are signed where a letter has them."""
OVERSIGNED = ("from", "to", "subject", "date", "message-id", "reply-to")
"""Named once more than they occur: a second one cannot be added on the way."""
LEAST_BITS = 1024
_SPACES = re.compile(rb"[ \t]+")
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_REMEDY = 'LAUREA_DKIM is a JSON object: {"school.example": "selector:/path/of/the/private/key.pem"}.'


@dataclass(frozen=True, repr=False)
class Signer:
    """Signs in the name of a domain; `selector` is where receivers find the public key: SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @classmethod
    def read(cls, domain: str, where: str) -> Self:
        """A signer from `selector:/path/key.pem`. Raises BadKey."""
        selector, _, path = where.partition(":")
        if not _SELECTOR.fullmatch(selector) or not path:
            raise BadKey(f"The signature of {domain} has no selector or no key.", _REMEDY)
        try:
            key = serialization.load_pem_private_key(Path(path).read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise BadKey(
                f"The key for signatures of {domain} cannot be read: {type(error).__name__}.", _REMEDY
            ) from None
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_BITS:
            return cls(domain.lower(), selector, key)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return cls(domain.lower(), selector, key)
        raise BadKey(
            f"The key for signatures of {domain} is no RSA key of 1024 bits or more, and no Ed25519 key.", _REMEDY
        )

    def header(self, content: bytes) -> bytes:
        """The DKIM-Signature line of a letter, to be put before it. Lines of `content` end with CRLF."""
        head, _, body = content.partition(b"\r\n\r\n")
        fields = _fields(head)
        names = [name for name in SIGNED for _ in fields.get(name, ())]
        names = sorted([*names, *OVERSIGNED], key=SIGNED.index)
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode("ascii")
        kind = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ed25519"
        rows = ":\r\n ".join(":".join(names[at : at + 4]) for at in range(0, len(names), 4))
        tags = (
            f"DKIM-Signature: v=1; a={kind}-sha256; c=relaxed/relaxed; d={self.domain};\r\n s={self.selector};"
            f"\r\n h={rows};\r\n bh={digest};\r\n b="
        ).encode("ascii")
        left = {name: list(values) for name, values in fields.items()}
        lines = [_relaxed(name, left[name].pop()) for name in names if left.get(name)]
        lines.append(_relaxed("dkim-signature", tags.partition(b":")[2]).removesuffix(b"\r\n"))
        signature = base64.b64encode(self._sign(b"".join(lines))).decode("ascii")
        return tags + "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72)).encode() + b"\r\n"

    def _sign(self, told: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(told, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(told).digest())

    def public(self) -> str:
        """The text record that receivers look for, as it is written into the domain's zone."""
        public, form = self.key.public_key(), serialization.PublicFormat
        if isinstance(public, rsa.RSAPublicKey):
            told = public.public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(told).decode('ascii')}"
        told = public.public_bytes(serialization.Encoding.Raw, form.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(told).decode('ascii')}"


def _fields(head: bytes) -> dict[str, list[bytes]]:
    """Values of header fields, with their folds, in the order they stand in."""
    found: dict[str, list[bytes]] = {}
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        found.setdefault(name.strip().lower().decode("ascii", "replace"), []).append(value)
    return found


def _relaxed(name: str, value: bytes) -> bytes:
    """A header field as relaxed canonicalization has it (RFC 6376, 3.4.2)."""
    return name.encode("ascii") + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """A body as relaxed canonicalization has it (RFC 6376, 3.4.4)."""
    if b"\t" in body or b"  " in body or b" \r\n" in body:
        body = _SPACES.sub(b" ", body).replace(b" \r\n", b"\r\n")
    body = body.rstrip(b"\r\n")
    return body + b"\r\n" if body else b""
