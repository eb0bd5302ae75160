"""When the score sheets of a round will be in, at the pace of the last days, and how sure that is.

Sheets are taken to come at an even pace that is not known exactly: after k of them in T days, T_n, the time the next n
take, is T·B/(1 − B) with B ~ Beta(n, k + ½) (the gamma-Poisson model with Jeffreys' prior, so that both the chance of
what comes and the doubt about the pace are in it). People hand in several sheets at a sitting, which tells less than as
many single ones: both shapes are divided by the sheets a juror hands in on one day on average. What the model leaves
out: jurors hasten before a due date, and some never begin. Too few sittings bring no forecast and the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOOKED_BACK = timedelta(days=7)  # whose pace counts
LEAST_TIME = timedelta(days=1)
LEAST_SITTINGS = 5
LONGEST = 3650.0  # days; what takes longer is told as never
TAIL = 0.1  # on either side of the interval
DAY = timedelta(days=1)
TINY, MOST_STEPS = 1e-300, 10_000  # of the continued fraction


class Silent(StrEnum):
    """Why there is no forecast."""

    DONE = "all sheets are in"
    YOUNG = "the review has run for less than a day"
    FEW = "too few sheets came in the last days to tell a pace"


@dataclass(frozen=True)
class Pace:
    """What came in: `sheets` in the `days` before now, on `sittings` distinct pairs of juror and day."""

    sheets: int
    sittings: int
    days: float

    @property
    def daily(self) -> float:
        """Sheets a day."""
        return self.sheets / self.days if self.days else 0.0


@dataclass(frozen=True)
class Forecast:
    """When the last sheet comes at this pace: as likely earlier as later than `middle`, and in eight of ten cases
    from `early` to `late`. A moment is None where it lies more than ten years ahead. `silent` says why all are.
    """

    pace: Pace
    left: int
    early: datetime | None = None
    middle: datetime | None = None
    late: datetime | None = None
    silent: Silent | None = None


def pace(submitted: Sequence[tuple[int, datetime]], began: datetime, now: datetime) -> Pace:
    """The pace of the last days; `submitted` are the jurors and moments of all submitted sheets since `began`.

    A day is 24 hours back from now: no time zone has to be known.
    """
    since = max(began, now - LOOKED_BACK)
    recent = [(juror, (now - at) // DAY) for juror, at in submitted if since < at <= now]
    return Pace(len(recent), len(set(recent)), max(0.0, (now - since) / DAY))


def forecast(submitted: Sequence[tuple[int, datetime]], left: int, *, began: datetime, now: datetime) -> Forecast:
    """When `left` more sheets will have come. Raises ValueError for a negative number of them."""
    if left < 0:
        raise ValueError("No fewer than no sheets can be left.")
    seen = pace(submitted, began, now)
    if left == 0:
        return Forecast(seen, left, silent=Silent.DONE)
    if seen.days * DAY < LEAST_TIME:
        return Forecast(seen, left, silent=Silent.YOUNG)
    if seen.sittings < LEAST_SITTINGS:
        return Forecast(seen, left, silent=Silent.FEW)
    bunch = seen.sheets / seen.sittings
    shapes = left / bunch, seen.sheets / bunch + 0.5
    moments = []
    for share in (TAIL, 0.5, 1 - TAIL):
        part = beta_quantile(share, *shapes)
        days = seen.days * part / (1 - part) if part < 1 else math.inf
        moments.append(now + timedelta(days=days) if days <= LONGEST else None)
    return Forecast(seen, left, moments[0], moments[1], moments[2])


def needed_a_day(left: int, now: datetime, due: datetime) -> float | None:
    """How many sheets a day must come to be done when they are due; None when they already are."""
    days = (due - now) / DAY
    return left / days if days > 0 else None


def beta_quantile(share: float, a: float, b: float) -> float:
    """The value below which a Beta(a, b) variable lies with probability `share`, to about twelve digits."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if beta_below(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_below(x: float, a: float, b: float) -> float:
    """The probability that a Beta(a, b) variable lies below x (the regularised incomplete beta function).

    Source: DLMF 8.17.22, the continued fraction, evaluated by Lentz's method.
    """
    if not 0 < x < 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_below(1 - x, b, a)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    upper, lower = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1))
    value = lower
    for m in range(1, MOST_STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1.0 / ((1.0 + term * lower) or TINY)
            upper = (1.0 + term / upper) or TINY
            value *= upper * lower
        if abs(upper * lower - 1.0) < 1e-15:
            break
    return math.exp(logarithm) * value / a


class Course(StrEnum):
    """How one juror gets on. It says nothing about what the sheets hold."""

    DONE = "done"
    NOT_BEGUN = "not begun"
    STILL = "nothing in the last days"
    BEHIND = "behind"
    ON_COURSE = "on course"


def course(done: int, left: int, recent: Pace, *, now: datetime, due: datetime) -> Course:
    """How a juror gets on who has handed in `done` sheets, `recent` of them in the last days, and has `left` to do:
    on course where the own pace of the last days is enough until they are due.
    """
    if left == 0:
        return Course.DONE
    if done == 0:
        return Course.NOT_BEGUN
    if recent.sheets == 0:
        return Course.STILL
    needed = needed_a_day(left, now, due)
    return Course.ON_COURSE if needed is not None and recent.daily >= needed else Course.BEHIND
