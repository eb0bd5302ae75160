"""A round whose cut line cannot be told from the points: third reviews there, or a lot drawn when it is settled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from evaluators import trace
from evaluators.deliberation import Waits
from laurea import deliberation, intake, ledger, statute, steps
from laurea.actions import open_round, release
from laurea.actions import sheet as deeds
from laurea.errors import NotNow
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from rules.library import load_text
from tests.web import seeding
from tests.web.seeding import Place

RULES = """\
award: fund
edition: "1"
title: A fund
sources: {house: {title: Our own example, mark: OWN}}
facts: {fits: {type: bool, meaning: It fits, supplied_by: applicant}}
eligibility: [{id: fitting, says: It fits., cite: house, require: fits}]
rubric:
  cite: house
  criteria: [{id: idea, title: Idea, maximum: 60}]
jury: {cite: house, reviews: 2, consolidation: mean}
selection:
  id: funded
  says: The project is among the three best.
  cite: house
  having: eligibility
  order: [{by: total, best: highest}]
  ties: {answer: out}
  quota: {count: 3}
  band:
    id: at_line
    says: Who cannot be told apart at the line is settled otherwise.
    cite: house
BAND
outcomes:
  - {id: out, title: Out, when: "!eligibility"}
  - {id: label, title: Label, when: selected, grants: true, letter: granted}
  - {id: none, title: None, otherwise: true}
"""
LOT = "    settle: lot\n    within: 1\n    seed: round\n"
THIRD = "    settle: third_review\n    sure: 0.9\n    reviews: 2\n"
TOTALS = ((50, 51), (46, 48), (32, 34), (33, 32), (21, 22), (14, 15))  # the third and the fourth stand at the line
Seed = Callable[[str], Place]


@pytest.fixture
def seed(tmp_path: Path, engine: Engine) -> Iterator[Seed]:
    """A round of the rules above, six applications with two jurors each, on SQLite and then on PostgreSQL."""
    made: list[Place] = []

    def make(band: str) -> Place:
        rules = tmp_path / "fund.yaml"
        rules.write_text(RULES.replace("BAND\n", band), encoding="utf-8")
        url = engine.url.render_as_string(hide_password=False)
        wanted: dict[str, Any] = {"applications": 6, "jurors": 4, "reviews": 2, "database_url": url}
        made.append(seeding.seed(tmp_path, rule_file=rules, policies={}, facts={"fits": True}, **wanted))
        return made[-1]

    yield make
    for place in made:
        place.engine.dispose()


def rows(place: Place, *columns: Any, where: Any = None) -> list[tuple[Any, ...]]:
    query = select(*columns).order_by(columns[0])
    with reading(place.engine) as connection:
        return [tuple(row) for row in connection.execute(query if where is None else query.where(where))]


def held(place: Place, application: int) -> list[tuple[int, int, str]]:
    """(assignment, person, state) of an application's jurors, in the order they were asked."""
    a, j = t.assignments.c, t.jurors.c
    query = select(a.id, j.person_id, a.state).join(t.jurors, j.id == a.juror_id).order_by(a.id)
    with reading(place.engine) as connection:
        found = connection.execute(query.where(a.application_id == place.applications[application]))
        return [tuple(row) for row in found]


def give(place: Place, assignment: int, person: int, idea: int) -> None:
    """Declare, mark and submit one sheet."""
    who = {"person_id": person, "assignment_id": assignment, "now": place.now}
    deeds.declare(place.engine, kind=None, **who)
    assert deeds.submit_sheet(place.engine, marks={"idea": str(idea)}, comment="", version=1, **who).problems == ()


def give_all(place: Place) -> None:
    for application, two in enumerate(TOTALS):
        for (assignment, person, _), idea in zip(held(place, application), two, strict=True):
            give(place, assignment, person, idea)


def advance(place: Place) -> list[str]:
    done = steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    return [step.kind for step in done]


def waiting(place: Place) -> dict[int, Waits]:
    with reading(place.engine) as connection:
        plan = statute.plan_of(connection, rounds.round_by_id(connection, place.round_id))
        found = deliberation.waiting(connection, place.round_id, plan)
    return {place.applications.index(number): what for number, (_, what) in found.items()}


def _decision(place: Place, application: int) -> int:
    ((number,),) = rows(place, t.decisions.c.id, where=t.decisions.c.application_id == application)
    return int(number)


def granted(place: Place) -> list[int]:
    d = t.decisions.c
    return [place.applications.index(number) for (number,) in rows(place, d.application_id, where=d.granted.is_(True))]


def test_third_reviews_go_to_the_line_and_the_order_decides_when_they_are_in(seed: Seed) -> None:
    place = seed(THIRD)
    give_all(place)
    assert waiting(place) == {2: Waits.LINE, 3: Waits.LINE}
    assert advance(place) == ["third_review"]
    states = [[state for *_, state in held(place, one)] for one in range(6)]
    assert [one.count("open") for one in states] == [0, 0, 1, 1, 0, 0]
    told = rows(place, t.messages.c.person_id, where=t.messages.c.kind == "assignment")
    assert sorted(told) == sorted({(held(place, one)[-1][1],) for one in (2, 3)})
    assert waiting(place) == {}  # they are asked already
    assert advance(place) == []
    give(place, *held(place, 2)[-1][:2], 20)
    assert advance(place) == []
    give(place, *held(place, 3)[-1][:2], 40)
    assert waiting(place) == {}  # the rules ask for two, and they are in
    assert advance(place) == ["settle"]
    assert granted(place) == [0, 1, 3]


def test_a_lot_is_drawn_when_the_round_is_settled_and_anybody_can_draw_it_again(seed: Seed) -> None:
    place = seed(LOT)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(seed=77))
    give_all(place)
    assert advance(place) == ["settle"]
    refs = dict(rows(place, t.applications.c.id, t.applications.c.ref))
    pair = [refs[place.applications[one]] for one in (2, 3)]
    order = sorted(pair, key=lambda ref: hashlib.sha256(f"77\nat_line\n{ref}".encode()).hexdigest())
    winner = [2, 3][pair.index(order[0])]
    assert granted(place) == [0, 1, winner]
    ((_, details),) = rows(place, t.audit.c.id, t.audit.c.details, where=t.audit.c.event == "decisions_proposed")
    assert details["lots"] == [{"band": "at_line", "group": None, "seed": "77", "places": 1, "drawn": order}]
    d = t.decisions.c
    loser = place.applications[5 - winner]
    ((_, packed),) = rows(place, d.id, d.trace, where=d.application_id == loser)
    with reading(place.engine) as connection:
        plan = statute.plan_of(connection, rounds.round_by_id(connection, place.round_id))
    told = "drawn by lot as number 2, places left: 1, seed 77"
    assert trace.sentences(plan.ruleset, packed)[-1].measured == told
    with reading(place.engine) as connection:
        digest = rounds.round_by_id(connection, place.round_id).digest or ""
    release.release(
        place.engine,
        place.round_id,
        actor=ledger.SYSTEM,
        expected_digest=digest,
        settings=place.settings,
        now=place.now,
    )
    ((_, content),) = rows(
        place,
        t.messages.c.id,
        t.messages.c.content,
        where=t.messages.c.key == f"decision:{_decision(place, loser)}:none",
    )
    letter = str(content)
    assert told in letter
    assert "Met: Who cannot be told apart" not in letter


@pytest.mark.parametrize(("band", "given"), [(LOT, None), (LOT, 5), ("", None)])
def test_the_seed_stands_in_the_audit_from_the_day_a_round_is_opened(
    engine: Engine, band: str, given: int | None
) -> None:
    text = RULES.replace("BAND\n", band)
    ruleset = load_text(
        text if band else text.replace(text[text.index("  band:") : text.index("outcomes:")], ""), "fund.yaml"
    )
    now = datetime(2031, 1, 1, tzinfo=UTC)
    new = open_round.NewRound(
        code="fund-2031", title="Fund", authority="house", country=None, opens_at=now, seed=given,
        closes_at=now + timedelta(days=9), review_until=now + timedelta(days=30), award_on=date(2031, 3, 1),
    )  # fmt: skip
    owner = intake.NewAuthority("house", "The house")
    number = open_round.open_round(engine, new, owner, ruleset, actor=ledger.SYSTEM, now=now)
    with reading(engine) as connection:
        kept = rounds.round_by_id(connection, number).seed
        (details,) = connection.execute(select(t.audit.c.details).where(t.audit.c.event == "round_opened")).scalars()
    assert details["seed"] == kept
    assert kept == given if given is not None else (kept > 0) == bool(band)


def test_scores_that_cannot_say_how_sure_they_are_stop_the_round_with_the_reason(seed: Seed) -> None:
    place = seed(THIRD.replace("third_review", "lot").replace("reviews: 2", "seed: round"))
    with writing(place.engine) as connection:
        connection.execute(update(t.assignments).values(state="handed_back"))
    with pytest.raises(NotNow, match=r"Nobody can say who stands at the cut line\. There are no sheets"):
        steps.perform(place.engine, steps.Step(steps.SETTLE, place.round_id), settings=place.settings, now=place.now)
