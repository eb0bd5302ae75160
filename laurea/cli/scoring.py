"""From a file of score sheets to files of scores, severities and a page: read, score, write all or nothing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl

from evaluators.scores import UnusableSheets
from evaluators.scoring import NotAdjusted, Scored, score
from laurea.cli.console import err
from laurea.cli.one_table import write_as
from laurea.cli.places import must_be_writable
from laurea.cli.score_terms import Terms
from laurea.errors import BadInput, Refusal
from laurea.sources.scores import read_scores

ENDINGS = (".csv", ".jsonl", ".ndjson", ".parquet")
SCORES = ("application_id", "raw", "adjusted", "se", "p_above", "rank", "band")
JURORS = ("juror_id", "severity", "se", "sheets", "fit", "weight")
DIGITS = 6  # of figures that are written: floats agree so far on every machine


@dataclass(frozen=True)
class Places:
    """Where scores, severities and the page go."""

    scores: Path
    jurors: Path | None
    report: Path | None


def places(sheets: Path, output: Path | None, jurors: Path | None, report: Path | None) -> Places:
    """Where things go, once it is sure that nothing read is written over and no two are one."""
    if output is None:
        raise BadInput("It was not said where the scores go.", remedy="Add -o scores.csv.")
    must_be_writable("-o", output, inputs=[sheets], endings=ENDINGS)
    taken = [sheets, output]
    if jurors is not None:
        must_be_writable("--jurors", jurors, inputs=taken, endings=ENDINGS)
        taken.append(jurors)
    if report is not None:
        must_be_writable("--report", report, inputs=taken, endings=(".html", ".htm"))
    return Places(output, jurors, report)


def score_file(sheets: Path, terms: Terms, into: Places) -> Scored:
    """Score a file and write what was asked for. Raises BadInput where a row or the whole cannot be used."""
    with _progress(4 if terms.cut is None else 6) as told:
        told("reading the sheets")
        table, refusals = read_scores(sheets, terms.scale)
        if refusals:
            raise BadInput(f"The sheets in {sheets.name} cannot be compared; nothing was written.", refusals)
        scored = _scored(sheets, table, terms, told)
        told("writing")
        _write(sheets, table, scored, terms, into)
    return scored


def _scored(sheets: Path, table: pl.DataFrame, terms: Terms, told: Callable[[str], None]) -> Scored:
    try:
        return score(
            table,
            method=terms.method,
            cut=terms.cut,
            seed=terms.seed,
            budget=terms.budget,
            weights=terms.weights or None,
            told=told,
        )
    except NotAdjusted as error:
        share = []
        for one in error.refusal.bridges:
            problem = f"{one.juror} and {one.beside} belong to parts of the jury that share no application."
            remedy = f"Let {one.juror} also judge {one.application}, which {one.beside} judged."
            share.append(Refusal(sheets.name, None, "juror_id", problem, remedy))
        raise BadInput(
            f"The scores cannot be adjusted; nothing was written. {error.refusal.reason}",
            share,
            remedy="Without correcting for severity, use --method mean, median or trimmed.",
        ) from None
    except UnusableSheets as error:
        row = None if error.row is None else int(table["row"][error.row])
        wrong = Refusal(sheets.name, row, error.field, error.problem, error.remedy)
        raise BadInput(f"The sheets in {sheets.name} cannot be compared; nothing was written.", [wrong]) from None


def _write(sheets: Path, table: pl.DataFrame, scored: Scored, terms: Terms, into: Places) -> None:
    """All files beside their places first, then each to its place, so that nobody finds half of them."""
    growing: list[tuple[Path, Path]] = []
    try:
        for place, what in ((into.scores, _scores(scored)), (into.jurors, _jurors(scored))):
            if place is not None:
                growing.append((_beside(place), place))
                write_as(place.suffix, growing[-1][0], what)
        if into.report is not None:
            growing.append((_beside(into.report), into.report))
            growing[-1][0].write_text(_page(sheets, table, scored, terms), encoding="utf-8")
        for part, place in growing:
            part.replace(place)
    finally:
        for part, _ in growing:
            part.unlink(missing_ok=True)


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name}.part")


def _scores(scored: Scored) -> pl.DataFrame:
    return _plain(scored.applications.select(SCORES).sort("rank", "application_id"))


def _jurors(scored: Scored) -> pl.DataFrame:
    return _plain(scored.calibration.jurors.select(JURORS))


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """Figures with DIGITS places, without a negative nought."""
    return table.with_columns(pl.col(pl.Float64).round(DIGITS) + 0.0)


def _page(sheets: Path, table: pl.DataFrame, scored: Scored, terms: Terms) -> str:
    from laurea.documents import score_report

    facts = [
        ("Sheets", sheets.name),
        ("SHA-256 of the file", hashlib.sha256(sheets.read_bytes()).hexdigest()),
        ("Method", scored.used if scored.method == scored.used else f"{scored.method}: {scored.used}"),
        ("Seed", str(terms.seed)),
    ]
    if terms.scale is not None:
        facts.append(("Scale", str(terms.scale)))
    if terms.weights:
        facts.append(("Weights", ", ".join(f"{name} {value:g}" for name, value in terms.weights.items())))
    return score_report.page(scored, first_two(table), name=sheets.name, facts=facts)


def first_two(table: pl.DataFrame) -> list[tuple[float, float]]:
    """The first and second score of each application that has two: by when they came, else by juror.

    A sheet with marks for criteria counts with their mean.
    """
    sheet = table.group_by("application_id", "juror_id").agg(pl.col("score").mean(), pl.col("submitted_at").min())
    order = sheet.sort("application_id", "submitted_at", "juror_id", nulls_last=True)
    pairs = order.group_by("application_id", maintain_order=True).agg(pl.col("score").head(2))
    return [(one, two) for one, two in pairs.filter(pl.col("score").list.len() == 2)["score"].to_list()]


def rounded(value: Any) -> Any:
    """Figures with DIGITS places through lists and dictionaries; not a number is None."""
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """What is being done and how far it is, on a terminal; elsewhere nothing is said."""
    if not err.is_terminal:
        yield lambda _what: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task, done = bar.add_task("", total=steps), count()

        def told(what: str) -> None:
            bar.update(task, description=what, completed=next(done), refresh=True)

        yield told
