"""What `laurea rules check` looks at: rule sets, files of worked cases, and editions side by side."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rules.errors import Problem
    from rules.ruleset import RuleSet

CASES = (".cases.yaml", ".cases.yml")


def look_at(names: Sequence[str]) -> tuple[list[Problem], str]:
    """Every problem of the named rule sets and files of worked cases, and what was looked at, in words."""
    from rules import check, library
    from rules.errors import RuleSetError
    from rules.library import named, siblings

    problems: list[Problem] = []
    rulesets: list[RuleSet] = []
    worked = [name for name in names if name.endswith(CASES)]
    for name in names:
        try:
            if name in worked:
                from evaluators import cases

                cases.read(library.worked(name))
                continue
            ruleset = named(name)
            rulesets.append(ruleset)
            problems += check.findings(ruleset)
        except RuleSetError as error:
            problems += error.problems
    given = {one.document.file for one in rulesets}
    try:
        of = {(one.award, one.country) for one in rulesets}
        beside = [other for award, country in of for other in siblings(award, country)]
    except RuleSetError:  # a broken library file is reported when it is looked at itself
        beside = []
    own = {one.key for one in rulesets}
    beside = [one for one in beside if one.key not in own]
    problems += [one for one in check.side_by_side([*rulesets, *beside]) if one.file in given]
    looked = counted(len(names) - len(worked), "rule set")
    if worked:
        looked += f" and {counted(len(worked), 'file')} of worked cases"
    return problems, f"{looked} checked, {len(problems)} to look at."


def tried(name: str, file: Path | None = None) -> list[dict[str, Any]]:
    """How the worked cases of a rule set come out, those of `file` or those beside it.

    Raises RuleSetError, with the whole path of the file, where it cannot be read.
    """
    from evaluators import cases
    from rules.errors import RuleSetError
    from rules.library import cases_file, named, worked

    ruleset, place = named(name), file or cases_file(name)
    try:
        results = cases.run(ruleset, worked(place))
    except RuleSetError as error:
        whole = str(place)
        raise RuleSetError([replace(one, file=whole) for one in error.problems]) from None
    return [
        {
            "rule_set": name,
            "case": one.id,
            "sure": one.sure,
            "passed": one.passed,
            "differences": list(one.differences),
        }
        for one in results
    ]


def gaps(name: str, cases_: Path | None = None) -> tuple[list[dict[str, str]], dict[str, int]]:
    """What the worked cases of a rule set leave untried, by clause; and how many sides of thresholds they try."""
    from evaluators import boundary_cases, cases
    from rules.library import cases_file, named, worked

    ruleset, book = named(name), worked(cases_ or cases_file(name))
    words: dict[str, list[str]] = {}
    for clause, reached in cases.coverage(cases.run(ruleset, book)).items():
        words[clause] = [f"never {code}" for code in ("true", "false") if code not in reached["seen"]]
    sides = boundary_cases.coverage(ruleset, cases.read(book))
    for one in sides:
        if one.missing:
            words.setdefault(one.threshold.clause, []).append(boundary_cases.words(one))
    found = [{"rule_set": name, "clause": clause, "gap": "; ".join(said)} for clause, said in words.items() if said]
    counted = {
        "clauses": len(words),
        "clauses_both_ways": sum(not any(one.startswith("never ") for one in said) for said in words.values()),
        "boundaries": 3 * len(sides),
        "boundaries_tried": sum(len(one.sides) for one in sides),
    }
    return found, counted


def proposals(name: str, cases_: Path | None = None) -> str:
    """The missing boundary cases of a rule set as YAML, to be read, corrected and put beside the others."""
    import yaml

    from evaluators import boundary_cases, cases
    from rules.library import cases_file, named, worked

    beside = cases_ or cases_file(name)
    made, without = boundary_cases.missing(named(name), cases.read(worked(beside)))
    lines = [f"# {name}: {counted(len(made), 'boundary case')} missing. `expect` is what the rule set decides today:"]
    lines += [
        f"# keep a case only when the source says the same; put it at the end of {beside.name}.",
        *(f"# none could be made for {one}" for one in without),
    ]
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110) if made else ""
    stands = re.search(r"^cases:.*\n( *)- ", beside.read_text(encoding="utf-8-sig"), re.MULTILINE)
    text = textwrap.indent(text, stands[1] if stands else "")  # as the others stand, so that it can be pasted
    return "\n".join(lines) + "\n" + text


def counted(number: int, what: str) -> str:
    """So many things, with the word in its form."""
    return f"{number} {what}{'' if number == 1 else 's'}"
