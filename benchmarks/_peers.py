"""Peers of benchmarks/rules.py: the score sheets in ZEN engine and in OpenFisca-Core, where they are installed."""

from __future__ import annotations

import json
from collections.abc import Callable
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


def openfisca(frames: Frames, points: pl.DataFrame, unit: int) -> Callable[[], Any] | None:
    """The score sheets in OpenFisca-Core, vectorised, without a trace; None where it is not installed."""
    try:
        from openfisca_core.entities import build_entity  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.periods import DateUnit  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.simulations import SimulationBuilder  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem  # type: ignore[import-not-found, unused-ignore]
        from openfisca_core.variables import Variable  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    entity = build_entity(key="sheet", plural="sheets", label="A score sheet", is_person=True)
    system = TaxBenefitSystem([entity])
    marks = [name for name in points.columns if name != "application_id"]
    flags = [name for name in frames.applications.columns if name.startswith("fact.q_")]

    def variable(name: str, kind: type, formula: Callable[..., Any] | None = None) -> None:
        body: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR, "label": name}
        if formula is not None:
            body["formula"] = formula
        system.add_variable(type(name, (Variable,), body))

    codes = {name: code for code, name in enumerate(COUNTRIES)}
    for name in (*marks, "one_country", "other_country"):
        variable(name, float if name in marks else int)
    for name in flags:
        variable(name.removeprefix("fact."), bool)

    def eligible(sheet: Any, period: Any) -> Any:
        met = sheet("one_country", period) != sheet("other_country", period)
        for name in flags:
            met = met & sheet(name.removeprefix("fact."), period)
        return met

    def minimums(sheet: Any, period: Any) -> Any:
        return (
            (sheet("sub_together", period) >= 3) & (sheet("sub_tools", period) >= 3) & (sheet("sub_data", period) >= 2)
        )

    def total(sheet: Any, period: Any) -> Any:
        return sum(sheet(name, period) for name in marks[:5])

    def outcome(sheet: Any, period: Any) -> Any:
        passed = sheet("total", period) >= float(PASS_MARK)
        return np.where(~sheet("eligible", period), 0, np.where(~sheet("minimums", period), 1, np.where(passed, 2, 3)))

    variable("eligible", bool, eligible)
    variable("minimums", bool, minimums)
    variable("total", float, total)
    variable("outcome", int, outcome)
    given: dict[str, Any] = {name: points[name].to_numpy() / unit for name in marks}
    given |= {name.removeprefix("fact."): frames.applications[name].to_numpy() for name in flags}
    for name in ("one_country", "other_country"):
        given[name] = frames.applications[f"fact.{name}"].replace_strict(codes, return_dtype=pl.Int32).to_numpy()

    def run() -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, count=points.height)
        for name, values in given.items():
            simulation.set_input(name, "2024", values)
        return simulation.calculate("outcome", "2024")

    return run
