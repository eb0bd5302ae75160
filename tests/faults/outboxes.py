"""Installations with nothing in them but letters that are due: for tests and benchmarks of the post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from laurea.settings import Settings
from laurea.store import migrate
from laurea.store import tables as t
from laurea.store.engine import Engine, open_engine, writing
from notifications.compose import Recipient, compose

WRITTEN = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
SENDER = "post@laurea.example"
DATA = {
    "round": "European School Labels",
    "unit": "Rivers of Europe",
    "application": "LV-7",
    "handed_in": "2026-01-12T08:00:00+00:00",
    "link": "https://laurea.example/my/1",
}


def address_of(number: int) -> str:
    """Letter `number` goes to nobody else."""
    return f"reader{number}@school.example"


def fill(settings: Settings, count: int) -> Engine:
    """An installation with `count` letters that are due, of one kind, each to a reader of its own."""
    engine = open_engine(settings.url)
    migrate.upgrade(engine)
    put(engine, range(count))
    return engine


def put(engine: Engine, numbers: Iterable[int], *, code: str = "LV", **others: Any) -> None:
    """Letters with these numbers, of the office with this code; `others` are columns that are otherwise."""
    a, p = t.authorities.c, t.people.c
    with writing(engine) as connection:
        office = connection.execute(select(a.id).where(a.code == code)).scalar()
        if office is None:
            office = connection.execute(insert(t.authorities).values(code=code, name=code).returning(a.id)).scalar_one()
        reader = connection.execute(select(p.id).where(p.authority_id == office)).scalar()
        if reader is None:
            person = {"name": "Anna", "email": "a@school.example", "language": "en", "role": "applicant"}
            made = insert(t.people).values(authority_id=office, created_at=WRITTEN, **person)
            reader = connection.execute(made.returning(p.id)).scalar_one()
        rows = []
        for number in numbers:
            to = Recipient(reader, "Anna", address_of(number), "en")
            letter = compose("received", f"received:{code}:{number}", to, DATA, sender=SENDER, now=WRITTEN)
            rows.append(
                {
                    "authority_id": office,
                    "key": letter.key,
                    "message_id": letter.message_id,
                    "kind": "decision",
                    "person_id": reader,
                    "address": to.address,
                    "language": "en",
                    "subject": letter.subject,
                    "content": letter.content,
                    "state": "due",
                    "not_before": WRITTEN,
                    "created_at": WRITTEN,
                    **others,
                }
            )
        for start in range(0, len(rows), 500):
            connection.execute(insert(t.messages), rows[start : start + 500])


def settings_in(folder: Path, **others: object) -> Settings:
    """Settings of an installation in a folder of its own."""
    return Settings(workspace=folder, mail_from=SENDER, **others)  # type: ignore[arg-type]
