"""Ceremonies of a round and who is invited to them: a holder once, however many labels they have."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, select, update

from evaluators.permissions import Timetable
from laurea.store import tables as t
from laurea.store.moments import beside_times, times, timetable

_C, _V, _G, _A = t.ceremonies.c, t.guests.c, t.grants.c, t.applications.c
_OWN = (
    "id", "authority_id", "round_id", "title", "regions", "place", "programme", "begins_at", "ends_at", "timezone",
    "reply_until", "uid", "sequence", "changed_at", "cancelled_at", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Ceremony:
    """A ceremony as it stands; no `regions`: for all of them."""

    id: int
    authority_id: int
    round_id: int
    title: str
    regions: list[str]
    place: str
    programme: str
    begins_at: datetime
    ends_at: datetime
    timezone: str
    reply_until: datetime
    uid: str
    sequence: int
    changed_at: datetime
    cancelled_at: datetime | None
    version: int


@dataclass(frozen=True)
class Tally:
    """How many are invited, how many of them answered what, and how many people come in all."""

    invited: int = 0
    yes: int = 0
    no: int = 0
    people: int = 0

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return self.invited - self.yes - self.no


@dataclass(frozen=True)
class Holder:
    """Somebody who may be invited: they hold labels of the round, and live in a region."""

    person_id: int
    name: str
    email: str
    reads: str
    region: str


@dataclass(frozen=True)
class Guest:
    """Somebody who is invited; `comes` is None before the answer."""

    id: int
    key: str
    person_id: int
    name: str
    email: str
    reads: str
    comes: bool | None
    people: int
    sounds: str
    words: str
    replied_at: datetime | None
    region: str
    labels: str  # what they hold, joined; for the list


@dataclass(frozen=True)
class Award:
    """One label to announce: who gets it, from where, and how the name is read aloud."""

    region: str
    holder: str
    title: str
    institution: str
    unit_name: str
    name: str
    sounds: str
    comes: bool | None
    people: int


@dataclass(frozen=True)
class Invitation:
    """A ceremony as the link of one guest shows it."""

    guest_id: int
    person_id: int
    name: str
    comes: bool | None
    people: int
    sounds: str
    words: str
    replied_at: datetime | None
    ceremony: Ceremony
    round: str
    award_on: date
    authority: str
    email: str
    timetable: Timetable


def of_round(connection: Connection, round_id: int) -> list[tuple[Ceremony, Tally]]:
    """The ceremonies of a round in the order of their beginning, each with its answers."""
    query = select(*(_C[name] for name in _OWN)).where(_C.round_id == round_id).order_by(_C.begins_at, _C.id)
    found = [Ceremony(**row._mapping) for row in connection.execute(query)]
    told = _tallies(connection, _V.ceremony_id.in_([one.id for one in found]))
    return [(one, told.get(one.id, Tally())) for one in found]


def ceremony(connection: Connection, round_id: int, number: int, *, held: bool = False) -> Ceremony | None:
    """One ceremony of a round; `held`: nobody else changes it until this transaction ends."""
    query = select(*(_C[name] for name in _OWN)).where(_C.round_id == round_id, _C.id == number)
    if held:
        query = query.with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else Ceremony(**row._mapping)


def tally(connection: Connection, number: int) -> Tally:
    """The answers to a ceremony."""
    return _tallies(connection, _V.ceremony_id == number).get(number, Tally())


def _tallies(connection: Connection, where: ColumnElement[bool]) -> dict[int, Tally]:
    yes, no = _V.comes.is_(True), _V.comes.is_(False)
    query = select(
        _V.ceremony_id, func.count().label("invited"), func.sum(case((yes, 1), else_=0)).label("yes"),
        func.sum(case((no, 1), else_=0)).label("no"), func.sum(case((yes, _V.people), else_=0)).label("people"),
    ).where(where).group_by(_V.ceremony_id)  # fmt: skip
    return {row.ceremony_id: Tally(row.invited, row.yes, row.no, row.people) for row in connection.execute(query)}


def add(connection: Connection, **values: Any) -> int:
    """Write a ceremony down; its id."""
    values["uid"] = f"{secrets.token_hex(16)}@laurea"
    return int(connection.execute(insert(t.ceremonies).values(**values).returning(_C.id)).scalar_one())


def change(connection: Connection, number: int, version: int, **values: Any) -> bool:
    """Change a ceremony; False where somebody else did since `version`."""
    stands = update(t.ceremonies).where(_C.id == number, _C.version == version)
    return connection.execute(stands.values(**values, version=version + 1)).rowcount == 1


def _in(regions: Sequence[str]) -> list[ColumnElement[bool]]:
    return [_A.region.in_(regions)] if regions else []


def uninvited(connection: Connection, one: Ceremony) -> list[Holder]:
    """The holders of labels in a ceremony's regions who are not invited to it, by region and name."""
    p = t.people.c
    known = select(_V.person_id).where(_V.ceremony_id == one.id)
    query = (
        select(p.id.label("person_id"), p.name, p.email, p.language.label("reads"),
               func.min(_A.region).label("region"))
        .join_from(t.grants, t.applications, _A.id == _G.application_id)
        .join(t.people, p.id == _G.person_id)
        .where(_G.round_id == one.round_id, _G.withdrawn_at.is_(None), p.id.not_in(known), *_in(one.regions))
        .group_by(p.id, p.name, p.email, p.language)
        .order_by(func.min(_A.region), p.name, p.id)
    )  # fmt: skip
    return [Holder(**row._mapping) for row in connection.execute(query)]


def invite(connection: Connection, one: Ceremony, people: Sequence[int], now: datetime) -> None:
    """Put people on the list of a ceremony."""
    base = {"authority_id": one.authority_id, "ceremony_id": one.id, "invited_at": now}
    if people:
        connection.execute(insert(t.guests), [base | {"person_id": number} for number in people])


def guests(connection: Connection, one: Ceremony, number: int | None = None) -> list[Guest]:
    """Who is invited to a ceremony, by region and name; one guest where a number is given."""
    p = t.people.c
    query = (
        select(
            _V.id, _V.key, _V.person_id, p.name, p.email, p.language.label("reads"), _V.comes, _V.people, _V.sounds,
            _V.words, _V.replied_at, func.coalesce(func.min(_A.region), "").label("region"),
        )
        .join_from(t.guests, t.people, p.id == _V.person_id)
        .outerjoin(t.grants, (_G.person_id == p.id) & (_G.round_id == one.round_id) & _G.withdrawn_at.is_(None))
        .outerjoin(t.applications, _A.id == _G.application_id)
        .where(_V.ceremony_id == one.id, *([] if number is None else [_V.id == number]))
        .group_by(*t.guests.c, p.name, p.email, p.language)
        .order_by(func.min(_A.region), p.name, _V.id)
    )  # fmt: skip
    held: dict[int, list[str]] = {}
    labels = select(_G.person_id, _G.holder).where(_G.round_id == one.round_id, _G.withdrawn_at.is_(None))
    for row in connection.execute(labels.order_by(_G.id)):
        held.setdefault(row.person_id, []).append(row.holder)
    return [
        Guest(**row._mapping, labels="; ".join(held.get(row.person_id, ()))) for row in connection.execute(query)
    ]  # fmt: skip


def awards(connection: Connection, one: Ceremony) -> list[Award]:
    """What a ceremony announces: the labels of its regions that are not withdrawn, by region and holder.

    Somebody's word that they do not come stays with the label: it is announced all the same.
    """
    p = t.people.c
    query = (
        select(_A.region, _G.holder, _G.title, _A.institution, _A.unit_name, p.name, _V.sounds, _V.comes, _V.people)
        .join_from(t.grants, t.applications, _A.id == _G.application_id)
        .join(t.people, p.id == _G.person_id)
        .outerjoin(t.guests, (_V.person_id == p.id) & (_V.ceremony_id == one.id))
        .where(_G.round_id == one.round_id, _G.withdrawn_at.is_(None), *_in(one.regions))
        .order_by(_A.region, _G.holder, _G.id)
    )
    return [
        Award(**{**row._mapping, "sounds": row.sounds or "", "people": row.people or 0})
        for row in connection.execute(query)
    ]


def answer(connection: Connection, guest_id: int, **values: Any) -> None:
    """Write down what a guest, or an officer for them, says."""
    connection.execute(update(t.guests).where(_V.id == guest_id).values(**values))


def by_key(connection: Connection, key: str) -> Invitation | None:
    """The invitation behind a link."""
    r, o, p = t.rounds.c, t.authorities.c, t.people.c
    query = (
        select(
            _V.id.label("guest_id"), _V.person_id, p.name, _V.comes, _V.people, _V.sounds, _V.words, _V.replied_at,
            r.title.label("round"), r.award_on, o.name.label("authority"), o.email,
            *(_C[name].label(f"of_{name}") for name in _OWN), *times(),
        )
        .join_from(t.guests, t.ceremonies, _C.id == _V.ceremony_id)
        .join(t.people, p.id == _V.person_id)
        .join(t.rounds, r.id == _C.round_id)
        .join(t.authorities, o.id == _C.authority_id)
        .where(_V.key == key)
    )  # fmt: skip
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    own = {name: value for name, value in beside_times(row).items() if not name.startswith("of_")}
    held = Ceremony(**{name: row._mapping[f"of_{name}"] for name in _OWN})
    return Invitation(**own, ceremony=held, timetable=timetable(row))
