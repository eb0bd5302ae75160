"""Labels as credentials that programs can check: Open Badges 3.0 in a signed JWT, and the list of what was withdrawn.

Values go in, text comes out. A credential is a W3C Verifiable Credential (Data Model 2.0) whose members are the claims
of the JWT (Open Badges 3.0, section 8.2), signed with Ed25519 (RFC 8037). Its issuer is a did:web, whose document
holds the public keys; its status is a bit in a Bitstring Status List (W3C, 1.0). The same values give the same text.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
BITS = 131_072  # of one list: the least the standard allows, so that one bit tells little
LIST_HOLDS = timedelta(days=1)  # a list kept for longer may hide a withdrawal
LONGEST = 64_000  # signs of a credential somebody sends in
MEDIA_TYPE = "application/vc+jwt"


@dataclass(frozen=True)
class Key:
    """A key of an authority; `name` tells it from its other ones."""

    name: str
    secret: Ed25519PrivateKey

    @property
    def public(self) -> Ed25519PublicKey:
        """What everybody may know of it."""
        return self.secret.public_key()


@dataclass(frozen=True)
class Issuer:
    """Who signs: where its page and documents are (`address`, without a slash at its end), and its name."""

    address: str
    name: str

    @property
    def did(self) -> str:
        """The did:web whose document lies at `address`/did.json."""
        parts = urlsplit(self.address)
        return ":".join(["did:web", quote(parts.netloc, safe=""), *(part for part in parts.path.split("/") if part)])


@dataclass(frozen=True)
class Badge:
    """What a credential tells of a label. `index` is its place among all labels of the house."""

    address: str  # of its public page
    holder: str
    title: str
    says: str  # what it was granted for, in a sentence
    rules: str  # award, edition and digest of the rules it was decided by
    results: str  # address of the round's public results
    outcome: str
    language: str
    valid_from: date
    valid_until: date | None
    timezone: str
    index: int


class Unsound(ValueError):
    """A text is no credential of ours; `reason` is unreadable, foreign or tampered."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def badge(one: Badge, issuer: Issuer) -> dict[str, Any]:
    """The claims of a label's credential. It begins and ends with its days on the authority's clock."""
    zone = ZoneInfo(one.timezone)
    begins = datetime.combine(one.valid_from, time(), zone)
    claims: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": one.address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": one.title,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.address},
        "validFrom": _stamp(begins),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityHash": one.holder, "identityType": "name"}
            ],
            "achievement": {
                "id": f"{one.results}#{quote(one.outcome, safe='')}",
                "type": ["Achievement"],
                "name": one.title,
                "description": one.says,
                "criteria": {"id": one.results, "narrative": one.rules},
                "inLanguage": one.language,
            },
        },
        "credentialStatus": _entry(issuer, one.index),
        "iss": issuer.did,
        "jti": one.address,
        "nbf": int(begins.timestamp()),
    }
    if one.valid_until is not None:
        ends = datetime.combine(one.valid_until + timedelta(days=1), time(), zone) - timedelta(seconds=1)
        claims |= {"validUntil": _stamp(ends), "exp": int(ends.timestamp())}
    return claims


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(issuer: Issuer, index: int) -> dict[str, str]:
    page, place = divmod(index, BITS)
    address = list_address(issuer, page)
    return {
        "id": f"{address}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": address,
    }


def list_address(issuer: Issuer, page: int) -> str:
    """Where the list with the labels of one page (BITS a page) is found."""
    return f"{issuer.address}/status/{page}"


def status_list(issuer: Issuer, page: int, withdrawn: Iterable[int], now: datetime) -> dict[str, Any]:
    """The claims of a status list: the bits of withdrawn labels are set. It holds for a day."""
    bits = bytearray(BITS // 8)
    for index in withdrawn:
        place = index - page * BITS
        bits[place // 8] |= 0x80 >> place % 8
    address = list_address(issuer, page)
    begins = now.replace(minute=0, second=0, microsecond=0)
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    return {
        "@context": [CONTEXTS[0]],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": _stamp(begins),
        "validUntil": _stamp(begins + LIST_HOLDS),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{packed}",
        },
        "iss": issuer.did,
        "jti": address,
        "nbf": int(begins.timestamp()),
        "exp": int((begins + LIST_HOLDS).timestamp()),
    }


def did_document(issuer: Issuer, keys: Sequence[Key]) -> dict[str, Any]:
    """The document that says which keys sign for an authority; earlier keys stay in it."""
    did = issuer.did
    methods = [
        {"id": f"{did}#{key.name}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": _jwk(key.public)}
        for key in keys
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _packed(public.public_bytes_raw())}


def sign(claims: Mapping[str, Any], issuer: Issuer, key: Key) -> str:
    """Claims as a signed JWT."""
    head = {"alg": "EdDSA", "typ": "JWT", "kid": f"{issuer.did}#{key.name}", "jwk": _jwk(key.public)}
    text = f"{_packed(_json(head))}.{_packed(_json(claims))}"
    return f"{text}.{_packed(key.secret.sign(text.encode()))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed_by(text: str) -> str:
    """The name of the key a credential says it is signed with; nothing of it is proven yet.

    Raises Unsound where it cannot be read, or is signed in a way that is not ours.
    """
    parts = text.strip().split(".")
    if len(text) > LONGEST or len(parts) != 3:
        raise Unsound("unreadable")
    head = _read(parts[0])
    kid = head.get("kid")
    if not isinstance(kid, str) or head.get("alg") != "EdDSA" or "crit" in head:
        raise Unsound("foreign")
    return kid


def self_signed(text: str) -> tuple[dict[str, Any], str, Ed25519PublicKey]:
    """The claims of a text that the key in its own head signed, the key's owner by its own word, and the key.

    It proves that nothing was changed since; whose key that is, `public_keys` of its owner's did.json tells.
    """
    kid = signed_by(text)
    try:
        public = Ed25519PublicKey.from_public_bytes(_unpacked(_read(text.strip().partition(".")[0])["jwk"]["x"]))
    except (KeyError, TypeError, ValueError):
        raise Unsound("foreign") from None
    return verify(text, public), kid.partition("#")[0], public


def public_keys(did: Mapping[str, Any]) -> list[Ed25519PublicKey]:
    """The keys that a did.json lists. Raises Unsound where it is none."""
    try:
        return [
            Ed25519PublicKey.from_public_bytes(_unpacked(method["publicKeyJwk"]["x"]))
            for method in did["verificationMethod"]
        ]
    except (KeyError, TypeError, ValueError):
        raise Unsound("unreadable") from None


def fingerprint(public: Ed25519PublicKey) -> str:
    """A key in sixteen signs that two people can compare: of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def verify(text: str, public: Ed25519PublicKey) -> dict[str, Any]:
    """The claims of a credential that a key signed as it stands. Raises Unsound otherwise."""
    signed, _, signature = text.strip().rpartition(".")
    try:
        public.verify(_unpacked(signature), signed.encode())
    except InvalidSignature:
        raise Unsound("tampered") from None
    return _read(signed.partition(".")[2])


def _read(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_unpacked(part))
    except (ValueError, RecursionError):
        raise Unsound("unreadable") from None
    if not isinstance(found, dict):
        raise Unsound("unreadable")
    return found


def _unpacked(part: str) -> bytes:
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unsound("unreadable") from None
    if _packed(found) != part:  # a second spelling of the same bytes is not what we signed
        raise Unsound("tampered")
    return found
