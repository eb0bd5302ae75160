"""The officer's plan: proposed with what it would change, written to a file, edited there, checked and saved."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from evaluators import plan_check, plan_diff, planning
from evaluators.assignment import AssignmentPlan
from laurea import ledger, routing
from laurea.errors import BadInput, Conflict, NotNow, Refusal
from laurea.routing import Changes
from laurea.settings import Settings
from laurea.sources import cells
from laurea.sources.routing import texts
from laurea.sources.tables import near
from laurea.standing import Pair, Standing, look
from laurea.store.engine import reading
from laurea.store.plans import Review

COLUMNS = ("application_id", "juror_id", "score", "state", "plan")
STATES = {"submitted": "submitted", "draft": "begun", "open": "stands"}


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
    unkept: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """A plan that was saved, or with `saved` false only checked: what it changes, and reviews still missing."""

    diff: plan_diff.PlanDiff
    missing: dict[str, int]
    saved: bool


def propose(engine: Engine, round_id: int, *, anew: bool, settings: Settings, now: datetime) -> Proposed:
    """A plan: what stands is kept and what is missing filled; with `anew`, whatever nobody has begun may move.

    Nothing is written. Raises NotNow before the applications are screened and once decisions are proposed.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
    _must_be_open(standing)
    proposal = routing.afresh(standing) if anew else routing.filled(standing)
    changes = routing.changes_to(standing, proposal, whole=anew)
    before = standing.pairs(one for one in standing.reviews if one.application_id in standing.refs)
    taken = {one.id for one in changes.take}
    stays = [one for one in standing.kept if one.id not in taken]
    mark = _mark(standing)
    rows = [_row(standing, one, mark) for one in stays]
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
    A review that was begun is never taken away. Who has new reviews, or lost one, is told once.
    """
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
    _must_be_open(standing)
    pairs = _read(path, standing)
    held = {(standing.refs[one.application_id], standing.juror_refs[one.juror_id]): one for one in standing.kept}
    changes = Changes(
        _qualities(standing, [pair for pair in pairs if pair not in held]),
        dict(standing.freed),
        [one for pair, one in held.items() if pair not in set(pairs)],
    )
    before = standing.pairs(one for one in standing.reviews if one.application_id in standing.refs)
    found = plan_diff.diff(before, pairs)
    counts = Counter(application for application, _ in pairs)
    assert standing.plan.jury is not None
    lacking = {one.ref: standing.plan.jury.reviews - counts[one.ref] for one in standing.everyone}
    missing = {ref: number for ref, number in sorted(lacking.items()) if number > 0}
    if not write:
        return Kept(found, missing, saved=False)
    complete = {one.id for one in standing.everyone if one.state == "eligible" and one.ref not in missing}
    if changes or complete:
        told = {"plan": path.name, "gaps": []}
        if not routing.save(
            engine, standing, changes, complete=complete, actor=actor, now=now, settings=settings, told=told
        ):
            raise Conflict("The round changed while the plan was saved; nothing was kept.", "Make the plan again.")
    return Kept(found, missing, saved=True)


def _must_be_open(standing: Standing) -> None:
    record = standing.record
    if standing.plan.jury is None:
        raise NotNow(f"The rules of the round {record.code} have no jury.", "There is nobody to assign.")
    if record.proposed_at:
        raise NotNow(f"Decisions of the round {record.code} have been proposed; its jury is closed.")
    if record.screened_at is None:
        raise NotNow(
            f"The applications of the round {record.code} have not been screened yet.",
            f"Once the round has closed: laurea round advance {record.code}",
        )


def _mark(standing: Standing) -> str:
    """A name for what stands: the reviews by juror and application."""
    lines = [f"{application}\t{juror}" for application, juror in sorted(standing.pairs(standing.kept))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:10]


def _row(standing: Standing, one: Review, mark: str) -> dict[str, Any]:
    state = "begun" if one.begun and one.state == "open" else STATES[one.state]
    return {
        "application_id": standing.refs[one.application_id],
        "juror_id": standing.juror_refs[one.juror_id],
        "score": one.quality,
        "state": state,
        "plan": mark,
    }


def _read(path: Path, standing: Standing) -> list[Pair]:
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
    now = _mark(standing)
    again = f"Make it again with laurea round assign {standing.record.code} -o {path.name} and edit that."
    if not marks:
        refusals.append(Refusal(path.name, None, "plan", "No row says which plan it belongs to.", again))
    for mark, line in marks.items():
        if mark != now:
            problem = "The assignment has changed since this plan was made."
            refusals.append(Refusal(path.name, line, "plan", problem, again))
    if not refusals:
        found = plan_check.check(pairs, *_terms(standing))
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


def _terms(standing: Standing) -> tuple[Sequence[Any], Sequence[Any], plan_check.Terms]:
    """What an edited plan is held to. Who has more reviews than the rules ask for keeps them."""
    jury = standing.plan.jury
    assert jury is not None
    counts = Counter(one.application_id for one in standing.kept)
    papers = standing.papers({one.id: max(jury.reviews, counts[one.id]) for one in standing.everyone})
    begun = standing.pairs(one for one in standing.kept if one.begun)
    return (
        papers,
        standing.bench(),
        plan_check.Terms(
            conflicts=standing.conflicts,
            pins=standing.pins,
            languages=jury.languages,
            per_institution=jury.per_institution,
            begun=begun,
            left=frozenset(standing.juror_refs[one] for one in standing.left),
        ),
    )


def _qualities(standing: Standing, pairs: Sequence[Pair]) -> list[tuple[int, int, int]]:
    """Pairs of the officer's choosing as ids, with how well they suit, as a plan would score them."""
    papers, bench = standing.papers({}), standing.bench()
    given = standing.terms(papers, bench, set())
    some = {name: given[name] for name in ("languages", "seed", "weights", "affinity")}
    desk = planning.Desk(papers, bench, planning.Terms(frozenset(), frozenset(), **some))
    rows = np.array([desk.rows[application] for application, _ in pairs], dtype=np.int64)
    columns = np.array([desk.columns[juror] for _, juror in pairs], dtype=np.int64)
    worth = desk.worth(rows, columns).tolist() if pairs else []
    return [(standing.ids[a], standing.juror_ids[j], one) for (a, j), one in zip(pairs, worth, strict=True)]
