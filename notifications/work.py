"""What letters about a jury's work say, beside the first of each kind (notifications.catalogue)."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from notifications.fields import Data, Link, Number, Said


class Batch(Data):
    """Applications a juror received in one round."""

    round: Said
    count: Number
    deadline: AwareDatetime
    link: Link


class Assignments(Data):
    """A juror received applications to review in several rounds; `count` is how many in all."""

    count: Number
    rounds: list[Batch] = Field(min_length=2)
    link: Link


class ReviewReminderAgain(Data):
    """A juror who was reminded before has reviews that are still open; `unsubscribe` ends such letters."""

    round: Said
    open: Number
    deadline: AwareDatetime
    link: Link
    unsubscribe: Link


class Silent(Data):
    """A juror who did not answer the last reminder, and how many reviews are open."""

    name: Said
    open: Number


class ReviewsSilent(Data):
    """Jurors of a round did not answer their last reminder; `count` reviews hang on them."""

    round: Said
    count: Number
    jurors: list[Silent] = Field(min_length=1)
    link: Link
