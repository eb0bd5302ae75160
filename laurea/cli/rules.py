"""`laurea rules …`: the statute book. List, show, check and test rule sets; print their schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from rules.ruleset import RuleSet

app = App(
    name="rules",
    help="""The statute book: list, show, check and test rule sets.

    Example: `laurea rules list`, then `laurea rules show AWARD/EDITION`
    """,
)
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """All editions of the library.

    Example: `laurea rules list --json`.
    """
    from rules.library import editions, named

    rows = []
    for key in editions():
        ruleset = named(str(key))
        force = ruleset.in_force
        rows.append(
            {
                "rule_set": str(key),
                "title": key.title,
                "country": key.country,
                "from": force.starts.isoformat() if force and force.starts else None,
                "until": force.ends.isoformat() if force and force.ends else None,
                "policies": len(ruleset.policies),
                "digest": ruleset.digest,
            }
        )
    _print(rows, as_json=json, hide=("digest",))


@app.command
def show(rule_set: str, *, language: str = "en", json: Json = False) -> None:
    """What an edition says: its clauses with their sources, and its open questions.

    Example: `laurea rules show AWARD/EDITION --language lv`.

    Parameters
    ----------
    rule_set
        A name of the library (award/edition) or a path to a YAML file.
    language
        Language of the sentences: en, az, ka or lv.
    json
        Print JSON.
    """
    from rules.library import named

    ruleset = named(rule_set)
    if json:
        _json(_described(ruleset, language))
        return
    from rich.console import Console
    from rich.markup import escape

    told = _described(ruleset, language)
    out = Console()
    out.print(f"[bold]{escape(told['title'])}[/bold]  {told['rule_set']}  {told['digest'][:12]}")
    block = ""
    for clause in told["clauses"]:
        if clause["block"] != block:
            block = clause["block"]
            out.print(f"\n[bold]{block}[/bold]")
        out.print(f"  {escape(clause['says'])}  [dim]{clause['id']}, {escape(clause['cite'])}[/dim]")
    out.print("\n[bold]outcomes, in this order[/bold]")
    for outcome in told["outcomes"]:
        out.print(f"  {escape(outcome['title'])}  [dim]{outcome['id']}: {escape(outcome['when'])}[/dim]")
    if told["policies"]:
        out.print("\n[bold]open questions the round must answer[/bold]")
    for policy in told["policies"]:
        answers = f" ({', '.join(policy['options'])})" if policy["options"] else ""
        out.print(f"  {policy['id']}: {escape(policy['asks'])}{answers}  [dim]{escape(policy['cite'])}[/dim]")


@app.command
def check(*rule_sets: str, json: Json = False) -> None:
    """What is wrong with rule sets, with line, column and remedy; all of the library when none is named.

    Ends with 1 when something is found. Example: `laurea rules check my-rules.yaml`
    """
    from rules.check import findings
    from rules.errors import Problem, RuleSetError
    from rules.library import named

    problems: list[Problem] = []
    names = rule_sets or _all()
    for name in names:
        try:
            problems += findings(named(name))
        except RuleSetError as error:
            problems += error.problems
    if json:
        _json([problem.__dict__ for problem in problems])
    else:
        for problem in problems:
            print(problem)
        print(f"{len(names)} rule {'set' if len(names) == 1 else 'sets'} checked, {len(problems)} to look at.")
    if problems:
        raise SystemExit(1)


@app.command(name="test")
def try_(*rule_sets: str, coverage: Annotated[bool, Parameter(negative="")] = False, json: Json = False) -> None:
    """Run the worked cases of rule sets; all of the library when none is named.

    Ends with 1 when a case comes out otherwise. Example: `laurea rules test --coverage`

    Parameters
    ----------
    rule_sets
        Names of the library (award/edition) or paths to YAML files.
    coverage
        Also say which clauses the cases never let pass or fail, and which thresholds they do not try from all sides.
    json
        Print JSON.
    """
    from evaluators import cases
    from rules.library import cases_file, named

    rows: list[dict[str, Any]] = []
    gaps: list[dict[str, str]] = []
    for name in rule_sets or _all():
        results = cases.run(named(name), cases_file(name))
        rows += [
            {
                "rule_set": name,
                "case": one.id,
                "sure": one.sure,
                "passed": one.passed,
                "differences": list(one.differences),
            }
            for one in results
        ]
        gaps += _gaps(name, cases.coverage(results)) if coverage else []
    failed = [row for row in rows if not row["passed"]]
    if json:
        _json({"cases": rows, "gaps": gaps} if coverage else rows)
    else:
        for row in failed:
            print(f"{row['rule_set']} {row['case']}: " + "; ".join(row["differences"]))
        for gap in gaps:
            print(f"{gap['rule_set']} {gap['clause']}: {gap['gap']}")
        print(f"{len(rows)} worked cases, {len(rows) - len(failed)} come out as expected, {len(failed)} otherwise.")
    if failed:
        raise SystemExit(1)


@app.command
def schema() -> None:
    """The JSON Schema of a rule set, for editors that complete and check YAML.

    Example: `laurea rules schema > ruleset.schema.json`.
    """
    from rules.schema import text

    print(text(), end="")


@app.command
def explain(rule_set: str, clause: str, *, language: str = "en", json: Json = False) -> None:
    """One clause: what it asks, how it is decided, where it is written.

    Example: `laurea rules explain AWARD/EDITION CLAUSE`
    """
    from rules.errors import refuse
    from rules.library import named

    told = _described(named(rule_set), language)
    found = next((one for one in told["clauses"] if one["id"] == clause), None)
    if found is None:
        raise refuse(
            f"There is no clause '{clause}'.", f"Its clauses are {', '.join(one['id'] for one in told['clauses'])}."
        )
    if json:
        _json(found)
        return
    print(found["says"])
    print(f"  decided by: {found['condition']}")
    for source in found["sources"]:
        print(f"  written in: {source['title']} [{source['mark']}] {source['address']}".rstrip())


def _described(ruleset: RuleSet, language: str) -> dict[str, Any]:
    from evaluators.trace import sentences
    from rules.check import cited
    from rules.plan import compile_plan
    from rules.words import say

    plan = compile_plan(ruleset)
    conditions = {
        clause.id: clause.require or (f"window {clause.window.opens} to {clause.window.closes}, {clause.window.zone}"
        if clause.window else f"the first {clause.first.count} per {clause.first.per}" if clause.first else "")
        for _, clauses in ruleset.blocks() for clause in clauses
    }  # fmt: skip
    blank = [
        {"clause": name, "block": block, "status": "unknown", "measured": None, "threshold": None, "operator": None}
        for name, block in plan.clauses
    ]
    clauses = [
        {
            "id": one.clause,
            "block": one.block,
            "says": one.says,
            "condition": " ".join(conditions.get(one.clause, "the best of those who compete").split()),
            "cite": one.cite,
            "sources": [
                {"id": key, "title": say(source.title, language), "mark": source.mark, "address": source.address}
                for key in cited(one.cite)
                for source in (ruleset.sources[key],)
            ],
        }
        for one in sentences(ruleset, blank, language)
    ]
    return {
        "rule_set": ruleset.key,
        "title": say(ruleset.title, language),
        "digest": ruleset.digest,
        "clauses": clauses,
        "outcomes": [
            {"id": one.id, "title": say(one.title, language), "when": one.when or "otherwise", "grants": one.grants}
            for one in ruleset.outcomes
        ],
        "policies": [
            {"id": name, "asks": say(one.asks, language), "options": list(one.options), "cite": one.cite}
            for name, one in ruleset.policies.items()
        ],
    }


def _gaps(name: str, coverage: dict[str, dict[str, list[str]]]) -> list[dict[str, str]]:
    found = []
    for clause, reached in coverage.items():
        missing = [code for code in ("true", "false") if code not in reached["seen"]]
        sides = [side for side in ("below", "at", "above") if reached["sides"] and side not in reached["sides"]]
        words = [f"never {code}" for code in missing] + [f"never {side} its threshold" for side in sides]
        if words:
            found.append({"rule_set": name, "clause": clause, "gap": ", ".join(words)})
    return found


def _all() -> tuple[str, ...]:
    from rules.library import editions

    return tuple(str(key) for key in editions())


def _json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _print(rows: list[dict[str, Any]], *, as_json: bool, hide: tuple[str, ...] = ()) -> None:
    if as_json:
        _json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    names = [name for name in rows[0] if name not in hide] if rows else []
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name == "rule_set")
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    Console().print(table)
