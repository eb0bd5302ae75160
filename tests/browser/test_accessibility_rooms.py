"""Pages that want a round of their own under axe-core: offices, evidence, letters, terms, appeals and others."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import (
    account_pages,
    appeal_pages,
    evidence_pages,
    kit_pages,
    letter_pages,
    looking_pages,
    office_pages,
    term_pages,
)
from tests.browser.axe import looked_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WALKS = (
    office_pages, evidence_pages, looking_pages, account_pages, kit_pages, letter_pages, term_pages, appeal_pages,
)  # fmt: skip
PAGES = (
    "offices", "handovers", "handover-list", "handover-refused", "handover-preview", "round-handovers",
    "handover-awards", "evidence", "evidence-file", "participations", "unknown-facts", "ask", "application-pages",
    "joint", "plan", "view", "looking",
    "looking-sheet", "looking-applicant", "frozen-page", "confirm", "applicant-ask", "confirmed", "confirm-stale",
    *account_pages.PAGES,
    *kit_pages.PAGES,
    *appeal_pages.PAGES,
    *letter_pages.PAGES,
    *term_pages.PAGES,
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What was found on each page of every walk."""
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        found[name] = looked_at(page)

    for one in WALKS:
        one.walk(chromium, tmp_path_factory.mktemp(one.__name__.rpartition(".")[2]), look)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_violation(walked: dict[str, list[str]], name: str) -> None:
    assert walked[name] == []


def test_every_page_of_the_walks_is_named(walked: dict[str, list[str]]) -> None:
    assert sorted(walked) == sorted(PAGES)
