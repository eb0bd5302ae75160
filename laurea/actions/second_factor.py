"""The second factor of officers: a code out of an authenticator (RFC 6238), or one of ten recovery codes.

Secrets stand in the records encrypted with the installation's key, recovery codes as slow salted digests. A code opens
the door once; guesses are few. What changes the factor asks for a fresh code, and gives the browser a new session.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine

from laurea import entering
from laurea.entering import Browser
from laurea.errors import BadInput, Conflict, NotFound, NotNow, TooOften
from laurea.ledger import SYSTEM, Actor, Event, record
from laurea.settings import Settings
from laurea.store import accounts, applications, meters, pages_people, rounds
from laurea.store.engine import writing
from laurea.store.keeping import token_digest

LOG = logging.getLogger("laurea.second_factor")
STEP = 30  # seconds a code is for; the one before is taken too, for those who type slowly
CODES = 10
GUESSES = ((5, 300), (30, 86400))  # so many wrong codes in so many seconds
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_SLOW = {"n": 2**14, "r": 8, "p": 1}
_WRONG = ("This code is not right, or it was used already.", "Wait for the next one and type that.")


def secret_for(settings: Settings, session_csrf: str) -> str:
    """The secret a session is offered when it enrols (base 32): the same until the session changes, kept nowhere."""
    made = hmac.new(settings.signing_key(), f"enrol:{session_csrf}".encode(), hashlib.sha256).digest()
    return b32encode(made[:20]).decode()


def address_for(secret: str, email: str) -> str:
    """What an authenticator reads out of the picture."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=email, issuer_name="Laurea")


def enrol(
    engine: Engine, person_id: int, csrf: str, typed: str, settings: Settings, now: datetime, browser: Browser
) -> tuple[str, list[str]]:
    """Keep the secret this session was offered, once a code out of it is typed; the new cookie and the recovery codes.

    Raises BadInput for a wrong code, TooOften, and Conflict where there is a factor already.
    """
    secret = secret_for(settings, csrf)
    _count(engine, person_id, now)
    step = _step_of(secret, typed, now)
    if step is None:
        raise BadInput(_WRONG[0], remedy=_WRONG[1])
    codes, salt = _new_codes(), secrets.token_hex(16)
    digests = [_digest(code, salt) for code in codes]  # slow: before the records are held
    with writing(engine) as connection:
        if accounts.factor(connection, person_id) is not None:
            raise Conflict("You have a second factor already.", "Remove it first.")
        kept = _encrypt(settings, person_id, secret)
        accounts.add_factor(connection, person_id, secret=kept, step=step, salt=salt, codes=digests, now=now)
        cookie = _told(connection, person_id, Event.SECOND_FACTOR_SET, now, browser, second=True)
    return cookie, codes


def pass_on(
    engine: Engine, person_id: int, typed: str, settings: Settings, now: datetime, browser: Browser
) -> str | None:
    """Give the second factor after the first: the cookie of a session that opens everything; None for a wrong code.

    Raises TooOften.
    """
    spelt = _check(engine, person_id, typed, settings, now)
    if not spelt:
        return None
    with writing(engine) as connection:
        person = pages_people.person(connection, person_id)
        by = "recovery code" if spelt == "recovery" else "authenticator"
        return entering.begin(connection, person.id, person.authority_id, now, browser=browser, second=True, by=by)


def new_codes(engine: Engine, person_id: int, typed: str, settings: Settings, now: datetime) -> list[str]:
    """Ten recovery codes in the place of those there were. Raises BadInput for a wrong code, TooOften."""
    _demand(engine, person_id, typed, settings, now)
    with writing(engine) as connection:
        found = accounts.factor(connection, person_id)
        if found is None:
            raise NotFound("There is no second factor.")
        codes = _new_codes()
        accounts.set_codes(connection, found.person_id, [_digest(code, found.salt) for code in codes])
        _told(connection, person_id, Event.RECOVERY_CODES_MADE, now)
    return codes


def remove(engine: Engine, person_id: int, typed: str, settings: Settings, now: datetime, browser: Browser) -> str:
    """Do without a second factor again; the new cookie. Raises BadInput for a wrong code, TooOften."""
    _demand(engine, person_id, typed, settings, now)
    with writing(engine) as connection:
        accounts.remove_factor(connection, person_id)
        return _told(connection, person_id, Event.SECOND_FACTOR_REMOVED, now, browser)


def reset(engine: Engine, authority: str, email: str, now: datetime) -> bool:
    """Take away the second factor of an officer who lost it, and end their sessions; false where there was none.

    For the operator, who has made sure who asks. Raises NotFound.
    """
    with writing(engine) as connection:
        office = rounds.authority(connection, authority)
        person_id = applications.officer(connection, office.id, email)
        gone = accounts.remove_factor(connection, person_id)
        if gone:
            accounts.end_sessions(connection, person_id)
            record(
                connection, authority_id=office.id, actor=SYSTEM, event=Event.SECOND_FACTOR_REMOVED,
                subject=f"person:{person_id}", now=now,
            )  # fmt: skip
    return gone


def demand(engine: Engine, person_id: int, wanted: bool, now: datetime) -> None:
    """Need a second factor of every officer of one's office, or no longer. Raises NotNow for who has none themselves.

    Officers without one see nothing but the page to enrol, from their next page on.
    """
    with writing(engine) as connection:
        person = pages_people.person(connection, person_id)
        office = rounds.authority_of(connection, person.authority_id)
        if accounts.factor(connection, person_id) is None:
            raise NotNow("You have no second factor yourself.", "Set one up first: you would lock yourself out.")
        if office.second_factor == wanted:
            return
        rounds.set_authority(connection, office.code, second_factor=wanted)
        record(
            connection, authority_id=office.id, actor=Actor.person(person_id), event=Event.SECOND_FACTOR_DEMANDED,
            subject=f"authority:{office.id}", now=now, details={"demanded": wanted},
        )  # fmt: skip


def _demand(engine: Engine, person_id: int, typed: str, settings: Settings, now: datetime) -> None:
    if not _check(engine, person_id, typed, settings, now):
        raise BadInput(_WRONG[0], remedy=_WRONG[1])


def _count(engine: Engine, person_id: int, now: datetime) -> None:
    """Count an attempt, right or wrong. Raises TooOften; nobody comes here who has not given the first factor."""
    for most, seconds in GUESSES:
        if left := meters.wait(engine, f"second:{seconds}:{person_id}", now, most=most, seconds=seconds):
            raise TooOften("Too many attempts.", seconds=left)


def _check(engine: Engine, person_id: int, typed: str, settings: Settings, now: datetime) -> str:
    """What was typed: "code", "recovery", or empty where it is neither; it is used up. Raises TooOften."""
    _count(engine, person_id, now)
    code = "".join(typed.split()).lower().replace("-", "")
    with writing(engine) as connection:
        found = accounts.factor(connection, person_id)
        if found is None:
            return ""
        if code.isascii() and code.isdecimal() and len(code) == 6:
            step = _step_of(_decrypt(settings, found), code, now)
            return "code" if step is not None and accounts.use_step(connection, found.person_id, step) else ""
    if len(code) != 12:
        return ""
    digest = _digest(code, found.salt)  # slow: while nobody waits for the records
    with writing(engine) as connection:
        if not accounts.use_code(connection, found.person_id, digest, now):
            return ""
        _told(connection, person_id, Event.RECOVERY_CODE_USED, now)
    return "recovery"


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step a code is of: this one or the one before."""
    if not secret:
        return None
    code = "".join(typed.split())
    made = pyotp.TOTP(secret, interval=STEP)
    for when in (now, now - timedelta(seconds=STEP)):
        if hmac.compare_digest(made.at(when).encode(), code.encode()):
            return int(when.timestamp()) // STEP
    return None


def _told(
    connection: Connection,
    person_id: int,
    event: Event,
    now: datetime,
    browser: Browser | None = None,
    *,
    second: bool = False,
) -> str:
    """The audit line of a change; where a browser is given, all sessions end and it gets a new one: its cookie."""
    person = pages_people.person(connection, person_id)
    record(
        connection, authority_id=person.authority_id, actor=Actor.person(person_id), event=event,
        subject=f"person:{person_id}", now=now,
    )  # fmt: skip
    if browser is None:
        return ""
    accounts.end_sessions(connection, person_id, spare=token_digest(browser.cookie))
    return entering.begin(
        connection, person_id, person.authority_id, now, browser=browser, second=second, by="second factor"
    )


def _new_codes() -> list[str]:
    return ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(CODES)]


def _digest(code: str, salt: str) -> str:
    return hashlib.scrypt(code.replace("-", "").encode(), salt=bytes.fromhex(salt), dklen=32, **_SLOW).hex()


def _key(settings: Settings) -> AESGCM:
    return AESGCM(hmac.new(settings.signing_key(), b"second factor", hashlib.sha256).digest())


def _encrypt(settings: Settings, person_id: int, secret: str) -> str:
    nonce = secrets.token_bytes(12)
    return urlsafe_b64encode(nonce + _key(settings).encrypt(nonce, secret.encode(), str(person_id).encode())).decode()


def _decrypt(settings: Settings, found: accounts.Factor) -> str:
    """The secret; empty where the installation has another key by now, which no code fits."""
    kept = urlsafe_b64decode(found.secret)
    try:
        return _key(settings).decrypt(kept[:12], kept[12:], str(found.person_id).encode()).decode()
    except InvalidTag:
        LOG.error("a second factor was encrypted with another key")  # noqa: TRY400 - LAUREA_SECRET changed
        return ""
