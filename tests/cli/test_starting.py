"""A rule set to begin with: it works as it is written, and nothing of anybody's is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Say = Callable[..., tuple[int, str, str]]


def test_a_new_rule_set_passes_its_own_cases(laurea: Say, tmp_path: Path) -> None:
    file = tmp_path / "quiet-school.yaml"
    code, out, _ = laurea("rules", "new", file, "--title", "Children's label: quiet, #1 [pilot]")
    assert (code, "Next: laurea rules check" in out) == (0, True)
    code, out, _ = laurea("rules", "check", file, file.with_suffix(".cases.yaml"))
    assert (code, "0 to look at" in out) == (0, True)
    code, out, _ = laurea("rules", "test", file, "--coverage")
    assert (code, "9 of 9 sides of thresholds are tried" in out) == (0, True)


@pytest.mark.parametrize("name", ["Quiet.yaml", "quiet school.yaml", "quiet.yml", "quiet", "2quiet.yaml"])
def test_a_name_that_is_none_is_refused_with_one_that_is(laurea: Say, tmp_path: Path, name: str) -> None:
    code, _, err = laurea("rules", "new", tmp_path / name)
    assert (code, "garden-label.yaml" in err) == (1, True)
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize("title", ['A "label"', "{a}", "a\nb", "a\\b"])
def test_a_title_that_would_break_the_file_is_refused(laurea: Say, tmp_path: Path, title: str) -> None:
    assert laurea("rules", "new", tmp_path / "a.yaml", "--title", title)[0] == 1
    assert not (tmp_path / "a.yaml").exists()


def test_what_is_there_is_not_overwritten(laurea: Say, tmp_path: Path) -> None:
    mine = tmp_path / "mine.cases.yaml"
    mine.write_text("mine", "utf-8")
    code, _, err = laurea("rules", "new", tmp_path / "mine.yaml")
    assert (code, "is there already" in err) == (1, True)
    assert mine.read_text("utf-8") == "mine"
    assert not (tmp_path / "mine.yaml").exists()
