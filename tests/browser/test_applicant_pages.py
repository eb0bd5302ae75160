"""The applicant's pages under axe-core: light, dark, and on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import applicants, screenshots
from tests.browser.serving import free_port, served
from tests.browser.test_accessibility import WAYS, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def walked(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What was found on each page of one walk."""
    place = applicants.seeded(tmp_path_factory.mktemp("round"), free_port())
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        found[name] = []
        for scheme, width in WAYS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": screenshots.WIDTHS[width]})
            found[name] += [f"{scheme} at {width}: {one}" for one in violations(page)]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": screenshots.WIDTHS[1280]})

    with served(place.settings) as url:
        applicants.tour(applicants.opener(chromium, place, url, bypass_csp=True), place, look)
    yield found
    place.engine.dispose()


@pytest.mark.parametrize("name", applicants.STOPS)
def test_page_has_no_violation(walked: dict[str, list[str]], name: str) -> None:
    assert walked[name] == []


def test_every_page_of_the_walk_is_named(walked: dict[str, list[str]]) -> None:
    assert sorted(walked) == sorted(applicants.STOPS)
