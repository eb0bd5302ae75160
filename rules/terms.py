"""The rubric's terms once the round's policies are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from rules.errors import refuse
from rules.ruleset import Criterion, RuleSet

_MEANS_OF = 10  # a mean of up to this many sheets is always a whole number of point units


@dataclass(frozen=True)
class ResolvedCriterion:
    """What a juror marks, with its scale as exact decimal texts; None where a policy is still open.

    `words` are the words a juror marks with, and the points behind each. `not_applicable`: excluded, zero or full, None
    while open. `from_facts`: nobody marks it, its points follow from facts.
    """

    id: str
    title: Mapping[str, str]
    help: Mapping[str, str] | None
    counts: bool
    part_of: str | None
    weight: str
    minimum: str | None
    maximum: str | None
    step: str | None
    levels: Mapping[str, Mapping[str, str]] | None
    optional: bool = False
    words: Mapping[str, str] | None = None
    may_not_apply: bool = False
    not_applicable: str | None = None
    from_facts: bool = False


@dataclass(frozen=True)
class ResolvedRubric:
    """The criteria in order. `maximum` is the highest total, None while a scale is open."""

    criteria: tuple[ResolvedCriterion, ...]
    maximum: str | None
    show_decimals: int


def decimal_text(value: Fraction | None) -> str | None:
    """A terminating fraction as the shortest decimal text: 5/2 is 2.5."""
    if value is None:
        return None
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 18:
            raise ValueError(f"{value} has no finite decimal text")
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return f"-{text}" if value < 0 else text


def resolve_rubric(
    ruleset: RuleSet,
    constants: Mapping[tuple[str, int, str], Fraction | None],
    not_applicable: Mapping[str, str | None] | None = None,
) -> ResolvedRubric | None:
    """The rubric with its scales; `constants` holds (…, number of the criterion, key) → value.

    `not_applicable` holds for each criterion that knows it what a mark of n/a becomes; None while that is open.
    """
    if ruleset.rubric is None:
        return None
    criteria = []
    total: Fraction | None = Fraction(0)
    for number, one in enumerate(ruleset.rubric.criteria):
        scale = {key: constants.get(("rubric", number, key)) for key in ("weight", "minimum", "maximum", "step")}
        weight = scale["weight"]
        if weight is None:
            raise refuse(f"The weight of '{one.id}' is not decided.", "Answer the policy first.", ruleset.key)
        scale |= _implied(one, scale)
        if one.counts:
            highest = scale["maximum"]
            total = None if total is None or highest is None else total + weight * highest
        minimum, maximum, step = (decimal_text(scale[key]) for key in ("minimum", "maximum", "step"))
        criteria.append(
            ResolvedCriterion(
                one.id, one.title, one.help, one.counts, one.part_of, decimal_text(weight) or "1",
                minimum, maximum, step, one.levels, one.optional, one.words, one.not_applicable is not None,
                (not_applicable or {}).get(one.id), bool(one.ladder or one.computed),
            )
        )  # fmt: skip
    return ResolvedRubric(tuple(criteria), decimal_text(total), ruleset.rubric.show_decimals)


def _implied(one: Criterion, scale: Mapping[str, Fraction | None]) -> dict[str, Fraction | None]:
    """The ends of a scale that a ladder or words give by themselves."""
    if one.ladder and one.maximum is None:
        return {"maximum": Fraction(len(one.ladder))}
    if one.words and one.maximum is None:
        points = [Fraction(text) for text in one.words.values()]
        return {"maximum": max(points), "minimum": min(*points, scale["minimum"] or Fraction(0))}
    return {}


def point_unit(rubric: ResolvedRubric | None, reviews: Fraction | None) -> int:
    """The denominator of all points: every mean of the reviews, weighted or not, is a whole number of it."""
    if rubric is None:
        return 1
    unit = lcm(*range(1, max(_MEANS_OF, int(reviews or 0) + 1) + 1))  # with a further review
    places = max(
        (
            len(text.partition(".")[2])
            for one in rubric.criteria
            for text in (one.step, one.minimum, *(one.words or {}).values())
            if text
        ),
        default=0,
    )
    weights = lcm(*(Fraction(one.weight).denominator for one in rubric.criteria))
    return int(unit * 10**places * weights)
