"""When the score sheets will be in: an honest interval, and silence where there is nothing to go by."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.forecast import Course, Pace, Silent, beta_below, beta_quantile, course, forecast, needed_a_day, pace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(days=20)
HOUR = timedelta(hours=1)


def at(*hours_ago: float, juror: int = 1) -> list[tuple[int, datetime]]:
    return [(juror, NOW - hours * HOUR) for hours in hours_ago]


def test_pace_counts_the_last_week_and_days_of_jurors() -> None:
    found = pace([*at(1, 2, 3, 30, 200), *at(1.5, juror=2)], BEGAN, NOW)
    assert (found.sheets, found.sittings, found.days) == (5, 3, 7.0)
    young = pace(at(1, 2), NOW - timedelta(days=2), NOW)
    assert (young.sheets, young.days, young.daily) == (2, 2.0, 1.0)


def test_an_even_pace_is_carried_on() -> None:
    """Two jurors, a sheet each on seven days: two a day, so that twenty more take about ten days."""
    sheets = [(juror, NOW - timedelta(days=day, hours=1)) for juror in (1, 2) for day in range(7)]
    found = forecast(sheets, 20, began=BEGAN, now=NOW)
    assert found.middle is not None
    assert abs((found.middle - NOW) / timedelta(days=1) - 10) < 0.5
    assert found.early is not None
    assert found.late is not None
    assert found.early < found.middle < found.late


def test_sheets_in_bunches_are_surer_of_nothing() -> None:
    """As many sheets at a fifth of the sittings: the same middle, a wider interval."""
    single = [(number, NOW - timedelta(hours=6 + 5 * number)) for number in range(30)]
    bunched = [(number // 5, NOW - timedelta(hours=6 + 5 * (number // 5) * 5)) for number in range(30)]
    even, uneven = (forecast(sheets, 30, began=BEGAN, now=NOW) for sheets in (single, bunched))
    assert even.pace.sheets == uneven.pace.sheets == 30
    assert uneven.pace.sittings == 6
    assert uneven.late - uneven.early > 1.5 * (even.late - even.early)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("sheets", "left", "began", "silent"),
    [
        ([], 0, BEGAN, Silent.DONE),
        ([], 9, BEGAN, Silent.FEW),
        (at(1, 26, 50, 74), 9, BEGAN, Silent.FEW),
        (at(1, 2, 3, 4, 5, 6, 7, 8), 9, BEGAN, Silent.FEW),  # one sitting
        (at(1, 2, 3), 9, NOW - 12 * HOUR, Silent.YOUNG),
        (at(200, 230, 260, 290, 320, 350), 9, BEGAN, Silent.FEW),  # nothing in the last days
    ],
)
def test_it_is_silent_with_a_reason(
    sheets: list[tuple[int, datetime]], left: int, began: datetime, silent: Silent
) -> None:
    found = forecast(sheets, left, began=began, now=NOW)
    assert (found.silent, found.early, found.middle, found.late) == (silent, None, None, None)


def test_less_than_nothing_cannot_be_left() -> None:
    with pytest.raises(ValueError, match="left"):
        forecast([], -1, began=BEGAN, now=NOW)


def test_what_must_come_a_day() -> None:
    assert needed_a_day(30, NOW, NOW + timedelta(days=4)) == 7.5
    assert needed_a_day(30, NOW, NOW) is None


SITTINGS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 167)), min_size=0, max_size=60)


@given(SITTINGS, st.integers(1, 500))
def test_it_never_lies_in_the_past_and_its_parts_stand_in_order(found: list[tuple[int, int]], left: int) -> None:
    told = forecast([(juror, NOW - hours * HOUR) for juror, hours in found], left, began=BEGAN, now=NOW)
    assert (told.silent is None) == (told.pace.sittings >= 5)
    moments = [moment for moment in (told.early, told.middle, told.late) if moment is not None]
    assert moments == sorted(moments)
    assert all(moment >= NOW for moment in moments)


@given(SITTINGS, st.integers(1, 200), st.integers(1, 100))
def test_more_to_do_never_ends_earlier(found: list[tuple[int, int]], left: int, more: int) -> None:
    sheets = [(juror, NOW - hours * HOUR) for juror, hours in found]
    few, many = (forecast(sheets, n, began=BEGAN, now=NOW) for n in (left, left + more))
    if few.middle is not None and many.middle is not None:
        assert many.middle > few.middle
        assert few.early is not None
        assert many.early is not None
        assert many.early > few.early


@given(SITTINGS)
def test_the_order_of_the_sheets_does_not_matter(found: list[tuple[int, int]]) -> None:
    sheets = [(juror, NOW - hours * HOUR) for juror, hours in found]
    assert forecast(sheets, 7, began=BEGAN, now=NOW) == forecast(sheets[::-1], 7, began=BEGAN, now=NOW)


def test_the_interval_holds_eight_times_in_ten() -> None:
    """Rounds drawn at an even pace, sheet by sheet: the last comes inside the interval about as often as promised."""
    inside = rounds = 0
    for seed in range(600):
        lot = random.Random(seed)
        rate = lot.uniform(1.5, 12)
        past, moment = [], 0.0
        while (moment := moment + lot.expovariate(rate)) < 7:
            past.append((len(past), NOW - timedelta(days=moment)))
        told = forecast(past, 40, began=BEGAN, now=NOW)
        if told.early is None or told.late is None:
            continue
        rounds += 1
        took = sum(lot.expovariate(rate) for _ in range(40))
        inside += told.early <= NOW + timedelta(days=took) <= told.late
    assert rounds > 500
    assert abs(inside / rounds - 0.8) < 4 * math.sqrt(0.16 / rounds)


@given(st.floats(0.5, 300), st.floats(0.5, 300), st.floats(0.001, 0.999))
def test_the_quantile_undoes_the_probability(a: float, b: float, share: float) -> None:
    assert math.isclose(beta_below(beta_quantile(share, a, b), a, b), share, rel_tol=1e-6, abs_tol=1e-9)


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.01, 0.99))
def test_whole_shapes_agree_with_the_binomial_sum(a: int, b: int, x: float) -> None:
    """Beta(a, b) lies below x exactly when a of a + b − 1 throws succeed with chance x (DLMF 8.17.5)."""
    throws = a + b - 1
    expected = sum(math.comb(throws, k) * x**k * (1 - x) ** (throws - k) for k in range(a, throws + 1))
    assert math.isclose(beta_below(x, a, b), expected, rel_tol=1e-9, abs_tol=1e-12)


def test_it_stands_with_very_many_sheets() -> None:
    assert math.isclose(beta_quantile(0.5, 20_000, 10_000), 2 / 3, rel_tol=1e-4)
    assert (beta_below(0.0, 2, 3), beta_below(1.0, 2, 3)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("done", "left", "recent", "due", "expected"),
    [
        (5, 0, 0, NOW - timedelta(days=1), Course.DONE),
        (0, 5, 0, NOW + timedelta(days=9), Course.NOT_BEGUN),
        (9, 5, 0, NOW + timedelta(days=9), Course.STILL),
        (9, 7, 7, NOW + timedelta(days=7), Course.ON_COURSE),
        (9, 8, 7, NOW + timedelta(days=7), Course.BEHIND),
        (9, 1, 7, NOW, Course.BEHIND),  # already due
    ],
)
def test_how_a_juror_gets_on(done: int, left: int, recent: int, due: datetime, expected: Course) -> None:
    assert course(done, left, Pace(recent, recent, 7.0), now=NOW, due=due) is expected
