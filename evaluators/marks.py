"""What is wrong with one juror's marks. Marks are plain text, read exactly; nothing is rounded or guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evaluators.sheets import NOT_APPLICABLE
from rules.plan import Plan
from rules.terms import ResolvedCriterion

_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_LONGEST = 24  # characters: what is longer is no number, however it begins


@dataclass(frozen=True)
class MarkProblem:
    """One mark that cannot stand, and the way out, both as sentences."""

    criterion: str
    problem: str
    remedy: str


def problems(plan: Plan, marks: Mapping[str, str], *, complete: bool) -> list[MarkProblem]:
    """Everything wrong with a sheet, in the rubric's order; empty when it can be kept.

    `marks` maps criterion to points as typed; empty text is "not marked yet". With `complete`, every criterion
    the rubric does not call optional must be marked (a sheet about to be submitted); without, gaps are fine.
    """
    criteria = plan.rubric.criteria if plan.rubric is not None else ()
    found: list[MarkProblem] = []
    for criterion in criteria:
        text = marks.get(criterion.id, "").strip()
        if criterion.from_facts:
            if text:
                remedy = "Leave it out: it is worked out from the facts."
                found.append(MarkProblem(criterion.id, "No juror marks this criterion.", remedy))
            continue
        if (text == NOT_APPLICABLE and criterion.may_not_apply) or (criterion.words and text in criterion.words):
            continue
        if text:
            found += _of_one(criterion, text)
        elif complete and not criterion.optional:
            found.append(MarkProblem(criterion.id, "There is no mark yet.", f"Give {_scale(criterion)}."))
    known = {criterion.id for criterion in criteria}
    found += [
        MarkProblem(name, "The rubric has no such criterion.", "Mark only the criteria of this round's rubric.")
        for name in sorted(set(marks) - known)
    ]
    return found


def exact(text: str) -> Fraction | None:
    """The number a mark says, or None when it is not a plain decimal number (NaN, 1e5, 3,5, full-width digits …)."""
    text = text.strip()
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def _of_one(criterion: ResolvedCriterion, text: str) -> list[MarkProblem]:
    match _place(text[:_LONGEST], criterion.minimum, criterion.maximum, criterion.step):
        case "nowhere":
            remedy = f"Write {text.replace(',', '.')}." if re.fullmatch(r"-?[0-9]+,[0-9]+", text) else ""
            problem = f"“{text[:40]}” is not a number."
            return [MarkProblem(criterion.id, problem, remedy or f"Give {_scale(criterion)}.")]
        case "outside":
            return [MarkProblem(criterion.id, f"{text} is outside the scale.", f"Give {_scale(criterion)}.")]
        case "between":
            return [
                MarkProblem(criterion.id, f"{text} is between two steps of the scale.", f"Give {_scale(criterion)}.")
            ]
    return []


@lru_cache(maxsize=4096)  # of thousands of sheets most give the same few marks
def _place(text: str, minimum: str | None, maximum: str | None, step: str | None) -> str:
    """Where a mark stands on its scale: on it, outside, between two steps; nowhere, where it is no number."""
    points = exact(text)
    if points is None:
        return "nowhere"
    lowest, highest, width = _bound(minimum), _bound(maximum), _bound(step)
    if (lowest is not None and points < lowest) or (highest is not None and points > highest):
        return "outside"
    return "between" if width is not None and (points - (lowest or 0)) % width != 0 else "on it"


def _bound(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(str(text))


def _scale(criterion: ResolvedCriterion) -> str:
    """The scale in words: "a number from 0 to 5 in steps of 0.5", or the words it is marked with."""
    if criterion.words:
        return f"one of {', '.join(criterion.words)}"
    words = "a number"
    if criterion.minimum is not None and criterion.maximum is not None:
        words += f" from {criterion.minimum} to {criterion.maximum}"
    elif criterion.minimum is not None:
        words += f" of at least {criterion.minimum}"
    if criterion.step is not None:
        words += f" in steps of {criterion.step}"
    return words
