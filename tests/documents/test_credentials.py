"""Credentials as somebody else's program sees them: openbadgeslib reads, resolves and checks what we sign."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from laurea.documents import credentials as made

ISSUER = made.Issuer("https://laurea.example.org/credentials/AZ", "National Support Organisation")
KEY = made.Key("key-1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
TODAY = datetime.now(UTC).date()
BADGE = made.Badge(
    address="https://laurea.example.org/certificates/kJ3_9dkLmW0ePq8sTzYxVw",
    holder="Çaylar xatırlayır: ხმები, ᾠδή",
    title="National Quality Label",
    says="National Quality Label (Labels 2026)",
    rules="etwinning-nql/nql-e (SHA-256 00ff)",
    results="https://laurea.example.org/results/labels-2026",
    outcome="label",
    language="en",
    valid_from=TODAY - timedelta(days=30),
    valid_until=TODAY + timedelta(days=700),
    timezone="Asia/Baku",
    index=131_075,
)


def signed(one: made.Badge = BADGE) -> str:
    return made.sign(made.badge(one, ISSUER), ISSUER, KEY)


def net(withdrawn: tuple[int, ...] = (), now: datetime | None = None):
    """What the portal would answer."""
    page = made.status_list(ISSUER, 1, withdrawn, now or datetime.now(UTC))
    answers = {
        f"{ISSUER.address}/did.json": json.dumps(made.did_document(ISSUER, [KEY])).encode(),
        f"{ISSUER.address}/status/1": made.sign(page, ISSUER, KEY).encode(),
    }
    return answers.__getitem__


def believed(text: str, withdrawn: tuple[int, ...] = (), now: datetime | None = None):
    """What openbadgeslib makes of it; raises what it refuses."""
    ask = net(withdrawn, now)
    verifier = OB3Verifier.for_issuer_did(ISSUER.did, download=ask)
    found = verifier.verify(text)
    verifier.check_status(found, verify_list=True, download=ask)
    return found


def test_another_program_believes_it() -> None:
    found = believed(signed())
    assert found.issuer.id == "did:web:laurea.example.org:credentials:AZ"
    assert found.achievement.name == BADGE.title
    assert found.raw["credentialSubject"]["identifier"][0]["identityHash"] == BADGE.holder
    assert believed(signed(replace(BADGE, valid_until=None)))


def test_a_second_library_verifies_the_signature() -> None:
    claims = jwt.decode(signed(), KEY.public, algorithms=["EdDSA"], issuer=ISSUER.did)
    assert claims["jti"] == BADGE.address
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed(), Ed25519PrivateKey.generate().public_key(), algorithms=["EdDSA"])


def test_it_holds_to_the_last_second_of_its_last_day_on_the_authority_s_clock() -> None:
    claims = made.badge(replace(BADGE, valid_from=date(2026, 6, 2), valid_until=date(2028, 6, 2)), ISSUER)
    assert (claims["validFrom"], claims["validUntil"]) == ("2026-06-01T20:00:00Z", "2028-06-02T19:59:59Z")
    assert claims["exp"] == datetime(2028, 6, 2, 19, 59, 59, tzinfo=UTC).timestamp()


def test_expired_withdrawn_and_stale_are_refused_by_another_program() -> None:
    with pytest.raises(OB3VerificationError, match="expired"):
        believed(signed(replace(BADGE, valid_until=TODAY - timedelta(days=3))))
    with pytest.raises(OB3VerificationError, match=r"revocation.*index 3"):
        believed(signed(), (131_075,))
    assert believed(signed(), (131_072, 131_074, 131_076, 262_143))  # its neighbours' bits are not its own
    with pytest.raises(OB3VerificationError, match="status list"):
        believed(signed(), now=datetime.now(UTC) - timedelta(days=3))


def test_any_change_is_refused_by_us_and_by_another_program() -> None:
    text = signed()
    head, body, signature = text.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody else"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    for wrong in (
        f"{head}.{changed}.{signature}",
        f"{head}.{body[:-8]}AAAAAAAA.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
    ):
        with pytest.raises(made.Unsound, match="tampered"):
            made.verify(wrong, KEY.public)
        with pytest.raises(OB3VerificationError):
            believed(wrong)
    assert made.verify(text, KEY.public)["jti"] == BADGE.address


def test_what_is_no_credential_of_ours_is_told_apart() -> None:
    _head, body, signature = signed().split(".")

    def with_head(**changed: object) -> str:
        packed = base64.urlsafe_b64encode(json.dumps({"alg": "EdDSA", "kid": "k", **changed}).encode()).rstrip(b"=")
        return f"{packed.decode()}.{body}.{signature}"

    for text, reason in (
        ("", "unreadable"),
        ("a.b", "unreadable"),
        ("💥.💥.💥", "unreadable"),
        (f"{body}", "unreadable"),
        ("x" * 70_000 + "..", "unreadable"),
        (with_head(alg="none"), "foreign"),
        (with_head(alg="HS256"), "foreign"),
        (with_head(kid=7), "foreign"),
        (with_head(crit=["exp"]), "foreign"),
    ):
        with pytest.raises(made.Unsound, match=reason):
            made.signed_by(text)
    deep = base64.urlsafe_b64encode(b"[" * 40_000).rstrip(b"=").decode()
    with pytest.raises(made.Unsound, match="unreadable"):
        made.signed_by(f"{deep}.{body}.{signature}")


def test_same_values_same_text_and_no_address_of_a_person_in_it() -> None:
    assert signed() == signed()
    assert "@" not in json.dumps(made.badge(BADGE, ISSUER)).replace('"@context"', "")


def test_port_and_path_of_the_portal_are_in_the_did() -> None:
    assert made.Issuer("https://a.example:8443/laurea/credentials/LV", "").did == (
        "did:web:a.example%3A8443:laurea:credentials:LV"
    )
