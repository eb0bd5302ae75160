"""A ceremony as an entry for calendars: iCalendar (RFC 5545), published or cancelled (RFC 5546).

Hours are written in UTC, so that no zone need be described and none can be misread; the zone's own hour stands in the
text. The same entry keeps its UID for ever and counts its changes in SEQUENCE: a calendar replaces what it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

LINE = 75  # octets of one line, RFC 5545 3.1


@dataclass(frozen=True)
class Entry:
    """What a calendar is told. `changed` is when this version was made; `organiser` a name and an address."""

    uid: str
    sequence: int
    title: str
    place: str
    says: str
    link: str
    begins: datetime
    ends: datetime
    changed: datetime
    organiser: tuple[str, str]
    cancelled: bool = False


def calendar(entry: Entry) -> str:
    """The text of the entry's file."""
    name, address = entry.organiser
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Laurea//Ceremonies//EN",
        f"METHOD:{'CANCEL' if entry.cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_moment(entry.changed)}",
        f"DTSTART:{_moment(entry.begins)}",
        f"DTEND:{_moment(entry.ends)}",
        f"SUMMARY:{_text(entry.title)}",
        f"LOCATION:{_text(entry.place)}",
        f"DESCRIPTION:{_text(entry.says)}",
        f"URL:{entry.link}",
        f"ORGANIZER;CN={_parameter(name)}:mailto:{address}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A text as a value: line ends, commas and semicolons escaped, other control characters left out."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(sign if sign >= " " and sign != "\x7f" else "\\n" if sign == "\n" else "" for sign in value)


def _parameter(value: str) -> str:
    """A text as a quoted parameter, which knows no escape: what would end it is left out."""
    return '"' + "".join(sign for sign in value if sign >= " " and sign not in '"\x7f') + '"'


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, cut between characters."""
    pieces, piece, room = [], "", LINE
    for sign in line:
        if len(piece.encode()) + len(sign.encode()) > room:
            pieces.append(piece)
            piece, room = "", LINE - 1  # the space that begins it counts
        piece += sign
    return "\r\n ".join([*pieces, piece])
