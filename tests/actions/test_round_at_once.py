"""Two deeds at one round in the same moment: decisions never say otherwise than what they rest on, and no deed is done
whose line stands in the audit and whose change is lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from evaluators import decide
from laurea import routing
from laurea.actions import amend, confirm, drop, imports, settle, sheet
from laurea.errors import NotFound, NotNow
from laurea.ledger import Event
from laurea.marking import Elsewhere, Saved
from laurea.statute import plan_of
from laurea.store import applications, outcomes, pages_sheet, plans, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing

Small = Callable[..., Any]
Deed = Callable[[], object]


@pytest.fixture
def marked(small: Small) -> Any:
    """A round whose every sheet is submitted."""
    here = small()
    here.bring_in()
    here.advance()
    here.mark()
    return here


def _somebody(here: Any) -> dict[str, Any]:
    """A juror of a submitted sheet that nobody else's work rests on."""
    query = (
        select(t.jurors.c.person_id, t.assignments.c.id.label("assignment_id"))
        .join_from(t.assignments, t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
        .where(t.assignments.c.state == "submitted")
        .order_by(t.assignments.c.id)
    )
    with reading(here.engine) as connection:
        row = connection.execute(query).first()
    assert row is not None
    return {**row._mapping, "now": here.after_deadline}


def _reopen(here: Any) -> Deed:
    return partial(sheet.reopen, here.engine, **_somebody(here))


def _declare(here: Any) -> Deed:
    return partial(sheet.declare, here.engine, kind="family", **_somebody(here))


def _amend(here: Any) -> Deed:
    about = {"authority_id": here.record().authority_id, "person_id": here.actor.person_id}
    with writing(here.engine) as connection:
        one = applications.load(connection, here.round_id)[0]
        fact, value = next((name, value) for name, value in one.facts.items() if type(value) is int)
        said = {"fact": fact, "kind": "asked", "before": value, "after": value + 1, "said_at": here.after_deadline}
        adding = insert(t.statements).values(application_id=one.id, **about, **said)
        number = connection.execute(adding.returning(t.statements.c.id)).scalar_one()
    return partial(
        amend.amend, here.engine, round_id=here.round_id, statement=number, value=str(value + 1), why="counted again",
        now=here.after_deadline, **about,
    )  # fmt: skip


def _late_file(here: Any) -> Deed:
    path = here.world.applications
    head, first, *_ = path.read_text().splitlines()
    late = path.with_name("late.csv")
    late.write_text("\n".join([head, first.replace(first.split(",")[0], "N-9999"), ""]))
    return partial(
        imports.import_applications, here.engine, here.round_id, late, {}, actor=here.actor, now=here.after_deadline
    )


@pytest.mark.parametrize("changes", [_reopen, _declare, _amend, _late_file])
def test_decisions_are_not_proposed_from_what_no_longer_stands(
    marked: Any, changes: Callable[[Any], Deed], monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed, change = decide.decide, changes(marked)

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(decide, "decide", weighed)
        verdicts = weighed(*args, **options)
        change()
        return verdicts

    monkeypatch.setattr(decide, "decide", meanwhile)
    assert settle.settle(marked.engine, marked.round_id, now=marked.after_deadline) is None
    record = marked.record()
    assert (record.proposed_at, record.digest) == (None, None)
    with reading(marked.engine) as connection:
        assert outcomes.decisions(connection, marked.round_id) == []
        lines = select(func.count()).where(t.audit.c.event == Event.DECISIONS_PROPOSED.value)
        assert connection.execute(lines).scalar_one() == 0


def _while_written(here: Any, change: Deed, monkeypatch: pytest.MonkeyPatch) -> Future[object]:
    """What becomes of a change that begins when every decision is written and nothing of it committed: it waits."""
    written = outcomes.replace_proposed
    asked: list[Future[object]] = []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*args: Any) -> None:
            monkeypatch.setattr(outcomes, "replace_proposed", written)
            written(*args)
            asked.append(pool.submit(change))
            with pytest.raises(TimeoutError):
                asked[0].result(0.5)

        monkeypatch.setattr(outcomes, "replace_proposed", meanwhile)
        assert settle.settle(here.engine, here.round_id, now=here.after_deadline)
    return asked[0]


@pytest.mark.parametrize("changes", [_reopen, _declare, _late_file])
def test_what_comes_while_decisions_are_written_down_waits_and_is_refused(
    marked: Any, changes: Callable[[Any], Deed], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotNow):
        _while_written(marked, changes(marked), monkeypatch).result()
    assert marked.record().proposed_at is not None


def test_a_fact_changed_while_decisions_are_written_down_takes_them_back(
    marked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _while_written(marked, _amend(marked), monkeypatch).result() is True
    assert marked.record().proposed_at is None
    assert settle.settle(marked.engine, marked.round_id, now=marked.after_deadline)


def test_nothing_is_decided_while_a_review_is_open(marked: Any) -> None:
    _reopen(marked)()
    assert settle.settle(marked.engine, marked.round_id, now=marked.after_deadline) is None
    assert marked.record().proposed_at is None


def test_a_confirmation_is_kept_though_the_round_is_changed_in_the_same_moment(marked: Any) -> None:
    digest = settle.settle(marked.engine, marked.round_id, now=marked.after_deadline)
    assert digest
    with writing(marked.engine) as connection:
        rounds.change_round(connection, rounds.held(connection, marked.round_id), second_person=True)
    with ThreadPoolExecutor(1) as pool:
        with writing(marked.engine) as connection:
            rounds.change_round(connection, rounds.held(connection, marked.round_id), routed_by_hand=True)
            asked = pool.submit(
                confirm.confirm, marked.engine, marked.round_id, actor=marked.actor, expected_digest=digest,
                now=marked.after_deadline,
            )  # fmt: skip
            with pytest.raises(TimeoutError):
                asked.result(0.5)
        asked.result(30)
    record = marked.record()
    assert (record.confirmed_digest, record.routed_by_hand) == (digest, True)


@dataclass
class Reviewer:
    """A juror of a round that is under review, at a sheet that was opened and not submitted."""

    here: Any
    ref: str
    who: dict[str, Any]
    marks: dict[str, str]

    def submit(self) -> Saved:
        return sheet.submit_sheet(self.here.engine, marks=self.marks, comment="", version=1, **self.who)

    def states(self) -> dict[int, str]:
        """What became of their reviews."""
        query = select(t.assignments.c.id, t.assignments.c.state).join(t.jurors).where(t.jurors.c.ref == self.ref)
        with reading(self.here.engine) as connection:
            return {row.id: row.state for row in connection.execute(query)}


@pytest.fixture
def reviewer(small: Small) -> Reviewer:
    here = small()
    here.bring_in()
    here.advance()
    query = select(t.jurors.c.person_id, t.jurors.c.ref, t.assignments.c.id).join_from(t.assignments, t.jurors)
    with reading(here.engine) as connection:
        person, ref, assignment = connection.execute(query.order_by(t.assignments.c.id)).first() or (0, "", 0)
        rubric = plan_of(connection, here.record()).ruleset.rubric
    assert rubric is not None
    who = {"person_id": person, "assignment_id": assignment, "now": here.after_deadline}
    sheet.declare(here.engine, kind=None, **who)
    return Reviewer(here, ref, who, {one.id: "1" for one in rubric.criteria})


def test_a_juror_who_leaves_keeps_what_is_submitted_while_others_are_sought(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, repaired = reviewer.here, routing.repaired

    def meanwhile(standing: Any) -> Any:
        monkeypatch.setattr(routing, "repaired", repaired)
        made = repaired(standing)
        assert not reviewer.submit().problems
        return made

    monkeypatch.setattr(routing, "repaired", meanwhile)
    leaving = {"actor": here.actor, "settings": here.settings, "now": here.after_deadline}
    drop.drop(here.engine, here.round_id, reviewer.ref, "ill", **leaving)
    here.advance()
    states = reviewer.states()
    assert states.pop(reviewer.who["assignment_id"]) == "submitted"
    assert set(states.values()) == {"handed_back"}


def test_a_sheet_is_not_submitted_once_its_review_is_taken_away(reviewer: Reviewer) -> None:
    engine, assignment = reviewer.here.engine, reviewer.who["assignment_id"]
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as connection:
            assert plans.hand_back(connection, {assignment: "left"}, reviewer.who["now"])
            asked = pool.submit(reviewer.submit)
            with pytest.raises(TimeoutError):
                asked.result(0.5)
        with pytest.raises(NotFound):
            asked.result(30)
    assert reviewer.states()[assignment] == "handed_back"


def test_a_saving_under_way_does_not_land_on_a_submitted_sheet(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, who = reviewer.here.engine, reviewer.who
    sheet.save_sheet(engine, marks=reviewer.marks, comment="", version=1, **who)
    changed = pages_sheet.change_sheets

    def meanwhile(connection: Connection, changes: Any) -> int:
        monkeypatch.setattr(pages_sheet, "change_sheets", changed)
        submitting = pool.submit(sheet.submit_sheet, engine, marks=reviewer.marks, comment="", version=2, **who)
        if connection.dialect.name == "postgresql":  # on SQLite there is one writer
            submitting.result(30)
        return changed(connection, changes)

    monkeypatch.setattr(pages_sheet, "change_sheets", meanwhile)
    with ThreadPoolExecutor(1) as pool, contextlib.suppress(Elsewhere):
        sheet.save_sheet(engine, marks={}, comment="", version=2, **who)
    with reading(engine) as connection:
        row = connection.execute(
            select(t.assignments.c.state, t.sheets.c.marks).join_from(t.assignments, t.sheets)
            .where(t.assignments.c.id == who["assignment_id"])
        ).one()  # fmt: skip
    assert (row.state, row.marks) in (("submitted", reviewer.marks), ("draft", {}))
