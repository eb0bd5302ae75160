"""Letters about the work of a jury beside the first: several in one, reminders, and what an officer is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from laurea import letters
from laurea.store.juries import JurorRecord
from laurea.store.rounds import RoundRecord
from notifications.compose import Letter, Recipient


@dataclass(frozen=True)
class Batch:
    """New reviews of a juror in one round: how many, until when."""

    desk: letters.Desk
    juror: JurorRecord
    number: int
    until: datetime


def assignments(about: Sequence[Batch], occasion: str) -> Letter:
    """Tell a juror of several rounds in one letter what waits in each; it is the first round's letter."""
    desk, juror = about[0].desk, about[0].juror
    return desk.letter(
        "assignments",
        f"assignments:{juror.person_id}:{occasion}",
        letters.to_juror(juror, desk),
        {
            "count": sum(one.number for one in about),
            "rounds": [
                {
                    "round": one.desk.record.title,
                    "count": one.number,
                    "deadline": one.until.isoformat(),
                    "link": desk.address("juror", one.desk.record.code, "next"),
                }
                for one in about
            ],
            "link": desk.address("juror"),
        },
    )


def reminder_key(record: RoundRecord, juror: JurorRecord, step: str, until: datetime) -> str:
    """The key under which a juror's reminder of one step before one deadline exists once."""
    own = f":{until.astimezone(UTC):%Y%m%dT%H%M%S}" if until != record.review_until else ""
    return f"review_reminder:{record.id}:{juror.id}:{step}{own}"


def review_reminder(
    desk: letters.Desk, juror: JurorRecord, open_reviews: int, step: str, until: datetime, unsubscribe: str = ""
) -> Letter:
    """Remind a juror of what is open until `until`, once per step of the ladder.

    `unsubscribe` is given where it is not the first: its reader may then say that they want no more of them.
    """
    again = {"unsubscribe": desk.address("unsubscribe", unsubscribe)} if unsubscribe else {}
    return desk.letter(
        "review_reminder_again" if unsubscribe else "review_reminder",
        reminder_key(desk.record, juror, step, until),
        letters.to_juror(juror, desk),
        {
            "round": desk.record.title,
            "open": open_reviews,
            "deadline": until.isoformat(),
            "link": desk.address("juror", desk.record.code, "next"),
            **again,
        },
    )


def silent_key(record: RoundRecord, officer: int, until: datetime) -> str:
    """The key under which an officer is told once of the jurors who let one deadline pass in silence."""
    return f"reviews_silent:{record.id}:{officer}:{until.astimezone(UTC):%Y%m%dT%H%M%S}"


def reviews_silent(
    desk: letters.Desk, officer: Recipient, silent: Sequence[tuple[str, int]], until: datetime
) -> Letter:
    """Tell an officer which jurors (name, open reviews) did not answer the last reminder before `until`."""
    return desk.letter(
        "reviews_silent",
        silent_key(desk.record, officer.person_id, until),
        replace(officer, language=desk.language(officer.language)),
        {
            "round": desk.record.title,
            "count": sum(number for _, number in silent),
            "jurors": [{"name": name or "–", "open": number} for name, number in silent],
            "link": desk.address("rounds", desk.record.code, "jurors?show=late"),
        },
    )
