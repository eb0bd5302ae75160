"""What would stand otherwise if a round stood again as at an earlier moment; for the deed and for its preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evaluators import decide, trace
from evaluators.deliberation import Waits, waits
from evaluators.permissions import Deed, Field, Role, may
from laurea import deliberation
from laurea.errors import BadInput, NotFound, NotNow
from laurea.store import juries
from laurea.store import restoring as kept
from laurea.store.restoring import Review, Sheet
from notifications.filled import Filled
from rules import canonical

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.rounds import RoundRecord
    from rules.plan import Plan

SHEETS, ASSIGNMENTS, DECISIONS = "sheets", "assignments", "decisions"
KINDS = (SHEETS, ASSIGNMENTS, DECISIONS)
SEES: Mapping[str, Field] = {
    SHEETS: Field.OTHER_SHEETS, ASSIGNMENTS: Field.ASSIGNMENT, DECISIONS: Field.PROPOSED,
}  # fmt: skip
"""What one must see for what a difference says; that there is one, everybody sees who may restore."""
NONE, HANDED_BACK = "none", "handed_back"
SHOWN = ("outcome", "points", "rank", "group_name", "first_failing")


@dataclass(frozen=True)
class Change:
    """One thing that stood otherwise: of whom, how it stood then and stands now, as far as they differ.

    `bar` names why it stays as it is: a conflict was declared ("conflict"), the juror left ("left") or has enough
    ("load"), the jury has agreed since ("joint"), the application is withdrawn ("withdrawn"); empty: it can stand
    again. What comes after it is for the deed alone.
    """

    kind: str
    application: str
    juror: str
    then: Mapping[str, str | None]
    now: Mapping[str, str | None]
    bar: str = ""
    pair: tuple[int, int | None] = (0, None)
    review: Review | None = None  # as it stood
    stands: Review | None = None  # as it stands
    sheet: Sheet | None = None
    content: tuple[Mapping[str, str], str] = field(default_factory=lambda: ({}, ""))


@dataclass(frozen=True)
class Preview:
    """What restoring would change, and a digest of all that was looked at. `takes_back`: proposed decisions, because
    marks or reviews they rest on change; they are proposed anew unless those of the moment are restored too.
    """

    at: datetime
    kinds: tuple[str, ...]
    changes: tuple[Change, ...]
    digest: str
    takes_back: bool

    @property
    def can(self) -> tuple[Change, ...]:
        """What can stand again."""
        return tuple(one for one in self.changes if not one.bar)


def look(
    connection: Connection, record: RoundRecord, at: datetime, kinds: Collection[str], some: Collection[str],
    now: datetime,
) -> Preview:  # fmt: skip
    """What restoring `kinds` as they stood `at` would change, of the applications `some` (references; none: of all).

    Raises NotNow, with the deed that is for it, where the round's phase lets nothing be restored; BadInput for a moment
    that is ahead or before the round, and for a kind that is none; NotFound for an application that is none.
    """
    must_be_open(record, now)
    if not kinds or not set(kinds) <= set(KINDS):
        raise BadInput("That cannot be restored.", remedy=Filled("Choose among {choices}.", choices=", ".join(KINDS)))
    if not record.created_at <= at <= now:
        raise BadInput("The round did not stand at that moment.", remedy="Name one between its opening and now.")
    papers, jury = kept.refs(connection, record.id)
    known = {ref: number for number, (ref, _) in papers.items()}
    strange = sorted(set(some) - known.keys())
    if strange:
        raise NotFound(Filled("The round has no application {ref}.", ref=strange[0]), "Check its reference.")
    wanted = {known[ref] for ref in some} or set(papers)
    found: list[Change] = []
    if SHEETS in kinds or ASSIGNMENTS in kinds:
        found += _of_reviews(connection, record, at, kinds, wanted, papers, jury)
    inputs = [one for one in found if not one.bar]
    if DECISIONS in kinds:
        found += _of_decisions(connection, record, at, wanted, papers)
    order = {kind: place for place, kind in enumerate((ASSIGNMENTS, SHEETS, DECISIONS))}
    found.sort(key=lambda one: (order[one.kind], one.application, one.juror))
    told = [
        [one.kind, one.application, one.juror, dict(one.then), dict(one.now), one.bar, one.sheet and one.sheet.version]
        for one in found
    ]
    seen = [record.id, record.version, at.isoformat(), sorted(kinds), sorted(some), told]
    takes_back = bool(inputs) and record.proposed_at is not None
    return Preview(at, tuple(one for one in KINDS if one in kinds), tuple(found), canonical.digest(seen), takes_back)


def must_be_open(record: RoundRecord, now: datetime) -> None:
    """Raises NotNow, naming the deed that is for it, unless the round's reviews or decisions can be restored now."""
    if record.released_at is not None:
        raise NotNow(
            "The results are released and told; nothing is restored over them.",
            "Deal with an appeal: it judges again what is contested and corrects the decision. A label is withdrawn or "
            "gets another term on the page of terms.",
        )
    if not may(Role.OFFICER, Deed.RESTORE, record.timetable, now):
        raise NotNow("No review has been given out yet.", "There is nothing to restore.")


@dataclass(frozen=True)
class _Side:
    """A pair of application and juror as it stood and as it stands; `was` and `state` are its state then and now."""

    pair: tuple[int, int]
    then: Review | None
    now: Review | None
    sheet: Sheet | None
    was: str
    state: str

    @property
    def lived(self) -> bool:
        return self.was not in (NONE, HANDED_BACK)

    @property
    def lives(self) -> bool:
        return self.state not in (NONE, HANDED_BACK)


def _sides(connection: Connection, round_id: int, at: datetime, sheets: Mapping[int, Sheet]) -> list[_Side]:
    """Every pair that stood or stands; those that go come first, so that loads are free for those that come."""
    stands, stood = kept.reviews(connection, round_id), kept.reviews_at(connection, round_id, at)
    found = []
    for pair in stands.keys() | stood.keys():
        now, then = stands.get(pair), stood.get(pair)
        sheet = sheets.get(now.id) if now is not None else None
        was = NONE if then is None else kept.standing_at(then, sheet, at)
        found.append(_Side(pair, then, now, sheet, was, NONE if now is None else now.state))
    return sorted(found, key=lambda one: (one.lived and not one.lives, one.pair))


def _of_reviews(
    connection: Connection, record: RoundRecord, at: datetime, kinds: Collection[str], wanted: set[int],
    papers: Mapping[int, tuple[str, str]], jury: Mapping[int, tuple[str, int, bool]],
) -> list[Change]:  # fmt: skip
    sheets, contents = kept.sheets(connection, record.id), kept.contents_at(connection, record.id, at)
    joint, barred = kept.joint_since(connection, record.id, at), juries.conflicts(connection, record.id)
    sides = _sides(connection, record.id, at, sheets)
    loads = Counter(one.pair[1] for one in sides if one.lives)
    found = []
    for one in sides:
        (application, juror), sheet = one.pair, one.sheet
        if application not in wanted:
            continue
        bar = "withdrawn" if papers[application][1] == "withdrawn" else "joint" if application in joint else ""
        content: tuple[Mapping[str, str], str] = ({}, "") if sheet is None else (sheet.marks, sheet.comment)
        if sheet is not None and sheet.saved_at > at:
            content = contents.get(sheet.id, ({}, ""))
        about = Change(
            ASSIGNMENTS, papers[application][0], jury[juror][0], {"state": one.was}, {"state": one.state}, bar,
            one.pair, one.then, one.now, sheet, content,
        )  # fmt: skip
        if one.lived != one.lives:
            if ASSIGNMENTS not in kinds:
                continue
            if one.lived and not bar:
                _, most, gone = jury[juror]
                bar = "conflict" if one.pair in barred else "left" if gone else "load" if loads[juror] >= most else ""
            loads[juror] += 0 if bar else 1 if one.lived else -1
            found.append(replace(about, bar=bar))
        comes_back = one.lived and not one.lives and not bar  # with its sheet as it was
        if sheet is None or not one.lived or not (comes_back or (one.lives and SHEETS in kinds)):
            continue
        was = "draft" if one.was == "open" else one.was  # the sheet is there, and the word that there is no conflict
        says = {"state": was, "comment": content[1], **content[0]}
        said = {"state": one.state if one.lives else was, "comment": sheet.comment, **sheet.marks}
        names = sorted(name for name in {*says, *said} if says.get(name) != said.get(name))
        if names:
            then, now = ({name: side.get(name) for name in names} for side in (says, said))
            found.append(replace(about, kind=SHEETS, then=then, now=now, bar=bar))
    return found


def _of_decisions(
    connection: Connection, record: RoundRecord, at: datetime, wanted: set[int], papers: Mapping[int, tuple[str, str]]
) -> list[Change]:
    stands = kept.decisions_at(connection, record.id) if record.proposed_at is not None else {}
    stood = kept.decisions_at(connection, record.id, at)
    found = []
    for number in sorted((stands.keys() | stood.keys()) & wanted):
        now, then = stands.get(number), stood.get(number)
        if now != then:
            says, said = (_said(one) for one in (then, now))
            names = [name for name in says if says[name] != said[name]] or ["trace"]
            before, after = ({name: one.get(name) for name in names} for one in (says, said))
            found.append(Change(DECISIONS, papers[number][0], "", before, after, pair=(number, None)))
    return found


def _said(decision: Mapping[str, Any] | None) -> dict[str, str | None]:
    if decision is None:
        return dict.fromkeys(SHOWN)
    return {name: None if decision[name] is None else str(decision[name]) for name in SHOWN}


def follow(connection: Connection, record: RoundRecord, plan: Plan, wanted: Mapping[int, Mapping[str, Any]]) -> str:
    """The digest of the decisions of a round as its papers stand, where those are just `wanted` (by application).

    Raises NotNow with the first application of which another would be proposed: what is restored must follow from the
    papers, or nobody could check it.
    """
    here = deliberation.at_hand(connection, record.id, plan)
    verdicts = decide.decide(plan, here.frames, here.points, seed=record.seed)
    owed: set[str] = set()
    if deliberation.deliberates(plan):
        owed = {
            ref for ref, what in waits(plan, here.frames, here.points).items() if what in (Waits.THIRD, Waits.JOINT)
        }
    rows = {row["application_id"]: row for row in verdicts.to_dicts()}
    traces = trace.pack(plan, verdicts, here.frames)
    for one in here.everyone:
        row, then = rows[one.ref], wanted.get(one.id)
        due = row["status"] == "decided" and one.ref not in owed
        again = decide.record(plan, row) | {"trace": traces[one.ref]} if due else None
        if again is None and then is None:
            continue
        stood = None if then is None or again is None else {name: then[name] for name in again}
        if canonical.canonical(again) != canonical.canonical(stood):
            raise NotNow(
                Filled(
                    "From the papers as they stand {ref} would be decided otherwise than at that moment.", ref=one.ref
                ),
                "Restore the score sheets and assignments of that moment too; a fact that was changed since is changed "
                "back on the page of what applicants said.",
            )
    return decide.digest(plan, verdicts, record.seed)
