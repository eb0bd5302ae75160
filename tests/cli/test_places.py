"""`laurea evaluate` never writes over what it reads, and says before any work where it cannot write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Say = Callable[..., tuple[int, str, str]]
RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  age: {type: int, meaning: Age., supplied_by: applicant}
eligibility:
  - {id: young, says: At most 18., cite: call, require: age <= 18}
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""
FACTS = "application_id,applicant_id,unit_id,submitted_at,age\na,t,u,2024-05-01T10:00:00+00:00,18\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prize.yaml").write_text(RULES, "utf-8")
    (tmp_path / "facts.csv").write_text(FACTS, "utf-8")
    (tmp_path / "here").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "facts.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "facts.csv"], "is a file this command reads"),
        (["-o", "here/../facts.csv"], "is a file this command reads"),
        (["-o", "link.csv"], "is a file this command reads"),
        (["-o", "out.csv", "--trace", "facts.csv"], "is a file this command reads"),
        (["-o", "out.csv", "--trace", "prize.yaml"], "is a file this command reads"),
        (["-o", "out.csv", "--trace", "out.csv"], "is a file this command reads"),
        (["-o", "out.pdf"], "the ending .pdf is not known. Use one of .csv, .jsonl, .ndjson, .parquet."),
        (["-o", "out"], "the ending (none) is not known"),
        (["-o", "nope/x.csv"], "there is no folder nope. Make it"),
        (["-o", "out.csv", "--trace", "nope/x.jsonl"], "there is no folder nope"),
        ([], "It was not said where the decisions go. Add -o decisions.csv."),
        (["-o", "out.csv", "--policy", "a=1", "--policy", "a=2"], "--policy a is given twice"),
    ],
)
def test_output_that_cannot_be_is_refused_and_nothing_is_written(
    laurea: Callable[..., tuple[int, str, str]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    code, _, errors = laurea("evaluate", "prize.yaml", "facts.csv", *words)
    assert (code, says in errors, "Traceback" in errors) == (1, True, False), errors
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "facts.csv").read_text("utf-8") == FACTS
    assert (folder / "prize.yaml").read_text("utf-8") == RULES


def test_output_may_replace_an_older_output(laurea: Say, folder: Path) -> None:
    (folder / "out.csv").write_text("old", "utf-8")
    assert laurea("evaluate", folder / "prize.yaml", folder / "facts.csv", "-o", folder / "out.csv")[0] == 0
    assert "won" in (folder / "out.csv").read_text("utf-8")


def test_input_that_is_a_folder_is_called_one(laurea: Say, folder: Path) -> None:
    code, _, errors = laurea("evaluate", folder / "prize.yaml", folder / "here", "-o", folder / "out.csv")
    assert (code, "is a folder, not a file" in errors) == (1, True)
