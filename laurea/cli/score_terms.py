"""What `laurea score` was asked for, checked before any file is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluators.cutline import ROUNDINGS, Cut
from evaluators.scoring import METHODS
from laurea.cli.typed import pairs
from laurea.errors import BadInput
from laurea.sources.scores import Scale

_NUMBER = r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?"
_CUT = "Write --cut 12 for places, --cut 25% for a share of all, or --cut points:3.5 for a threshold."


@dataclass(frozen=True)
class Terms:
    """The method, the cut, the scale (None: any number), weights of criteria, third reviews to name, the seed."""

    method: str
    cut: Cut | None
    scale: Scale | None
    weights: Mapping[str, float]
    budget: int
    seed: int


def method(name: str) -> str:
    """One of the methods."""
    if name not in METHODS:
        raise BadInput(f"There is no method {name!r}.", remedy=f"Use one of {', '.join(METHODS)}.")
    return name


def cut(text: str | None, rounding: str = "up_to") -> Cut | None:
    """12 places, a share as 25%, 1/4 or 0.25, or a threshold as points:3.5."""
    if rounding not in ROUNDINGS:
        raise BadInput(f"There is no rounding {rounding!r}.", remedy=f"Use one of {', '.join(ROUNDINGS)}.")
    if text is None:
        return None
    given = text.strip()
    threshold = given.removeprefix("points:")
    if threshold != given:
        if not re.fullmatch(_NUMBER, threshold.strip(), re.ASCII):
            raise BadInput(f"--cut {text!r} names no number of points.", remedy=_CUT)
        return Cut(threshold=float(threshold))
    if re.fullmatch(r"[0-9]{1,9}", given, re.ASCII):
        return Cut(places=int(given))
    share = _share(given)
    if share is None or not 0 <= share <= 1:
        raise BadInput(f"--cut {text!r} is neither a number of places nor a share of all.", remedy=_CUT)
    return Cut(share=share, rounding=rounding)


def _share(text: str) -> Fraction | None:
    percent = re.fullmatch(rf"({_NUMBER}) ?%", text, re.ASCII)
    if percent:
        return Fraction(percent[1]) / 100
    if re.fullmatch(r"[0-9]{1,9}/[1-9][0-9]{0,8}", text, re.ASCII) or re.fullmatch(_NUMBER, text, re.ASCII):
        return Fraction(text)
    return None


def scale(text: str | None) -> Scale | None:
    """MIN:MAX or MIN:MAX:STEP."""
    if text is None:
        return None
    remedy = "Write --scale 0:10, or --scale 0:10:0.5 for steps of half a point."
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3) or not all(re.fullmatch(_NUMBER, part, re.ASCII) for part in parts):
        raise BadInput(f"--scale {text!r} is no scale.", remedy=remedy)
    least, most, *steps = (Fraction(part) for part in parts)
    step = steps[0] if steps else None
    if least >= most or (step is not None and step <= 0):
        raise BadInput(f"--scale {text!r} has nothing between its ends.", remedy=remedy)
    if step is not None and ((most - least) / step).denominator != 1:
        raise BadInput(f"--scale {text!r}: its steps do not meet {parts[1]}.", remedy=remedy)
    return Scale(least, most, step)


def weights(given: Sequence[str]) -> dict[str, float]:
    """CRITERION=NUMBER, each above 0."""
    found = {}
    for name, text in pairs(given, "--weight").items():
        if not re.fullmatch(_NUMBER, text, re.ASCII) or float(text) <= 0:
            raise BadInput(f"--weight {name}={text} is no number above 0.", remedy=f"Write --weight {name}=2.")
        found[name] = float(text)
    return found


def budget(number: int) -> int:
    """Not below 0."""
    if number < 0:
        raise BadInput(f"{number} further reviews cannot be named.", remedy="Write --third-reviews 10, or 0 for none.")
    return number


def seed(number: int) -> int:
    """Not below 0."""
    if number < 0:
        raise BadInput(f"A seed of {number} cannot be used.", remedy="Write a whole number from 0 on.")
    return number
