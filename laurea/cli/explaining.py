"""`laurea explain`: one decision in sentences, out of the records or out of a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from laurea import overview, statute
from laurea.cli import typed, waiting
from laurea.cli.comparing import tell_trace, written_in
from laurea.cli.console import engine_of, out, show
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.store import applications, outcomes, rounds
from laurea.store.engine import reading

Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]


def explain(
    application: str,
    /,
    *,
    round: str | None = None,  # noqa: A002
    trace: Annotated[Path | None, Parameter(help="A trace kept by `laurea evaluate --trace FILE.parquet`.")] = None,
    rules: Annotated[str | None, Parameter(help="The rule set of the trace, where it is not in the library.")] = None,
    language: str = "en",
    counterfactual: Annotated[bool, Parameter(negative="", help="Also say what would have let it pass.")] = False,
    json: Json = False,
) -> None:
    """Explain a decision in sentences, each with the clause and the source it rests on.

    Example: laurea explain A-0001 --round spring-2024 --counterfactual
    """
    typed.languages([language])
    if trace is not None and counterfactual:
        says = "A trace keeps what was found, not the facts, so it cannot say what would have been enough."
        raise BadInput(says, remedy="Leave out --counterfactual, or ask a round with --round.")
    if trace is not None:
        tell_trace(trace, application, rules, language, as_json=json)
        return
    if round is None:
        raise BadInput("It is not said which round.", remedy="Name it with --round, or a file with --trace.")
    engine = engine_of(Settings())
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, round)
        ruleset = statute.rule_set_of(connection, record)
        found = next((a for a in applications.load(connection, record.id) if a.ref == application), None)
        if found is None:
            raise NotFound(f"The round {round} has no application {application!r}.")
        decision = outcomes.decision_of(connection, found.id)
        plan = statute.plan_of(connection, record)
        enough = overview.enough(connection, record, plan, application, language) if counterfactual else []
        waits = waiting.words(connection, record, plan, found, language) if decision is None else ""
    if decision is None:
        raise NotFound(waits)
    lines = overview.explanation(ruleset, decision, language)
    would = {one["clause"]: one["says"] for one in enough}
    if json:
        more = [line | {"enough": would.get(line["clause"], "")} for line in lines]
        show(more if counterfactual else lines, as_json=True)
        return
    out.print(f"[bold]{found.unit_name or found.ref}[/bold]: {overview.outcome_title(ruleset, decision, language)}")
    for line in lines:
        where = written_in(line["cite"], language)
        out.print(f"  {line['mark']} {line['says']} {line['measured']} [dim]({where})[/dim]", highlight=False)
        if line["clause"] in would:
            out.print(f"    → {would[line['clause']]}", highlight=False)
