"""What comes in while others are being served is served as the next lot: one thread there and back for all of it, and
where something is written, one transaction.

What finds nothing under way begins at once, alone. An answer is given when the whole lot is
carried out, and so after its transaction is committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

from litestar.concurrency import sync_to_thread

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Together(Generic[Asked, Told]):
    """Awaited like a function of one. `deed` takes a lot of at most `most` and gives as many answers, or errors to be
    raised; `lanes` lots may be under way at once. In a lane no lot begins sooner than `pause` seconds after the last
    one did: a crowd then makes few large lots, and somebody alone waits for nobody.
    """

    def __init__(
        self,
        deed: Callable[[Sequence[Asked]], Sequence[Told | Exception]],
        *,
        most: int,
        lanes: int = 1,
        pause: float = 0.0,
    ) -> None:
        self._deed, self._most, self._free, self._pause = deed, most, lanes, pause
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Told:
        """Carried out with whatever else waits."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Told] = loop.create_future()
        self._waiting.append((asked, answer))
        if self._free:
            self._free -= 1
            # In a context of its own: what is logged there belongs to no request alone.
            task = loop.create_task(self._lots(), context=Context())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await answer

    async def _lots(self) -> None:
        try:
            while self._waiting:
                began = time.monotonic()
                lot, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._carry_out(lot)
                if self._pause:
                    await asyncio.sleep(began + self._pause - time.monotonic())
        finally:
            self._free += 1

    async def _carry_out(self, lot: Sequence[tuple[Asked, asyncio.Future[Told]]]) -> None:
        told: Sequence[Told | Exception]
        try:
            told = await sync_to_thread(self._deed, [asked for asked, _ in lot])
        except Exception as error:  # noqa: BLE001 - each of them is told
            told = [error] * len(lot)
        for (_, answer), one in zip(lot, told, strict=True):
            if answer.done():
                continue  # whoever asked went away
            if isinstance(one, Exception):
                answer.set_exception(one)
            else:
                answer.set_result(one)


def asking() -> Together[Callable[[], Any], Any]:
    """For questions that hang together by nothing but the thread: each a function, with its own answer or error."""
    return Together(_each, most=16, lanes=2)


def _each(lot: Sequence[Callable[[], Any]]) -> list[Any]:
    told: list[Any] = []
    for one in lot:
        try:
            told.append(one())
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            told.append(error)
    return told
