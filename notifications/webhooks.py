"""Calls to other programs: how each is signed, and when one that failed is tried again.

Headers and signature are those of the Standard Webhooks specification: `webhook-id` is the same in every try, and
`webhook-signature` is an HMAC-SHA256 over id, moment and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)  # between a call's moment and ours
PAUSES = tuple(timedelta(minutes=number) for number in (1, 5, 30, 120, 300, 600, 840))
MOST_TRIES = len(PAUSES) + 1
SHORTEST_KEY = 24  # bytes, as the specification has it: a call signed with less could be anybody's


def sign(secret: str, message_id: str, moment: int, body: bytes) -> str:
    """The signature of a call: `v1,` and the code in base64. `moment` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{message_id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of one try."""
    moment = int(now.timestamp())
    return {
        "content-type": "application/json",
        "user-agent": "Laurea",
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, message_id, moment, body),
    }


def is_ours(secret: str, told: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether a call that came in is signed with our key, and not older or younger than five minutes.

    `told` are its headers, names in small letters; several signatures stand in one, with spaces between. A key that is
    none, or too short, signs nothing.
    """
    moment = told.get("webhook-timestamp", "")
    call = told.get("webhook-id", "")
    if not _long_enough(secret) or not call or not moment.isascii() or not moment.isdecimal() or len(moment) > 12:
        return False
    if abs(now.timestamp() - int(moment)) > TOLERANCE.total_seconds():
        return False
    right = sign(secret, call, int(moment), body).encode()
    given = told.get("webhook-signature", "").encode("utf-8", "replace").split(b" ")
    return any(hmac.compare_digest(right, one) for one in given)


def _long_enough(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) >= SHORTEST_KEY
    except ValueError:
        return False


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after `tries` that failed; None when it is time to give up."""
    return now + PAUSES[tries - 1] if tries <= len(PAUSES) else None
