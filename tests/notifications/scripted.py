"""A mail server that answers as it is told, for everything that can go wrong."""

from __future__ import annotations

import asyncio
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Script:
    """A server that answers as it is told: `answer(phase, number)` gives a reply line, "drop", "hang", "slow" or None.

    `number` is the reader's number of the letter, from its address; at connect, how many connections are open. Phases:
    connect, MAIL, RCPT, DATA, content
    (asked when the final dot has arrived; the letter is stored before a "drop" or "hang" there, as servers do).
    """

    answer: Callable[[str, int], str | None]
    offers: tuple[str, ...] = ()
    stored: list[int] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    envelopes: list[bytes] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    async def serve(self, reader, writer):
        self.connections += 1
        self.open += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _talk(self, reader, writer):
        async def say(line):
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        async def told(phase, number, otherwise):
            line = self.answer(phase, number)
            if phase == "content" and (line in {None, "drop", "hang", "slow"} or line.startswith("250")):
                self.stored.append(number)
            if line == "slow":
                await asyncio.sleep(0.05)
                line = None
            if line == "drop":
                writer.transport.abort()
                raise ConnectionResetError
            if line == "hang":
                await reader.read()
                raise ConnectionResetError
            await say(line or otherwise)
            return line is None

        number = -1
        await told("connect", self.open, "220 relay.example")
        while line := await reader.readline():
            word = line[:4].upper().strip().decode()
            if word == "EHLO":
                names = ("relay.example", *self.offers)
                await say("\r\n".join(f"250{'-' if one != names[-1] else ' '}{one}" for one in names))
            elif word == "MAIL":
                self.envelopes.append(line.strip())
                await told("MAIL", len(self.tried), "250 ok")
            elif word == "RCPT":
                number = int(re.search(rb"reader(\d+)@", line)[1])
                self.tried.append(number)
                await told("RCPT", number, "250 ok")
            elif word == "DATA":
                if not await told("DATA", number, "354 go on"):
                    continue
                content = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                self.letters.append(content.replace(b"\r\n..", b"\r\n."))
                await told("content", number, "250 2.0.0 queued as Q1")
            elif word == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")


@contextmanager
def serving(script: Script) -> Iterator[tuple[Script, int]]:
    """The server in a thread of its own, and its port."""
    ready: queue.Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = queue.Queue()

    async def serve() -> None:
        server, over = await asyncio.start_server(script.serve, "127.0.0.1", 0), asyncio.Event()
        ready.put((asyncio.get_running_loop(), over, server.sockets[0].getsockname()[1]))
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, over, port = ready.get(timeout=10)
    try:
        yield script, port
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
