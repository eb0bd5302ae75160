"""The clock of terms over records: as the pure clock has it, whatever days it runs and however often."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from evaluators.renewal import How
from evaluators.validity import Term
from laurea.actions import dating, renew
from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import SYSTEM
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store import terms
from laurea.store.engine import reading, writing
from tests.actions.many_held import hold
from tests.evaluators.clock_days import Award, awards, run

DAY = timedelta(days=1)
START = date(2024, 1, 1)


def drawn(count: int, seed: int) -> list[Term]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        first = START + rng.randrange(200) * DAY
        last = first + rng.randrange(30, 400) * DAY
        opens = last - rng.randrange(1, 200) * DAY if rng.random() < 0.6 else None
        grace = last + rng.randrange(1, 90) * DAY if rng.random() < 0.4 else None
        days = {f"m{n}": first + rng.randrange(-10, 500) * DAY for n in range(rng.randrange(3))}
        found.append(Term(first, last, opens, None, grace, days))
    return found


def noon(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)


def turn(engine: Engine, settings: Settings, day: date) -> renew.Renewals:
    return renew.renew(engine, as_of=None, settings=settings, now=noon(day))


def stands(engine: Engine, ids: list[int]) -> list[dict[tuple[str, str], str]]:
    with reading(engine) as connection:
        found = terms.steps(connection, ids)
    return [{(one.kind.value, one.name): one.how.value for _, one in found[each]} for each in ids]


def expected(some: list[Award]) -> list[dict[tuple[str, str], str]]:
    return [{(one.kind.value, one.name): one.how.value for one in award.steps} for award in some]


def test_the_records_say_what_the_pure_clock_says_with_outages_and_many_runs_a_day(
    engine: Engine, database_settings: Settings
) -> None:
    given, rng = drawn(30, 5), random.Random(5)
    ids = hold(engine, given)
    running = [START]
    while running[-1] < START + 600 * DAY:
        running.append(running[-1] + rng.choice((0, 1, 1, 1, 2, 9, 45)) * DAY)
    for day in running:
        turn(engine, database_settings, day)
    pure = [Award(one.steps, told_on=one.told_on) for one in awards([("", term, frozenset()) for term in given])]
    run(pure, running)
    assert stands(engine, ids) == expected(pure)
    with reading(engine) as connection:
        sent = connection.execute(select(t.messages.c.kind, t.messages.c.person_id, t.messages.c.created_at)).all()
        lapsed = connection.execute(select(t.grants.c.lapsed_at).order_by(t.grants.c.id)).scalars().all()
    assert len(sent) == sum(len(one.said) for one in pure)
    assert max(Counter((row.person_id, row.created_at.date()) for row in sent).values()) == 1
    assert [when and when.date() for when in lapsed] == [one.lapsed_on for one in pure]


def test_two_clocks_at_once_tell_everything_once(engine: Engine, database_settings: Settings) -> None:
    given = [Term(START, START + 100 * DAY, START + 50 * DAY) for _ in range(40)]
    ids = hold(engine, given)
    told: list[int] = []
    clocks = [
        Thread(target=lambda: told.append(len(turn(engine, database_settings, START + 50 * DAY).told)))
        for _ in range(3)
    ]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert sum(told) == len(ids)
    with reading(engine) as connection:
        assert len(connection.execute(select(t.messages.c.id)).all()) == len(ids)


def test_of_a_label_withdrawn_while_letters_are_written_nothing_more_is_told(
    engine: Engine, database_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = hold(engine, [Term(START, START + 100 * DAY, START + 50 * DAY)] * 3)
    day, written = START + 50 * DAY, renew._letters
    with reading(engine) as connection:
        grant = connection.execute(select(t.grants).where(t.grants.c.id == ids[1])).one()

    def meanwhile(*given: Any) -> Any:
        when = {"actor": SYSTEM, "settings": database_settings, "now": noon(day)}
        dating.withdraw(engine, grant.round_id, grant.number, reason="False statements.", **when)  # type: ignore[arg-type]
        return written(*given)

    monkeypatch.setattr(renew, "_letters", meanwhile)
    assert [one.grant.id for one in turn(engine, database_settings, day).told] == [ids[0], ids[2]]
    with reading(engine) as connection:
        kinds = connection.execute(select(t.messages.c.kind)).scalars().all()
    assert sorted(kinds) == ["renewal", "renewal", "withdrawn"]


def test_the_day_is_the_one_of_each_authority(engine: Engine, database_settings: Settings) -> None:
    term = [Term(START, date(2024, 6, 30), None)]
    east, west = hold(engine, term, "Pacific/Auckland", "NZ"), hold(engine, term, "America/Lima", "PE")
    late = datetime(2024, 6, 30, 12, 30, tzinfo=UTC)  # 1 July there, 30 June here
    for now, gone in ((late - timedelta(hours=1), []), (late, east), (datetime(2024, 7, 1, 4, 59, tzinfo=UTC), []),
                      (datetime(2024, 7, 1, 5, 0, tzinfo=UTC), west)):  # fmt: skip
        found = renew.renew(engine, as_of=None, settings=database_settings, now=now)
        assert [one.grant.id for one in found.told if one.step.kind == "lapse"] == gone
        assert not renew.waiting(engine, now)


def test_looking_ahead_changes_nothing(engine: Engine, database_settings: Settings) -> None:
    ids = hold(engine, drawn(5, 1))
    before = stands(engine, ids)
    assert renew.due(engine, START + 800 * DAY, noon(START)).told
    assert stands(engine, ids) == before


def test_a_label_extended_while_its_last_letter_is_written_does_not_end(
    engine: Engine, database_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, until = date(2024, 12, 31), date(2025, 12, 31)
    hold(engine, [Term(date(2023, 5, 1), end, None)] * 3)
    with reading(engine) as connection:
        round_id = connection.execute(select(t.rounds.c.id)).scalar_one()
    when = {"actor": SYSTEM, "settings": database_settings, "now": noon(end + DAY)}
    composed = renew._letters

    def meanwhile(*args: Any) -> Any:
        post = composed(*args)
        assert dating.redate(engine, round_id, until=until, reason="Decreed.", **when) == 3
        return post

    monkeypatch.setattr(renew, "_letters", meanwhile)
    assert turn(engine, database_settings, end + DAY).told == ()
    with reading(engine) as connection:
        grants = connection.execute(select(t.grants.c.valid_until, t.grants.c.lapsed_at)).all()
        letters = set(connection.execute(select(t.messages.c.kind)).scalars())
    assert {(one.valid_until, one.lapsed_at) for one in grants} == {(until, None)}
    assert len(letters) == 1  # that it was extended
    monkeypatch.setattr(renew, "_letters", composed)
    assert len(turn(engine, database_settings, until + DAY).told) == 3


def test_a_decision_moves_what_is_ahead_and_leaves_what_was_said(engine: Engine, database_settings: Settings) -> None:
    end = date(2024, 12, 31)
    hold(engine, [Term(date(2023, 5, 1), end, None)] * 3)
    with reading(engine) as connection:
        round_id = connection.execute(select(t.rounds.c.id)).scalar_one()
    assert len(turn(engine, database_settings, end - 7 * DAY).told) == 3
    assert len(turn(engine, database_settings, end + DAY).told) == 3  # lapsed
    when = {"actor": SYSTEM, "settings": database_settings, "now": noon(end + 40 * DAY)}
    looked = dating.preview(engine, round_id, until=date(2025, 12, 31))
    assert len(looked.grants) == 3
    for wrong, error in (({"reason": ""}, BadInput), ({"reason": "x", "until": end}, BadInput),
                         ({"reason": "x", "expected": "0"}, Conflict)):  # fmt: skip
        with pytest.raises(error):
            dating.redate(engine, round_id, **({"until": date(2025, 12, 31)} | wrong), **when)  # type: ignore[arg-type]
    changed = dating.redate(
        engine, round_id, until=date(2025, 12, 31), reason="Decreed.", expected=looked.digest, **when
    )
    assert changed == 3
    with reading(engine) as connection:
        acts = connection.execute(select(t.grant_acts)).all()
        grants = connection.execute(select(t.grants)).all()
    assert len({one.act for one in acts}) == 1
    assert {(one.before, one.after, one.reason) for one in acts} == {(end, date(2025, 12, 31), "Decreed.")}
    assert {one.lapsed_at for one in grants} == {None}
    number = grants[0].number
    dating.withdraw(engine, round_id, number, reason="False statements.", **when)
    with pytest.raises(NotFound):
        dating.withdraw(engine, round_id, number, reason="Again.", **when)
    told = [turn(engine, database_settings, date(2025, 12, 31) + n * DAY).told for n in range(-95, 3)]
    assert Counter(one.step.kind.value for some in told for one in some) == {"reminder": 6, "lapse": 2}
    closed = stands(engine, [grants[0].id])[0]
    assert set(closed.values()) == {How.OPEN.value}  # a withdrawn label says nothing more


def test_letters_about_a_decision_use_the_rounds_own_texts(engine: Engine, database_settings: Settings) -> None:
    (one,) = hold(engine, [Term(START, START + 100 * DAY, None)])
    with writing(engine) as connection:
        grant = connection.execute(select(t.grants).where(t.grants.c.id == one)).one()
        own = {"version": 1, "language": "en", "heading": "Heading", "body": "Text", "written_at": noon(START)}
        place = {"authority_id": grant.authority_id, "round_id": grant.round_id, "written_by": grant.person_id}
        for kind in ("extended", "withdrawn"):
            connection.execute(insert(t.wordings).values(**own, **place, kind=kind, subject=f"Ours: {kind}"))
    when = {"actor": SYSTEM, "settings": database_settings, "now": noon(START)}
    dating.redate(engine, grant.round_id, until=START + 200 * DAY, reason="Decreed.", **when)  # type: ignore[arg-type]
    dating.withdraw(engine, grant.round_id, grant.number, reason="False.", **when)  # type: ignore[arg-type]
    with reading(engine) as connection:
        told = connection.execute(select(t.messages.c.subject).order_by(t.messages.c.id)).scalars().all()
    assert told == ["Ours: extended", "Ours: withdrawn"]
