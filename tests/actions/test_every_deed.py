"""Every deed of every action module leaves its line: read in the code of all, and watched wherever a test does one."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, insert, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests import deeds

ROOT = Path(__file__).resolve().parents[2]
ACTIONS = sorted((ROOT / "laurea" / "actions").glob("[!_]*.py"))
LINES = {"record", "record_of"}


@cache
def functions(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}


@cache
def modules(path: Path) -> dict[str, Path]:
    """The modules of the house a module calls by name: `routing.save` is in laurea/routing.py."""
    found = {}
    for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(one, ast.ImportFrom) and one.module and one.module.startswith("laurea"):
            for name in one.names:
                file = ROOT / one.module.replace(".", "/") / f"{name.name}.py"
                if file.exists() and file.name != "ledger.py" and "store" not in file.parts:
                    found[name.asname or name.name] = file
    return found


def reached(path: Path, name: str, seen: set[tuple[Path, str]]) -> set[str]:
    """Everything a function calls by name, and what our own functions among it call, outside the store and ledger."""
    if (path, name) in seen:
        return set()
    seen.add((path, name))
    found: set[str] = set()
    for one in ast.walk(functions(path)[name]):
        if isinstance(one, ast.Name):
            found.add(one.id)
            if one.id in functions(path):
                found |= reached(path, one.id, seen)
        elif isinstance(one, ast.Attribute):
            found.add(one.attr)
            there = modules(path).get(one.value.id) if isinstance(one.value, ast.Name) else None
            if there and one.attr in functions(there):
                found |= reached(there, one.attr, seen)
    return found


def test_every_deed_that_writes_can_write_a_line_or_says_why_not() -> None:
    """Where this fails: write the line in the deed's transaction (laurea.ledger), or name the reason in SILENT."""
    silent, deeds_found = set(), 0
    for path in ACTIONS:
        for name in functions(path):
            if not name.startswith("_"):
                calls = reached(path, name, set())
                deeds_found += "writing" in calls
                if "writing" in calls and not calls & LINES:
                    silent.add(f"{path.stem}.{name}")
    assert deeds_found > 120
    assert silent - set(deeds.SILENT) == set()


def test_who_changes_something_without_a_line_is_found(engine: Engine) -> None:
    """The watch over all tests of actions sees what it is for."""
    with writing(engine) as connection:
        connection.execute(insert(t.authorities).values(id=1, code="N", name="North", timezone="UTC"))
    with deeds.watch(__file__) as faults:
        quiet(engine)
    assert list(faults.values()) == [{"authorities"}]


def quiet(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.authorities).values(name="South"))
