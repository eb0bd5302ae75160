"""What comes in while others are being served is the next lot; everybody has an answer of their own, after the deed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from laurea.store.engine import open_engine
from laurea.web.render import Question, lots_of
from laurea.web.together import Together


class Deed:
    """Doubles numbers; odd ones are refused. Each lot waits until it is let go."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Semaphore(0)

    def __call__(self, lot: Sequence[int]) -> list[int | Exception]:
        self.lots.append(list(lot))
        self.begun.set()
        assert self.go.acquire(timeout=10)
        if 13 in lot:
            raise ZeroDivisionError
        return [ValueError(one) if one % 2 else 2 * one for one in lot]


def test_those_who_wait_go_together_and_nobody_is_answered_before_the_deed_is_done() -> None:
    deed = Deed()

    async def play() -> list[int | BaseException]:
        double = Together(deed, most=3)
        first = asyncio.create_task(double(2))
        await asyncio.to_thread(deed.begun.wait, 10)
        others = [asyncio.create_task(double(one)) for one in (4, 5, 6, 8)]
        await asyncio.sleep(0.01)
        assert not any(one.done() for one in (first, *others))
        deed.go.release(3)
        return await asyncio.gather(first, *others, return_exceptions=True)

    found = asyncio.run(play())
    assert deed.lots == [[2], [4, 5, 6], [8]]
    assert [one for one in found if isinstance(one, int)] == [4, 8, 12, 16]
    assert [type(one) for one in found if not isinstance(one, int)] == [ValueError]


def test_a_lot_that_fails_as_a_whole_is_told_to_all_of_it_and_the_next_one_goes_on() -> None:
    deed = Deed()
    deed.go.release(9)

    async def play() -> list[int | BaseException]:
        double = Together(deed, most=9)
        failed = await asyncio.gather(double(13), double(2), return_exceptions=True)
        return [*failed, await double(2)]

    assert [type(one) for one in asyncio.run(play())] == [ZeroDivisionError, ZeroDivisionError, int]


def test_who_goes_away_disturbs_nobody() -> None:
    deed = Deed()

    async def play() -> int:
        double = Together(deed, most=9)
        gone, stays = asyncio.create_task(double(2)), asyncio.create_task(double(4))
        await asyncio.to_thread(deed.begun.wait, 10)
        gone.cancel()
        deed.go.release(9)
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    assert asyncio.run(play()) == 8


def test_what_holds_one_lot_up_does_not_hold_up_the_next_for_ever() -> None:
    begun, held, lots = threading.Event(), threading.Event(), []

    def deed(lot: Sequence[int]) -> list[int]:
        lots.append(list(lot))
        begun.set()
        if 1 in lot:
            assert held.wait(10)
        return list(lot)

    async def play(lanes: int) -> None:
        same = Together(deed, most=9, lanes=lanes, patience=0.01)
        stuck = asyncio.create_task(same(1))
        await asyncio.to_thread(begun.wait, 10)
        others = asyncio.gather(same(2), same(3))
        done, _ = await asyncio.wait([others], timeout=10 if lanes > 1 else 0.1)
        assert bool(done) == (lanes > 1)
        held.set()
        assert [await stuck, *await others] == [1, 2, 3]

    for lanes in (2, 1):
        lots.clear()
        begun.clear()
        held.clear()
        asyncio.run(play(lanes))
        assert lots == [[1], [2, 3]]


def test_questions_share_a_thread_and_nothing_else() -> None:
    async def play() -> list[object]:
        ask = lots_of(open_engine("sqlite://"))["asking"]
        lot = [Question(answer, None, datetime.now(UTC)) for answer in (lambda: 1, lambda: int("x"), lambda: 3)]
        return list(await asyncio.gather(*map(ask, lot), return_exceptions=True))

    found = asyncio.run(play())
    assert (found[0], found[2]) == (1, 3)
    assert isinstance(found[1], ValueError)
