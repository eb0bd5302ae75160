"""A juror's marks on their way into the records: what a draft must keep to, and what comes of many at once.

Everything here happens inside the caller's transaction. A sheet that is not the person's, was handed back or meets a
conflict does not exist for that person (`NotFound`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from evaluators import marks as mark_rules
from evaluators.marks import MarkProblem
from evaluators.permissions import Deed, Role, may
from laurea import entering
from laurea.entering import Signed, Stranger
from laurea.errors import BadInput, Conflict, LaureaError, NotFound, NotNow, Refusal
from laurea.statute import plan_for
from laurea.store import pages_sheet, sheet_states
from laurea.store.pages_sheet import Change
from laurea.store.sheet_states import SheetState
from rules.plan import Plan

KEEP_EVERY = timedelta(seconds=60)
LONGEST_COMMENT = 20_000


@dataclass(frozen=True)
class Draft:
    """A sheet as somebody sent it, over the `version` they saw.

    `over` says that the juror saw another window's text and wants this one instead; the other stays among the
    earlier versions. `signed`: who sent it was not asked of the records yet, and is where the draft is saved.
    """

    person_id: int
    assignment_id: int
    marks: Mapping[str, str]
    comment: str
    version: int
    now: datetime
    over: bool = False
    signed: Signed | None = None


@dataclass(frozen=True)
class Saved:
    """A sheet as it now stands. `problems` are marks that could not be kept; all others were."""

    desk: SheetState
    plan: Plan
    marks: dict[str, str]
    comment: str
    version: int
    saved_at: datetime
    problems: tuple[MarkProblem, ...]

    @property
    def changed(self) -> bool:
        """Whether it says something else than before."""
        return self.version != self.desk.version


class Elsewhere(Conflict):
    """The sheet was changed in another window; `theirs` is what stands in the records."""

    def __init__(self, theirs: SheetState, plan: Plan) -> None:
        super().__init__(
            "This sheet was changed in another window.", "Your text is kept here; choose which one is to stand."
        )
        self.theirs = theirs
        self.plan = plan


class Overtaken(Exception):
    """Somebody changed one of several sheets between our look at it and our writing: which one, is found out alone."""


def state_for(state: SheetState | None, deed: Deed, now: datetime) -> SheetState:
    """The sheet, where this deed may be done at it. Raises NotFound and NotNow."""
    if state is None:
        raise NotFound("There is no such page.")
    if not may(Role.JUROR, deed, state.timetable, now):
        raise over()
    return state


def over() -> NotNow:
    """What a juror is told who comes too late."""
    return NotNow("The review period of this round is over.", "Ask the officer of the round if something is missing.")


def save(connection: Connection, draft: Draft) -> Saved:
    """Save one draft. Raises `Elsewhere` when the sheet no longer is at its version; nothing is then changed."""
    (found,) = save_all(connection, [draft])
    if isinstance(found, Saved):
        return found
    raise found


def save_all(connection: Connection, drafts: Sequence[Draft]) -> list[Saved | LaureaError]:
    """Save drafts of different sheets: for each what came of it, or why it was refused, as if it had come alone.

    Raises Overtaken where one of several was overtaken meanwhile; the transaction must then be undone.
    """
    strangers = entering.strangers(connection, [(one.signed, one.now) for one in drafts if one.signed])
    states = sheet_states.found(connection, [(one.person_id, one.assignment_id) for one in drafts])
    found = [
        Stranger() if one.signed in strangers
        else _weighed(connection, states.get((one.person_id, one.assignment_id)), one)
        for one in drafts
    ]  # fmt: skip
    pairs = [(one, draft) for one, draft in zip(found, drafts, strict=True) if isinstance(one, Saved) and one.changed]
    pairs.sort(key=lambda pair: pair[0].desk.assignment_id)  # in one order, so that two portals never wait in a circle
    changes = [Change(one.desk, one.marks, one.comment, one.saved_at) for one, _ in pairs]
    if pages_sheet.change_sheets(connection, changes) != len(changes):
        if len(drafts) > 1:
            raise Overtaken
        ((mine, draft),) = pairs
        theirs = sheet_states.state(connection, draft.person_id, draft.assignment_id)
        return [Elsewhere(theirs or mine.desk, mine.plan)]
    # Only whoever changed a sheet keeps what stood before: two windows at once would both want to.
    pages_sheet.keep_versions(connection, [one.desk for one, draft in pairs if _keeps(one, over=draft.over)])
    return found


def _keeps(one: Saved, *, over: bool) -> bool:
    """Whether what stood before this saving is worth keeping: the juror wants it, or it stood for a while."""
    desk = one.desk
    due = over or desk.kept_at is None or one.saved_at - desk.kept_at >= KEEP_EVERY
    return due and desk.kept_version != desk.version


def _weighed(connection: Connection, state: SheetState | None, draft: Draft) -> Saved | LaureaError:
    """What comes of a draft at this sheet; its version is one higher where there is something to write."""
    try:
        return _weigh(connection, state_for(state, Deed.MARK, draft.now), draft)
    except LaureaError as refusal:
        return refusal


def _weigh(connection: Connection, desk: SheetState, draft: Draft) -> Saved:
    if not desk.declared:
        raise NotFound("There is no such page.")
    if desk.state == "submitted":
        raise NotNow("This score sheet is submitted.", "Open it again if you want to change it.")
    if len(draft.comment) > LONGEST_COMMENT:
        says = f"It has {len(draft.comment)} characters."
        raise BadInput(
            "The comment is too long.", [Refusal("score sheet", None, "comment", says, "Shorten it to 20,000.")]
        )
    plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
    given = {criterion: value.strip() for criterion, value in draft.marks.items() if value.strip()}
    problems = tuple(mark_rules.problems(plan, given, complete=False))
    wrong = {problem.criterion for problem in problems}
    kept = {criterion: value for criterion, value in given.items() if criterion not in wrong}
    if kept == desk.marks and draft.comment == desk.comment:  # the same text from another window loses nothing
        return Saved(desk, plan, kept, draft.comment, desk.version, desk.saved_at or draft.now, problems)
    if desk.version != draft.version:
        raise Elsewhere(desk, plan)
    return Saved(desk, plan, kept, draft.comment, desk.version + 1, draft.now, problems)
