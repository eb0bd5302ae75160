"""The plan that waits on the portal: kept, mended, saved whole or refused; and a juror who comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from laurea import standing, steps
from laurea.actions import drop, plan_draft
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.store import drafts, invariants, pages_assignment, pages_scores
from laurea.store import tables as t
from laurea.store.engine import reading, writing

Small = Callable[..., Any]


@pytest.fixture
def here(small: Small) -> Any:
    """A round that has been routed, and then lost two reviews."""
    made = small()
    made.bring_in()
    made.advance()
    with writing(made.engine) as connection:
        some = select(t.assignments.c.id).order_by(t.assignments.c.id).limit(2)
        connection.execute(delete(t.assignments).where(t.assignments.c.id.in_(some.scalar_subquery())))
    return made


def draft(here: Any) -> drafts.Draft:
    with reading(here.engine) as connection:
        found = drafts.draft_of(connection, here.round_id)
    assert found is not None
    return found


def make(here: Any, kind: str = "fill") -> drafts.Draft:
    common = {"actor": here.actor, "settings": here.settings, "now": here.after_deadline}
    plan_draft.make(here.engine, here.round_id, kind, **common)
    return draft(here)


def save(here: Any, mark: str, *, by_hand: bool = False) -> None:
    common = {"actor": here.actor, "settings": here.settings, "now": here.after_deadline}
    plan_draft.save(here.engine, here.round_id, mark, by_hand=by_hand, **common)


def stands(here: Any) -> set[standing.Pair]:
    with reading(here.engine) as connection:
        found = standing.look(connection, here.round_id, here.settings, here.after_deadline)
    return found.pairs(found.reviews)


def test_a_plan_is_kept_mended_and_saved_as_it_stands_then(here: Any) -> None:
    before, made = stands(here), make(here)
    assert [row[0] for row in made.rows] == ["add", "add"]
    assert stands(here) == before
    (_, *out, _), (_, *stays, _) = made.rows
    plan_draft.leave_out(here.engine, here.round_id, made.mark, [tuple(out)], back=False)
    with pytest.raises(Conflict, match="changed this plan meanwhile"):
        plan_draft.leave_out(here.engine, here.round_id, made.mark, [tuple(stays)], back=False)
    with pytest.raises(Conflict, match="changed this plan meanwhile"):
        save(here, made.mark)
    save(here, draft(here).mark, by_hand=True)
    assert stands(here) == before | {tuple(stays)}
    assert here.record().routed_by_hand
    assert here.advance() == []
    plan_draft.hand_over(here.engine, here.round_id, by_hand=False, actor=here.actor, now=here.after_deadline)
    assert here.advance() == ["route"]
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def test_a_plan_says_how_well_reviews_fit_once_it_stands_also_where_one_has_a_third(here: Any) -> None:
    c = t.assignments.c
    with writing(here.engine) as connection:
        last = connection.execute(select(t.assignments).order_by(c.id.desc()).limit(1)).mappings().one()
        theirs = select(c.juror_id).where(c.application_id == last["application_id"])
        another = select(t.jurors.c.id).where(t.jurors.c.id.not_in(theirs)).order_by(t.jurors.c.id).limit(1)
        third = {**last, "juror_id": connection.execute(another).scalar_one(), "quality": 1000}
        connection.execute(insert(t.assignments).values({name: third[name] for name in third if name != "id"}))
    made = make(here)
    save(here, made.mark)
    with reading(here.engine) as connection:
        asked = standing.look(connection, here.round_id, here.settings, here.after_deadline).plan.jury
        rows = connection.execute(
            select(func.sum(c.quality).label("fit"), func.count().label("reviews")).group_by(c.application_id)
        ).all()
    assert asked is not None
    assert max(row.reviews for row in rows) == asked.reviews + 1
    shares = sorted(row.fit / (10 * max(asked.reviews, row.reviews)) for row in rows)
    assert made.told["worst"] == shares[0]
    assert made.told["fifth"] == shares[len(shares) // 20]


def test_a_plan_rests_on_what_stood_when_it_was_made(here: Any) -> None:
    changes = (
        update(t.jurors).where(t.jurors.c.round_id == here.round_id).values(max_load=t.jurors.c.max_load + 1),
        update(t.rounds).values(version=t.rounds.c.version + 1),
        delete(t.assignments).where(t.assignments.c.id == select(func.max(t.assignments.c.id)).scalar_subquery()),
    )
    for change in changes:
        mark = make(here).mark
        with writing(here.engine) as connection:
            connection.execute(change)
        before = stands(here)
        with pytest.raises(Conflict, match="has changed since this plan was made; nothing was saved"):
            save(here, mark)
        assert stands(here) == before
    plan_draft.discard(here.engine, here.round_id)
    with pytest.raises(Conflict, match="saved or discarded meanwhile"):
        save(here, "gone")


def test_what_no_plan_may_be_is_refused(here: Any) -> None:
    with pytest.raises(BadInput, match="no such kind"):
        make(here, "anything")
    with pytest.raises(NotFound, match="no such application or juror"):
        plan_draft.pin(here.engine, here.round_id, [("x", "y")], "must", actor=here.actor, now=here.after_deadline)
    with pytest.raises(NotFound, match="No plan waits"):
        plan_draft.table(here.engine, here.round_id, planned=True, settings=here.settings, now=here.after_deadline)
    here.advance()
    here.mark()
    here.advance(here.scene.review_until)
    with pytest.raises(NotNow, match="its jury is closed"):
        make(here)


def test_a_must_pin_taken_out_of_a_plan_is_refused_with_its_reason(here: Any) -> None:
    _, application, juror, _ = make(here).rows[0]
    pair = [(application, juror)]
    plan_draft.pin(here.engine, here.round_id, pair, "must", actor=here.actor, now=here.after_deadline)
    made = make(here)
    plan_draft.leave_out(here.engine, here.round_id, made.mark, pair, back=False)
    with pytest.raises(BadInput, match=f"{juror} is pinned to review {application}"):
        save(here, draft(here).mark)


def test_pages_read_the_same_on_both_databases(here: Any) -> None:
    now = here.after_deadline
    with reading(here.engine) as connection:
        jury = pages_assignment.seats(connection, here.round_id, now, over=False)
        late = pages_assignment.seats(connection, here.round_id, now, over=True)
        covers = pages_assignment.covers(connection, here.round_id)
        assert pages_scores.decided(connection, here.round_id) == []
        assert pages_scores.further(connection, here.round_id, 1) != []
        assert pages_scores.together(connection, here.round_id) == []
        assert pages_assignment.pins(connection, here.round_id) == []
        refs = [covers[0].ref]
        assert pages_assignment.titles(connection, here.round_id, refs)[refs[0]][0] == covers[0].id
    assert sum(one.all for one in jury) == sum(one.reviews for one in covers) == len(stands(here))
    assert all(one.overdue == 0 for one in jury)
    assert [one.overdue for one in late] == sorted((one.all for one in jury), reverse=True)
    assert sum(one.fit for one in jury) == sum(one.fit for one in covers) > 0


def test_who_left_and_returns_may_be_given_the_same_again(here: Any) -> None:
    juror = min(ref for _, ref in stands(here))
    mine = {pair for pair in stands(here) if pair[1] == juror}
    common = {"actor": here.actor, "settings": here.settings, "now": here.after_deadline}
    foreseen = drop.foresee(here.engine, here.round_id, juror, settings=here.settings, now=here.after_deadline)
    assert set(foreseen.freed) == mine
    before = stands(here)
    drop.drop(here.engine, here.round_id, juror, "ill", **common)
    assert stands(here) == (before - mine - set(foreseen.moved)) | set(foreseen.given)
    assert not drop.come_back(here.engine, here.round_id, juror, **common).known
    assert drop.come_back(here.engine, here.round_id, juror, **common).known
    made = make(here, "afresh")
    save(here, made.mark)
    assert juror in {ref for _, ref in stands(here)}
    assert steps.due(here.engine, here.round_id, settings=here.settings, now=here.after_deadline) == []
    with pytest.raises(NotFound):
        drop.come_back(here.engine, here.round_id, "nobody", **common)
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []
