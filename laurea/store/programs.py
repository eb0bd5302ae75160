"""Programs that have a round's token, and what they were told under an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from laurea.errors import Conflict
from laurea.store import tables as t

USED_EVERY = timedelta(hours=1)  # a read does not become a write each time
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Token:
    """A token as the records know it: everything but itself."""

    id: int
    authority_id: int
    round_id: int
    name: str
    hint: str
    scopes: list[str]
    made_by: int | None
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    def lives(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class Kept:
    """An answer that was given before, and the digest of what was asked then."""

    digest: str
    answer: dict[str, Any]


_TOKEN = tuple(t.tokens.c[name] for name in Token.__dataclass_fields__)


def add_token(connection: Connection, **values: Any) -> int:
    """Write a token's record and give its id."""
    return int(connection.execute(insert(t.tokens).values(**values).returning(t.tokens.c.id)).scalar_one())


def token_by_digest(connection: Connection, digest: str) -> Token | None:
    """The token with this digest, living or not."""
    row = connection.execute(select(*_TOKEN).where(t.tokens.c.digest == digest)).one_or_none()
    return None if row is None else Token(**row._mapping)


def tokens_of(connection: Connection, round_id: int) -> list[Token]:
    """Every token of a round, the newest first."""
    query = select(*_TOKEN).where(t.tokens.c.round_id == round_id).order_by(t.tokens.c.id.desc())
    return [Token(**row._mapping) for row in connection.execute(query)]


def revoke(connection: Connection, round_id: int, token_id: int, now: datetime) -> bool:
    """End a token of a round; False when there is none that could be ended."""
    c = t.tokens.c
    mine = (c.id == token_id, c.round_id == round_id, c.revoked_at.is_(None))
    return connection.execute(update(t.tokens).where(*mine).values(revoked_at=now)).rowcount == 1


def mark_used(connection: Connection, token_id: int, now: datetime) -> None:
    """Write down that a token was used, at most once an hour."""
    c = t.tokens.c
    due = or_(c.used_at.is_(None), c.used_at <= now - USED_EVERY)
    connection.execute(update(t.tokens).where(c.id == token_id, due).values(used_at=now))


def kept_answer(connection: Connection, token_id: int, key: str) -> Kept | None:
    """What a program was told under a key, if it has used that key."""
    c = t.kept_answers.c
    row = connection.execute(select(c.digest, c.answer).where(c.token_id == token_id, c.key == key)).one_or_none()
    return None if row is None else Kept(row.digest, row.answer)


def keep_answer(
    connection: Connection, token: Token, *, key: str, digest: str, answer: Mapping[str, Any], now: datetime
) -> None:
    """Keep an answer under its key, in the transaction of what it tells of; those too old are cleared away.

    Raises Conflict when another request with the key was quicker.
    """
    connection.execute(delete(t.kept_answers).where(t.kept_answers.c.kept_at <= now - KEPT_FOR))
    row = insert(t.kept_answers).values(
        authority_id=token.authority_id, token_id=token.id, key=key, digest=digest, answer=dict(answer), kept_at=now
    )
    try:
        connection.execute(row)
    except IntegrityError:
        raise Conflict("A request with this Idempotency-Key was under way.", "Send it again.") from None
