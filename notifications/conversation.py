"""The talk with a relay once the connection stands: commands out, replies in, several at a time where it may be.

aiosmtplib opens the connection (greeting, STARTTLS, signing in) and hands its transport over. It asks and waits one
command at a time; RFC 2920 lets a client write MAIL, RCPT and DATA together and read the three replies, which saves
two of four round trips and more than half of the work a letter costs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import cast

LONGEST_LINE = 8192  # bytes of a reply's line, and of what may wait unread without one
MOST_UNREAD = 64  # replies nobody asked for, before the relay is taken for mad


class Lost(Exception):
    """The talk ended, or is out of step: whatever was not said before was not said."""


@dataclass(frozen=True)
class Reply:
    """A relay's answer: its code and its text, lines joined; code -1 is something that is no reply."""

    code: int
    text: str


class Conversation(asyncio.Protocol):
    """Takes over a transport on which a server has greeted us; replies are read in the order of the commands."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._unread = b""
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = ""
        self._transport.set_protocol(self)

    # --- What asyncio tells ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Put replies together from what arrives."""
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._lines.append(line)
            if line[3:4] != b"-" or len(self._lines) > MOST_UNREAD:
                self._replies.append(_reply(self._lines))
                self._lines = []
        longest = max(map(len, lines), default=0)
        if max(longest, len(self._unread)) > LONGEST_LINE or len(self._replies) > MOST_UNREAD:
            self._replies.clear()
            self._end("the relay's reply has no end")
            self._transport.abort()
        elif lines:
            self._wake()

    def eof_received(self) -> bool:
        """The relay hangs up."""
        self._end("the relay closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end(str(exc) if exc else "the relay closed the connection")

    def _end(self, why: str) -> None:
        self._ended = self._ended or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- What a connection asks --------------------------------------------------------------------------------

    @property
    def stands(self) -> bool:
        """Whether something can be said now."""
        return not self._ended and not self._transport.is_closing()

    def say(self, data: bytes) -> None:
        """Write. Raises Lost, and nothing was written, when the talk has ended or the relay spoke out of turn."""
        if self._replies:
            out_of_turn = self._replies.popleft()
            raise Lost(f"{out_of_turn.code} {out_of_turn.text}")
        if not self.stands:
            raise Lost(self._ended or "the connection was closed")
        self._transport.write(data)

    async def reply(self, seconds: float) -> Reply:
        """The next reply. Raises Lost when the talk ends first, or nothing comes in time."""
        while not self._replies:
            if self._ended:
                raise Lost(self._ended)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._waiter
            except TimeoutError:
                raise Lost(f"no reply in {seconds:g} seconds") from None
            finally:
                self._waiter = None
        return self._replies.popleft()

    def close(self) -> None:
        """Close the connection; what was written still goes out."""
        self._transport.close()


def _reply(lines: list[bytes]) -> Reply:
    code = lines[-1][:3]
    if len(lines) == 1 and len(code) == 3 and code.isdigit():
        return Reply(int(code), lines[0][4:].strip().decode("utf-8", "replace"))
    known = len(code) == 3 and code.isdigit() and all(line[:3] == code for line in lines)
    text = b" ".join(line[4:].strip() if known else line.strip() for line in lines)
    return Reply(int(code) if known else -1, text.decode("utf-8", "replace"))
