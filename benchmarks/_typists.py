"""Jurors at their desks, for benchmarks/portal.py: connections kept open, requests written by hand, answers timed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from _servers import Juror

PAUSE = 2.0  # seconds between two savings of somebody who types
TIMEOUT = 30.0
LINES = 64  # connections at saturation; with few, a portal that saves in lots waits for them more than it works


def getting(path: str, juror: Juror | None = None) -> bytes:
    """A GET as a browser sends it, with the juror's session."""
    cookie = f"Cookie: laurea={juror.cookie}\r\n" if juror else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n".encode()


def saving(juror: Juror, version: int, comment: str, path: str = "") -> bytes:
    """The page's own saving: the whole sheet's form. Of five savings one brings another mark, as where a juror sets
    five marks and then writes a comment for a minute; whose marks they are differs from juror to juror.
    """
    own = (juror.sheet + version // 5) % 500
    fields = {"_csrf": juror.csrf, "version": str(version), "comment": comment}
    fields |= {"mark.teaching": str(own % 5), "mark.cooperation": str(own // 5 % 5), "mark.overall": str(own // 25)}
    body = urlencode(fields).encode()
    head = (
        f"POST {path or f'/sheets/{juror.sheet}/save'} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: laurea={juror.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and read the answer: its status and its head. Raises OSError or TimeoutError; what comes later
        on that connection would answer another question, so it is given up.
        """
        try:
            return await asyncio.wait_for(self._ask(request), TIMEOUT)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            self.reader = self.writer = None
            raise

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self.reader is None or self.writer is None or self.reader.at_eof():  # hung up while nothing was asked
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        await self.reader.readexactly(int(_header(head, b"content-length") or 0))
        return int(head[9:12]), head

    def close(self) -> None:
        """Hang up."""
        if self.writer is not None:
            self.writer.close()


def _header(head: bytes, name: bytes) -> bytes:
    start = head.lower().find(b"\r\n" + name + b":")
    return head[start + len(name) + 3 : head.index(b"\r\n", start + 2)].strip() if start >= 0 else b""


async def saturate(port: int, request: Callable[[int], bytes], seconds: float) -> int:
    """Answers within `seconds` to as many requests as the server bears, a line's next one when its last is answered.

    Raises RuntimeError for an answer other than 200.
    """
    done, end = 0, time.perf_counter() + seconds

    async def one(number: int) -> None:
        nonlocal done
        line = Line(port)
        try:
            while time.perf_counter() < end:
                status, head = await line.ask(request(number))
                if status != 200:
                    raise RuntimeError(f"The server answered {head[:200]!r}.")
                done += time.perf_counter() < end
        finally:
            line.close()

    await asyncio.gather(*(one(number) for number in range(LINES)))
    return done


@dataclass
class Typing:
    """What came of jurors typing: seconds each answer took by kind, texts that were taken by sheet and version."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    twice: int = 0  # a version that was given to two texts: one of them is lost
    refused: int = 0  # another window was quicker, and said so
    failed: int = 0
    lasted: float = 0.0  # seconds

    def p99(self, kind: str) -> float:
        """The time under which 99 of 100 answers came, in seconds; endless where some never did."""
        found = sorted(self.seconds[kind])
        return found[int(0.99 * (len(found) - 1))] if found else float("inf")


async def typing(
    port: int, code: str, jurors: list[Juror], versions: dict[int, int], seconds: float, pause: float = PAUSE
) -> Typing:
    """Everybody types for `seconds`: a saving every `pause`, and now and then a look at the queue and the sheet.

    Every twentieth juror has the sheet open in two windows that know nothing of each other. A saving is due by the
    clock, and its time counts from then: a server that is late is not spared the requests it kept waiting.
    """
    told, begun = Typing(), time.perf_counter() + 0.5

    async def window(place: int, juror: Juror, name: str) -> None:
        line, seen, turn = Line(port), versions[juror.sheet], 0
        try:
            while True:
                due = begun + pause * (place / len(jurors) + turn)
                if due > begun + seconds or time.perf_counter() > begun + 2 * seconds:
                    return  # or the server is so late that nothing more is learnt
                turn += 1
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                text = f"{name}, {due:.3f}: what I think of this project, and why it deserves its points."
                seen = await _save(told, line, juror, seen, text, due, versions)
                if (turn + place) % 10 == 0:
                    await _look(told, line, "queue", getting(f"/juror/{code}", juror))
                if (turn + place) % 10 == 5:
                    await _look(told, line, "review", getting(f"/sheets/{juror.sheet}", juror))
        finally:
            line.close()

    windows = [window(place, juror, f"juror {place}") for place, juror in enumerate(jurors)]
    windows += [
        window(place, juror, f"juror {place} elsewhere") for place, juror in enumerate(jurors) if not place % 20
    ]
    await asyncio.gather(*windows)
    told.lasted = time.perf_counter() - begun
    return told


async def _save(
    told: Typing, line: Line, juror: Juror, seen: int, text: str, due: float, versions: dict[int, int]
) -> int:
    """Save once; gives the version this window has then seen. Refused, it reads what stands, as a reader would."""
    try:
        status, head = await line.ask(saving(juror, seen, text))
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        told.failed += 1
        return seen
    told.seconds["autosave"].append(time.perf_counter() - due)
    if status == 200:
        seen = int(_header(head, b"laurea-version"))
        told.twice += seen in told.taken[juror.sheet]
        told.taken[juror.sheet][seen] = text
        versions[juror.sheet] = max(versions[juror.sheet], seen)
    elif status == 409:
        told.refused += 1
        seen = versions[juror.sheet]
    else:
        told.failed += 1
    return seen


async def _look(told: Typing, line: Line, kind: str, request: bytes) -> None:
    begun = time.perf_counter()
    try:
        status, _ = await line.ask(request)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        status = 0
    told.seconds[kind].append(time.perf_counter() - begun)
    told.failed += status != 200
