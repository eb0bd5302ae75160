"""The rows of files that are decided without a database: CSV, JSON lines or Parquet, one by one.

A file that cannot be read at all raises BadInput; anything else is a refusal of its row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from laurea.errors import BadInput, Refusal
from laurea.sources.files import each_application, each_item, is_list
from laurea.sources.tables import near, read_sheets
from rules.ruleset import RuleSet

HOUSE = ("application_id", "applicant_id", "unit_id", "country", "submitted_at")
SHEET = ("application_id", "juror_id", "criterion", "points")
_LINES, _PARQUET = (".jsonl", ".ndjson"), (".parquet", ".pq")
_SLICE = 20_000
_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str)  # a number with a point stays exact
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


def parquet(path: Path) -> tuple[pl.LazyFrame, list[str], int]:
    """A Parquet file, its columns and how many rows it has. Raises BadInput where it is none."""
    try:
        table = pl.scan_parquet(path)
        columns = table.collect_schema().names()
        height = int(table.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise BadInput(f"The file {path.name} is not a Parquet file.", remedy="Write it as Parquet again.") from None
    if "application_id" not in columns:
        place = [Refusal(path.name, None, "application_id", "There is no such column.", "Add it.")]
        raise BadInput(f"The file {path.name} cannot be read; nothing of it was kept.", place)
    return table, columns, height


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is a Parquet file, and there is such a file."""
    return path.suffix.lower() in _PARQUET and path.is_file()


def is_records(path: Path) -> bool:
    """Whether a file's name says that it holds JSON lines or is a Parquet file."""
    return path.suffix.lower() in (*_LINES, *_PARQUET)


def records(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, Row]]:
    """The rows of a JSONL or Parquet file, numbered from 1; a number with a point stays exact. Raises BadInput where
    there is no such file.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a file.", remedy="Name the file in it.")
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", remedy="Check the path.")
    yield from _parquet(path) if path.suffix.lower() in _PARQUET else _lines(path, refusals)


def _lines(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    text = line.strip()
                    record, end = _DECODER.raw_decode(text)
                    record = record if end == len(text) else None
                except (ValueError, RecursionError):
                    record = None
                if isinstance(record, dict):
                    yield number, record
                else:
                    remedy = 'Write one JSON object a line, such as {"application_id": "A1"}.'
                    refusals.append(Refusal(path.name, number, "", "The line is not a JSON object.", remedy))
    except UnicodeDecodeError:
        raise BadInput(f"The file {path.name} is not in UTF-8.", remedy="Save it as UTF-8 text.") from None


def _parquet(path: Path) -> Iterator[tuple[int, Row]]:
    table, _, height = parquet(path)
    for start in range(0, height, _SLICE):
        for number, record in enumerate(table.slice(start, _SLICE).collect().iter_rows(named=True), start + 1):
            yield number, {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    """A value as a record holds it: exact decimals as text, lists of items with plain values."""
    if isinstance(value, list):
        return [{key: _plain(one) for key, one in item.items()} if isinstance(item, dict) else item for item in value]
    return str(value) if type(value).__name__ == "Decimal" else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
