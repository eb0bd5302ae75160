"""What axe-core (WCAG 2.2 AA and good practice) finds on a page: light, dark, and on a telephone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser import screenshots

AXE = Path(__file__).parent / "vendor" / "axe.min.js"  # 4.14.1, see the licence beside it
EVERY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}  # all that darkness changes
WAYS: list[tuple[Any, int, dict[str, Any]]] = [("light", 1280, EVERY), ("dark", 1280, COLOURS), ("light", 390, EVERY)]


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
