"""Third reviews where the officer routes: the clock waits, a plan offers them, and saving it asks the jurors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select, update

from laurea import further, ledger
from laurea.actions import assign, plan_draft
from laurea.cli import waiting
from laurea.cli.one_table import write_table
from laurea.errors import BadInput, Conflict
from laurea.ledger import Actor
from laurea.standing import look
from laurea.store import drafts, invariants
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.actions.test_deliberation import DIFFER, Place, Seed, advance, decisions, give, give_all, held, rows, seed

__all__ = ["seed"]


def by_hand(place: Place) -> Place:
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).where(t.rounds.c.id == place.round_id).values(routed_by_hand=True))
    return place


def ref(place: Place) -> str:
    """The first application, whose sheets differ."""
    return str(rows(place, t.applications.c.ref, where=t.applications.c.id == place.applications[0])[0][0])


def make(place: Place, kind: str = plan_draft.THIRD) -> drafts.Draft:
    common: dict[str, Any] = {"settings": place.settings, "now": place.now}
    plan_draft.make(place.engine, place.round_id, kind, actor=Actor.person(place.officers[0]), **common)
    with reading(place.engine) as connection:
        found = drafts.draft_of(connection, place.round_id)
    assert found is not None
    return found


def save(place: Place, mark: str) -> None:
    common: dict[str, Any] = {"settings": place.settings, "now": place.now}
    actor = Actor.person(place.officers[0])
    plan_draft.save(place.engine, place.round_id, mark, by_hand=True, actor=actor, **common)


def test_the_clock_waits_and_the_officers_plan_asks_one_more_juror(seed: Seed) -> None:
    place = by_hand(seed(more=DIFFER))
    give_all(place, (90, 20), (70, 71), (62, 63))
    assert advance(place) == [], "neither a third review nor decisions"
    assert decisions(place) == {}
    assert make(place, "fill").rows == [], "no review is missing in the usual sense"
    draft = make(place)
    assert [(one[0], one[1]) for one in draft.rows] == [("add", ref(place))]
    assert len(held(place)) == 2, "nobody is asked before the plan is saved"
    before = set(rows(place, t.messages.c.id))
    save(place, draft.mark)
    third, person, state = held(place)[-1]
    assert (len(held(place)), state) == (3, "open")
    assert len(set(rows(place, t.messages.c.id)) - before) == 1
    event = ledger.Event.THIRD_REVIEWS_ASKED.value
    actors = rows(place, t.audit.c.actor, where=t.audit.c.event == event)
    assert actors == [(f"person:{place.officers[0]}",)]
    assert make(place).rows == [], "asked once"
    give(place, third, person, 50)
    assert advance(place) == ["settle"]
    assert len(decisions(place)) == 3
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []


def test_what_nobody_can_give_is_told_and_nothing_else_may_get_a_third(seed: Seed) -> None:
    place = by_hand(seed(more=DIFFER, jurors=2))
    give_all(place, (90, 20), (70, 71), (62, 63))
    draft = make(place)
    assert draft.rows == []
    assert [one["application"] for one in draft.told["gaps"]] == [ref(place)]
    with reading(place.engine) as connection:
        standing = look(connection, place.round_id, place.settings, place.now)
        due = further.due_further(connection, standing)
    assert set(due.values()) == {ref(place)}
    with pytest.raises(BadInput, match="no such kind"):
        make(place, "fourth")


def test_a_plan_of_third_reviews_is_refused_once_none_is_due(seed: Seed) -> None:
    place = by_hand(seed(more=DIFFER))
    give_all(place, (90, 20), (70, 71), (62, 63))
    draft = make(place)
    a = t.assignments.c
    with writing(place.engine) as connection:  # the sheets no longer differ
        first = connection.execute(select(a.id).where(a.application_id == place.applications[0])).scalars().all()
        sheets = t.sheets.c
        marks = connection.execute(select(sheets.marks).where(sheets.assignment_id == first[0])).scalar_one()
        connection.execute(update(t.sheets).where(sheets.assignment_id.in_(first)).values(marks=marks))
    with pytest.raises(Conflict, match="has changed since"):
        save(place, draft.mark)
    assert len(held(place)) == 2


def test_a_file_asks_for_them_too_and_the_command_line_says_so(seed: Seed, tmp_path: Path) -> None:
    place, common = by_hand(seed(more=DIFFER)), dict[str, Any]()
    common = {"settings": place.settings, "now": place.now}
    assert waiting.idle(place.engine, "example-2026") == "Nothing is due.", "the jury is at work"
    give_all(place, (90, 20), (70, 71), (62, 63))
    told = waiting.idle(place.engine, "example-2026").splitlines()
    assert told[:2] == ["Nothing is due.", f"1 application needs a further juror: {ref(place)}."]
    assert "laurea round assign example-2026 --third -o third.csv" in told[2]
    assert assign.propose(place.engine, place.round_id, anew=False, **common).diff.added == ()
    made = assign.propose(place.engine, place.round_id, anew=False, third=True, **common)
    ((application, juror),) = made.diff.added
    assert application == ref(place)
    path, actor = tmp_path / "third.csv", Actor.person(place.officers[0])
    write_table(path, pl.DataFrame(made.rows, schema=dict.fromkeys(assign.COLUMNS, pl.String) | {"score": pl.Int64}))
    text = path.read_text()
    other = next(one["application_id"] for one in made.rows if one["application_id"] != application)
    path.write_text(text + f"{other},{juror},,,\n")
    with pytest.raises(BadInput):
        assign.keep(place.engine, place.round_id, path, write=True, actor=actor, **common)
    path.write_text(text)
    assert assign.keep(place.engine, place.round_id, path, write=True, actor=actor, **common).saved
    third, person, state = held(place)[-1]
    assert (len(held(place)), state) == (3, "open")
    asked = t.audit.c.event == ledger.Event.THIRD_REVIEWS_ASKED.value
    assert rows(place, t.audit.c.actor, where=asked) == [(f"person:{place.officers[0]}",)]
    assert waiting.idle(place.engine, "example-2026") == "Nothing is due."
    give(place, third, person, 50)
    assert advance(place) == ["settle"]
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []


def test_where_the_clock_routes_and_finds_nobody_the_way_out_is_more_jurors(seed: Seed) -> None:
    place = seed(more=DIFFER, jurors=2)
    give_all(place, (90, 20), (70, 71), (62, 63))
    advance(place)
    told = waiting.idle(place.engine, "example-2026")
    assert "1 application needs a further juror" in told
    assert "laurea round import example-2026 --jurors FILE" in told
