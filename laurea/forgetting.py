"""Making people anonymous, whoever wants it: the records, the audit's lines and letters that lie about as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from evaluators.personal import Reason, resting
from laurea import ledger
from laurea.settings import Settings
from laurea.statute import plan_of
from laurea.store import erasing, rounds
from notifications.files import FileRelay

if TYPE_CHECKING:
    from sqlalchemy import Connection


def forget(
    connection: Connection,
    people: Sequence[int],
    *,
    authority_id: int,
    reason: Reason,
    actor: ledger.Actor,
    now: datetime,
) -> erasing.Erased:
    """Make people of an office anonymous. The audit says of each that it was done, and of each of their rounds which
    applications it was: so a bundle of the round tells what of it was taken out.
    """

    @cache
    def named(round_id: int) -> frozenset[str]:
        return resting(plan_of(connection, rounds.round_by_id(connection, round_id)))

    done = erasing.erase(connection, people, named, now)
    lines = [(one, rounds.round_by_id(connection, one).authority_id) for one in sorted(done.applications)]
    ledger.hold(connection, [(authority_id, None), *((authority, one) for one, authority in lines)])
    about: dict[str, object] = {"reason": reason.value, "rows": dict(done.counts)}
    subject = f"person:{people[0]}"
    if len(people) > 1:
        subject, about["people"] = f"authority:{authority_id}", list(people)
    ledger.record(
        connection, authority_id=authority_id, actor=actor, event=ledger.Event.PERSON_ERASED, subject=subject, now=now,
        details=about,
    )  # fmt: skip
    for one, authority in lines:
        ledger.record(
            connection, authority_id=authority, round_id=one, actor=actor, event=ledger.Event.APPLICATIONS_STRIPPED,
            subject=f"round:{one}", now=now, details={"applications": done.applications[one], "reason": reason.value},
        )  # fmt: skip
    return done


def throw_away(settings: Settings, letters: Iterable[str]) -> int:
    """Take away letters that were written to files instead of being sent, by their Message-ID; how many."""
    relay, gone = FileRelay(settings.workspace / "outbox"), 0
    for one in letters:
        path = relay.path_of(one)
        if path.exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
