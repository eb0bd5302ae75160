"""Sending: letters go to the relay over a few reused connections, one recipient each, and each is reported once.

The one asynchronous part of the post room.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from notifications.connection import LONGEST_REPLY, TROUBLE, BeforeContent, Connection, Relay
from notifications.conversation import Lost
from notifications.delivery import Delivery, Outgoing
from notifications.errors import BadAddress
from notifications.files import FileRelay

CONNECT_TRIES = 3  # in a row, for each connection; then it retires, and the others go on without it
CONNECT_PAUSE = 0.2  # seconds before the second try, doubled before the third
# "Too many" about us. Status 4.2.x is about one reader's mailbox, 4.5.3 about one letter: neither slows the others.
TOO_MANY = re.compile(
    r"4(?:21|5[0-2]) (?!4\.2\.|4\.5\.3).*(?:\btoo (?:many|much|fast|quick)|\brate\b|throttl|slow down)", re.IGNORECASE
)

Report = Callable[[int, Delivery], None]


@dataclass
class _Shift:
    """What the connections of one call share: letters still to go, how many got through, why it stopped early."""

    source: Iterator[Outgoing]
    report: Report
    before_content: BeforeContent | None
    returned: deque[Outgoing] = field(default_factory=deque)
    answered: int = 0
    trouble: str = ""
    enough: str = ""  # the relay's words when it wants us to slow down

    def draw(self) -> Outgoing | None:
        """The next letter: one that was put back, or a new one."""
        if self.enough:
            return None
        return self.returned.popleft() if self.returned else next(self.source, None)

    def settle(self, letter: Outgoing, delivery: Delivery) -> None:
        self.answered += 1
        if delivery.state == "deferred" and TOO_MANY.match(delivery.reply):
            self.enough = delivery.reply
        self.report(letter.id, delivery)


async def _connected(connection: Connection, shift: _Shift) -> bool:
    for tried in range(CONNECT_TRIES):
        if tried:
            await asyncio.sleep(CONNECT_PAUSE * 2 ** (tried - 1))
        try:
            await connection.open()
        except TROUBLE as error:
            shift.trouble = f"no connection to the relay: {str(error) or type(error).__name__}"[:LONGEST_REPLY]
        else:
            return True
    return False


async def _deliver(connection: Connection, letter: Outgoing, following: Outgoing | None, shift: _Shift) -> bool:
    """Bring one letter to its end; False when the relay cannot be reached and the letter was put back."""
    lost = ""
    for _ in range(2):  # a relay may close a connection it has served long enough: once more on a fresh one
        if not await _connected(connection, shift):
            shift.returned.appendleft(letter)
            return False
        try:
            delivery = await connection.hand_over(letter, shift.before_content, following)
        except BadAddress as error:
            delivery = Delivery("failed", str(error)[:LONGEST_REPLY])
        except Lost as error:
            lost = str(error)[:LONGEST_REPLY]
            continue
        shift.settle(letter, delivery)
        return True
    shift.settle(letter, Delivery("deferred", lost))
    return True


async def _work(relay: Relay, shift: _Shift) -> None:
    connection = Connection(relay)
    letter = shift.draw()
    try:
        while letter is not None:
            following = shift.draw()
            reached = await _deliver(connection, letter, following, shift)
            if following is not None and (not reached or shift.enough):
                shift.returned.append(following)
            if not reached or shift.enough:
                break
            letter = following
        await connection.close()
    finally:
        connection.drop()


async def send_all(
    relay: Relay | FileRelay,
    letters: Iterable[Outgoing],
    report: Report,
    *,
    before_content: BeforeContent | None = None,
) -> str:
    """Hand over every letter once and report each exactly once, as soon as its fate is known.

    `letters` is read as connections become free, so it may be a generator over a table. `before_content` is called
    with a letter's id just before its content is written: the last moment at which its fate is certain. If `report`
    or `before_content` raises, sending stops and that error comes out here; letters not reported by then that had
    passed `before_content` are uncertain, the others were not sent.

    Gives "" at the end, or the relay's words when it said that this is too much: then letters drawn and not
    reported were not tried, and the rest was not drawn.
    """
    shift = _Shift(iter(letters), report, before_content)
    if isinstance(relay, FileRelay):
        for letter in shift.source:
            if before_content is not None:
                before_content(letter.id)
            shift.settle(letter, relay.take(letter))
        return ""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(relay.connections):
                group.create_task(_work(relay, shift))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    if shift.returned and shift.answered:  # a relay that takes fewer connections than we wanted
        await _work(relay, shift)
    while (left := shift.draw()) is not None:
        shift.settle(left, Delivery("deferred", shift.trouble))
    return shift.enough


__all__ = ["Delivery", "FileRelay", "Outgoing", "Relay", "Report", "send_all"]
