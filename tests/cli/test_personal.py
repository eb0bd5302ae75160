"""`laurea personal`: what is stored of people, in a terminal and as a file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.store import migrate
from laurea.store.engine import open_engine
from tests.web import seeding

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def _round(tmp_path: Path) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 'workspace' / 'laurea.db'}"
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    seeding.seed(tmp_path / "workspace", database_url=url, applications=3).engine.dispose()


@pytest.mark.usefixtures("_round")
def test_personal_data_from_the_command_line(laurea: Say, tmp_path: Path) -> None:
    rows = {row["column"]: row for row in json.loads(laurea("personal", "register", "--json")[1])}
    assert rows["people.email"]["in_the_end"] == "number"
    file = tmp_path / "one.zip"
    assert laurea("personal", "export", "applicant1@example.org", "-o", str(file))[0] == 0
    with zipfile.ZipFile(file) as packed:
        data = json.loads(packed.read("data.json"))
    assert [row["email"] for row in data["tables"]["people"]] == ["applicant1@example.org"]
    code, _, error = laurea("personal", "export", "nobody@example.org", "-o", str(file))
    assert (code, "There is nobody here" in error) == (1, True)
    code, _, error = laurea("personal", "anonymise", "applicant1@example.org", "--why", "asked", "--yes")
    assert (code, "A round of theirs is not released yet" in error) == (1, True)
    code, told, _ = laurea("personal", "anonymise", "officer2@example.org", "--json")
    assert json.loads(told) == [{"table": "people", "rows": 1}]
    code, told, _ = laurea("personal", "keep", "AZ", "--json")
    assert {row["days"] for row in json.loads(told)} == {"not set: nothing is erased"}
    code, told, _ = laurea("personal", "keep", "AZ", "--of", "letters", "--days", "30", "--json")
    assert {row["class"]: row["days"] for row in json.loads(told)}["letters"] == 30
    assert laurea("personal", "keep", "AZ", "--of", "letters", "--days", "0")[0] == 1
    assert json.loads(laurea("personal", "due", "AZ", "--json")[1]) == []
