"""The part of the handbook that is written out of the code: `python -m tools.reference`, or `make reference`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.reference import api, commands, events, rule_sets, settings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
WRITTEN = "This page is written out of the code by `make reference`; a test holds it to the code.\n"
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "settings.md": settings.page,
    "rule-sets.md": rule_sets.page,
    "api.md": api.page,
    "events.md": events.page,
}


def text(name: str) -> str:
    """A page as the code makes it, with the sentence on where it comes from below its heading."""
    head, _, rest = PAGES[name]().partition("\n\n")
    return f"{head}\n\n{WRITTEN}\n{rest.strip()}\n"
