"""One rule set's expressions, compiled with the round's answers; every use notes the names it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from rules.answered import resolve
from rules.compiler import Compiler
from rules.conditions import derived, read, scope
from rules.errors import RuleSetError, refuse
from rules.expressions import Scope, check
from rules.loader import Path
from rules.nodes import Binary
from rules.ruleset import RuleSet
from rules.values import Num, Val, Value

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass
class Use:
    """A compiled expression and the dotted names it uses; `sides` are those of a comparison, and its operator."""

    value: Value
    names: set[str] = field(default_factory=set)
    sides: tuple[Value, Value, str] | None = None


class Compiling:
    """Compiles the expressions of one rule set. `reading` is the text at hand, for the place of a mistake.

    `given` holds, for each criterion whose points follow from facts, the names they follow from.
    """

    def __init__(self, ruleset: RuleSet, policies: dict[str, str], parameters: dict[str, str]) -> None:
        self.ruleset = ruleset
        constants, self.unanswered = resolve(ruleset, policies, parameters)
        self.constants = constants
        self.names: dict[str, Value] = dict(constants)
        self.scopes: dict[str, Scope] = {}
        self.reading = ""
        self.derived = derived(ruleset)
        self.compiler = Compiler(self.names, self.derived)
        self.given: dict[str, set[str]] = {}

    def refuse(self, path: Path, says: str, remedy: str) -> RuleSetError:
        """What an answer, or a figure of the file, makes impossible; told at its place in the file."""
        document = self.ruleset.document
        mark = document.where(path)
        return refuse(says, remedy, document.file, mark.line, mark.column)

    def use(self, text: str, place: str) -> Use:
        """Compile one expression of a place, and note every name it uses."""
        here = self.scopes.get(place) or self.scopes.setdefault(place, scope(self.ruleset, place))
        self.reading = text
        tree = read(text)
        used = check(tree, here)
        if isinstance(tree, Binary) and tree.op in COMPARISONS:
            left, right = self.compiler.compile(tree.left), self.compiler.compile(tree.right)
            return Use(Val(self.compiler.joined(tree, left, right), "bool"), used.names, (left, right, tree.op))
        return Use(self.compiler.compile(tree), used.names)

    def boolean(self, text: str, place: str) -> tuple[pl.Expr, set[str]]:
        """The expression of anything but a number, and its names."""
        found = self.use(text, place)
        assert isinstance(found.value, Val)
        return found.value.expr, found.names

    def num(self, text: str, place: str) -> tuple[Num, set[str]]:
        """A number, and its names."""
        found = self.use(text, place)
        assert isinstance(found.value, Num)
        return found.value, found.names

    def constant(self, text: str | None) -> Fraction | str | None:
        """The value of a constant; None where a policy it rests on is open."""
        if text is None:
            return None
        if text.isdigit():
            return Fraction(int(text))
        value = self.use(text, "constants").value
        if isinstance(value, Num):
            numerator = pl.select(value.known).item()
            return None if numerator is None else Fraction(numerator, value.unit)
        assert isinstance(value, Val)
        found = pl.select(value.expr).item()
        return None if found is None else str(found)

    def word(self, text: str | None, known: tuple[str, ...]) -> str | None:
        """A word of the language, or the answer of the policy that gives it; None while that is open."""
        if text is None or text in known:
            return text
        found = self.constant(text)
        return found if isinstance(found, str) else None

    def open(self, names: set[str]) -> tuple[str, ...]:
        """The unanswered policies among the names, and among those that their points follow from."""
        names = names | {name for one in self._criteria(names) for name in self.given.get(one, ())}
        return tuple(name for name in self.unanswered if f"policy.{name}" in names)

    def facts(self, names: set[str]) -> tuple[str, ...]:
        """The facts among the names, lists before their fields."""
        names = names | {name for one in self._criteria(names) for name in self.given.get(one, ())}
        own = {name for name in names if name.split(".")[0] in self.ruleset.facts or name == "submitted_at"}
        return tuple(sorted(own | {name.split(".")[0] for name in own}))

    def points(self, names: set[str]) -> tuple[str, ...]:
        """The criteria among the names that a juror marks."""
        return tuple(sorted(self._criteria(names) - set(self.given)))

    def _criteria(self, names: set[str]) -> set[str]:
        criteria = self.ruleset.rubric.criteria if self.ruleset.rubric else []
        every = {one.id for one in criteria}
        found = {name.split(".", 1)[1] for name in names if name.startswith(("points.", "mark.", "applies."))}
        if "total" in names or "possible" in names:
            found |= {one.id for one in criteria if one.counts}
        if any(name == "criteria" or name.startswith("sheets") for name in names):
            found |= every
        return found & every


def number(value: Fraction | str | None) -> Fraction | None:
    """A constant that is a number; None where it is not, or open."""
    return value if isinstance(value, Fraction) else None
