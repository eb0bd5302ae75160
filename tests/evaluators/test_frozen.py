"""Web pages as evidence: links found, text without marks, what counts as changed, when to look again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evaluators.frozen import (
    AGAIN,
    BEFORE,
    MOST_LINKS,
    Link,
    Standing,
    addresses,
    differences,
    digest,
    due,
    links_in,
    may_hold_links,
    plain,
    standing,
    told,
)
from rules.library import load
from tests.web import seeding

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = load(seeding.LABEL)
PAGE = """<!doctype html><html><head><title> Our
 project</title><style>p{}</style><script>var a = "<p>no</p>";</script></head><body onload="x()">
<nav><a href="/">Home</a></nav><h1>Rivers &amp; stones</h1><p>First<br>second   line</p><script>evil()</script>
<img src="x" alt="A picture of pupils"><noscript>no</noscript><p>Gəncə</body></html>"""


def test_a_page_becomes_what_a_reader_sees_and_nothing_that_runs() -> None:
    found = told(PAGE)
    assert found.title == "Our project"
    assert found.text.splitlines() == [
        "Home", "Rivers & stones", "First", "second line", "A picture of pupils", "Gəncə",
    ]  # fmt: skip


def test_layout_does_not_change_the_fingerprint_and_words_do() -> None:
    other = PAGE.replace("<p>First<br>second   line</p>", "<div class='new'>First</div>\n\n<p>second line</p>")
    assert digest(told(PAGE).text) == digest(told(other).text)
    assert digest(told(PAGE).text) != digest(told(PAGE.replace("stones", "bones")).text)
    assert plain("e\u0301") == "é"


@pytest.mark.parametrize("html", ["", "<", "<p", "<script>x", "</script></p>", "<head><title>a", "\x00<p>a\x00b"])
def test_broken_pages_are_read_without_a_fall(html: str) -> None:
    assert "\x00" not in told(html).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.example/x.", ["https://a.example/x"]),
        ("(http://a.example/b(c)) and HTTPS://B.example", ["http://a.example/b(c)", "HTTPS://B.example"]),
        ("“https://a.example/ə#part”", ["https://a.example/ə"]),
        ("javascript:alert(1) ftp://x www.a.example https://", []),
    ],
)
def test_addresses_are_found_without_the_signs_around_them(text: str, expected: list[str]) -> None:
    assert list(addresses(text)) == expected


def test_links_come_from_free_text_alone_each_once_and_not_without_end() -> None:
    rows = [{"school": "https://a.example"}, {"school": "https://a.example and https://b.example"}]
    assert may_hold_links(RULES)
    assert links_in(RULES, {"founder_one": "https://code.example"}, {"partners": rows}) == [
        Link("partners", "https://a.example"),
        Link("partners", "https://b.example"),
    ]
    many = [{"school": f"https://a.example/{n}"} for n in range(50)]
    assert len(links_in(RULES, {}, {"partners": many})) == MOST_LINKS


@pytest.mark.parametrize(
    ("checked", "routed", "screened", "expected"),
    [
        (None, None, None, True),
        (NOW - HOUR, None, NOW - HOUR, False),
        (NOW - BEFORE, None, NOW - BEFORE, True),
        (NOW - BEFORE, None, None, False),  # still collecting
        (NOW - HOUR, NOW, NOW - HOUR, True),  # the review has begun since
        (NOW, NOW - HOUR, NOW - HOUR, False),
        (NOW - AGAIN, NOW - 2 * AGAIN, NOW - 2 * AGAIN, True),
    ],
)
def test_pages_are_looked_at_when_frozen_when_the_review_begins_and_weekly_in_it(
    checked: datetime | None, routed: datetime | None, screened: datetime | None, expected: bool
) -> None:
    assert due(checked, routed, screened, NOW) is expected


def test_how_a_page_stands() -> None:
    assert standing(None, "", None, None) is Standing.WAITS
    assert standing(None, "silent", None, None) is Standing.FAILED
    assert standing("d", "", None, None) is Standing.SAME
    assert standing("d", "", NOW, None) is Standing.CHANGED
    assert standing("d", "missing", NOW, NOW) is Standing.GONE


def test_differences_are_lines_that_went_and_came() -> None:
    before, after = "a\nb\nc\nd\ne\nf\ng", "a\nB\nc\nd\ne\nf\ng\nh"
    assert differences(before, after) == [
        ("…", ""), (" ", "a"), ("-", "b"), ("+", "B"), (" ", "c"), ("…", ""), (" ", "g"), ("+", "h"),
    ]  # fmt: skip
    assert differences(before, before) == []
