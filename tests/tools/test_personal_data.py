"""The handbook's page of personal data says what the register says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from evaluators.personal import Keep, Kind, Needed, Purpose, Reason, Way, Whose
from laurea.web import personal_words

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_as_the_register_makes_it() -> None:
    """Where this fails: python tools/personal_data.py."""
    spec = importlib.util.spec_from_file_location("personal_data", ROOT / "tools" / "personal_data.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()


def test_every_word_of_the_register_is_said() -> None:
    words = personal_words
    for said, meant in (
        (words.whose(str), Whose), (words.kinds(str), Kind), (words.purposes(str), Purpose), (words.keeps(str), Keep),
        (words.ways(str), Way), (words.reasons(str), Reason), (words.needed(str), Needed),
    ):  # fmt: skip
        assert list(said) == list(meant)
