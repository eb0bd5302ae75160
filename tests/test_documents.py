"""The handbook is held to the code: what it shows must work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from evaluators import case_expectations, cases, conflicts
from laurea.cli import app
from laurea.sources import files, tables
from rules import functions, scopes
from rules.library import load_text
from rules.plan import compile_plan
from rules.ruleset import RuleSet

DOCS = Path(__file__).resolve().parents[1] / "docs"


def _shown(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def test_rule_set_shown_to_officers_decides_its_worked_cases(tmp_path: Path) -> None:
    rules_shown, cases_shown, *_ = _shown("rules-for-officers.md", "yaml")
    ruleset = load_text(rules_shown, "rules-for-officers.md")
    assert set(compile_plan(ruleset, {}).unanswered) == {"reviews", "consolidation", "pass_mark"}
    file = tmp_path / "green.cases.yaml"
    file.write_text(cases_shown, "utf-8")
    results = cases.run(ruleset, file)
    assert len(results) == 5
    assert [result for result in results if not result.passed] == []


def _parts(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """Every key of a block and of the blocks in it, and every word that may stand there."""
    if model in seen:
        return
    seen.add(model)
    for name, part in model.model_fields.items():
        yield name
        for kind in _kinds(part.annotation):
            if isinstance(kind, str):
                yield kind
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _parts(kind, seen)


def _kinds(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    yield annotation
    for one in get_args(annotation):
        yield from _kinds(one)


def test_every_block_key_word_and_function_of_the_language_is_in_the_reference() -> None:
    text = "".join((DOCS / page).read_text("utf-8") for page in ("rule-language.md", "rules-for-officers.md"))
    code = " ".join(yaml or word for yaml, word in re.findall(r"```yaml\n(.*?)```|`([^`\n]+)`", text, re.DOTALL))
    shown = set(re.findall(r"[A-Za-z_]+", code))
    shown |= {f"{stem}{way}" for stem in shown if stem.endswith("_") for way in ("before", "after")}  # `months_`
    asked = {word for model in (RuleSet, cases.CaseFile) for word in _parts(model, set()) if isinstance(word, str)}
    asked |= {*functions.NAMES, *functions.STEPS, *functions.OF_LISTS, *scopes.RESERVED, *scopes.METHODS}
    asked |= {*scopes.THIRDS, *scopes.PAIRS, *scopes.ROUNDINGS, *scopes.LATE, *scopes.NOT_APPLICABLE, *conflicts.KINDS}
    asked |= {*case_expectations.WORDS["screening"], *case_expectations.WORDS["status"]}
    assert len(asked) > 150
    assert sorted(asked - shown) == []


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
