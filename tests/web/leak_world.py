"""The world of the leak matrix, built for one phase: rounds, applications and jurors by name, and who reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from evaluators.permissions import Field, Phase, Role, Scope
from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import leak_rows, seeding
from tests.web.leak_types import DAY, NOW, OURS, SECOND, THEIRS, Owner, Viewer, World
from tests.web.seeding import Place

WITH_JURORS = (Phase.REVIEWING, Phase.DECIDING, Phase.RELEASED)


def build(folder: Path, phase: Phase) -> World:
    """The world with our round in this phase."""
    place = seeding.seed(folder, applications=6, jurors=4, now=NOW, code=OURS, title="Zqours")
    world = World(place, phase, {OURS: place.round_id}, [])
    with writing(place.engine) as connection:
        for code, authority in ((SECOND, 1), (THEIRS, 2)):
            _round(connection, world, code, authority)
        _applications(connection, world)
        _jurors(connection, world)
        leak_rows.common(connection, world)
        if phase in WITH_JURORS:
            leak_rows.reviews(connection, world)
        else:
            _before_the_jury(connection, world)
        if phase in (Phase.DECIDING, Phase.RELEASED):
            leak_rows.decisions(connection, world)
        if phase is Phase.RELEASED:
            leak_rows.labels(connection, world)
    _viewers(place, world)
    world.changes = leak_rows.changes(world)
    return world


def add(connection: Connection, table: Any, **values: Any) -> int:
    return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def _round(connection: Connection, world: World, code: str, authority: int) -> None:
    """A round like ours with two applications, both with the first of its two jurors."""
    copied = dict(connection.execute(select(t.rounds).where(t.rounds.c.code == OURS)).one()._mapping)
    copied |= {"code": code, "title": f"Zq{code.partition('-')[0]}", "authority_id": authority}
    world.rounds[code] = number = add(connection, t.rounds, **{k: v for k, v in copied.items() if k != "id"})
    base = {"authority_id": authority, "round_id": number}

    def person(role: str, which: int) -> int:
        return add(
            connection, t.people, authority_id=authority, name="", email=f"{role}{which}@{code}.example.org",
            language="en", role=role, created_at=NOW,
        )  # fmt: skip

    seats = [
        add(
            connection, t.jurors, **base, person_id=person("juror", which), ref=f"S{which}", country="AZ",
            languages=["en"], expertise=[], max_load=9,
        )
        for which in (1, 2)
    ]  # fmt: skip
    like = dict(connection.execute(select(t.applications).limit(1)).one()._mapping)
    for which in (1, 2):
        row = {k: v for k, v in like.items() if k not in ("id", "key")} | base
        made = add(connection, t.applications, **row | {"applicant_id": person("applicant", which), "ref": f"{which}"})
        add(
            connection, t.assignments, **base, application_id=made, juror_id=seats[0], quality=500, state="open",
            assigned_at=NOW - DAY,
        )  # fmt: skip


def _applications(connection: Connection, world: World) -> None:
    """Every application, its applicant and its source get words of their own."""
    codes = {number: code for code, number in world.rounds.items()}
    a = t.applications.c
    for place, row in enumerate(connection.execute(select(t.applications).order_by(a.id)).all()):
        world.apps.append(row.id)
        world.applicants.append(row.applicant_id)
        world.keys.append(f"zqkey{place:02}" + "x" * 15)
        owner = Owner(codes[row.round_id], row.id, row.applicant_id)
        public = {Field.RELEASED_GRANTS} if place == 0 else set()  # it gets the label
        heading = {
            kind: world.hide(f"Zq{kind}{place}", owner, Field.HEADING, Field.OWN_APPLICATION, *public)
            for kind in ("unit", "institution")
        } | {
            kind: world.hide(f"Zq{kind}{place}", owner, Field.HEADING, Field.OWN_APPLICATION)
            for kind in ("region", "name")
        }
        known = (Field.EVIDENCE, Field.OWN_APPLICATION)
        school, source = world.hide(f"Zqschool{place}", owner, *known), world.hide(f"zqsource{place}", owner, *known)
        children = {"partners": [{"school": school, "country": "GE", "joined_on": "2025-10-05"}]}
        connection.execute(
            update(t.applications).where(a.id == row.id).values(
                unit_name=heading["unit"], institution=heading["institution"], region=heading["region"],
                children=children, key=world.keys[-1], ref=f"{place:02}-ref",
            )
        )  # fmt: skip
        who = update(t.people).where(t.people.c.id == row.applicant_id)
        connection.execute(who.values(name=heading["name"]))
        connection.execute(delete(t.evidence).where(t.evidence.c.application_id == row.id))
        add(
            connection, t.evidence, authority_id=row.authority_id, application_id=row.id, source=source,
            digest="d" * 64, content={"facts": dict(row.facts), "children": children}, observed_at=NOW - DAY,
        )  # fmt: skip
    for code in world.rounds:
        world.hide(f"Zq{code.partition('-')[0]}", Owner(code), Field.ROUND, Field.CALL, Field.RELEASED_GRANTS)


def _jurors(connection: Connection, world: World) -> None:
    codes = {number: code for code, number in world.rounds.items()}
    for place, row in enumerate(connection.execute(select(t.jurors).order_by(t.jurors.c.id)).all()):
        world.seats.append(row.id)
        world.jurors.append(row.person_id)
        owner = Owner(codes[row.round_id], 0, row.person_id)
        name = world.hide(
            f"Zqjuror{place}", owner, Field.ASSIGNMENT, Field.PROGRESS, Field.CONFLICTS, Field.COMPARISON, Field.OUTBOX
        )
        ref = world.hide(f"Zqref{place}", owner, Field.ASSIGNMENT, Field.COMPARISON)
        connection.execute(update(t.people).where(t.people.c.id == row.person_id).values(name=name))
        connection.execute(update(t.jurors).where(t.jurors.c.id == row.id).values(ref=ref))


def _before_the_jury(connection: Connection, world: World) -> None:
    """Take back what cannot be there before the jury is routed."""
    number, open_ = world.rounds[OURS], world.phase is Phase.COLLECTING
    connection.execute(delete(t.assignments).where(t.assignments.c.round_id == number))
    closes = NOW + 9 * DAY if open_ else NOW - DAY
    connection.execute(
        update(t.rounds).where(t.rounds.c.id == number).values(
            closes_at=closes, screened_at=None if open_ else NOW, routed_at=None, review_until=closes + 30 * DAY
        )
    )  # fmt: skip
    mine = update(t.applications).where(t.applications.c.round_id == number)
    connection.execute(mine.values(state="submitted" if open_ else "eligible"))


def _viewers(place: Place, world: World) -> None:
    """Everybody who reads."""
    apps, people, jurors = world.apps, world.applicants, world.jurors
    with_jurors = world.phase in WITH_JURORS
    heads = frozenset({apps[0], apps[3], apps[4]}) if with_jurors else frozenset()
    world.viewers = [
        Viewer("nobody", Role.ANYONE),
        Viewer("applicant", Role.APPLICANT, people[0], (OURS,), own=frozenset({apps[0]})),
        Viewer("another applicant", Role.APPLICANT, people[1], (OURS,), own=frozenset({apps[1]})),
        Viewer("juror", Role.JUROR, jurors[0], (OURS,), heads, heads - {apps[3]}),  # not yet declared
        Viewer("conflicted juror", Role.JUROR, jurors[3], (OURS,)),
        Viewer("officer", Role.OFFICER, place.officers[0], (OURS, SECOND)),
        Viewer("their officer", Role.OFFICER, place.officers[2], (THEIRS,)),
    ]
    programs = (
        ("exporting program", (Scope.READ, Scope.EXPORT), OURS),
        ("trusted program", (Scope.READ, Scope.EXPORT, Scope.PROPOSALS), OURS),
    )
    for name, scopes, code in programs:
        token = tokens.give(
            place.engine, world.rounds[code], name=name, scopes=scopes, days=9, actor=SYSTEM, now=NOW
        )[1]  # fmt: skip
        world.viewers.append(Viewer(name, Role.OFFICER, 0, (code,), scopes=frozenset(scopes), token=token))
