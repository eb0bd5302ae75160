"""A checked condition becomes Polars expressions.

Columns it reads: `fact.<name>`, `known.<list>`, `points.<criterion>`, `value.<clause>`, `submitted_at`, `country`,
`awarded_on`; inside a list's condition also `item.<field>`.
Conditions over child lists are collected as aggregates: the bench computes all of a list's in one group_by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce

import polars as pl

from rules.expressions import STEPS
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary
from rules.syntax import ExpressionError
from rules.values import (
    LIMIT,
    Num,
    Plain,
    Rows,
    TooLarge,
    Val,
    Value,
    arithmetic,
    choose,
    choose_num,
    compare,
    negative,
    same,
)

_OFFSETS = {"years": "y", "months": "mo", "days": "d"}


@dataclass
class ChildPlan:
    """What is computed of one child list: `columns` on its rows, then `aggregates` per application."""

    fetches: set[str] = field(default_factory=set)
    columns: list[pl.Expr] = field(default_factory=list)
    aggregates: list[pl.Expr] = field(default_factory=list)
    fills: dict[str, bool | int] = field(default_factory=dict)


def number(text: str) -> Num:
    """An exact literal: 20.50 is 2050 over 100."""
    digits = text.partition(".")[2]
    unit = 10 ** len(digits)
    numerator = int(Decimal(text) * unit)
    if len(digits) > 9 or abs(numerator) >= LIMIT * unit:
        raise TooLarge
    return Num.literal(numerator, unit)


def all_of(values: list[pl.Expr]) -> pl.Expr:
    """Kleene conjunction; true where there is nothing to hold."""
    return reduce(lambda a, b: a & b, values) if values else pl.lit(True)


class Compiler:
    """Compiles the conditions of one plan. `names` maps dotted names to values; absent policies are unknown."""

    def __init__(self, names: Mapping[str, Value]) -> None:
        self.names = names
        self.children: dict[str, ChildPlan] = {}
        self._count = 0

    def compile(self, tree: Node) -> Value:
        """The value of a tree that rules.expressions has checked. Raises ExpressionError where it could overflow."""
        try:
            return self._value(tree, None, "")
        except TooLarge:
            remedy = "Use smaller figures, or fewer decimals."
            raise ExpressionError(tree.at, "The figures here could grow past 18 digits.", remedy) from None

    def joined(self, tree: Binary, left: Value, right: Value) -> pl.Expr:
        """A comparison whose two sides are compiled already, so that both can be shown."""
        try:
            return self._bool(self._binary(tree.op, left, right))
        except TooLarge:
            remedy = "Use smaller figures, or fewer decimals."
            raise ExpressionError(tree.at, "The figures here could grow past 18 digits.", remedy) from None

    def _bool(self, value: Value) -> pl.Expr:
        assert isinstance(value, Val)
        return value.expr

    def _value(self, node: Node, rows: str | None, variable: str) -> Value:
        def at(part: Node) -> Value:
            return self._value(part, rows, variable)

        match node:
            case Number():
                return number(node.text)
            case String():
                return Val(pl.lit(node.text), "text")
            case Truth():
                return Val(pl.lit(node.value), "bool")
            case Ref():
                return self._name(node, rows, variable)
            case Unary(op="!"):
                return Val(~self._bool(at(node.of)), "bool")
            case Unary():
                return negative(_num(at(node.of)))
            case Binary():
                return self._binary(node.op, at(node.left), at(node.right))
            case Choice():
                condition, yes, no = self._bool(at(node.condition)), at(node.yes), at(node.no)
                if isinstance(yes, Num) and isinstance(no, Num):
                    return choose_num(condition, yes, no)
                return choose(condition, _val(yes), _val(no))
            case Call():
                return self._call(node.name, [at(part) for part in node.arguments])
            case Items():
                return Plain(tuple(_scalar(at(part)) for part in node.items))
            case Method():
                return self._method(node.name, at(node.target))
            case Macro():
                return self._macro(node)
        raise AssertionError(node)

    def _name(self, node: Ref, rows: str | None, variable: str) -> Value:
        if rows is not None and node.path[0] == variable:
            return self.names[f"{rows}.{node.path[1]}"]
        value = self.names[".".join(node.path)]
        if rows is None or isinstance(value, Plain | Rows):
            return value
        return self._fetched(value, rows)

    def _fetched(self, value: Num | Val, rows: str) -> Num | Val:
        """A value of the application, to be fetched onto the rows of its list under its own name."""
        parts = [value.low, value.high] if isinstance(value, Num) else [value.expr]
        roots = {root for part in parts for root in part.meta.root_names()}
        if roots:
            self.children.setdefault(rows, ChildPlan()).fetches |= roots
        return value

    def _binary(self, op: str, left: Value, right: Value) -> Value:
        if op == "&&":
            return Val(self._bool(left) & self._bool(right), "bool")
        if op == "||":
            return Val(self._bool(left) | self._bool(right), "bool")
        if op in ("+", "-", "*"):
            return arithmetic(op, _num(left), _num(right))
        if op == "in":
            assert isinstance(right, Plain)
            hits = [self._bool(self._binary("==", left, item)) for item in right.items]
            if isinstance(left, Val) and left.kind == "text":
                constants = [pl.select(_val(item).expr).item() for item in right.items]
                return Val(left.expr.is_in(constants), "bool")
            return Val(reduce(lambda a, b: a | b, hits), "bool")
        if isinstance(left, Num):
            return Val(compare(op, left, _num(right)), "bool")
        return Val(same(op, _val(left), _val(right)), "bool")

    def _call(self, name: str, values: list[Value]) -> Value:
        if name == "date":
            text = pl.select(_val(values[0]).expr).item()
            return Val(pl.lit(date.fromisoformat(text)), "date")
        first = _val(values[0]).expr
        if name == "days_between":
            return Num.of((_val(values[1]).expr - first).dt.total_days(), 1, LIMIT)
        if name == "year":
            return Num.of(first.dt.year().cast(pl.Int64), 1, LIMIT)
        if name == "day_of":
            zone = pl.select(_val(values[1]).expr).item()
            return Val(first.dt.convert_time_zone(zone or "UTC").dt.date(), "date")
        if name == "school_year":
            start = pl.select(_val(values[1]).expr).item()
            if start is None:
                return Num.unknown()
            month, day = (int(part) for part in start.split("-"))
            begun = (first.dt.month() > month) | ((first.dt.month() == month) & (first.dt.day() >= day))
            return Num.of(first.dt.year().cast(pl.Int64) - (~begun).cast(pl.Int64), 1, LIMIT)
        assert name in STEPS
        span, _, way = name.partition("_")
        count = _num(values[1])
        amount = pl.select(count.low).item()
        if amount is None:
            return Val(pl.lit(None, dtype=pl.Date), "date")
        amount = amount // count.unit * (-1 if way == "before" else 1)
        return Val(first.dt.offset_by(f"{amount}{_OFFSETS[span]}"), "date")

    def _method(self, name: str, target: Value) -> Value:
        assert isinstance(target, Rows)
        if name == "distinct":
            return Rows(target.name, target.where, target.value, distinct=True)
        return self._distinct_size(target) if target.distinct else self._size(target)

    def _macro(self, node: Macro) -> Value:
        target = self._value(node.target, None, "")
        assert isinstance(target, Rows)
        body = self._value(node.body, target.name, node.variable)
        if node.name == "map":
            return Rows(target.name, target.where, _scalar(body))
        condition = self._bool(body)
        where = condition if target.where is None else target.where & condition
        if node.name == "filter":
            return Rows(target.name, where)
        if node.name == "all":
            against = ~condition if target.where is None else target.where & ~condition
            return Val(~self._aggregate(target.name, against, "any", False), "bool")
        return Val(self._aggregate(target.name, where, "any", False), "bool")

    def _aggregate(self, rows: str, column: pl.Expr, how: str, empty: bool | int) -> pl.Expr:
        """A new column of the application: `how` over `column` of its items; `empty` where there are none."""
        self._count += 1
        name = f"list.{self._count}"
        child = self.children.setdefault(rows, ChildPlan())
        child.columns.append(column.alias(name))
        source = pl.col(name)
        found = {
            "any": source.any(ignore_nulls=False),
            "true": source.sum().cast(pl.Int64),
            "unknown": source.is_null().sum().cast(pl.Int64),
            "kinds": source.drop_nulls().n_unique().cast(pl.Int64),
        }[how]
        child.aggregates.append(found.alias(name))
        child.fills[name] = empty
        return pl.when(pl.col(f"known.{rows}")).then(pl.col(name))

    def _size(self, rows: Rows) -> Num:
        where = pl.lit(True) if rows.where is None else rows.where
        low = self._aggregate(rows.name, where, "true", 0)
        if rows.where is None:
            return Num.of(low, 1, LIMIT)
        return Num(low, low + self._aggregate(rows.name, where, "unknown", 0), 1, LIMIT, exact=False)

    def _distinct_size(self, rows: Rows) -> Num:
        """Different values among the items: at least those certain, at most those and one for each unknown."""
        assert rows.value is not None
        value = rows.value.known if isinstance(rows.value, Num) else rows.value.expr
        where = pl.lit(True) if rows.where is None else rows.where
        maybe = where.fill_null(True)
        certain = self._aggregate(rows.name, pl.when(where).then(value), "kinds", 0)
        some = self._aggregate(rows.name, where & pl.lit(True), "true", 0)
        possible = self._aggregate(rows.name, pl.when(maybe).then(value), "kinds", 0)
        unknown = self._aggregate(rows.name, maybe & value.is_null(), "true", 0)
        low = pl.when((certain == 0) & (some > 0)).then(pl.lit(1, dtype=pl.Int64)).otherwise(certain)
        return Num(low, possible + unknown, 1, LIMIT, exact=False)


def _num(value: Value) -> Num:
    assert isinstance(value, Num)
    return value


def _val(value: Value) -> Val:
    assert isinstance(value, Val)
    return value


def _scalar(value: Value) -> Num | Val:
    assert isinstance(value, Num | Val)
    return value
