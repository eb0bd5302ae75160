"""Jurors kept from their own region or country: by what both say of themselves, without a list of all such pairs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from evaluators import conflicts
from laurea import routing, standing, statute
from laurea.actions import import_jury
from laurea.store import invariants, pages_gaps
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web import shortage

Small = Callable[..., Any]
REGIONS = ("North", "south", "West")


@pytest.fixture
def here(small: Small, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everything imported and checked, in three regions, under rules that keep own regions apart."""
    plan_of = statute.plan_of

    def apart(*asked: Any) -> Any:
        plan = plan_of(*asked)
        assert plan.jury is not None
        return replace(plan, jury=replace(plan.jury, conflicts=(*plan.jury.conflicts, "own_region"), languages=False))

    monkeypatch.setattr(statute, "plan_of", apart)
    found = small()
    found.bring_in()
    with writing(found.engine) as connection:
        for table in (t.applications, t.jurors):
            for number in connection.execute(select(table.c.id)).scalars().all():
                place = {"country": "AZ", "region": REGIONS[number % 3].upper() if number % 2 else REGIONS[number % 3]}
                connection.execute(update(table).where(table.c.id == number).values(**place))
    return found


def look(here: Any) -> standing.Standing:
    with reading(here.engine) as connection:
        return standing.look(connection, here.round_id, here.settings, here.after_deadline)


def met(found: standing.Standing) -> set[standing.Pair]:
    """Reviews that stand between a juror and an application of one region, counted from the records."""
    where = {one.ref: one.region.casefold() for one in (*found.everyone, *found.jury)}
    return {pair for pair in found.pairs(found.reviews) if where[pair[0]] == where[pair[1]]}


def recorded(here: Any) -> int:
    with reading(here.engine) as connection:
        query = select(func.count()).select_from(t.conflicts).where(t.conflicts.c.kind == "own_region")
        return int(connection.execute(query).scalar_one())


def listed(found: standing.Standing) -> standing.Standing:
    """The same with every pair of a region listed as a conflict of its own."""
    assert found.plan.jury is not None
    papers = [routing.deliberation.candidate(one, 0) for one in found.everyone]
    jury = [routing.deliberation.juror(one) for one in found.jury]
    other = replace(found)
    vars(other).update(apart=(), found=conflicts.find(found.plan.jury.conflicts, papers, jury))
    return other


def test_a_plan_is_the_same_as_with_every_pair_listed_and_lists_none(here: Any) -> None:
    here.advance()
    found = look(here)
    assert found.apart == ("own_region",)
    assert found.reviews
    assert met(found) == set()
    assert recorded(here) == 0
    assert not [one for one in found.found if one.kind == "own_region"]
    other = listed(found)
    together = [one for one in other.found if one.kind == "own_region"]
    assert len(together) >= len(found.everyone) * len(found.jury) // 4, "that many would be listed"
    for made in (routing.filled, routing.repaired, routing.afresh):
        ours, theirs = made(found), made(other)
        assert (ours.pairs, ours.objective, ours.bound, ours.gaps) == (
            theirs.pairs, theirs.objective, theirs.bound, theirs.gaps,
        )  # fmt: skip
    pairs = [(one.application, one.juror) for one in together[:40]]
    assert [(one.row, one.problem) for one in found.wrong_with(pairs)] == [
        (one.row, one.problem) for one in other.wrong_with(pairs)
    ]
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def test_who_moves_into_a_region_loses_its_reviews_and_only_they_are_recorded(here: Any) -> None:
    here.advance()
    found = look(here)
    review = found.reviews[0]
    paper = next(one for one in found.everyone if one.id == review.application_id)
    with writing(here.engine) as connection:
        connection.execute(update(t.jurors).where(t.jurors.c.id == review.juror_id).values(region=paper.region))
    before = met(look(here))
    assert before
    routing.fill(here.engine, here.round_id, settings=here.settings, now=here.after_deadline)
    assert met(look(here)) == set()
    assert recorded(here) == len(before)
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def test_a_pin_and_a_sheet_meet_the_rule_and_a_shortage_counts_it(here: Any) -> None:
    here.advance()
    found = look(here)
    pair = next(
        (a.ref, j.ref) for a in found.everyone for j in found.jury if a.region.casefold() == j.region.casefold()
    )
    with writing(here.engine) as connection:
        connection.execute(
            t.pins.insert().values(
                authority_id=found.record.authority_id, round_id=here.round_id, application_id=found.ids[pair[0]],
                juror_id=found.juror_ids[pair[1]], pin="must", pinned_at=here.after_deadline,
            )
        )  # fmt: skip
    pinned = look(here)
    needy = pinned.papers(dict.fromkeys(pinned.refs, 9))
    kept, unkept = pinned.musts(needy, pinned.bench(), set())
    assert (kept, [*map(str, unkept)]) == ([], [f"{pair[0]} to {pair[1]}: they have a conflict (own_region)"])
    path = here.world.folder / "sheet.csv"
    assert found.plan.rubric is not None
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["application_id", "juror_id", "criterion", "points"])
        out.writerows([[*pair, one.id, 1] for one in found.plan.rubric.criteria])
    done = import_jury.import_sheets(
        here.engine, here.round_id, path, assigns=True, actor=here.actor, now=here.after_deadline
    )
    assert [one.problem for one in done.refusals] == ["This juror has a conflict with this application."]
    number = found.ids[pair[0]]
    with reading(here.engine) as connection:
        asked = shortage.asked(found.plan) | {"reviews": 99}
        ours = pages_gaps.shortages(connection, here.round_id, [number], **asked)[number]
        without = pages_gaps.shortages(connection, here.round_id, [number], **asked | {"apart": ()})[number]
    place = found.everyone[[one.ref for one in found.everyone].index(pair[0])].region.casefold()
    neighbours = sum(one.region.casefold() == place for one in found.jury)
    assert 0 < ours.conflicted - without.conflicted <= neighbours
