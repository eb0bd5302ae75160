"""Jurors whose marks come from a stated model, so that a rehearsal knows what it ought to find.

A mark is `truth + criterion + severity + noise`, as a share of the scale, put on the scale, rounded to its step
and clipped to its ends:

* truth: the quality of the application, 0 to 1, drawn with the world (`world.py`);
* criterion: how the application does on one criterion beside its quality (sd `CRITERION`);
* severity: how strict a juror is, the same on everything they mark (sd `SEVERITY`);
* noise: the rest (sd `NOISE`).

Severity and noise stand to the spread of truth as 0.5 and 0.7 to 1, the base design of our measurements.
Each draw comes from the seed and the ids alone: the order of the pairs changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

SPREAD = 0.14
SEVERITY = 0.5 * SPREAD
NOISE = 0.7 * SPREAD
CRITERION = 0.4 * SPREAD


def draw_sheets(
    pairs: Iterable[tuple[str, str]], plan: Any, truth: Mapping[str, float], seed: int
) -> list[dict[str, str]]:
    """The rows of sheets.csv for these pairs (application, juror) under a plan's rubric.

    Every criterion the plan resolves is marked. Rows: application_id, juror_id, criterion, points. Raises KeyError
    for an application without a truth, ValueError for a plan without a rubric or with an open scale.
    """
    if plan.rubric is None:
        raise ValueError("the rule set has no rubric, so there is nothing to mark")
    scales = [(criterion.id, *_scale(criterion)) for criterion in plan.rubric.criteria]
    severities: dict[str, float] = {}
    own: dict[str, Sequence[float]] = {}
    rows: list[dict[str, str]] = []
    for application, juror in sorted(pairs):
        if juror not in severities:
            severities[juror] = float(_draw(seed, "juror", juror).normal(0, SEVERITY))
        if application not in own:
            own[application] = _draw(seed, "application", application).normal(0, CRITERION, len(scales)).tolist()
        noise = _draw(seed, "pair", application, juror).normal(0, NOISE, len(scales))
        for (criterion, lowest, step, steps), beside, rest in zip(scales, own[application], noise, strict=True):
            share = truth[application] + beside + severities[juror] + float(rest)
            taken = min(max(round(share * steps), 0), steps)
            points = _text(lowest + taken * step)
            rows.append({"application_id": application, "juror_id": juror, "criterion": criterion, "points": points})
    return rows


def _scale(criterion: Any) -> tuple[Decimal, Decimal, int]:
    """Lowest mark, step, and the number of steps up to the highest."""
    if criterion.maximum is None:
        raise ValueError(f"the scale of {criterion.id} is an open policy")
    lowest, highest = Decimal(str(criterion.minimum)), Decimal(str(criterion.maximum))
    step = Decimal(str(criterion.step)) if criterion.step is not None else Decimal("0.1")
    return lowest, step, int((highest - lowest) / step)


def _text(points: Decimal) -> str:
    plain = points.normalize()
    return f"{plain:f}"


def _draw(seed: int, *key: str) -> np.random.Generator:
    digest = hashlib.blake2b("\0".join((str(seed), *key)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
