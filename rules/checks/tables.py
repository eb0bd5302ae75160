"""Figures that do not fit together: scales, level tables, bands, quotas, windows, limits of answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from rules import moments
from rules.checks.common import Reading, clauses, problem
from rules.checks.formulas import All, At, Formula
from rules.checks.terms import Bound
from rules.checks.world import World
from rules.errors import Problem
from rules.loader import Path
from rules.ruleset import Criterion, Policy, RuleSet

_LEVEL = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|–|to)\s*(\d+(?:\.\d+)?))?", re.ASCII)


def found(ruleset: RuleSet, read: list[Reading], world: World) -> Iterator[Problem]:
    """All findings about figures; `world` is the rule set as it stands."""
    for number, one in enumerate(ruleset.rubric.criteria if ruleset.rubric else []):
        path: Path = ("rubric", "criteria", number)
        yield from _scale(ruleset, path, one, world)
        yield from _levels(ruleset, path, one, world)
    yield from _bands(ruleset, read, world)
    yield from _jury(ruleset, world)
    yield from _quotas(ruleset, world)
    yield from _windows(ruleset)
    for name, policy in ruleset.policies.items():
        yield from _answers(ruleset, name, policy)
    yield from _beyond(ruleset, read, world)
    force = ruleset.in_force
    if force and force.starts and force.ends and force.starts > force.ends:
        says = f"This edition ends on {force.ends}, before it begins on {force.starts}."
        yield problem(ruleset, ("in_force", "ends"), says, "Exchange the two days, or correct one.")


def _one(world: World, text: str | None) -> Bound:
    """The value of an expression that has only one."""
    limits = world.constant(text)
    return limits.low if limits.low == limits.high else None


def _scale(ruleset: RuleSet, path: Path, one: Criterion, world: World) -> Iterator[Problem]:
    low, high, step = _one(world, one.minimum), _one(world, one.maximum), _one(world, one.step)
    weight = _one(world, one.weight)
    name = one.id
    if low is not None and high is not None and low >= high:
        says = f"The scale of '{name}' goes from {low} to {high}."
        yield problem(ruleset, (*path, "maximum"), says, "Let the maximum be above the minimum.")
        return
    if step is not None and step <= 0:
        yield problem(ruleset, (*path, "step"), f"A step of {step} leads nowhere.", "Give a step above 0.")
    elif low is not None and high is not None and step is not None and ((high - low) / step).denominator != 1:
        says = f"The steps of {_short(step)} from {low} do not reach the maximum of {_short(high)}."
        yield problem(ruleset, (*path, "step"), says, "Choose a step that divides the scale, or correct the maximum.")
    if weight is not None and weight <= 0:
        says = f"With a weight of {_short(weight)} more points in '{name}' would not help."
        yield problem(ruleset, (*path, "weight"), says, "Give a weight above 0, or `counts: false`.")


def _levels(ruleset: RuleSet, path: Path, one: Criterion, world: World) -> Iterator[Problem]:
    spans: list[tuple[Fraction, Fraction, str]] = []
    low, high, step = _one(world, one.minimum), _one(world, one.maximum), _one(world, one.step)
    for key in one.levels or {}:
        here = (*path, "levels", key)
        match = _LEVEL.fullmatch(key)
        if match is None:
            says = f"The level '{key}' is not a number of points."
            yield problem(ruleset, here, says, "Write a figure, or a span such as 3-4.", True)
            continue
        first, last = Fraction(match[1]), Fraction(match[2] or match[1])
        if (low is not None and first < low) or (high is not None and last > high) or first > last:
            says = f"The level {key} lies outside the scale of '{one.id}', {_short(low)} to {_short(high)}."
            yield problem(ruleset, here, says, "Correct the level or the scale.", True)
        elif step and low is not None and any(((end - low) / step).denominator != 1 for end in (first, last)):
            says = f"No juror can give {key} points in steps of {_short(step)}."
            yield problem(ruleset, here, says, "Correct the level or the step.", True)
        clash = next((text for a, b, text in spans if first <= b and a <= last), None)
        if clash is not None:
            says = f"The levels {clash} and {key} overlap."
            yield problem(ruleset, here, says, "Let each number of points belong to one level.", True)
        spans.append((first, last, key))
    yield from _gaps(ruleset, path, sorted(spans), low, high, step)


def _gaps(
    ruleset: RuleSet, path: Path, spans: list[tuple[Fraction, Fraction, str]], low: Bound, high: Bound, step: Bound
) -> Iterator[Problem]:
    """Points that no level describes: at the ends of any table, and between the spans of a table of spans."""
    if not spans:
        return
    here = (*path, "levels")
    remedy = "Describe them, or correct the scale."
    if low is not None and spans[0][0] > low:
        says = f"The levels have a gap: {_short(low)} points, the least, are not described."
        yield problem(ruleset, here, says, remedy, True)
    if high is not None and spans[-1][1] < high:
        says = f"The levels have a gap: {_short(high)} points, the most, are not described."
        yield problem(ruleset, here, says, remedy, True)
    if not any(a < b for a, b, _ in spans):
        return
    for (_, end, before), (start, _, after) in pairwise(spans):
        if start - end > (step or 1):
            says = f"The levels have a gap between {before} and {after}."
            yield problem(ruleset, (*here, after), says, remedy, True)


def _bands(ruleset: RuleSet, read: list[Reading], world: World) -> Iterator[Problem]:
    """Gates that cut one quantity into bands, with a hole between two of them or a stretch that two claim."""
    bands: dict[str, list[tuple[Bound, bool, Bound, bool, str, Path]]] = {}
    trees = {one.condition.path: one.tree for one in read}
    for path, clause in clauses(ruleset):
        if path[0] == "rubric" and (tree := trees.get((*path, "require"))) is not None:
            name, *band = _band(world.formula(tree))
            if name:
                bands.setdefault(name, []).append((*band, clause.id, (*path, "require")))  # type: ignore[arg-type]
    for name, found_ in bands.items():
        if not any(one[0] is not None and one[2] is not None for one in found_):
            continue
        found_.sort(key=lambda one: (one[0] is not None, one[0] or 0, not one[1]))
        for (_, _, top, closed, first, _), (bottom, begun, _, _, second, path) in pairwise(found_):
            if bottom is None or top is None or top > bottom or (top == bottom and closed and begun):
                says = f"'{first}' and '{second}' overlap: some values of {name} meet both."
                yield problem(ruleset, path, says, "Let each value belong to one of the two.")
            elif top < bottom or not (closed or begun):
                says = f"There is a gap between '{first}' and '{second}': some values of {name} meet neither."
                yield problem(ruleset, path, says, "Let one begin where the other ends.")


def _band(formula: Formula) -> tuple[str, Bound, bool, Bound, bool]:
    """The one stretch of one quantity that a formula asks for; an empty name where it asks for something else."""
    parts = formula.of if isinstance(formula, All) else (formula,)
    low: Bound = None
    high: Bound = None
    from_, to = True, True
    names = set()
    for part in parts:
        if not isinstance(part, At) or part.op in ("==", "!="):
            return "", None, True, None, True
        names.add(part.name)
        if part.op in (">", ">="):
            low, from_ = part.figure, part.op == ">="
        else:
            high, to = part.figure, part.op == "<="
    return (names.pop() if len(names) == 1 else ""), low, from_, high, to


def _jury(ruleset: RuleSet, world: World) -> Iterator[Problem]:
    if ruleset.jury is None:
        return
    reviews, experienced = world.constant(ruleset.jury.reviews), world.constant(ruleset.jury.experienced)
    if reviews.high is not None and reviews.high < 1:
        yield problem(ruleset, ("jury", "reviews"), "Nobody would review an application.", "Ask for at least 1.")
    elif reviews.low == reviews.high and reviews.low is not None and reviews.low.denominator != 1:
        says = f"{_short(reviews.low)} reviews cannot be given."
        yield problem(ruleset, ("jury", "reviews"), says, "Write a whole number.")
    if reviews.high is not None and experienced.low is not None and experienced.low > reviews.high:
        says = f"{experienced.low} experienced jurors are asked for, but there are at most {reviews.high} reviews."
        yield problem(ruleset, ("jury", "experienced"), says, "Ask for at most as many as there are reviews.")
    share = world.constant(ruleset.jury.shuffle)
    if (share.low is not None and share.low > 1) or (share.high is not None and share.high < 0):
        says = "What chance may take of a pair's quality is a share of it."
        yield problem(ruleset, ("jury", "shuffle"), says, "Write a share between 0 and 1.")
    if ruleset.jury.per_institution is not None:
        limit = world.constant(ruleset.jury.per_institution)
        if limit.high is not None and limit.high < 1:
            says = "No juror of any institution could review an application."
            yield problem(ruleset, ("jury", "per_institution"), says, "Allow at least 1.")
        elif limit.low is not None and reviews.high is not None and limit.low >= reviews.high:
            says = (
                f"At most {_short(limit.low)} of one institution limits nothing where there are at most {reviews.high}."
            )
            yield problem(ruleset, ("jury", "per_institution"), says, "Allow fewer, or leave it out.")


def _quotas(ruleset: RuleSet, world: World) -> Iterator[Problem]:
    for path, one in ruleset.chosen():
        quota = one.quota
        if quota is None:
            continue
        share, count = _one(world, quota.share), _one(world, quota.count)
        if share is not None and not 0 < share <= 1:
            says = f"A share of {_short(share)} is not between 0 and 1."
            yield problem(ruleset, (*path, "quota", "share"), says, "Write 25 % as 0.25.")
        if count is not None and (count < 1 or count.denominator != 1):
            says = f"{_short(count)} cannot be a number of places."
            yield problem(ruleset, (*path, "quota", "count"), says, "Write a whole number from 1 on.")


def _windows(ruleset: RuleSet) -> Iterator[Problem]:
    for path, clause in clauses(ruleset):
        window = clause.window
        if window is None:
            continue
        if window.opens is None and window.closes is None:
            says = "This window neither opens nor closes."
            yield problem(ruleset, (*path, "window"), says, "Say when it opens, closes, or both.")
        elif window.opens and window.closes:
            try:
                wrong = moments.local(window.opens) > moments.local(window.closes)
            except ValueError:
                continue
            if wrong:
                says = "This window closes before it opens: nobody could ever be in time."
                yield problem(ruleset, (*path, "window", "closes"), says, "Exchange the two, or correct one.")


def _answers(ruleset: RuleSet, name: str, policy: Policy) -> Iterator[Problem]:
    if policy.type == "choice" and len(policy.options) == 1:
        says = f"The policy '{name}' has a single answer: nothing is left open."
        yield problem(ruleset, ("policies", name, "options"), says, "Add the other readings, or write a rule.", True)
    if policy.type not in ("int", "decimal"):
        return
    low, high = (None if one is None else Fraction(one) for one in (policy.minimum, policy.maximum))
    if low is not None and high is not None and low > high:
        says = f"No answer to '{name}' is at least {_short(low)} and at most {_short(high)}."
        yield problem(ruleset, ("policies", name, "maximum"), says, "Exchange the two, or correct one.")


def _beyond(ruleset: RuleSet, read: list[Reading], world: World) -> Iterator[Problem]:
    """Policies whose answers may ask for more than there is to reach."""
    for one in read:
        if not any(name.startswith("policy.") for name in one.names):
            continue
        formula = world.formula(one.tree)
        for name, policy in ruleset.policies.items():
            if f"policy.{name}" not in one.names or policy.maximum is None or policy.type not in ("int", "decimal"):
                continue
            if not isinstance(formula, At) or formula.op not in (">", ">="):
                continue
            if not formula.name.endswith(f" - policy.{name}") or formula.figure:
                continue
            quantity = formula.name.removesuffix(f" - policy.{name}")
            most = world.quantities.limits[formula.name].high
            lowest = Fraction(policy.minimum) if policy.minimum else None
            if most is None or lowest is None:
                continue
            reach = most + lowest
            if Fraction(policy.maximum) > reach:
                says = f"An answer of {policy.maximum} could not be reached: {quantity} is at most {_short(reach)}."
                remedy = f"Let the maximum be {_short(reach)}."
                yield problem(ruleset, ("policies", name, "maximum"), says, remedy)


def _short(value: Bound) -> str:
    if value is None:
        return "?"
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
