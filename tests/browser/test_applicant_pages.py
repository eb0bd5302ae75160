"""The applicant's pages under axe-core: light, dark, and on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import applicants
from tests.browser.axe import looked_at
from tests.browser.serving import free_port, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def walked(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What was found on each page of one walk."""
    place = applicants.seeded(tmp_path_factory.mktemp("round"), free_port())
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        found[name] = looked_at(page)

    with served(place.settings) as url:
        applicants.tour(applicants.opener(chromium, place, url, bypass_csp=True), place, look)
    yield found
    place.engine.dispose()


@pytest.mark.parametrize("name", applicants.STOPS)
def test_page_has_no_violation(walked: dict[str, list[str]], name: str) -> None:
    assert walked[name] == []


def test_every_page_of_the_walk_is_named(walked: dict[str, list[str]]) -> None:
    assert sorted(walked) == sorted(applicants.STOPS)
