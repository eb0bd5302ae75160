"""A checked condition becomes Polars expressions.

Columns it reads: `fact.<name>`, `known.<list>`, `points.<criterion>`, `value.<clause>`, `submitted_at`, `country`,
`awarded_on`; inside a list's condition also `item.<field>`.
Conditions over child lists are collected as aggregates: the bench computes all of a list's in one group_by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce

import polars as pl

from rules import calls, lists
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary
from rules.syntax import ExpressionError
from rules.values import (
    LIMIT,
    Each,
    Num,
    Plain,
    Rows,
    TooLarge,
    TooMuch,
    Val,
    Value,
    a_num,
    a_val,
    arithmetic,
    choose,
    choose_num,
    compare,
    grown,
    negative,
    same,
)


@dataclass
class ChildPlan:
    """What is computed of one child list: `columns` on its rows, then `aggregates` per application.

    `kinds` holds for each column the name of its aggregate, `fills` its value where a list has no items.
    """

    fetches: set[str] = field(default_factory=set)
    columns: list[pl.Expr] = field(default_factory=list)
    aggregates: list[pl.Expr] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    fills: dict[str, bool | int | None] = field(default_factory=dict)


def number(text: str) -> Num:
    """An exact literal: 20.50 is 2050 over 100, and 1/3 is a third."""
    if "/" in text:
        top, bottom = (int(part) for part in text.split("/"))
        if not 0 < bottom < LIMIT or top >= LIMIT:
            raise TooLarge
        return Num.literal(top, bottom)
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
    """Compiles the conditions of one plan. `names` maps dotted names to values; absent policies are unknown.

    `derived` are names that stand for a whole expression; each is compiled where it is used.
    """

    def __init__(
        self, names: Mapping[str, Value], derived: Mapping[str, Node] | None = None, prefix: str = "list"
    ) -> None:
        self.names = names
        self.derived = derived or {}
        self.children: dict[str, ChildPlan] = {}
        self._count, self._prefix = 0, prefix

    def compile(self, tree: Node) -> Value:
        """The value of a tree that rules.expressions has checked. Raises ExpressionError where it could overflow."""
        try:
            return self._value(tree, None, "")
        except TooLarge:
            remedy = "Use smaller figures, or fewer decimals."
            raise ExpressionError(tree.at, "The figures here could grow past 18 digits.", remedy) from None
        except TooMuch:
            remedy = "Split it into clauses, or choose between fewer alternatives."
            raise ExpressionError(tree.at, "The condition grows too large when it is worked out.", remedy) from None

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
                inner = a_val(at(node.of))
                return Val(~inner.expr, "bool", inner.size)
            case Unary():
                return negative(a_num(at(node.of)))
            case Binary():
                return self._binary(node.op, at(node.left), at(node.right))
            case Choice():
                test, yes, no = a_val(at(node.condition)), at(node.yes), at(node.no)
                if isinstance(yes, Num) and isinstance(no, Num):
                    found = choose_num(test.expr, yes, no)
                    return replace(found, size=grown(found.size + 4 * test.size))
                chosen = choose(test.expr, a_val(yes), a_val(no))
                return replace(chosen, size=grown(chosen.size + 2 * test.size))
            case Call():
                return calls.call(node.name, [at(part) for part in node.arguments])
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
        name = ".".join(node.path)
        value = self._value(self.derived[name], None, "") if name in self.derived else self.names[name]
        if rows is None or rows.startswith(lists.CRITERIA) or not isinstance(value, Num | Val):
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
            return Val(self._bool(left) & self._bool(right), "bool", grown(_size(left) + _size(right)))
        if op == "||":
            return Val(self._bool(left) | self._bool(right), "bool", grown(_size(left) + _size(right)))
        if op in ("+", "-", "*"):
            return arithmetic(op, a_num(left), a_num(right))
        if op == "in":
            assert isinstance(right, Plain)
            hits = [self._bool(self._binary("==", left, item)) for item in right.items]
            if isinstance(left, Val) and left.kind == "text":
                constants = [pl.select(a_val(item).expr).item() for item in right.items]
                return Val(left.expr.is_in(constants), "bool", left.size)
            return Val(reduce(lambda a, b: a | b, hits), "bool", grown(4 * _size(left) * len(hits)))
        if isinstance(left, Num):
            return Val(compare(op, left, a_num(right)), "bool", grown(4 * (left.size + _size(right))))
        return Val(same(op, a_val(left), a_val(right)), "bool", grown(_size(left) + _size(right)))

    def _method(self, name: str, target: Value) -> Value:
        if isinstance(target, Each):
            return lists.of_criteria(name, target)
        assert isinstance(target, Rows)
        if name == "distinct":
            return Rows(target.name, target.where, target.value, distinct=True)
        if name != "size":
            return lists.of_items(name, target, self._aggregate)
        return self._distinct_size(target) if target.distinct else self._size(target)

    def _macro(self, node: Macro) -> Value:
        target = self._value(node.target, None, "")
        if isinstance(target, Each):
            return self._over_criteria(node, target)
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

    def _over_criteria(self, node: Macro, target: Each) -> Value:
        """A condition on every criterion, written out one by one."""
        bodies = [
            (n, where, self._value(node.body, f"{lists.CRITERIA}.{n}", node.variable)) for n, where, _ in target.items
        ]
        if node.name == "map":
            return Each(tuple((n, where, _scalar(body)) for n, where, body in bodies))
        if node.name == "filter":
            return Each(tuple((n, where & self._bool(body), None) for n, where, body in bodies))
        size = grown(sum(_size(body) for _, _, body in bodies))
        if node.name == "all":
            return Val(all_of([~where | self._bool(body) for _, where, body in bodies]), "bool", size)
        return Val(~all_of([~(where & self._bool(body)) for _, where, body in bodies]), "bool", size)

    def _aggregate(self, rows: str, column: pl.Expr, how: str, empty: bool | int | None) -> pl.Expr:
        """A new column of the application: `how` over `column` of its items; `empty` where there are none."""
        self._count += 1
        name = f"{self._prefix}.{self._count}"
        child = self.children.setdefault(rows, ChildPlan())
        child.columns.append(column.alias(name))
        child.aggregates.append(lists.AGGREGATES[how](pl.col(name)).alias(name))
        child.kinds[name], child.fills[name] = how, empty
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


def _size(value: Value) -> int:
    return value.size if isinstance(value, Num | Val) else 1


def _scalar(value: Value) -> Num | Val:
    assert isinstance(value, Num | Val)
    return value
