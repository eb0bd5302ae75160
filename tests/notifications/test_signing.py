"""Signatures, believed or not by somebody else's program: dkimpy, asking a DNS of the test's own."""

from __future__ import annotations

import contextlib
import re

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifications.errors import BadKey
from notifications.samples import samples
from notifications.signing import OVERSIGNED, Signer

KINDS = [(language, kind, dict(data)) for language in ("en", "ka") for kind, data in samples(language)][::7]
KEYS = {
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def written(path, key):
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture(params=sorted(KEYS))
def signer(request, tmp_path):
    return Signer.read("Laurea.example", f"s2026:{written(tmp_path / 'key.pem', KEYS[request.param])}")


def believed(content, signer):
    def dns(name, timeout=5):
        return signer.public().encode() if name == b"s2026._domainkey.laurea.example." else None

    return dkim.verify(content, dnsfunc=dns)


def signed(content, signer):
    return signer.header(content) + content


@pytest.mark.parametrize(("language", "kind", "data"), KINDS)
def test_letters_are_believed(language, kind, data, signer, write):
    content = signed(write(kind, data, language).content, signer)
    assert believed(content, signer)
    head = content.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head[: head.index(b"\r\nFrom:")].split(b"\r\n"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"x",
        b"a  b \t c  \r\n\r\n\r\n",
        b" \r\n\r\n",
        b"x\r\n.\r\n",
        b"\tx\r\n \r\ny \r\n",
        b"a\r\n\r\nb\r\n",
    ],
)
def test_bodies_with_odd_ends_and_spaces_are_believed(body, signer):
    content = b"From: a@laurea.example\r\nTo: b@c.example\r\nSubject:  two   spaces\r\n  folded \r\n\r\n" + body
    assert believed(signed(content, signer), signer)


def test_a_relay_may_fold_anew_and_put_its_own_lines_before(signer, write):
    content = signed(write(*KINDS[0][1:]).content, signer).replace(b"Subject: ", b"Subject:\r\n  ", 1)
    assert believed(b"Received: by relay.example\r\n\twith ESMTP\r\n" + content + b"\r\n\r\n", signer)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: ", b"Subject: not "),
        (b"<reader@school.example>", b"<reader@school.exomple>"),
        (b"Date: Mon", b"Date: Tue"),
        (b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"),
        (b"\r\n\r\n", b"\r\n\r\nadded\r\n"),
        (b"\r\n\r\n", b"\r\nFrom: evil@x.example\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nSubject: evil\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nReply-To: evil@x.example\r\n\r\n"),
        (b"Content-Type: multipart/alternative", b"Content-Type: multipart/mixed"),
        (b"s=s2026", b"s=s2025"),
        (b"d=laurea.example", b"d=school.example"),
    ],
)
def test_whatever_was_changed_is_noticed(before, after, signer, write):
    content = signed(write("sign_in", {"link": "https://l.example/x", "minutes": 9, "place": "jury"}).content, signer)
    assert content.count(before) >= 1
    with contextlib.suppress(dkim.DKIMException):
        assert not believed(content.replace(before, after, 1), signer)


def test_what_a_letter_has_of_these_is_signed_and_what_it_may_not_get_is_named_once_more(signer):
    lines = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe",
             "List-Unsubscribe-Post")  # fmt: skip
    content = "".join(f"{name}: x\r\n" for name in lines).encode() + b"\r\nhi\r\n"
    header = signer.header(content).decode()
    names = re.sub(r"\s", "", re.search(r"h=([^;]+);", header)[1]).split(":")
    assert {name.lower() for name in lines} <= set(names)
    assert all(names.count(name) == 1 + (name != "reply-to") for name in OVERSIGNED)


@pytest.mark.parametrize("where", ["", "s2026", "s2026:", ":/x", "s 1:/x", "s2026:/nowhere/key.pem"])
def test_a_key_that_cannot_be_used_is_named(where):
    with pytest.raises(BadKey, match=r"laurea\.example"):
        Signer.read("laurea.example", where)


def test_only_keys_that_dkim_knows(tmp_path):
    path = written(tmp_path / "key.pem", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(BadKey, match="no RSA key"):
        Signer.read("laurea.example", f"s2026:{path}")
    path.write_bytes(b"no key at all")
    with pytest.raises(BadKey, match="cannot be read"):
        Signer.read("laurea.example", f"s2026:{path}")
    assert "PRIVATE" not in repr(Signer.read("x.example", f"s:{written(path, KEYS['rsa'])}"))
