"""What the evidence desk holds: registers taken in by file, what was entered by hand, the sources that are watched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from evaluators.registers import Change, Place
from laurea.store import applications, rounds
from laurea.store import tables as t
from laurea.store.batches import batches

i, r = t.register_imports.c, t.register_rows.c


@dataclass(frozen=True)
class Import:
    """One file: what it changes or changed. `by` and `settler` are names; None: the clock."""

    id: int
    kind: str
    file: str
    digest: str
    state: str
    watched: bool
    doubt: str | None
    rests_on: int | None
    counts: dict[str, int]
    changes: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    made_at: datetime
    settled_at: datetime | None
    by: str | None
    settler: str | None


@dataclass(frozen=True)
class Holding:
    """One kind as it stands: how many rows, of how many units, since when."""

    kind: str
    rows: int
    units: int
    newest: datetime | None


@dataclass(frozen=True)
class Watched:
    """When a watched source was last looked at."""

    kind: str
    digest: str | None
    checked_at: datetime
    trouble: str


# --- Imports -------------------------------------------------------------------------------------------------


def add_import(connection: Connection, **values: Any) -> int:
    """Write an import down; gives its id. One that waited before of the same kind is discarded."""
    c = (i.authority_id == values["authority_id"], i.kind == values["kind"], i.state == "waiting")
    connection.execute(
        update(t.register_imports).where(*c).values(state="discarded", settled_at=values["made_at"])
    )  # fmt: skip
    return int(connection.execute(insert(t.register_imports).values(**values).returning(i.id)).scalar_one())


def settle_import(connection: Connection, number: int, state: str, person_id: int | None, now: datetime) -> bool:
    """An import that waits is taken in or discarded; false when it was already."""
    values = {"state": state, "settled_by": person_id, "settled_at": now}
    query = update(t.register_imports).where(i.id == number, i.state == "waiting")
    return connection.execute(query.values(**values)).rowcount == 1


def imports(connection: Connection, authority_id: int, *, number: int | None = None, most: int = 50) -> list[Import]:
    """The imports of an authority, the newest first; or one of them."""
    by, settler = t.people.alias("by_whom"), t.people.alias("settler")
    names = [name for name in Import.__dataclass_fields__ if name not in ("by", "settler")]
    query = (
        select(*(i[name] for name in names), by.c.name.label("by"), settler.c.name.label("settler"))
        .outerjoin_from(t.register_imports, by, by.c.id == i.made_by)
        .outerjoin(settler, settler.c.id == i.settled_by)
        .where(i.authority_id == authority_id)
        .order_by(i.id.desc())
        .limit(most)
    )
    if number is not None:
        query = query.where(i.id == number)
    return [Import(**row._mapping) for row in connection.execute(query)]


def last_taken(connection: Connection, authority_id: int, kind: str) -> int | None:
    """The last import of a kind that was taken in."""
    query = select(func.max(i.id)).where(i.authority_id == authority_id, i.kind == kind, i.state == "taken")
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def kinds_imported(connection: Connection, authority_id: int) -> set[str]:
    """The kinds of which a whole file was taken in."""
    query = select(i.kind).where(i.authority_id == authority_id, i.state == "taken").distinct()
    return set(connection.execute(query).scalars())


# --- Rows ----------------------------------------------------------------------------------------------------


def rows_of(
    connection: Connection, authority_id: int, kind: str, *, by_file: bool = False
) -> dict[Place, dict[str, str]]:
    """What is known of a kind now; with `by_file` without what was entered by hand."""
    query = select(r.unit_ref, r.key, r.content).where(
        r.authority_id == authority_id, r.kind == kind, r.gone_at.is_(None)
    )
    if by_file:
        query = query.where(r.import_id.is_not(None))
    return {(row.unit_ref, row.key): row.content for row in connection.execute(query)}


def rows_of_units(
    connection: Connection, authority_id: int, units: Sequence[str]
) -> dict[str, dict[str, list[dict[str, str]]]]:
    """What is known of units: by unit and kind."""
    found: dict[str, dict[str, list[dict[str, str]]]] = {}
    for some in batches(units):
        query = (
            select(r.unit_ref, r.kind, r.content)
            .where(r.authority_id == authority_id, r.unit_ref.in_(some), r.gone_at.is_(None))
            .order_by(r.unit_ref, r.kind, r.key)
        )
        for row in connection.execute(query):
            found.setdefault(row.unit_ref, {}).setdefault(row.kind, []).append(row.content)
    return found


def write_rows(
    connection: Connection, authority_id: int, kind: str, import_id: int, changes: Iterable[Change],
    after: Mapping[Place, Mapping[str, str]], now: datetime,
) -> None:  # fmt: skip
    """Bring the rows of a kind to what a file says."""
    base = (r.authority_id == authority_id, r.kind == kind)
    kept = {(row.unit_ref, row.key): row.id for row in connection.execute(select(r.id, r.unit_ref, r.key).where(*base))}
    new, changed, gone = [], [], []
    for one in changes:
        place = (one.unit, one.key)
        if one.what == "gone":
            gone.append({"b_id": kept[place]})
        elif place in kept:
            changed.append({"b_id": kept[place], "b_content": dict(after[place])})
        else:
            new.append({
                "authority_id": authority_id, "kind": kind, "unit_ref": one.unit, "key": one.key,
                "content": dict(after[place]), "import_id": import_id, "since": now,
            })  # fmt: skip
    where = t.register_rows.update().where(r.id == bindparam("b_id"))
    if new:
        connection.execute(insert(t.register_rows), new)
    if changed:
        values = {"content": bindparam("b_content"), "import_id": import_id, "entered_by": None, "since": now}
        connection.execute(where.values(**values, gone_at=None), changed)
    if gone:
        connection.execute(where.values(gone_at=now), gone)


def holdings(connection: Connection, authority_id: int) -> list[Holding]:
    """How much of each kind is held."""
    query = (
        select(r.kind, func.count(), func.count(r.unit_ref.distinct()), func.max(r.since))
        .where(r.authority_id == authority_id, r.gone_at.is_(None))
        .group_by(r.kind)
    )
    return [Holding(kind, rows, units, moment(at)) for kind, rows, units, at in connection.execute(query)]


def moment(at: Any) -> datetime | None:
    """A moment out of max(): SQLite forgets its type there."""
    return t.Utc().process_result_value(datetime.fromisoformat(at) if isinstance(at, str) else at, None)  # type: ignore[arg-type]


# --- Participations entered by hand --------------------------------------------------------------------------


@dataclass(frozen=True)
class Participation:
    """One participation, with who entered it; None: it came by file."""

    id: int
    unit_ref: str
    content: dict[str, str]
    since: datetime
    entered: str | None
    file: str | None


def participations(connection: Connection, authority_id: int, unit: str = "", most: int = 200) -> list[Participation]:
    """Participations, the newest first; of one unit where one is named."""
    query = (
        select(r.id, r.unit_ref, r.content, r.since, t.people.c.name.label("entered"), i.file)
        .outerjoin_from(t.register_rows, t.people, t.people.c.id == r.entered_by)
        .outerjoin(t.register_imports, i.id == r.import_id)
        .where(r.authority_id == authority_id, r.kind == "participations", r.gone_at.is_(None))
        .order_by(r.since.desc(), r.id.desc())
        .limit(most)
    )
    if unit:
        query = query.where(r.unit_ref == unit)
    return [Participation(**row._mapping) for row in connection.execute(query)]


def enter_row(connection: Connection, authority_id: int, place: Place, content: Mapping[str, str], person_id: int,
              now: datetime) -> int | None:  # fmt: skip
    """Write a participation down; None when it is known already."""
    base = (r.authority_id == authority_id, r.kind == "participations", r.unit_ref == place[0], r.key == place[1])
    known = connection.execute(select(r.id, r.gone_at).where(*base)).one_or_none()
    values: dict[str, Any] = {
        "content": dict(content),
        "import_id": None,
        "entered_by": person_id,
        "since": now,
        "gone_at": None,
    }
    if known is None:
        values |= {"authority_id": authority_id, "kind": "participations", "unit_ref": place[0], "key": place[1]}
        return int(connection.execute(insert(t.register_rows).values(**values).returning(r.id)).scalar_one())
    if known.gone_at is None:
        return None
    connection.execute(update(t.register_rows).where(r.id == known.id).values(**values))
    return int(known.id)


def withdraw_row(connection: Connection, authority_id: int, number: int, now: datetime) -> str | None:
    """Take a participation entered by hand away; the unit it was of, None when there is none."""
    base = (r.id == number, r.authority_id == authority_id, r.entered_by.is_not(None), r.gone_at.is_(None))
    query = update(t.register_rows).where(*base).values(gone_at=now).returning(r.unit_ref)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


# --- Watched sources -----------------------------------------------------------------------------------------


def watched(connection: Connection, authority_id: int | None = None) -> dict[tuple[int, str], Watched]:
    """When each watched source was last looked at, by authority and kind."""
    w = t.watched_sources.c
    query = select(w.authority_id, *(w[name] for name in Watched.__dataclass_fields__))
    if authority_id is not None:
        query = query.where(w.authority_id == authority_id)
    return {
        (row.authority_id, row.kind): Watched(row.kind, row.digest, row.checked_at, row.trouble)
        for row in connection.execute(query)
    }


def note_watched(connection: Connection, authority_id: int, seen: Watched) -> None:
    """Write down that a source was looked at."""
    w = t.watched_sources.c
    base = (w.authority_id == authority_id, w.kind == seen.kind)
    values = {"digest": seen.digest, "checked_at": seen.checked_at, "trouble": seen.trouble[:1000]}
    if connection.execute(update(t.watched_sources).where(*base).values(**values)).rowcount == 0:
        connection.execute(insert(t.watched_sources).values(authority_id=authority_id, kind=seen.kind, **values))


# --- Applications that wait for what came --------------------------------------------------------------------


def ask_again(connection: Connection, *, authority_id: int | None = None, round_id: int | None = None,
              units: Collection[str] | None = None, states: Sequence[str]) -> int:  # fmt: skip
    """Have the sources asked again about applications in `states` of rounds without proposals; how many."""
    a = t.applications.c
    open_ = rounds.undecided(connection, round_id, authority_id=authority_id)
    query = select(a.id).where(a.round_id.in_(open_), a.state.in_(states))
    parts = [query] if units is None else [query.where(a.unit_ref.in_(some)) for some in batches(sorted(units))]
    ids = applications.versions(
        connection, [one for part in parts for one in connection.execute(part).scalars()], hold=True
    )
    values: dict[str, Any] = {"gathered_at": None, "state": "submitted", "version": a.version + 1}
    return sum(
        connection.execute(update(t.applications).where(a.id.in_(some), a.state.in_(states)).values(**values)).rowcount
        for some in batches(list(ids))
    )
