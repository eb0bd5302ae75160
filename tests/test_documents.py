"""The handbook is held to the code: what it shows must work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from evaluators import cases
from laurea.cli import app
from laurea.sources import files, tables
from rules.library import load_text
from rules.plan import compile_plan

DOCS = Path(__file__).resolve().parents[1] / "docs"


def _shown(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def test_rule_set_shown_to_officers_decides_its_worked_cases(tmp_path: Path) -> None:
    rules_shown, cases_shown = _shown("rules-for-officers.md", "yaml")
    ruleset = load_text(rules_shown, "rules-for-officers.md")
    assert set(compile_plan(ruleset, {}).unanswered) == {"reviews", "consolidation", "pass_mark"}
    file = tmp_path / "green.cases.yaml"
    file.write_text(cases_shown, "utf-8")
    results = cases.run(ruleset, file)
    assert len(results) == 5
    assert [result for result in results if not result.passed] == []


def test_every_decision_is_listed() -> None:
    index = (DOCS / "decisions" / "index.md").read_text("utf-8")
    menu = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
    for page in sorted((DOCS / "decisions").glob("0*.md")):
        assert f"]({page.name})" in index
        assert f"decisions/{page.name}" in menu
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert [part for part in ("Context", "Decision", "Consequence") if f"**{part}.**" not in text] == []


def test_every_command_shown_exists() -> None:
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
    shown = {
        tuple(words.split())
        for page in pages
        for words in re.findall(r"(?:^|`|bin/)laurea ((?:[a-z][a-z-]* ?){1,2})", page.read_text("utf-8"), re.MULTILINE)
    }
    assert ("doctor",) in shown
    missing = set()
    for words in shown:
        found = app
        for word in words:
            commands = {name for name in found if not name.startswith("-")}
            if word not in commands:
                missing |= {" ".join(words)} if commands else set()  # without commands of its own it takes arguments
                break
            found = found[word]
    assert missing == set()


def test_every_column_is_documented() -> None:
    page = (DOCS / "formats.md").read_text("utf-8")
    read = {*files.APPLICATION, *tables._JURORS.columns, *tables._CONFLICTS.columns, *tables._SHEETS.columns}
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_handbook_builds_and_loads_nothing_from_outside(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=DOCS.parent, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    loads = re.compile(r'<(?:script|img|link rel="(?:stylesheet|icon|preload)")[^>]*(?:src|href)="(?:https?:)?//')
    pages = list(tmp_path.rglob("*.html"))
    assert pages
    assert [str(page) for page in pages if loads.search(page.read_text("utf-8"))] == []
