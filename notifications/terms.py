"""The data of letters to the holder of an award with a term."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from notifications.fields import Data, Link, Number, Perhaps, Said


class Outlook(Data):
    """What the holder of an award can do for its renewal: how it looks by what is known, and which round there is.

    `finding`: pass, missing (see `missing`, only what they can change) or "" where nothing can be said. With
    `round_until` the round takes applications now, with `round_from` from then on; neither: no round is known.
    """

    finding: Literal["pass", "missing", ""] = ""
    missing: list[Said] = Field(default_factory=list)
    round: Perhaps = ""
    round_from: AwareDatetime | None = None
    round_until: AwareDatetime | None = None


class Renewal(Outlook):
    """A label or status ends on `valid_until`; its renewal opens on `opens`."""

    title: Said
    holder: Said
    valid_until: date
    opens: date
    link: Link


class RenewalReminder(Outlook):
    """A label or status ends in so many `days`, and nobody has applied for its renewal."""

    title: Said
    holder: Said
    valid_until: date
    days: Number
    link: Link


class Grace(Outlook):
    """The term of a label or status is over; its rules keep it until `grace_until`."""

    title: Said
    holder: Said
    valid_until: date
    grace_until: date
    link: Link


class Milestone(Data):
    """A day comes up that the rules name for a label or status; `says` is what they say of it."""

    title: Said
    holder: Said
    says: Said
    on: date
    link: Link


class Extended(Data):
    """The authority gave a label or status another term, and says why."""

    title: Said
    holder: Said
    was_until: date | None = None
    valid_until: date
    grace_until: date | None = None
    opens: date | None = None
    reason: Said
    link: Link


class Withdrawn(Data):
    """The authority withdrew a label or status, and says why; `contact` is its address."""

    title: Said
    holder: Said
    withdrawn_on: date
    reason: Said
    contact: Perhaps = ""


class Lapsed(Data):
    """A label or status has ended."""

    title: Said
    holder: Said
    valid_until: date
