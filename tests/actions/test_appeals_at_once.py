"""Two deeds about one appeal at once: its decision and its label say the same, and it is judged again once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from laurea.actions import answer, dating, replay
from laurea.errors import Conflict
from laurea.ledger import Actor, Event
from laurea.store import replays, terms
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.actions.test_replay import asked, juror_of, letters, marked, sound, take
from tests.web import appealing
from tests.web.seeding import Place

Deed = Callable[[], object]
HIGH = appealing.LOW | {"overall": "9"}
ENDS = date(2030, 12, 31)


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Iterator[Place]:
    """A released round whose every application has the label, with an end; an appeal may lower a result."""
    url = engine.url.render_as_string(hide_password=False)
    found = appealing.released(tmp_path, database_url=url, lowers="yes", marks=HIGH)
    with writing(found.engine) as connection:
        connection.execute(update(t.grants).values(valid_until=ENDS))
    yield found
    found.engine.dispose()


def _while(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, deed: Deed) -> list[Future[object]]:
    """Have a deed begin when another one first comes to this step, which goes on when it is done or seems to wait."""
    step, begun = getattr(module, name), []

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(module, name, step)
        pool = ThreadPoolExecutor(1)
        begun.append(pool.submit(deed))
        pool.shutdown(wait=False)
        wait(begun, 0.5)
        return step(*args, **options)

    monkeypatch.setattr(module, name, meanwhile)
    return begun


def _answer(place: Place, number: int) -> None:
    answer.answer(
        place.engine, authority_id=1, round_id=place.round_id, kind="appeal", number=number, words="It stands.",
        person_id=place.officers[0], settings=place.settings, now=place.now,
    )  # fmt: skip


def _label(place: Place) -> Any:
    with reading(place.engine) as connection:
        g = t.grants.c
        return connection.execute(select(t.grants).where(g.application_id == place.applications[0])).one()


def _states(place: Place, number: int) -> list[str]:
    with reading(place.engine) as connection:
        return [one.state for one in replays.of_appeal(connection, number)]


def test_a_lowered_result_leaves_no_label_whose_term_is_moved_in_the_same_moment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = appealing.appealed(place)
    marked(place, asked(place, number), teaching="0")
    taking = _while(monkeypatch, terms, "put", partial(take, place, number))
    dating.redate(
        place.engine, place.round_id, until=date(2031, 12, 31), reason="Decreed.", settings=place.settings,
        actor=Actor.person(place.officers[0]), now=place.now,
    )  # fmt: skip
    with suppress(Conflict):
        taking[0].result(30)
    sound(place)
    with suppress(Conflict):  # who waited may look at the label again, and decide
        take(place, number)
    assert not appealing.decision(place).granted
    assert _label(place).withdrawn_at is not None
    assert letters(place, _label(place).person_id).count("withdrawn") == 1
    sound(place)


def test_an_appeal_that_is_right_brings_no_withdrawn_label_back(place: Place) -> None:
    number, before = appealing.appealed(place), appealing.decision(place)
    marked(place, asked(place, number), teaching="4")
    dating.withdraw(
        place.engine, place.round_id, _label(place).number, reason="Copied.", settings=place.settings,
        actor=Actor.person(place.officers[0]), now=place.now,
    )  # fmt: skip
    withdrawn = _label(place)
    take(place, number)
    after = appealing.decision(place)
    assert (after.outcome, after.granted) == (before.outcome, True)
    assert after.points != before.points
    assert _label(place) == withdrawn
    m = t.messages.c
    mail = select(m.content).where(m.person_id == withdrawn.person_id, m.kind == "decision").order_by(m.id.desc())
    assert withdrawn.number not in place.value(mail.limit(1)).decode()
    sound(place)


def test_an_appeal_is_judged_again_once_though_two_ask_for_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number = appealing.appealed(place)
    other = _while(monkeypatch, replay, "_fresh", partial(asked, place, number))
    asked(place, number)
    with pytest.raises(Conflict):
        other[0].result(30)
    assert _states(place, number) == ["asked"]


def test_an_appeal_that_is_answered_is_not_judged_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number = appealing.appealed(place)
    answering = _while(monkeypatch, replay, "_fresh", partial(_answer, place, number))
    asked(place, number)
    answering[0].result(30)
    assert _states(place, number) == ["left"]


@pytest.mark.parametrize(
    ("deed", "said", "event"),
    [
        (replay.declare, {"kind": None}, Event.NO_CONFLICT_DECLARED),
        (replay.declare, {"kind": "family"}, Event.CONFLICT_DECLARED),
        (replay.hand_back, {"reason": "No time."}, Event.REVIEW_RETURNED),
    ],
)
def test_what_a_juror_says_has_a_line_when_it_is_kept(
    place: Place, deed: Callable[..., str], said: dict[str, Any], event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = appealing.appealed(place)
    found = asked(place, number)
    who = {"person_id": juror_of(place, found), "number": found.id, "now": place.now + timedelta(days=1)}
    answering = _while(monkeypatch, replays, "change", partial(_answer, place, number))
    with suppress(Conflict):
        deed(place.engine, **who, **said)
    answering[0].result(30)
    with reading(place.engine) as connection:
        after = replays.one(connection, found.id)
    too_late = (after.state, after.version) == ("left", found.version + 1)
    a = t.audit.c
    lines = select(func.count()).where(a.event == event.value, a.subject == f"replay:{found.id}")
    assert place.value(lines) == (0 if too_late else 1)
