"""Ten years of days over awards of every rule set, with a clock that never stops and one that often does."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.renewal import How, Kind, schedule
from evaluators.validity import Term
from tests.evaluators import clock_days
from tests.evaluators.clock_days import FIRST, ONE, SPAN, Award, awards, run

pytestmark = pytest.mark.slow

DAYS = [FIRST + number * ONE for number in range(SPAN)]


@pytest.fixture(scope="module")
def granted():
    """Two thousand awards out of every rule set that names days."""
    return clock_days.terms(2000)


def check(some: list[Award], found: list, running: set[date]) -> None:
    """What must hold of every award whatever days the clock missed."""
    after = sorted(running)
    for award, (_, term, _) in zip(some, found, strict=True):
        said = [(one.kind, one.name) for _, one in award.said]
        assert len(said) == len(set(said)), "a step was told twice"
        days = [day for day, _ in award.said]
        assert days == sorted(set(days)), "two letters on one day"
        for day, one in award.said:
            assert one.due_on <= day, "told early"
            assert one.last is None or day <= one.last, "told of what was over"
        if term.valid_until is None:
            assert award.lapsed_on is None
            continue
        end = max(term.valid_until, term.grace_until or term.valid_until)
        first = next((day for day in after if day > end), None)
        assert award.lapsed_on == first, "lapsed early or late"


def test_ten_years_of_days_over_every_rule_set(granted):
    some = awards(granted)
    run(some, DAYS)
    check(some, granted, set(DAYS))
    told = Counter(one.kind for award in some for _, one in award.said)
    assert told[Kind.LAPSE] > 1000
    assert told[Kind.REMINDER] > 2000
    assert min(told[Kind.RENEWAL], told[Kind.MILESTONE]) > 100
    over = [one for award in some for one in award.steps if one.how is How.OVER and one.kind is not Kind.OFFICE]
    assert over == []  # a clock that never stops passes nothing by


@pytest.mark.parametrize("seed", range(1, 2))
def test_outages_change_when_things_are_told_and_not_what_comes_of_them(granted, seed):
    rng, running, day = random.Random(seed), [], FIRST
    while day < FIRST + SPAN * ONE:
        up = [day + n * ONE for n in range(rng.randrange(1, 90))]
        running += [one for one in up for _ in range(rng.choice((1, 1, 2, 3)))]  # often more than once a day
        day = up[-1] + rng.randrange(1, 60) * ONE
    steady, broken = awards(granted), awards(granted)
    run(steady, [FIRST + n * ONE for n in range((running[-1] - FIRST).days + 1)])
    run(broken, running)
    check(broken, granted, set(running))
    for one, other in zip(steady, broken, strict=True):
        assert (one.lapsed_on is None) == (other.lapsed_on is None)
        ripe = {(s.kind, s.name) for s in one.steps if s.how is not How.OPEN}
        late = {(s.kind, s.name) for s in other.steps if s.how is not How.OPEN}
        assert late <= ripe
        assert len(ripe - late) <= 1  # two that fell due in an outage: the second waits for a day of its own
        for step in other.steps:
            if step.how is How.OVER and step.kind in (Kind.RENEWAL, Kind.GRACE, Kind.MILESTONE):
                up = {day for day in running if step.due_on <= day <= (step.last or day)}
                assert up <= {day for day, _ in other.said}  # no day on which it could have been told was left empty


TERMS = st.builds(
    lambda start, years, opens, grace, marks: Term(
        start,
        start + timedelta(days=years),
        start + timedelta(days=years - opens) if opens else None,
        None,
        start + timedelta(days=years + grace) if grace else None,
        {f"m{n}": start + timedelta(days=each) for n, each in enumerate(marks)},
    ),
    st.dates(date(2019, 1, 1), date(2021, 1, 1)),
    st.integers(1, 900),
    st.integers(0, 500),
    st.integers(0, 200),
    st.lists(st.integers(-50, 1200), max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(term=TERMS, gaps=st.lists(st.integers(1, 120), min_size=1, max_size=40))
def test_whatever_the_term_and_the_outages(term, gaps):
    running = [date(2019, 1, 1)]
    for gap in gaps:
        running.append(running[-1] + timedelta(days=gap))
    running += [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]
    award = Award(list(schedule(term)), told_on=term.valid_from)
    run([award], running)
    check([award], [("", term, frozenset())], set(running))
