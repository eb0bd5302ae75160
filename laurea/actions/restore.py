"""Let the score sheets, assignments or proposed decisions of a round stand again as they did at an earlier moment.

A deed on top of all others: nothing is erased, what stood until now is kept with the rest, and can be restored in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from laurea import deliberation, ledger, letters, restoring, routing, statute
from laurea.errors import BadInput, Conflict
from laurea.restoring import ASSIGNMENTS, DECISIONS, HANDED_BACK, NONE, SHEETS, Change, Preview
from laurea.settings import Settings
from laurea.store import applications, juries, plans, rounds
from laurea.store import restoring as kept
from laurea.store.engine import reading, writing
from notifications.compose import Letter

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.restoring import Review
    from laurea.store.rounds import RoundRecord

LONGEST_REASON = 2_000
ENDED = "restored"
"""Why a review is handed back that stood at no juror at the moment that was restored."""


def preview(
    engine: Engine, round_id: int, *, at: datetime, kinds: Collection[str], some: Collection[str] = (), now: datetime
) -> Preview:
    """What restoring would change; nothing is written. Raises as `laurea.restoring.look`."""
    with reading(engine) as connection:
        return restoring.look(connection, rounds.round_by_id(connection, round_id), at, kinds, some, now)


def restore(
    engine: Engine,
    round_id: int,
    *,
    at: datetime,
    kinds: Collection[str],
    some: Collection[str] = (),
    reason: str,
    expected: str = "",
    actor: ledger.Actor,
    settings: Settings,
    now: datetime,
) -> Preview:
    """Restore what the preview told, in one transaction, with who, when and why; what was changed.

    `expected` is the digest of what was looked at: Conflict where something changed since, and nothing is kept.
    Proposed decisions that rest on changed marks or reviews are taken back and proposed anew; where decisions of the
    moment are restored they must follow from the papers as they then stand (NotNow otherwise). Jurors are told once of
    reviews that are theirs again, or no longer. From then on the officer routes: the clock would undo it.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise BadInput("It is not said why this is restored.", remedy="Write a few words, at most 2,000 characters.")
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        found = restoring.look(connection, record, at, kinds, some, now)
        if expected and expected != found.digest:
            raise Conflict("Something has changed since you looked at it; nothing was restored.", "Look at it again.")
        if not found.can:
            raise BadInput("Nothing would stand otherwise.", remedy="Choose another moment, or other things.")
        values: dict[str, Any] = {}
        by_kind = {kind: [one for one in found.can if one.kind == kind] for kind in restoring.KINDS}
        proposed = kept.decisions_at(connection, round_id) if record.proposed_at is not None else {}
        touched = sorted({one.pair[0] for one in by_kind[ASSIGNMENTS] + by_kind[SHEETS]})
        post = _reviews(connection, record, by_kind[ASSIGNMENTS], settings, now)
        _sheets(connection, by_kind[SHEETS], now)
        if touched:
            kept.drop_decisions(connection, touched, now)
            values |= {"proposed_at": None, "digest": None}
        if by_kind[ASSIGNMENTS]:
            values["routed_by_hand"] = True
        if DECISIONS in kinds:
            values |= _decisions(connection, record, proposed, by_kind[DECISIONS], at, actor, now)
        rounds.change_round(connection, record, **values)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        changed = {kind: len(some_) for kind, some_ in by_kind.items() if some_}
        kept.add_restoration(
            connection, authority_id=record.authority_id, round_id=round_id, moment=at, kinds=list(found.kinds),
            changed=changed, reason=reason, restored_by=actor.person_id, restored_at=now,
        )  # fmt: skip
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.ROUND_RESTORED, now=now,
            details={"moment": at.isoformat(), "looked_at": found.digest, "changed": changed}
            | {kind: _names(some_) for kind, some_ in by_kind.items() if some_},
        )  # fmt: skip
    return found


def _names(changes: list[Change]) -> list[Any]:
    """What was changed, by the numbers of the records: reviews by application and juror, decisions by application."""
    return [one.pair[0] if one.kind == DECISIONS else list(one.pair) for one in changes]


def _reviews(
    connection: Connection, record: RoundRecord, changes: list[Change], settings: Settings, now: datetime
) -> list[Letter]:
    """Give reviews back and take others away; a letter to each juror about what is theirs again, or no longer."""
    new: dict[int, list[int]] = defaultdict(list)
    lost: dict[int, list[int]] = defaultdict(list)
    until = deliberation.until(record, settings.review_days, now)
    unbegun, add = [], []
    for one in changes:
        application, juror = one.pair
        assert juror is not None
        state = one.then["state"]
        if state in (NONE, HANDED_BACK):
            assert one.stands is not None
            lost[juror].append(application)
            if one.sheet is None and state == NONE:
                unbegun.append(one.stands.id)
            else:
                _set_review(connection, one.stands, HANDED_BACK, ENDED, now)
            continue
        assert one.review is not None
        if state != "submitted":
            new[juror].append(application)
        if one.stands is None:
            add.append((application, juror, one.review.quality))
        else:
            opened = "draft" if state == "open" and one.sheet is not None else str(state)
            _set_review(connection, one.stands, opened, None, now)
    if not plans.take_back(connection, unbegun, now):
        raise Conflict("A review was begun a moment ago; nothing was restored.", "Look at it again.")
    juries.add_assignments(connection, routing.new_reviews(record, add, now, until))
    desk = letters.Desk.of(connection, record, settings, now)
    names = {one.id: one.unit_name or one.ref for one in applications.load(connection, record.id)} if lost else {}
    post, batch = [], f"{record.version}-restored"
    for juror_record in juries.jurors(connection, record.id) if new or lost else []:
        if mine := new.get(juror_record.id):
            post.append(letters.assignment(desk, juror_record, mine, batch, until=until))
        if gone := lost.get(juror_record.id):
            titles = sorted(names[application] for application in gone)
            post.append(letters.reviews_withdrawn(desk, juror_record, titles, batch))
    return post


def _sheets(connection: Connection, changes: list[Change], now: datetime) -> None:
    for one in changes:
        assert one.sheet is not None
        assert one.stands is not None
        if not kept.set_sheet(connection, one.sheet, *one.content, now):
            raise _changed()
        state = one.then.get("state")
        if state and one.stands.state != HANDED_BACK:
            _set_review(connection, one.stands, state, None, now)


def _changed() -> Conflict:
    """What is told where a juror was quicker."""
    return Conflict("A score sheet was changed a moment ago; nothing was restored.", "Look at it again.")


def _set_review(connection: Connection, review: Review, state: str, ended: str | None, now: datetime) -> None:
    if not kept.set_review(connection, review, state, ended, now):
        raise _changed()


def _decisions(
    connection: Connection, record: RoundRecord, proposed: dict[int, dict[str, Any]], changes: list[Change],
    at: datetime, actor: ledger.Actor, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Write the proposals of the moment in place of those that stand; what of the round changes with them."""
    stood = kept.decisions_at(connection, record.id, at)
    chosen = {one.pair[0] for one in changes}
    wanted = {number: one for number, one in proposed.items() if number not in chosen}
    wanted |= {number: stood[number] for number in chosen if number in stood}
    if not wanted:  # nothing was proposed then: as when a fact is amended, it is proposed anew when its time comes
        return {"proposed_at": None, "digest": None}
    digest = restoring.follow(connection, record, statute.plan_of(connection, record), wanted)
    standing = kept.decisions_at(connection, record.id)
    anew = sorted(number for number in wanted.keys() | standing.keys() if wanted.get(number) != standing.get(number))
    kept.drop_decisions(connection, anew, now)
    kept.put_decisions(
        connection, record.authority_id, record.id, [wanted[number] for number in anew if number in wanted], now
    )
    told = {"decisions": len(wanted), "granted": sum(bool(one["granted"]) for one in wanted.values()), "digest": digest}
    ledger.record_of(
        connection, record, actor=actor, event=ledger.Event.DECISIONS_PROPOSED, now=now, details=told
    )  # fmt: skip
    return {"proposed_at": now, "digest": digest}
