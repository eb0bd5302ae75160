"""What README and the tutorials show is typed here, line by line, and says what they say it says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from litestar.testing import TestClient

from laurea.settings import Settings
from laurea.web.app import create_app
from tests.cli.conftest import laurea  # noqa: F401 (a fixture)
from tests.docs.blocks import ROOT, Reader, Say


@pytest.fixture
def reader(laurea: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reader:  # noqa: F811
    """Somebody in a copy of the project that holds what the pages use of it."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("examples", "docs"):
        (copy / name).symlink_to(ROOT / name)
    (tmp_path / "clock").write_text("2027-03-01T09:00+00:00", encoding="utf-8")
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(tmp_path / "clock"))
    return Reader(laurea, monkeypatch, copy)


def test_readme(reader: Reader) -> None:
    reader.follow("README.md")
    assert [line for line in reader.typed if line.startswith("make")]


def test_first_rule_set(reader: Reader) -> None:
    reader.follow("docs/tutorials/first-rule-set.md")
    with (reader.at / "decisions.csv").open(encoding="utf-8") as file:
        decided = {row["application_id"]: row["first_failing_clause"] for row in csv.DictReader(file)}
    assert len(decided) == 29
    assert decided["G-04"] == "enough_pupils"


@pytest.mark.slow
def test_first_round(reader: Reader) -> None:
    def digest() -> str:
        _, out, _ = reader.laurea("round", "status", "garden-2027", "--json")
        return str(json.loads(out)[0]["digest"])

    reader.filled["DIGEST"] = digest
    reader.follow("docs/tutorials/first-round.md")
    with (reader.at / "certificates" / "certificates.csv").open(encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    assert len(labels) == 18
    number = labels[0]["number"]
    with TestClient(create_app(Settings())) as client:
        assert labels[0]["holder"] in client.get(f"/certificates/{number}").text
        assert client.get(f"/certificates/{number[:-1]}x").status_code == 404
