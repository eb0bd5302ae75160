"""Peers of benchmarks/rules.py: the same records in ZEN engine and in OpenFisca-Core, where they are installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from evaluators.facts import Frames

PASS_MARK = "62.5"  # noqa: S105 - points
COUNTRIES = ("AZ", "GE", "LV", "TR")


def zen(frames: Frames, points: pl.DataFrame, unit: int, count: int) -> Callable[[], list[str]] | None:
    """The score sheets in ZEN engine, one decision at a time, traced; None where it is not installed."""
    try:
        import zen as engine  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    facts = [name.removeprefix("fact.") for name in frames.applications.columns if name.startswith("fact.")]
    asked = " and ".join(name for name in facts if name.startswith("q_"))
    marks = [name for name in points.columns if name != "application_id"]
    expressions = {
        "eligible": f"one_country != other_country and {asked}",
        "minimums": "sub_together >= 3 and sub_tools >= 3 and sub_data >= 2",
        "total": " + ".join(marks[:5]),
        "outcome": f"not($.eligible) ? 'not_eligible' : not($.minimums) ? 'below_minimum' : "
        f"$.total >= {PASS_MARK} ? 'label' : 'no_label'",
    }
    lines = [{"id": key, "key": key, "value": value} for key, value in expressions.items()]
    graph = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {"id": "do", "name": "do", "type": "expressionNode", "position": {"x": 1, "y": 0},
             "content": {"expressions": lines}},
            {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "do", "type": "edge"},
            {"id": "b", "sourceId": "do", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    decision = engine.ZenEngine().create_decision(json.dumps(graph))
    table = pl.concat([frames.applications, points.drop("application_id")], how="horizontal").head(count)
    rows = [
        {name: row[f"fact.{name}"] for name in facts} | {name: row[name] / unit for name in marks}
        for row in table.iter_rows(named=True)
    ]
    return lambda: [decision.evaluate(row, {"trace": True})["result"]["outcome"] for row in rows]


def fisca_sheets(frames: Frames, points: pl.DataFrame, unit: int) -> Callable[[], dict[str, Any]] | None:
    """The score sheets in OpenFisca-Core; None where it is not installed.

    The rules as its users write them: a variable a clause, countries as an Enum. A run makes a simulation from the
    columns at hand (countries as text, as they came; marks as floats) and asks for the outcome, the total, each clause.
    """
    made = _Fisca.begin("sheet", "sheets")
    if made is None:
        return None
    flags = [name.removeprefix("fact.") for name in frames.applications.columns if name.startswith("fact.q_")]
    marks = [name for name in points.columns if name != "application_id"]
    for name in marks:
        made.variable(name, float)
    for name in flags:
        made.variable(name, bool)
    country = made.words("Country", COUNTRIES)
    for name in ("one_country", "other_country"):
        made.variable(name, country)
    made.variable("two_countries", bool, lambda one, year: one("one_country", year) != one("other_country", year))
    made.variable("eligible", bool, lambda one, year: _all(one(name, year) for name in ("two_countries", *flags)))
    least = {"sub_together": 3, "sub_tools": 3, "sub_data": 2}
    for name, figure in least.items():
        made.variable(f"min_{name}", bool, lambda one, year, name=name, figure=figure: one(name, year) >= figure)
    made.variable("minimums", bool, lambda one, year: _all(one(f"min_{name}", year) for name in least))
    made.variable("total", float, lambda one, year: sum(one(name, year) for name in marks[:5]))
    made.variable("passed", bool, lambda one, year: one("total", year) >= float(PASS_MARK))

    def outcome(one: Any, year: Any) -> Any:
        found = np.where(one("passed", year), 2, 3)
        return np.where(~one("eligible", year), 0, np.where(~one("minimums", year), 1, found))

    made.variable("outcome", int, outcome)
    given: dict[str, Any] = {name: points[name].to_numpy() / unit for name in marks}
    given |= {name: frames.applications[f"fact.{name}"].to_numpy() for name in flags}
    for name in ("one_country", "other_country"):
        given[name] = frames.applications[f"fact.{name}"].to_numpy().astype("U2")
    asked = ("outcome", "total", "two_countries", *flags, *(f"min_{name}" for name in least), "passed")

    def run() -> dict[str, Any]:
        simulation = made.builder().build_default_simulation(made.system, count=points.height)
        for name, values in given.items():
            simulation.set_input(name, "2024", values)
        return {name: simulation.calculate(name, "2024") for name in asked}

    return run


def fisca_schools(frames: Frames) -> Callable[[], dict[str, Any]] | None:
    """The schools in OpenFisca-Core: a school is a group, its teachers and projects are its members in two roles.

    A run joins the members to their schools, sets the inputs and asks for the outcome and each clause. The members'
    table, which its users keep in this form, is made beforehand. None where it is not installed.
    """
    made = _Fisca.begin("member", "members", ("teacher", "project"))
    if made is None:
        return None
    teachers, projects = frames.children["teachers"], frames.children["projects"]
    members = pl.concat(
        [teachers.with_columns(role=pl.lit(0)), projects.drop("item.country").with_columns(role=pl.lit(1))],
        how="diagonal",
    )
    role = made.roles
    days = {name: np.datetime64(name) for name in ("2023-01-09", "2022-01-09")}
    for name, kind in (("last_active", date), ("trained", bool), ("awarded_on", date)):
        made.variable(name, kind, group=False)
    for name, kind in (("registered_on", date), ("policy_on_data", bool), ("head_agrees", bool)):
        made.variable(name, kind)
    made.variable("recent", bool, lambda one, year: one("last_active", year) >= days["2023-01-09"], group=False)
    made.variable("registered", bool, lambda one, year: one("registered_on", year) <= days["2023-01-09"])
    made.variable("active", bool, lambda one, year: one.sum(one.members("recent", year), role=role["teacher"]) >= 3)
    made.variable("labelled", bool, lambda one, year: one.any(
        one.members("awarded_on", year) >= days["2022-01-09"], role=role["project"]))  # fmt: skip
    made.variable("with_trained", bool, lambda one, year: one.any(
        one.members("recent", year) & one.members("trained", year), role=role["teacher"]))  # fmt: skip
    clauses = ("registered", "policy_on_data", "head_agrees", "active", "with_trained", "labelled")
    made.variable("outcome", bool, lambda one, year: _all(one(name, year) for name in clauses))
    schools = frames.applications["_row"].to_numpy()
    belongs, roles = members["_row"].to_numpy(), members["role"].to_numpy()
    given = {
        "last_active": members["item.last_active"].fill_null(date(1970, 1, 1)).to_numpy(),
        "trained": members["item.trained"].fill_null(value=False).to_numpy(),
        "awarded_on": members["item.awarded_on"].fill_null(date(1970, 1, 1)).to_numpy(),
    }
    given |= {name: frames.applications[f"fact.{name}"].to_numpy() for name in ("registered_on", *clauses[1:3])}
    numbers = np.arange(len(belongs))

    def run() -> dict[str, Any]:
        builder = made.builder()
        builder.create_entities(made.system)
        builder.declare_person_entity("member", numbers)
        builder.join_with_persons(builder.declare_entity("group", schools), belongs, roles)
        simulation = builder.build(made.system)
        for name, values in given.items():
            simulation.set_input(name, "2024", values)
        return {name: simulation.calculate(name, "2024") for name in ("outcome", *clauses)}

    return run


def _all(values: Iterable[Any]) -> Any:
    return reduce(lambda a, b: a & b, values)


class _Fisca:
    """A country of its own in OpenFisca-Core: one kind of person, and a group of them where roles are given."""

    @staticmethod
    def begin(one: str, many: str, roles: Sequence[str] = ()) -> _Fisca | None:
        """None where OpenFisca-Core is not installed."""
        try:
            from openfisca_core.entities import build_entity  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            return None
        entities = [build_entity(key=one, plural=many, label=one, is_person=True)]
        if roles:
            named = [{"key": role, "plural": f"{role}s", "label": role} for role in roles]
            entities.append(build_entity(key="group", plural="groups", label="group", roles=named))
        return _Fisca(entities)

    def __init__(self, entities: list[Any]) -> None:
        from openfisca_core.simulations import SimulationBuilder  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # type: ignore[import-not-found, unused-ignore]

        self.system, self.builder, self.entities = TaxBenefitSystem(entities), SimulationBuilder, entities
        self.roles = {role.key: role for role in getattr(entities[-1], "roles", ())}

    def words(self, name: str, words: Sequence[str]) -> Any:
        """An Enum of its own kind."""
        from openfisca_core.indexed_enums import Enum  # type: ignore[import-not-found, unused-ignore]

        return Enum(name, {word: word for word in words})

    def variable(self, name: str, kind: Any, formula: Callable[..., Any] | None = None, *, group: bool = True) -> None:
        """A variable of the group (or of the person, where there is no group)."""
        from openfisca_core.indexed_enums import Enum  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.periods import DateUnit  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.variables import Variable  # type: ignore[import-not-found, unused-ignore]

        entity = self.entities[-1 if group else 0]
        body: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR, "label": name}
        if kind not in (float, int, bool, date):
            body |= {"value_type": Enum, "possible_values": kind, "default_value": next(iter(kind))}
        if formula is not None:
            body["formula"] = lambda one, year: formula(one, year)  # noqa: PLW0108 - it counts the arguments
        self.system.add_variable(type(name, (Variable,), body))
