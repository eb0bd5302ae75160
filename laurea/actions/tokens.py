"""Let a program in, and out again: tokens of a round, shown once and kept as a digest."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from evaluators.permissions import Scope
from laurea import ledger
from laurea.errors import BadInput, NotFound
from laurea.store import programs, rounds
from laurea.store.engine import reading, writing
from laurea.store.keeping import token_digest
from laurea.store.programs import USED_EVERY, Token
from notifications.filled import Filled

PREFIX = "laurea_"
SHOWN = len(PREFIX) + 5
LONGEST_DAYS = 730
MOST = 50  # living tokens of a round


def give(
    engine: Engine,
    round_id: int,
    *,
    name: str,
    scopes: Iterable[str],
    days: int,
    actor: ledger.Actor,
    now: datetime,
) -> tuple[int, str]:
    """Make a token for a round; its number and the token itself, which nobody can be shown again.

    Raises BadInput for a name, scopes or a term that cannot be.
    """
    wanted = _checked(name, scopes, days)
    token = PREFIX + secrets.token_urlsafe(32)
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if sum(one.lives(now) for one in programs.tokens_of(connection, round_id)) >= MOST:
            raise BadInput(
                Filled("The round has {n} tokens already.", n=MOST), remedy="Revoke one that is no longer used."
            )
        number = programs.add_token(
            connection,
            authority_id=record.authority_id,
            round_id=round_id,
            name=name.strip(),
            digest=token_digest(token),
            hint=token[:SHOWN],
            scopes=wanted,
            made_by=actor.person_id,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.TOKEN_GIVEN, now=now, subject=f"token:{number}",
            details={"scopes": wanted, "days": days},
        )  # fmt: skip
    return number, token


def _checked(name: str, scopes: Iterable[str], days: int) -> list[str]:
    if not name.strip() or len(name.strip()) > 120 or not name.isprintable():
        raise BadInput("The token needs a name of one line.", remedy="Name the program that will use it.")
    wanted = list(dict.fromkeys(scopes))
    unknown = [one for one in wanted if one not in list(Scope)]
    if unknown or not set(wanted) & {Scope.IMPORT, Scope.READ, Scope.EXPORT}:
        says = (
            Filled("There is no scope {scope}.", scope=unknown[0])
            if unknown
            else Filled("It is not said what the token is for.")
        )
        raise BadInput(
            says, remedy=Filled("Choose from {scopes}; proposals only adds to read or export.", scopes=", ".join(Scope))
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(
            Filled("A token cannot be valid for {n} days.", n=days),
            remedy=Filled("Choose between 1 and {n} days.", n=LONGEST_DAYS),
        )
    return wanted


def revoke(engine: Engine, round_id: int, token_id: int, *, actor: ledger.Actor, now: datetime) -> None:
    """End a token at once. Raises NotFound when the round has no such token that still lives."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not programs.revoke(connection, round_id, token_id, now):
            raise NotFound(f"The round {record.code} has no token {token_id} that could be revoked.")
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.TOKEN_REVOKED, now=now, subject=f"token:{token_id}"
        )


def bearer(engine: Engine, token: str, now: datetime) -> Token | None:
    """The program behind a token, or None when it is unknown, revoked or past its term."""
    with reading(engine) as connection:
        found = programs.token_by_digest(connection, token_digest(token))
    if found is None or not found.lives(now):
        return None
    if found.used_at is None or found.used_at <= now - USED_EVERY:
        with writing(engine) as connection:
            programs.mark_used(connection, found.id, now)
    return found
