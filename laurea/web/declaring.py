"""Declaring conflicts, application after application: what is asked next and what is confirmed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request
from litestar.response import Redirect

from laurea.store import pages_jury
from laurea.store.engine import reading
from laurea.web.reader import Reader
from laurea.web.render import go


def ids(text: str) -> list[str]:
    """The numbers in a comma-separated text; what is none is left out."""
    return [value for value in text.split(",") if value.isascii() and value.isdecimal() and len(value) < 10]


def ask_next(code: str, ticked: list[str], given: int = 0) -> Redirect:
    """To the next application that was ticked, else to the list; `given` lets the page confirm what was done."""
    asked = {"conflict": "1", "then": ",".join(ticked[1:])} if ticked else {}
    asked |= {"given": str(given)} if given else {}
    told = urlencode({name: value for name, value in asked.items() if value})
    return go((f"/sheets/{ticked[0]}" if ticked else f"/juror/{code}") + (f"?{told}" if told else ""))


def given_away(request: Request[Any, Any, Any], reader: Reader, given: str) -> str:
    """Name of an application this juror gave away; empty where there is none to confirm."""
    found = ids(given)
    if not found:
        return ""
    with reading(request.app.state.engine) as connection:
        return pages_jury.given_away(connection, reader.person_id, int(found[0]))


def kinds(reader: Reader) -> dict[str, str]:
    """The kinds of conflict a juror chooses from."""
    _ = reader.words.gettext
    return {
        "own_school": _("My own school or institution"),
        "own_project": _("I took part in this project"),
        "own_region": _("I am responsible for this region"),
        "family": _("Family or close friendship"),
        "other": _("Another reason"),
    }
