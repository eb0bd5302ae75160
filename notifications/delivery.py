"""What goes to a relay, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["sent", "deferred", "failed", "uncertain"]


@dataclass(frozen=True)
class Outgoing:
    """A composed letter on its way: the id it has in the outbox, envelope addresses, the bytes.

    `envelope_id` comes back in reports about the letter, where the relay knows how (RFC 3461): letters, digits, `-`.
    """

    id: int
    sender: str
    address: str
    content: bytes
    envelope_id: str = ""


@dataclass(frozen=True)
class Delivery:
    """What became of one letter.

    - `sent`: the relay took it over;
    - `deferred`: it certainly did not, and trying again later is right;
    - `failed`: it certainly did not, and never will;
    - `uncertain`: its content was under way when the connection ended, so it may or may not have been taken. It must
      not be sent again before somebody has looked.

    `reply` is what the relay said, code first, or what happened instead.
    """

    state: State
    reply: str
