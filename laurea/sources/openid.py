"""An OpenID Connect provider: where it is, and who it says somebody is (OpenID Connect Core 1.0, code flow with PKCE).

An ID token counts only if it is signed by a key the provider publishes, with an algorithm of ours, and names our
issuer, our client and the nonce of this very sign-in. What its header says of keys is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from laurea.errors import SetupMissing

ALGORITHMS = ["RS256", "ES256"]
SCOPE = "openid email"
SECONDS = 10.0  # a provider may take for an answer
LEEWAY = 60  # seconds its clock may differ from ours
LARGEST = 1_000_000  # bytes of an answer
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class NotProven(Exception):
    """What the provider said proves nothing; the reason is for the log, not for who asked."""


@dataclass(frozen=True)
class Client:
    """Laurea as the provider knows it."""

    issuer: str
    client_id: str
    secret: str
    redirect: str
    acr: tuple[str, ...] = ()  # one of these must be in the token; none: whatever the provider asks of people


@dataclass(frozen=True)
class Provider:
    """What a provider says of itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    basic: bool  # takes the secret in a header; else in the form
    more: str = ""  # where it tells the address, if not in the token
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proven:
    """Who somebody is. `email` is empty unless the provider says that it has verified it."""

    issuer: str
    subject: str
    email: str
    acr: str


def discover(issuer: str) -> Provider:
    """Ask a provider where its doors are. Raises SetupMissing where it is not one, or not one we can use."""
    remedy = "Mend LAUREA_OIDC_ISSUER, or ask whoever runs the provider."
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        said = _json(httpx.get(address, timeout=SECONDS, follow_redirects=False))
    except httpx.HTTPStatusError as error:  # its own words are a paragraph, with an address to read about it
        raise SetupMissing(f"{address} answers {error.response.status_code}: no provider is there.", remedy) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SetupMissing(f"The identity provider does not answer at {address}: {error}", remedy) from None
    if said.get("issuer") != issuer:
        raise SetupMissing(f"{issuer} calls itself {said.get('issuer')!r}: not the same.", remedy)
    doors = [str(said.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for one in (*doors, *filter(None, [str(said.get("userinfo_endpoint") or "")])):
        parts = urlsplit(one)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
            raise SetupMissing(f"The identity provider names an address that is not https: {one!r}.", remedy)
    signs = said.get("id_token_signing_alg_values_supported", ["RS256"])
    if not set(ALGORITHMS) & set(signs):
        raise SetupMissing(f"The identity provider signs with {', '.join(signs)}; RS256 or ES256 is needed.", remedy)
    problems = []
    if "S256" not in said.get("code_challenge_methods_supported", []):
        problems.append("It does not say that it knows PKCE with S256.")
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    basic = "client_secret_basic" in methods
    more = str(said.get("userinfo_endpoint") or "")
    return Provider(issuer, doors[0], doors[1], doors[2], basic, more, tuple(problems))


def send_to(provider: Provider, client: Client, *, state: str, nonce: str, verifier: str) -> str:
    """The address a browser is sent to."""
    challenge = create_s256_code_challenge(verifier)
    more = {"acr_values": " ".join(client.acr)} if client.acr else {}
    made: str = prepare_grant_uri(
        provider.authorization, client_id=client.client_id, response_type="code", redirect_uri=client.redirect,
        scope=SCOPE, state=state, nonce=nonce, code_challenge=challenge, code_challenge_method="S256", **more,
    )  # fmt: skip
    return made


def redeem(provider: Provider, client: Client, code: str, *, nonce: str, verifier: str, now: datetime) -> Proven:
    """Who came back with this code. Raises NotProven."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect, "code_verifier": verifier,
        "client_id": client.client_id,
    }  # fmt: skip
    basic = httpx.BasicAuth(client.client_id, client.secret) if provider.basic else None
    if basic is None:
        form["client_secret"] = client.secret
    try:
        answer = httpx.post(
            provider.token, data=form, auth=basic, timeout=SECONDS, follow_redirects=False,
            headers={"accept": "application/json"},
        )  # fmt: skip
        said = _json(answer)
        keys = _json(httpx.get(provider.keys, timeout=SECONDS, follow_redirects=False))
        who = proven(str(said.get("id_token") or ""), keys, client, nonce=nonce, now=now)
        if who.email or not provider.more:
            return who
        bearer = {"authorization": f"Bearer {said.get('access_token')}"}
        told = _json(httpx.get(provider.more, headers=bearer, timeout=SECONDS, follow_redirects=False))
    except (httpx.HTTPError, ValueError) as error:
        raise NotProven(f"the provider refused the code or did not answer: {error}") from None
    return replace(who, email=_verified(told)) if told.get("sub") == who.subject else who


def proven(token: str, keys: dict[str, Any], client: Client, *, nonce: str, now: datetime) -> Proven:
    """Who an ID token says somebody is. Raises NotProven where it is not genuine, not ours or not of this sign-in."""
    usable = [one for one in keys.get("keys", []) if one.get("kty") != "oct" and one.get("use", "sig") == "sig"]
    try:
        found = jwt.decode(
            token, KeySet.import_key_set({"keys": usable}),
            registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
        )  # fmt: skip
        if any(name in found.header for name in ("jwk", "jku", "x5u", "x5c", "crit")):
            raise NotProven("the token's header names a key of its own")
        options = {
            "iss": {"essential": True, "value": client.issuer},
            "aud": {"essential": True, "value": client.client_id},
            "sub": {"essential": True},
        }
        claims = CodeIDToken(found.claims, found.header, options, {"nonce": nonce, "client_id": client.client_id})
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotProven(f"{type(error).__name__}: {error}") from None
    subject, acr = claims.get("sub"), claims.get("acr")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotProven("the token names nobody")
    if client.acr and acr not in client.acr:
        raise NotProven(f"the sign-in was of the kind {acr!r}")
    return Proven(client.issuer, subject, _verified(claims), str(acr or ""))


def _verified(said: dict[str, Any]) -> str:
    """The address of somebody, if the provider has made sure that it is theirs."""
    return str(said.get("email") or "") if said.get("email_verified") is True else ""


def _json(answer: httpx.Response) -> dict[str, Any]:
    """An answer as an object. Raises ValueError or HTTPError."""
    answer.raise_for_status()
    if answer.is_redirect or len(answer.content) > LARGEST:
        raise ValueError("it sends elsewhere, or too much")
    said = answer.json()
    if not isinstance(said, dict):
        raise ValueError("it sends no object")  # noqa: TRY004 - a value of the wire, not of a caller
    return said
