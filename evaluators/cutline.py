"""How probable it is that an application belongs above the cut line, and which cannot be told apart there.

What is known of an application's value is normal: its score drawn towards the mean of all, the more the less certain
it is. A threshold asks for the normal tail; for places, values are drawn for everybody and the best are counted.
Source: Heyard, Ott, Salanti and Egger 2022, "Rethinking the funding line at the Swiss National Science Foundation".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from evaluators.calibration import Calibration
from evaluators.scores import Floats, Ints

ABOVE, OPEN, BELOW = "above", "open", "below"
AT_ONCE = 2_000_000  # values drawn at a time
FIELD = 5_000  # competitors; above, the line hardly moves: it is drawn, and the rest is the normal tail
ENOUGH = 200  # draws for that
ROUNDINGS = ("up_to", "nearest", "at_least")
_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True)
class Cut:
    """Where the line is: exactly one of a number of places, a share of the applications, or a threshold in points.

    `rounding` of a share is the rule language's: up_to, nearest or at_least. Raises ValueError where this says nothing,
    too much, or what cannot be.
    """

    places: int | None = None
    share: Fraction | None = None
    rounding: str = "up_to"
    threshold: float | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.places, self.share, self.threshold)) != 1:
            raise ValueError("A cut is one of: a number of places, a share of the applications, a threshold in points.")
        if self.places is not None and self.places < 0:
            raise ValueError(f"A cut cannot have {self.places} places.")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"A share lies between 0 and 1, not at {self.share}.")
        if self.rounding not in ROUNDINGS:
            raise ValueError(f"Rounding is one of {', '.join(ROUNDINGS)}, not {self.rounding}.")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise ValueError("A threshold is a number of points.")

    def of(self, applications: int) -> int:
        """The places among that many applications; exact, and never more than there are."""
        if self.places is not None:
            return min(self.places, applications)
        if self.share is None:
            raise ValueError("A threshold has no number of places.")
        exact = Fraction(self.share) * applications
        if self.rounding == "at_least":
            return math.ceil(exact)
        return math.floor(exact + Fraction(1, 2)) if self.rounding == "nearest" else math.floor(exact)


@dataclass(frozen=True)
class Belief:
    """What is known of each application's value: normal, with `mean` and `sd` in points; `score` is what was given."""

    ids: list[str]
    score: Floats
    mean: Floats
    sd: Floats


def believe(calibration: Calibration, use: str = "advised") -> Belief:
    """Values as the scores leave them. `use` is advised, adjusted or raw. Raises ValueError where no noise is known."""
    errors = {"advised": "advised_se", "adjusted": "se", "raw": "raw_se"}
    if use not in errors:
        raise ValueError(f"Use advised, adjusted or raw scores, not {use}.")
    frame = calibration.applications
    if frame[use].null_count() or frame[errors[use]].null_count():
        why = calibration.refused.reason if calibration.refused is not None else "No application has two scores."
        raise ValueError(f"Nobody can say how sure these scores are. {why}")
    score, error = frame[use].to_numpy(), frame[errors[use]].to_numpy()
    centre = float(score.mean())
    if calibration.components is not None:
        between = calibration.components.application**2
    else:
        between = max(0.0, float(score.var(ddof=1) - (error**2).mean())) if len(score) > 1 else 0.0
    kept = np.divide(between, between + error**2, out=np.ones_like(score), where=between + error**2 > 0)
    return Belief(frame["application_id"].to_list(), score, centre + kept * (score - centre), np.sqrt(kept) * error)


def tail(x: Floats) -> Floats:
    """The probability that a standard normal value exceeds `x`."""
    return np.asarray(_erfc(x / math.sqrt(2.0)), dtype=np.float64) / 2


def drawn(mean: Floats, sd: Floats, seed: int, draws: int) -> Iterator[Floats]:
    """Tables of drawn values, draws by applications, `draws` rows in all, always the same ones for a seed."""
    generator = np.random.default_rng(seed)
    step = max(1, AT_ONCE // max(1, len(mean)))
    for first in range(0, draws, step):
        yield mean + sd * generator.standard_normal((min(step, draws - first), len(mean)))


def members(ids: list[str], groups: Mapping[str, str] | None) -> list[tuple[str, Ints]]:
    """The positions of each group's applications, by group; all of them where there are no groups.

    Raises ValueError for an application that has no group.
    """
    if groups is None:
        return [("", np.arange(len(ids)))]
    homeless = [one for one in ids if one not in groups]
    if homeless:
        raise ValueError(f"{homeless[0]} is in no group, and so in no competition for places.")
    found: dict[str, list[int]] = {}
    for position, one in enumerate(ids):
        found.setdefault(groups[one], []).append(position)
    return [(name, np.array(found[name])) for name in sorted(found)]


def cut_line(
    calibration: Calibration,
    cut: Cut,
    *,
    seed: int,
    draws: int = 2000,
    sure: float = 0.95,
    use: str = "advised",
    groups: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """application_id, rank (1 is best; equals share it), p_above (0 to 1), band; sorted by application_id.

    `band` is "above" where p_above is at least `sure`, "below" where it is at most 1 - `sure`, else "open": these
    cannot be told apart at the line. `use` is advised, adjusted or raw. With `groups` (application_id to group, e.g. a
    quota by country) a column group is added, and each group has its own places and ranks. For a threshold nothing is
    drawn; among more than 5,000 competitors only the line is. The same seed, draws and scores give the same figures,
    whatever the applications are called; equal scores that are equally sure have equal figures. Raises ValueError as
    `believe` and `members` do, for fewer than one draw, and for a `sure` that is not above 1/2 and at most 1.
    """
    if draws < 1:
        raise ValueError(f"{draws} draws say nothing; 2,000 are usual.")
    if not 0.5 < sure <= 1:
        raise ValueError(f"To be sure is a probability above 1/2 and at most 1, not {sure}.")
    belief = believe(calibration, use)
    p_above, rank = np.empty(len(belief.ids)), np.empty(len(belief.ids), dtype=np.int64)
    names = np.empty(len(belief.ids), dtype=object)
    for name, some in members(belief.ids, groups):
        mean, sd = belief.mean[some], belief.sd[some]
        names[some] = name
        rank[some] = _ranks(belief.score[some])
        if cut.threshold is not None:
            p_above[some] = _over(cut.threshold, mean, sd)
        else:
            p_above[some] = _among(cut.of(len(some)), mean, sd, seed, draws)
    frame = pl.DataFrame({"application_id": belief.ids, "rank": rank, "p_above": p_above})
    if groups is not None:
        frame = frame.with_columns(group=pl.Series(names.tolist(), dtype=pl.String))
    return frame.with_columns(
        band=pl.when(pl.col("p_above") >= sure)
        .then(pl.lit(ABOVE))
        .when(pl.col("p_above") <= 1 - sure)
        .then(pl.lit(BELOW))
        .otherwise(pl.lit(OPEN))
    )


def alike(values: Floats) -> Ints:
    """Numbers that are the same for values equal up to the rounding of floats, and in their order."""
    scale = float(np.abs(values - values.mean()).max(initial=0.0)) or 1.0
    _, code = np.unique(np.round((values - values.mean()) / scale, 9) + 0.0, return_inverse=True)
    return code.astype(np.int64)


def _ranks(score: Floats) -> Ints:
    code = alike(score)
    count = np.bincount(code)
    better = np.asarray(count.sum() - np.cumsum(count), dtype=np.int64)
    return better[code] + 1


def line(mean: Floats, sd: Floats, places: int, seed: int, draws: int) -> tuple[float, float]:
    """Where the line falls between the last place and the first without one: mean and variance over the draws."""
    count = len(mean)
    order = np.lexsort((alike(sd), alike(mean)))  # by what is known, not by name, so that names change nothing
    found = []
    for table in drawn(mean[order], sd[order], seed, draws):
        split = np.partition(table, (count - places - 1, count - places), axis=1)
        found.append(split[:, count - places - 1 : count - places + 1].mean(axis=1))
    lines = np.concatenate(found)
    return float(lines.mean()), float(lines.var())


def _over(threshold: float, mean: Floats, sd: Floats) -> Floats:
    certain = sd == 0
    away = (threshold - mean) / np.where(certain, 1.0, sd)
    return np.where(certain, (mean >= threshold).astype(np.float64), tail(away))


def _among(places: int, mean: Floats, sd: Floats, seed: int, draws: int) -> Floats:
    """How often each is among the `places` best of the drawn values."""
    count = len(mean)
    if places <= 0 or places >= count:
        return np.full(count, float(places >= count > 0))
    if count > FIELD:
        at, variance = line(mean, sd, places, seed, min(draws, ENOUGH))
        return _over(at, mean, np.sqrt(sd**2 + variance))
    code, width = alike(mean), alike(sd)
    order = np.lexsort((width, code))
    inside = np.zeros(count)
    for table in drawn(mean[order], sd[order], seed, draws):
        best = np.argpartition(table, count - places, axis=1)[:, count - places :]
        inside += np.bincount(best.ravel(), minlength=count)
    # Equals share what they reached together, also where nothing is uncertain and a draw had to choose between them.
    _, same = np.unique(np.column_stack([code[order], width[order]]), axis=0, return_inverse=True)
    same = same.ravel()
    shared = np.bincount(same, inside) / np.bincount(same)
    found = np.empty(count)
    found[order] = shared[same] / draws
    return found
