"""Errors that reach a page can be said in its reader's language, with what they name filled in."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from notifications.catalogues import translator
from notifications.extract import SHOWN
from notifications.filled import Filled

ACTIONS = Path(__file__).resolve().parents[2] / "laurea" / "actions"
ENGLISH = {  # read on the command line or by programs alone, or said anew by the page
    "export.py", "figures.py", "set_office.py", "release.py",
}  # fmt: skip


def test_a_filled_sentence_is_text_and_is_said_in_the_readers_language() -> None:
    found = Filled("The round {code} is not released.", code="lv-2026")
    assert found == "The round lv-2026 is not released."
    assert translator("lv").gettext(found) == "Kārtas lv-2026 lēmumi nav izsludināti."
    assert translator("en").gettext(found) == found


def test_a_filled_sentence_may_be_filled_into_another() -> None:
    inner = Filled("Choose between 1 and {n} days.", n=9)
    found = Filled("Nobody can say who stands at the cut line. {reason}", reason=inner)
    assert translator("az").gettext(found).endswith("1 ilə 9 gün arasında seçin.")


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [one for one in tree if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]


@pytest.mark.parametrize("path", sorted(ACTIONS.glob("*.py")), ids=lambda path: path.stem)
def test_no_deed_raises_a_sentence_nobody_can_translate(path: Path) -> None:
    if path.name in ENGLISH:
        return
    for call in _calls(path):
        if isinstance(call.func, ast.Name) and call.func.id in SHOWN:
            said = [*call.args, *(one.value for one in call.keywords if one.arg == "remedy")]
            assert [ast.unparse(one) for one in said if isinstance(one, ast.JoinedStr)] == []
