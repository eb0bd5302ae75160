"""Making people anonymous, and rows whose time is over empty: as the register says, a statement a table.

Scores, decisions, ranks, traces and the audit stay as they are; so do facts that a rule can have read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    Select,
    String,
    Table,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from evaluators.personal import Needed, Way, number_of, stripped
from laurea.store import keeping
from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.personal import key_of, reached, still_named
from laurea.store.personal_register import REGISTER

WAITING = ("draft", "held", "due", "sending", "uncertain")
_FORMS: dict[str, Any] = {  # what empty is where pages read what stands inside
    "evidence.content": {"facts": {}, "children": {}},
    "application_drafts.heading": {"unit_name": "", "unit_ref": "", "institution": "", "region": ""},
}
_LISTS = {"applications.topics", "jurors.mentored", "register_imports.changes", "register_imports.refusals"}


@dataclass(frozen=True)
class Erased:
    """What was made empty: rows by table, applications by round, and the Message-IDs of letters that may be files."""

    counts: Counter[str]
    applications: dict[int, list[int]]
    letters: list[str]


def empty_of(column: Column[Any]) -> Any:
    """What stands in a column once it is empty."""
    place = f"{column.table.name}.{column.name}"
    if place in _FORMS:
        return _FORMS[place]
    if column.nullable:
        return null()
    if isinstance(column.type, JSON):
        return [] if place in _LISTS else {}
    return b"" if isinstance(column.type, LargeBinary) else ""


def values_of(table: Table) -> dict[str, Any]:
    """What the columns of a table become, those that facts are in left out."""
    whose = {"applications": "applicant_id", "grants": "person_id"}.get(table.name, key_of(table).name)
    number = literal(number_of(0)[:-1]) + cast(table.c[whose], String)
    values: dict[str, Any] = {}
    for name, one in REGISTER[table.name].columns.items():
        if one.way is Way.EMPTY:
            values[name] = empty_of(table.c[name])
        elif one.way is Way.NUMBER:
            values[name] = number
    if table is t.people:  # as evaluators.personal.address_of writes it
        values["email"] = literal("person-") + cast(table.c.id, String) + literal("@erased.invalid")
    if table is t.grants:
        values["public"] = False
    return values


def empty_rows(connection: Connection, table: Table, keys: Sequence[Any]) -> int:
    """Empty rows of a table, or take them away where the register says so; how many."""
    goes, values, key = REGISTER[table.name].goes, values_of(table), key_of(table)
    if not goes and not values:
        return 0
    for some in batches(keys):
        deed = delete(table) if goes else update(table).values(**values)
        connection.execute(deed.where(key.in_(some)))
    return len(keys)


def erase(
    connection: Connection, people: Sequence[int], named: Callable[[int], frozenset[str]], now: datetime
) -> Erased:
    """Make people anonymous; `named` tells of a round the words its rules rest on (evaluators.personal.resting)."""
    found = reached(connection, people)
    letters = _message_ids(connection, found.of("messages"))
    counts: Counter[str] = Counter()
    touched: defaultdict[int, list[int]] = defaultdict(list)
    for table in reversed(t.metadata.sorted_tables):  # what points to others goes before them
        keys = found.of(table.name, REGISTER[table.name].erased)
        if not keys:
            continue
        if table is t.applications:
            touched = _strip(connection, keys, named)
        if changed := empty_rows(connection, table, keys):
            counts[table.name] = changed
    for some in batches(people):
        connection.execute(update(t.people).where(t.people.c.id.in_(some)).values(ended_at=now))
    keeping.drop_unused(connection)
    return Erased(counts, dict(touched), letters)


def _message_ids(connection: Connection, keys: Sequence[int]) -> list[str]:
    m = t.messages.c
    return [
        one
        for some in batches(keys)
        for one in connection.execute(select(m.message_id).where(m.id.in_(some))).scalars()
    ]


def _strip(
    connection: Connection, keys: Sequence[int], named: Callable[[int], frozenset[str]]
) -> defaultdict[int, list[int]]:
    """Take the facts out of applications that no rule names; the applications by round."""
    a = t.applications.c
    touched: defaultdict[int, list[int]] = defaultdict(list)
    for some in batches(keys):
        rows = []
        for row in connection.execute(select(a.id, a.round_id, a.facts, a.children).where(a.id.in_(some))):
            facts, children = stripped(named(row.round_id), row.facts, row.children)
            rows.append({"b_id": row.id, "b_facts": facts, "b_children": children})
            touched[row.round_id].append(row.id)
        deed = update(t.applications).where(a.id == bindparam("b_id"))
        connection.execute(deed.values(facts=bindparam("b_facts"), children=bindparam("b_children")), rows)
    return touched


def hold(connection: Connection, people: Sequence[int]) -> None:
    """Until this transaction ends nothing new is about these people; asked for before what needs them still."""
    for some in batches(sorted(people)):
        query = select(t.people.c.id).where(t.people.c.id.in_(some)).order_by(t.people.c.id)
        connection.execute(query.with_for_update()).all()


def needed(connection: Connection, people: Sequence[int], now: datetime) -> dict[int, set[Needed]]:
    """Why some of these people cannot be made anonymous yet; who can, is not there."""
    a, r, j, d, p = t.applications.c, t.rounds.c, t.jurors.c, t.application_drafts.c, t.people.c
    g, ap, m, x, ce = t.grants.c, t.appeals.c, t.messages.c, t.guests.c, t.ceremonies.c
    open_round = select(r.id).where(r.released_at.is_(None))
    other = t.people.alias()
    queries: list[tuple[Needed, Select[Any], Any]] = [
        (
            Needed.ROUND,
            select(a.applicant_id).where(a.round_id.in_(open_round), a.state != "withdrawn"),
            a.applicant_id,
        ),
        (Needed.ROUND, select(j.person_id).where(j.round_id.in_(open_round)), j.person_id),
        (
            Needed.ROUND,
            select(d.begun_by).join(t.rounds, r.id == d.round_id).where(
                d.application_id.is_(None), r.closes_at > now, r.released_at.is_(None)
            ),
            d.begun_by,
        ),
        (
            Needed.APPEAL,
            select(a.applicant_id).join(t.appeals, ap.application_id == a.id).where(ap.settled_at.is_(None)),
            a.applicant_id,
        ),
        (Needed.APPEAL, select(ap.person_id).where(ap.settled_at.is_(None)), ap.person_id),
        (
            Needed.APPEAL,
            select(j.person_id)
            .join(t.assignments, t.assignments.c.juror_id == j.id)
            .join(t.appeals, ap.application_id == t.assignments.c.application_id)
            .where(ap.settled_at.is_(None)),
            j.person_id,
        ),
        (
            Needed.LABEL,
            select(g.person_id).where(
                g.withdrawn_at.is_(None), or_(g.valid_until.is_(None), g.valid_until >= now.date())
            ),
            g.person_id,
        ),
        (Needed.LETTER, select(m.person_id).where(m.state.in_(WAITING)), m.person_id),
        (
            Needed.CEREMONY,
            select(x.person_id).join(t.ceremonies, ce.id == x.ceremony_id).where(
                ce.ends_at > now, ce.cancelled_at.is_(None)
            ),
            x.person_id,
        ),
        (
            Needed.LAST_OFFICER,
            select(p.id).where(
                p.role == "officer",
                ~exists().where(
                    other.c.authority_id == p.authority_id, other.c.role == "officer", other.c.id != p.id,
                    other.c.ended_at.is_(None), other.c.id.not_in(people),
                ),
            ),
            p.id,
        ),
    ]  # fmt: skip
    found: defaultdict[int, set[Needed]] = defaultdict(set)
    for why, query, column in queries:
        for some in batches(people):
            for person in connection.execute(query.where(column.in_(some)).distinct()).scalars():
                found[person].add(why)
    return dict(found)


def people_due(
    connection: Connection, authority_id: int, role: str, holders: bool, before: datetime, now: datetime
) -> list[int]:
    """People of an office whose time is over: every round of theirs was released before that moment, and for `holders`
    every label of theirs has ended before it. Whoever is needed still is not among them.
    """
    p, a, r, g, j, d = t.people.c, t.applications.c, t.rounds.c, t.grants.c, t.jurors.c, t.application_drafts.c
    running = or_(r.released_at.is_(None), r.released_at >= before)
    query = select(p.id).where(p.authority_id == authority_id, p.role == role, p.created_at < before, still_named())
    if role == "juror":
        query = query.where(~exists().where(j.person_id == p.id, j.round_id == r.id, running))
    else:
        held = exists().where(g.person_id == p.id)
        valid = exists().where(
            g.person_id == p.id,
            or_(
                g.withdrawn_at >= before,
                and_(g.withdrawn_at.is_(None), or_(g.valid_until.is_(None), g.valid_until >= before.date())),
            ),
        )
        query = query.where(
            ~exists().where(a.applicant_id == p.id, a.round_id == r.id, running),
            ~exists().where(d.begun_by == p.id, d.round_id == r.id, d.application_id.is_(None), r.closes_at >= before),
            and_(held, ~valid) if holders else ~held,
        )
    ids = list(connection.execute(query.order_by(p.id)).scalars())
    needed_still = needed(connection, ids, now) if ids else {}
    return [one for one in ids if one not in needed_still]
