"""The handbook is held to the code: what it shows must work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from evaluators import case_expectations, cases, conflicts
from laurea.cli import app
from laurea.settings import Settings
from laurea.sources import files, tables
from laurea.store.tables import metadata
from rules import functions, scopes
from rules.ruleset import RuleSet
from tools import reference
from tools.reference import events

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/README.md"))]
ROOMS = ("rules", "evaluators", "notifications", "laurea", "flows", "tools", "deploy", "benchmarks")


@cache
def _text(page: Path) -> str:
    return page.read_text("utf-8")


@cache
def _said_in_the_source() -> frozenset[str]:
    """Every word of the source."""
    kinds = {".py", ".yaml", ".yml", ".html", ".j2", ".json", ".css", ".js", ".typ"}
    places = [file for room in ROOMS for file in (ROOT / room).rglob("*") if file.suffix in kinds]
    names = ("Makefile", "pyproject.toml", "compose.yaml", "Dockerfile", "tests/conftest.py")  # its fixtures are told
    places += [ROOT / name for name in names]
    return frozenset(word for file in places for word in re.findall(r"\w+", file.read_text("utf-8", errors="ignore")))


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_as_the_code_makes_it(name: str) -> None:
    """Where this fails: make reference."""
    assert _text(reference.FOLDER / name) == reference.text(name)


def test_every_event_is_written_by_a_deed() -> None:
    assert [name for name, files in events.writers().items() if not files] == []


def test_every_setting_named_exists() -> None:
    named = {name for page in PAGES for name in re.findall(r"LAUREA_([A-Z_]*[A-Z])\b", _text(page))}
    assert len(named) > 30
    beside = {"CLOCK_FILE", "DATA"}  # of rehearsals and the demo; told on the page of settings
    assert named - {name.upper() for name in Settings.model_fields} - beside == set()


def test_every_word_of_code_that_is_named_exists() -> None:
    """Events, blocks, columns, states, metrics: whatever stands in grey with an underscore."""
    prose = {page: re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL) for page in PAGES}
    named = {(page.name, word) for page in prose for word in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", prose[page])}
    assert len({word for _, word in named}) > 200
    assert sorted(one for one in named if one[1] not in _said_in_the_source()) == []


def test_every_page_the_code_sends_people_to_exists() -> None:
    sources = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    named = {(file.name, page) for file in sources for page in re.findall(r"\bdocs/[\w/-]+\.md\b", _text(file))}
    assert len(named) > 5
    assert sorted(one for one in named if not (ROOT / one[1]).is_file()) == []


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|^)make ([a-z-]+)", _text(page), re.MULTILINE)}
    assert "reference" in named
    assert named - targets == set()


NOT_A_TERM = {
    "unsubscribed": "who said no to a kind of letter",
    "kept_bytes": "what frozen pages and evidence hold, once each",
    "kept_answers": "answers to imports, so that one sent twice is done once",
    "meters": "how often somebody asked",
    "renamings": "what stood on a certificate before it was reissued",
}
"""Tables that hold workings; every other one is named for a term of the glossary."""


def test_every_term_is_in_the_code_and_every_table_is_in_the_glossary() -> None:
    terms = re.findall(r"^\| \*\*([^*]+)\*\*", _text(DOCS / "glossary.md"), re.MULTILINE)
    assert len(terms) == len(set(terms)) > 80
    words = {term: set(term.lower().replace("hand-over", "handover").split()) for term in terms}
    # Parts of words in their lower case: `ScoreSheet`, `score_sheet` and “score sheets” all hold both.
    said = {part.lower() for word in _said_in_the_source() for part in re.findall(r"[A-Z]?[a-z]+", word)}
    assert [term for term in terms if not words[term] <= said] == []
    beside = re.findall(r"(?<!\*)\*([a-z ]+)\*(?!\*)", _text(DOCS / "glossary.md"))  # told with a term: *guest*
    known = {"person", *" ".join(beside).split()}.union(*words.values())
    tables = [name for name in metadata.tables if name not in NOT_A_TERM]
    assert [name for name in tables if not {_one(word) for word in name.split("_")} & known] == []


def _one(word: str) -> str:
    """The singular of a table's word."""
    irregular = {"people": "person"}
    return irregular.get(word) or (f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s"))


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
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in sorted((DOCS / "decisions").glob("0*.md")):
        assert f"]({page.name})" in index
        assert f"decisions/{page.name}" in menu
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert [part for part in ("Context", "Decision", "Consequence") if f"**{part}.**" not in text] == []


def test_every_command_shown_exists() -> None:
    shown = {
        tuple(words.split())
        for page in PAGES
        for words in re.findall(r"(?:^|`|bin/)laurea ((?:[a-z][a-z-]*(?![\w.-]) ?){1,2})", _text(page), re.MULTILINE)
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


@pytest.mark.parametrize("page", [page.relative_to(ROOT).as_posix() for page in PAGES])
def test_what_belongs_to_a_point_of_a_list_stays_in_it(page: str) -> None:
    """By less, the handbook ends the list there, and the points after it run together in one paragraph."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    points = re.findall(r"^(?:[-*]|\d+\.) .*\n(?:(?: .*)?\n)*", text, re.MULTILINE)
    assert [found for point in points for found in re.findall(r"\n\n( {1,3}\S.*)", point)] == []
    assert re.findall(r"\n\n {4}\S.*\n(?: {4}\S.*\n)*(?:[-*]|\d+\.) .*", text) == [], (
        "a line stays free before the next"
    )


def test_handbook_builds_and_loads_nothing_from_outside(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    loads = re.compile(r'<(?:script|img|link rel="(?:stylesheet|icon|preload)")[^>]*(?:src|href)="(?:https?:)?//')
    pages = list(tmp_path.rglob("*.html"))
    assert pages
    assert [str(page) for page in pages if loads.search(page.read_text("utf-8"))] == []
