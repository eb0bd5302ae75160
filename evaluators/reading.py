"""One condition read over the papers of one application, exactly and step by step.

The plan decides; this reader asks "what if": it works on plain values (fractions, dates, texts, None for unknown), so
that a search may change one of them and look again. Dated functions are the plan's own, called with plain values.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import polars as pl

from evaluators.papers import Papers, Picked, Span, Unreadable, plain, spanned
from rules.compiler import Compiler
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary
from rules.values import Num, Val, Value


def read(node: Node, papers: Papers) -> Any:
    """The value of a checked condition; None is unknown. Raises Unreadable for parts this reader does not know."""
    match node:
        case Number():
            value = Fraction(node.text)
            return Span(value, value)
        case String() | Truth():
            return node.text if isinstance(node, String) else node.value
        case Ref():
            return _name(node, papers)
        case Unary(op="!"):
            value = read(node.of, papers)
            return None if value is None else not value
        case Unary():
            value = read(node.of, papers)
            return None if value is None else Span(-value.high, -value.low)
        case Binary():
            return _binary(node, papers)
        case Choice():
            return _choice(node, papers)
        case Items():
            return tuple(read(part, papers) for part in node.items)
        case Call():
            return _call(node.name, tuple(read(part, papers) for part in node.arguments))
        case Method() | Macro():
            return _of_list(node, papers)
    raise Unreadable(type(node).__name__)


def _name(node: Ref, papers: Papers) -> Any:
    if papers.item is not None and node.path[0] == papers.item[0]:
        return spanned(papers.item[1].get(node.path[1]))
    name = ".".join(node.path)
    if name in papers.constants:
        value = papers.constants[name]
        return tuple(map(spanned, value)) if isinstance(value, tuple) else spanned(value)
    if name in papers.lists:
        items = papers.lists[name]
        return None if items is None else Picked(tuple((one, True) for one in items))
    if name in papers.facts:
        return spanned(papers.facts[name])
    if name in papers.derived:
        return read(papers.derived[name], papers)
    raise Unreadable(name)


def _binary(node: Binary, papers: Papers) -> Any:
    left = read(node.left, papers)
    if node.op in ("&&", "||"):
        settles = node.op == "||"
        if left is settles:
            return settles
        right = read(node.right, papers)
        if right is settles:
            return settles
        return None if left is None or right is None else not settles
    right = read(node.right, papers)
    if node.op == "in":
        hits = [_compared("==", left, one) for one in right]
        return True if True in hits else None if None in hits or left is None else False
    if node.op in ("+", "-", "*"):
        if left is None or right is None:
            return None
        if node.op == "+":
            return Span(left.low + right.low, left.high + right.high)
        if node.op == "-":
            return Span(left.low - right.high, left.high - right.low)
        corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        return Span(min(corners), max(corners))
    return _compared(node.op, left, right)


def _compared(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if op == "!=":
        same = _compared("==", left, right)
        return None if same is None else not same
    if op in (">", ">="):
        return _compared("<" if op == ">" else "<=", right, left)
    if not isinstance(left, Span):
        return bool(left == right if op == "==" else left < right if op == "<" else left <= right)
    if op == "==":
        if left.low == left.high == right.low == right.high:
            return True
        return False if left.high < right.low or left.low > right.high else None
    if op == "<":
        return True if left.high < right.low else False if left.low >= right.high else None
    return True if left.high <= right.low else False if left.low > right.high else None


def _choice(node: Choice, papers: Papers) -> Any:
    condition = read(node.condition, papers)
    if condition is not None:
        return read(node.yes if condition else node.no, papers)
    yes, no = read(node.yes, papers), read(node.no, papers)
    if yes is None or no is None:
        return None
    if isinstance(yes, Span):
        return Span(min(yes.low, no.low), max(yes.high, no.high))
    return yes if yes == no else None


def _of_list(node: Method | Macro, papers: Papers) -> Any:
    target = read(node.target, papers)
    if target is None:
        return None
    if not isinstance(target, Picked):
        raise Unreadable(node.name)
    if isinstance(node, Method):
        if node.name == "distinct":
            return replace(target, distinct=True)
        if node.name == "size":
            return _size(target)
        if node.name in _FIGURES:
            return _figure(node.name, target)
        raise Unreadable(node.name)
    found = [(one, sure, read(node.body, replace(papers, item=(node.variable, one)))) for one, sure in target.items]
    if node.name == "map":
        return Picked(target.items, tuple(value for _, _, value in found))
    if node.name == "filter":
        return Picked(tuple((one, _and(sure, value)) for one, sure, value in found if _and(sure, value) is not False))
    if node.name == "exists":
        hits = [_and(sure, value) for _, sure, value in found]
        return True if True in hits else None if None in hits else False
    if node.name == "all":
        against = [_and(sure, None if value is None else not value) for _, sure, value in found]
        return False if True in against else None if None in against else True
    raise Unreadable(node.name)


_FIGURES = ("sum", "max", "min", "mean", "median", "spread")


def _figure(name: str, picked: Picked) -> Any:
    """One figure of a list of numbers (or dates); unknown while an item, or whether it belongs, is."""
    values = picked.values or ()
    if any(value is None for value in values) or not all(sure for _, sure in picked.items):
        return None
    if not all(isinstance(value, Span) and value.low == value.high for value in values):
        if name not in ("max", "min") or not values:
            return None
        return max(values) if name == "max" else min(values)
    plain = sorted(value.low for value in values)
    if not plain:
        return Span(Fraction(0), Fraction(0)) if name == "sum" else None
    middle = (plain[(len(plain) - 1) // 2] + plain[len(plain) // 2]) / 2
    total = sum(plain, Fraction(0))
    found = {
        "sum": total,
        "max": plain[-1],
        "min": plain[0],
        "mean": total / len(plain),
        "median": middle,
        "spread": plain[-1] - plain[0],
    }[name]
    return Span(found, found)


def _and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def _size(picked: Picked) -> Span:
    if not picked.distinct:
        return Span(Fraction(sum(sure is True for _, sure in picked.items)), Fraction(len(picked.items)))
    pairs = list(zip(picked.items, picked.values or (), strict=True))
    certain = len({value for (_, sure), value in pairs if sure and value is not None})
    some = any(sure for (_, sure), _ in pairs)
    possible = len({value for _, value in pairs if value is not None}) + sum(value is None for _, value in pairs)
    return Span(Fraction(1 if not certain and some else certain), Fraction(possible))


@lru_cache(maxsize=20_000)
def _call(name: str, values: tuple[Any, ...]) -> Any:
    """A function of the language over plain values, by the compiler that decides."""
    names: dict[str, Value] = {f"a{number}": _literal(value) for number, value in enumerate(values)}
    tree = Call(0, name, tuple(Ref(0, (one,)) for one in names))
    if any(value is None for value in values):
        return None
    try:
        found = Compiler(names).compile(tree)
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(name) from error
    return spanned(plain(found))


def _literal(value: Any) -> Num | Val:
    if isinstance(value, Span):
        value = value.low
    if isinstance(value, Fraction):
        return Num.literal(value.numerator, value.denominator)
    if isinstance(value, bool):
        return Val(pl.lit(value), "bool")
    if isinstance(value, datetime):
        return Val(pl.lit(value, dtype=pl.Datetime("us", "UTC")), "moment")
    if isinstance(value, date):
        return Val(pl.lit(value, dtype=pl.Date), "date")
    return Val(pl.lit(value, dtype=pl.String), "text")
