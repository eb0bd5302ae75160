"""A dry run and a comparison of editions, told on the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from laurea.cli.console import out, show
from laurea.errors import BadInput, NotFound

_SHOWN = 200  # applications told one by one

if TYPE_CHECKING:
    from pathlib import Path

    from evaluators.dry_run import DryRun
    from rules.plan import Plan


def tell_dry_run(before: Plan, after: Plan, found: DryRun, language: str, *, as_json: bool) -> None:
    """The table of a dry run: how many come out otherwise, who (the first of many), and the clause behind each."""
    from evaluators.dry_run import sentences

    if as_json:
        out.print_json(json.dumps(as_data(before, after, found, language), ensure_ascii=False, default=str))
        return
    flips = sentences(before, after, found.flips[:_SHOWN], language)
    show(_counts(found), as_json=False)
    total = sum(found.table.values())
    says = f"{len(found.flips)} of {total} applications come out otherwise. Of this comparison nothing was written."
    out.print(says, highlight=False)
    for one in flips:
        out.print(f"  {escape(one['application'])}: {one['before']} → {one['after']}", highlight=False)
        if one["clause"]:
            measured = f" {escape(one['found'])}" if one["found"] else ""
            out.print(f"    {one['clause']} ({one['edition']}): {escape(one['says'])}{measured}", highlight=False)
        else:
            out.print("    No clause differs; the outcomes are decided otherwise.", highlight=False)
    if len(found.flips) > len(flips):
        out.print(f"  … and {len(found.flips) - len(flips)} more; --json names all of them.", highlight=False)
    for note in _notes(after, found):
        out.print(f"  {escape(note)}", style="yellow", highlight=False)


def as_data(before: Plan, after: Plan, found: DryRun, language: str) -> dict[str, Any]:
    """A dry run as plain data: both sides, the counts, each flip with its clause, and what could not be known."""
    from evaluators.dry_run import sentences

    return {
        "before": _side(before),
        "after": _side(after),
        "counts": _counts(found),
        "flips": sentences(before, after, found.flips, language),
        "notes": _notes(after, found),
    }


def tell_trace(file: Path, application: str, rules: str | None, language: str, *, as_json: bool) -> None:
    """A decision in sentences, from the columns `laurea evaluate --trace` kept."""
    import polars as pl

    from evaluators import columnar, trace
    from evaluators.phrases import phrase
    from laurea import overview
    from rules.library import named
    from rules.plan import compile_plan
    from rules.words import say

    if not file.is_file():
        raise BadInput(f"There is no file {file}.", remedy="Make one with: laurea evaluate … --trace FILE.parquet")
    try:
        kept = json.loads(pl.read_parquet_metadata(file)["laurea"])
        found = pl.scan_parquet(file).filter(pl.col("application_id") == application).collect().to_dicts()
    except (OSError, KeyError, pl.exceptions.PolarsError):
        remedy = "Make one with: laurea evaluate … --trace FILE.parquet"
        raise BadInput(f"{file} is not a trace.", remedy=remedy) from None
    if not found:
        raise NotFound(f"The trace holds no application {application!r}.")
    plan = compile_plan(named(rules or kept["rule_set"]), kept["policies"], kept["parameters"])
    try:
        entries = columnar.entries(plan, found[0], kept)
    except ValueError as error:
        raise BadInput(f"This cannot be explained: {error}.", remedy="Name the edition with --rules.") from None
    lines = overview.told(trace.sentences(plan.ruleset, entries, language))
    standing = _standing(file, found[0], plan, kept, language)
    for line in lines:
        if standing and line["clause"] == plan.selections[0].id:
            line["measured"] += f"; {standing}"
    if as_json:
        show(lines, as_json=True)
        return
    titles = {one.id: say(one.title, language) for one in plan.ruleset.outcomes}
    ended = titles.get(found[0]["outcome"]) or phrase("open", language)
    out.print(f"[bold]{escape(application)}[/bold]: {escape(ended)}", highlight=False)
    for line in lines:
        where = written_in(line["cite"], language)
        out.print(escape(f"  {line['mark']} {line['says']} {line['measured']} ({where})"), highlight=False)


def _standing(file: Path, row: dict[str, Any], plan: Plan, kept: dict[str, Any], language: str) -> str:
    """Which place an application took in its group, of how many, and how many were chosen; empty while not certain."""
    import polars as pl

    from evaluators import columnar
    from evaluators.phrases import phrase

    if len(plan.selections) != 1 or row.get("rank") is None:
        return ""
    mine = pl.scan_parquet(file).filter(pl.col("group").cast(pl.String).eq_missing(pl.lit(row["group"], pl.String)))
    chosen = columnar.holds(kept, plan.selections[0].id)
    many, taken = mine.select(pl.col("rank").count(), chosen.sum().alias("chosen")).collect().row(0)
    return phrase("place", language).format(row["rank"], many, taken)


def written_in(cite: str, language: str) -> str:
    """Where a clause is written, for a reader of another language without the file's own English remarks."""
    return cite if language == "en" else re.sub(r"\s*\([^)]*\)", "", cite)


def _counts(found: DryRun) -> list[dict[str, Any]]:
    return [{"before": a, "after": b, "applications": n} for (a, b), n in sorted(found.table.items())]


def _side(plan: Plan) -> dict[str, Any]:
    return {
        "rule_set": plan.ruleset.key,
        "digest": plan.ruleset.digest,
        "policies": dict(plan.policies),
        "parameters": dict(plan.parameters),
    }


def _notes(after: Plan, found: DryRun) -> list[str]:
    """What the comparison could not know."""
    notes = []
    if found.unknown_facts:
        notes.append(f"Nobody has said anything about {', '.join(found.unknown_facts)}: unknown in the other edition.")
    if found.unused_facts:
        notes.append(f"The other edition does not ask about {', '.join(found.unused_facts)}.")
    if found.unused_marks:
        notes.append(f"The other edition does not mark {', '.join(found.unused_marks)}.")
    if after.unanswered:
        notes.append(f"Open questions: {', '.join(after.unanswered)}. Answer them with --policy NAME=VALUE.")
    if found.hindrance:
        notes.append(f"The marks could not be made one: {found.hindrance}")
    notes += [f"Row {one.row_index + 1}, {one.field}: {one.problem} It stays unknown." for one in found.problems[:5]]
    return notes
