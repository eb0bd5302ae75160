"""Writing down who looked at what that names somebody. This line is the deed's record: the audit has none of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea.store import looks
from laurea.store.engine import writing


def note(
    engine: Engine, of: str, number: int | str, *, authority_id: int, place: str, now: datetime,
    reader_id: int | None = None, token_id: int | None = None,
) -> None:  # fmt: skip
    """Write down that an officer (`reader_id`) or a program (`token_id`) was shown this (one of `looks.WHOSE`)."""
    with writing(engine) as connection:
        looks.add(
            connection, of, number, authority_id=authority_id, place=place, now=now, reader_id=reader_id,
            token_id=token_id,
        )  # fmt: skip
