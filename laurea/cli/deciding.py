"""From files to files: read applications, decide them whole or in batches, write decisions and trace."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from evaluators import columnar, decide, dry_run, fact_columns, marks, validity
from evaluators import trace as traces
from evaluators.facts import Frames, to_frames
from evaluators.flips import Side
from laurea.cli.console import err
from laurea.cli.writing import Digest, Table
from laurea.errors import BadInput, Refusal
from laurea.sources import batches as papers
from laurea.sources import reading
from laurea.sources.tables import UNTIL
from rules.plan import Plan
from rules.ruleset import RuleSet

Sheets = list[tuple[str, str, dict[str, str]]]


@dataclass(frozen=True)
class Work:
    """What is to be decided: the plan, the files, the day of the award (None: no terms), the seed."""

    plan: Plan
    facts: Path
    children: Mapping[str, Path]
    sheets: Path | None
    awarded_on: date | None
    seed: int


@dataclass
class Decided:
    """What came out. `digest` over the decisions, whatever the batches; `batches` that were decided one by one.

    `missing`: rows of the file that could not be used at all.
    """

    counts: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    digest: str = ""
    batches: int = 0
    missing: int = 0
    against: tuple[Plan, dry_run.DryRun] | None = None


def decide_file(
    work: Work, output: Path, trace: Path | None, size: int, *, together: bool, after: Plan | None = None
) -> Decided:
    """Decide the applications of a file: `together`, or `size` at a time as they are read.

    `after`: also say who would come out otherwise under this plan.
    """
    done = Decided()
    by_application = _sheets(work, done.refusals)
    counts: Counter[str] = Counter()
    compared: list[dry_run.DryRun] = []
    plans = [work.plan, *([after] if after else [])]
    with (
        tempfile.TemporaryDirectory(prefix="laurea-") as folder,
        Table(output, Path(folder) / "out") as decisions,
        Table(trace, Path(folder) / "trace") as traced,
        _progress(work.facts) as told,
    ):
        sum_ = Digest(Path(folder))
        rulesets = [plan.ruleset for plan in plans]
        found = reading.frames(work.facts, rulesets, work.children, done.refusals, size, told, keep=together)
        for parts in _gathered(found, rulesets, told, together=together):
            ids = parts[0].applications["application_id"]
            sheets = [one for ref in ids for one in by_application.pop(ref, ())] if by_application else []
            verdicts = _verdicts(work, parts[0], sheets)
            decisions.add(_told(work, verdicts, parts[0]))
            if trace is not None:
                _trace(work.plan, verdicts, parts[0], traced)
            ends = verdicts.select(pl.coalesce(pl.col("outcome").cast(pl.String), pl.col("status").cast(pl.String)))
            counts.update(dict(ends.to_series().value_counts().iter_rows()))
            sum_.add(verdicts)
            if after is not None:
                before = Side(work.plan, parts[0], verdicts, "")
                compared.append(dry_run.compare(before, dry_run.decided(after, parts[1], sheets, work.seed), sheets))
            done.batches += 1
            told("deciding", verdicts.height)
        done.digest = sum_.close(work.plan, work.seed)
    done.missing = _missing(work, done.refusals, rulesets)
    done.refusals += [_nobodys_sheets(work, ref, given) for ref, given in by_application.items()]
    done.counts = dict(counts)
    if after is not None:
        done.against = (after, dry_run.joined(compared))
    return done


def _missing(work: Work, refusals: Sequence[Refusal], rulesets: Sequence[RuleSet]) -> int:
    """How many rows of the file are in no decision: refused, and not only for a value that stays unknown."""
    known = {"", *papers.HOUSE, *(name for one in rulesets for name in one.facts)}  # else a column was refused
    return len(
        {
            one.row
            for one in refusals
            if one.file == work.facts.name and one.row and one.field in known and not one.remedy.endswith(UNTIL)
        }
    )


def _nobodys_sheets(work: Work, ref: str, given: Sheets) -> Refusal:
    jurors = ", ".join(juror for _, juror, _ in given)
    problem = f"There is no application {ref[:80]} in the file, so its sheets ({jurors[:80]}) were not used."
    name = work.sheets.name if work.sheets else ""
    return Refusal(name, None, "application_id", problem, "Correct the id, or leave these sheets out.")


def _gathered(
    found: Iterator[list[Frames]], rulesets: Sequence[RuleSet], told: reading.Told, *, together: bool
) -> Iterator[list[Frames]]:
    """The batches one by one, or all of them as one; one empty batch where the file holds nothing."""
    first = next(found, None)
    if first is None:
        yield [to_frames(ruleset, []) for ruleset in rulesets]
        return
    if not together:
        yield first
        yield from found
        return
    sides = [[part] for part in first]
    for parts in found:
        told("reading", parts[0].applications.height)
        for side, part in zip(sides, parts, strict=True):
            side.append(part)
    yield [fact_columns.joined(side) for side in sides]


@contextmanager
def _progress(path: Path) -> Iterator[reading.Told]:
    """How far the work is, on a terminal; elsewhere nothing is said."""
    if not err.is_terminal:
        yield lambda _what, _count: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    rows = _rows(path)
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def told(what: str, count: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None if what == "reading lists" else rows)
            bar.advance(tasks[what], count)

        yield told


def _rows(path: Path) -> int | None:
    """About how many applications a file holds."""
    if not path.is_file():
        return None
    if papers.is_parquet(path):
        return papers.parquet(path)[2]
    with path.open("rb") as stream:
        return sum(part.count(b"\n") for part in iter(lambda: stream.read(2**20), b""))


def _sheets(work: Work, refusals: list[Refusal]) -> dict[str, Sheets]:
    """The sheets of each application; a mark outside its scale is refused, and its whole sheet left out."""
    found: dict[tuple[str, str], dict[str, tuple[str, Any]]] = {}
    if work.sheets is None:
        return {}
    if work.plan.rubric is None:
        says = f"{work.plan.ruleset.key} marks nothing, so the sheets of {work.sheets.name} cannot be used."
        raise BadInput(says, remedy="Leave out --sheets, or name the edition they belong to.")
    for row in papers.sheets(work.sheets, refusals):
        mine = found.setdefault((row["application_id"], row["juror_id"]), {})
        mine[row["criterion"] or "total"] = (row["points"], row["row"])
    kept: dict[str, Sheets] = {}
    whole = {"total"} if work.plan.sheets else set()
    for (application, juror), given in found.items():
        plain = {name: text for name, (text, _) in given.items()}
        wrong = marks.problems(
            work.plan, {name: text for name, text in plain.items() if name not in whole}, complete=False
        )
        refusals += [
            Refusal(work.sheets.name, given[one.criterion][1], one.criterion, one.problem, one.remedy) for one in wrong
        ]
        if not wrong:
            kept.setdefault(application, []).append((application, juror, plain))
    return kept


def _verdicts(work: Work, frames: Frames, sheets: Sheets) -> pl.DataFrame:
    points = None
    if sheets:
        try:
            frames, points = dry_run.marked(work.plan, frames, sheets)
        except ValueError as error:
            raise BadInput(f"The sheets cannot become points: {error}.", remedy="Correct the sheets.") from None
    return decide.decide(work.plan, frames, points, seed=work.seed)


def _told(work: Work, verdicts: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    """The decisions as they are written."""
    table = verdicts.select(
        "application_id", "outcome", "status", "screening", "granted", "rank", "group", "needs", "policies",
        points=pl.col("points_shown"), first_failing_clause=pl.col("first_failing"),
    ).with_columns(cs.enum().cast(pl.String))  # fmt: skip
    if work.awarded_on is None:
        return table
    block = work.plan.validity
    if block is not None and block.open:
        says = f"How long the award is valid depends on {', '.join(block.open)}, which has not been answered."
        raise BadInput(says, remedy="Answer with --policy, or leave out --as-of.")
    found = validity.terms(work.plan, frames, [work.awarded_on] * table.height)
    return table.with_columns(
        valid_from=pl.when("granted").then(found["valid_from"]),
        valid_until=pl.when("granted").then(found["valid_until"]),
    )


def _trace(plan: Plan, verdicts: pl.DataFrame, frames: Frames, traced: Table) -> None:
    if traced.kind == ".parquet":
        traced.add(columnar.columns(plan, verdicts), columnar.head(plan, verdicts))
        return
    packed = traces.pack(plan, verdicts, frames)
    traced.lines(
        json.dumps({"application_id": name, "trace": found}, ensure_ascii=False) for name, found in packed.items()
    )
