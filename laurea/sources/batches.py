"""Applications for deciding without a database: CSV, JSON lines or Parquet, whole or in batches.

In batches, rows and items are first laid out in a temporary folder by batch, so that only the ids stay in memory and a
list file may be in any order. A file that cannot be read at all raises BadInput; anything else is a refusal of its row.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from laurea.errors import BadInput, Refusal
from laurea.sources.files import each_application, each_item, is_list, nobodys
from laurea.sources.tables import read_sheets
from rules.ruleset import RuleSet

HOUSE = ("application_id", "applicant_id", "unit_id", "country", "submitted_at")
SHEET = ("application_id", "juror_id", "criterion", "points")
_LINES, _PARQUET = (".jsonl", ".ndjson"), (".parquet", ".pq")
_SLICE = 20_000
_HELD = 20_000
Row = dict[str, Any]


def applications(path: Path, ruleset: RuleSet, refusals: list[Refusal]) -> Iterator[Row]:
    """The applications of a file one by one, as evaluators.facts takes them, with `row`, their place in the file."""
    if not _is_records(path):
        yield from each_application(path, ruleset, refusals, contact=False)
        return
    lists = {name for name in ruleset.facts if is_list(name, ruleset)}
    strange: set[str] = set()
    seen: dict[str, int] = {}
    for number, record in _records(path, refusals):
        ref = str(record.get("application_id") or "").strip()
        if not ref or ref in seen:
            problem = f"The id already stands in row {seen[ref]}." if ref else "The application has no id."
            refusals.append(Refusal(path.name, number, "application_id", problem, "Give each application its own id."))
            continue
        seen[ref] = number
        for name in record.keys() - {*HOUSE, *ruleset.facts} - strange:
            strange.add(name)
            problem = "No column of this name is known, so it was not read."
            refusals.append(Refusal(path.name, number, name, problem, "Check its spelling or remove it."))
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
    if not _is_records(path) or not is_list(name, ruleset):
        yield from each_item(name, path, ruleset, refusals)
        return
    fields = ruleset.facts[name].fields
    strange: set[str] = set()
    for number, record in _records(path, refusals):
        for key in record.keys() - {"application_id", *fields} - strange:
            strange.add(key)
            problem = "No column of this name is known, so it was not read."
            refusals.append(Refusal(path.name, number, key, problem, "Check its spelling or remove it."))
        yield number, str(record.get("application_id") or ""), {key: record.get(key) for key in fields}


def whole(path: Path, ruleset: RuleSet, children: Mapping[str, Path], refusals: list[Refusal]) -> list[Row]:
    """All applications with their lists, in memory."""
    rows = list(applications(path, ruleset, refusals))
    by_id = {row["application_id"]: row for row in rows}
    for name, child in children.items():
        if is_list(name, ruleset):
            for row in rows:
                row["children"][name] = []
        for line, ref, item in items(name, child, ruleset, refusals):
            if ref in by_id:
                by_id[ref]["children"][name].append(item)
            else:
                refusals.append(nobodys(child, line, ref))
    return rows


def batches(
    path: Path, ruleset: RuleSet, children: Mapping[str, Path], refusals: list[Refusal], size: int
) -> Iterator[list[Row]]:
    """The applications with their lists, `size` at a time, in the order of the file."""
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        place = Path(folder)
        batch_of: dict[str, int] = {}
        held: list[Row] = []
        for row in applications(path, ruleset, refusals):
            batch_of[row["application_id"]] = len(batch_of) // size
            held.append(row)
            if len(held) == size:
                _write(place / f"rows-{(len(batch_of) - 1) // size}", held)
                held = []
        if held:
            _write(place / f"rows-{(len(batch_of) - 1) // size}", held)
        for name, child in children.items():
            _spread(place, name, items(name, child, ruleset, refusals), batch_of, child, refusals)
        known = [name for name in children if is_list(name, ruleset)]
        for number in range(-(-len(batch_of) // size)):
            rows = _read(place / f"rows-{number}")
            by_id = {row["application_id"]: row for row in rows}
            for name in known:
                for row in rows:
                    row["children"][name] = []
                for item in _read(place / f"{name}-{number}"):
                    by_id[item[0]]["children"][name].append(item[1])
            yield rows


def sheets(path: Path, refusals: list[Refusal]) -> list[Row]:
    """Score sheets, a row a mark: application_id, juror_id, criterion (empty: the total), points as text, row."""
    if not _is_records(path):
        found = read_sheets(path)
        refusals += found.refusals
        return found.rows
    rows = []
    for number, record in _records(path, refusals):
        row: Row = {name: _text(record.get(name)) or "" for name in SHEET} | {"row": number}
        missing = [name for name in SHEET if not row[name] and name != "criterion"]
        refusals += [Refusal(path.name, number, name, "There is no value.", "Fill it in.") for name in missing]
        if not missing:
            rows.append(row)
    return rows


def _spread(
    place: Path,
    name: str,
    found: Iterator[tuple[int, str, Row]],
    batch_of: Mapping[str, int],
    child: Path,
    refusals: list[Refusal],
) -> None:
    """Lay the items of a list out by the batch of their application."""
    held: dict[int, list[Any]] = {}
    count = 0
    for line, ref, item in found:
        batch = batch_of.get(ref)
        if batch is None:
            refusals.append(nobodys(child, line, ref))
            continue
        held.setdefault(batch, []).append((ref, item))
        count += 1
        if count >= _HELD:
            for number, rows in held.items():
                _write(place / f"{name}-{number}", rows)
            held, count = {}, 0
    for number, rows in held.items():
        _write(place / f"{name}-{number}", rows)


def _write(path: Path, rows: list[Any]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def _read(path: Path) -> list[Any]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _is_records(path: Path) -> bool:
    return path.suffix.lower() in (*_LINES, *_PARQUET)


def _records(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, Row]]:
    """The rows of a JSONL or Parquet file, numbered from 1; a number with a point stays exact."""
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
                    record = json.loads(line, parse_float=str, parse_constant=str)
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
    try:
        table = pl.scan_parquet(path)
        columns = table.collect_schema().names()
        height = int(table.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise BadInput(f"The file {path.name} is not a Parquet file.", remedy="Write it as Parquet again.") from None
    if "application_id" not in columns:
        place = [Refusal(path.name, None, "application_id", "There is no such column.", "Add it.")]
        raise BadInput(f"The file {path.name} cannot be read; nothing of it was kept.", place)
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
