"""JSON lines and Parquet, record by record, and the one way to open a table by the ending of its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from laurea.errors import BadInput, Refusal
from laurea.sources import apart
from laurea.sources.csv_rows import CsvFile, Row, WrongRow
from laurea.sources.xlsx_rows import XlsxFile

_LINES, _PARQUET = (".jsonl", ".ndjson"), (".parquet", ".pq")
_SLICE = 20_000
MOST_ROWS = 5_000_000  # of a Parquet file, where a few bytes can say any number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two, one program believes the first and another the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str, object_pairs_hook=_once)  # 1.10 stays exact


class RecordFile:
    """A file of JSON lines or Parquet, read as a `CsvFile` is: columns, then rows of cells as CSV would hold them.

    Rows are counted from 1; a record without a column has an empty cell there.
    """

    def __init__(self, path: str | Path, required: Sequence[str]) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self._required = tuple(required)
        if is_parquet(self.path):
            _, self.columns, height = parquet(self.path, self._required)
            if height > MOST_ROWS:
                raise BadInput(f"The file {self.name} has more than {MOST_ROWS} rows.", remedy="Divide it.")
            return
        found: dict[str, None] = {}
        for _, record in records(self.path, []):
            found.update(dict.fromkeys(record))
        self.columns = list(found)
        missing = [self.refuse(None, name, "No record has it.", "Add it.") for name in required if name not in found]
        if missing:
            raise BadInput(f"The file {self.name} cannot be read; nothing of it was kept.", missing)

    def __iter__(self) -> Iterator[Row | WrongRow]:
        refusals: list[Refusal] = []
        for number, record in records(self.path, refusals, self._required):
            yield from map(WrongRow, refusals)
            refusals.clear()
            yield Row(number, {name: text_of(record.get(name)) for name in self.columns})
        yield from map(WrongRow, refusals)

    def refuse(self, row: int | None, field: str, problem: str, remedy: str) -> Refusal:
        """A refusal that names this file."""
        return Refusal(self.name, row, field, problem, remedy)


TableFile = CsvFile | RecordFile | XlsxFile


def open_table(path: str | Path, required: Sequence[str]) -> TableFile:
    """A table by the ending of its name: JSON lines, Parquet, a workbook, else CSV. Raises BadInput when it is refused
    whole.
    """
    if Path(path).is_file() and Path(path).suffix.lower() in (".xlsx", *_PARQUET):
        apart.check(Path(path))
    if Path(path).suffix.lower() == ".xlsx":
        return XlsxFile(path, required)
    return RecordFile(path, required) if is_records(Path(path)) else CsvFile(path, required)


def parquet(path: Path, must: Sequence[str] = ("application_id",)) -> tuple[pl.LazyFrame, list[str], int]:
    """A Parquet file, its columns and how many rows it has. Raises BadInput where it is none or lacks a column."""
    try:
        table = pl.scan_parquet(path)
        columns = table.collect_schema().names()
        height = int(table.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise BadInput(f"The file {path.name} is not a Parquet file.", remedy="Write it as Parquet again.") from None
    missing = [name for name in must if name not in columns]
    if missing:
        place = [Refusal(path.name, None, name, "There is no such column.", "Add it.") for name in missing]
        raise BadInput(f"The file {path.name} cannot be read; nothing of it was kept.", place)
    return table, columns, height


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is a Parquet file, and there is such a file."""
    return path.suffix.lower() in _PARQUET and path.is_file()


def is_records(path: Path) -> bool:
    """Whether a file's name says that it holds JSON lines or is a Parquet file."""
    return path.suffix.lower() in (*_LINES, *_PARQUET)


def records(
    path: Path, refusals: list[Refusal], must: Sequence[str] = ("application_id",)
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a JSONL or Parquet file, numbered from 1; a number with a point stays exact. Raises BadInput where
    there is no such file.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a file.", remedy="Name the file in it.")
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", remedy="Check the path.")
    yield from _parquet(path, must) if path.suffix.lower() in _PARQUET else _lines(path, refusals)


def _lines(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:
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
                    refusals.append(
                        Refusal(
                            path.name, number, "", "The line is not a JSON object, or names something twice.", remedy
                        )
                    )
    except UnicodeDecodeError:
        raise BadInput(f"The file {path.name} is not in UTF-8.", remedy="Save it as UTF-8 text.") from None


def _parquet(path: Path, must: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    table, _, height = parquet(path, must)
    for start in range(0, height, _SLICE):
        for number, record in enumerate(table.slice(start, _SLICE).collect().iter_rows(named=True), start + 1):
            yield number, {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    """A value as a record holds it: exact decimals as text, lists of items with plain values."""
    if isinstance(value, list):
        return [{key: _plain(one) for key, one in item.items()} if isinstance(item, dict) else item for item in value]
    return str(value) if type(value).__name__ == "Decimal" else value


def text_of(value: Any) -> str:
    """A value of JSON or Parquet as a cell of a CSV file would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, pl.Series)):
        return ";".join(text_of(one) for one in value)
    return str(value)
