"""`laurea evaluate`: decide a file of applications without a database."""

from __future__ import annotations

import json as plain_json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from laurea.cli.deciding import Decided
    from rules.plan import Plan

app = App(name="evaluate", help="Decide a file of applications without a database.")
_ENDINGS = (".csv", ".jsonl", ".ndjson", ".parquet")
BATCH = 50_000
_SHOWN = 200  # refusals told one by one
Repeated = Annotated[tuple[str, ...], Parameter(negative="")]


@app.default
def evaluate(
    rule_set: str,
    facts: Path,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    children: Repeated = (),
    policy: Repeated = (),
    parameter: Repeated = (),
    sheets: Path | None = None,
    as_of: str | None = None,
    trace: Path | None = None,
    against: str | None = None,
    against_policy: Repeated = (),
    against_parameter: Repeated = (),
    batch: int | None = None,
    seed: int = 0,
    language: str = "en",
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Decide a file of applications without a database; CSV, JSONL or Parquet in and out.

    Parameters
    ----------
    rule_set
        A name of the library (award/edition) or a path to a YAML file.
    facts
        One row an application: application_id, applicant_id, unit_id, submitted_at, country and a column a fact.
    output
        Where the decisions go, and must be given; the ending says the format: .csv, .jsonl, .ndjson or .parquet.
    children
        NAME=FILE: the items of a list, with application_id. With the file given, an application without a row in it
        has an empty list; without the file the list is unknown.
    policy
        NAME=ANSWER to a question the source leaves open. Without it, whoever depends on it stays undecided.
    parameter
        NAME=VALUE for a parameter the rule set lets a round change.
    sheets
        Score sheets: application_id, juror_id, criterion, points.
    as_of
        The day of the award, as 2024-02-29: granted rows then say from when until when they hold.
    trace
        Also write each decision's clauses to this file: in columns with the ending .parquet (`laurea explain` reads
        it), else as JSONL.
    against
        Another edition, or the same with other answers: also say who would come out otherwise, and by which clause.
    against_policy
        NAME=ANSWER of the other side; the answers above go over where they fit.
    against_parameter
        NAME=VALUE of the other side.
    batch
        Decide so many applications at a time (50,000 if not said); the decisions are the same. Not possible where the
        rules look at all applications together (a selection, or "only the first of each"): the facts must then fit
        into memory. The same holds for --against, when either side looks at all of them.
    seed
        Stands in the digest. Rules that settle a cut line by lot draw from it: the same seed, the same places.
    language
        Language of the sentences of --against: en, az, ka or lv.
    json
        Print the summary and the refusals as JSON.
    """
    from evaluators.dry_run import under
    from laurea.cli import deciding
    from laurea.cli.typed import languages, pairs
    from rules.library import named
    from rules.plan import compile_plan

    languages([language])
    lists = {name: Path(file) for name, file in pairs(children, "--children").items()}
    output = _place(output, trace, [facts, *lists.values(), *([sheets] if sheets else []), Path(rule_set)])
    plan = compile_plan(named(rule_set), pairs(policy, "--policy"), pairs(parameter, "--parameter"))
    work = deciding.Work(plan, facts, lists, sheets, _day(as_of), seed)
    after = None
    if against is not None or against_policy or against_parameter:
        changes = (pairs(against_policy, "--against-policy"), pairs(against_parameter, "--against-parameter"))
        after = under(plan, named(against or rule_set), *changes)
    together = sorted({name for one in (plan, after) if one for name in looking_across(one)})
    size = _size(together, batch)
    done = deciding.decide_file(work, output, trace, size, together=bool(together), after=after)
    _report(plan, done, language, json, together)
    if done.refusals:
        raise SystemExit(1)


def _size(together: Sequence[str], asked: int | None) -> int:
    """How many applications to read at a time. Raises BadInput where they cannot be decided so."""
    from laurea.errors import BadInput

    if asked is None:
        return BATCH
    if asked < 1:
        raise BadInput(f"A batch of {asked} is no batch.", remedy="Write --batch 50000.")
    if together:
        names = ", ".join(together)
        says = f"These rules look at all applications together ({names}), so they cannot be decided in batches."
        raise BadInput(says, remedy="Leave out --batch; the file must then fit into memory.")
    return asked


def looking_across(plan: Plan) -> list[str]:
    """The clauses for which one application's place depends on the others."""
    return [one.id for one in plan.planned if one.block in ("selection", "place") or one.first_in_order]


def _place(output: Path | None, trace: Path | None, inputs: Sequence[Path]) -> Path:
    """Where the decisions go, once it is sure that nothing read is written over."""
    from laurea.cli.places import must_be_writable
    from laurea.errors import BadInput

    if output is None:
        raise BadInput("It was not said where the decisions go.", remedy="Add -o decisions.csv.")
    must_be_writable("-o", output, inputs=inputs, endings=_ENDINGS)
    if trace is not None:
        must_be_writable("--trace", trace, inputs=[*inputs, output])
    return output


def _day(text: str | None) -> date | None:
    from laurea.errors import BadInput

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"'{text}' is not a date.", remedy="Write --as-of 2024-02-29.") from None


def _counted_without(rows: int, together: Sequence[str]) -> str:
    """What must be known of decisions in which applications look at each other and some rows are missing."""
    if not rows or not together:
        return ""
    which, them = ("1 refused row", "it") if rows == 1 else (f"{rows} refused rows", "them")
    ranks = f"Ranks and places ({', '.join(together)})"
    return f"{ranks} were counted without {which}: mend {them} before you rely on these."


def _report(plan: Plan, done: Decided, language: str, json: bool, together: Sequence[str]) -> None:
    import sys

    applications = sum(done.counts.values())
    told: dict[str, Any] = {
        "rule_set": plan.ruleset.key,
        "applications": applications,
        "refused": len(done.refusals),
        "digest": done.digest,
    }
    if done.batches > 1:
        told["batches"] = done.batches
    warning = _counted_without(done.missing, together)
    if warning:
        told["warning"] = warning
    if json:
        told |= {"outcomes": done.counts, "refusals": [refusal.__dict__ for refusal in done.refusals]}
        if done.against is not None:
            from laurea.cli.comparing import as_data

            told["against"] = as_data(plan, done.against[0], done.against[1], language)
        print(plain_json.dumps(told, ensure_ascii=False, default=str))
        return
    for refusal in done.refusals[:_SHOWN]:
        print(refusal, file=sys.stderr)
    if len(done.refusals) > _SHOWN:
        print(f"… and {len(done.refusals) - _SHOWN} more; --json names all of them.", file=sys.stderr)
    refusals = "nothing refused" if not done.refusals else f"{len(done.refusals)} refused, as said above"
    print(f"{told['rule_set']}: {applications} application{'' if applications == 1 else 's'} looked at, {refusals}.")
    if not applications and not done.refusals:
        print("  The file holds no application: below its header, each row is one.")
    if warning:
        print(f"  {warning}")
    for name, count in sorted(done.counts.items(), key=lambda item: (-item[1], item[0])):
        print(f"  {name}: {count}")
    if plan.unanswered:
        print(f"  open questions: {', '.join(plan.unanswered)}")
    print(f"  digest {done.digest}")
    if done.against is not None:
        from laurea.cli.comparing import tell_dry_run

        tell_dry_run(plan, done.against[0], done.against[1], language, as_json=False)
