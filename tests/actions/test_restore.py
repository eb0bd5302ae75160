"""A round let stand as it stood at an earlier moment: exactly so, as a deed on top, never over what was released."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from laurea import anchors, bundle, ledger, steps
from laurea.actions import drop, release, restore, sheet
from laurea.errors import BadInput, Conflict, LaureaError, NotFound, NotNow
from laurea.restoring import ASSIGNMENTS, DECISIONS, KINDS, SHEETS
from laurea.store import invariants, rounds
from laurea.store import restoring as kept
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.actions.conftest import SmallRound
from tests.web import seeding

Place = seeding.Place
CRITERIA = ("teaching", "cooperation", "data", "results", "overall")


def snapshot(place: Place) -> dict[tuple[int, int], tuple[str, dict[str, str], str]]:
    """Who holds what review, in which state, with which marks and words."""
    a, s = t.assignments.c, t.sheets.c
    query = (
        select(a.application_id, a.juror_id, a.state, s.marks, s.comment)
        .select_from(t.assignments.outerjoin(t.sheets, s.assignment_id == a.id))
        .where(a.state != "handed_back")
    )
    with reading(place.engine) as connection:
        rows = connection.execute(query).all()
    return {(row.application_id, row.juror_id): (row.state, row.marks or {}, row.comment or "") for row in rows}


def restored(place: Place, at: datetime, kinds: Any = (SHEETS, ASSIGNMENTS), **given: Any) -> Any:
    who = {"actor": ledger.Actor.person(place.officers[0]), "settings": place.settings}
    return restore.restore(
        place.engine, place.round_id, at=at, kinds=kinds, reason="It was changed by mistake.", **who, **given
    )


def sound(place: Place) -> None:
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []
        assert anchors.faults(connection) == []


def something(place: Place, rng: random.Random, now: datetime) -> None:
    """A deed of some juror, or the office's, whatever comes of it."""
    person = rng.choice(place.jurors)
    mine = place.assignments(person)
    if not mine:
        return
    one = {"person_id": person, "assignment_id": rng.choice(mine), "now": now}
    marks = {name: str(rng.randrange(5)) for name in CRITERIA if rng.random() < 0.7}
    with reading(place.engine) as connection:
        c = t.sheets.c
        version = connection.execute(select(c.version).where(c.assignment_id == one["assignment_id"])).scalar()
    deeds: list[Callable[[], object]] = [
        lambda: sheet.declare(place.engine, kind=None, **one),
        lambda: sheet.declare(place.engine, kind=None, **one),
        lambda: sheet.save_sheet(place.engine, marks=marks, comment=f"w{now:%M}", version=version or 1, **one),
        lambda: sheet.save_sheet(place.engine, marks=marks, comment="", version=version or 1, **one),
        lambda: sheet.submit_sheet(
            place.engine, marks=dict.fromkeys(CRITERIA, str(rng.randrange(5))), comment="", version=version or 1, **one
        ),
        lambda: sheet.submit_sheet(
            place.engine, marks=dict.fromkeys(CRITERIA, "3"), comment="", version=version or 1, **one
        ),
        lambda: sheet.reopen(place.engine, **one),
        lambda: rng.random() < 0.3 and sheet.hand_back(place.engine, reason="No time.", **one),
    ]
    try:
        rng.choice(deeds)()
    except LaureaError:
        return


@pytest.mark.parametrize("seed", range(2))
def test_every_moment_of_a_round_can_be_let_stand_again(place: Place, seed: int) -> None:
    rng, now = random.Random(seed), place.now
    stood = []
    for _ in range(60):
        something(place, rng, now)
        stood.append((now, snapshot(place)))
        now += timedelta(minutes=2)
    for moment, expected in [*rng.sample(stood[:-1], 4), stood[-1]]:
        now += timedelta(minutes=2)
        before = snapshot(place)
        looked = restore.preview(place.engine, place.round_id, at=moment, kinds=(SHEETS, ASSIGNMENTS), now=now)
        assert not [one.bar for one in looked.changes if one.bar]
        if looked.changes:
            done = restored(place, moment, expected=looked.digest, now=now)
            assert done.changes == looked.changes
        found = snapshot(place)
        empty = {pair for pair, (state, _, _) in expected.items() if state == "open"}
        assert found.keys() == expected.keys()
        for pair in found.keys() - empty:
            assert found[pair] == expected[pair], (moment, pair, before.get(pair))
        for pair in empty:  # that there is no conflict stays said, so the sheet stays: empty
            assert found[pair] in (("open", {}, ""), ("draft", {}, "")), pair
        sound(place)
        stood.append((now, found))  # a restoration can be restored in turn


def test_a_preview_writes_nothing_and_what_changed_since_is_refused(place: Place) -> None:
    now = place.now
    one = {"person_id": place.jurors[0], "assignment_id": place.assignments(place.jurors[0])[0]}
    sheet.declare(place.engine, kind=None, now=now, **one)
    sheet.save_sheet(place.engine, marks={"teaching": "1"}, comment="First.", version=1, now=now, **one)
    sheet.save_sheet(
        place.engine, marks={"teaching": "4"}, comment="Second.", version=2, now=now + timedelta(hours=2), **one
    )
    moment, later = now + timedelta(hours=1), now + timedelta(hours=3)
    before = snapshot(place)
    looked = restore.preview(place.engine, place.round_id, at=moment, kinds=[SHEETS], now=later)
    (change,) = looked.changes
    assert (dict(change.then), dict(change.now)) == (
        {"comment": "First.", "teaching": "1"}, {"comment": "Second.", "teaching": "4"},
    )  # fmt: skip
    assert snapshot(place) == before
    sheet.save_sheet(place.engine, marks={"teaching": "2"}, comment="Third.", version=3, now=later, **one)
    with pytest.raises(Conflict, match="changed since you looked"):
        restored(place, moment, [SHEETS], expected=looked.digest, now=later)
    assert place.value(select(func.count()).select_from(t.restorations)) == 0
    restored(place, moment, [SHEETS], now=later)
    assert ("draft", {"teaching": "1"}, "First.") in snapshot(place).values()
    with reading(place.engine) as connection:
        kept_ = connection.execute(select(t.sheet_versions.c.comment).order_by(t.sheet_versions.c.version)).scalars()
        assert kept_.all()[-3:] == ["First.", "Second.", "Third."]
        (line,) = connection.execute(select(t.audit).where(t.audit.c.event == "round_restored")).all()
        assert line.details["changed"] == {"sheets": 1}
        assert kept.restorations(connection, place.round_id)[0].reason == "It was changed by mistake."
    sound(place)


def test_a_review_comes_back_or_goes_and_its_juror_is_told_once(place: Place) -> None:
    person, now = place.jurors[0], place.now
    ours, *others = place.assignments(person)
    sheet.declare(place.engine, person_id=person, assignment_id=ours, kind=None, now=now)
    later = now + timedelta(hours=2)
    drop.drop(place.engine, place.round_id, "J01", "Ill.", actor=ledger.SYSTEM, settings=place.settings, now=later)
    moment, after = now + timedelta(hours=1), later + timedelta(hours=1)
    looked = restore.preview(place.engine, place.round_id, at=moment, kinds=[ASSIGNMENTS], now=after)
    assert {one.bar for one in looked.changes if one.juror == "J01"} == {"left"}
    drop.come_back(place.engine, place.round_id, "J01", actor=ledger.SYSTEM, settings=place.settings, now=after)
    with writing(place.engine) as connection:
        connection.execute(delete(t.messages))
    after += timedelta(hours=1)
    done = restored(place, moment, [ASSIGNMENTS], now=after)
    assert len(done.changes) > len(others)
    with reading(place.engine) as connection:
        kinds = connection.execute(select(t.messages.c.kind, t.messages.c.person_id)).all()
        by_hand = rounds.round_by_id(connection, place.round_id).routed_by_hand
    assert ("assignment", person) in {tuple(one) for one in kinds}
    assert {"assignment", "reviews_withdrawn"} == {one.kind for one in kinds}
    assert len(kinds) == len({tuple(one) for one in kinds})
    assert by_hand
    assert {juror for _, juror in snapshot(place)} == {1, 2, 3, 4}
    sound(place)


def test_of_some_applications_alone(place: Place) -> None:
    now = place.now
    for person in place.jurors:
        for one in place.assignments(person):
            sheet.declare(place.engine, person_id=person, assignment_id=one, kind=None, now=now)
            sheet.save_sheet(
                place.engine, person_id=person, assignment_id=one, marks={}, comment="A", version=1,
                now=now + timedelta(hours=1),
            )  # fmt: skip
    later = now + timedelta(hours=2)
    restored(place, now, [SHEETS], some=["AZ-2601"], now=later)
    assert sorted(comment for _, _, comment in snapshot(place).values()) == ["", "", *"AAAAAA"]
    with pytest.raises(NotFound, match="AZ-9"):
        restored(place, now, [SHEETS], some=["AZ-9"], now=later)


WRONG: list[dict[str, Any]] = [
    {"reason": " "}, {"kinds": []}, {"kinds": ["letters"]}, {"at": timedelta(hours=9)}, {"at": timedelta(days=-900)},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_restored_is_refused(place: Place, wrong: dict[str, Any]) -> None:
    given = {"at": timedelta(), "kinds": KINDS, "reason": "Because."} | wrong
    with pytest.raises(BadInput):
        restore.restore(
            place.engine, place.round_id, actor=ledger.SYSTEM, settings=place.settings, now=place.now,
            **given | {"at": place.now + given["at"]},
        )  # fmt: skip


# --- Decisions -----------------------------------------------------------------------------------------------


def proposals(here: SmallRound) -> dict[int, Any]:
    with reading(here.engine) as connection:
        return kept.decisions_at(connection, here.round_id)


def checked(here: SmallRound, now: datetime) -> None:
    """The round's invariants hold, and its bundle can be decided again by anybody."""
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []
        content = bundle.write(
            connection, rounds.round_by_id(connection, here.round_id), settings=here.settings, now=now
        )
    assert bundle.check(content).faults == []


def test_decisions_of_a_moment_come_back_with_the_sheets_they_rest_on(small: Callable[..., SmallRound]) -> None:
    here = small()
    digest = here.settle()
    first, now = proposals(here), here.record().proposed_at
    assert now is not None
    with reading(here.engine) as connection:
        a = t.assignments.c
        mine = select(a.id, t.jurors.c.person_id).join(t.jurors, t.jurors.c.id == a.juror_id)
        one = connection.execute(mine.where(a.state == "submitted").order_by(a.id)).first()
        assert one is not None
        marks = connection.execute(select(t.sheets.c.marks).where(t.sheets.c.assignment_id == one.id)).scalar_one()
    # a fact was amended, so that the jury's sheets were open once more, and a juror used it
    with writing(here.engine) as connection:
        record = rounds.round_by_id(connection, here.round_id)
        rounds.change_round(connection, record, proposed_at=None, digest=None, review_until=now + timedelta(days=5))
    later = now + timedelta(days=1)
    who = {"person_id": one.person_id, "assignment_id": one.id, "now": later}
    sheet.reopen(here.engine, **who)
    version = here_version(here, one.id)
    sheet.submit_sheet(here.engine, marks=dict.fromkeys(marks, "0"), comment="", version=version, **who)
    here.advance(now + timedelta(days=6))
    assert here.record().digest != digest
    after = now + timedelta(days=7)
    given = {
        "at": now, "reason": "The sheet was changed by mistake.", "actor": here.actor, "settings": here.settings,
        "now": after,
    }  # fmt: skip
    with pytest.raises(NotNow, match="would be decided otherwise"):
        restore.restore(here.engine, here.round_id, kinds=[DECISIONS], **given)
    looked = restore.preview(here.engine, here.round_id, at=now, kinds=KINDS, now=after)
    assert {one.kind for one in looked.changes} == {SHEETS, DECISIONS}
    restore.restore(here.engine, here.round_id, kinds=KINDS, expected=looked.digest, **given)
    assert (here.record().digest, proposals(here)) == (digest, first)
    checked(here, after)
    # and what stood before the restoration can be restored as well
    back = restore.restore(
        here.engine, here.round_id, kinds=KINDS, **given | {"at": now + timedelta(days=6), "now": after + timedelta(1)}
    )
    assert {one.kind for one in back.changes} == {SHEETS, DECISIONS}
    assert here.record().digest != digest
    checked(here, after)


def here_version(here: SmallRound, assignment: int) -> int:
    with reading(here.engine) as connection:
        query = select(t.sheets.c.version).where(t.sheets.c.assignment_id == assignment)
        return int(connection.execute(query).scalar_one())


def test_sheets_alone_take_the_proposals_back_and_the_clock_proposes_anew(small: Callable[..., SmallRound]) -> None:
    here = small()
    here.settle()
    now = here.record().proposed_at
    assert now is not None
    with writing(here.engine) as connection:  # as if every sheet had been saved a day later than it was
        connection.execute(update(t.sheets).values(saved_at=now - timedelta(hours=1)))
        connection.execute(update(t.sheets).values(submitted_at=now - timedelta(hours=1)))
    ref = next(iter(here_refs(here)))
    moment = now - timedelta(hours=2)
    restore.restore(
        here.engine, here.round_id, at=moment, kinds=[SHEETS], some=[ref], reason="Too early.", actor=here.actor,
        settings=here.settings, now=now + timedelta(hours=1),
    )  # fmt: skip
    record = here.record()
    assert (record.proposed_at, record.digest) == (None, None)
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []
    assert [one.kind for one in steps.due(here.engine, here.round_id, settings=here.settings, now=now)] == []


def here_refs(here: SmallRound) -> list[str]:
    with reading(here.engine) as connection:
        a, s = t.applications.c, t.assignments.c
        query = select(a.ref).join(t.assignments, s.application_id == a.id).where(s.state == "submitted")
        return list(connection.execute(query.order_by(a.id)).scalars())


def test_nothing_is_restored_over_released_decisions_and_the_deed_for_it_is_named(
    small: Callable[..., SmallRound],
) -> None:
    here = small()
    digest = here.settle()
    now = here.record().proposed_at
    assert now is not None
    release.release(
        here.engine, here.round_id, actor=here.actor, expected_digest=digest, settings=here.settings, now=now
    )
    with pytest.raises(NotNow) as refused:
        restore.preview(here.engine, here.round_id, at=now, kinds=KINDS, now=now + timedelta(days=1))
    assert "appeal" in refused.value.remedy
