"""What the letters about a ceremony need."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from notifications.fields import Data, Link, Said


class Ceremony(Data):
    """Somebody who holds a label is invited to a ceremony, or told that it changed or does not take place."""

    round: Said
    ceremony: Said
    place: Said
    begins: AwareDatetime
    programme: list[Said] = Field(default_factory=list)  # by line
    until: AwareDatetime  # for the answer
    state: Literal["invited", "changed", "cancelled"]
    link: Link
    calendar: Link
