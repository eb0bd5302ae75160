"""From files to files: read applications, decide them whole or in batches, write decisions and trace."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from evaluators import columnar, decide, dry_run, marks, validity
from evaluators import trace as traces
from evaluators.facts import Frames, to_frames
from laurea.cli.console import err
from laurea.errors import BadInput, Refusal
from laurea.sources import batches as papers
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
    """What came out. `digest` over the decisions; in batches, over the digests of the batches in their order."""

    counts: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    digest: str = ""
    batches: int = 0
    against: tuple[Plan, dry_run.DryRun] | None = None


def decide_file(work: Work, output: Path, trace: Path | None, size: int | None) -> Decided:
    """Decide the applications of a file, all at once or `size` at a time."""
    done = Decided()
    by_application = _sheets(work, done.refusals)
    if size is None:
        rows = papers.whole(work.facts, work.plan.ruleset, work.children, done.refusals)
        _decide(work, iter([rows]), by_application, done, output, trace)
    else:
        found = papers.batches(work.facts, work.plan.ruleset, work.children, done.refusals, size)
        with err.status("deciding …") as status:

            def told() -> Iterator[list[papers.Row]]:
                for rows in found:
                    status.update(f"deciding … {sum(done.counts.values()):,} done")
                    yield rows

            done.batches = _decide(work, told(), by_application, done, output, trace)
    return done


def compare(
    work: Work,
    output: Path,
    trace: Path | None,
    other: RuleSet,
    policies: Mapping[str, str],
    parameters: Mapping[str, str],
) -> Decided:
    """Decide a file, and say who would come out otherwise under another edition or other answers."""
    done = Decided()
    after = dry_run.under(work.plan, other, policies, parameters)
    ignored: list[Refusal] = []
    rows = papers.whole(work.facts, work.plan.ruleset, work.children, done.refusals)
    theirs = papers.whole(work.facts, other, work.children, ignored)
    strange = {(one.row, one.field) for one in ignored}
    done.refusals = [one for one in done.refusals if "No column" not in one.problem or (one.row, one.field) in strange]
    by_application = _sheets(work, done.refusals)
    more = {row["application_id"]: row for row in theirs}
    both = [_joined(row, more.get(row["application_id"])) for row in rows]
    usable, frames = _usable(work, rows, done.refusals)
    kept = {row["application_id"] for row in usable}
    sheets = [one for found in by_application.values() for one in found]
    found = dry_run.run(
        work.plan, after, [row for row in both if row["application_id"] in kept], sheets, seed=work.seed
    )
    done.against = (after, found)
    _decide(work, iter([usable]), by_application, done, output, trace, frames)
    return done


def _joined(row: papers.Row, other: papers.Row | None) -> papers.Row:
    """What the file says of an application, read by both editions."""
    if other is None:
        return row
    return row | {key: {**other[key], **row[key]} for key in ("facts", "children")}


def _decide(
    work: Work,
    found: Iterator[list[papers.Row]],
    sheets: Mapping[str, Sheets],
    done: Decided,
    output: Path,
    trace: Path | None,
    frames: Frames | None = None,
) -> int:
    """Decide batch after batch; how many there were."""
    digests: list[str] = []
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        decisions, traced = Table(output, Path(folder) / "out"), Table(trace, Path(folder) / "trace")
        for rows in found:
            ready = frames
            if ready is None:
                rows, ready = _usable(work, rows, done.refusals)  # noqa: PLW2901 - what cannot be used is left out
            verdicts = _verdicts(work, ready, [one for row in rows for one in sheets.get(row["application_id"], ())])
            decisions.add(_told(work, verdicts, ready))
            if trace is not None:
                _trace(work.plan, verdicts, ready, traced)
            for outcome, status in verdicts.select("outcome", "status").iter_rows():
                counts[outcome or status] += 1
            done.counts = dict(counts)
            digests.append(decide.digest(work.plan, verdicts, work.seed))
        if not digests:
            empty = to_frames(work.plan.ruleset, [])
            verdicts = _verdicts(work, empty, [])
            decisions.add(_told(work, verdicts, empty))
            digests.append(decide.digest(work.plan, verdicts, work.seed))
        decisions.close()
        traced.close()
    done.digest = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return len(digests)


def _usable(work: Work, rows: list[papers.Row], refusals: list[Refusal]) -> tuple[list[papers.Row], Frames]:
    """The rows whose values can all be read; the others are refused."""
    frames = to_frames(work.plan.ruleset, rows)
    if not frames.problems:
        return rows, frames
    wrong = {problem.row_index for problem in frames.problems}
    refusals += [
        Refusal(work.facts.name, rows[one.row_index].get("row"), one.field, one.problem, one.remedy)
        for one in frames.problems
    ]
    kept = [row for number, row in enumerate(rows) if number not in wrong]
    return kept, to_frames(work.plan.ruleset, kept)


def _sheets(work: Work, refusals: list[Refusal]) -> dict[str, Sheets]:
    """The sheets of each application; a mark outside its scale is refused, and its whole sheet left out."""
    found: dict[tuple[str, str], dict[str, tuple[str, Any]]] = {}
    if work.sheets is None or work.plan.rubric is None:
        return {}
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
    )  # fmt: skip
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


class Table:
    """A table that grows batch by batch; the ending of its name says the format. None: nothing is written."""

    def __init__(self, path: Path | None, parts: Path) -> None:
        self.path, self.parts = path, parts
        self.kind = path.suffix.lower() if path else ""
        self.begun = 0
        self.told: dict[str, str] | None = None

    def add(self, table: pl.DataFrame, told: dict[str, str] | None = None) -> None:
        """More rows; `told` stands once in a Parquet file."""
        assert self.path is not None
        self.told = self.told or told
        if self.kind == ".parquet":
            table.write_parquet(self.parts.with_name(f"{self.parts.name}-{self.begun:06d}.parquet"))
        elif self.kind in (".jsonl", ".ndjson"):
            with self.path.open("ab" if self.begun else "wb") as stream:
                table.write_ndjson(stream)
        else:
            flat = table.with_columns(pl.col("needs", "policies").list.join(";"))
            flat = flat.with_columns(_harmless(name) for name in ("application_id", "group"))
            with self.path.open("ab" if self.begun else "wb") as stream:
                flat.write_csv(stream, include_header=not self.begun)
        self.begun += 1

    def lines(self, found: Iterator[str]) -> None:
        """More lines of text."""
        assert self.path is not None
        with self.path.open("a" if self.begun else "w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in found)
        self.begun += 1

    def close(self) -> None:
        """Put the parts of a Parquet file together."""
        if self.path is not None and self.kind == ".parquet" and self.begun:
            parts = sorted(self.parts.parent.glob(f"{self.parts.name}-*.parquet"))
            pl.scan_parquet(parts).sink_parquet(self.path, metadata=self.told, compression="zstd")


def _harmless(name: str) -> pl.Expr:
    """A text of a stranger that no spreadsheet takes for a formula."""
    text = pl.col(name)
    return pl.when(text.str.contains(r"^[=+\-@\t]")).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)
