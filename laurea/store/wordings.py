"""An office's own texts of a round's letters: every version is kept, the newest stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, insert, literal, select

from laurea.store import tables as t
from notifications.wording import Wording

w = t.wordings.c


@dataclass(frozen=True)
class Version:
    """One version of a text. `house`: from then on the house's text stood again, and the text is empty."""

    kind: str
    language: str
    version: int
    house: bool
    text: Wording
    writer: str
    written_at: datetime


def _query(round_id: int) -> Select[tuple[str, str, int, bool, str, str, str, str, datetime]]:
    return (
        select(
            w.kind, w.language, w.version, w.house, w.subject, w.heading, w.body, t.people.c.name.label("writer"),
            w.written_at,
        )
        .join(t.people, t.people.c.id == w.written_by)
        .where(w.round_id == round_id)
    )  # fmt: skip


def _version(row: Row[tuple[str, str, int, bool, str, str, str, str, datetime]]) -> Version:
    text = Wording(row.subject, row.heading, row.body)
    return Version(row.kind, row.language, row.version, row.house, text, row.writer, row.written_at)


def newest(connection: Connection, round_id: int) -> list[Version]:
    """The newest version of every text of a round that was ever its own, by kind and language."""
    last = select(func.max(w.id)).where(w.round_id == round_id).group_by(w.kind, w.language)
    query = _query(round_id).where(w.id.in_(last)).order_by(w.kind, w.language)
    return [_version(row) for row in connection.execute(query)]


def standing(connection: Connection, round_id: int) -> Mapping[tuple[str, str], Wording]:
    """The round's own texts, by kind and language; of all others the house's stands."""
    return {(one.kind, one.language): one.text for one in newest(connection, round_id) if not one.house}


def versions(connection: Connection, round_id: int, kind: str, language: str) -> list[Version]:
    """Every version of one text, the newest first."""
    query = _query(round_id).where(w.kind == kind, w.language == language).order_by(w.version.desc())
    return [_version(row) for row in connection.execute(query)]


def add(
    connection: Connection, *, authority_id: int, round_id: int, kind: str, language: str, version: int,
    text: Wording | None, person_id: int, now: datetime,
) -> None:  # fmt: skip
    """Keep a version; without `text` the house's stands again from then on."""
    said = text or Wording("", "", "")
    connection.execute(
        insert(t.wordings).values(
            authority_id=authority_id, round_id=round_id, kind=kind, language=language, version=version,
            house=text is None, subject=said.subject, heading=said.heading, body=said.body, written_by=person_id,
            written_at=now,
        )
    )  # fmt: skip


def carry_over(connection: Connection, before: int, round_id: int, now: datetime) -> int:
    """Let a round begin with the own texts that stand in an earlier one of its office; how many."""
    last = select(func.max(w.id)).where(w.round_id == before).group_by(w.kind, w.language)
    names = ("authority_id", "kind", "language", "house", "subject", "heading", "body", "written_by")
    found = select(*(w[name] for name in names), literal(round_id), literal(1), literal(now, w.written_at.type))
    query = found.where(w.id.in_(last), ~w.house)
    into = [*names, "round_id", "version", "written_at"]
    return connection.execute(insert(t.wordings).from_select(into, query)).rowcount


def set_aside(connection: Connection, round_id: int) -> Mapping[tuple[str, str], int]:
    """How many letters went out in the house's words because the text that stands could not be used."""
    c = t.audit.c
    last = {(one.kind, one.language): one.written_at for one in newest(connection, round_id) if not one.house}
    query = select(c.subject, c.details, c.at).where(c.round_id == round_id, c.event == "wording_set_aside")
    found: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(query):
        _, kind, language = row.subject.split(":")
        if (kind, language) in last and row.at >= last[kind, language]:
            found[kind, language] += row.details["letters"]
    return found
