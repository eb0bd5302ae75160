"""A rule set with the round's answers, compiled once: the same plan decides one application or a million.

The plan knows no application. evaluators.decide runs its expressions over fact frames whose columns
rules.compiler names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from rules import answers, moments, naming, terms
from rules.compiler import Compiler, all_of
from rules.conditions import METHODS, clause_ids, conditions, scope
from rules.errors import refuse
from rules.expressions import Scope, check
from rules.nodes import Binary
from rules.planned import Plan, PlannedClause, PlannedKey, PlannedOutcome, PlannedSelection, PlannedValidity
from rules.ruleset import Clause, First, Order, Outcome, RuleSet, Selection, Window
from rules.syntax import ExpressionError, parse
from rules.terms import ResolvedJury
from rules.values import LIMIT, Num, Val, Value, compare

__all__ = ["Plan", "PlannedClause", "PlannedKey", "PlannedOutcome", "PlannedSelection", "compile_plan"]

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def compile_plan(
    ruleset: RuleSet, policies: Mapping[str, str] | None = None, parameters: Mapping[str, str] | None = None
) -> Plan:
    """Answer the policies, override the parameters, compile. Raises RuleSetError on a bad answer or override."""
    planner = _Planner(ruleset, dict(policies or {}), dict(parameters or {}))
    try:
        return planner.plan()
    except ExpressionError as error:
        place = next((one.path for one in conditions(ruleset) if one.text == planner.reading), ())
        line, column = ruleset.document.where(place).inside(planner.reading, error.offset)
        raise refuse(error.says, error.remedy, ruleset.document.file, line, column) from None


@dataclass
class _Use:
    value: Value
    names: set[str] = field(default_factory=set)


class _Planner:
    def __init__(self, ruleset: RuleSet, policies: dict[str, str], parameters: dict[str, str]) -> None:
        self.ruleset, self.policies, self.parameters = ruleset, policies, parameters
        constants, self.unanswered = answers.resolve(ruleset, policies, parameters)
        self.names: dict[str, Value] = dict(constants)
        self.scopes: dict[str, Scope] = {}
        self.reading = ""
        self.compiler = Compiler(self.names)

    def plan(self) -> Plan:
        ruleset = self.ruleset
        scales = {
            ("rubric", number, key): self.constant(getattr(one, key))
            for number, one in enumerate(ruleset.rubric.criteria if ruleset.rubric else [])
            for key in ("weight", "minimum", "maximum", "step")
        }
        rubric = terms.resolve_rubric(ruleset, {key: _number(value) for key, value in scales.items()})
        jury = self.jury()
        unit = terms.point_unit(rubric, jury.asked_reviews if jury else None)
        named, total = naming.names(ruleset, rubric, unit)
        self.names |= named
        planned = [self.clause(clause, block) for block, clauses in ruleset.blocks() for clause in clauses]
        selection = None
        if ruleset.selection:
            selection, clause = self.selection(ruleset.selection)
            planned.append(clause)
        return Plan(
            ruleset, self.policies, self.parameters, self.unanswered, jury, rubric, unit, tuple(clause_ids(ruleset)),
            tuple(planned), self.compiler.children, total, selection, tuple(map(self.outcome, ruleset.outcomes)),
            self.validity(),
        )  # fmt: skip

    def use(self, text: str, place: str) -> _Use:
        """Compile one condition of a place, and note every name it uses."""
        here = self.scopes.setdefault(place, scope(self.ruleset, place))
        self.reading = text
        tree = parse(text)
        used = check(tree, here)
        return _Use(self.compiler.compile(tree), used.names)

    def boolean(self, text: str, place: str) -> tuple[pl.Expr, set[str]]:
        found = self.use(text, place)
        assert isinstance(found.value, Val)
        return found.value.expr, found.names

    def num(self, text: str, place: str) -> tuple[Num, set[str]]:
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
        found: str | None = pl.select(value.expr).item()
        return found

    def open(self, names: set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.unanswered if f"policy.{name}" in names)

    def facts(self, names: set[str]) -> tuple[str, ...]:
        """The facts among the names, lists before their fields."""
        own = {name for name in names if name.split(".")[0] in self.ruleset.facts or name == "submitted_at"}
        return tuple(sorted(own | {name.split(".")[0] for name in own}))

    def points(self, names: set[str]) -> tuple[str, ...]:
        found = {name[7:] for name in names if name.startswith("points.")}
        if "total" in names and self.ruleset.rubric:
            found |= {one.id for one in self.ruleset.rubric.criteria if one.counts}
        return tuple(sorted(found))

    def planned(self, clause: Clause, block: str, value: pl.Expr, names: set[str], **more: object) -> PlannedClause:
        policies = tuple(sorted(name[7:] for name in names if name.startswith("policy.")))
        return PlannedClause(
            clause.id,
            block,
            clause,
            value,
            self.open(names),
            policies,
            self.facts(names),
            self.points(names),
            **more,  # type: ignore[arg-type]
        )

    def clause(self, clause: Clause, block: str) -> PlannedClause:
        if clause.window is not None:
            return self.window(clause, block, clause.window)
        if clause.first is not None:
            return self.first(clause, block, clause.first)
        assert clause.require is not None
        place = "points" if block == "rubric" else "facts"
        self.reading = clause.require
        tree = parse(clause.require)
        if not isinstance(tree, Binary) or tree.op not in _COMPARISONS:
            return self.planned(clause, block, *self.boolean(clause.require, place))
        names = check(tree, scope(self.ruleset, place)).names
        measured, threshold = self.compiler.compile(tree.left), self.compiler.compile(tree.right)
        value = self.compiler.joined(tree, measured, threshold)
        return self.planned(clause, block, value, names, measured=measured, threshold=threshold, operator=tree.op)

    def window(self, clause: Clause, block: str, window: Window) -> PlannedClause:
        names: set[str] = {"submitted_at"}
        zone: object = window.zone
        if "/" not in window.zone:
            zone, more = self.constant(window.zone), self.use(window.zone, "constants").names
            names |= more
        moment = pl.col("submitted_at")
        if not isinstance(zone, str):
            return self.planned(clause, block, pl.lit(None, dtype=pl.Boolean), names)
        opens, after = moments.bounds(window, zone)
        tests = [moment >= opens] if opens else []
        tests += [moment < after] if after else []
        shown = Val(moment.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M:%S"), "text")
        limit = Val(pl.lit((window.closes or window.opens or "").replace("T", " ")), "text")
        return self.planned(clause, block, all_of(tests), names, measured=shown, threshold=limit, operator="window")

    def first(self, clause: Clause, block: str, first: First) -> PlannedClause:
        """Position in order of submission; equal moments share their positions and are never told apart."""
        names: set[str] = {"submitted_at"}
        count, more = self.num(first.count, "constants")
        names |= more
        who = f"{first.per}_id"
        keys: list[pl.Expr] = [pl.col(who)]
        settled = pl.lit(True)
        if first.period is not None:
            period, more = self.num(first.period, "facts")
            names |= more
            keys.append(period.low)
            settled = period.low.is_not_null()
        earlier = Num.literal(0, 1)
        if first.earlier is not None:
            earlier, more = self.num(first.earlier, "facts")
            names |= more
        moment = pl.col("submitted_at")
        unknown = moment.is_null().sum().over(who).cast(pl.Int64)
        low = moment.rank("min").over(keys).cast(pl.Int64) + earlier.low.fill_null(0)
        high = moment.rank("max").over(keys).cast(pl.Int64) + unknown + earlier.high
        place = Num(pl.when(settled).then(low), pl.when(settled).then(high), 1, LIMIT, exact=False)
        value = compare("<=", place, count)
        return self.planned(
            clause, block, value, names, measured=place, threshold=count, operator="<=", first_in_order=True
        )

    def key(self, order: Order) -> PlannedKey:
        value, names = self.num(order.by, "selection")
        return PlannedKey(value, order.best == "highest", self.facts(names))

    def selection(self, chosen: Selection) -> tuple[PlannedSelection, PlannedClause]:
        having, names = self.boolean(chosen.having, "selection")
        group, group_names = self.boolean(chosen.group, "selection") if chosen.group else (None, set())
        order = tuple(self.key(one) for one in chosen.order)
        order_names = {name for one in chosen.order for name in self.num(one.by, "selection")[1]}
        base, base_names = self.boolean(chosen.quota.base, "selection") if chosen.quota.base else (having, names)
        reading: str | Order | None = chosen.ties.answer
        tie_names: set[str] = set()
        if reading not in ("in", "out"):
            tie_names = self.use(chosen.ties.answer, "constants").names
            answer = self.constant(chosen.ties.answer)
            reading = chosen.ties.readings[answer] if isinstance(answer, str) else None
        tie = self.key(reading) if isinstance(reading, Order) else reading
        quota_names = set(base_names)
        numbers: dict[str, Fraction | None] = {}
        for key in ("count", "share", "minimum"):
            text = getattr(chosen.quota, key)
            numbers[key] = _number(self.constant(text))
            quota_names |= self.use(text, "constants").names if text and not text.isdigit() else set()
        facts = self.facts(names | group_names | base_names | {f for key in order for f in key.facts})
        planned = PlannedSelection(
            chosen.id, group, having, order, tie, base, numbers["count"], numbers["share"],
            chosen.quota.rounding or "up_to", numbers["minimum"] or Fraction(0), bool(self.open(quota_names)), facts,
            self.open(names | group_names | order_names), tuple(sorted(_clauses([having, base]))),
        )  # fmt: skip
        every = names | group_names | quota_names | tie_names | order_names
        first = order[0]
        policies = tuple(sorted(name[7:] for name in every if name.startswith("policy.")))
        points = self.points(every | order_names)
        value = pl.lit(None, dtype=pl.Boolean)
        clause = PlannedClause(
            chosen.id, "selection", chosen, value, self.open(every), policies, facts, points, measured=first.by
        )
        return planned, clause

    def outcome(self, outcome: Outcome) -> PlannedOutcome:
        if outcome.when is None:
            return PlannedOutcome(outcome.id, outcome, pl.lit(True), ())
        value, _ = self.boolean(outcome.when, "outcomes")
        return PlannedOutcome(outcome.id, outcome, value, tuple(sorted(_clauses([value]))))

    def jury(self) -> ResolvedJury | None:
        jury = self.ruleset.jury
        if jury is None:
            return None
        how: object = jury.consolidation
        if how not in METHODS:
            how = self.constant(jury.consolidation)
        return ResolvedJury(
            tuple(jury.conflicts), jury.languages, self.ruleset.key, _number(self.constant(jury.reviews)),
            how if isinstance(how, str) else None, _number(self.constant(jury.experienced)),
        )  # fmt: skip

    def validity(self) -> PlannedValidity | None:
        block = self.ruleset.validity
        if block is None:
            return None
        found: dict[str, pl.Expr | None] = {}
        every: set[str] = set()
        for key in ("starts", "until", "renewal_opens"):
            text = getattr(block, key)
            if text is None:
                found[key] = None
                continue
            found[key], names = self.boolean(text, "validity")
            every |= names
        starts = found["starts"]
        assert starts is not None
        return PlannedValidity(starts, found["until"], found["renewal_opens"], self.open(every))


def _clauses(values: list[pl.Expr]) -> set[str]:
    """The clauses whose values an expression reads."""
    return {root[6:] for value in values for root in value.meta.root_names() if root.startswith("value.")}


def _number(value: Fraction | str | None) -> Fraction | None:
    return value if isinstance(value, Fraction) else None
