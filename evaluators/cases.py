"""Worked cases: decisions a rule set must give, written beside it, run through the plan that decides for real.

    policies: {pass_mark: 15}             # for all cases; a case may change or withdraw (null) an answer
    base: {facts: {…}, points: {…}}       # what every application has unless the case says else
    cases:
      - id: N02
        says: One NO is enough.
        sure: FIRM
        facts: {q_data_protection: false}
        expect: {outcome: not_eligible, first_failing: data_protection}

A case with several `applications` expects by application id; `repeat: 34` stands for that many equal ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BeforeValidator, Field, ValidationError

from evaluators.decide import STATUS, decide
from evaluators.facts import to_frames
from rules import loader
from rules.errors import Problem, RuleSetError, refuse
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet
from rules.words import Closed, Text, say

Plain = str | int | bool | None
Answer = Annotated[str | None, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
_SIDES = {-1: "below", 0: "at", 1: "above"}


class Papers(Closed):
    """What is known of one application."""

    id: str = "a"
    repeat: int = 1
    applicant_id: str | None = None
    unit_id: str | None = None
    country: str | None = None
    submitted_at: str | None = None
    facts: dict[str, Plain] = Field(default_factory=dict)
    children: dict[str, list[dict[str, Plain]] | None] = Field(default_factory=dict)
    points: dict[str, Answer] = Field(default_factory=dict)


class Case(Papers):
    """One worked case. `sure`: FIRM, DERIVED, SECONDARY, BK, OPEN, or OWN for a boundary of our own."""

    says: Text
    sure: Literal["FIRM", "DERIVED", "SECONDARY", "BK", "OPEN", "OWN"] = "OWN"
    policies: dict[str, Answer] = Field(default_factory=dict)
    parameters: dict[str, Answer] = Field(default_factory=dict)
    waive: list[str] = Field(default_factory=list)
    applications: list[Papers] | None = None
    expect: dict[str, Any]


class CaseFile(Closed):
    """The worked cases of one rule set."""

    policies: dict[str, Answer] = Field(default_factory=dict)
    base: Papers = Papers()
    cases: list[Case] = Field(min_length=1)


@dataclass(frozen=True)
class CaseResult:
    """What became of a case. `seen`: codes each clause took; `sides`: below, at, above its threshold."""

    id: str
    says: str
    sure: str
    passed: bool
    differences: tuple[str, ...]
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sides: Mapping[str, frozenset[str]] = field(default_factory=dict)


def run(ruleset: RuleSet, cases_file: Path | str) -> list[CaseResult]:
    """Run all worked cases of a file, in its order. Raises RuleSetError when the file itself is wrong."""
    book = read(cases_file)
    plans: dict[tuple[tuple[str, str], ...], Plan] = {}
    return [_run(ruleset, book, case, plans) for case in book.cases]


def read(cases_file: Path | str) -> CaseFile:
    """Read a file of worked cases as strictly as a rule set."""
    path = Path(cases_file)
    if not path.is_file():
        raise refuse("There are no worked cases here.", "Write them beside the rule set.", str(path))
    document = loader.read(path.read_text(encoding="utf-8"), path.name)
    try:
        return CaseFile.model_validate(document.data)
    except ValidationError as error:
        problems = []
        for one in error.errors(include_url=False):
            mark = document.where(tuple(one["loc"]), key=one["type"] == "extra_forbidden")
            problems.append(Problem(path.name, mark.line, mark.column, f"{one['msg']}.", "Correct it."))
        raise RuleSetError(problems) from None


def coverage(results: Iterable[CaseResult]) -> dict[str, dict[str, list[str]]]:
    """For each clause, which codes and which sides of its threshold the cases reach."""
    found: dict[str, dict[str, set[str]]] = {}
    for result in results:
        for kind, table in (("seen", result.seen), ("sides", result.sides)):
            for clause, values in table.items():
                found.setdefault(clause, {"seen": set(), "sides": set()})[kind] |= values
    return {clause: {kind: sorted(values) for kind, values in one.items()} for clause, one in found.items()}


def _run(ruleset: RuleSet, book: CaseFile, case: Case, plans: dict[tuple[tuple[str, str], ...], Plan]) -> CaseResult:
    answers = {name: value for name, value in (book.policies | case.policies).items() if value is not None}
    parameters = {name: value for name, value in case.parameters.items() if value is not None}
    key = (*sorted(answers.items()), ("", ""), *sorted(parameters.items()))
    if key not in plans:
        plans[key] = compile_plan(ruleset, answers, parameters)
    plan = plans[key]
    papers = case.applications if case.applications is not None else [case]
    rows, marks = _rows(book.base, papers)
    frames = to_frames(ruleset, rows)
    differences = [f"row {one.row_index + 1}, {one.field}: {one.problem}" for one in frames.problems]
    waivers = [(row["application_id"], clause) for row in rows for clause in case.waive]
    verdicts = decide(plan, frames, _points(plan, marks), waivers=waivers)
    by_id = {row["application_id"]: row for row in verdicts.iter_rows(named=True)}
    for one in papers:
        wanted = case.expect if case.applications is None else case.expect.get(one.id, {})
        for name in _names(one):
            differences += [f"{name}: {text}" for text in _differences(by_id[name], wanted)]
    seen, sides = _covered(plan, verdicts)
    return CaseResult(case.id, say(case.says), case.sure, not differences, tuple(differences), seen, sides)


def _names(papers: Papers) -> list[str]:
    return [papers.id] if papers.repeat == 1 else [f"{papers.id}-{number}" for number in range(1, papers.repeat + 1)]


def _rows(
    base: Papers, papers: list[Papers] | list[Case]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, str | None]]]:
    rows: list[dict[str, Any]] = []
    marks: dict[str, dict[str, str | None]] = {}
    for one in papers:
        for name in _names(one):
            rows.append(
                {
                    "application_id": name,
                    "applicant_id": one.applicant_id or base.applicant_id or name,
                    "unit_id": one.unit_id or base.unit_id or name,
                    "country": one.country or base.country,
                    "submitted_at": one.submitted_at or base.submitted_at,
                    "facts": base.facts | one.facts,
                    "children": {k: v for k, v in (base.children | one.children).items() if v is not None},
                }
            )
            marks[name] = base.points | one.points
    return rows, marks


def _points(plan: Plan, marks: Mapping[str, Mapping[str, str | None]]) -> pl.DataFrame | None:
    if plan.rubric is None:
        return None
    columns: dict[str, list[Any]] = {"application_id": list(marks)}
    for criterion in plan.rubric.criteria:
        given = [one.get(criterion.id) for one in marks.values()]
        columns[criterion.id] = [None if mark is None else _numerator(mark, plan.point_unit) for mark in given]
    return pl.DataFrame(columns, schema={name: pl.String if name == "application_id" else pl.Int64 for name in columns})


def _numerator(mark: str, unit: int) -> int:
    value = Fraction(mark) * unit
    if value.denominator != 1:
        raise refuse(f"The points {mark} cannot come from this jury.", "Give points that its marks can have.")
    return int(value)


def _differences(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for key, asked in wanted.items():
        got, value = _compared(row, key, asked)
        if got != value:
            found.append(f"{key} is {got}, expected {value}")
    return found


def _compared(row: Mapping[str, Any], key: str, asked: Any) -> tuple[Any, Any]:
    """What was found and what was asked, in the same shape."""
    if key == "clauses":
        words = {True: "true", False: "false"}
        got = {name: STATUS[row[f"clause.{name}"]] if f"clause.{name}" in row else "no such clause" for name in asked}
        return got, {name: words.get(one, one) for name, one in asked.items()}
    if key == "points":
        return row["points_shown"], str(asked)
    found = row.get(key, "no such column")
    return (sorted(found) if isinstance(found, list) else found), (sorted(asked) if isinstance(asked, list) else asked)


def _covered(plan: Plan, verdicts: pl.DataFrame) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    seen: dict[str, frozenset[str]] = {}
    sides: dict[str, frozenset[str]] = {}
    for clause in plan.planned:
        seen[clause.id] = frozenset(STATUS[code] for code in verdicts[f"clause.{clause.id}"].unique())
        if clause.operator not in ("<", "<=", ">", ">="):
            continue
        measured, threshold = verdicts[f"measured.{clause.id}"], verdicts[f"threshold.{clause.id}"]
        units = [getattr(one, "unit", 1) for one in (clause.measured, clause.threshold)]
        pairs = [(a, b) for a, b in zip(measured, threshold, strict=True) if a is not None and b is not None]
        if pairs and isinstance(pairs[0][0], int):
            pairs = [(Fraction(a, units[0]), Fraction(b, units[1])) for a, b in pairs]
        sides[clause.id] = frozenset(_SIDES[(a > b) - (a < b)] for a, b in pairs)
    return seen, sides
