"""What a condition means as types: which names it may use where, and what may be compared with what.

Kinds: bool, number (integers and decimals, always exact), text (codes, days such as 08-01, zones), date, moment,
and lists of items with fields. A condition that mixes them is refused with the place inside it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from rules import nodes
from rules.functions import FUNCTIONS, LARGEST, NAMES, OF_LISTS, STEPS, refuse_literal
from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary
from rules.syntax import ExpressionError
from rules.types import BOOL, DATE, KINDS, MOMENT, NUMBER, TEXT, Type

PARTS = 2_000  # of one condition, with the derived values it names written out

__all__ = [
    "BOOL", "DATE", "FUNCTIONS", "KINDS", "MOMENT", "NUMBER", "STEPS", "TEXT", "Scope", "Type", "Used", "check",
]  # fmt: skip


Inside = Mapping[str, tuple[str, Mapping[str, Type]]]
"""Within a list's condition: the variable that stands for an item, with the list's name and its fields."""


@dataclass(frozen=True)
class Scope:
    """The names a condition may use, dotted (`policy.ties`); `place`: where it stands, for messages.

    `constants` are the names that are the same for all applications: parameters and policies. `derived` are names
    that stand for a whole expression; they can be used wherever all names in it can.
    """

    names: Mapping[str, Type]
    place: str = "here"
    constants: frozenset[str] = frozenset()
    derived: Mapping[str, Node] = field(default_factory=dict)


@dataclass
class Used:
    """What a checked condition refers to: dotted names, and list fields as list.field."""

    type: Type = BOOL
    names: set[str] = field(default_factory=set)


def check(tree: Node, scope: Scope, wanted: Type | None = None) -> Used:
    """Type check a tree. Raises ExpressionError; returns its type and every name it uses."""
    if scope.derived and nodes.written_out(tree, scope.derived) > PARTS:
        remedy = "Name fewer derived values in it, or take facts for some of them."
        raise ExpressionError(tree.at, "This is too large once its derived values are written out.", remedy)
    checker = _Checker(scope)
    found = checker.type_of(tree, {})
    if wanted is not None and found.kind != wanted.kind:
        remedy = "Compare it with something." if wanted.kind == "bool" else f"Write {wanted}, or the name of one."
        raise ExpressionError(tree.at, f"This must be {wanted}, but it is {found}.", remedy)
    return Used(found, checker.used)


def has_lists(tree: Node) -> bool:
    """Whether an expression looks into a list."""
    return isinstance(tree, Macro | Method) or any(map(has_lists, nodes.children(tree)))


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.used: set[str] = set()

    def type_of(self, node: Node, items: Inside) -> Type:
        match node:
            case Number():
                return NUMBER
            case String():
                return TEXT
            case Truth():
                return BOOL
            case Ref():
                return self.name(node, items)
            case Unary():
                return self.want(node.of, NUMBER if node.op == "-" else BOOL, items)
            case Binary():
                return self.binary(node, items)
            case Choice():
                self.want(node.condition, BOOL, items)
                yes = self.type_of(node.yes, items)
                if yes.kind == "list":
                    raise ExpressionError(node.yes.at, "A choice gives plain values.", "Choose between their sizes.")
                self.want(node.no, yes, items)
                return TEXT if yes.kind == "text" else yes  # the other branch may have other words
            case Call():
                return self.call(node, items)
            case Method():
                return self.method(node, items)
            case Macro():
                return self.macro(node, items)
            case Items():
                return self.literal_list(node, items)
        raise ExpressionError(node.at, "This cannot stand here.")

    def want(self, node: Node, wanted: Type, items: Inside) -> Type:
        found = self.type_of(node, items)
        if found.kind != wanted.kind:
            raise ExpressionError(node.at, f"Expected {wanted}, but this is {found}.", "Compare like with like.")
        return found

    def name(self, node: Ref, items: Inside) -> Type:
        head, *rest = node.path
        if head in items:
            list_name, fields = items[head]
            if not rest:
                remedy = f"Name a field of it, such as {head}.{next(iter(fields))}."
                raise ExpressionError(node.at, f"'{head}' is a whole item.", remedy)
            if len(rest) > 1 or rest[0] not in fields:
                known = {f"{head}.{name}" for name in fields}
                self.unknown(node, ".".join(rest), known, f"{list_name} has no field")
            self.used.add(f"{list_name}.{rest[0]}")
            return fields[rest[0]]
        dotted = ".".join(node.path)
        if dotted in self.scope.derived:
            if items and has_lists(self.scope.derived[dotted]):
                says = f"'{dotted}' looks into a list, so it cannot stand inside a list's condition."
                raise ExpressionError(node.at, says, "Split it.")
            return self.derived(node, dotted)
        if dotted not in self.scope.names:
            self.unknown(node, dotted, set(self.scope.names) | set(self.scope.derived), "There is no")
        self.used.add(dotted)
        return self.scope.names[dotted]

    def derived(self, node: Ref, name: str) -> Type:
        try:
            return self.type_of(self.scope.derived[name], {})
        except ExpressionError as error:
            says = f"'{name}' cannot be used {self.scope.place}: {error.says}"
            raise ExpressionError(node.at, says, error.remedy) from None

    def unknown(self, node: Ref, name: str, known: set[str], says: str) -> None:
        near = difflib.get_close_matches(".".join(node.path), sorted(known), n=1, cutoff=0.6)
        if near:
            remedy = f"Did you mean {near[0]}?"
        else:
            remedy = f"Names that can be used {self.scope.place}: {', '.join(sorted(known)[:12]) or 'none'}."
        raise ExpressionError(node.at, f"{says} '{name}'.", remedy)

    def binary(self, node: Binary, items: Inside) -> Type:
        if node.op in ("&&", "||"):
            self.want(node.left, BOOL, items)
            return self.want(node.right, BOOL, items)
        if node.op in ("+", "-", "*"):
            self.want(node.left, NUMBER, items)
            self.want(node.right, NUMBER, items)
            return NUMBER
        left, right = self.type_of(node.left, items), self.type_of(node.right, items)
        if node.op == "in":
            if right.kind != "list" or right.item is None or not isinstance(node.right, Items | Ref):
                raise ExpressionError(
                    node.right.at, "'in' needs a list of plain values on its right.", "Write x in ['a', 'b']."
                )
            right = right.item
        if left.kind != right.kind:
            remedy = "Compare like with like." + (
                " Write a date as date('2024-02-29')." if DATE in (left, right) else ""
            )
            raise ExpressionError(node.at, f"{left} cannot be compared with {right}.".capitalize(), remedy)
        if left.kind == "list":
            raise ExpressionError(node.at, "Lists cannot be compared.", "Compare their size().")
        if left.kind in ("bool", "text") and node.op in ("<", "<=", ">", ">="):
            raise ExpressionError(node.at, f"{left} has no order.".capitalize(), "Use == or !=.")
        self.options(node.left, left, node.right, right)
        self.options(node.right, right, node.left, left)
        return BOOL

    def options(self, given: Node, kind: Type, other: Node, of: Type) -> None:
        """Refuse the comparison of a choice, or of a code with words, with a word it does not have."""
        literals = [one for one in (given.items if isinstance(given, Items) else [given]) if isinstance(one, String)]
        for at, text in [(one.at, one.text) for one in literals] + [(given.at, text) for text in kind.values]:
            if not of.options or text in of.options:
                continue
            name = ".".join(other.path) if isinstance(other, Ref) else ""
            what, words = ("a word", "words") if not name.startswith("policy.") else ("an answer", "answers")
            near = difflib.get_close_matches(text, of.options, n=1)
            remedy = f"Did you mean '{near[0]}'?" if near else f"Its {words} are {', '.join(of.options)}."
            raise ExpressionError(at, f"'{text}' is not {what} of {name or 'this'}.", remedy)

    def call(self, node: Call, items: Inside) -> Type:
        if node.name not in NAMES:
            near = difflib.get_close_matches(node.name, NAMES, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Functions: {', '.join(NAMES)}."
            raise ExpressionError(node.at, f"There is no function '{node.name}'.", remedy)
        if node.name in LARGEST:
            return self.largest(node, items)
        wanted = FUNCTIONS[node.name]
        if len(wanted.takes) != len(node.arguments):
            says = f"{node.name} takes {len(wanted.takes)} values, but {len(node.arguments)} are given."
            raise ExpressionError(node.at, says, "Complete or shorten it.")
        for kind, argument in zip(wanted.takes, node.arguments, strict=True):
            self.want(argument, kind, items)
        for number, word in wanted.plain.items():
            if not self.constant(node.arguments[number]):
                raise ExpressionError(
                    node.arguments[number].at, "This must be a plain value.", "Write a text, a parameter or a policy."
                )
            refuse_literal(node.arguments[number], word)
        return wanted.gives

    def largest(self, node: Call, items: Inside) -> Type:
        """The words max and min: of two or more numbers, or of two or more dates."""
        if len(node.arguments) < 2:
            remedy = f"Of a list, write x.map(y, y.field).{node.name}()."
            raise ExpressionError(node.at, f"{node.name} compares at least two values.", remedy)
        first = self.type_of(node.arguments[0], items)
        if first.kind not in ("number", "date"):
            says = f"{node.name} compares numbers or dates, but this is {first}."
            raise ExpressionError(node.arguments[0].at, says, "Compare like with like.")
        for argument in node.arguments[1:]:
            self.want(argument, first, items)
        return first

    def constant(self, node: Node) -> bool:
        """Whether this is the same for all applications, so that a plan can be made with it."""
        return isinstance(node, Number | String) or (
            isinstance(node, Ref) and (node.path[0] == "policy" or ".".join(node.path) in self.scope.constants)
        )

    def method(self, node: Method, items: Inside) -> Type:
        if items:
            raise ExpressionError(node.at, "A list inside a list's condition is not part of the language.", "Split it.")
        target = self.want(node.target, Type("list"), items)
        if self.list_name(node.target) == "" or (target.fields is None and isinstance(node.target, Ref)):
            raise ExpressionError(
                node.at, "Only lists of an application have a size.", "Write x in … for a constant list."
            )
        if node.name not in ("size", "distinct", *OF_LISTS) or node.arguments:
            remedy = f"Lists have size(), distinct(), filter, map, exists, all, {'(), '.join(OF_LISTS)}()."
            raise ExpressionError(node.at, f"There is no '.{node.name}(…)'.", remedy)
        if node.name == "size":
            return NUMBER
        if node.name in OF_LISTS:
            return self.of_list(node, target)
        if target.item is None:
            raise ExpressionError(node.at, "distinct() needs plain values.", "Write .map(x, x.field).distinct().")
        return target

    def of_list(self, node: Method, target: Type) -> Type:
        """sum, mean and their sisters: of a list of numbers; max and min of dates too."""
        kinds = ("number", "date") if node.name in LARGEST else ("number",)
        if isinstance(node.target, Method):
            raise ExpressionError(node.at, f"{node.name}() counts every item.", "Leave distinct() out.")
        if target.item is None or target.item.kind not in kinds:
            raise ExpressionError(node.at, f"{node.name}() needs numbers.", f"Write .map(x, x.field).{node.name}().")
        return target.item

    def macro(self, node: Macro, items: Inside) -> Type:
        target = self.want(node.target, Type("list"), items)
        name, variable = self.list_name(node.target), node.variable
        if items:
            raise ExpressionError(node.at, "A list inside a list's condition is not part of the language.", "Split it.")
        if target.fields is None:
            remedy = "Put the condition before .map(…), or write x in … for a constant list."
            raise ExpressionError(node.at, "Only items with fields have conditions.", remedy)
        if variable in self.scope.names:
            raise ExpressionError(node.at, f"'{variable}' is already a name.", "Choose another letter for the item.")
        inner = {variable: (name, target.fields)}
        if node.name == "map":
            value = self.type_of(node.body, inner)
            if value.kind not in ("text", "number", "date", "bool"):
                raise ExpressionError(node.body.at, f"map gives plain values, but this is {value}.", "Name a field.")
            return Type("list", item=value)
        self.want(node.body, BOOL, inner)
        return target if node.name == "filter" else BOOL

    def list_name(self, node: Node) -> str:
        if isinstance(node, Ref):
            return ".".join(node.path)
        return self.list_name(node.target) if isinstance(node, Macro | Method) else ""

    def literal_list(self, node: Items, items: Inside) -> Type:
        if not node.items:
            raise ExpressionError(node.at, "The list is empty.", "Put at least one value into it.")
        first = self.type_of(node.items[0], items)
        for item in node.items:
            if not isinstance(item, Number | String):
                raise ExpressionError(item.at, "A list holds plain values only.", "Write numbers or texts in quotes.")
            self.want(item, first, items)
        return Type("list", item=first)
