"""What the records hold of a person: where it stands, who it is about, and everything of it for a file.

Which rows are somebody's follows from the register and the references of the schema; a question a table, however many
people are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, func, or_, select

from evaluators.personal import Entry, Kind, Purpose, address_of
from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.pages_people import Person
from laurea.store.personal_register import APPLICATION, JURY, OWN, REGISTER

Sides = dict[str, list[Any]]
_ERASED = "%" + address_of(0).partition("@")[2]
_SIDES = {"applications": APPLICATION, "application_drafts": APPLICATION, "jurors": JURY}
MOST = 50


@dataclass(frozen=True)
class Someone(Person):
    """A person of an office, as its page of personal data lists them; of any role."""

    created_at: datetime
    erased: bool


@dataclass
class Reached:
    """The rows of some people: by table, and by the side on which they are theirs, their primary keys."""

    rows: dict[str, Sides] = field(default_factory=dict)

    def of(self, table: str, sides: Iterable[str] | None = None) -> list[Any]:
        """The keys of a table's rows on these sides (or all), each once."""
        found = self.rows.get(table, {})
        return list(dict.fromkeys(key for side in (found if sides is None else sides) for key in found.get(side, ())))


def erased(connection: Connection) -> dict[int, datetime]:
    """Everybody who was made anonymous: since when they were known, which stays and tells a number used again apart."""
    p = t.people.c
    query = select(p.id, p.created_at).where(~still_named()).order_by(p.id)
    return {row.id: row.created_at for row in connection.execute(query)}


def still_named() -> ColumnElement[bool]:
    """Of a person: not made anonymous."""
    return t.people.c.email.not_like(_ERASED)


def find(connection: Connection, authority_id: int, text: str, limit: int = MOST) -> list[Someone]:
    """People of an office by a part of their name or address; nobody where nothing is asked."""
    if not text.strip():
        return []
    p = t.people.c
    wanted = or_(*(column.icontains(text.strip(), autoescape=True) for column in (p.name, p.email)))
    return _people(connection, p.authority_id == authority_id, wanted, limit=limit)


def someone(connection: Connection, person_id: int, authority_id: int | None = None) -> Someone | None:
    """One person; of an office, where one is named."""
    mine = [] if authority_id is None else [t.people.c.authority_id == authority_id]
    return next(iter(_people(connection, t.people.c.id == person_id, *mine)), None)


def alike(connection: Connection, email: str, authority_id: int | None = None) -> list[Someone]:
    """Everybody with this address, in every role; of an office, where one is named."""
    mine = [] if authority_id is None else [t.people.c.authority_id == authority_id]
    return _people(connection, func.lower(t.people.c.email) == email.strip().lower(), *mine)


def _people(connection: Connection, *where: ColumnElement[bool], limit: int = MOST) -> list[Someone]:
    p = t.people.c
    columns = (p.id, p.authority_id, p.name, p.email, p.language, p.role, p.created_at)
    query = select(*columns, (~still_named()).label("erased")).where(*where).order_by(p.name, p.id).limit(limit)
    return [Someone(**row._mapping) for row in connection.execute(query)]


def reached(connection: Connection, people: Sequence[int]) -> Reached:
    """Every row that is about these people, as the register leads to it."""
    found = Reached()
    for table in t.metadata.sorted_tables:
        entry = REGISTER[table.name]
        if entry.through:
            sides = _rows(connection, table, entry, people, found)
            if sides:
                found.rows[table.name] = sides
    return found


def key_of(table: Table) -> Any:
    """The column a table's rows are told apart by."""
    return next(iter(table.primary_key.columns))


def _rows(connection: Connection, table: Table, entry: Entry, people: Sequence[int], found: Reached) -> Sides:
    asked: list[tuple[Any, str, list[Any]]] = []  # the column, the side it leads to, the values
    for name in entry.through:
        column = table.c[name]
        target = "people" if table is t.people else next(iter(column.foreign_keys)).column.table.name
        if target == "people":
            asked.append((column, OWN, list(people)))
        else:
            sides = {_SIDES[target]: found.of(target)} if target in _SIDES else found.rows.get(target, {})
            asked += [(column, side, keys) for side, keys in sides.items() if keys]
    rows: Sides = defaultdict(list)
    key = key_of(table)
    for column, side, values in asked:
        for some in batches(values):
            rows[side] += connection.execute(select(key).where(column.in_(some)).order_by(key)).scalars()
    return {side: list(dict.fromkeys(keys)) for side, keys in rows.items() if keys}


def released(connection: Connection, applications: Sequence[Any]) -> set[int]:
    """Which of these applications are of a round whose decisions are released."""
    a, r = t.applications.c, t.rounds.c
    found: set[int] = set()
    for some in batches(applications):
        query = select(a.id).join(t.rounds, r.id == a.round_id).where(a.id.in_(some), r.released_at.is_not(None))
        found |= set(connection.execute(query).scalars())
    return found


def handed_out(connection: Connection, people: Sequence[int]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Table, side and rows of everything the register shows these people, without what opens anything.

    Of an application of theirs, what only the release opens is left out before it; of its reviews, all but marks and
    words; and every name and address of a row that is not their own. References are left as numbers, and a review says
    of which seat it is: whoever writes the file says who is meant.
    """
    found = reached(connection, people)
    open_ = released(connection, found.of("applications"))
    for table in t.metadata.sorted_tables:
        entry = REGISTER[table.name]
        for side, keys in found.rows.get(table.name, {}).items():
            if side not in entry.shown:
                continue
            rows = _read(connection, table, keys, _columns(table, entry, side))
            if side == APPLICATION and table is t.sheets:
                seats = _seats(connection, [row.pop("assignment_id") for row in rows])
                rows = [row | seat for row, seat in zip(rows, seats, strict=True)]
            if side == APPLICATION and entry.after:
                rows = [row for row in rows if row["application_id"] in open_]
            if rows:
                yield table.name, side, rows


def _columns(table: Table, entry: Entry, side: str) -> list[Any]:
    """What of a table is handed out: who reviewed an application, and when, cannot be told from it."""
    if side == APPLICATION and entry.purpose is Purpose.ASSESS:
        kinds = {Kind.MARKS, Kind.WORDS, Kind.RESULT}
        keys = ("application_id", "assignment_id", "juror_id", "written_by")
        return [table.c[name] for name, one in entry.columns.items() if one.kind in kinds or name in keys]
    hidden = {Kind.KEY} | ({Kind.NAME, Kind.CONTACT} if side == APPLICATION else set())
    shown = [table.c[name] for name, one in entry.columns.items() if one.kind not in hidden]
    return [one for one in shown if table is not t.application_files or not isinstance(one.type, LargeBinary)]


def _read(connection: Connection, table: Table, keys: Sequence[Any], columns: Sequence[Any]) -> list[dict[str, Any]]:
    key, rows = key_of(table), []
    for some in batches(keys):
        query = select(*columns).where(key.in_(some)).order_by(key)
        rows += [dict(row._mapping) for row in connection.execute(query)]
    return rows


def _seats(connection: Connection, assignments: Sequence[int]) -> list[dict[str, Any]]:
    """The application and the juror of each of these assignments."""
    a = t.assignments.c
    found: dict[int, dict[str, Any]] = {}
    for some in batches(assignments):
        for row in connection.execute(select(a.id, a.application_id, a.juror_id).where(a.id.in_(some))):
            found[row.id] = {"application_id": row.application_id, "juror_id": row.juror_id}
    return [found[one] for one in assignments]


def roles(connection: Connection, people: Iterable[int]) -> dict[int, str]:
    """In which role each of these people is here."""
    found: dict[int, str] = {}
    for some in batches(sorted(set(people))):
        query = select(t.people.c.id, t.people.c.role).where(t.people.c.id.in_(some))
        found |= {row.id: row.role for row in connection.execute(query)}
    return found


def log(connection: Connection, subjects: Sequence[str], actors: Sequence[str]) -> list[Mapping[str, Any]]:
    """The audit's lines about these subjects, or of these actors, oldest first."""
    a = t.audit.c
    found: dict[int, Mapping[str, Any]] = {}
    for column, wanted in ((a.subject, subjects), (a.actor, actors)):
        for some in batches(wanted):
            query = select(a.id, a.at, a.actor, a.event, a.subject, a.details, a.round_id).where(column.in_(some))
            found |= {row.id: row._mapping for row in connection.execute(query)}
    return [found[number] for number in sorted(found)]


def listed(connection: Connection, authority_id: int, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of an office's registers in which one of these addresses stands, as one of their values."""
    r, wanted = t.register_rows.c, {one.lower() for one in addresses if one}
    rows: list[dict[str, Any]] = []
    for one in sorted(wanted):
        from_text = func.lower(r.content.cast(t.people.c.email.type)).contains(one, autoescape=True)
        query = select(r.id, r.kind, r.unit_ref, r.content, r.since, r.gone_at)
        candidates = connection.execute(query.where(r.authority_id == authority_id, from_text).order_by(r.id))
        values = ((row, {str(value).lower() for value in row.content.values()}) for row in candidates)
        rows += [dict(row._mapping) for row, found in values if wanted & found]
    return list({row["id"]: row for row in rows}.values())
