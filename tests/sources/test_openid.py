"""What an ID token proves, and every way to forge one that we know of."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from laurea.sources.openid import Client, NotProven, Proven, proven

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://identity.example"
US = Client(ISSUER, "laurea", "x" * 20, "https://laurea.example/sign-in/back")
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
KEYS = {"keys": [KEY.as_dict(private=False)]}


def claims(**changes: Any) -> dict[str, Any]:
    moment = int(NOW.timestamp())
    made = {
        "iss": ISSUER, "aud": "laurea", "sub": "1", "iat": moment, "exp": moment + 300, "nonce": "n",
        "email": "a@b.example", "email_verified": True,
    }  # fmt: skip
    return {name: value for name, value in (made | changes).items() if value is not None}


def token(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    head = {"alg": "RS256", "kid": "one"} | (header or {})
    return jwt.encode(head, claims(**changes), key, algorithms=["RS256", "ES256", "HS256", "RS512", "none"])


def part(what: bytes) -> str:
    return urlsafe_b64encode(what).decode().rstrip("=")


def by_hand(alg: str, key: bytes = b"") -> str:
    """A token no library would make: unsigned, or signed with the public key as if it were a shared one."""
    body = ".".join(part(json.dumps(one).encode()) for one in ({"alg": alg, "kid": "one"}, claims()))
    return f"{body}.{part(hmac.digest(key, body.encode(), 'sha256')) if key else ''}"


def believed(text: str, keys: dict[str, Any] = KEYS, client: Client = US) -> Proven:
    return proven(text, keys, client, nonce="n", now=NOW)


def test_genuine_token_is_believed() -> None:
    assert believed(token()) == Proven(ISSUER, "1", "a@b.example", "")
    assert believed(token(email_verified="true")).email == ""  # a word is no truth
    assert believed(token(aud=["laurea", "other"], azp="laurea")).subject == "1"
    curve = ECKey.generate_key("P-256", {"kid": "two"})
    signed = token(curve, {"alg": "ES256", "kid": "two"})
    assert believed(signed, {"keys": [*KEYS["keys"], curve.as_dict(private=False)]}).subject == "1"


OTHER = RSAKey.generate_key(2048, {"kid": "one"})
FORGED: dict[str, Callable[[], str]] = {
    "no signature": lambda: by_hand("none"),
    "no signature, spelt otherwise": lambda: by_hand("nOnE"),
    "a signature by another key": lambda: token(OTHER),
    "a key in its own header": lambda: token(OTHER, {"jwk": OTHER.as_dict(private=False)}),
    "the right key in its own header": lambda: token(header={"jwk": KEY.as_dict(private=False)}),
    "an address of keys in its header": lambda: token(header={"jku": "https://evil.example/keys"}),
    "the public key as a shared one": lambda: by_hand("HS256", KEY.as_pem(private=False)),
    "an algorithm that is not ours": lambda: token(header={"alg": "RS512"}),
    "an unknown key": lambda: token(header={"kid": "three"}),
    "another audience": lambda: token(aud="other"),
    "more audiences and no party": lambda: token(aud=["laurea", "other"]),
    "another party": lambda: token(azp="other"),
    "no audience": lambda: token(aud=None),
    "another issuer": lambda: token(iss="https://evil.example"),
    "no issuer": lambda: token(iss=None),
    "another nonce": lambda: token(nonce="m"),
    "no nonce": lambda: token(nonce=None),
    "it expired": lambda: token(exp=int(NOW.timestamp()) - 61),
    "it never expires": lambda: token(exp=None),
    "it is of tomorrow": lambda: token(iat=int(NOW.timestamp()) + 86400, nbf=int(NOW.timestamp()) + 86400),
    "nobody": lambda: token(sub=None),
    "a nobody without letters": lambda: token(sub=""),
    "a number for somebody": lambda: token(sub=7),
    "nothing": lambda: "",
    "no token": lambda: "a.b.c",
    "three dots": lambda: "...",
}


@pytest.mark.parametrize("forged", FORGED)
def test_forged_token_proves_nothing(forged: str) -> None:
    with pytest.raises(NotProven):
        believed(FORGED[forged]())


def test_changed_token_proves_nothing() -> None:
    head, body, seal = token().split(".")
    other = token(sub="2").split(".")[1]
    for text in (f"{head}.{other}.{seal}", f"{head}.{body}.{seal[:-8]}AAAAAAAA", f"{head}.{body}."):
        with pytest.raises(NotProven):
            believed(text)


def test_kind_of_sign_in_is_demanded_where_it_is_set() -> None:
    strict = Client(ISSUER, "laurea", "x" * 20, US.redirect, ("high", "higher"))
    assert believed(token(acr="high"), client=strict).acr == "high"
    for acr in ("low", None):
        with pytest.raises(NotProven):
            believed(token(acr=acr), client=strict)
