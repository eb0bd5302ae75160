"""Every page of one round's life under axe-core; those of other rounds: test_accessibility_rooms.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import personal_pages, screenshots, wording_pages
from tests.browser.axe import looked_at
from tests.browser.serving import free_port, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = (
    "start", "sign-in", "door", "gallery", "api", "queue-first", "declare", "queue", "sheet", "keys", "sheet-gaps",
    "history", "paper", "hand-back", "table", "rounds", "round", "applications", "refused", "assignment", "jurors",
    "heard", "programs", "import", "import-look", "next-round", "other-rules", "application", "application-files",
    "juror", "scores",
    "release", "decisions", "trace", "results", "certificate",
    "certificate-unknown", "certificates", "certificate-reissued", "certificates-check", "credential-asked",
    "credential", "outbox", "figures", "meetings", "meeting", "meeting-screen", "meeting-juror",
    *personal_pages.PAGES,
    *wording_pages.PAGES,
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What was found on each page of one walk through a round."""
    place = screenshots.nql(tmp_path_factory.mktemp("round"), free_port())
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        found[name] = looked_at(page)

    with served(place.settings) as url:
        screenshots.tour(chromium, place, url, look)
    yield found
    place.engine.dispose()


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_violation(walked: dict[str, list[str]], name: str) -> None:
    assert walked[name] == []


def test_every_page_of_the_walk_is_named(walked: dict[str, list[str]]) -> None:
    assert sorted(walked) == sorted(PAGES)
