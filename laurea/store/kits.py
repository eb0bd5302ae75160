"""The kit of a round's award and the parcels it goes out in: a parcel is a label with what was noted about it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, literal, select, update

from evaluators.award_kit import Item, Piece, State, contents
from evaluators.permissions import Timetable
from laurea.store import tables as t
from laurea.store.moments import beside_times, times, timetable

_G, _A, _P = t.grants.c, t.applications.c, t.parcels.c


@dataclass(frozen=True)
class Kit:
    """What belongs to the award of a round. `address_fact` names a fact that holds where to send it, if any does."""

    items: tuple[Item, ...] = ()
    address_fact: str = ""
    version: int = 0  # 0: nothing was declared yet


@dataclass(frozen=True)
class Parcel:
    """A label on its way to its holder. `address` is empty where none is known; `version` 0 where nothing is noted."""

    grant_id: int
    number: str
    application_id: int
    person_id: int
    ref: str
    holder: str
    title: str
    unit_name: str
    institution: str
    country: str | None
    region: str
    outcome: str
    name: str
    email: str
    reads: str
    address: str
    own_address: str  # the one noted here; `address` may come out of the application's facts
    state: State
    since: date | None
    note: str
    asked_at: datetime | None
    version: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class AskedParcel:
    """A parcel as the link shows it that asks where to send it."""

    id: int
    authority_id: int
    round_id: int
    grant_id: int
    person_id: int
    address: str
    state: str
    expires_at: datetime | None
    version: int
    holder: str
    title: str
    withdrawn_at: datetime | None
    round: str
    authority: str
    timezone: str
    timetable: Timetable


def kit(connection: Connection, round_id: int) -> Kit:
    """The kit of a round; an empty one where none was declared."""
    c = t.kits.c
    row = connection.execute(select(c["items"], c.address_fact, c.version).where(c.round_id == round_id)).one_or_none()
    if row is None:
        return Kit()
    items = (
        Item(one["name"], tuple(one["outcomes"]), one["quantity"], one["engraving"]) for one in row._mapping["items"]
    )
    return Kit(tuple(items), row.address_fact, row.version)


def save_kit(connection: Connection, authority_id: int, round_id: int, new: Kit) -> bool:
    """Declare a round's kit anew; False when it is no longer the one of `new.version`."""
    c = t.kits.c
    values = {"items": [asdict(one) for one in new.items], "address_fact": new.address_fact}
    if new.version == 0:
        if kit(connection, round_id).version:
            return False
        connection.execute(insert(t.kits).values(authority_id=authority_id, round_id=round_id, **values))
        return True
    stands = update(t.kits).where(c.round_id == round_id, c.version == new.version)
    return connection.execute(stands.values(**values, version=new.version + 1)).rowcount == 1


def parcels(connection: Connection, round_id: int, held: Kit, numbers: Sequence[str] = ()) -> list[Parcel]:
    """The parcels of a released round's labels that are not withdrawn, by region and reference; of `numbers` alone
    where some are given.
    """
    r, d = t.rounds.c, t.decisions.c
    fact: ColumnElement[Any] = _A.facts[held.address_fact].as_string() if held.address_fact else literal("")
    query = (
        select(
            _G.id.label("grant_id"), _G.number, _G.application_id, _G.person_id, _A.ref, _G.holder, _G.title,
            _A.unit_name, _A.institution, _G.country, _A.region, d.outcome, t.people.c.name, t.people.c.email,
            t.people.c.language.label("reads"), _P.address.label("own_address"), fact.label("fact"), _P.state,
            _P.since, _P.note, _P.asked_at, _P.version, _P.contents, r.title.label("round"), r.award_on,
        )
        .join_from(t.grants, t.applications, _A.id == _G.application_id)
        .join(t.decisions, d.id == _G.decision_id)
        .join(t.rounds, r.id == _G.round_id)
        .join(t.people, t.people.c.id == _G.person_id)
        .outerjoin(t.parcels, _P.grant_id == _G.id)
        .where(_G.round_id == round_id, r.released_at.is_not(None), _G.withdrawn_at.is_(None))
        .order_by(_A.region, _A.ref, _G.id)
    )  # fmt: skip
    wanted = set(numbers)
    rows = connection.execute(query)
    return [_parcel(row._mapping, held) for row in rows if not wanted or row.number in wanted]


def _parcel(row: Mapping[Any, Any], held: Kit) -> Parcel:
    told = {
        "holder": row["holder"], "title": row["title"], "round": row["round"], "year": str(row["award_on"].year),
        "institution": row["institution"], "unit": row["unit_name"], "number": row["number"],
    }  # fmt: skip
    frozen = row["contents"]
    lies = [Piece(**one) for one in frozen] if frozen is not None else contents(held.items, row["outcome"], told)
    names = {"grant_id", "number", "application_id", "person_id", "ref", "holder", "title", "unit_name", "institution",
             "country", "region", "outcome", "name", "email", "reads", "since", "asked_at"}  # fmt: skip
    return Parcel(
        **{name: row[name] for name in names},
        address=(row["own_address"] or row["fact"] or "").strip(),
        own_address=row["own_address"] or "",
        state=State(row["state"] or State.TO_SEND),
        note=row["note"] or "",
        version=row["version"] or 0,
        pieces=tuple(lies),
    )


def note(connection: Connection, authority_id: int, round_id: int, grant_id: int, version: int, **values: Any) -> bool:
    """Note something about a label's parcel; False when somebody else did since `version`."""
    if version == 0:
        if connection.execute(select(_P.id).where(_P.grant_id == grant_id)).first() is not None:
            return False
        base = {"authority_id": authority_id, "round_id": round_id, "grant_id": grant_id}
        connection.execute(insert(t.parcels).values(**base, **{"key": None} | values))
        return True
    stands = update(t.parcels).where(_P.grant_id == grant_id, _P.version == version)
    return connection.execute(stands.values(**values, version=version + 1)).rowcount == 1


def key_of(connection: Connection, grant_id: int) -> str:
    """The key of the link about a parcel: the one it has, or a fresh one."""
    found = connection.execute(select(_P.key).where(_P.grant_id == grant_id)).scalar_one_or_none()
    return found or secrets.token_urlsafe(16)


def asked(connection: Connection, key: str) -> AskedParcel | None:
    """The parcel behind a link."""
    r = t.rounds.c
    query = (
        select(
            _P.id, _P.authority_id, _P.round_id, _P.grant_id, _G.person_id, _P.address, _P.state, _P.expires_at,
            _P.version, _G.holder, _G.title, _G.withdrawn_at, r.title.label("round"),
            t.authorities.c.name.label("authority"), t.authorities.c.timezone, *times(),
        )
        .join_from(t.parcels, t.grants, _G.id == _P.grant_id)
        .join(t.rounds, r.id == _P.round_id)
        .join(t.authorities, t.authorities.c.id == _P.authority_id)
        .where(_P.key == key)
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    return None if row is None else AskedParcel(**beside_times(row), timetable=timetable(row))


def regions(connection: Connection, round_id: int) -> list[str]:
    """The regions of those who hold a label of a round; an empty one where some application names none."""
    query = select(_A.region).join_from(t.grants, t.applications, _A.id == _G.application_id)
    query = query.where(_G.round_id == round_id, _G.withdrawn_at.is_(None)).group_by(_A.region).order_by(_A.region)
    return list(connection.execute(query).scalars())
