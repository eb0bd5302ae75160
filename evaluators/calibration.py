"""How severe each juror is, found on the applications judged in common, and scores corrected for it.

A score is the application's value plus the juror's offset plus noise. Offsets are shrunk towards nothing, the more the
less a juror's scores say; what is left of each score, averaged, is the *adjusted* score. It is advice: a rule set may
prescribe it, nothing here decides. Source: MacKay, Kenna, Low and Parker 2017, "Calibration with confidence".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from evaluators import additive, connection, predictive, reliability, scores
from evaluators.connection import Bridge, Part
from evaluators.predictive import Advice, Fitted
from evaluators.scores import Floats, Ints, Scores, UnusableSheets

__all__ = ["Advice", "Bridge", "Calibration", "Components", "Part", "Refusal", "UnusableSheets", "calibrate"]

MOST = 12_000  # jurors of one part; their table of 12,000 x 12,000 numbers takes a gigabyte


@dataclass(frozen=True)
class Refusal:
    """Why scores are not adjusted. `bridges` is a smallest list of further reviews that would change it.

    `code` is one_juror, not_connected, too_few (no score is left over to tell noise from severity), too_large, or
    no_juror (nobody knows whose the scores are).
    """

    code: str
    reason: str
    bridges: tuple[Bridge, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of jurors who must share an application."""
        return [(bridge.juror, bridge.beside) for bridge in self.bridges]


@dataclass(frozen=True)
class Components:
    """Standard deviations, in points: of applications, of jurors' severity, and of what neither explains."""

    application: float
    juror: float
    noise: float


@dataclass(frozen=True)
class Calibration:
    """What a jury's scores say. Frames are sorted by id; scores, severities and errors are in points.

    applications: application_id, part (0 is the largest), sheets, raw (the mean), raw_se, adjusted, se, weighted,
    weighted_se, advised and advised_se. `adjusted` and `se` are null where refused; `weighted` is adjusted with each
    score weighted by how reliable its juror is, and null where nothing shows that jurors are unequal; `advised` is the
    mean, the adjusted or the weighted, as `advice` says: what a cut line and a ranking should read. Standard errors are
    null where the scores cannot show noise.
    jurors: juror_id, part, sheets, severity (how many points lower than the others on the same applications; above 0
    is stricter), se, spread (how widely the scale is used; 1 is as the jury), fit (mean square of what the model
    leaves unexplained; 1 is as expected, more is less predictable), weight (how much one score counts in `weighted`;
    1 is as the jury). Null where refused; weights are null where there are none.
    criteria: criterion, marks, effect (how many points higher this criterion is marked than the others); empty where
    sheets carry no criteria.
    components: None where they cannot be estimated. parts: most sheets first. refused: None, or why not adjusted.
    """

    applications: pl.DataFrame
    jurors: pl.DataFrame
    criteria: pl.DataFrame
    components: Components | None
    parts: tuple[Part, ...]
    refused: Refusal | None
    advice: Advice


@dataclass(frozen=True)
class _Variances:
    """σ², σ_b² and σ_a², in points squared."""

    noise: float
    juror: float
    application: float

    @property
    def penalty(self) -> float:
        """λ: what a squared offset costs beside a squared residual."""
        return self.noise / self.juror if self.juror > 0 else float("inf")


def calibrate(
    sheets: pl.DataFrame,
    *,
    weights: Mapping[str, float] | None = None,
    shrink: bool = True,
    across: str = "refuse",
) -> Calibration:
    """Severities and adjusted scores from `sheets`: application_id, juror_id, score (a number), optional criterion.

    With a criterion column a sheet's score is the mean of its marks, weighted by `weights` (default: all alike) and
    freed of criterion effects, so that a criterion left out harms nobody. `shrink=False` fits offsets as they are, for
    comparison. `across` says what to do where parts of the jury share no application: "refuse" adjusts nothing and
    names the missing reviews; "assume_equal" adjusts within each part, and takes the parts to be equally severe on
    average (as the plain mean takes every juror). Raises UnusableSheets for a score that is missing, not a number or
    infinite, and for a juror with two scores for one application (and criterion); ValueError for another `across`.
    """
    if across not in {"refuse", "assume_equal"}:
        raise ValueError(f"across is refuse or assume_equal, not {across}")
    given = scores.read(sheets, weights)
    parts, part = connection.parts_of(given)
    blocks = _blocks(given, part) if max(len(one.jurors) for one in parts) <= MOST else []
    variances = _variances(given, blocks) if blocks else None
    refused = _refusal(given, parts, part, variances, across)
    size = given.per_application
    raw = np.bincount(given.application, given.score) / size
    of_application = np.zeros(len(size), dtype=np.int64)
    of_application[given.application] = part[given.juror]
    one_error = _error_of_one(given, raw, variances)
    applications = pl.DataFrame(
        {
            "application_id": given.applications,
            "part": of_application.astype(np.int32),
            "sheets": size,
            "raw": raw,
            "raw_se": np.sqrt(one_error / size),
        }
    ).with_columns(pl.col("raw_se").fill_nan(None))
    jurors = pl.DataFrame({"juror_id": given.jurors, "part": part.astype(np.int32), "sheets": given.per_juror})
    if refused is not None or variances is None:
        nothing = pl.lit(None, dtype=pl.Float64)
        applications = applications.with_columns(
            adjusted=nothing, se=nothing, weighted=nothing, weighted_se=nothing,
            advised=pl.col("raw"), advised_se=pl.col("raw_se"),
        )  # fmt: skip
        jurors = jurors.with_columns(severity=nothing, se=nothing, spread=nothing, fit=nothing, weight=nothing)
        advice = predictive.without(refused.reason if refused is not None else "")
    else:
        applications, jurors, advice = _adjust(given, blocks, variances, applications, jurors, shrink=shrink)
    components = None
    if variances is not None:
        roots = [float(np.sqrt(max(0.0, one))) for one in (variances.application, variances.juror, variances.noise)]
        components = Components(*roots)
    return Calibration(applications, jurors, given.criteria, components, parts, refused, advice)


def _blocks(given: Scores, part: Ints) -> list[additive.Block]:
    """The sheets of each part."""
    where = part[given.juror]
    order = np.argsort(where, kind="stable")
    edges = np.cumsum(np.bincount(where))[:-1]
    return [additive.block(rows, given.application, given.juror, given.score) for rows in np.split(order, edges)]


def _variances(given: Scores, blocks: list[additive.Block]) -> _Variances | None:
    """By moments from the fit without a penalty; None where no score, or no two jurors, are left to tell them apart."""
    free = len(given.jurors) - len(blocks)
    left = len(given.score) - len(given.applications) - free
    if free <= 0 or left <= 0:
        return None
    residual = squares = trace = spread = 0.0
    values = np.empty(0)
    for one in blocks:
        found = additive.open_fit(one)
        rest = one.score - found.value[one.application] - found.offset[one.juror]
        residual += float(rest @ rest)
        squares += float(found.offset @ found.offset)
        trace += found.trace
        spread += found.spread
        values = np.concatenate([values, found.value])
    noise = residual / left
    juror = (squares - noise * trace) / free
    whole = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    scale = 1e-12 * (whole + squares / free)  # below this a variance is the rounding of floats
    noise, juror = (one if one > scale else 0.0 for one in (noise, juror))
    return _Variances(noise, juror, max(0.0, whole - noise * spread / len(values)))


def _error_of_one(given: Scores, raw: Floats, variances: _Variances | None) -> float:
    """Variance of one score about its application's value; where severity is unknown, from the scores' differences."""
    if variances is not None:
        return variances.noise + variances.juror
    left = len(given.score) - len(raw)
    rest = given.score - raw[given.application]
    return float(rest @ rest) / left if left > 0 else float("nan")


def _refusal(
    given: Scores, parts: tuple[Part, ...], part: Ints, variances: _Variances | None, across: str
) -> Refusal | None:
    if len(given.jurors) == 1:
        reason = (
            f"{given.jurors[0]} gave all scores: without a second juror on some of the applications nobody can say "
            "how severe this one is."
        )
        return Refusal("one_juror", reason)
    if len(parts) > 1 and (across == "refuse" or variances is None):
        found = connection.bridges(given, part)
        return Refusal("not_connected", connection.not_joined(parts, found), found)
    if max(len(one.jurors) for one in parts) > MOST:
        reason = f"More than {MOST:,} jurors hang together, which is more than can be compared at once."
        return Refusal("too_large", reason)
    if variances is None:
        reason = (
            f"There are {len(given.score)} scores for {len(given.applications)} applications by {len(given.jurors)} "
            "jurors: no score is left over to tell a juror's severity from chance. More applications must be shared."
        )
        return Refusal("too_few", reason)
    return None


def _adjust(
    given: Scores,
    blocks: list[additive.Block],
    variances: _Variances,
    applications: pl.DataFrame,
    jurors: pl.DataFrame,
    *,
    shrink: bool,
) -> tuple[pl.DataFrame, pl.DataFrame, Advice]:
    """Both frames with the fit's columns, and whether the round's own scores support it."""
    penalty = variances.penalty if shrink else 0.0
    found, fitted = _fitted(given, blocks, penalty)
    weight = reliability.weights(blocks, given.juror, penalty) if shrink and variances.noise > 0 else None
    weighed, weighed_fit, weighed_noise = None, None, 0.0
    if weight is not None:
        heavy = [one.weighed(weight[given.juror[one.rows]]) for one in blocks]
        weighed, weighed_fit = _fitted(given, heavy, penalty)
        square = float((weight[given.juror] * weighed_fit.residual**2).sum())
        weighed_noise = square / (len(given.score) - len(given.applications) - (len(given.jurors) - len(blocks)))
    raw = applications["raw"].to_numpy()
    advice = predictive.check(given, given.score - raw[given.application], fitted, weighed_fit)
    nothing = pl.lit(None, dtype=pl.Float64)
    applications = applications.with_columns(
        adjusted=pl.Series(found.value),
        se=pl.Series(np.sqrt(variances.noise * found.value_variance)),
        weighted=nothing if weighed is None else pl.Series(weighed.value),
        weighted_se=nothing if weighed is None else pl.Series(np.sqrt(weighed_noise * weighed.value_variance)),
    )
    columns = {"mean": ("raw", "raw_se"), "adjusted": ("adjusted", "se"), "weighted": ("weighted", "weighted_se")}
    best = columns[advice.best]
    applications = applications.with_columns(advised=pl.col(best[0]), advised_se=pl.col(best[1]))
    spread, mean_square = _habits(given, fitted.residual, fitted.leverage, variances.noise)
    jurors = jurors.with_columns(
        severity=pl.Series(-found.offset),
        se=pl.Series(np.sqrt(variances.noise * np.maximum(found.offset_variance, 0.0))),
        spread=pl.Series(spread).fill_nan(None),
        fit=pl.Series(mean_square).fill_nan(None),
        weight=nothing if weight is None else pl.Series(weight),
    )
    return applications, jurors, advice


def _fitted(given: Scores, blocks: list[additive.Block], penalty: float) -> tuple[additive.Fit, Fitted]:
    """The fit of all parts together, and what it leaves of each score."""
    value, value_variance = np.empty(len(given.applications)), np.empty(len(given.applications))
    offset, offset_variance = np.empty(len(given.jurors)), np.empty(len(given.jurors))
    leverage = np.empty(len(given.score))
    for one in blocks:
        found = additive.fit(one, penalty)
        ids, seats = given.application[one.rows], given.juror[one.rows]
        value[ids], value_variance[ids] = found.value[one.application], found.value_variance[one.application]
        offset[seats], offset_variance[seats] = found.offset[one.juror], found.offset_variance[one.juror]
        leverage[one.rows] = found.leverage
    residual = given.score - value[given.application] - offset[given.juror]
    return additive.Fit(offset, value, offset_variance, value_variance, leverage), Fitted(residual, leverage)


def _habits(given: Scores, residual: Floats, leverage: Floats, noise: float) -> tuple[Floats, Floats]:
    """Of each juror: standard deviation of the scores beside a typical juror's; mean square of scaled residuals.

    NaN where a juror has one score, or one that nothing foretells.
    """
    load = given.per_juror
    mean = np.bincount(given.juror, given.score) / load
    square = np.bincount(given.juror, (given.score - mean[given.juror]) ** 2)
    usual = square.sum() / max(1, int((load - 1).sum()))
    used = leverage < 1 - 1e-9
    scaled = np.zeros(len(residual))
    scaled[used] = residual[used] ** 2 / (1 - leverage[used])
    counted = np.bincount(given.juror, used)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(square / np.where(load > 1, load - 1, np.nan) / usual)
        mean_square = np.bincount(given.juror, scaled) / counted / noise
    return np.where(np.isfinite(spread), spread, np.nan), np.where(np.isfinite(mean_square), mean_square, np.nan)
