"""Compiled values: Polars expressions that keep unknown apart from false, and numbers that are never floats.

A number is a pair of bounds over a common unit (a denominator): 15.25 is 1525 over 100. Most numbers have equal
bounds; the size of a list in which some items are not yet known has not. A comparison is decided only where all
numbers between the bounds agree. Every number carries the largest value it can reach, so that a condition whose
arithmetic could leave 64 bits is refused when it is compiled and never wraps around.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

import polars as pl

LIMIT = 10**9  # facts stay below this; decimals are stored times their unit
LARGEST = 2**63 - 1


class TooLarge(Exception):
    """Arithmetic of a condition could exceed 64 bits."""


@dataclass(frozen=True)
class Num:
    """A number between `low` and `high` (numerators over `unit`); `bound` is the largest numerator possible."""

    low: pl.Expr
    high: pl.Expr
    unit: int
    bound: int
    exact: bool = True

    @staticmethod
    def of(value: pl.Expr, unit: int, bound: int) -> Num:
        return Num(value, value, unit, bound)

    @staticmethod
    def literal(numerator: int, unit: int) -> Num:
        return Num.of(pl.lit(numerator, dtype=pl.Int64), unit, abs(numerator))

    @staticmethod
    def unknown() -> Num:
        return Num.of(pl.lit(None, dtype=pl.Int64), 1, 0)

    def over(self, unit: int) -> Num:
        """The same number over a unit that is a multiple of its own."""
        factor = unit // self.unit
        if factor == 1:
            return self
        bound = self.bound * factor
        if bound > LARGEST:
            raise TooLarge
        return Num(self.low * factor, self.high * factor, unit, bound, self.exact)

    @property
    def known(self) -> pl.Expr:
        """The number where it is certain, null elsewhere."""
        return self.low if self.exact else pl.when(self.low == self.high).then(self.low)


@dataclass(frozen=True)
class Val:
    """A yes/no, text, date or moment; null is unknown."""

    expr: pl.Expr
    kind: str


@dataclass(frozen=True)
class Plain:
    """A list of constants."""

    items: tuple[Num | Val, ...]


@dataclass(frozen=True)
class Rows:
    """Items of a child list: those for which `where` holds, mapped to `value`, repeated or distinct."""

    name: str
    where: pl.Expr | None = None
    value: Num | Val | None = None
    distinct: bool = False


Value = Num | Val | Plain | Rows


def aligned(left: Num, right: Num) -> tuple[Num, Num]:
    """Both numbers over one unit."""
    unit = lcm(left.unit, right.unit)
    return left.over(unit), right.over(unit)


def compare(op: str, left: Num, right: Num) -> pl.Expr:
    """Kleene comparison of two numbers."""
    a, b = aligned(left, right)
    if a.exact and b.exact:
        return _plain(op, a.low, b.low)
    if op == "!=":
        return ~compare("==", left, right)
    if op in ("<", "<="):
        return compare(">" if op == "<" else ">=", right, left)
    if op == "==":
        yes = (a.low == b.high) & (a.high == b.low)
        no = (a.high < b.low) | (a.low > b.high)
    elif op == ">":
        yes, no = a.low > b.high, a.high <= b.low
    else:
        yes, no = a.low >= b.high, a.high < b.low
    return pl.when(yes).then(True).when(no).then(False)


def _plain(op: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    match op:
        case "==":
            return a == b
        case "!=":
            return a != b
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case _:
            return a >= b


def same(op: str, a: Val, b: Val) -> pl.Expr:
    """Comparison of texts, dates, moments and yes/no values; unknown where either is."""
    return _plain(op, a.expr, b.expr)


def arithmetic(op: str, left: Num, right: Num) -> Num:
    """Sum, difference or product, exact."""
    if op == "*":
        bound = left.bound * right.bound
        if bound > LARGEST or left.unit * right.unit > LARGEST:
            raise TooLarge
        if _exact(left, right):
            return Num.of(left.low * right.low, left.unit * right.unit, bound)
        corners = [x * y for x in (left.low, left.high) for y in (right.low, right.high)]
        return Num(_least(corners), _greatest(corners), left.unit * right.unit, bound, exact=False)
    a, b = aligned(left, right)
    bound = a.bound + b.bound
    if bound > LARGEST:
        raise TooLarge
    if op == "+":
        return Num(a.low + b.low, a.high + b.high, a.unit, bound, _exact(a, b))
    return Num(a.low - b.high, a.high - b.low, a.unit, bound, _exact(a, b))


def negative(number: Num) -> Num:
    """The number with the other sign; its bounds change places."""
    return Num(-number.high, -number.low, number.unit, number.bound, number.exact)


def choose_num(condition: pl.Expr, yes: Num, no: Num) -> Num:
    """The number or value of `condition ? yes : no`; where the condition is unknown, anything between the two."""
    a, b = aligned(yes, no)
    low = pl.when(condition).then(a.low).when(~condition).then(b.low).otherwise(_least([a.low, b.low]))
    high = pl.when(condition).then(a.high).when(~condition).then(b.high).otherwise(_greatest([a.high, b.high]))
    return Num(low, high, a.unit, max(a.bound, b.bound), exact=False)


def choose(condition: pl.Expr, yes: Val, no: Val) -> Val:
    """The number or value of `condition ? yes : no`; where the condition is unknown, the value both sides agree on."""
    if yes.kind == "bool":
        a, b = yes.expr, no.expr
        return Val((condition & a) | (~condition & b) | (a & b), "bool")
    both = pl.when(yes.expr == no.expr).then(yes.expr)
    return Val(pl.when(condition).then(yes.expr).when(~condition).then(no.expr).otherwise(both), yes.kind)


def _exact(a: Num, b: Num) -> bool:
    return a.exact and b.exact


def _least(parts: list[pl.Expr]) -> pl.Expr:
    return pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(pl.min_horizontal(parts))


def _greatest(parts: list[pl.Expr]) -> pl.Expr:
    return pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(pl.max_horizontal(parts))
