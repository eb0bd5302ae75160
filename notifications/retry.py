"""When a deferred letter is tried again: soon, then more and more patiently, for five days in all."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

FIRST = timedelta(minutes=5)  # greylisting servers want at least this
LONGEST = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=5)
SPREAD = 0.2  # share of the pause that letters deferred together are spread over


def pause(attempts: int) -> timedelta:
    """The least pause after `attempts` tries: 5, 10, 20 … minutes, at most four hours."""
    doublings = min(attempts - 1, 10)
    return min(FIRST * (1 << doublings), LONGEST)


def _most_attempts() -> int:
    waited, attempts = timedelta(), 1
    while waited + pause(attempts) <= GIVE_UP_AFTER:
        waited += pause(attempts)
        attempts += 1
    return attempts


MOST_ATTEMPTS = _most_attempts()


def next_attempt(attempts: int, now: datetime, key: str = "") -> datetime | None:
    """When to try again after `attempts` deferred tries, the last one at `now`; None when it is time to give up.

    The pause grows by up to a fifth so that letters deferred together do not come back together. The share is drawn
    from `key` (and the number of attempts), not from chance: the same letter gets the same answer.
    """
    if attempts < 1:
        raise ValueError("a letter that was never tried has no next attempt")
    if attempts >= MOST_ATTEMPTS:
        return None
    drawn = int.from_bytes(hashlib.sha256(f"{key}:{attempts}".encode()).digest()[:4], "big") / 2**32
    return now + pause(attempts) * (1 + SPREAD * drawn)
