"""An appeal has one clause or criterion judged again: by somebody fresh, as far as the rules let it, both kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from laurea import anchors, bundle, overview, statute
from laurea.actions import answer, replay
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.store import invariants, replays, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.replays import Replay
from tests.web import appealing
from tests.web.seeding import Place


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Iterator[Place]:
    """A released round: every application has 10 points of 15, so that none has the label."""
    found = appealing.released(tmp_path, database_url=engine.url.render_as_string(hide_password=False))
    yield found
    found.engine.dispose()


def asked(place: Place, number: int, contested: tuple[str, ...] = ("teaching",), **more: Any) -> Replay:
    given = {"authority_id": 1, "round_id": place.round_id, "person_id": place.officers[0], "facts": {}} | more
    return replay.ask(place.engine, appeal=number, contested=contested, settings=place.settings, now=place.now, **given)


def juror_of(place: Place, found: Replay) -> int:
    person: int = place.value(select(t.jurors.c.person_id).where(t.jurors.c.id == found.juror_id))
    return person


def marked(place: Place, found: Replay, **marks: str) -> Replay:
    """The fresh juror declares and marks."""
    who = {"person_id": juror_of(place, found), "number": found.id, "now": place.now + timedelta(days=1)}
    replay.declare(place.engine, kind=None, **who)
    assert replay.mark(place.engine, marks=marks, comment="Clear.", version=2, **who) == []
    with reading(place.engine) as connection:
        return replays.one(connection, found.id)


def take(place: Place, number: int) -> None:
    replay.take(
        place.engine, authority_id=1, round_id=place.round_id, appeal=number, words="You were right.",
        person_id=place.officers[0], settings=place.settings, now=place.now + timedelta(days=2),
    )  # fmt: skip


def sound(place: Place) -> None:
    """Invariants and audit hold, and anybody can decide it all again from its bundle."""
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []
        assert anchors.faults(connection) == []
        record = rounds.round_by_id(connection, place.round_id)
        content = bundle.write(connection, record, settings=place.settings, now=place.now)
    assert bundle.check(content).faults == []


def letters(place: Place, person: int) -> list[str]:
    with reading(place.engine) as connection:
        m = t.messages.c
        return list(connection.execute(select(m.kind).where(m.person_id == person).order_by(m.id)).scalars())


def appellant(place: Place) -> int:
    person: int = place.value(select(t.appeals.c.person_id))
    return person


def test_a_criterion_is_marked_by_somebody_fresh_and_the_result_taken_over(place: Place) -> None:
    number, before = appealing.appealed(place), appealing.decision(place)
    others = [appealing.decision(place, one) for one in (1, 2, 3)]
    assert (before.outcome, before.points) == ("no_label", "10")
    found = asked(place, number)
    original = {place.jurors[0], place.jurors[1]}
    assert juror_of(place, found) not in original
    assert letters(place, juror_of(place, found))[-1] == "assignment"
    assert appealing.decision(place) == before
    with pytest.raises(Conflict):
        asked(place, number)
    found = marked(place, found, teaching="4", results="10")  # what is not contested is not taken
    assert found.state == "replayed"
    assert found.marks == {"teaching": "4"}
    assert (found.before or {})["points"] == "10"
    assert (found.after or {})["points"] == "14"
    assert appealing.decision(place) == before
    take(place, number)
    after = appealing.decision(place)
    assert (after.outcome, after.points, after.id) == ("no_label", "14", before.id)
    assert [appealing.decision(place, one) for one in (1, 2, 3)] == others
    with reading(place.engine) as connection:
        (kept,) = connection.execute(select(t.decision_versions)).all()
        assert (kept.points, kept.trace, kept.state) == ("10", before.trace, "released")
        assert connection.execute(select(t.appeals.c.answer)).scalar_one() == "You were right."
    sound(place)
    with pytest.raises(Conflict):
        take(place, number)
    answer.answer(
        place.engine, authority_id=1, round_id=place.round_id, kind="appeal", number=number, words="It stands.",
        person_id=place.officers[0], settings=place.settings, now=place.now + timedelta(days=3),
    )  # fmt: skip
    # One letter about it, with the new points, though the outcome is called as before; and no second one.
    assert letters(place, appellant(place)) == ["decision", "decision"]


def test_whoever_appealed_beside_the_applicant_reads_the_answer(place: Place) -> None:
    """The decision goes to the applicant; a colleague who filed the appeal is told too, and not that it stands."""
    number, colleague = appealing.appealed(place), place.officers[0]
    applicant = appellant(place)
    with writing(place.engine) as connection:
        connection.execute(update(t.appeals).values(person_id=colleague))
    marked(place, asked(place, number), teaching="4")
    take(place, number)
    assert letters(place, applicant) == ["decision", "decision"]
    assert letters(place, colleague).count("appeal_answered") == 1
    m = t.messages.c
    content: bytes = place.value(select(m.content).where(m.kind == "appeal_answered"))
    text = message_from_bytes(content).get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "You were right." in text
    assert "stands as it was" not in text


def test_a_label_that_is_won_is_granted_with_its_letter(engine: Engine, tmp_path: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    place = appealing.released(tmp_path, database_url=url, marks=appealing.LOW | {"overall": "3"})
    number = appealing.appealed(place)
    marked(place, asked(place, number), teaching="4")
    take(place, number)
    after = appealing.decision(place)
    assert (after.outcome, after.granted, after.points) == ("label", True, "16")
    assert place.value(select(func.count()).select_from(t.grants)) == 1
    with reading(place.engine) as connection:  # nothing was missing any more, as the decision stands now
        record, a = rounds.round_by_id(connection, place.round_id), t.applications.c
        ref = connection.execute(select(a.ref).where(a.id == place.applications[0])).scalar_one()
        assert overview.enough(connection, record, statute.plan_of(connection, record), ref, "en") == []
    with reading(place.engine) as connection:
        a = t.applications.c
        person = connection.execute(select(a.applicant_id).where(a.id == place.applications[0])).scalar_one()
    assert letters(place, person) == ["decision", "decision"]
    sound(place)
    place.engine.dispose()


@pytest.mark.parametrize("lowers", ["yes", "no"])
def test_a_result_becomes_lower_only_where_the_rules_say_so(engine: Engine, tmp_path: Path, lowers: str) -> None:
    url = engine.url.render_as_string(hide_password=False)
    high = appealing.LOW | {"overall": "9"}
    place = appealing.released(tmp_path, database_url=url, lowers=lowers, marks=high)
    number = appealing.appealed(place)
    found = marked(place, asked(place, number), teaching="0")
    assert (found.after or {})["granted"] is False
    if lowers == "no":
        with pytest.raises(NotNow, match="lower"):
            take(place, number)
        assert appealing.decision(place).granted
        answer.answer(
            place.engine, authority_id=1, round_id=place.round_id, kind="appeal", number=number, words="It stands.",
            person_id=place.officers[0], settings=place.settings, now=place.now,
        )  # fmt: skip
        with reading(place.engine) as connection:
            assert replays.one(connection, found.id).state == "left"
        assert letters(place, appellant(place)) == ["decision", "appeal_answered"]  # judged again, and it stands
    else:
        take(place, number)
        assert not appealing.decision(place).granted
        withdrawn = select(t.grants.c.withdrawn_at).where(t.grants.c.application_id == place.applications[0])
        assert place.value(withdrawn) is not None
    sound(place)
    place.engine.dispose()


def test_a_clause_is_judged_again_by_the_fact_that_was_taken_wrongly(engine: Engine, tmp_path: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    place = appealing.released(tmp_path, database_url=url, marks=appealing.LOW | {"overall": "9"})
    number = appealing.appealed(place, 0, ("consent_given",))
    for wrong, error in (
        ({"contested": ("two_countries",), "facts": {}}, BadInput), ({"contested": (), "facts": {}}, BadInput),
        ({"contested": ("two_countries",), "facts": {"consent": "false"}}, BadInput),
        ({"contested": ("pass",), "facts": {}}, BadInput), ({"contested": ("teaching",), "authority_id": 2}, NotNow),
    ):  # fmt: skip
        with pytest.raises(error):
            asked(place, number, **wrong)
    found = asked(place, number, ("consent_given",), facts={"consent": "false"})
    assert (found.state, found.juror_id) == ("replayed", None)
    assert (found.after or {})["first_failing"] == "consent_given"
    assert place.value(select(t.applications.c.facts).where(t.applications.c.id == place.applications[0]))["consent"]
    place.engine.dispose()


def test_nothing_is_judged_again_before_it_is_decided_whether_a_result_may_fall(engine: Engine, tmp_path: Path) -> None:
    place = appealing.released(tmp_path, database_url=engine.url.render_as_string(hide_password=False), lowers=None)
    with pytest.raises(NotNow, match="do not say whether an appeal may lower"):
        asked(place, appealing.appealed(place))
    place.engine.dispose()


def test_who_had_to_do_with_it_is_never_asked(place: Place) -> None:
    number = appealing.appealed(place)
    for ref in ("J01", "J02"):
        with pytest.raises(NotNow, match="No juror is left"):
            asked(place, number, juror=ref)
    found = asked(place, number)
    who = {"person_id": juror_of(place, found), "number": found.id, "now": place.now}
    for other in place.jurors:
        if other != who["person_id"]:
            with pytest.raises(NotFound):
                replay.declare(place.engine, kind=None, **who | {"person_id": other})
    with pytest.raises(Conflict):  # first the word that there is no conflict
        replay.mark(place.engine, marks={"teaching": "4"}, comment="", version=1, **who)
    replay.declare(place.engine, kind="family", **who)
    second = asked(place, number)
    assert second.juror_id not in (found.juror_id, None)
    who = {"person_id": juror_of(place, second), "number": second.id, "now": place.now}
    replay.declare(place.engine, kind=None, **who)
    for wrong in ({}, {"teaching": "9"}, {"results": "4"}):
        assert replay.mark(place.engine, marks=wrong, comment="", version=2, **who)
    replay.hand_back(place.engine, reason="No time.", **who)
    with pytest.raises(NotNow, match="No juror is left"):
        asked(place, number)
    sound(place)


def test_a_correction_that_does_not_follow_is_found_in_the_bundle(place: Place) -> None:
    number = appealing.appealed(place)
    marked(place, asked(place, number), teaching="4")
    take(place, number)
    for change in ({"marks": {"teaching": "3"}}, {"marks": {"results": "10"}}, {"contested": ["pass"]}):
        with writing(place.engine) as connection:
            before = connection.execute(select(t.replays.c.marks, t.replays.c.contested)).one()
            connection.execute(update(t.replays).values(**change))
            record = rounds.round_by_id(connection, place.round_id)
            content = bundle.write(connection, record, settings=place.settings, now=place.now)
            connection.execute(update(t.replays).values(**before._mapping))
        assert bundle.check(content).faults, change
    sound(place)
