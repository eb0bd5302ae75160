"""The rubric as a juror sees it: criteria in order, each point with its wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluators.decide import Standing, standing, standings
from evaluators.marks import MarkProblem
from evaluators.sheets import NOT_APPLICABLE
from rules.plan import Plan
from rules.ruleset import say
from rules.terms import ResolvedCriterion, decimal_text

KEPT = 4_096  # tallies of a round, by marks and language
MOST_STEPS = 11  # more points than this become a number field


@dataclass(frozen=True)
class Step:
    """One point of a scale. `anchor` is its wording, empty where the rule set has none."""

    value: str
    anchor: str


@dataclass(frozen=True, eq=False)  # made once for a plan and a language: itself alone is the same
class Line:
    """One criterion. `steps` is empty where the scale is too long for buttons: then a number is typed."""

    id: str
    title: str
    help: str
    part: bool  # a part of the criterion above it
    counts: bool
    weight: str  # empty where it is 1
    minimum: str
    maximum: str  # empty where the round has not answered it yet
    step: str
    steps: tuple[Step, ...]
    thresholds: tuple[str, ...]  # what its own points must reach, as sentences
    evidence: tuple[tuple[str, str], ...]  # the facts to look at for it: id and meaning

    @property
    def anchored(self) -> bool:
        """Whether every point has a wording of its own."""
        return bool(self.steps) and all(step.anchor for step in self.steps)


@dataclass(frozen=True)
class Gap:
    """What is wrong at one criterion: `missing` where no mark was given, else the mark that cannot stand."""

    missing: bool
    problem: str
    remedy: str


class Gaps(dict[str, Gap]):
    """By criterion, what keeps a sheet from being finished. Never changed, so that pieces of pages are kept by it."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    @property
    def off(self) -> int:
        """How many marks were given that cannot stand."""
        return sum(not one.missing for one in self.values())

    def titles(self, lines: Sequence[Line]) -> list[str]:
        """The criteria they are at, in the order of the sheet."""
        return [line.title for line in lines if line.id in self]


def gaps(problems: Sequence[MarkProblem], typed: Mapping[str, str]) -> Gaps:
    """What keeps a sheet from being finished; `typed` are the marks as they were sent."""
    return Gaps(
        {one.criterion: Gap(not typed.get(one.criterion, "").strip(), one.problem, one.remedy) for one in problems}
    )


Marks = Mapping[str, str]


def tally(plan: Plan, marks: Marks, language: str) -> Standing:
    """The live total of one sheet against the thresholds; kept, for most of what is saved leaves the marks alone."""
    found = _kept(plan, language).get(frozenset(marks.items()))
    return found or _tallies(plan, [marks], language)[0]


def tally_ahead(sheets: Sequence[tuple[Plan, Marks, str]]) -> None:
    """Work out at once the totals of sheets of which `tally` will be asked, by plan and language."""
    new: dict[tuple[int, str], tuple[Plan, list[Marks]]] = {}
    for plan, marks, language in sheets:
        if frozenset(marks.items()) not in _kept(plan, language):
            new.setdefault((id(plan), language), (plan, []))[1].append(marks)
    for (_, language), (plan, several) in new.items():
        _tallies(plan, several, language)


def _tallies(plan: Plan, several: Sequence[Marks], language: str) -> list[Standing]:
    kept, found = _kept(plan, language), standings(plan, several, language)
    if len(kept) + len(found) > KEPT:
        kept.clear()
    kept.update(zip((frozenset(marks.items()) for marks in several), found, strict=True))
    return found


def _kept(plan: Plan, language: str) -> dict[frozenset[tuple[str, str]], Standing]:
    return plan.once(("tallies", language), dict)


def lines(plan: Plan, language: str) -> tuple[Line, ...]:
    """The criteria of a plan in `language`."""
    return plan.once(("lines of the sheet", language), lambda: _lines(plan, language))


def _lines(plan: Plan, language: str) -> tuple[Line, ...]:
    if plan.rubric is None or plan.ruleset.rubric is None:
        return ()
    says = {clause: sentence for clause, _, sentence in standing(plan, {}, language).lines}
    own = [(clause.points, says[clause.id]) for clause in plan.planned if clause.id in says]
    tagged = {one.id: one.evidence or [] for one in plan.ruleset.rubric.criteria}
    meanings = {name: say(fact.meaning, language) for name, fact in plan.ruleset.facts.items()}
    found = []
    for one in plan.rubric.criteria:
        if one.from_facts:
            continue  # nobody marks it
        anchors = {Fraction(value): say(text, language) for value, text in (one.levels or {}).items()}
        found.append(
            Line(
                id=one.id,
                title=say(one.title, language),
                help=say(one.help, language) if one.help else "",
                part=one.part_of is not None,
                counts=one.counts,
                weight="" if Fraction(one.weight) == 1 else one.weight,
                minimum=one.minimum or "",
                maximum=one.maximum or "",
                step=one.step or "",
                steps=_choices(one, anchors),
                thresholds=tuple(sentence for points, sentence in own if points == (one.id,)),
                evidence=tuple((name, meanings[name]) for name in tagged[one.id] if name in meanings),
            )
        )
    return tuple(found)


def _choices(one: ResolvedCriterion, anchors: Mapping[Fraction, str]) -> tuple[Step, ...]:
    """What can be chosen: the points of the scale, or the words of the criterion, and n/a where it may not apply."""
    steps = tuple(Step(word, "") for word in one.words) if one.words else ()
    steps = steps or _steps(one.minimum, one.maximum, one.step, anchors)
    return (*steps, Step(NOT_APPLICABLE, "")) if steps and one.may_not_apply else steps


def _steps(
    minimum: str | None, maximum: str | None, step: str | None, anchors: Mapping[Fraction, str]
) -> tuple[Step, ...]:
    if minimum is None or maximum is None or step is None:
        return ()
    low, high, by = Fraction(minimum), Fraction(maximum), Fraction(step)
    if by <= 0 or (high - low) / by + 1 > MOST_STEPS:
        return ()
    points = [low + by * place for place in range(int((high - low) / by) + 1)]
    return tuple(Step(decimal_text(point) or "", anchors.get(point, "")) for point in points)
