"""The rows of files that are decided without a database: CSV, JSON lines or Parquet, one by one.

A file that cannot be read at all raises BadInput; anything else is a refusal of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from laurea.errors import Refusal
from laurea.sources.files import each_application, each_item, is_list
from laurea.sources.records import is_parquet, is_records, parquet, records
from laurea.sources.tables import near, read_sheets
from rules.ruleset import RuleSet

__all__ = [
    "HOUSE", "SHEET", "Row", "applications", "is_parquet", "is_records", "items", "no_id", "parquet", "records",
    "sheets", "unknown_column",
]  # fmt: skip
HOUSE = ("application_id", "applicant_id", "unit_id", "country", "submitted_at")
SHEET = ("application_id", "juror_id", "criterion", "points")
Row = dict[str, Any]


def applications(path: Path, ruleset: RuleSet, refusals: list[Refusal], *, keep: bool = False) -> Iterator[Row]:
    """The applications of a file one by one, as evaluators.facts takes them, with `row`, their place in the file."""
    if not is_records(path):
        yield from each_application(path, ruleset, refusals, contact=False, keep=keep)
        return
    lists = {name for name in ruleset.facts if is_list(name, ruleset)}
    known = {*HOUSE, *ruleset.facts}
    seen: dict[str, int] = {}
    for number, record in records(path, refusals):
        ref = str(record.get("application_id") or "").strip()
        if not ref or ref in seen:
            refusals.append(no_id(path, number, seen.get(ref)))
            continue
        seen[ref] = number
        if not record.keys() <= known:
            strange = sorted(record.keys() - known)
            refusals += [unknown_column(path, number, name, (*HOUSE, *ruleset.facts)) for name in strange]
            known.update(strange)  # said once
        house = {name: _text(record.get(name)) for name in HOUSE if name != "submitted_at"}
        yield {
            **house,
            "application_id": ref,
            "submitted_at": record.get("submitted_at"),
            "row": number,
            "facts": {name: record[name] for name in ruleset.facts if name in record and name not in lists},
            "children": {name: record[name] for name in lists if record.get(name) is not None},
        }


def items(name: str, path: Path, ruleset: RuleSet, refusals: list[Refusal]) -> Iterator[tuple[int, str, Row]]:
    """The items of one list file: place in the file, application_id, fields."""
    if not is_records(path) or not is_list(name, ruleset):
        yield from each_item(name, path, ruleset, refusals)
        return
    fields = ruleset.facts[name].fields
    known = {"application_id", *fields}
    for number, record in records(path, refusals):
        if not record.keys() <= known:
            strange = sorted(record.keys() - known)
            refusals += [unknown_column(path, number, key, ("application_id", *fields)) for key in strange]
            known.update(strange)  # said once
        yield number, str(record.get("application_id") or ""), {key: record.get(key) for key in fields}


def sheets(path: Path, refusals: list[Refusal]) -> list[Row]:
    """Score sheets, a row a mark: application_id, juror_id, criterion (empty: the total), points as text, row."""
    if not is_records(path):
        found = read_sheets(path)
        refusals += found.refusals
        return found.rows
    rows = []
    for number, record in records(path, refusals):
        row: Row = {name: _text(record.get(name)) or "" for name in SHEET} | {"row": number}
        missing = [name for name in SHEET if not row[name] and name != "criterion"]
        refusals += [Refusal(path.name, number, name, "There is no value.", "Fill it in.") for name in missing]
        if not missing:
            rows.append(row)
    return rows


def no_id(path: Path, row: int, again: int | None) -> Refusal:
    """The refusal of an application without an id, or with the id of the row `again`."""
    problem = "The application has no id." if again is None else f"The id already stands in row {again}."
    return Refusal(path.name, row, "application_id", problem, "Give each application its own id.")


def unknown_column(path: Path, row: int, name: str, known: Iterable[str]) -> Refusal:
    """The refusal of a column nobody reads: it may be a misspelt fact."""
    problem = "No column of this name is known, so it was not read."
    return Refusal(path.name, row, name, problem, f"{near(name, known)}Check its spelling or remove it.")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
