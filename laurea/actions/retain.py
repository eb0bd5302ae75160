"""How long an office keeps what: set, listed when it is due, confirmed, and done in pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from evaluators.personal import LONGEST_DAYS, PEOPLE, ROWS, SETTABLE, Keep, Policy, Reason, cutoffs
from laurea import forgetting, ledger
from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import CLOCK, Event
from laurea.settings import Settings
from laurea.store import erasing, keeping, retention, rounds
from laurea.store.engine import reading, writing
from laurea.store.retention import Listing

EVERY = timedelta(days=1)
AT_ONCE, ROWS_AT_ONCE = 100, 1_000  # people and rows that one transaction empties


def set_days(
    engine: Engine,
    authority_id: int,
    keep: str,
    *,
    days: int | None,
    by_clock: bool,
    version: int,
    actor: ledger.Actor,
    now: datetime,
) -> None:
    """Say how long an office keeps a class, and whether the clock may erase what is due without an officer's word.

    Raises BadInput for a class or a number that is none, Conflict where somebody set it meanwhile.
    """
    if keep not in set(SETTABLE):
        raise BadInput("There is no such class.", remedy="Choose one of the list.")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise BadInput("This is no number of days.", remedy="Give a whole number from 1 on, or nothing.")
    with writing(engine) as connection:
        new = Policy(days, by_clock and days is not None, version)
        if not retention.set_policy(connection, authority_id, Keep(keep), new, actor.person_id, now):
            raise Conflict("Somebody set it meanwhile.", "Look at it again, then repeat it.")
        ledger.record(
            connection, authority_id=authority_id, actor=actor, event=Event.RETENTION_SET,
            subject=f"authority:{authority_id}", now=now, details={"keep": keep, "days": days, "by_clock": by_clock},
        )  # fmt: skip


def due(
    connection: Connection, authority_id: int, now: datetime, settings: Settings
) -> dict[Keep, tuple[datetime, int]]:
    """What is due of an office by what it has set: by class the moment and how many; a question or a few a class."""
    found = {}
    for keep, before in cutoffs(retention.policies(connection, authority_id), now).items():
        count = _count(connection, authority_id, keep, before, now, settings)
        if count:
            found[keep] = (before, count)
    return found


def _count(
    connection: Connection, authority_id: int, keep: Keep, before: datetime, now: datetime, settings: Settings
) -> int:
    if keep in PEOPLE:
        return len(_people(connection, authority_id, keep, before, now))
    if keep in ROWS:
        return retention.count(connection, authority_id, keep, before)
    return sum(1 for _ in old_files(connection, settings, authority_id, before))


def _people(connection: Connection, authority_id: int, keep: Keep, before: datetime, now: datetime) -> list[int]:
    role = "juror" if keep is Keep.JURORS else "applicant"
    return erasing.people_due(connection, authority_id, role, keep is Keep.HOLDERS, before, now)


def old_files(connection: Connection, settings: Settings, authority_id: int, before: datetime) -> Iterator[Path]:
    """Log files that nobody has written to since; of the whole installation, so that every office must have said so."""
    others = [one.id for one in rounds.authorities(connection) if one.id != authority_id]
    for one in others:
        policy = retention.policies(connection, one).get(Keep.LOGS)
        if policy is None or policy.days is None:
            return
    for path in sorted((settings.workspace / "logs").glob("*.log*")):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path


def waiting(engine: Engine, now: datetime) -> list[int]:
    """The offices whose day has no list yet; none for those that have set nothing."""
    with reading(engine) as connection:
        made = {one: retention.last_list(connection, one) for one in retention.offices(connection)}
    return [one for one, at in made.items() if at is None or now - at >= EVERY]


def awaited(engine: Engine, now: datetime) -> bool:
    """Whether the clock has anything to list or to do."""
    return bool(waiting(engine, now) or confirmed(engine))


def keep_house(engine: Engine, *, settings: Settings, now: datetime) -> int:
    """The clock's part: the day's lists, then everything that is confirmed; of how many offices."""
    listed = waiting(engine, now)
    for one in listed:
        write_list(engine, one, settings=settings, now=now)
    done = confirmed(engine)
    for one in done:
        carry_out(engine, one, settings=settings, now=now)
    return len({*listed, *done})


def write_list(
    engine: Engine, authority_id: int, *, settings: Settings, actor: ledger.Actor = CLOCK, now: datetime
) -> Listing | None:
    """Write down what is due of an office, to be looked at before it is done; None where nothing is.

    Where the office lets the clock erase every class of it, the list is confirmed with that.
    """
    with writing(engine) as connection:
        found = due(connection, authority_id, now, settings)
        retention.add_list(connection, authority_id, found, now)
        (made,) = retention.lists(connection, authority_id, limit=1)
        if not found:
            retention.settle(connection, made, state="done", done_at=now)
            return None
        ledger.record(
            connection, authority_id=authority_id, actor=actor, event=Event.ERASURE_LISTED,
            subject=f"authority:{authority_id}", now=now, details={keep.value: n for keep, (_, n) in found.items()},
        )  # fmt: skip
        allowed = retention.policies(connection, authority_id)
        if actor == CLOCK and all(allowed[keep].by_clock for keep in found):
            retention.settle(connection, made, state="confirmed", settled_at=now)
        return retention.lists(connection, authority_id, limit=1)[0]


def confirm(
    engine: Engine, authority_id: int, list_id: int, version: int, *, actor: ledger.Actor, now: datetime
) -> None:
    """Say that a list may be done. Raises NotFound where it does not wait, Conflict where it was settled meanwhile."""
    with writing(engine) as connection:
        one = next((x for x in retention.lists(connection, authority_id, "waiting") if x.id == list_id), None)
        if one is None:
            raise NotFound("No such list waits.", "Look at the newest.")
        settled = {"state": "confirmed", "settled_by": actor.person_id, "settled_at": now}
        if one.version != version or not retention.settle(connection, one, **settled):
            raise Conflict("The list was settled meanwhile.", "Look at it again.")
        ledger.record(
            connection, authority_id=authority_id, actor=actor, event=Event.ERASURE_CONFIRMED,
            subject=f"authority:{authority_id}", now=now, details={"list": list_id},
        )  # fmt: skip


def confirmed(engine: Engine) -> list[int]:
    """The offices with a confirmed list that is not done yet."""
    with reading(engine) as connection:
        return [one for one in retention.offices(connection) if retention.lists(connection, one, "confirmed")]


def carry_out(engine: Engine, authority_id: int, *, settings: Settings, now: datetime) -> dict[str, int]:
    """Do what confirmed lists of an office say, a piece a transaction; how much of each class.

    Whoever is needed again meanwhile is left. Ended in the middle, it goes on where it stood when it is called again.
    """
    total: Counter[str] = Counter()
    with reading(engine) as connection:
        lists = retention.lists(connection, authority_id, "confirmed")
    for one in reversed(lists):
        done: Counter[str] = Counter()
        # Rows of their own time first: an anonymous person takes theirs along, and the list counted them there.
        for name, (before, _) in sorted(one.due.items(), key=lambda due: Keep(due[0]) in PEOPLE):
            done[name] = _do(engine, authority_id, Keep(name), before, settings=settings, now=now)
        with writing(engine) as connection:
            if retention.settle(connection, one, state="done", done=dict(done), done_at=now):
                ledger.record(
                    connection, authority_id=authority_id, actor=CLOCK, event=Event.ERASURE_DONE,
                    subject=f"authority:{authority_id}", now=now, details={"list": one.id} | dict(done),
                )  # fmt: skip
        total += done
    return dict(total)


def _do(engine: Engine, authority_id: int, keep: Keep, before: datetime, *, settings: Settings, now: datetime) -> int:
    if keep is Keep.LOGS:
        with reading(engine) as connection:
            paths = list(old_files(connection, settings, authority_id, before))
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)
    changed = 0
    while True:
        with writing(engine) as connection:
            if keep in PEOPLE:
                people = _people(connection, authority_id, keep, before, now)[:AT_ONCE]
                erasing.hold(connection, people)
                needed = erasing.needed(connection, people, now)  # again: somebody may just have begun a draft
                people = [one for one in people if one not in needed]
                letters: list[str] = []
                if people:
                    erased = forgetting.forget(
                        connection, people, authority_id=authority_id, reason=Reason.ENDED, actor=CLOCK, now=now
                    )
                    letters = erased.letters
                some = len(people)
            else:
                some, letters = retention.empty(connection, authority_id, keep, before, ROWS_AT_ONCE)
                if keep is Keep.EVIDENCE:
                    keeping.drop_unused(connection)
        forgetting.throw_away(settings, letters)
        if not some:
            return changed
        changed += some
