"""From files to a file: read who is to be routed, find conflicts, plan or repair, write the assignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from evaluators import affinity, assignment, plan_diff
from evaluators import conflicts as conflict_rules
from evaluators.assignment import AssignmentPlan, PairScores, Weights
from evaluators.conflicts import Candidate, Juror
from laurea.cli.assign_wishes import Files, Wishes, check, load_of, weights_of
from laurea.cli.console import err
from laurea.errors import BadInput, Refusal
from laurea.sources import pairs, routing
from laurea.sources.tables import near

STEPS = ("reading", "finding conflicts", "routing", "writing")
EVERY_PAIR = 20_000_000  # pairs up to which the expertise of each is computed


@dataclass(frozen=True)
class Round:
    """What the files say. Pairs are (application id, juror id); `current` is None where none was given."""

    applications: list[Candidate]
    jurors: list[Juror]
    affinity: PairScores | None
    conflicts: dict[tuple[str, str], str]
    pins: dict[tuple[str, str], str]
    current: set[tuple[str, str]] | None
    languages: bool


@dataclass(frozen=True)
class Assigned:
    """What came out. `diff` against the assignment that stood, or None."""

    asked: int
    applications: int
    jurors: int
    plan: AssignmentPlan
    conflicts: dict[str, int]
    computed: bool  # whether affinity was computed from topics
    languages: bool
    diff: plan_diff.PlanDiff | None
    dropped: tuple[str, ...]
    fair: bool
    shuffled: bool
    experienced: int


def assign_files(files: Files, wishes: Wishes, output: Path) -> Assigned:
    """Route the files. Raises BadInput, with nothing written, where something in them or in the wishes is wrong."""
    weights = weights_of(wishes.weights)
    check(files, wishes)
    with _progress() as told:
        told("reading")
        found = read(files, wishes)
        told("finding conflicts")
        kinds = _find(found, wishes.kinds)
        _check_pins(files, found, wishes.kinds)
        told("routing")
        made = _plan(found, wishes, weights)
        told("writing")
        write(output, made, found.current)
    after = {(pair.application, pair.juror) for pair in made.pairs}
    return Assigned(
        asked=sum(one.needed for one in found.applications),
        applications=len(found.applications),
        jurors=len(found.jurors),
        plan=made,
        conflicts=kinds,
        computed=found.affinity is not None and files.affinity is None,
        languages=found.languages,
        diff=None if found.current is None else plan_diff.diff(found.current, after),
        dropped=tuple(wishes.drop),
        fair=wishes.fair,
        shuffled=wishes.shuffle > 0,
        experienced=wishes.experienced,
    )


def read(files: Files, wishes: Wishes) -> Round:
    """Everything the files say; all refusals of all files at once, as one BadInput."""
    refusals: list[Refusal] = []
    papers = routing.read_applications(files.applications, wishes.per_application, refusals)
    needed = sum(one.needed for one in papers)
    bench = routing.read_jurors(files.jurors, load_of(wishes.load), needed, refusals)
    rows, columns = [one.ref for one in papers], [one.ref for one in bench]
    if refusals:  # ids that were refused would be unknown in every other file
        raise _refused(refusals)

    def table(path: Path | None, kind: pairs.Kind) -> pl.DataFrame | None:
        return None if path is None else pairs.read(path, kind, rows, columns, refusals)

    scores, barred = table(files.affinity, pairs.AFFINITY), table(files.conflicts, pairs.CONFLICTS)
    pinned, current = table(files.pins, pairs.PIN), table(files.current, pairs.CURRENT)
    for juror in wishes.drop:
        if juror not in columns:
            remedy = f"{near(juror, columns)}Name a juror of {files.jurors.name}."
            refusals.append(Refusal("--drop", None, "", f"There is no juror {juror!r}.", remedy))
    if refusals:
        raise _refused(refusals)

    def by_pair(found: pl.DataFrame | None) -> Iterator[tuple[tuple[str, str], str]]:
        if found is not None:
            for row, column, value in found.select("application", "juror", "value").iter_rows():
                yield (rows[row], columns[column]), value

    known = None
    if scores is not None:
        known = PairScores(scores["application"].to_numpy(), scores["juror"].to_numpy(), scores["value"].to_numpy())
    elif any(one.topics for one in papers) and any(one.expertise for one in bench):
        # In a smaller round every pair has its expertise, so that what is proven holds of all of them.
        few = wishes.candidates is not None and len(papers) * len(bench) > EVERY_PAIR
        known = affinity.from_topics(papers, bench, most=2 * (wishes.candidates or 0) if few else None)
    speaks = any(one.language for one in papers) and any(one.languages for one in bench)
    return Round(
        papers,
        bench,
        known,
        dict(by_pair(barred)),
        dict(by_pair(pinned)),
        None if current is None else {pair for pair, _ in by_pair(current)},
        speaks and not wishes.any_language,
    )


def write(output: Path, made: AssignmentPlan, current: set[tuple[str, str]] | None) -> None:
    """The assignment; with one that stood, `change` says whether each pair is added or kept."""
    from laurea.cli.one_table import write_table

    table: dict[str, Any] = {
        "application_id": [pair.application for pair in made.pairs],
        "juror_id": [pair.juror for pair in made.pairs],
        "score": [pair.quality for pair in made.pairs],
    }
    kinds: dict[str, pl.DataType] = {"application_id": pl.String(), "juror_id": pl.String(), "score": pl.Int64()}
    if current is not None:
        both = zip(table["application_id"], table["juror_id"], strict=True)
        table["change"] = ["kept" if pair in current else "added" for pair in both]
        kinds["change"] = pl.String()
    write_table(output, pl.DataFrame(table, schema=kinds))


def _find(found: Round, kinds: Sequence[str]) -> dict[str, int]:
    """Find conflicts in the papers, beside those declared; how many pairs of each kind there are."""
    listed = [kind for kind in kinds if kind not in conflict_rules.BROAD]
    try:
        seen = conflict_rules.find(listed, found.applications, found.jurors)
    except ValueError as error:
        raise BadInput(f"--conflict: {error}.", remedy="Name one of them, or none.") from None
    for one in seen:
        found.conflicts.setdefault((one.application, one.juror), one.kind)
    count: dict[str, int] = {}
    for kind in found.conflicts.values():
        count[kind] = count.get(kind, 0) + 1
    for kind in conflict_rules.BROAD:
        if kind in kinds and (many := conflict_rules.count_broad(kind, found.applications, found.jurors)):
            count[kind] = count.get(kind, 0) + many
    return count


def _plan(found: Round, wishes: Wishes, weights: Weights) -> AssignmentPlan:
    common: dict[str, Any] = {
        "conflicts": found.conflicts.keys(),
        "languages": found.languages,
        "seed": wishes.seed,
        "weights": weights,
        "affinity": found.affinity,
        "pins": found.pins,
        "experienced": wishes.experienced,
        "per_institution": wishes.per_institution,
        "candidates": wishes.candidates,
        "apart": [kind for kind in conflict_rules.BROAD if kind in wishes.kinds],
    }
    try:
        if wishes.drop:
            there = [one for one in found.jurors if one.ref not in wishes.drop]
            common["affinity"] = _without(found.affinity, [one.ref not in wishes.drop for one in found.jurors])
            return assignment.repair(found.current or set(), set(wishes.drop), found.applications, there, **common)
        more: dict[str, Any] = {"fairness": wishes.fair, "shuffle": wishes.shuffle}
        return assignment.plan(found.applications, found.jurors, **common, **more)
    except ValueError as error:
        said = str(error)
        raise BadInput(f"{said[:1].upper()}{said[1:].rstrip('.')}.", remedy="Mend the files or the options.") from None


def _without(known: PairScores | None, stays: Sequence[bool]) -> PairScores | None:
    """The affinities of those who stay, by their new positions."""
    if known is None:
        return None
    there = np.array(stays, dtype=np.bool_)
    kept = there[known.juror]
    places = (np.cumsum(there) - 1)[known.juror[kept]]
    return PairScores(known.application[kept], places, known.score[kept])


def _check_pins(files: Files, found: Round, kinds: Sequence[str]) -> None:
    """A `must` that meets a conflict, or asks for more than there is room for, is refused by name."""
    wrong: list[str] = []
    papers = {one.ref: one for one in found.applications}
    bench = {one.ref: one for one in found.jurors}
    reviews: dict[str, int] = {}
    loads: dict[str, int] = {}
    for (application, juror), pin in sorted(found.pins.items()):
        if pin != "must":
            continue
        both = papers[application], bench[juror]
        broad = [one for one in conflict_rules.BROAD if one in kinds and conflict_rules.share_place([one], *both)]
        kind = found.conflicts.get((application, juror), broad[0] if broad else None)
        if kind is not None:
            wrong.append(f"{application} must go to {juror}, and they have a conflict ({kind})")
        reviews[application] = reviews.get(application, 0) + 1
        loads[juror] = loads.get(juror, 0) + 1
    for ref, number in reviews.items():
        if number > papers[ref].needed:
            wrong.append(f"{ref} must go to {number} jurors, and gets {papers[ref].needed} reviews")
    for ref, number in loads.items():
        if number > bench[ref].max_load:
            wrong.append(f"{ref} must have {number} applications, and may have {bench[ref].max_load}")
    if wrong:
        name = files.pins.name if files.pins else "--pins"
        remedy = "Take a pin away."
        raise _refused([Refusal(name, None, "pin", f"{problem}.", remedy) for problem in wrong])


def _refused(refusals: Sequence[Refusal]) -> BadInput:
    refusals = sorted(refusals, key=lambda one: (one.file, one.row or 0))
    return BadInput("Nothing was routed and nothing written: these places must be mended first.", refusals)


@contextmanager
def _progress() -> Iterator[Any]:
    """Where the work is, on a terminal; elsewhere nothing is said."""
    if not err.is_terminal:
        yield lambda _what: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(STEPS[0], total=len(STEPS))
        yield lambda what: bar.update(task, description=what, completed=STEPS.index(what))
