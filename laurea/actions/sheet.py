"""A juror's deeds at the score sheet: declare, save, submit, skip, restore, reopen, hand back, abstain.

Each is one transaction with its audit line. A sheet that is not the person's, was handed back or meets
a conflict does not exist for that person (`NotFound`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from evaluators import marks as mark_rules
from evaluators.permissions import Deed
from laurea import marking
from laurea.errors import BadInput, NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.marking import Draft, Saved
from laurea.statute import plan_for
from laurea.store import pages_own_sheets, pages_sheet, panels, rounds, sheet_states
from laurea.store.engine import writing
from laurea.store.sheet_states import SheetState

LONGEST_REASON = 2_000
CONFLICT_KINDS = ("own_school", "own_project", "own_region", "family", "other")


def declare(
    engine: Engine, *, person_id: int, assignment_id: int, kind: str | None, note: str = "", now: datetime
) -> str:
    """Declare a conflict of `kind`, or with None that there is none. Gives the code of the round."""
    if kind is not None and kind not in CONFLICT_KINDS:
        raise BadInput("This kind of conflict is not known.", remedy="Choose one of the list.")
    with writing(engine) as connection:
        desk = _desk(connection, person_id, assignment_id, Deed.DECLARE, now)
        if kind is None:
            if _no_conflict(connection, desk, now):
                _audit(connection, desk, person_id, Event.NO_CONFLICT_DECLARED, now, {})
        else:
            _must_be_undecided(connection, desk)
            pages_sheet.add_conflict(connection, desk, kind, note.strip()[:2000], now)
            panels.end(connection, desk.assignment_id, "conflict", "", now)
            _audit(connection, desk, person_id, Event.CONFLICT_DECLARED, now, {"kind": kind})
    return desk.code


def declare_none(engine: Engine, *, person_id: int, assignment_ids: Sequence[int], now: datetime) -> int:
    """Declare that there is no conflict with any of these assignments; how many sheets it opened."""
    opened = []
    with writing(engine) as connection:
        for assignment_id in assignment_ids:
            desk = _desk(connection, person_id, assignment_id, Deed.DECLARE, now)
            if _no_conflict(connection, desk, now):
                opened.append(desk)
        for desk in opened:  # when all are open: whoever plans anew holds the others and waits for the lines
            _audit(connection, desk, person_id, Event.NO_CONFLICT_DECLARED, now, {})
    return len(opened)


def _no_conflict(connection: Connection, desk: SheetState, now: datetime) -> bool:
    if not desk.declared:
        pages_sheet.open_sheet(connection, desk, now)
    return not desk.declared


def save_sheet(
    engine: Engine,
    *,
    person_id: int,
    assignment_id: int,
    marks: Mapping[str, str],
    comment: str,
    version: int,
    now: datetime,
    over: bool = False,
) -> Saved:
    """Save a draft. Raises `Elsewhere` when the sheet no longer is at `version`; nothing is then changed.

    Marks that cannot stand (off the scale) are left out and named in `problems`.
    """
    with writing(engine) as connection:
        return marking.save(connection, Draft(person_id, assignment_id, marks, comment, version, now, over))


def save_sheets(engine: Engine, drafts: Sequence[Draft]) -> list[Saved | Exception]:
    """Save what many jurors sent in the same moment, in one transaction: for each what came of it, or the error that
    it would have met alone. Nobody's draft hangs on another's: where the records refuse one of them, all is undone and
    each is saved by itself. Of one sheet, the one sent first is saved first.
    """
    found: dict[int, Saved | Exception] = {}
    left = dict(enumerate(drafts))
    while left:
        lot = {one.assignment_id: number for number, one in reversed(left.items())}.values()
        some = {number: left.pop(number) for number in sorted(lot)}
        found |= zip(some, _save_lot(engine, list(some.values())), strict=True)
    return [found[number] for number in range(len(drafts))]


def _save_lot(engine: Engine, drafts: list[Draft]) -> Sequence[Saved | Exception]:
    """Drafts of different sheets. A database that is away is so for all of them."""
    try:
        with writing(engine) as connection:
            return marking.save_all(connection, drafts)
    except Exception as error:  # noqa: BLE001 - whatever it was, it must be one draft's alone
        if len(drafts) == 1 or isinstance(error, OperationalError):
            return [error] * len(drafts)
    return [_save_lot(engine, [one])[0] for one in drafts]


def submit_sheet(
    engine: Engine,
    *,
    person_id: int,
    assignment_id: int,
    marks: Mapping[str, str],
    comment: str,
    version: int,
    now: datetime,
) -> Saved:
    """Save and finish a sheet. With a mark missing or wrong the draft is saved, and `problems` says what to do."""
    with writing(engine) as connection:
        done = sheet_states.state(connection, person_id, assignment_id)
        if done is not None and done.state == "submitted" and done.marks == dict(marks) and done.comment == comment:
            plan = plan_for(connection, done.rule_set, done.policies, done.parameters)
            return Saved(done, plan, done.marks, done.comment, done.version, done.saved_at or now, ())
        draft = Draft(person_id, assignment_id, marks, comment, version, now, over=True)
        saved = marking.save(connection, draft)
        problems = saved.problems or tuple(mark_rules.problems(saved.plan, saved.marks, complete=True))
        if problems:
            return replace(saved, problems=problems)
        if not saved.changed:  # a saving under way in another window must not match any more
            saved = replace(saved, version=saved.version + 1)
        pages_sheet.submit(connection, saved.desk, saved.version, now)
        _audit(connection, saved.desk, person_id, Event.SHEET_SUBMITTED, now, {"version": saved.version})
    return saved


def skip(
    engine: Engine,
    *,
    person_id: int,
    assignment_id: int,
    now: datetime,
    marks: Mapping[str, str] | None = None,
    comment: str = "",
    version: int = -1,
) -> str:
    """Send an application to the back of the queue. Gives the code of the round.

    With `marks`, what was typed is saved first; raises `Elsewhere` like `save_sheet`, and nothing is then changed.
    """
    with writing(engine) as connection:
        desk = _desk(connection, person_id, assignment_id, Deed.SKIP, now)
        if marks is not None:
            marking.save(connection, Draft(person_id, assignment_id, marks, comment, version, now))
        pages_sheet.skip(connection, assignment_id, now)
    return desk.code


def restore(engine: Engine, *, person_id: int, assignment_id: int, number: int, version: int, now: datetime) -> Saved:
    """Let an earlier version stand again, as a new one; what stood until now is kept among the earlier ones.

    `number` is the earlier version, `version` the one the juror saw standing. Raises `Elsewhere` when the sheet moved
    on meanwhile, and NotFound where no such version was kept.
    """
    with writing(engine) as connection:
        desk = _desk(connection, person_id, assignment_id, Deed.MARK, now)
        kept = pages_own_sheets.versions(connection, desk.sheet_id) if desk.sheet_id is not None else []
        earlier = next((one for one in kept if one.number == number), None)
        if earlier is None:
            raise NotFound("There is no such page.")
        draft = Draft(person_id, assignment_id, earlier.marks, earlier.comment, version, now, over=True)
        saved = marking.save(connection, draft)
        if saved.version != desk.version:
            _audit(connection, desk, person_id, Event.SHEET_RESTORED, now, {"from": number, "version": saved.version})
    return saved


def reopen(engine: Engine, *, person_id: int, assignment_id: int, now: datetime) -> None:
    """Take a submitted sheet back: it no longer counts until it is submitted again.

    Refused once others work on it: a further juror was asked because of it, or the jury's joint sheet is begun.
    """
    with writing(engine) as connection:
        desk = _desk(connection, person_id, assignment_id, Deed.MARK, now)
        if desk.state != "submitted":
            return
        _must_be_undecided(connection, desk)
        jury = plan_for(connection, desk.rule_set, desk.policies, desk.parameters).jury
        further = jury is not None and panels.live(connection, desk.application_id) > jury.reviews
        if further or panels.joint_sheets(connection, desk.round_id, desk.application_id):
            raise NotNow(
                "This score sheet has been taken up and stays as it is.",
                "Ask the officer of the round if something in it is wrong.",
            )
        if desk.kept_version != desk.version:
            pages_sheet.keep_versions(connection, [desk])  # what was submitted can always be found again
        pages_sheet.reopen(connection, assignment_id, now)
        _audit(connection, desk, person_id, Event.SHEET_REOPENED, now, {"version": desk.version})


def hand_back(
    engine: Engine, *, person_id: int, assignment_id: int, reason: str, abstains: bool = False, now: datetime
) -> str:
    """Give an application back without a conflict, or abstain from judging it after reading it: with a reason.

    It counts as no sheet, and another juror is asked. A sheet that was begun is kept and counts no more. Gives the
    code of the round.
    """
    reason = reason.strip()
    if not reason:
        raise BadInput("A reason is missing.", remedy="Say in a few words why, for the office.")
    if len(reason) > LONGEST_REASON:
        raise BadInput("The reason is too long.", remedy="Shorten it to 2,000 characters.")
    with writing(engine) as connection:
        desk = _desk(connection, person_id, assignment_id, Deed.HAND_BACK, now)
        if desk.state == "submitted":
            raise NotNow("This score sheet is submitted.", "Open it again if you want to change it.")
        if abstains and not desk.declared:
            raise NotNow("You have not opened this application yet.", "Hand it back if you cannot review it.")
        panels.end(connection, assignment_id, "abstained" if abstains else "returned", reason, now)
        _audit(connection, desk, person_id, Event.ABSTAINED if abstains else Event.REVIEW_RETURNED, now, {})
    return desk.code


def _desk(connection: Connection, person_id: int, assignment_id: int, deed: Deed, now: datetime) -> SheetState:
    return marking.state_for(sheet_states.state(connection, person_id, assignment_id), deed, now)


def _must_be_undecided(connection: Connection, desk: SheetState) -> None:
    """What a submitted sheet says may be taken away until decisions are proposed from it, and not meanwhile."""
    if not rounds.undecided(connection, desk.round_id):
        raise marking.over()


def _audit(
    connection: Connection, desk: SheetState, person_id: int, event: Event, now: datetime, details: dict[str, str | int]
) -> None:
    record(
        connection,
        authority_id=desk.authority_id,
        actor=Actor.person(person_id),
        event=event,
        subject=f"assignment:{desk.assignment_id}",
        now=now,
        round_id=desk.round_id,
        details=dict(details),
    )
