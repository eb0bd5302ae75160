"""What every check needs: places, clauses, citations, and each condition read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.conditions import Condition, conditions
from rules.errors import Problem
from rules.expressions import check
from rules.loader import Path
from rules.nodes import Node
from rules.ruleset import Clause, RuleSet
from rules.scopes import read, scope
from rules.speech import PLACEHOLDER

__all__ = [
    "PLACEHOLDER", "Reading", "cited", "cites", "clauses", "inside", "problem", "readings", "used_names",
]  # fmt: skip
_REMARK = re.compile(r"\([^)]*\)")


@dataclass(frozen=True)
class Reading:
    """A condition with its tree and every dotted name it uses."""

    condition: Condition
    tree: Node
    names: frozenset[str]


def problem(ruleset: RuleSet, path: Path, says: str, remedy: str, key: bool = False) -> Problem:
    """A problem at a path of the file; `key`: at the name of the entry, not at its value."""
    mark = ruleset.document.where(path, key)
    return Problem(ruleset.document.file, mark.line, mark.column, says, remedy)


def inside(ruleset: RuleSet, one: Condition, offset: int, says: str, remedy: str) -> Problem:
    """A problem at a character of a condition."""
    line, column = ruleset.document.where(one.path).inside(one.text, offset)
    return Problem(ruleset.document.file, line, column, says, remedy)


def readings(ruleset: RuleSet) -> list[Reading]:
    """Every condition of a rule set without contradictions, read and type checked."""
    return [reading(ruleset, one) for one in conditions(ruleset)]


def reading(ruleset: RuleSet, one: Condition) -> Reading:
    """A condition, read and type checked once. Raises ExpressionError."""

    def work() -> Reading:
        tree = read(one.text)
        return Reading(one, tree, frozenset(check(tree, scope(ruleset, one.place), one.wanted).names))

    return ruleset.once(("reading", one.path), work)


def used_names(read: Iterable[Reading]) -> set[str]:
    """All dotted names that conditions use."""
    return {name for one in read for name in one.names}


def clauses(ruleset: RuleSet) -> Iterator[tuple[Path, Clause]]:
    """Every plain clause with its path."""
    for block, found in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        for number, clause in enumerate(found):
            yield (*base, number), clause


def cites(ruleset: RuleSet) -> list[tuple[Path, str]]:
    """Every citation of the rule set, wherever it stands, with its path."""
    found: list[tuple[Path, str]] = []
    _cites((), ruleset.document.data, found)
    return found


def _cites(path: Path, part: object, found: list[tuple[Path, str]]) -> None:
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, (dict, list)):
                _cites((*path, key), value, found)
            elif key == "cite" and isinstance(value, str):
                found.append(((*path, key), value))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            _cites((*path, number), value, found)


def cited(cite: str) -> list[str]:
    """The source keys of a citation: "guide §1 (a remark); call" cites guide and call."""
    return [part.split()[0] for part in _REMARK.sub("", cite).split(";") if part.split()]


def place_in(cite: str) -> str:
    """Where in its (first) source a citation points: "guide §1 (a remark); call" points to §1."""
    return _REMARK.sub("", cite).split(";")[0].strip().partition(" ")[2].strip()
