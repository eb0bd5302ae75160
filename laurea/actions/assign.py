"""The officer's plan: proposed with what it would change, written to a file, edited there, checked and saved."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evaluators import plan_diff
from evaluators.assignment import AssignmentPlan
from evaluators.reasons import Unkept
from laurea import further, ledger, routing
from laurea.errors import BadInput, Conflict, Refusal
from laurea.settings import Settings
from laurea.sources import cells
from laurea.sources.routing import texts
from laurea.sources.tables import near
from laurea.standing import Pair, Standing, look
from laurea.store.engine import reading

COLUMNS = ("application_id", "juror_id", "score", "state", "plan")


@dataclass(frozen=True)
class Proposed:
    """A plan for the whole round: `rows` as they are written to a file, `diff` against what stands.

    `mark` names what stood when it was made; a file made before something changed is refused by it. `unkept` are pins
    that cannot be kept, with why.
    """

    rows: list[dict[str, Any]]
    plan: AssignmentPlan
    diff: plan_diff.PlanDiff
    mark: str
    unkept: tuple[Unkept, ...]


@dataclass(frozen=True)
class Kept:
    """A plan that was saved, or with `saved` false only checked: what it changes, and reviews still missing."""

    diff: plan_diff.PlanDiff
    missing: dict[str, int]
    saved: bool


def propose(
    engine: Engine, round_id: int, *, anew: bool, settings: Settings, now: datetime, third: bool = False
) -> Proposed:
    """A plan: what stands is kept and what is missing filled; with `anew`, whatever nobody has begun may move.

    With `third`, one review more for each application whose score sheets the rules do not take as enough. Nothing is
    written. Raises NotNow before the applications are screened and once decisions are proposed.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
        due = further.due_further(connection, standing) if third else {}
    standing.must_be_open()
    if third:
        proposal = further.further(standing, due)
    else:
        proposal = routing.afresh(standing) if anew else routing.filled(standing)
    changes = routing.changes_to(standing, proposal, whole=anew)
    before = standing.pairs(one for one in standing.reviews if one.application_id in standing.refs)
    taken = {one.id for one in changes.take}
    stays = [one for one in standing.kept if one.id not in taken]
    mark = standing.mark
    rows = [standing.row(one) for one in stays]
    for application, juror, quality in changes.add:
        pair = {"application_id": standing.refs[application], "juror_id": standing.juror_refs[juror]}
        rows.append(pair | {"score": quality, "state": "new", "plan": mark})
    rows.sort(key=lambda row: (row["application_id"], row["juror_id"]))
    after = {(row["application_id"], row["juror_id"]) for row in rows}
    _, unkept = standing.musts(standing.papers({}), standing.bench(), after)
    return Proposed(rows, proposal, plan_diff.diff(before, after), mark, tuple(unkept))


def keep(
    engine: Engine, round_id: int, path: Path, *, write: bool, actor: ledger.Actor, settings: Settings, now: datetime
) -> Kept:
    """Check a plan an officer edited, and save it in one transaction: the rows of the file are then what stands.

    Raises BadInput naming each row that may not be, NotNow out of season, Conflict when the round changed meanwhile.
    A review that was begun is never taken away. Who has new reviews, or lost one, is told once. An application whose
    sheets are not enough for the rules may have one review more.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
        due = further.due_further(connection, standing)
    standing.must_be_open()
    pairs = _read(path, standing, due)
    before = standing.pairs(one for one in standing.reviews if one.application_id in standing.refs)
    found = plan_diff.diff(before, pairs)
    changes, missing = routing.becomes(standing, pairs)
    if not write:
        return Kept(found, missing, saved=False)
    complete = routing.complete(standing, missing)
    if changes or complete:
        told = {"plan": path.name, "gaps": []}
        only = bool(changes.add) and {application for application, _, _ in changes.add} <= due.keys()
        if not routing.save(
            engine,
            standing,
            changes,
            complete=complete,
            actor=actor,
            now=now,
            settings=settings,
            told=told,
            event=ledger.Event.THIRD_REVIEWS_ASKED if only else ledger.Event.JURORS_ASSIGNED,
        ):
            raise Conflict("The round changed while the plan was saved; nothing was kept.", "Make the plan again.")
    return Kept(found, missing, saved=True)


def _read(path: Path, standing: Standing, due: Container[int]) -> list[Pair]:
    """The pairs of an edited plan. Raises BadInput where it is out of date or a row may not be."""
    refusals: list[Refusal] = []
    pairs: list[Pair] = []
    lines: list[int] = []
    marks: dict[str, int] = {}
    parsers = dict.fromkeys(COLUMNS, cells.text)
    for row in texts(path, ("application_id", "juror_id", "plan"), parsers, refusals):
        pair = (row.cells["application_id"].strip(), row.cells["juror_id"].strip())
        if mark := row.cells["plan"].strip():
            marks.setdefault(mark, row.line)
        wrong = [*_unknown("application_id", pair[0], standing.ids), *_unknown("juror_id", pair[1], standing.juror_ids)]
        refusals += [Refusal(path.name, row.line, *said) for said in wrong]
        if not wrong:
            pairs.append(pair)
            lines.append(row.line)
    now = standing.mark
    again = f"Make it again with laurea round assign {standing.record.code} -o {path.name} and edit that."
    if not marks:
        refusals.append(Refusal(path.name, None, "plan", "No row says which plan it belongs to.", again))
    for mark, line in marks.items():
        if mark != now:
            problem = "The assignment has changed since this plan was made."
            refusals.append(Refusal(path.name, line, "plan", problem, again))
    if not refusals:
        found = standing.wrong_with(pairs, due)
        refusals = [
            Refusal(path.name, None if one.row is None else lines[one.row], one.field, one.problem, one.remedy)
            for one in found
        ]
    if refusals:
        raise BadInput("The plan was not saved: these places must be mended first.", refusals)
    return pairs


def _unknown(field: str, ref: str, known: dict[str, int]) -> list[tuple[str, str, str]]:
    if ref in known:
        return []
    if not ref:
        return [(field, "The cell is empty.", "Fill it in.")]
    what = "eligible application" if field == "application_id" else "juror"
    return [(field, f"The round has no {what} {ref[:80]!r}.", f"{near(ref, known)}Mend the id.")]
