"""`laurea evaluate`: decide a file of applications without a database."""

from __future__ import annotations

import json as plain_json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    import polars as pl

    from laurea.errors import Refusal
    from rules.plan import Plan
    from rules.ruleset import RuleSet

app = App(name="evaluate", help="Decide a file of applications without a database.")
_HOUSE = ("application_id", "applicant_id", "unit_id", "country", "submitted_at")


@app.default
def evaluate(
    rule_set: str,
    facts: Path,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    children: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    policy: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    parameter: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    sheets: Path | None = None,
    as_of: str | None = None,
    trace: Path | None = None,
    seed: int = 0,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Decide a file of applications without a database; CSV, JSONL or Parquet in and out.

    Example: `laurea evaluate AWARD/EDITION applications.csv --policy ties=both_out -o decisions.csv`

    Rows that cannot be used are named with file, row, field and remedy, and left out; the command then ends with 1.

    Parameters
    ----------
    rule_set
        A name of the library (award/edition) or a path to a YAML file.
    facts
        One row an application: application_id, applicant_id, unit_id, submitted_at, country and a column a fact.
    output
        Where the decisions go; the ending says the format.
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
        Also write each decision's clauses to this file, as JSONL.
    seed
        Stands in the digest; nothing is drawn by lot.
    json
        Print the summary and the refusals as JSON.
    """
    from evaluators import consolidation, decide, validity
    from evaluators import trace as traces
    from evaluators.facts import to_frames
    from rules.library import named
    from rules.plan import compile_plan

    ruleset = named(rule_set)
    plan = compile_plan(ruleset, _pairs(policy, "--policy"), _pairs(parameter, "--parameter"))
    awarded_on = _day(as_of)
    rows, refusals = _rows(ruleset, facts, _pairs(children, "--children"))
    frames = to_frames(ruleset, rows)
    wrong = {problem.row_index for problem in frames.problems}
    if wrong:
        refusals += _refused(facts, rows, frames.problems)
        frames = to_frames(ruleset, [row for number, row in enumerate(rows) if number not in wrong])
    points = consolidation.consolidate(plan, _sheets(sheets, refusals)) if sheets and plan.rubric else None
    verdicts = decide.decide(plan, frames, points, seed=seed)
    term = validity.term(plan, awarded_on) if awarded_on else None
    _write(verdicts, output, term)
    if trace is not None:
        with trace.open("w", encoding="utf-8") as stream:
            for name, entries in traces.pack(plan, verdicts, frames).items():
                stream.write(plain_json.dumps({"application_id": name, "trace": entries}, ensure_ascii=False) + "\n")
    _report(plan, verdicts, refusals, decide.digest(plan, verdicts, seed), json)
    if refusals:
        raise SystemExit(1)


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    from laurea.errors import BadInput

    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name or not value:
            raise BadInput(f"'{one}' is not understood.", remedy=f"Write {option} NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


def _day(text: str | None) -> date | None:
    from laurea.errors import BadInput

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"'{text}' is not a date.", remedy="Write --as-of 2024-02-29.") from None


def _rows(ruleset: RuleSet, facts: Path, children: dict[str, str]) -> tuple[list[dict[str, Any]], list[Refusal]]:
    from laurea.errors import Refusal

    if facts.suffix.lower() not in (".jsonl", ".ndjson", ".parquet"):
        from laurea.sources.files import read_applications

        found = read_applications(facts, ruleset, children, contact=False)
        return list(found.rows), list(found.refusals)
    refusals: list[Refusal] = []
    lists = {name for name, fact in ruleset.facts.items() if fact.type == "list"}
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, record in enumerate(_records(facts), start=1):
        name = str(record.get("application_id") or "")
        if not name or name in seen:
            problem = "The id already stands above." if name else "The application has no id."
            refusals.append(Refusal(facts.name, number, "application_id", problem, "Give each application its own id."))
            continue
        seen.add(name)
        row: dict[str, Any] = {key: record.pop(key, None) for key in _HOUSE}
        row["children"] = {key: record.pop(key) for key in lists if record.get(key) is not None}
        rows.append(row | {"facts": record, "row": number})
    by_id = {row["application_id"]: row for row in rows}
    for name, path in children.items():
        for row in rows:
            row["children"][name] = []
        for number, item in enumerate(_records(Path(path)), start=1):
            owner = by_id.get(str(item.pop("application_id", "")))
            if owner is None:
                remedy = "Correct the id, or add the application."
                refusals.append(
                    Refusal(Path(path).name, number, "application_id", "There is no such application.", remedy)
                )
            else:
                owner["children"][name].append(item)
    return rows, refusals


def _records(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL or Parquet file; a JSON number with a point stays the text it was written in."""
    from laurea.errors import BadInput

    if not path.is_file():
        raise BadInput(f"There is no file {path}.", remedy="Check the path.")
    if path.suffix.lower() == ".parquet":
        import polars as pl

        return pl.read_parquet(path).to_dicts()
    found: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = plain_json.loads(line, parse_float=str, parse_constant=str)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise BadInput(f"Line {number} of {path.name} is not a JSON object.", remedy="Write one object a line.")
        found.append(record)
    return found


def _refused(file: Path, rows: Sequence[dict[str, Any]], problems: Sequence[Any]) -> list[Refusal]:
    from laurea.errors import Refusal

    return [Refusal(file.name, rows[one.row_index].get("row"), one.field, one.problem, one.remedy) for one in problems]


def _sheets(path: Path, refusals: list[Refusal]) -> pl.DataFrame:
    import polars as pl

    from laurea.sources.files import read_sheets

    found = read_sheets(path)
    refusals += found.refusals
    columns = ("application_id", "juror_id", "criterion", "points")
    rows = [{name: row[name] for name in columns} for row in found.rows]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def _write(verdicts: pl.DataFrame, output: Path, term: Any) -> None:
    import polars as pl

    table = verdicts.select(
        "application_id", "outcome", "status", "screening", "granted", "rank", "group", "needs", "policies",
        points=pl.col("points_shown"), first_failing_clause=pl.col("first_failing"),
    )  # fmt: skip
    if term is not None:
        table = table.with_columns(
            valid_from=pl.when("granted").then(pl.lit(term.valid_from)),
            valid_until=pl.when("granted").then(pl.lit(term.valid_until, dtype=pl.Date)),
        )
    match output.suffix.lower():
        case ".parquet":
            table.write_parquet(output)
        case ".jsonl" | ".ndjson":
            table.write_ndjson(output)
        case _:
            flat = table.with_columns(pl.col("needs", "policies").list.join(";"))
            flat.with_columns(_harmless(name) for name in ("application_id", "group")).write_csv(output)


def _harmless(name: str) -> pl.Expr:
    """A text of a stranger that no spreadsheet takes for a formula."""
    import polars as pl

    text = pl.col(name)
    return pl.when(text.str.contains(r"^[=+\-@\t]")).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def _report(plan: Plan, verdicts: pl.DataFrame, refusals: Sequence[Refusal], digest: str, json: bool) -> None:
    import sys

    counts: dict[str, int] = {}
    for outcome, status in verdicts.select("outcome", "status").iter_rows():
        counts[outcome or status] = counts.get(outcome or status, 0) + 1
    told = {"rule_set": plan.ruleset.key, "applications": verdicts.height, "refused": len(refusals), "digest": digest}
    if json:
        where = [refusal.__dict__ for refusal in refusals]
        print(plain_json.dumps(told | {"outcomes": counts, "refusals": where}, ensure_ascii=False, default=str))
        return
    for refusal in refusals:
        print(refusal, file=sys.stderr)
    print(f"{told['rule_set']}: {verdicts.height} applications decided, {len(refusals)} refusals.")
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"  {name}: {count}")
    if plan.unanswered:
        print(f"  open questions: {', '.join(plan.unanswered)}")
    print(f"  digest {digest}")
