"""Signing in through an identity provider: a browser is sent there, comes back with a code, and is let in.

An account is known by issuer and subject alone. It is linked when it comes for the first time, to whoever has the
address the provider has verified, an officer before others, and only where nobody with that address is linked yet.
State, nonce and verifier come from one random number that the browser carries: the records hold its digest.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from laurea import entering
from laurea.entering import Browser, Opened
from laurea.ledger import Actor, Event, record
from laurea.settings import Settings
from laurea.sources import openid
from laurea.sources.openid import Client, NotProven, Proven
from laurea.store import accounts, links, pages_people
from laurea.store.engine import writing
from laurea.store.keeping import token_digest

LOG = logging.getLogger("laurea.open_id")
MINUTES = 10  # a browser may take to come back
ROLES = ("officer", "juror", "applicant")
BACK = "/sign-in/back"


def client_of(settings: Settings) -> Client:
    """Laurea as the provider of this installation knows it."""
    return Client(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_secret(),
        settings.public_url.rstrip("/") + BACK,
        tuple(settings.oidc_acr.split()),
    )


def begin(engine: Engine, settings: Settings, target: str, browser: Browser, now: datetime) -> str:
    """Where to send a browser. Raises SetupMissing where the provider is not there."""
    provider = openid.discover(settings.oidc_issuer)
    state = secrets.token_urlsafe(32)
    with writing(engine) as connection:
        links.add_request(
            connection, state=token_digest(state), browser=browser.digest, target=entering.safe_target(target), now=now,
            until=now + timedelta(minutes=MINUTES),
        )  # fmt: skip
    nonce, verifier = _derived(settings, state)
    return openid.send_to(provider, client_of(settings), state=state, nonce=nonce, verifier=verifier)


def finish(engine: Engine, settings: Settings, state: str, code: str, browser: Browser, now: datetime) -> Opened | None:
    """Let in who came back; None where it proves nothing or nobody here is meant. A state is good for one attempt.

    Raises SetupMissing where the provider is not there.
    """
    with writing(engine) as connection:
        target = links.use_request(connection, state=token_digest(state), browser=browser.digest, now=now)
    if target is None or not code:
        return None
    provider = openid.discover(settings.oidc_issuer)
    nonce, verifier = _derived(settings, state)
    try:
        who = openid.redeem(provider, client_of(settings), code, nonce=nonce, verifier=verifier, now=now)
    except NotProven as error:
        LOG.warning("a sign-in through the identity provider was refused: %s", error)
        return None
    with writing(engine) as connection:
        person_id = _person(connection, who, now)
        if person_id is None:
            LOG.warning("somebody came from the identity provider who may not sign in here")
            return None
        person = pages_people.person(connection, person_id)
        cookie = entering.begin(
            connection, person.id, person.authority_id, now, browser=browser, second=bool(settings.oidc_acr), by="oidc"
        )
    return Opened(cookie, target, person.role)


def _person(connection: Connection, who: Proven, now: datetime) -> int | None:
    """Whom an identity belongs to; linked now where it comes for the first time."""
    if accounts.is_known(connection, who.issuer, who.subject):
        return accounts.person_behind(connection, who.issuer, who.subject)
    people = pages_people.people_at(connection, who.email, ROLES) if who.email else []
    if not people or accounts.linked(connection, people[0].id):
        return None
    found = people[0]
    accounts.link(connection, found.id, who.issuer, who.subject, now)
    record(
        connection, authority_id=found.authority_id, actor=Actor.person(found.id), event=Event.IDENTITY_LINKED,
        subject=f"person:{found.id}", now=now,
    )  # fmt: skip
    return found.id


def _derived(settings: Settings, state: str) -> tuple[str, str]:
    """Nonce and PKCE verifier of a state."""
    key = settings.signing_key()
    made = [hmac.new(key, f"{name}:{state}".encode(), hashlib.sha256).digest() for name in ("nonce", "verifier")]
    nonce, verifier = (urlsafe_b64encode(one).decode().rstrip("=") for one in made)
    return nonce, verifier
