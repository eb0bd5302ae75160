"""Where one more review helps most: near the cut line and uncertain, not merely discrepant.

A further score moves what is known of an application by a normal step and narrows it. The decision is wrong where the
value lies on the other side of the line; the gain is the fall of that probability, over all steps the score may cause.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluators import cutline
from evaluators.calibration import Calibration
from evaluators.cutline import Cut
from evaluators.scores import Floats

STEPS = np.linspace(-5.0, 5.0, 101)
LEAST = 1e-6  # gains below this are none


def most_useful(
    calibration: Calibration,
    cut: Cut,
    budget: int,
    seed: int,
    *,
    use: str = "advised",
    draws: int = 2000,
    groups: Mapping[str, str] | None = None,
) -> list[tuple[str, float]]:
    """At most `budget` applications for one further review each, best first, with the gain of each.

    The gain is by how much the review is expected to lower the number of wrong decisions (0 to 0.5 an application).
    Applications whose review cannot change anything are left out. Raises as `cutline.cut_line` does, and ValueError for
    a budget below 0.
    """
    if budget < 0:
        raise ValueError(f"A budget of {budget} reviews cannot be spent.")
    belief = cutline.believe(calibration, use)
    noise = _of_one_more(calibration, use)
    gains = np.zeros(len(belief.ids))
    for _, some in cutline.members(belief.ids, groups):
        mean, sd = belief.mean[some], belief.sd[some]
        line = _line(cut, mean, sd, seed, draws)
        if line is not None:
            gains[some] = gain(mean - line, sd, noise)
    order = sorted(
        np.flatnonzero(gains > LEAST).tolist(), key=lambda one: (-round(float(gains[one]), 12), belief.ids[one])
    )
    return [(belief.ids[one], float(gains[one])) for one in order[:budget]]


def gain(away: Floats, sd: Floats, noise: float) -> Floats:
    """By how much one more score, of variance `noise`, lowers the probability of a wrong decision.

    `away` is how far above the line an application is believed to stand, `sd` how uncertain that is, all in points.
    """
    found = np.zeros(len(away))
    near = (sd > 0) & (np.abs(away) < 5 * sd)
    if not near.any():
        return found
    d, s = away[near], sd[near]
    after = np.sqrt(1 / (1 / s**2 + 1 / noise)) if noise > 0 else np.full(len(s), 1e-12)
    step = np.sqrt(np.maximum(s**2 - after**2, 0.0))
    weight = np.exp(-(STEPS**2) / 2)
    weight /= weight.sum()
    wrong = np.zeros(len(d))
    for place, share in zip(STEPS, weight, strict=True):
        wrong += share * cutline.tail(np.abs(d + step * place) / after)
    found[near] = np.maximum(cutline.tail(np.abs(d) / s) - wrong, 0.0)
    return found


def _of_one_more(calibration: Calibration, use: str) -> float:
    """Variance of a further score about the value: noise, and what is not known of its juror's severity."""
    frame = calibration.applications
    corrected = use == "adjusted" or (use == "advised" and calibration.advice.adjust)
    if corrected and calibration.components is not None:
        return calibration.components.noise**2 + float((calibration.jurors["se"].to_numpy() ** 2).mean())
    return float((frame["raw_se"].to_numpy() ** 2 * frame["sheets"].to_numpy()).mean())


def _line(cut: Cut, mean: Floats, sd: Floats, seed: int, draws: int) -> float | None:
    """Where the line is expected: between the last place and the first without one; None where all or none have one."""
    if cut.threshold is not None:
        return cut.threshold
    places, count = cut.of(len(mean)), len(mean)
    if places <= 0 or places >= count:
        return None
    return cutline.line(mean, sd, places, seed, draws if count <= cutline.FIELD else cutline.ENOUGH)[0]
