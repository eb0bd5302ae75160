"""From files to a file: read who is to be routed, find conflicts, plan or repair, write the assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from evaluators import affinity, assignment, plan_check, plan_diff
from evaluators import conflicts as conflict_rules
from evaluators.assignment import AssignmentPlan, PairScores, Weights
from evaluators.conflicts import Candidate, Juror
from laurea.cli.assign_wishes import Files, Wishes, check, load_of, weights_of
from laurea.cli.console import err
from laurea.errors import BadInput, Refusal
from laurea.sources import pairs, routing
from laurea.sources.tables import near

STEPS = ("reading", "finding conflicts", "routing", "writing")
Pair = tuple[str, str]  # ids of an application and a juror
EVERY_PAIR = 20_000_000  # pairs up to which the expertise of each is computed


@dataclass(frozen=True)
class Round:
    """What the files say. Pairs are (application id, juror id).

    `pin_rows` is where each pin stands in its file, `current` the state of each review that stands; None where no such
    file was given.
    """

    applications: list[Candidate]
    jurors: list[Juror]
    affinity: PairScores | None
    conflicts: dict[Pair, str]
    pins: dict[Pair, str]
    pin_rows: dict[Pair, int]
    current: dict[Pair, str] | None
    languages: bool

    def fixed(self, dropped: Sequence[str]) -> list[Pair]:
        """Reviews under way, which nobody takes away; of jurors who leave only what they have handed in."""
        held = (self.current or {}).items()
        stays = ((pair, state) for pair, state in held if state in pairs.UNDER_WAY)
        return sorted(pair for pair, state in stays if pair[1] not in dropped or state == "submitted")


@dataclass(frozen=True)
class Assigned:
    """What came out. `diff` against the assignment that stood, or None.

    `fixed` reviews were under way and stay, beside those of the plan. `best` is the most a pair can be worth.
    """

    asked: int
    applications: int
    jurors: int
    plan: AssignmentPlan
    fixed: int
    best: int
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
        fixed = found.fixed(wishes.drop)
        _check_pins(files, found, wishes, fixed)
        told("routing")
        made = _plan(found, wishes, weights, fixed)
        told("writing")
        after = {(pair.application, pair.juror): pair.quality for pair in made.pairs}
        worth = assignment.worth(fixed, found.applications, found.jurors, weights=weights, affinity=found.affinity)
        after |= dict(zip(fixed, worth, strict=True))
        write(output, after, found.current)
    return Assigned(
        asked=sum(one.needed for one in found.applications),
        applications=len(found.applications),
        jurors=len(found.jurors),
        plan=made,
        fixed=len(fixed),
        best=weights.most(affinities=found.affinity is not None),
        conflicts=kinds,
        computed=found.affinity is not None and files.affinity is None,
        languages=found.languages,
        diff=None if found.current is None else plan_diff.diff(set(found.current), after.keys()),
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

    def by_pair(found: pl.DataFrame | None) -> Iterator[tuple[Pair, str]]:
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
        {} if pinned is None else dict(zip((pair for pair, _ in by_pair(pinned)), pinned["row"], strict=True)),
        None if current is None else dict(by_pair(current)),
        speaks and not wishes.any_language,
    )


def write(output: Path, made: dict[Pair, int], current: dict[Pair, str] | None) -> None:
    """The assignment, pairs with their quality; with one that stood, `change` says whether each is added or kept, and
    `state` how far it is.
    """
    from laurea.cli.one_table import write_table

    table: dict[str, Any] = {
        "application_id": [application for application, _ in sorted(made)],
        "juror_id": [juror for _, juror in sorted(made)],
        "score": [made[pair] for pair in sorted(made)],
    }
    kinds: dict[str, pl.DataType] = {"application_id": pl.String(), "juror_id": pl.String(), "score": pl.Int64()}
    if current is not None:
        table["change"] = ["kept" if pair in current else "added" for pair in sorted(made)]
        table["state"] = [current.get(pair, "new") for pair in sorted(made)]
        kinds |= {"change": pl.String(), "state": pl.String()}
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


def _plan(found: Round, wishes: Wishes, weights: Weights, fixed: Sequence[Pair]) -> AssignmentPlan:
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
            held = Counter(juror for _, juror in fixed)  # who leaves keeps what is handed in, and gets no more
            there = [
                replace(one, min_load=0, max_load=held[one.ref]) if one.ref in wishes.drop else one
                for one in found.jurors
                if one.ref not in wishes.drop or held[one.ref]
            ]
            stays = {one.ref for one in there}
            common["affinity"] = _without(found.affinity, [one.ref in stays for one in found.jurors])
            standing = {pair for pair in found.current or () if pair[1] not in wishes.drop} | set(fixed)
            return assignment.repair(standing, set(), found.applications, there, fixed=set(fixed), **common)
        begun = Counter(application for application, _ in fixed)
        papers = [replace(one, needed=max(0, one.needed - begun[one.ref])) for one in found.applications]
        more: dict[str, Any] = {"fairness": wishes.fair, "shuffle": wishes.shuffle, "existing": set(fixed)}
        return assignment.plan(papers, found.jurors, **common, **more)
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


def _check_pins(files: Files, found: Round, wishes: Wishes, fixed: Sequence[Pair]) -> None:
    """A `must` that meets a rule, or asks for more than there is room for, is refused with its row."""
    held = set(fixed)
    pinned = (pair for pair, pin in found.pins.items() if pin == "must")
    musts = [pair for pair in pinned if pair not in held and pair[1] not in wishes.drop]
    if not musts:
        return
    terms = plan_check.Terms(
        found.conflicts, {}, found.languages, wishes.per_institution, begun=held, apart=wishes.kinds
    )
    wrong = plan_check.check([*fixed, *musts], found.applications, found.jurors, terms)
    if wrong:
        name = files.pins.name if files.pins else "--pins"
        lines = {place: found.pin_rows[pair] for place, pair in enumerate(musts, len(fixed))}
        raise _refused(
            [
                Refusal(name, lines.get(one.row or 0), one.field, one.problem, f"{one.remedy} Or take the pin away.")
                for one in wrong
            ]
        )


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
