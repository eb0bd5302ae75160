"""A rule set with the round's answers, compiled once: the same plan decides one application or a million.

The plan knows no application: the bench runs its expressions over frames whose columns rules.compiler names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import lcm

import polars as pl

from rules import choosing, moments, naming, proceedings, terms
from rules.compiler import ChildPlan, Compiler, all_of
from rules.compiling import Compiling, number
from rules.conditions import DAYS, LATE, NOT_APPLICABLE, clause_ids, conditions
from rules.errors import refuse
from rules.juries import ResolvedJury, resolve_jury
from rules.planned import (
    Plan,
    PlannedClause,
    PlannedKey,
    PlannedMilestone,
    PlannedOutcome,
    PlannedSelection,
    PlannedValidity,
)
from rules.ruleset import Calibration, Clause, Discrepancy, First, Milestone, Outcome, RuleSet, Window
from rules.syntax import ExpressionError
from rules.terms import ResolvedRubric
from rules.values import LIMIT, Num, Val, compare, counted

__all__ = ["Plan", "PlannedClause", "PlannedKey", "PlannedOutcome", "PlannedSelection", "compile_plan"]


def compile_plan(
    ruleset: RuleSet, policies: Mapping[str, str] | None = None, parameters: Mapping[str, str] | None = None
) -> Plan:
    """Answer the policies, override the parameters, compile. Raises RuleSetError on a bad answer or override."""
    planner = _Planner(ruleset, dict(policies or {}), dict(parameters or {}))
    try:
        return planner.plan()
    except ExpressionError as error:
        place = next((one.path for one in conditions(ruleset) if one.text == planner.work.reading), ())
        line, column = ruleset.document.where(place).inside(planner.work.reading, error.offset)
        raise refuse(error.says, error.remedy, ruleset.document.file, line, column) from None


class _Planner:
    def __init__(self, ruleset: RuleSet, policies: dict[str, str], parameters: dict[str, str]) -> None:
        self.ruleset, self.policies, self.parameters = ruleset, policies, parameters
        self.work = Compiling(ruleset, policies, parameters)

    def plan(self) -> Plan:
        ruleset, work = self.ruleset, self.work
        rubric, jury = self.rubric(), resolve_jury(work, ruleset.jury, ruleset.key)
        work.names |= naming.names(ruleset)
        given = self.given()
        unit = lcm(
            terms.point_unit(rubric, jury.asked_reviews if jury else None),
            10 ** (jury.decimals if jury else 0),
            *(one.unit for one in given.values()),
        )
        total: Num | None = None
        sheets: Mapping[str, ChildPlan] = {}
        planned: list[PlannedClause] = []
        if rubric is not None:
            made = naming.rubric_names(rubric, unit, given, corrected=ruleset.correction is not None)
            work.names |= made.names
            total = made.total
            if ruleset.jury is not None:
                jury_clauses, sheets = self.discrepancies(ruleset.jury.discrepancy, rubric, unit, total, jury)
                work.names |= naming.sheet_names(rubric, unit, total, None)
                planned += jury_clauses
        planned = [
            *(self.clause(clause, block) for block, clauses in ruleset.blocks() for clause in clauses),
            *planned,
            *self.correction(unit, total, jury),
        ]
        chosen = choosing.plan(work, ruleset, planned, jury)
        outcomes = tuple(map(self.outcome, ruleset.outcomes))
        validity, milestones = self.validity(), tuple(map(self.milestone, ruleset.milestones))
        return Plan(
            ruleset, self.policies, self.parameters, work.unanswered, jury, rubric, unit, tuple(clause_ids(ruleset)),
            (*planned, *chosen.clauses), work.compiler.children, total, chosen.runs[0] if chosen.runs else None,
            outcomes, validity, chosen.runs, sheets, milestones, self.appeal(), self.unruled(jury),
        )  # fmt: skip

    def rubric(self) -> ResolvedRubric | None:
        criteria = self.ruleset.rubric.criteria if self.ruleset.rubric else []
        scales = {
            ("rubric", number_, key): number(self.work.constant(getattr(one, key)))
            for number_, one in enumerate(criteria)
            for key in ("weight", "minimum", "maximum", "step")
        }
        left_out = {one.id: self.work.word(one.not_applicable, NOT_APPLICABLE) for one in criteria}
        return terms.resolve_rubric(self.ruleset, scales, left_out)

    def given(self) -> dict[str, Num]:
        """Points that follow from facts: ladders and computed figures."""
        found: dict[str, Num] = {}
        for one in self.ruleset.rubric.criteria if self.ruleset.rubric else []:
            names: set[str] = set()
            if one.ladder:
                held, reached = pl.lit(True), []
                for text in one.ladder:
                    rung, more = self.work.boolean(text, "facts")
                    held = held & rung
                    reached.append(held)
                    names |= more
                found[one.id] = counted(reached)
            elif one.computed:
                found[one.id], names = self.work.num(one.computed, "facts")
            if one.id in found:
                self.work.given[one.id] = names
        return found

    def unruled(self, jury: ResolvedJury | None) -> tuple[str, ...]:
        found = dict.fromkeys(jury.open if jury else ())
        for one in self.ruleset.rubric.criteria if self.ruleset.rubric else []:
            if one.not_applicable is not None and one.not_applicable not in NOT_APPLICABLE:
                found |= dict.fromkeys(self.work.open(self.work.use(one.not_applicable, "constants").names))
        return tuple(found)

    def discrepancies(
        self, rules: list[Discrepancy], rubric: ResolvedRubric, unit: int, total: Num, jury: ResolvedJury | None
    ) -> tuple[list[PlannedClause], Mapping[str, ChildPlan]]:
        """The discrepancy rules, over the first sheets of each application only."""
        work = self.work
        assert jury is not None
        asked = jury.asked_reviews
        first = pl.lit(None if asked is None else int(asked), dtype=pl.Int64)
        outer = work.compiler
        names = work.names | naming.sheet_names(rubric, unit, total, first)
        work.compiler = Compiler(names, work.derived, prefix="sheets")
        enough = pl.when(pl.col("sheets") >= first).then(True)
        found = []
        for one in rules:
            used = work.use(one.when, "jury")
            assert isinstance(used.value, Val)
            value, names_ = used.value.expr, set(used.names)
            if one.unless is not None:
                unless, more = work.boolean(one.unless, "jury")
                value, names_ = value & ~unless, names_ | more
            names_ |= {f"policy.{name}" for name in jury.open}
            planned = self.planned(one, "jury", pl.when(enough).then(value), names_)
            found.append(planned.beside(used.sides))
        made = dict(work.compiler.children)
        work.compiler = outer
        return found, made

    def correction(self, unit: int, total: Num | None, jury: ResolvedJury | None) -> list[PlannedClause]:
        """Whether the total was corrected for the severity of the jurors: what it is, against what it was."""
        model = self.ruleset.correction
        if model is None or total is None or jury is None:
            return []
        corrected = pl.col("adjusted.total")
        value: pl.Expr = pl.when(corrected.is_not_null()).then(True)
        if jury.calibration in ("none", "advisory"):
            value = pl.lit(False)
        names = self.work.use(model.use, "constants").names if model.use != "prescribed" else set()
        found = self.planned(model, "calibration", value, names | {"total"})
        after, before = (Num.of(pl.col(f"{name}.total"), unit, total.bound) for name in ("adjusted", "plain"))
        return [replace(found, measured=after, threshold=before)]

    def planned(
        self, clause: Clause | Discrepancy | Calibration, block: str, value: pl.Expr, names: set[str]
    ) -> PlannedClause:
        policies = tuple(sorted(name[7:] for name in names if name.startswith("policy.")))
        open_, facts, points = self.work.open(names), self.work.facts(names), self.work.points(names)
        return PlannedClause(clause.id, block, clause, value, open_, policies, facts, points)

    def clause(self, clause: Clause, block: str) -> PlannedClause:
        place = {"rubric": "points", "appeals": "appeals"}.get(block, "facts")
        if clause.window is not None:
            return self.window(clause, block, clause.window, place)
        if clause.first is not None:
            return self.first(clause, block, clause.first, place)
        assert clause.require is not None
        used = self.work.use(clause.require, place)
        assert isinstance(used.value, Val)
        return self.planned(clause, block, used.value.expr, used.names).beside(used.sides)

    def window(self, clause: Clause, block: str, window: Window, place: str) -> PlannedClause:
        work = self.work
        names: set[str] = {"submitted_at"}
        zone: object = window.zone
        if "/" not in window.zone:
            zone = work.constant(window.zone)
            names |= work.use(window.zone, "constants").names
        ends: dict[str, object] = {}
        for key in ("opens", "closes"):
            ends[key] = getattr(window, key)
            if isinstance(ends[key], str) and moments.is_name(str(ends[key])):
                names |= work.use(str(ends[key]), "constants").names
                ends[key] = work.constant(str(ends[key]))
        late: str | None = window.late
        if late not in LATE:
            names |= work.use(window.late, "constants").names
            late = work.word(window.late, LATE)
        moment = pl.col("submitted_at")
        if window.of != "submitted_at":
            moment, more = work.boolean(window.of, place)
            names = (names - {"submitted_at"}) | more
        nothing = pl.lit(None, dtype=pl.Boolean)
        unknown = not isinstance(zone, str) or any(getattr(window, key) and not ends[key] for key in ends)
        if unknown:
            return replace(self.planned(clause, block, nothing, names), late=nothing)
        assert isinstance(zone, str)
        plain = window.model_copy(update=ends)
        opens, after = moments.bounds(plain.opens, plain.closes, zone)
        tests = [moment >= opens] if opens else []
        tests += [moment < after] if after else []
        moved = nothing if late is None else pl.lit(False)
        if after and late != "refused":
            moved = (moment >= after) & (pl.lit(True) if late else nothing)
        shown = Val(moment.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M:%S"), "text")
        limit = Val(pl.lit((plain.closes or plain.opens or "").replace("T", " ")), "text")
        found = self.planned(clause, block, all_of(tests), names)
        return replace(found, measured=shown, threshold=limit, operator="window", late=moved)

    def first(self, clause: Clause, block: str, first: First, place: str) -> PlannedClause:
        """Position in order of submission; equal moments share their positions and are never told apart."""
        work = self.work
        count, names = work.num(first.count, "constants")
        names = names | {"submitted_at"}
        who = pl.col(f"{first.per}_id")
        if first.per not in ("applicant", "unit"):
            who, more = work.boolean(first.per, place)
            names |= more
        keys, settled = [who], who.is_not_null()
        if first.period is not None:
            period, more = work.num(first.period, place)
            names |= more
            keys.append(period.low)
            settled = settled & period.low.is_not_null()
        earlier = Num.literal(0, 1)
        if first.earlier is not None:
            earlier, more = work.num(first.earlier, place)
            names |= more
        moment = pl.col("submitted_at")
        newest = first.counts == "last"
        unknown = moment.is_null().sum().over(keys).cast(pl.Int64)
        if first.per not in ("applicant", "unit"):
            unknown = unknown + who.is_null().sum().cast(pl.Int64)  # whoever is not named may be the same
        if first.period is not None:
            unknown = unknown + keys[1].is_null().sum().over(who).cast(pl.Int64)
        low = moment.rank("min", descending=newest).over(keys).cast(pl.Int64) + earlier.low.fill_null(0)
        high = moment.rank("max", descending=newest).over(keys).cast(pl.Int64) + unknown + earlier.high
        spot = Num(pl.when(settled).then(low), pl.when(settled).then(high), 1, LIMIT, exact=False)
        found = self.planned(clause, block, compare("<=", spot, count), names)
        return replace(found, measured=spot, threshold=count, operator="<=", first_in_order=True)

    def outcome(self, outcome: Outcome, place: str = "outcomes") -> PlannedOutcome:
        if outcome.when is None:
            return PlannedOutcome(outcome.id, outcome, pl.lit(True), ())
        value, names = self.work.boolean(outcome.when, place)
        found = choosing.clauses_of([value])
        if "settled" in names or "discrepancy" in names:
            found |= {one.id for one in (self.ruleset.jury.discrepancy if self.ruleset.jury else [])}
        for _, one in self.ruleset.chosen():
            if one.id in found:
                found |= {place.id for place in one.places or []}
                found |= {band.id for _, selection, band in self.ruleset.bands() if selection is one}
        return PlannedOutcome(outcome.id, outcome, value, tuple(sorted(found)))

    def validity(self) -> PlannedValidity | None:
        block, work = self.ruleset.validity, self.work
        if block is None:
            return None
        every: set[str] = set()

        def day(text: str) -> pl.Expr:
            value, names = work.boolean(text, "validity")
            every.update(names)
            return value

        found = {key: day(getattr(block, key)) for key in DAYS if getattr(block, key) is not None}
        reminders = None if block.reminders is None else tuple(day(one) for one in block.reminders)
        withdrawn = None if block.withdrawn is None else day(block.withdrawn)
        return PlannedValidity(
            found["starts"], found.get("until"), found.get("renewal_opens"), work.open(every), found, withdrawn,
            work.facts(every), reminders,
        )  # fmt: skip

    def milestone(self, one: Milestone) -> PlannedMilestone:
        day, names = self.work.boolean(one.on, "validity")
        when = None
        if one.when is not None:
            when, more = self.work.boolean(one.when, "validity")
            names = names | more
        return PlannedMilestone(one.id, one, day, when, self.work.open(names), self.work.facts(names))

    def appeal(self) -> Plan | None:
        """The plan of the appeals' own proceeding: a rule set of its own, with the edition's names."""
        if self.ruleset.appeals is None:
            return None
        own = proceedings.appeal(self.ruleset)
        return compile_plan(own, self.policies, self.parameters)
