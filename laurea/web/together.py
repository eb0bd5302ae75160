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
from typing import Generic, TypeVar

from litestar.concurrency import sync_to_thread

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Together(Generic[Asked, Told]):
    """Awaited like a function of one. `deed` takes a lot of at most `most` and gives as many answers, or errors to be
    raised. No lot begins sooner than `pause` seconds after the last one did: a crowd then makes few large lots, and
    somebody alone waits for nobody. Where somebody has waited for `patience` seconds a lane more is opened, up to
    `lanes`: what holds one lot up need not hold up the next.
    """

    def __init__(
        self,
        deed: Callable[[Sequence[Asked]], Sequence[Told | Exception]],
        *,
        most: int,
        lanes: int = 1,
        pause: float = 0.0,
        patience: float = 0.1,
    ) -> None:
        self._deed, self._most, self._free, self._pause, self._patience = deed, most, lanes, pause, patience
        self._relief: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Told:
        """Carried out with whatever else waits."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Told] = loop.create_future()
        self._waiting.append((asked, answer))
        if not self._under_way:
            self._open_lane()
        elif self._relief is None and self._free:
            self._relief = loop.call_later(self._patience, self._relieve)
        return await answer

    def _relieve(self) -> None:
        self._relief = None
        if self._waiting and self._free:
            self._open_lane()

    def _open_lane(self) -> None:
        self._free -= 1
        # In a context of its own: what is logged there belongs to no request alone.
        task = asyncio.get_running_loop().create_task(self._lots(), context=Context())
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._free += 1
        if self._waiting and not self._under_way:  # came between the last lot and this
            self._open_lane()

    async def _lots(self) -> None:
        while self._waiting:
            began = time.monotonic()
            lot, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._carry_out(lot)
            if self._pause:
                await asyncio.sleep(began + self._pause - time.monotonic())

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
