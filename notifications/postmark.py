"""What a letter carries so that a report about it finds it, and nobody can make up a report about another's letter.

A mark is the letter's number and a code over it that only this house can make. It stands in the envelope's sender
(`bounces+MARK@…`), in the envelope's identifier where the relay knows one, and in a header of the letter.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from notifications.addresses import parse

HEADER = "X-Laurea-Letter"
DIGITS = 24  # of the code: 96 bits
_MARK = re.compile(rb"(?<![0-9A-Za-z])([0-9]{1,12})-([0-9a-f]{%d})(?![0-9a-f])" % DIGITS)


def mark(key: bytes, letter: int, message_id: str) -> str:
    """The mark of a letter. `key` is the installation's own."""
    told = f"letter:{letter}:{message_id}".encode()
    return f"{letter}-{hmac.new(key, told, hashlib.sha256).hexdigest()[:DIGITS]}"


def marks_in(content: bytes) -> dict[int, str]:
    """What looks like a mark in a report, by the number of its letter; each must still be compared."""
    return {int(number): f"{int(number)}-{code.decode()}" for number, code in _MARK.findall(content)}


def same(one: str, other: str) -> bool:
    """Whether two marks are the same; how long the answer takes tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def header(of: str) -> bytes:
    """The header line for a mark."""
    return f"{HEADER}: {of}\r\n".encode("ascii")


def return_address(address: str, of: str) -> str:
    """Where reports about a letter go: the address for reports, with the letter's mark (RFC 5233)."""
    to = parse(address)
    return f"{to.local}+{of}@{to.domain}"
