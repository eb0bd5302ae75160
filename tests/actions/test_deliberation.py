"""What a jury owes after its sheets: a third review, a joint sheet; and sheets that are given back or come late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update

from evaluators.calibration import Bridge
from laurea import deliberation, further, ledger, statute, steps
from laurea.actions import extend as extending
from laurea.actions import joint, settle, third_review
from laurea.actions import sheet as deeds
from laurea.cli import waiting
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.store import invariants, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.seeding import Place

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {house: {title: Our own example, mark: OWN}}
facts: {fits: {type: bool, meaning: It fits, supplied_by: applicant}}
eligibility: [{id: fitting, says: It fits., cite: house, require: fits}]
rubric:
  cite: house
  criteria: [{id: idea, title: Idea, maximum: 60}, {id: work, title: Work, maximum: 40}]
  gates: [{id: enough, says: At least 60 points., cite: house, require: total >= 60}]
jury:
  cite: house
  reviews: 2
  consolidation: METHOD
MORE
outcomes:
  - {id: out, title: Out, when: "!eligibility"}
  - {id: label, title: Label, when: gates, grants: true, letter: granted}
  - {id: none, title: None, otherwise: true}
"""
DIFFER = """\
  discrepancy:
    - {id: apart, says: They differ by 30 points., cite: house, when: "sheets.map(s, s.total).spread() >= 30"}
  third: closest_pair
"""
Seed = Callable[..., Place]


@pytest.fixture
def seed(tmp_path: Path, engine: Engine) -> Iterator[Seed]:
    """A round of the rules above, three applications with two jurors each, on SQLite and then on PostgreSQL."""
    made: list[Place] = []

    def make(method: str = "mean", more: str = "", **values: Any) -> Place:
        rules = tmp_path / "prize.yaml"
        rules.write_text(RULES.replace("METHOD", method).replace("MORE\n", more), encoding="utf-8")
        url = engine.url.render_as_string(hide_password=False)
        wanted = {"applications": 3, "jurors": 4, "reviews": 2, **values}
        place = seeding.seed(tmp_path, rule_file=rules, policies={}, facts={"fits": True}, database_url=url, **wanted)
        made.append(place)
        return place

    yield make
    for place in made:
        place.engine.dispose()


def rows(place: Place, *columns: Any, where: Any = None) -> list[tuple[Any, ...]]:
    query = select(*columns).order_by(columns[0])
    with reading(place.engine) as connection:
        return [tuple(row) for row in connection.execute(query if where is None else query.where(where))]


def held(place: Place, application: int = 0) -> list[tuple[int, int, str]]:
    """(assignment, person, state) of an application's jurors, in the order they were asked."""
    a = t.assignments.c
    query = (
        select(a.id, t.jurors.c.person_id, a.state)
        .join(t.jurors, t.jurors.c.id == a.juror_id)
        .where(a.application_id == place.applications[application])
        .order_by(a.id)
    )
    with reading(place.engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def give(place: Place, assignment: int, person: int, idea: int, work: int = 0, now: Any = None) -> None:
    """Declare, mark and submit one sheet."""
    who = {"person_id": person, "assignment_id": assignment, "now": now or place.now}
    deeds.declare(place.engine, kind=None, **who)
    done = deeds.submit_sheet(place.engine, marks={"idea": str(idea), "work": str(work)}, comment="", version=1, **who)
    assert done.problems == ()


def give_all(place: Place, *totals: tuple[int, int]) -> None:
    """Both sheets of each application."""
    for application, two in enumerate(totals):
        for (assignment, person, _), idea in zip(held(place, application), two, strict=True):
            give(place, assignment, person, min(idea, 60), max(0, idea - 60))


def advance(place: Place, now: Any = None) -> list[str]:
    done = steps.advance(place.engine, place.round_id, settings=place.settings, now=now or place.now)
    return [step.kind for step in done]


def everything(place: Place) -> dict[str, list[Any]]:
    with reading(place.engine) as connection:
        return {table.name: list(connection.execute(select(table))) for table in t.metadata.sorted_tables}


def decisions(place: Place) -> dict[int, tuple[str, str]]:
    d = t.decisions.c
    return {number: (outcome, points) for number, outcome, points in rows(place, d.application_id, d.outcome, d.points)}


def test_sheets_that_differ_lead_to_a_third_review_and_then_to_the_closest_pair(seed: Seed) -> None:
    place = seed(more=DIFFER)
    give_all(place, (80, 40), (70, 65), (50, 45))
    two = {person for _, person, _ in held(place)}
    assert advance(place) == ["third_review"]
    assert [state for *_, state in held(place)] == ["submitted", "submitted", "open"]
    third, person, _ = held(place)[-1]
    assert person not in two
    letters = rows(place, t.messages.c.person_id, t.messages.c.kind)
    assert letters == [(person, "assignment")]
    before = everything(place)
    assert advance(place) == []
    assert third_review.third_review(place.engine, place.round_id, settings=place.settings, now=place.now).pairs == 0
    assert everything(place) == before
    give(place, third, person, 50)
    assert advance(place) == ["settle"]
    first, second, last = place.applications
    assert decisions(place) == {first: ("none", "45"), second: ("label", "67.5"), last: ("none", "47.5")}
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []


def test_an_application_that_waits_for_its_third_review_is_not_decided(seed: Seed) -> None:
    place = seed(more=DIFFER)
    give_all(place, (80, 40), (70, 65), (50, 45))
    settle.settle(place.engine, place.round_id, now=place.now)
    assert set(decisions(place)) == set(place.applications[1:])


def test_a_third_review_nobody_can_give_is_a_gap_until_somebody_can(seed: Seed) -> None:
    place = seed(more=DIFFER, jurors=2)
    give_all(place, (80, 40), (70, 65), (50, 45))
    before = everything(place)
    assert advance(place) == ["third_review"]
    found = third_review.third_review(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert [(gap.application, gap.missing) for gap in found.gaps] == [("AZ-2600", 1)]
    assert found.gaps[0].reason
    assert everything(place) == before
    assert advance(place, place.now + timedelta(days=30)) == ["third_review"]  # decisions wait
    with writing(place.engine) as connection:
        juror = connection.execute(select(t.jurors)).first()
        assert juror is not None
        values = {**juror._mapping, "id": 99, "ref": "J99", "person_id": place.officers[0]}
        connection.execute(insert(t.jurors).values(**values))
    assert advance(place) == ["third_review"]
    assert held(place)[-1][1:] == (place.officers[0], "open")


def test_only_an_experienced_juror_gives_a_third_review_where_the_rules_say_so(seed: Seed) -> None:
    place = seed(more=DIFFER + "  third_by: experienced\n", jurors=5)
    give_all(place, (80, 40), (70, 65), (50, 45))
    found = third_review.third_review(place.engine, place.round_id, settings=place.settings, now=place.now)
    assert found.pairs == 0
    assert found.gaps[0].reason == (
        "Only experienced jurors may give a third review, so only they are counted here. No juror is experienced. "
        "Name experienced jurors."
    )
    with writing(place.engine) as connection:
        connection.execute(update(t.jurors).where(t.jurors.c.ref == "J05").values(experienced=True))
    assert advance(place) == ["third_review"]
    assert held(place)[-1][1] == place.jurors[4]


def test_whoever_is_asked_late_has_time_and_may_hand_it_back_to_another(seed: Seed) -> None:
    place = seed(more=DIFFER)
    give_all(place, (80, 40), (70, 65), (50, 45))
    over = place.now + timedelta(days=40)
    advance(place, over)
    third, person, _ = held(place)[-1]
    assert rows(place, t.assignments.c.until, where=t.assignments.c.id == third) == [(over + timedelta(days=7),)]
    deeds.hand_back(place.engine, person_id=person, assignment_id=third, reason="Too busy.", now=over)
    assert advance(place, over) == ["third_review"]
    fourth, other, _ = held(place)[-1]
    assert other != person
    with pytest.raises(NotNow):
        give(place, fourth, other, 50, now=over + timedelta(days=8))
    give(place, fourth, other, 50, now=over + timedelta(days=6))
    assert advance(place, over) == ["settle"]


def test_a_sheet_that_others_build_on_is_not_opened_again(seed: Seed) -> None:
    place = seed(more=DIFFER)
    give_all(place, (80, 40), (70, 65), (50, 45))
    first, person, _ = held(place)[0]
    who = {"person_id": person, "assignment_id": first, "now": place.now}
    deeds.reopen(place.engine, **who)
    deeds.submit_sheet(place.engine, marks={"idea": "60", "work": "20"}, comment="again", version=2, **who)
    advance(place)
    with pytest.raises(NotNow, match="taken up"):
        deeds.reopen(place.engine, **who)
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []


def test_nobody_is_asked_because_of_a_sheet_that_was_opened_again_meanwhile(
    seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = seed(more=DIFFER)
    give_all(place, (80, 40), (70, 65), (50, 45))
    assignment, person, _ = held(place)[0]
    chosen = further.further

    def meanwhile(*args: Any) -> Any:
        proposal = chosen(*args)
        deeds.reopen(place.engine, person_id=person, assignment_id=assignment, now=place.now)
        return proposal

    monkeypatch.setattr(further, "further", meanwhile)
    assert third_review.third_review(place.engine, place.round_id, settings=place.settings, now=place.now).pairs == 0
    assert [state for *_, state in held(place)] == ["draft", "submitted"]


def test_the_body_that_convenes_gives_the_points_itself(seed: Seed) -> None:
    place = seed(more=DIFFER.replace("closest_pair", "convene"))
    give_all(place, (80, 40), (70, 65), (50, 45))
    assert advance(place) == []
    for assignment, person, _ in held(place):
        who = {"person_id": person, "assignment_id": assignment, "now": place.now}
        table = joint.table(place.engine, person_id=person, assignment_id=assignment)
        assert table is not None
        if table.version == 0:
            problems = joint.write(place.engine, marks={"idea": "59", "work": "1"}, comment="", version=0, **who)
            assert problems == []
        else:
            joint.agree(place.engine, version=1, **who)
    assert advance(place) == ["settle"]
    assert decisions(place)[place.applications[0]] == ("label", "60")


def test_consensus_settles_when_every_juror_agreed_to_the_same_text(seed: Seed) -> None:
    place = seed("consensus", applications=1, jurors=2)
    give_all(place, (80, 40))
    assert advance(place) == []
    (mine, me, _), (theirs, they, _) = held(place)
    after = place.now + timedelta(days=60)  # the review period is over: what they must agree on stays open
    my = {"person_id": me, "assignment_id": mine, "now": after}
    their = {"person_id": they, "assignment_id": theirs, "now": after}
    with pytest.raises(NotNow, match="no joint sheet yet"):
        joint.agree(place.engine, version=0, **my)
    problems = joint.write(place.engine, marks={"idea": "61"}, comment="", version=0, **my)
    assert [one.criterion for one in problems] == ["idea", "work"]
    assert joint.write(place.engine, marks={"idea": "40", "work": "20"}, comment="first", version=0, **my) == []
    with pytest.raises(joint.Rewritten) as found:
        joint.write(place.engine, marks={"idea": "10", "work": "20"}, comment="second", version=0, **their)
    assert found.value.table.sheet is not None
    assert found.value.table.sheet.comment == "first"  # and the second is with whoever typed it
    assert joint.write(place.engine, marks={"idea": "10", "work": "20"}, comment="second", version=1, **their) == []
    with pytest.raises(Conflict):
        joint.agree(place.engine, version=1, **my)  # not the text that stands
    assert advance(place, after) == []
    joint.agree(place.engine, version=2, **my)
    joint_events = [event for _, event in rows(place, t.audit.c.id, t.audit.c.event)][-3:]
    assert joint_events == ["joint_sheet_written", "consent_given", "consent_given"]
    with pytest.raises(NotNow, match="closed"):
        joint.write(place.engine, marks={"idea": "1", "work": "2"}, comment="", version=2, **my)
    assert rows(place, t.joint_sheets.c.version, t.joint_sheets.c.comment) == [(1, "first"), (2, "second")]
    assert advance(place, after) == ["settle"]
    assert decisions(place)[place.applications[0]] == ("none", "30")


def test_nobody_else_sees_or_writes_a_joint_sheet(seed: Seed) -> None:
    place = seed("consensus", applications=1, jurors=3)
    (mine, me, _), (theirs, they, _) = held(place)
    give(place, mine, me, 50)
    assert joint.table(place.engine, person_id=me, assignment_id=mine) is None  # the other one's is not in
    give(place, theirs, they, 40)
    assert joint.table(place.engine, person_id=me, assignment_id=mine) is not None
    with pytest.raises(NotFound):
        joint.table(place.engine, person_id=place.jurors[2], assignment_id=mine)


@pytest.mark.parametrize(("abstains", "ended"), [(True, "abstained"), (False, "returned")])
def test_a_review_given_back_counts_as_no_sheet_and_another_juror_is_asked(
    seed: Seed, abstains: bool, ended: str
) -> None:
    place = seed()
    (mine, me, _), _other = held(place)
    who = {"person_id": me, "assignment_id": mine, "now": place.now}
    with pytest.raises(BadInput, match="reason"):
        deeds.hand_back(place.engine, reason="  ", **who)
    if abstains:
        with pytest.raises(NotNow, match="not opened"):
            deeds.hand_back(place.engine, reason="I cannot tell.", abstains=True, **who)
        deeds.declare(place.engine, kind=None, **who)
        marks = {"idea": "10"}
        deeds.save_sheet(place.engine, marks=marks, comment="begun", version=1, **who)
    deeds.hand_back(place.engine, reason="I cannot tell.", abstains=abstains, **who)
    a = t.assignments.c
    assert rows(place, a.state, a.ended, a.reason, where=a.id == mine) == [("handed_back", ended, "I cannot tell.")]
    with pytest.raises(NotFound):
        deeds.skip(place.engine, **who)
    assert "I cannot tell." not in str(rows(place, t.audit.c.id, t.audit.c.details))
    assert advance(place) == ["route"]
    assert [state for *_, state in held(place)] == ["handed_back", "open", "open"]
    assert held(place)[-1][1] != me
    assert rows(place, t.conflicts.c.id) == []


def test_a_submitted_sheet_is_not_handed_back(seed: Seed) -> None:
    place = seed()
    mine, me, _ = held(place)[0]
    give(place, mine, me, 50)
    with pytest.raises(NotNow, match="is submitted"):
        deeds.hand_back(place.engine, person_id=me, assignment_id=mine, reason="No.", now=place.now)


def test_a_late_sheet_is_refused_unless_the_officer_gave_its_juror_time(seed: Seed) -> None:
    place = seed()
    (mine, me, _), (theirs, they, _) = held(place)
    late = place.now + timedelta(days=20)
    with pytest.raises(NotNow, match="review period"):
        give(place, mine, me, 50, now=late)
    officer = ledger.Actor.person(place.officers[0])
    until = late + timedelta(days=2)
    with pytest.raises(NotFound):
        extending.extend(place.engine, place.round_id, "J77", until=until, actor=officer, now=late)
    with pytest.raises(BadInput):
        extending.extend(place.engine, place.round_id, "J01", until=place.now, actor=officer, now=late)
    changed = extending.extend(place.engine, place.round_id, "J01", until=until, actor=officer, now=late)
    assert changed == len(place.assignments(me))
    assert extending.extend(place.engine, place.round_id, "J01", until=until, actor=officer, now=late) == 0
    lines = rows(place, t.audit.c.id, t.audit.c.actor, t.audit.c.details, where=t.audit.c.event == "time_extended")
    assert [line[1:] for line in lines] == [(officer.name, {"until": until.isoformat(), "reviews": changed})]
    give(place, mine, me, 50, now=late)
    with pytest.raises(NotNow):
        give(place, theirs, they, 50, now=late)
    with pytest.raises(NotNow):
        deeds.reopen(place.engine, person_id=me, assignment_id=mine, now=until)


def test_time_is_given_only_while_reviews_go_on(seed: Seed) -> None:
    place = seed()
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now))
    officer = ledger.Actor.person(place.officers[0])
    with pytest.raises(NotNow):
        extending.extend(
            place.engine, place.round_id, "J01", until=place.now + timedelta(days=90), actor=officer, now=place.now
        )
    assert rows(place, func.count(t.assignments.c.until)) == [(0,)]


CORRECTS = """\
  calibration: {id: corrected, says: Totals are corrected., cite: house, use: prescribed, decimals: 1}
"""


def test_totals_that_cannot_be_corrected_as_prescribed_leave_the_round_waiting(seed: Seed) -> None:
    place = seed(more=CORRECTS, applications=1, jurors=2)
    give_all(place, (80, 40))
    before = everything(place)
    assert advance(place) == []  # and so on every tick of the clock: nothing is raised, nothing changes
    with pytest.raises(NotNow, match="no score is left over"):
        settle.settle(place.engine, place.round_id, now=place.now)
    assert everything(place) == before
    assert "no score is left over" in waiting.idle(place.engine, "example-2026")


def test_a_jury_in_parts_goes_on_as_soon_as_two_of_them_share_an_application(seed: Seed) -> None:
    place = seed(more=CORRECTS, applications=4, jurors=4)
    jurors = [number for number, _ in rows(place, t.jurors.c.id, t.jurors.c.ref)]
    with writing(place.engine) as connection:  # two jurors read the first two applications, two others the rest
        for number, (assignment,) in enumerate(rows(place, t.assignments.c.id)):
            application, seat = place.applications[number // 2], jurors[number // 4 * 2 + number % 2]
            values = {"application_id": application, "juror_id": seat}
            connection.execute(update(t.assignments).where(t.assignments.c.id == assignment).values(values))
    give_all(place, (62, 60), (70, 50), (60, 75), (55, 58))
    assert advance(place) == []
    with reading(place.engine) as connection:
        plan = statute.plan_of(connection, rounds.round_by_id(connection, place.round_id))
        lacks = deliberation.uncorrected(connection, place.round_id, plan)
    assert lacks is not None
    (bridge,) = lacks.bridges
    assert bridge == Bridge("J03", "AZ-2600", "J01")
    with writing(place.engine) as connection:
        connection.execute(
            insert(t.assignments).values(
                authority_id=1,
                round_id=place.round_id,
                application_id=place.applications[0],
                juror_id=jurors[2],
                quality=1,
                state="open",
                assigned_at=place.now,
            )
        )
    assert advance(place) == []  # the bridge is asked for, and its sheet is not in yet
    assignment, person, _ = held(place)[2]
    give(place, assignment, person, 58)
    assert advance(place) == ["settle"]


def test_totals_are_corrected_as_prescribed(seed: Seed) -> None:
    place = seed(more=CORRECTS, applications=6, jurors=3)
    give_all(place, (62, 60), (70, 50), (60, 75), (55, 58), (64, 44), (52, 60))
    assert advance(place) == ["settle"]
    plain = [61, 60, 67.5, 56.5, 54, 56]
    found = [float(points) for _, points in decisions(place).values()]
    assert found != plain
    traces = rows(place, t.decisions.c.application_id, t.decisions.c.trace)
    entries = [next(one for one in trace if one["clause"] == "corrected") for _, trace in traces]
    assert [float(one["threshold"]) for one in entries] == plain
    assert [float(one["measured"]) for one in entries] == found


@pytest.mark.parametrize(
    ("quality", "affinity"),
    [
        ({"affinity": 600, "first_language": 300, "other_language": 200, "other_region": 100}, 600),
        ({"affinity": 3, "first_language": 2, "other_region": 1}, 500),
        ({"affinity": 5}, 1000),
        ({"first_language": 300}, 0),
        ({}, 0),
    ],
)
def test_affinity_weighs_beside_the_other_reasons_of_the_rules(quality: dict[str, int], affinity: int) -> None:
    names = ("affinity", "first_language", "other_language", "other_region", "other_institution")
    jury = SimpleNamespace(quality=dict.fromkeys(names, 0) | quality)
    assert deliberation.weights(jury).affinity == affinity  # type: ignore[arg-type]
