"""`laurea rules …`: the statute book. List, show, check, test and compare rule sets; print their schema."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from laurea.cli.starting import new

app = App(
    name="rules",
    help="""The statute book: list, show, check, test and compare rule sets.

    Example: `laurea rules list`, then `laurea rules show AWARD/EDITION`
    """,
)
app.command(new)
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@app.command(name="list")
def list_(
    *words: str,
    award: str | None = None,
    country: str | None = None,
    on: date | None = None,
    json: Json = False,
) -> None:
    """The editions of the library, one line each.

    Example: `laurea rules list spain`, `laurea rules list --country ES --on 2023-05-10`

    Parameters
    ----------
    words
        Only editions whose name or title holds all of these.
    award
        Only editions of this award.
    country
        Only editions that apply in this country: its own, and the common ones.
    on
        Only editions in force that day. With --country, its own edition stands alone where it has one.
    json
        Print JSON.
    """
    from laurea.cli import typed
    from laurea.cli.telling import tell_list
    from rules.library import matching
    from rules.words import say

    found = [
        one
        for one in matching(award, typed.country(country), on)
        if all(word.casefold() in f"{one.key} {' '.join(one.title.values())}".casefold() for word in words)
    ]
    rows = [
        {
            "rule_set": one.key,
            "title": say(one.title),
            "country": one.country,
            "from": one.in_force.starts.isoformat() if one.in_force and one.in_force.starts else None,
            "until": one.in_force.ends.isoformat() if one.in_force and one.in_force.ends else None,
            "policies": len(one.policies),
            "digest": one.digest,
        }
        for one in found
    ]
    if json:
        _json(rows)
    elif rows:
        tell_list(rows)
    else:
        print("No edition of the library is like this. See all of them with: laurea rules list")


@app.command
def show(rule_set: str, *, language: str = "en", json: Json = False) -> None:
    """What an edition says: clauses with their sources, scales, open questions, and the facts it asks for.

    Example: `laurea rules show AWARD/EDITION --language lv`; with an award alone, its editions.

    Parameters
    ----------
    rule_set
        A name of the library (award/edition), an award, or a path to a YAML file.
    language
        Language of the sentences: en, az, ka or lv.
    json
        Print JSON.
    """
    from laurea.cli import typed
    from laurea.cli.describing import described
    from laurea.cli.telling import tell_edition
    from rules.library import named, of_award

    typed.languages([language])
    if "/" not in rule_set and of_award(rule_set):
        list_(award=rule_set, json=json)
        return
    told = described(named(rule_set), language)
    if json:
        _json(told)
    else:
        tell_edition(told)


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
    cases: Path | None = None,
    coverage: Annotated[bool, Parameter(negative="")] = False,
    generate: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Run the worked cases of rule sets; all of the library when none is named.

    Ends with 1 when a case comes out otherwise. Example: `laurea rules test AWARD/EDITION --cases mine.cases.yaml`

    Parameters
    ----------
    rule_sets
        Names of the library (award/edition) or paths to YAML files.
    cases
        A file of your own cases for one rule set, instead of those beside it.
    coverage
        Also say which clauses the cases never let pass or fail, and which thresholds they do not try just below,
        exactly at and just above.
    generate
        Print the missing boundary cases as YAML instead.
    json
        Print JSON.
    """
    from laurea.cli import checking
    from laurea.errors import BadInput
    from rules.errors import Problem, RuleSetError

    if cases is not None and len(rule_sets) != 1:
        raise BadInput("--cases is a file for one rule set.", remedy="Name that rule set before it.")
    if generate:
        for name in rule_sets or _all():
            print(checking.proposals(name, cases))
        return
    rows: list[dict[str, Any]] = []
    gaps: list[dict[str, str]] = []
    sums: dict[str, int] = {}
    unread: list[Problem] = []
    for name in rule_sets or _all():
        try:
            rows += checking.tried(name, cases)
            if coverage:
                found, counted = checking.gaps(name, cases)
                gaps += found
                sums = {key: sums.get(key, 0) + value for key, value in counted.items()}
        except RuleSetError as error:  # the others are tried all the same
            unread += error.problems
    failed = [row for row in rows if not row["passed"]]
    for problem in unread:
        print(problem, file=sys.stderr)
    if json:
        _json({"cases": rows, "gaps": gaps, "coverage": sums} if coverage else rows)
    else:
        for row in failed:
            print(f"{row['rule_set']}, " + "; ".join(row["differences"]))
        for gap in gaps:
            print(f"{gap['rule_set']} {gap['clause']}: {gap['gap']}")
        tried = checking.counted(len(rows), "worked case")
        print(f"{tried}, {len(rows) - len(failed)} as expected, {len(failed)} otherwise.")
        if coverage:
            print(
                f"{sums.get('clauses_both_ways', 0)} of {sums.get('clauses', 0)} clauses come out true and false; "
                f"{sums.get('boundaries_tried', 0)} of {sums.get('boundaries', 0)} sides of thresholds are tried."
            )
    if failed or unread:
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
    from laurea.cli import typed
    from laurea.cli.describing import described, tell_clause
    from rules.errors import refuse
    from rules.library import named

    typed.languages([language])
    told = described(named(rule_set), language)
    clauses = [*told["clauses"], *told["milestones"], *told["appeals"]]
    found = next((one for one in clauses if one["id"] == clause), None)
    if found is None:
        raise refuse(f"There is no clause '{clause}'.", f"Its clauses are {', '.join(one['id'] for one in clauses)}.")
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
    from laurea.cli import typed
    from rules import diff as comparing
    from rules.library import named

    typed.languages([language])
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
