"""Every page of the portal under axe-core (WCAG 2.2 AA and good practice): light, dark, and on a telephone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    personal_pages,
    screenshots,
    term_pages,
    wording_pages,
)
from tests.browser.serving import free_port, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"  # 4.14.1, see the licence beside it
EVERY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}  # all that darkness changes
WAYS: list[tuple[Any, int, dict[str, Any]]] = [("light", 1280, EVERY), ("dark", 1280, COLOURS), ("light", 390, EVERY)]
PAGES = (
    "start", "sign-in", "door", "gallery", "api", "queue-first", "declare", "queue", "sheet", "keys", "sheet-gaps",
    "history", "paper", "hand-back", "table", "rounds", "round", "applications", "refused", "assignment", "jurors",
    "heard", "programs", "import", "import-look", "next-round", "other-rules", "application", "juror", "scores",
    "release", "decisions", "trace", "results", "certificate",
    "certificate-unknown", "certificates", "certificate-reissued", "certificates-check", "credential-asked",
    "credential", "outbox", "figures", "meetings", "meeting", "meeting-screen", "meeting-juror",
    "offices", "handovers", "handover-list", "handover-refused", "handover-preview", "round-handovers",
    "handover-awards", "evidence", "evidence-file", "participations", "unknown-facts", "ask", "application-pages",
    "joint", "plan", "view", "looking",
    "looking-sheet", "looking-applicant", "frozen-page", "confirm", "applicant-ask", "confirmed", "confirm-stale",
    *account_pages.PAGES,
    *kit_pages.PAGES,
    *appeal_pages.PAGES,
    *personal_pages.PAGES,
    *letter_pages.PAGES,
    *wording_pages.PAGES,
    *term_pages.PAGES,
)  # fmt: skip


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds on a page as it stands: the rule, and the first places."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    only = json.dumps(rules | {"resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run(document, {only}).then((all) => all.violations)")
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: "
        + " | ".join(f"{node['html'][:160]} [{node['failureSummary'][:300]}]" for node in one["nodes"][:3])
        for one in found
    ]


def looked_at(page: Page) -> list[str]:
    """What axe finds on a page in every way it is seen."""
    found = []
    for scheme, width, rules in WAYS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": screenshots.WIDTHS[width]})
        found += [f"{scheme} at {width}: {one}" for one in violations(page, rules)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": screenshots.WIDTHS[1280]})
    return found


@pytest.fixture(scope="module")
def walked(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What was found on each page of one walk through a round."""
    place = screenshots.nql(tmp_path_factory.mktemp("round"), free_port())
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        found[name] = looked_at(page)

    with served(place.settings) as url:
        screenshots.tour(chromium, place, url, look)
    office_pages.walk(chromium, tmp_path_factory.mktemp("offices"), look)
    evidence_pages.walk(chromium, tmp_path_factory.mktemp("evidence"), look)
    looking_pages.walk(chromium, tmp_path_factory.mktemp("looking"), look)
    account_pages.walk(chromium, tmp_path_factory.mktemp("account"), look)
    kit_pages.walk(chromium, tmp_path_factory.mktemp("kit"), look)
    letter_pages.walk(chromium, tmp_path_factory.mktemp("letters"), look)
    term_pages.walk(chromium, tmp_path_factory.mktemp("terms"), look)
    appeal_pages.walk(chromium, tmp_path_factory.mktemp("appeals"), look)
    yield found
    place.engine.dispose()


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_violation(walked: dict[str, list[str]], name: str) -> None:
    assert walked[name] == []


def test_every_page_of_the_walk_is_named(walked: dict[str, list[str]]) -> None:
    assert sorted(walked) == sorted(PAGES)
