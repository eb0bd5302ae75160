"""The rules of the outbox: states, what can wait, and until when; and the words of a letter changed by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifications import outbox, rewrite
from notifications.catalogue import KINDS, Ground
from notifications.compose import Recipient, compose
from notifications.errors import BadData
from notifications.outbox import FROM, STATES, TO, Move, quiet_until
from notifications.samples import samples

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begins", "ends", "zone", "until"),
    [
        ("2026-01-10T18:30", "21:00", "07:00", "Asia/Baku", "2026-01-11T03:00"),  # half past ten in the evening there
        ("2026-01-11T02:59", "21:00", "07:00", "Asia/Baku", "2026-01-11T03:00"),  # one minute before seven
        ("2026-01-11T03:00", "21:00", "07:00", "Asia/Baku", None),
        ("2026-01-10T16:59", "21:00", "07:00", "Asia/Baku", None),
        ("2026-01-10T17:00", "21:00", "07:00", "Asia/Baku", "2026-01-11T03:00"),
        ("2026-01-10T12:30", "12:00", "14:00", "UTC", "2026-01-10T14:00"),  # within one day
        ("2026-01-10T11:59", "12:00", "14:00", "UTC", None),
        ("2026-01-10T14:00", "12:00", "14:00", "UTC", None),
        ("2026-01-10T12:30", "", "", "UTC", None),
        ("2026-01-10T12:30", "12:00", "12:00", "UTC", None),  # the same hour twice: none
        # The clocks of Riga go forward at 01:00 UTC on 29 March and back on 25 October 2026.
        ("2026-03-28T20:00", "21:00", "07:00", "Europe/Riga", "2026-03-29T04:00"),
        ("2026-10-24T19:00", "21:00", "07:00", "Europe/Riga", "2026-10-25T05:00"),
        ("2026-02-28T23:30", "23:00", "00:00", "UTC", "2026-03-01T00:00"),
    ],
)  # fmt: skip
def test_quiet_hours_end_by_the_clock_of_their_place(
    now: str, begins: str, ends: str, zone: str, until: str | None
) -> None:
    assert quiet_until(at(now), begins, ends, zone) == (at(until) if until else None)


def test_a_quiet_hour_never_ends_in_the_past_and_never_lasts_longer_than_a_day() -> None:
    for minutes in range(0, 3 * 24 * 60, 7):
        now = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=minutes)
        until = quiet_until(now, "22:15", "06:45", "Europe/Riga")
        if until is not None:
            assert now < until <= now + timedelta(hours=9)
            assert quiet_until(until, "22:15", "06:45", "Europe/Riga") is None


@pytest.mark.parametrize("text", ["24:00", "7:00", "12:60", "", "12:00:00", "١٢:٠٠", "noon "])
def test_what_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(BadData):
        outbox.read_clock(text)


def test_nothing_can_be_done_with_what_is_away() -> None:
    for move in Move:
        assert TO[move] in STATES
        assert set(STATES) >= FROM[move]
        assert not FROM[move] & {"sending", "sent", "delivered"}
        assert outbox.from_states(move, many=True) <= outbox.NOT_LEFT


def test_links_to_sign_in_go_at_any_hour_and_decisions_wait() -> None:
    assert {"sign_in", "received"} <= outbox.AT_ANY_HOUR
    assert not {"decision", "review_reminder"} & outbox.AT_ANY_HOUR


def test_only_a_courtesy_can_be_ended_and_its_letter_says_how() -> None:
    told = set()
    for kind, data in samples("en"):
        made = compose(kind, "k", Recipient(1, "A", "a@example.org", "en"), data, sender="x@example.org", now=NOW)
        headers = dict(rewrite.read(made.content).headers)
        told.add((KINDS[kind].ground is Ground.COURTESY, "List-Unsubscribe" in headers))
        if "List-Unsubscribe" in headers:
            assert headers["List-Unsubscribe"] == f"<{data['unsubscribe']}>"
            assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told == {(False, False), (True, True)}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "az", "ka", "lv"])
def test_changed_words_are_read_as_they_were_written(language: str) -> None:
    for kind, data in samples(language):
        to = Recipient(1, "Ülkər ქეთი", "a@example.org", language)
        made = compose(kind, "k", to, data, sender="x@example.org", now=NOW)
        before = rewrite.read(made.content)
        assert before.subject == made.subject
        changed = rewrite.rewrite(made.content, "Ģ " + before.subject[:190], before.text + "\n\nəlavə სიტყვა")
        after = rewrite.read(changed)
        assert after.plain
        assert after.text.endswith("\n\nəlavə სიტყვა")
        kept = {name: value for name, value in before.headers if name not in ("Subject", "Content-Type")}
        assert {name: value for name, value in after.headers if name not in ("Subject", "Content-Type")} == kept
        assert rewrite.rewrite(changed, after.subject, after.text) == changed, "the same words give the same bytes"
        assert max(map(len, changed.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("subject", "text"),
    [("", "x"), ("x", " \n "), ("x" * 201, "x"), ("x", "x" * 20_001), ("\u202e", "x")],
)
def test_words_that_are_none_or_too_many_are_refused(subject: str, text: str) -> None:
    made = compose(*samples("en")[0][:1], "k", Recipient(1, "A", "a@example.org", "en"), samples("en")[0][1],
                   sender="x@example.org", now=NOW)  # fmt: skip
    with pytest.raises(BadData):
        rewrite.rewrite(made.content, subject, text)


def test_a_letter_with_a_file_is_not_rewritten_and_rubbish_is_read() -> None:
    for content in (b"", b"no letter", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x--", b"\xff\xfe"):
        found = rewrite.read(content)
        assert not found.plain
        with pytest.raises(BadData):
            rewrite.rewrite(content, "a", "b")
