"""What a mail server says about a letter later: it came back, is late, or arrived (RFC 3464, and what others write).

Anybody can write to the address for reports. A report is read here, never believed: whether it is about a letter of
ours the caller finds out by the letter's mark (notifications.postmark).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any, Literal

from flufl.bounce import all_failures

from notifications.text import clean

Kind = Literal["hard", "given_up", "soft", "delivered", "none"]
LARGEST = 1_000_000  # bytes of a report that are read
LONGEST = 300  # characters of a reason
_WEIGHT: tuple[Kind, ...] = ("hard", "given_up", "soft", "delivered", "none")


@dataclass(frozen=True)
class Report:
    """What a report says.

    - `hard`: nobody of that name, or the receiver will never take it;
    - `given_up`: it did not arrive, but the address may be right (a full mailbox, a server that was down for days);
    - `soft`: it is late and still being tried;
    - `delivered`: the reader's own server has it;
    - `none`: this is no report about delivery; `reason` says what it seems to be.
    """

    kind: Kind
    reason: str


def read(content: bytes) -> Report:
    """Read what came to the address for reports. Whatever it is, there is an answer."""
    try:
        message = message_from_bytes(content[:LARGEST])
        blocks = list(_blocks(message))
        if blocks:
            return min((_standard(block) for block in blocks), key=lambda found: _WEIGHT.index(found.kind))
        late, gone = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Report("none", f"It cannot be read as mail: {type(error).__name__}.")
    if gone:
        return Report("hard", _reason(f"Came back without a status: {_subject(message)}"))
    if late:
        return Report("soft", _reason(f"Late, without a status: {_subject(message)}"))
    return Report("none", _reason(f"No report about delivery: {_subject(message)}"))


def standard(action: str, status: str, words: str) -> Report:
    """The report of one recipient: action and status as RFC 3464 has them, and the words of the receiving server."""
    action, status = action.strip().lower(), status.strip()
    reason = _reason(f"{status} {words}".strip() or action)
    if action == "failed":
        return Report("given_up" if status.startswith("4") or status == "5.2.2" else "hard", reason)
    if action == "delayed":
        return Report("soft", reason)
    if action == "delivered":
        return Report("delivered", reason)
    return Report("none", _reason(f"Nothing is said about its arrival ({action or 'no action'})."))


def _standard(block: Message) -> Report:
    words = str(block.get("Diagnostic-Code", "")).partition(";")
    status = str(block.get("Status", "")).strip().split(" ")[0]
    return standard(str(block.get("Action", "")), status, words[2] or words[0])


def _blocks(message: Message) -> Iterable[Message]:
    """The parts of a delivery report that are about a recipient; not those of reports a letter carries along."""
    for part in message.get_payload() if message.is_multipart() else [message]:
        if isinstance(part, Message) and part.get_content_type() == "message/delivery-status":
            payload: Any = part.get_payload()
            for block in payload if isinstance(payload, list) else ():
                if isinstance(block, Message) and "Action" in block:
                    yield block


def _subject(message: Message) -> str:
    return str(message.get("Subject", "")) or "no subject"


def _reason(text: str) -> str:
    return clean(" ".join(text.split()))[:LONGEST]
