"""Numbers and days of conditions as linear terms with known limits: the interval reasoning of the checker.

A term is a sum of quantities times exact factors, and a constant; days count as numbers. A quantity is anything a
condition can measure, named by the text it is written in, with the least and the greatest value it can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import gcd

from rules import moments
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary, children
from rules.types import Type

Bound = Fraction | None


@dataclass(frozen=True)
class Limits:
    """The least and the greatest value of a quantity (None: none is known), and whether it is always whole."""

    low: Bound = None
    high: Bound = None
    whole: bool = False


ANY = Limits()
COUNT = Limits(Fraction(0), None, whole=True)
WHOLE = Limits(whole=True)
_DAYS = {
    f"{span}_{way}": Fraction(days * sign)
    for span, days in (("days", 1), ("weeks", 7))
    for way, sign in (("before", -1), ("after", 1))
}


@dataclass(frozen=True)
class Term:
    """The sum of `parts` (quantity: factor) and `constant`."""

    parts: Mapping[str, Fraction] = field(default_factory=dict)
    constant: Fraction = Fraction(0)

    def plus(self, other: Term, sign: int = 1) -> Term:
        """The sum, or with sign -1 the difference, of two terms."""
        parts = dict(self.parts)
        for name, factor in other.parts.items():
            parts[name] = parts.get(name, Fraction(0)) + sign * factor
        kept = {name: factor for name, factor in parts.items() if factor}
        return Term(kept, self.constant + sign * other.constant)

    def times(self, factor: Fraction) -> Term:
        """The term multiplied by a number."""
        if not factor:
            return Term()
        return Term({name: one * factor for name, one in self.parts.items()}, self.constant * factor)


@dataclass
class Quantities:
    """What is known of the names of one place, and of every quantity met while conditions are read.

    `constants` are names with one value, `totals` names that are sums of others, `derived` names that stand
    for an expression, `limits` what is known of the rest.
    """

    names: Mapping[str, Type]
    constants: Mapping[str, Fraction | str]
    totals: Mapping[str, Term] = field(default_factory=dict)
    derived: Mapping[str, Node] = field(default_factory=dict)
    limits: dict[str, Limits] = field(default_factory=dict)

    def term(self, node: Node) -> Term:
        """The term of a part of a condition that is a number, a date or a moment."""
        match node:
            case Number():
                return Term(constant=Fraction(node.text))
            case Unary(op="-"):
                return self.term(node.of).times(Fraction(-1))
            case Binary(op="+"):
                return self.term(node.left).plus(self.term(node.right))
            case Binary(op="-"):
                return self.term(node.left).plus(self.term(node.right), -1)
            case Binary(op="*"):
                return self._product(node)
            case Ref():
                return self._name(node)
            case Call():
                return self._call(node)
            case Choice():
                both = [self.range(self.term(part)) for part in (node.yes, node.no)]
                low = (
                    None if None in (both[0].low, both[1].low) else min(one.low for one in both if one.low is not None)
                )
                high = None if None in (both[0].high, both[1].high) else max(o.high for o in both if o.high is not None)
                return self.opaque(node, Limits(low, high, both[0].whole and both[1].whole))
            case Method(name="size"):
                return self.opaque(node, COUNT)
        return self.opaque(node, ANY)

    def opaque(self, node: Node, limits: Limits) -> Term:
        """A quantity of its own, named by its text."""
        name = written(node)
        self.limits.setdefault(name, limits)
        return Term({name: Fraction(1)})

    def range(self, term: Term) -> Limits:
        """The least and the greatest value of a term."""
        low: Bound = term.constant
        high: Bound = term.constant
        whole = term.constant.denominator == 1
        for name, factor in term.parts.items():
            one = self.limits.get(name, ANY)
            least, most = (one.low, one.high) if factor > 0 else (one.high, one.low)
            low = None if low is None or least is None else low + factor * least
            high = None if high is None or most is None else high + factor * most
            whole = whole and one.whole and factor.denominator == 1
        return Limits(low, high, whole)

    def text(self, node: Node) -> str | None:
        """The constant text of a part of a condition; None where it is not constant."""
        if isinstance(node, String):
            return node.text
        if isinstance(node, Ref):
            value = self.constants.get(".".join(node.path))
            return value if isinstance(value, str) else None
        return None

    def _name(self, node: Ref) -> Term:
        name = ".".join(node.path)
        if name in self.totals:
            return self.totals[name]
        if name in self.derived:
            return self.term(self.derived[name])
        value = self.constants.get(name)
        if isinstance(value, Fraction):
            return Term(constant=value)
        if isinstance(value, str) and moments.is_date(value):
            return Term(constant=day_number(value))
        return self.opaque(node, self.limits.get(name, WHOLE if self._is_day(name) else ANY))

    def _is_day(self, name: str) -> bool:
        return name in self.names and self.names[name].kind == "date"

    def _product(self, node: Binary) -> Term:
        left, right = self.term(node.left), self.term(node.right)
        if not left.parts:
            return right.times(left.constant)
        if not right.parts:
            return left.times(right.constant)
        a, b = self.range(left), self.range(right)
        if a.low is None or a.high is None or b.low is None or b.high is None:
            return self.opaque(node, Limits(whole=a.whole and b.whole))
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return self.opaque(node, Limits(min(corners), max(corners), a.whole and b.whole))

    def _call(self, node: Call) -> Term:
        if node.name == "date" and (text := self.text(node.arguments[0])) and moments.is_date(text):
            return Term(constant=day_number(text))
        if node.name == "days_between":
            first, second = (self.term(one) for one in node.arguments)
            return second.plus(first, -1)
        if node.name in _DAYS:
            return self.term(node.arguments[0]).plus(self.term(node.arguments[1]).times(_DAYS[node.name]))
        if node.name == "abs":
            return self.opaque(node, Limits(Fraction(0)))
        return self.opaque(node, ANY if node.name in ("max", "min") else WHOLE)


def day_number(text: str) -> Fraction:
    """A date as the number of its day."""
    return Fraction(date.fromisoformat(text).toordinal())


def even(term: Term) -> tuple[str, Fraction, Fraction]:
    """A term as one quantity: its name, its (positive or negative) factor, and the constant beside it.

    2a - 4b + 3 is the quantity "a - 2 * b" twice, and 3.
    """
    names = sorted(term.parts)
    if len(names) == 1:
        return names[0], term.parts[names[0]], term.constant
    scale = Fraction(gcd(*(abs(term.parts[name].numerator) for name in names)))
    factor = scale / max(term.parts[name].denominator for name in names)
    factor = factor if term.parts[names[0]] > 0 else -factor
    parts = []
    for name in names:
        one = term.parts[name] / factor
        times = "" if abs(one) == 1 else f"{abs(one)} * "
        parts.append(f"{'-' if one < 0 else '+'} {times}{name}")
    return " ".join(parts).removeprefix("+ "), factor, term.constant


def written(node: Node) -> str:
    """A condition as text, the same for the same condition however it is spaced."""
    match node:
        case Number():
            return str(Fraction(node.text))
        case String():
            return f"'{node.text}'"
        case Truth():
            return "true" if node.value else "false"
        case Ref():
            return ".".join(node.path)
        case Unary():
            return f"{node.op}{written(node.of)}"
        case Binary():
            return f"({written(node.left)} {node.op} {written(node.right)})"
        case Choice():
            return f"({written(node.condition)} ? {written(node.yes)} : {written(node.no)})"
        case Call():
            return f"{node.name}({', '.join(map(written, node.arguments))})"
        case Method():
            return f"{written(node.target)}.{node.name}()"
        case Macro():
            return f"{written(node.target)}.{node.name}({node.variable}, {written(node.body)})"
        case Items():
            return f"[{', '.join(map(written, node.items))}]"
    return type(node).__name__


def parts(node: Node, items: Mapping[str, str]) -> Iterator[tuple[Node, Mapping[str, str]]]:
    """Every part of a condition, with the list variables that can be used there."""
    yield node, items
    if isinstance(node, Macro):
        yield from parts(node.target, items)
        yield from parts(node.body, {**items, node.variable: list_name(node.target)})
        return
    for part in children(node):
        yield from parts(part, items)


def list_name(node: Node) -> str:
    """The list that a filtered or mapped list is made of."""
    while isinstance(node, Method | Macro):
        node = node.target
    return ".".join(node.path) if isinstance(node, Ref) else ""
