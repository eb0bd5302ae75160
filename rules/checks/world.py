"""A rule set as formulas: what is known of its facts, points and policies, and what its clauses and outcomes ask."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from fractions import Fraction

from rules.checks.formulas import At, Flag, Formula, Is, all_of, holds, opposite, regions, some_of
from rules.checks.terms import ANY, Limits, Quantities, Term, even, written
from rules.conditions import clause_ids
from rules.functions import FUNCTIONS
from rules.nodes import Binary, Call, Choice, Items, Macro, Node, Ref, String, Truth, Unary
from rules.ruleset import Criterion, RuleSet
from rules.scopes import derived, read, scope
from rules.syntax import ExpressionError
from rules.types import Type

BLOCKS = {"admission": "admission", "eligibility": "eligibility", "gates": "rubric", "selected": "selection"}

_NUMBERS = ("int", "decimal", "fraction")


class World:
    """Reads conditions of one rule set as formulas.

    `as_written`: every parameter has the value that stands in the file; otherwise one that a round may override
    can be anything.
    """

    def __init__(self, ruleset: RuleSet, *, as_written: bool) -> None:
        self.ruleset = ruleset
        self.options: dict[str, tuple[str, ...]] = {
            f"policy.{name}": tuple(one.options) for name, one in ruleset.policies.items() if one.type == "choice"
        }
        self.options |= {name: tuple(one.words) for name, one in ruleset.facts.items() if one.words}
        constants: dict[str, Fraction | str] = {}
        self.lists: dict[str, list[str]] = {}
        for name, one in ruleset.parameters.items():
            if one.overridable and not as_written:
                continue
            if isinstance(one.value, list):
                self.lists[name] = one.value
            else:
                constants[name] = Fraction(one.value) if one.type in _NUMBERS else one.value
        self.names = dict(scope(ruleset, "derived").names) | dict(scope(ruleset, "outcomes").names)
        self.names |= scope(ruleset, "appeal outcomes").names
        self.advice = {one.id for _, clauses in ruleset.blocks() for one in clauses if one.advice}
        self.quantities = Quantities(self.names, constants, derived=derived(ruleset))
        self.clauses: Mapping[str, Formula] = {}
        self._compared: dict[int, tuple[Node, Formula]] = {}
        self._constants: dict[str | None, Limits] = {}
        self._limit()

    def knowing(self, clauses: Mapping[str, Formula]) -> World:
        """The same world, in which these clauses are no open questions any more but what they ask."""
        found = copy(self)
        found.clauses = clauses
        return found

    def _limit(self) -> None:
        limits = self.quantities.limits
        for name, policy in self.ruleset.policies.items():
            if policy.type in _NUMBERS:
                low, high = (None if one is None else Fraction(one) for one in (policy.minimum, policy.maximum))
                limits[f"policy.{name}"] = Limits(low, high, policy.type == "int")
        for name, fact in self.ruleset.facts.items():
            if fact.type == "int":
                limits[name] = Limits(whole=True)
            for key, item in fact.fields.items():
                limits[f"{name}.{key}"] = Limits(whole=item.type == "int")
        if self.ruleset.rubric is None:
            return
        total = Term()
        for one in self.ruleset.rubric.criteria:
            limits[f"points.{one.id}"] = self._scale(one)
            weight = self.quantities.term(read(one.weight))
            if one.counts and not weight.parts:
                total = total.plus(Term({f"points.{one.id}": weight.constant}))
            elif one.counts:
                total = total.plus(Term({f"weighted {one.id}": Fraction(1)}))
        self.quantities.totals = {"total": total}

    def _scale(self, one: Criterion) -> Limits:
        """The fewest and most points of a criterion."""
        if one.ladder is not None:
            return Limits(Fraction(0), Fraction(len(one.ladder)), whole=True)
        if one.words is not None:
            points = [Fraction(value) for value in one.words.values()]
            return Limits(min([Fraction(0), *points] if one.not_applicable else points), max(points))
        if one.computed is not None:
            return ANY
        low, high = self.constant(one.minimum).low, self.constant(one.maximum).high
        return Limits(None if low is None else min(low, Fraction(0)) if one.not_applicable else low, high)

    def constant(self, text: str | None) -> Limits:
        """What is known of an expression that is the same for all applications."""
        if text is None:
            return ANY
        if text not in self._constants:
            try:
                self._constants[text] = self.quantities.range(self.quantities.term(read(text)))
            except ExpressionError:
                self._constants[text] = ANY
        return self._constants[text]

    def formula(self, node: Node, items: Mapping[str, str] | None = None) -> Formula:
        """A yes/no condition as a formula. `items`: the variables of lists, with the list each is of."""
        items = items or {}
        match node:
            case Truth():
                return node.value
            case Ref():
                return self._flag(".".join(node.path))
            case Unary():
                return opposite(self.formula(node.of, items))
            case Binary(op="&&"):
                return all_of((self.formula(node.left, items), self.formula(node.right, items)))
            case Binary(op="||"):
                return some_of((self.formula(node.left, items), self.formula(node.right, items)))
            case Binary(op="in"):
                return self._among(node, items)
            case Binary():
                return self.compared(node, items)
            case Choice():
                asked = self.formula(node.condition, items)
                yes, no = self.formula(node.yes, items), self.formula(node.no, items)
                return some_of((all_of((asked, yes)), all_of((opposite(asked), no))))
        return Flag(written(node))

    def compared(self, node: Binary, items: Mapping[str, str]) -> Formula:
        """A comparison as a formula; one that asks for no clause and no item is worked out once."""
        if id(node) in self._compared:
            return self._compared[id(node)][1]
        found = self._comparison(node.op, node.left, node.right, items)
        if not items and self.kind(node.left, items) != "bool":
            self._compared[id(node)] = node, found
        return found

    def _comparison(self, op: str, left: Node, right: Node, items: Mapping[str, str]) -> Formula:
        kind = self.kind(left, items)
        if kind == "text":
            return self._texts(op, left, right)
        if kind == "bool":
            a, b = self.formula(left, items), self.formula(right, items)
            same = some_of((all_of((a, b)), all_of((opposite(a), opposite(b)))))
            return same if op == "==" else opposite(same)
        for variable, name in items.items():
            for key, item in self.ruleset.facts[name].fields.items() if name in self.ruleset.facts else ():
                self.quantities.limits.setdefault(f"{variable}.{key}", Limits(whole=item.type in ("int", "date")))
        term = self.quantities.term(left).plus(self.quantities.term(right), -1)
        if not term.parts:
            return holds(op, (term.constant > 0) - (term.constant < 0), 0)
        name, factor, constant = even(term)
        if len(term.parts) > 1:
            self.quantities.limits[name] = self.quantities.range(
                term.plus(Term(constant=constant), -1).times(1 / factor)
            )
        if factor < 0:
            op = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
        return At(name, op, -constant / factor)

    def kind(self, node: Node, items: Mapping[str, str]) -> str:
        """Whether a part is a text, a yes/no, or something with an order."""
        match node:
            case String():
                return "text"
            case Truth() | Unary(op="!") | Macro(name="exists" | "all"):
                return "bool"
            case Binary():
                return "number" if node.op in ("+", "-", "*") else "bool"
            case Choice():
                return self.kind(node.yes, items)
            case Call():
                return FUNCTIONS[node.name].gives.kind if node.name in FUNCTIONS else "number"
            case Ref():
                name = ".".join(node.path)
                if name in self.quantities.derived:
                    return self.kind(self.quantities.derived[name], {})
                return self._type(node, items).kind
        return "number"

    def stands(self, at: At) -> bool | None:
        """Whether a comparison holds always (True), never (False), or depends (None)."""
        limits = self.quantities.limits.get(at.name, ANY)
        found = {holds(at.op, place, 1) for place in regions([at.figure], limits)}
        return found.pop() if len(found) == 1 else None

    def _type(self, node: Ref, items: Mapping[str, str]) -> Type:
        if node.path[0] in items and len(node.path) == 2:
            fields = self.names[items[node.path[0]]].fields if items[node.path[0]] in self.names else None
            return (fields or {}).get(node.path[1], Type("number"))
        return self.names.get(".".join(node.path), Type("number"))

    def _flag(self, name: str) -> Formula:
        value = self.quantities.constants.get(name)
        if name in self.quantities.derived:
            return self.formula(self.quantities.derived[name])
        if isinstance(value, str):
            return value == "true"
        if name.startswith("clause."):
            return self.clauses.get(name[7:], Flag(name))
        if name in BLOCKS and name != "selected":
            mine = [
                clause
                for clause, block in clause_ids(self.ruleset)
                if block == BLOCKS[name] and clause not in self.advice
            ]
            return all_of(self._flag(f"clause.{clause}") for clause in mine)
        return Flag(name)

    def _texts(self, op: str, left: Node, right: Node) -> Formula:
        a, b = self.quantities.text(left), self.quantities.text(right)
        if a is not None and b is not None:
            found: Formula = a == b
        elif a is not None:
            found = Is(written(right), a)
        elif b is not None:
            found = Is(written(left), b)
        else:
            found = Flag(" == ".join(sorted((written(left), written(right)))))
        return found if op == "==" else opposite(found)

    def _among(self, node: Binary, items: Mapping[str, str]) -> Formula:
        if isinstance(node.right, Items):
            return some_of(self._comparison("==", node.left, one, items) for one in node.right.items)
        texts = self.lists.get(".".join(node.right.path)) if isinstance(node.right, Ref) else None
        if texts is None:
            return Flag(written(node))
        return some_of(Is(written(node.left), one) for one in texts)
