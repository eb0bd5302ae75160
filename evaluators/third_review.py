"""Where one more review helps most: near the cut line and uncertain, not merely discrepant.

A further score moves what is known of an application by a normal step and narrows it. The decision is wrong where the
value lies on the other side of the line; the gain is the fall of that probability, over all that the score may be. With
φ the angle whose sine is the step over the uncertainty, and h how many uncertainties away the line is, that fall is
1/π ∫ exp(-h² / (2 sin² u)) du from 0 to φ: a difference of two of Owen's T functions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluators import cutline
from evaluators.calibration import Calibration
from evaluators.cutline import Cut, Outlook
from evaluators.scores import Floats

NODES, SHARES = np.polynomial.legendre.leggauss(64)
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
    seen: Outlook | None = None,
) -> list[tuple[str, float]]:
    """At most `budget` applications for one further review each, best first, with the gain of each.

    The gain is by how much the review is expected to lower the number of wrong decisions (0 to 0.5 an application).
    Applications whose review cannot change anything are left out. `seen`, what `cutline.outlook` found for the same
    terms, saves drawing again. Raises as `cutline.cut_line` does, and ValueError for a budget below 0.
    """
    if budget < 0:
        raise ValueError(f"A budget of {budget} reviews cannot be spent.")
    here = seen or cutline.outlook(calibration, cut, seed=seed, draws=draws, use=use, groups=groups)
    belief, noise = here.belief, _of_one_more(calibration, use)
    gains = np.zeros(len(belief.ids))
    for name, some in cutline.members(belief.ids, groups):
        line = here.lines[name]
        if line is not None:
            gains[some] = gain(belief.mean[some] - line, belief.sd[some], noise)
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
    h, s = np.abs(away[near]) / sd[near], sd[near]
    angle = np.arctan2(s, np.sqrt(noise))
    total = np.zeros(len(h))
    for node, share in zip(NODES, SHARES, strict=True):
        total += share * np.exp(-((h / np.sin(angle * (node + 1) / 2)) ** 2) / 2)
    found[near] = total * angle / 2 / np.pi
    return found


def _of_one_more(calibration: Calibration, use: str) -> float:
    """Variance of a further score about the value: noise, and what is not known of its juror's severity."""
    frame = calibration.applications
    corrected = use in ("adjusted", "weighted") or (use == "advised" and calibration.advice.adjust)
    if corrected and calibration.components is not None:
        return calibration.components.noise**2 + float((calibration.jurors["se"].to_numpy() ** 2).mean())
    return float((frame["raw_se"].to_numpy() ** 2 * frame["sheets"].to_numpy()).mean())
