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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError

from evaluators import case_marks, validity
from evaluators.appeals import decide_appeals
from evaluators.case_expectations import compared
from evaluators.decide import STATUS, decide
from evaluators.facts import FactProblem, Frames, to_frames
from evaluators.sheets import points_of, with_sheets
from rules.errors import Problem, RuleSetError
from rules.loader import Document, Path
from rules.plan import Plan, compile_plan
from rules.ruleset import RuleSet
from rules.words import Closed, Day, Text, say

Plain = str | int | bool | None
Answer = Annotated[str | None, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
_SIDES = {-1: "below", 0: "at", 1: "above"}


class Papers(Closed):
    """What is known of one application: `sheets` are its jurors' marks, `appeal` the facts of an appeal about it."""

    id: str = "a"
    repeat: int = 1
    applicant_id: str | None = None
    unit_id: str | None = None
    country: str | None = None
    submitted_at: str | None = None
    facts: dict[str, Plain] = Field(default_factory=dict)
    children: dict[str, list[dict[str, Plain]] | None] = Field(default_factory=dict)
    points: dict[str, Answer] = Field(default_factory=dict)
    sheets: list[dict[str, Plain]] | None = None
    appeal: dict[str, Plain] | None = None
    awarded_on: Day | None = None


class Case(Papers):
    """One worked case. `sure`: FIRM, DERIVED, SECONDARY, BK, OPEN, or OWN for a boundary of our own."""

    says: Text
    sure: Literal["FIRM", "DERIVED", "SECONDARY", "BK", "OPEN", "OWN"] = "OWN"
    policies: dict[str, Answer] = Field(default_factory=dict)
    parameters: dict[str, Answer] = Field(default_factory=dict)
    waive: list[str] = Field(default_factory=list)
    seed: int = 0
    as_of: Day | None = None
    applications: list[Papers] | None = None
    expect: dict[str, Any]


class CaseFile(Closed):
    """The worked cases of one rule set."""

    policies: dict[str, Answer] = Field(default_factory=dict)
    base: Papers = Papers()
    cases: list[Case] = Field(min_length=1)

    _document: Document = PrivateAttr(default_factory=lambda: Document("", None))

    def keep(self, document: Document) -> None:
        """Remember the file this was read from."""
        self._document = document

    @property
    def document(self) -> Document:
        """The file, with the place of each part of it."""
        return self._document


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


def run(ruleset: RuleSet, worked: Document) -> list[CaseResult]:
    """Run all worked cases of a document, in its order. Raises RuleSetError when the document itself is wrong."""
    book = read(worked)
    plans: dict[tuple[tuple[str, str], ...], Plan] = {}
    return [_run(ruleset, book, case, plans) for case in book.cases]


def read(worked: Document) -> CaseFile:
    """Read worked cases as strictly as a rule set."""
    try:
        book = CaseFile.model_validate(worked.data)
    except ValidationError as error:
        problems = []
        for one in error.errors(include_url=False):
            mark = worked.where(tuple(one["loc"]), key=one["type"] == "extra_forbidden")
            problems.append(Problem(worked.file, mark.line, mark.column, f"{one['msg']}.", "Correct it."))
        raise RuleSetError(problems) from None
    book.keep(worked)
    return book


def coverage(results: Iterable[CaseResult]) -> dict[str, dict[str, list[str]]]:
    """For each clause, which codes and which sides of its threshold the cases reach."""
    found: dict[str, dict[str, set[str]]] = {}
    for result in results:
        for kind, table in (("seen", result.seen), ("sides", result.sides)):
            for clause, values in table.items():
                found.setdefault(clause, {"seen": set(), "sides": set()})[kind] |= values
    return {clause: {kind: sorted(values) for kind, values in one.items()} for clause, one in found.items()}


@dataclass(frozen=True)
class Prepared:
    """A case as the bench takes it."""

    plan: Plan
    rows: list[dict[str, Any]]
    frames: Frames
    points: pl.DataFrame | None


def prepare(
    ruleset: RuleSet, book: CaseFile, case: Case, plans: dict[tuple[tuple[str, str], ...], Plan] | None = None
) -> Prepared:
    """The plan with the answers of a case, and its applications as frames. `plans` keeps plans for the next case.

    Raises RuleSetError for points that no jury could give.
    """
    answers = {name: value for name, value in (book.policies | case.policies).items() if value is not None}
    parameters = {name: value for name, value in case.parameters.items() if value is not None}
    key = (*sorted(answers.items()), ("", ""), *sorted(parameters.items()))
    plans = {} if plans is None else plans
    if key not in plans:
        plans[key] = compile_plan(ruleset, answers, parameters)
    plan = plans[key]
    papers = case.applications if case.applications is not None else [case]
    wrong = case_marks.problems(plan, book.document, dict(_marked(book, case)))
    if wrong:
        raise RuleSetError(wrong)
    rows, marks = _rows(book.base, papers)
    frames = _with_sheets(plan, to_frames(ruleset, rows), rows)
    return Prepared(plan, rows, frames, points_of(plan, marks) if plan.rubric else None)


def _marked(book: CaseFile, case: Case) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The points and sheets of a case and of the base, by their place in the file."""
    number = next((number for number, one in enumerate(book.cases) if one is case), -1)
    here: Path = ("cases", number)
    many = case.applications
    own = [(here, case)] if many is None else [((*here, "applications", n), one) for n, one in enumerate(many)]
    for path, one in [(("base",), book.base), *own]:
        yield (*path, "points"), one.points
        for place, sheet in enumerate(one.sheets or ()):
            yield (*path, "sheets", place), sheet


def _run(ruleset: RuleSet, book: CaseFile, case: Case, plans: dict[tuple[tuple[str, str], ...], Plan]) -> CaseResult:
    made = prepare(ruleset, book, case, plans)
    plan, rows, frames = made.plan, made.rows, made.frames
    papers = case.applications if case.applications is not None else [case]
    waivers = [(row["application_id"], clause) for row in rows for clause in case.waive]
    verdicts = decide(plan, frames, made.points, waivers=waivers, seed=case.seed)
    by_id = {row["application_id"]: row for row in verdicts.iter_rows(named=True)}
    differences = _unread(frames.problems)
    if case.as_of or plan.validity or plan.milestones:
        found = validity.terms(plan, frames, [row["awarded_on"] for row in rows], case.as_of)
        for row in found.iter_rows(named=True):
            by_id[row["application_id"]] |= row
    appealed = [row for row in rows if row["appeal"] is not None]
    if appealed:
        heard, problems = decide_appeals(plan, [_appeal(plan, row) for row in appealed])
        differences += _unread(problems)
        for row in heard.iter_rows(named=True):
            by_id[row["application_id"]]["appeal"] = row
    for one in papers:
        wanted = case.expect if case.applications is None else case.expect.get(one.id, {})
        for name in _names(one):
            differences += [f"{name}: {text}" for text in compared(by_id[name], wanted)]
    seen, sides = _covered(plan, verdicts)
    return CaseResult(case.id, say(case.says), case.sure, not differences, tuple(differences), seen, sides)


def _unread(problems: Iterable[FactProblem]) -> list[str]:
    return [f"row {one.row_index + 1}, {one.field}: {one.problem}" for one in problems]


def _with_sheets(plan: Plan, frames: Frames, rows: list[dict[str, Any]]) -> Frames:
    if all(row["sheets"] is None for row in rows):
        return frames
    return with_sheets(plan, frames, [row["sheets"] for row in rows])


def _appeal(plan: Plan, row: dict[str, Any]) -> dict[str, Any]:
    """An appeal's facts, with those of the application it is about."""
    known = plan.appeal.ruleset.facts if plan.appeal else {}
    return row | {"facts": row["facts"] | {name: value for name, value in row["appeal"].items() if name in known}}


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
                    "sheets": one.sheets if one.sheets is not None else base.sheets,
                    "appeal": one.appeal if base.appeal is None else base.appeal | (one.appeal or {}),
                    "awarded_on": one.awarded_on or base.awarded_on,
                }
            )
            marks[name] = one.points if one.sheets is not None else base.points | one.points  # sheets make points
    return rows, marks


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
