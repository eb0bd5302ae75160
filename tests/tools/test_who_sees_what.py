"""The handbook's page of rights says what the table says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from evaluators.permissions import Field, Role
from laurea.web import field_words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("who_sees_what", ROOT / "tools" / "who_sees_what.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_is_as_the_table_makes_it(tool: ModuleType) -> None:
    """Where this fails: python tools/who_sees_what.py."""
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()


def test_every_field_and_role_has_its_words() -> None:
    assert list(field_words.fields(str)) == list(Field)
    assert list(field_words.roles(str)) == list(Role)
    assert len(set(field_words.fields(str).values())) == len(Field)
