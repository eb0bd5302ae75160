"""Compiled values: Polars expressions that keep unknown apart from false, and numbers that are never floats.

A number is a pair of bounds over a common unit (a denominator): 15.25 is 1525 over 100. Most numbers have equal
bounds; the size of a list in which some items are not yet known has not. A comparison is decided only where all
numbers between the bounds agree. Every number carries the largest value it can reach, so that a condition whose
arithmetic could leave 64 bits is refused when it is compiled and never wraps around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

import polars as pl

LIMIT = 10**9  # facts stay below this; decimals are stored times their unit
LARGEST = 2**63 - 1


MOST = 20_000  # parts of one compiled expression
_WRITTEN_OUT = 24  # parts of two alternatives up to which a choice between them is written out, which runs faster
DTYPES: Mapping[str, Any] = {
    "bool": pl.Boolean,
    "text": pl.String,
    "date": pl.Date,
    "moment": pl.Datetime("us", "UTC"),
}


class TooMuch(Exception):
    """A condition is nested so that what it becomes would not end in a lifetime."""


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
    size: int = 1

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
        return Num(self.low * factor, self.high * factor, unit, bound, self.exact, self.size)

    @property
    def known(self) -> pl.Expr:
        """The number where it is certain, null elsewhere."""
        return self.low if self.exact else pl.when(self.low == self.high).then(self.low)


@dataclass(frozen=True)
class Val:
    """A yes/no, text, date or moment; null is unknown."""

    expr: pl.Expr
    kind: str
    size: int = 1


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


@dataclass(frozen=True)
class Each:
    """The criteria of the rubric as a list: the number of each, whether it is meant, and its value where mapped."""

    items: tuple[tuple[int, pl.Expr, Num | Val | None], ...]


Value = Num | Val | Plain | Rows | Each


def a_num(value: Value) -> Num:
    """A value the checked types say is a number."""
    assert isinstance(value, Num)
    return value


def a_val(value: Value) -> Val:
    """A value the checked types say is a yes/no, text, date or moment."""
    assert isinstance(value, Val)
    return value


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
        yes = _plain("==", a.low, b.high) & _plain("==", a.high, b.low)
        no = _plain("<", a.high, b.low) | _plain(">", a.low, b.high)
    elif op == ">":
        yes, no = _plain(">", a.low, b.high), _plain("<=", a.high, b.low)
    else:
        yes, no = _plain(">=", a.low, b.high), _plain("<", a.high, b.low)
    return pl.when(yes).then(True).when(no).then(False)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _plain(op: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    if b.meta.root_names() and not a.meta.root_names():
        a, b, op = b, a, _MIRRORED.get(op, op)  # Polars loses the length of a constant column right of a literal
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
            low = left.low * right.low
            return Num(low, low, left.unit * right.unit, bound, size=grown(left.size + right.size))
        size = grown(8 * (left.size + right.size))
        corners = [x * y for x in (left.low, left.high) for y in (right.low, right.high)]
        return Num(_least(corners), _greatest(corners), left.unit * right.unit, bound, exact=False, size=size)
    a, b = aligned(left, right)
    bound = a.bound + b.bound
    if bound > LARGEST:
        raise TooLarge
    size = grown(a.size + b.size)
    if op == "+":
        return Num(a.low + b.low, a.high + b.high, a.unit, bound, _exact(a, b), size)
    return Num(a.low - b.high, a.high - b.low, a.unit, bound, _exact(a, b), size)


def grown(size: int) -> int:
    """The size of an expression; one that would take longer to run than to rewrite is refused."""
    if size > MOST:
        raise TooMuch
    return size


def negative(number: Num) -> Num:
    """The number with the other sign; its bounds change places."""
    return Num(-number.high, -number.low, number.unit, number.bound, number.exact, number.size)


def choose_num(condition: pl.Expr, yes: Num, no: Num) -> Num:
    """The number of `condition ? yes : no`; where the condition is unknown, anything between the two."""
    a, b = aligned(yes, no)
    if a.size + b.size <= _WRITTEN_OUT:
        chosen = [pl.when(condition).then(x).when(~condition).then(y) for x, y in ((a.low, b.low), (a.high, b.high))]
        low, high = chosen[0].otherwise(_least([a.low, b.low])), chosen[1].otherwise(_greatest([a.high, b.high]))
        size = grown(2 * (a.size + b.size))
    else:
        low = _once(condition, a.low, b.low, lambda x, y: _least([x, y]), pl.Int64)
        high = _once(condition, a.high, b.high, lambda x, y: _greatest([x, y]), pl.Int64)
        size = grown(a.size + b.size + 2)
    return Num(low, high, a.unit, max(a.bound, b.bound), exact=False, size=size)


def choose(condition: pl.Expr, yes: Val, no: Val) -> Val:
    """The value of `condition ? yes : no`; where the condition is unknown, the value both sides agree on."""
    a, b = yes.expr, no.expr
    if yes.size + no.size > _WRITTEN_OUT:
        found = _once(condition, a, b, lambda x, y: pl.when(x == y).then(x), DTYPES[yes.kind])
        return Val(found, yes.kind, grown(yes.size + no.size + 2))
    size = grown(2 * (yes.size + no.size))
    if yes.kind == "bool":
        return Val((condition & a) | (~condition & b) | (a & b), "bool", size)
    chosen = pl.when(condition).then(a).when(~condition).then(b)
    return Val(chosen.otherwise(pl.when(_plain("==", a, b)).then(a)), yes.kind, size)


def _once(
    condition: pl.Expr, yes: pl.Expr, no: pl.Expr, between: Callable[[pl.Expr, pl.Expr], pl.Expr], dtype: Any
) -> pl.Expr:
    """A choice that names each part once: written out, choices inside choices would double at every level."""

    def pick(parts: Sequence[pl.Series]) -> pl.Series:
        test, a, b = (pl.lit(part) for part in parts)
        return pl.select(pl.when(test).then(a).when(~test).then(b).otherwise(between(a, b))).to_series()

    return pl.map_batches([condition, yes, no], pick, return_dtype=dtype, is_elementwise=True)


def largest(numbers: list[Num]) -> Num:
    """The largest of several numbers; one that is unknown may still be known to be no less than the others."""
    unit = lcm(*(one.unit for one in numbers))
    over = [one.over(unit) for one in numbers]
    low = pl.max_horizontal(one.low for one in over)
    size = grown(2 * sum(one.size for one in over))
    return Num(low, _greatest([one.high for one in over]), unit, max(one.bound for one in over), exact=False, size=size)


def smallest(numbers: list[Num]) -> Num:
    """The smallest of several numbers."""
    return negative(largest([negative(one) for one in numbers]))


def absolute(number: Num) -> Num:
    """The number without its sign."""
    low, high = number.low, number.high
    if number.exact:
        return Num(low.abs(), low.abs(), number.unit, number.bound, size=number.size)
    least = pl.when(low >= 0).then(low).when(high <= 0).then(-high).when(low.is_not_null() & high.is_not_null()).then(0)
    most = _greatest([low.abs(), high.abs()])
    return Num(least, most, number.unit, number.bound, exact=False, size=grown(4 * number.size))


def divides(step: Num, number: Num) -> pl.Expr:
    """Whether a number is a whole multiple of a step; unknown where either is, or where the step is 0."""
    a, b = aligned(number, step)
    return a.known % pl.when(b.known != 0).then(b.known) == 0


def counted(conditions: list[pl.Expr]) -> Num:
    """How many of several conditions hold: those certain, up to those not certainly false."""
    low = pl.sum_horizontal(one.fill_null(False).cast(pl.Int64) for one in conditions)
    high = pl.sum_horizontal(one.fill_null(True).cast(pl.Int64) for one in conditions)
    return Num(low, high, 1, LIMIT, exact=False)


def _exact(a: Num, b: Num) -> bool:
    return a.exact and b.exact


def _least(parts: list[pl.Expr]) -> pl.Expr:
    return pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(pl.min_horizontal(parts))


def _greatest(parts: list[pl.Expr]) -> pl.Expr:
    return pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(pl.max_horizontal(parts))
