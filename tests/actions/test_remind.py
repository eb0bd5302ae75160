"""Reminders: at each step of the ladder once, before the deadline each juror really has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from laurea.actions import extend, remind
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from notifications.outbox import REMINDERS

Small = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def here(small: Small) -> Any:
    """A round that has been routed, long before its reviews end."""
    made = small()
    made.bring_in()
    made.advance()
    return made


def told(here: Any, now: datetime) -> dict[int, str]:
    """Whom a reminder is written to now, with the step of the ladder and the deadline it names."""
    before = keys(here)
    remind.remind(here.engine, here.round_id, settings=here.settings, now=now)
    new = keys(here) - before
    return {int(key.split(":")[2]): ":".join(key.split(":")[3:]) for key in new}


def keys(here: Any) -> set[str]:
    query = select(t.messages.c.key).where(t.messages.c.kind.in_(REMINDERS))
    with reading(here.engine) as connection:
        return set(connection.execute(query).scalars())


def busy(here: Any) -> list[int]:
    """Jurors with open reviews."""
    c = t.assignments.c
    query = select(c.juror_id).where(c.round_id == here.round_id, c.state == "open").distinct().order_by(c.juror_id)
    with reading(here.engine) as connection:
        return list(connection.execute(query).scalars())


def test_each_juror_is_told_once_at_each_step_and_only_of_what_is_open(here: Any) -> None:
    end, jurors = here.scene.review_until, busy(here)
    assert told(here, end - 8 * DAY) == {}
    assert told(here, end - 7 * DAY) == dict.fromkeys(jurors, "7")
    assert told(here, end - 6 * DAY) == {}
    with writing(here.engine) as connection:  # one of them finishes a minute before
        connection.execute(update(t.assignments).where(t.assignments.c.juror_id == jurors[0]).values(state="submitted"))
    assert told(here, end - 2 * DAY) == dict.fromkeys(jurors[1:], "2")
    assert told(here, end) == dict.fromkeys(jurors[1:], "0")
    assert told(here, end + 2 * DAY) == dict.fromkeys(jurors[1:], "-2")
    assert told(here, end + 30 * DAY) == {}


def test_a_juror_with_more_time_is_reminded_before_their_own_deadline(here: Any) -> None:
    end, (juror, *others) = here.scene.review_until, busy(here)
    with reading(here.engine) as connection:
        ref = connection.execute(select(t.jurors.c.ref).where(t.jurors.c.id == juror)).scalar_one()
    own = end + 20 * DAY
    extend.extend(here.engine, here.round_id, ref, until=own, actor=here.actor, now=end - 10 * DAY)
    assert told(here, end - 7 * DAY) == dict.fromkeys(others, "7")
    assert told(here, end) == dict.fromkeys(others, "0")
    assert told(here, own - 8 * DAY) == dict.fromkeys(others, "-2"), "two days after the round's own deadline"
    moment = f"{own.astimezone(UTC):%Y%m%dT%H%M%S}"
    assert told(here, own - 7 * DAY) == {juror: f"7:{moment}"}
    assert told(here, own) == {juror: f"0:{moment}"}
    assert remind.due(here.engine, here.round_id, now=own) == []


def test_reviews_with_two_deadlines_are_told_apart(here: Any) -> None:
    end, juror = here.scene.review_until, busy(here)[0]
    c = t.assignments.c
    with writing(here.engine) as connection:
        mine = list(connection.execute(select(c.id).where(c.juror_id == juror, c.state == "open")).scalars())
        assert len(mine) > 1
        connection.execute(update(t.assignments).where(c.id == mine[0]).values(until=end + 9 * DAY))
        connection.execute(
            update(t.assignments).where(c.id == mine[1]).values(until=end - DAY)
        )  # never before the round
    found = [one for one in remind.due(here.engine, here.round_id, now=end) if one.juror.id == juror]
    assert [(one.number, one.until, one.step) for one in found] == [(len(mine) - 1, end, "0")]
    found = [one for one in remind.due(here.engine, here.round_id, now=end + 9 * DAY) if one.juror.id == juror]
    assert {(one.number, one.until, one.step) for one in found} == {
        (len(mine) - 1, end, "-2"), (1, end + 9 * DAY, "0")
    }  # fmt: skip


def test_nobody_is_reminded_of_what_they_were_given_a_moment_ago(here: Any) -> None:
    end, juror = here.scene.review_until, busy(here)[0]
    given = end - DAY
    with writing(here.engine) as connection:
        mine = update(t.assignments).where(t.assignments.c.juror_id == juror)
        connection.execute(mine.values(assigned_at=given, until=given + 7 * DAY))
    assert juror not in told(here, given)
    assert juror not in told(here, given + DAY)
    assert told(here, given + 5 * DAY)[juror].startswith("2:")


def test_nobody_is_reminded_once_decisions_are_proposed(here: Any) -> None:
    with writing(here.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=here.scene.review_until))
    assert told(here, here.scene.review_until) == {}
