"""How long an office keeps what: its policies, what is due by them, and the lists of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    cast,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from evaluators.personal import Keep, Policy
from laurea.store import tables as t
from laurea.store.erasing import empty_rows, values_of
from laurea.store.personal import key_of
from laurea.store.personal_register import REGISTER

_FINAL = ("sent", "delivered", "bounced", "failed", "cancelled")


@dataclass(frozen=True)
class Listing:
    """What was due of an office, and what became of it. `due`: by class, the moment and how many."""

    id: int
    authority_id: int
    state: str
    due: dict[str, tuple[datetime, int]]
    done: dict[str, int]
    made_at: datetime
    settled_by: int | None
    settled_at: datetime | None
    done_at: datetime | None
    version: int


def policies(connection: Connection, authority_id: int) -> dict[Keep, Policy]:
    """What an office has set."""
    c = t.retention_policies.c
    query = select(c.keep, c.days, c.by_clock, c.version).where(c.authority_id == authority_id)
    return {Keep(row.keep): Policy(row.days, row.by_clock, row.version) for row in connection.execute(query)}


def offices(connection: Connection) -> list[int]:
    """The offices that have set anything."""
    c = t.retention_policies.c
    return list(connection.execute(select(c.authority_id).where(c.days.is_not(None)).distinct()).scalars())


def set_policy(
    connection: Connection, authority_id: int, keep: Keep, new: Policy, person_id: int | None, now: datetime
) -> bool:
    """Set one class; False where somebody changed it meanwhile (`new.version` is the one that was seen)."""
    c = t.retention_policies.c
    values = {"days": new.days, "by_clock": new.by_clock, "set_by": person_id, "set_at": now}
    mine = and_(c.authority_id == authority_id, c.keep == keep.value)
    if connection.execute(select(c.id).where(mine)).first() is None:
        if new.version:
            return False
        connection.execute(insert(t.retention_policies).values(authority_id=authority_id, keep=keep.value, **values))
        return True
    changed = update(t.retention_policies).where(mine, c.version == new.version)
    return connection.execute(changed.values(**values, version=c.version + 1)).rowcount == 1


def over(authority_id: int, keep: Keep, before: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Of a class whose rows have a time of their own: each table, and which of its rows are over."""
    a, r, m, d = t.applications.c, t.rounds.c, t.messages.c, t.application_drafts.c
    open_appeal = exists().where(t.appeals.c.application_id == a.id, t.appeals.c.settled_at.is_(None))
    told = (
        select(a.id).join(t.rounds, r.id == a.round_id)
        .where(a.authority_id == authority_id, r.released_at < before, ~open_appeal)
    )  # fmt: skip
    if keep in (Keep.COMMENTS, Keep.EVIDENCE):
        for name, entry in REGISTER.items():
            table = t.metadata.tables[name]
            if entry.keep is keep and "application_id" in table.c:
                yield table, table.c.application_id.in_(told)
    match keep:
        case Keep.COMMENTS:
            assigned = select(t.assignments.c.id).where(t.assignments.c.application_id.in_(told))
            yield t.sheets, t.sheets.c.assignment_id.in_(assigned)
            sheets = select(t.sheets.c.id).where(t.sheets.c.assignment_id.in_(assigned))
            yield t.sheet_versions, t.sheet_versions.c.sheet_id.in_(sheets)
        case Keep.LETTERS:
            gone = and_(
                m.authority_id == authority_id, m.state.in_(_FINAL), func.coalesce(m.sent_at, m.created_at) < before
            )
            letters = select(m.id).where(gone)
            yield t.letter_events, t.letter_events.c.message_id.in_(letters)
            yield t.bounces, t.bounces.c.message_id.in_(letters)
            yield t.messages, gone
        case Keep.FILES:
            for table, moment in (
                (t.uploads, t.uploads.c.sent_at), (t.refused_rows, t.refused_rows.c.refused_at),
                (t.register_rows, t.register_rows.c.gone_at),
            ):  # fmt: skip
                yield table, and_(table.c.authority_id == authority_id, moment < before)
            i = t.register_imports.c
            yield (
                t.register_imports,
                and_(i.authority_id == authority_id, i.state != "waiting", i.made_at < before),
            )
        case Keep.DRAFTS:
            late = select(r.id).where(r.released_at < before)
            closed = select(r.id).where(r.closes_at < before)
            done = and_(
                d.authority_id == authority_id,
                or_(
                    and_(d.application_id.is_not(None), d.round_id.in_(late)),
                    and_(d.application_id.is_(None), d.round_id.in_(closed)),
                ),
            )
            yield t.draft_versions, t.draft_versions.c.draft_id.in_(select(d.id).where(done))
            f = t.application_files.c  # once it is handed in, a file is evidence
            yield t.application_files, and_(f.application_id.is_(None), f.draft_id.in_(select(d.id).where(done)))
            yield t.application_drafts, done
        case Keep.CEREMONIES:
            ce, g, pa = t.ceremonies.c, t.guests.c, t.parcels.c
            ended = select(ce.id).where(ce.authority_id == authority_id, ce.ends_at < before)
            yield t.guests, g.ceremony_id.in_(ended)
            yield (
                t.parcels,
                and_(pa.authority_id == authority_id, pa.state == "arrived", pa.since < before.date()),
            )
        case Keep.SIGN_IN:
            mine = select(t.people.c.id).where(t.people.c.authority_id == authority_id)
            for table in (t.sessions, t.sign_in_links):
                yield table, and_(table.c.person_id.in_(mine), table.c.expires_at < before)
        case Keep.LOOKS:
            p, c = t.retention_policies.c, t.looks.c
            still = exists().where(p.authority_id == authority_id, p.keep == keep.value, p.days.is_not(None))
            yield t.looks, and_(c.authority_id == authority_id, c.at < before, still)  # else the table refuses it


def full(table: Table) -> ColumnElement[bool]:
    """Which rows of a table still hold something of what goes."""
    if REGISTER[table.name].goes:
        return ~false()
    parts: list[ColumnElement[bool]] = []
    for name, value in values_of(table).items():
        column = table.c[name]
        if column.nullable:
            parts.append(column.is_not(None))
        elif isinstance(value, dict | list):
            parts.append(cast(column, String) != json.dumps(value))
        else:
            parts.append(column != value)
    return or_(*parts)


def count(connection: Connection, authority_id: int, keep: Keep, before: datetime) -> int:
    """How many rows of a class are over and still hold something: one question a class."""
    parts = [
        select(func.count()).select_from(table).where(condition, full(table)).scalar_subquery()
        for table, condition in over(authority_id, keep, before)
    ]
    if not parts:
        return 0
    return sum(connection.execute(select(*parts)).one())


def empty(connection: Connection, authority_id: int, keep: Keep, before: datetime, most: int) -> tuple[int, list[str]]:
    """Empty at most so many rows of each table of a class; how many, and the Message-IDs of letters among them."""
    changed, letters = 0, []
    for table, condition in over(authority_id, keep, before):
        some = select(key_of(table)).where(condition, full(table)).order_by(key_of(table)).limit(most)
        keys = list(connection.execute(some).scalars())
        if not keys:
            continue
        if table is t.messages:
            m = t.messages.c
            letters = list(connection.execute(select(m.message_id).where(m.id.in_(keys))).scalars())
        changed += empty_rows(connection, table, keys)
    return changed, letters


def add_list(connection: Connection, authority_id: int, due: Mapping[Keep, tuple[datetime, int]], now: datetime) -> int:
    """Write down what is due; a list that still waited is replaced."""
    c = t.erasure_lists.c
    waiting = update(t.erasure_lists).where(c.authority_id == authority_id, c.state == "waiting")
    connection.execute(waiting.values(state="replaced", version=c.version + 1))
    told = {keep.value: [before.isoformat(), number] for keep, (before, number) in due.items()}
    made = insert(t.erasure_lists).values(authority_id=authority_id, state="waiting", due=told, made_at=now)
    return int(connection.execute(made.returning(c.id)).scalar_one())


def lists(connection: Connection, authority_id: int, *states: str, limit: int = 20) -> list[Listing]:
    """The lists of an office in these states (or all), the latest first."""
    c = t.erasure_lists.c
    query = select(t.erasure_lists).where(c.authority_id == authority_id).order_by(c.id.desc()).limit(limit)
    if states:
        query = query.where(c.state.in_(states))
    found = []
    for row in connection.execute(query):
        due = {keep: (datetime.fromisoformat(before), number) for keep, (before, number) in row.due.items()}
        found.append(Listing(**dict(row._mapping) | {"due": due}))
    return found


def settle(connection: Connection, one: Listing, **values: Any) -> bool:
    """Change a list; False where somebody did meanwhile."""
    c = t.erasure_lists.c
    mine = update(t.erasure_lists).where(c.id == one.id, c.version == one.version)
    return connection.execute(mine.values(**values, version=c.version + 1)).rowcount == 1


def last_list(connection: Connection, authority_id: int) -> datetime | None:
    """When the last list of an office was made."""
    c = t.erasure_lists.c
    found: datetime | None = connection.execute(
        select(func.max(c.made_at)).where(c.authority_id == authority_id)
    ).scalar_one()
    return found
