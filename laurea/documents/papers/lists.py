"""Sheets that go with an award: address labels for its parcels, and what a ceremony announces. Values in, a PDF out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from laurea.documents.papers.apart import draw
from laurea.documents.papers.engine import HERE, plain
from laurea.documents.papers.words import COLOUR
from notifications.catalogues import translator
from notifications.dates import moment

A_SHEET = 14  # labels


@dataclass(frozen=True)
class AddressLabel:
    """An address line by line, and the small mark that tells which parcel it is for."""

    lines: Sequence[str]
    ref: str


@dataclass(frozen=True)
class Row:
    """One award as it is announced; `people`: how many come with the holder, None where nobody knows."""

    region: str
    holder: str
    sounds: str
    of: Sequence[str]
    people: int | None


def address_asked(language: str) -> str:
    """What a holder is asked for where nobody knows where to send their parcel."""
    _ = translator(language, "laurea").gettext
    return _("The postal address for the parcel with your award")


def labels(addresses: Sequence[AddressLabel], authority: str, language: str, *, on: date, skip: int = 0) -> bytes:
    """Address labels on sheets of fourteen, made `on` a day; the first `skip` places of the first sheet stay empty.

    Raises NoSuchSign for a sign no font has.
    """
    _ = translator(language, "laurea").gettext
    values: dict[str, Any] = {
        "language": language, "colour": COLOUR, "authority": plain(authority), "heading": _("Address labels"),
        "skip": skip % A_SHEET, "dated": _dated(on),
        "labels": [{"lines": [plain(line) for line in one.lines], "ref": plain(one.ref)} for one in addresses],
    }  # fmt: skip
    return draw(HERE / "labels.typ", values)


def announcements(
    rows: Sequence[Row], *, title: str, begins: datetime, timezone: str, place: str, authority: str, language: str,
    on: date,
) -> bytes:  # fmt: skip
    """What a ceremony announces, as `rows` are ordered: each region under its name. Raises NoSuchSign as above."""
    _ = translator(language, "laurea").gettext
    numbered = list(enumerate(rows, 1))
    values: dict[str, Any] = {
        "language": language, "colour": COLOUR, "authority": plain(authority), "title": plain(title),
        "dated": _dated(on), "when": moment(begins, timezone, language), "place": plain(place),
        "words": {
            "heading": _("Order of the ceremony"), "name": _("Name"), "people": _("Come"),
            "none": _("No award to announce."),
        },
        "regions": [
            {
                "name": plain(region) or _("Region not stated"),
                "rows": [
                    {
                        "number": str(number), "holder": plain(one.holder), "of": [plain(part) for part in one.of],
                        "sounds": _("read: {sound}").format(sound=plain(one.sounds)) if one.sounds.strip() else "",
                        "people": "?" if one.people is None else str(one.people),
                    }
                    for number, one in group
                ],
            }
            for region, group in groupby(numbered, lambda pair: pair[1].region)
        ],
    }  # fmt: skip
    return draw(HERE / "announcements.typ", values)


def _dated(on: date) -> dict[str, int]:
    return {"year": on.year, "month": on.month, "day": on.day}
