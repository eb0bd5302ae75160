"""Calendar entries, read by another program's reader (icalendar)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from laurea.documents.calendar import Entry, calendar

BAKU = ZoneInfo("Asia/Baku")
ENTRY = Entry(
    uid="abc@laurea", sequence=0, title="Award day; pupils, parents \\ guests",
    place="Nizami Kino Mərkəzi, Bülbül pr. 20, Bakı", says="10:00 Doors\n11:00 ქართული სიმღერა " + "ə" * 200,
    link="https://laurea.example/invitation/x", begins=datetime(2027, 1, 20, 11, tzinfo=BAKU),
    ends=datetime(2027, 1, 20, 14, tzinfo=BAKU), changed=datetime(2026, 12, 1, 8, tzinfo=UTC),
    organiser=('Office "of awards"; Baku', "office@example.org"),
)  # fmt: skip


def event(text: str) -> tuple[Calendar, Event]:
    whole = Calendar.from_ical(text)
    return whole, next(iter(whole.walk("VEVENT")))


def test_another_reader_finds_what_was_written() -> None:
    whole, one = event(calendar(ENTRY))
    assert str(whole["method"]) == "PUBLISH"
    assert (str(one["summary"]), str(one["location"])) == (ENTRY.title, ENTRY.place)
    assert str(one["description"]) == ENTRY.says
    assert one["dtstart"].dt == ENTRY.begins
    assert one["dtend"].dt - one["dtstart"].dt == timedelta(hours=3)
    assert (str(one["uid"]), int(one["sequence"]), str(one["status"])) == ("abc@laurea", 0, "CONFIRMED")
    assert str(one["organizer"]) == "mailto:office@example.org"
    assert one["organizer"].params["CN"] == "Office of awards; Baku"


def test_lines_are_short_end_as_they_must_and_are_cut_between_characters() -> None:
    raw = calendar(ENTRY).encode()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    for line in lines:
        line.decode()


def test_summer_time_is_the_zones_own() -> None:
    riga = ZoneInfo("Europe/Riga")
    for day, hour in ((datetime(2027, 1, 20, 11, tzinfo=riga), 9), (datetime(2027, 7, 20, 11, tzinfo=riga), 8)):
        _, one = event(calendar(replace(ENTRY, begins=day, ends=day + timedelta(hours=1))))
        assert one["dtstart"].dt.astimezone(UTC).hour == hour


def test_a_cancelled_entry_keeps_its_uid_and_counts_on() -> None:
    whole, one = event(calendar(replace(ENTRY, sequence=2, cancelled=True)))
    assert (str(whole["method"]), str(one["status"])) == ("CANCEL", "CANCELLED")
    assert (str(one["uid"]), int(one["sequence"])) == ("abc@laurea", 2)


@pytest.mark.parametrize("nasty", ["a\r\nATTENDEE:mailto:x@example.org", "b\x00c", "END:VEVENT\nBEGIN:VEVENT"])
def test_no_text_becomes_a_line_of_its_own(nasty: str) -> None:
    entry = replace(ENTRY, title=nasty, place=nasty, says=nasty, organiser=(nasty, "office@example.org"))
    whole, one = event(calendar(entry))
    assert "attendee" not in one
    assert len(whole.walk("VEVENT")) == 1
