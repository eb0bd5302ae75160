"""What every check needs: places, clauses, citations, and each condition read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.conditions import Condition, conditions
from rules.errors import Problem
from rules.expressions import Scope, check
from rules.loader import Path
from rules.nodes import Node
from rules.ruleset import Clause, RuleSet
from rules.scopes import read, scope

_REMARK = re.compile(r"\([^)]*\)")
PLACEHOLDER = re.compile(r"\{([a-z_.0-9]*)\}")


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
    scopes: dict[str, Scope] = {}
    found = []
    for one in conditions(ruleset):
        if one.place not in scopes:
            scopes[one.place] = scope(ruleset, one.place)
        tree = read(one.text)
        found.append(Reading(one, tree, frozenset(check(tree, scopes[one.place], one.wanted).names)))
    return found


def used_names(read: Iterable[Reading]) -> set[str]:
    """All dotted names that conditions use."""
    return {name for one in read for name in one.names}


def clauses(ruleset: RuleSet) -> Iterator[tuple[Path, Clause]]:
    """Every plain clause with its path."""
    for block, found in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        for number, clause in enumerate(found):
            yield (*base, number), clause


def cites(ruleset: RuleSet) -> Iterator[tuple[Path, str]]:
    """Every citation of the rule set, wherever it stands, with its path."""
    yield from _cites((), ruleset.document.data)


def _cites(path: Path, part: object) -> Iterator[tuple[Path, str]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "cite" and isinstance(value, str):
                yield (*path, key), value
            else:
                yield from _cites((*path, key), value)
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _cites((*path, number), value)


def cited(cite: str) -> list[str]:
    """The source keys of a citation: "guide §1 (a remark); call" cites guide and call."""
    return [part.split()[0] for part in _REMARK.sub("", cite).split(";") if part.split()]
