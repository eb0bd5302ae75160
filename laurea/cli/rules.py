"""`laurea rules …`: the statute book. List, show, check, test and compare rule sets; print their schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    pass

app = App(
    name="rules",
    help="""The statute book: list, show, check, test and compare rule sets.

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
    from laurea.cli.describing import described
    from rules.library import named

    ruleset = named(rule_set)
    if json:
        _json(described(ruleset, language))
        return
    from rich.console import Console
    from rich.markup import escape

    told = described(ruleset, language)
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

    Files of worked cases (.cases.yaml) are read as such. Editions of one award are also held against each other.
    Ends with 1 when something is found. Example: `laurea rules check my-rules.yaml`
    """
    from laurea.cli.checking import look_at

    problems, looked = look_at(rule_sets or _all())
    if json:
        _json([problem.__dict__ for problem in problems])
    else:
        for problem in problems:
            print(problem)
        print(looked)
    if problems:
        raise SystemExit(1)


@app.command(name="test")
def try_(
    *rule_sets: str,
    coverage: Annotated[bool, Parameter(negative="")] = False,
    generate: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Run the worked cases of rule sets; all of the library when none is named.

    Ends with 1 when a case comes out otherwise. Example: `laurea rules test --coverage`

    Parameters
    ----------
    rule_sets
        Names of the library (award/edition) or paths to YAML files.
    coverage
        Also say which clauses the cases never let pass or fail, and which thresholds they do not try just below,
        exactly at and just above.
    generate
        Print the missing boundary cases as YAML instead.
    json
        Print JSON.
    """
    from evaluators import cases
    from laurea.cli import checking
    from rules.library import cases_file, named

    if generate:
        for name in rule_sets or _all():
            print(checking.proposals(name))
        return
    rows: list[dict[str, Any]] = []
    gaps: list[dict[str, str]] = []
    sums: dict[str, int] = {}
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
        if coverage:
            found, counted = checking.gaps(name)
            gaps += found
            sums = {key: sums.get(key, 0) + value for key, value in counted.items()}
    failed = [row for row in rows if not row["passed"]]
    if json:
        _json({"cases": rows, "gaps": gaps, "coverage": sums} if coverage else rows)
    else:
        for row in failed:
            print(f"{row['rule_set']} {row['case']}: " + "; ".join(row["differences"]))
        for gap in gaps:
            print(f"{gap['rule_set']} {gap['clause']}: {gap['gap']}")
        print(f"{len(rows)} worked cases, {len(rows) - len(failed)} come out as expected, {len(failed)} otherwise.")
        if coverage:
            print(
                f"{sums.get('clauses_both_ways', 0)} of {sums.get('clauses', 0)} clauses come out true and false; "
                f"{sums.get('boundaries_tried', 0)} of {sums.get('boundaries', 0)} sides of thresholds are tried."
            )
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
    """One clause: what it asks, how it is decided, on which figures, facts and open questions, where it stands.

    Example: `laurea rules explain AWARD/EDITION CLAUSE --language lv`
    """
    from laurea.cli.describing import described, tell_clause
    from rules.errors import refuse
    from rules.library import named

    told = described(named(rule_set), language)
    found = next((one for one in told["clauses"] if one["id"] == clause), None)
    if found is None:
        raise refuse(
            f"There is no clause '{clause}'.", f"Its clauses are {', '.join(one['id'] for one in told['clauses'])}."
        )
    if json:
        _json(found)
    else:
        tell_clause(found, language)


@app.command
def diff(
    old: str,
    new: str,
    *,
    language: str = "en",
    sources: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """What changed between two editions, in sentences.

    Example: `laurea rules diff AWARD/OLD AWARD/NEW --language lv`

    Parameters
    ----------
    old
        The earlier edition: a name of the library (award/edition) or a path to a YAML file.
    new
        The later edition.
    language
        Language of the sentences: en, az, ka or lv.
    sources
        Also say what is only written elsewhere now.
    json
        Print JSON; it always holds everything.
    """
    from rules import diff as comparing
    from rules.library import named

    found = comparing.diff(named(old), named(new), language)
    if json:
        _json([one.__dict__ for one in found])
        return
    elsewhere = [one for one in found if one.kind == "source"]
    for one in found:
        if sources or one.kind != "source":
            print(one.says)
    if elsewhere and not sources:
        print(f"({len(elsewhere)} more are only about where it is written: --sources)")
    if not found:
        print(comparing.nothing(language))


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
