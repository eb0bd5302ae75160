"""Conditions that can never hold or always do, clauses that another says already, outcomes nobody can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.checks.common import Reading, clauses, inside, problem
from rules.checks.formulas import At, Formula, atoms, can_hold, fixed, opposite
from rules.checks.terms import parts
from rules.checks.world import World
from rules.errors import Problem
from rules.loader import Path
from rules.nodes import Binary, Node, Ref
from rules.ruleset import RuleSet

_COMPARES = ("<", "<=", ">", ">=", "==", "!=")
_MANY = 12  # atoms of one condition above which pairs are not compared


def found(ruleset: RuleSet, read: list[Reading], written: World) -> Iterator[Problem]:
    """All findings about what can and cannot hold; `written` is the rule set as it stands."""
    overridable = any(one.overridable for one in ruleset.parameters.values())
    free = World(ruleset, as_written=False) if overridable else written
    dead: set[Path] = set()
    for one in read:
        for wrong in _comparisons(ruleset, one, written):
            dead.add(one.condition.path)
            yield wrong
    reported = {path[:-1] for path in dead}
    formulas: dict[str, Formula] = {}
    trees = {one.condition.path: one for one in read}
    for path, clause in clauses(ruleset):
        reading = trees.get((*path, "require"))
        if reading is None or path in reported:
            continue
        formula = free.formula(reading.tree)
        wrongs = list(_whole(ruleset, reading, written.formula(reading.tree), written))
        yield from wrongs
        if not wrongs:
            formulas[clause.id] = formula
    yield from _competitors(ruleset, trees, written)
    yield from _implied(ruleset, formulas, trees, free)
    yield from _outcomes(ruleset, trees, free.knowing(formulas), formulas)


def _can(world: World, *parts: Formula) -> bool:
    return can_hold(parts, world.quantities.limits, world.options)


def _comparisons(ruleset: RuleSet, one: Reading, world: World) -> Iterator[Problem]:
    for node, items in parts(one.tree, {}):
        if not isinstance(node, Binary) or node.op not in _COMPARES:
            continue
        at = world.compared(node, items)
        if isinstance(at, bool):
            says = f"This comparison is {'always' if at else 'never'} true, whatever the application."
            yield inside(ruleset, one.condition, node.at, says, "Compare a fact, or remove it.")
            continue
        if not isinstance(at, At) or (stands := world.stands(at)) is None:
            continue
        limits = world.quantities.limits[at.name]
        where = " and ".join(
            word for word in (
                f"at least {_figure(limits.low)}" if limits.low is not None else "",
                f"at most {_figure(limits.high)}" if limits.high is not None else "",
                "always whole" if limits.whole and at.figure.denominator != 1 else "",
            ) if word
        )  # fmt: skip
        what = {"total": "the total"}.get(_plain(node.left), at.name)
        word = "always" if stands else "never"
        says = f"This is {word} true: {what} is {where}, and it is compared with {_figure(at.figure)}."
        remedy = "Correct the figure, or the scale it is compared with." if not stands else "Correct it, or remove it."
        yield inside(ruleset, one.condition, node.at, says, remedy)


def _whole(ruleset: RuleSet, one: Reading, formula: Formula, world: World) -> Iterator[Problem]:
    if not _can(world, formula):
        says = "No application can ever meet this condition."
        yield inside(ruleset, one.condition, 0, says, "Its parts contradict each other: correct one of them.")
    elif not _can(world, opposite(formula)):
        says = "Every application meets this condition."
        yield inside(ruleset, one.condition, 0, says, "It asks for nothing: correct it, or remove it.")


def _competitors(ruleset: RuleSet, trees: Mapping[Path, Reading], world: World) -> Iterator[Problem]:
    for path, one in trees.items():
        if path[-1] in ("having", "base") and one.condition.text != "true":
            formula = world.formula(one.tree)
            if not _can(world, formula):
                yield inside(ruleset, one.condition, 0, "Nobody can ever compete here.", "Correct the condition.")


def _implied(
    ruleset: RuleSet, formulas: Mapping[str, Formula], trees: Mapping[Path, Reading], world: World
) -> Iterator[Problem]:
    names = {key: frozenset(atom.name for atom in atoms(one)) for key, one in formulas.items()}
    places = {clause.id: path for path, clause in clauses(ruleset)}
    order = list(formulas)
    gone: set[str] = set()
    for later in order:
        for earlier in order:
            if earlier == later or earlier in gone or not names[later] or len(names[later]) > _MANY:
                continue
            if not names[later] <= names[earlier] or _can(world, formulas[earlier], opposite(formulas[later])):
                continue
            both = names[later] == names[earlier] and not _can(world, formulas[later], opposite(formulas[earlier]))
            if both and order.index(earlier) > order.index(later):
                continue
            if not _redundant(trees, world, earlier, later):
                continue
            gone.add(later)
            word = "says the same as" if both else "follows from"
            says = f"The clause '{later}' {word} '{earlier}': whoever meets that one meets this one."
            yield problem(ruleset, (*places[later], "require"), says, "Remove one of the two, or correct its figure.")
            break


def _redundant(trees: Mapping[Path, Reading], world: World, earlier: str, later: str) -> bool:
    """Whether no outcome can tell the later clause from true, once the earlier one is met or not."""
    if any(f"clause.{later}" in one.names for path, one in trees.items() if path[0] in ("selection", "selections")):
        return False
    for path, one in trees.items():
        if path[0] != "outcomes":
            continue
        formula = world.formula(one.tree)
        with_, without = (
            fixed(formula, {f"clause.{earlier}": False, f"clause.{later}": value}) for value in (True, False)
        )
        if with_ != without:
            return False
    return True


def _outcomes(
    ruleset: RuleSet, trees: Mapping[Path, Reading], world: World, formulas: Mapping[str, Formula]
) -> Iterator[Problem]:
    before: list[Formula] = []
    for number in range(len(ruleset.outcomes)):
        one = trees.get(("outcomes", number, "when"))
        formula: Formula = True if one is None else world.formula(one.tree)
        if not _can(world, formula, *(opposite(earlier) for earlier in before)):
            yield _unreached(ruleset, number, before, formula, world, formulas)
            return  # what comes after would often be said again of the next
        before.append(formula)


def _unreached(
    ruleset: RuleSet,
    number: int,
    before: list[Formula],
    formula: Formula,
    world: World,
    formulas: Mapping[str, Formula],
) -> Problem:
    name = ruleset.outcomes[number].id
    if pair := _quarrel(world, formulas):
        places = {clause.id: path for path, clause in clauses(ruleset)}
        says = f"Nobody can meet both '{pair[0]}' and '{pair[1]}', so '{name}' can never be reached."
        return problem(ruleset, (*places[pair[1]], "require"), says, "Correct one of the two clauses.")
    remedy = "Change one of the two conditions, or their order."
    says = f"'{name}' can never be reached: the outcomes before it leave nothing."
    if formula in before:
        twin = ruleset.outcomes[before.index(formula)].id
        says = f"'{name}' can never be reached: '{twin}' has the same condition and comes first."
    elif not _can(world, formula):
        says, remedy = f"'{name}' can never be reached: its condition never holds.", "Correct the condition."
    return problem(ruleset, ("outcomes", number), says, remedy)


def _quarrel(world: World, formulas: Mapping[str, Formula]) -> tuple[str, str] | None:
    """Two clauses that can never both be met."""
    names = {key: {atom.name for atom in atoms(one)} for key, one in formulas.items()}
    order = list(formulas)
    for number, first in enumerate(order):
        for second in order[number + 1 :]:
            if names[first] & names[second] and not _can(world, formulas[first], formulas[second]):
                return first, second
    return None


def _plain(node: Node) -> str:
    return ".".join(node.path) if isinstance(node, Ref) else ""


def _figure(value: object) -> str:
    from rules.terms import decimal_text

    try:
        return decimal_text(value) or ""  # type: ignore[arg-type]
    except ValueError:
        return str(value)
