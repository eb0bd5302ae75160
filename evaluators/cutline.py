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
ALIKE = (
    "Applications differ no more than jurors and chance alone would make them differ, so these scores cannot tell any "
    "two of them apart."
)
_erfc = np.frompyfunc(math.erfc, 1, 1)


class CannotTell(ValueError):
    """The scores cannot show how sure they are; `str()` says why."""


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
    """What is known of each application's value: normal, with `mean` and `sd` in points; `score` is what was given.

    `alike`: None, or how well the common value of all is known, where they differ by no more than noise; then `sd`, the
    uncertainty beside that value, is 0.
    """

    ids: list[str]
    score: Floats
    mean: Floats
    sd: Floats
    alike: float | None = None


@dataclass(frozen=True)
class Outlook:
    """What is known at the line. `table` is that of `cut_line`; `lines` says by group ("" without groups) where the
    line is expected, in points: None where all or none have a place, and where it lies anywhere among equals.
    """

    belief: Belief
    table: pl.DataFrame
    lines: dict[str, float | None]


def believe(calibration: Calibration, use: str = "advised") -> Belief:
    """Values as the scores leave them. `use` is advised, weighted, adjusted or raw.

    Raises CannotTell where no noise is known, ValueError for another `use`.
    """
    errors = {"advised": "advised_se", "weighted": "weighted_se", "adjusted": "se", "raw": "raw_se"}
    if use not in errors:
        raise ValueError(f"Use advised, weighted, adjusted or raw scores, not {use}.")
    frame = calibration.applications
    if frame[use].null_count() or frame[errors[use]].null_count():
        why = calibration.refused.reason if calibration.refused is not None else "No application has two scores."
        raise CannotTell(f"Nobody can say how sure these scores are. {why}")
    score, error = frame[use].to_numpy(), frame[errors[use]].to_numpy()
    centre = float(score.mean())
    if calibration.components is not None:
        between = calibration.components.application**2
    else:
        between = max(0.0, float(score.var(ddof=1) - (error**2).mean())) if len(score) > 1 else 0.0
    kept = np.divide(between, between + error**2, out=np.ones_like(score), where=between + error**2 > 0)
    alike = float(np.sqrt((error**2).mean() / len(error))) if between == 0 and error.any() else None
    ids = frame["application_id"].to_list()
    return Belief(ids, score, centre + kept * (score - centre), np.sqrt(kept) * error, alike)


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
    cannot be told apart at the line. `use` is advised, weighted, adjusted or raw. With `groups` (application_id to
    group, e.g. a quota by country) a column group is added, and each group has its own places and ranks. For a
    threshold nothing is drawn; among more than 5,000 competitors only the line is. The same seed, draws and scores give
    the same figures, whatever the applications are called; equal scores that are equally sure have equal figures.
    Applications that differ by no more than noise are equally probable, and all open while some have no place. Raises
    CannotTell as `believe` does, and ValueError as `members` does, for fewer than one draw, and for a `sure` that is
    not above 1/2 and at most 1.
    """
    return outlook(calibration, cut, seed=seed, draws=draws, sure=sure, use=use, groups=groups).table


def outlook(
    calibration: Calibration,
    cut: Cut,
    *,
    seed: int,
    draws: int = 2000,
    sure: float = 0.95,
    use: str = "advised",
    groups: Mapping[str, str] | None = None,
) -> Outlook:
    """The table of `cut_line`, with all it was made from, so that third reviews need no draws of their own."""
    if draws < 1:
        raise ValueError(f"{draws} draws say nothing; 2,000 are usual.")
    if not 0.5 < sure <= 1:
        raise ValueError(f"To be sure is a probability above 1/2 and at most 1, not {sure}.")
    belief = believe(calibration, use)
    p_above, rank = np.empty(len(belief.ids)), np.empty(len(belief.ids), dtype=np.int64)
    names, undecided = np.empty(len(belief.ids), dtype=object), np.zeros(len(belief.ids), dtype=bool)
    lines: dict[str, float | None] = {}
    for name, some in members(belief.ids, groups):
        mean, sd = belief.mean[some], belief.sd[some]
        names[some] = name
        rank[some] = _ranks(belief.score[some])
        if cut.threshold is not None:
            # Alike, they share one value, and whether that reaches the threshold is known better than each alone.
            known = sd if belief.alike is None else np.full(len(sd), belief.alike)
            p_above[some], lines[name] = _over(cut.threshold, mean, known), cut.threshold
        elif belief.alike is not None:
            places = cut.of(len(some))
            p_above[some], lines[name] = places / len(some), None
            undecided[some] = 0 < places < len(some)
        else:
            p_above[some], lines[name] = _among(cut.of(len(some)), mean, sd, seed, draws)
    frame = pl.DataFrame({"application_id": belief.ids, "rank": rank, "p_above": p_above})
    if groups is not None:
        frame = frame.with_columns(group=pl.Series(names.tolist(), dtype=pl.String))
    frame = frame.with_columns(
        band=pl.when(pl.Series(undecided))
        .then(pl.lit(OPEN))
        .when(pl.col("p_above") >= sure)
        .then(pl.lit(ABOVE))
        .when(pl.col("p_above") <= 1 - sure)
        .then(pl.lit(BELOW))
        .otherwise(pl.lit(OPEN))
    )
    return Outlook(belief, frame, lines)


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


def _over(threshold: float, mean: Floats, sd: Floats) -> Floats:
    certain = sd == 0
    away = (threshold - mean) / np.where(certain, 1.0, sd)
    return np.where(certain, (mean >= threshold).astype(np.float64), tail(away))


def _among(places: int, mean: Floats, sd: Floats, seed: int, draws: int) -> tuple[Floats, float | None]:
    """How often each is among the `places` best of the drawn values, and where the line is expected.

    The line lies midway between the last place and the first without one; None where all or none have a place.
    """
    count = len(mean)
    if places <= 0 or places >= count:
        return np.full(count, float(places >= count > 0)), None
    code, width = alike(mean), alike(sd)
    order = np.lexsort((width, code))  # by what is known, not by name, so that names change nothing
    last, few = (count - places - 1, count - places), count <= FIELD
    inside, lines = np.zeros(count), []
    for table in drawn(mean[order], sd[order], seed, draws if few else min(draws, ENOUGH)):
        if few:
            split = np.argpartition(table, last, axis=1)
            inside += np.bincount(split[:, last[1] :].ravel(), minlength=count)
            lines.append(np.take_along_axis(table, split[:, last[0] : last[1] + 1], axis=1).mean(axis=1))
        else:
            table.partition(last, axis=1)
            lines.append(table[:, last[0] : last[1] + 1].mean(axis=1))
    line = np.concatenate(lines)
    if not few:
        return _over(float(line.mean()), mean, np.sqrt(sd**2 + line.var())), float(line.mean())
    # Equals share what they reached together, also where nothing is uncertain and a draw had to choose between them.
    _, same = np.unique(np.column_stack([code[order], width[order]]), axis=0, return_inverse=True)
    same = same.ravel()
    shared = np.bincount(same, inside) / np.bincount(same)
    found = np.empty(count)
    found[order] = shared[same] / draws
    return found, float(line.mean())
