from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.retry import GIVE_UP_AFTER, LONGEST, MOST_ATTEMPTS, next_attempt, pause

NOW = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)


@given(attempts=st.integers(1, MOST_ATTEMPTS - 1), key=st.text())
def test_the_pause_grows_and_stays_within_bounds(attempts, key):
    again = next_attempt(attempts, NOW, key)
    assert again is not None
    waits = again - NOW
    assert pause(attempts) <= waits <= pause(attempts) * 1.2
    assert timedelta(minutes=5) <= waits <= LONGEST * 1.2
    assert next_attempt(attempts, NOW, key) == again


def test_the_first_pause_suits_a_greylisting_server():
    again = next_attempt(1, NOW, "k")
    assert again is not None
    assert timedelta(minutes=5) <= again - NOW <= timedelta(minutes=6)


def test_it_gives_up_after_five_days_and_at_most_forty_tries():
    assert MOST_ATTEMPTS <= 40
    assert next_attempt(MOST_ATTEMPTS, NOW) is None
    least = sum((pause(attempts) for attempts in range(1, MOST_ATTEMPTS)), timedelta())
    assert GIVE_UP_AFTER - LONGEST < least <= GIVE_UP_AFTER


def test_letters_deferred_together_do_not_come_back_together():
    assert len({next_attempt(3, NOW, f"letter {number}") for number in range(50)}) > 40


def test_a_letter_never_tried_has_no_next_attempt():
    with pytest.raises(ValueError, match="never tried"):
        next_attempt(0, NOW)
