"""Tables that are handed out, as CSV, JSON lines or a workbook. Rows come one by one and none is kept in memory.

A text that a spreadsheet would take for a formula gets an apostrophe in CSV (OWASP ASVS 5.0, 1.2.10), also behind a
semicolon or tab: where these divide columns, a spreadsheet divides a line of ours there. `laurea.sources.csv_rows`
takes the apostrophe away again. In a workbook every text is a cell of text and stays as it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter  # type: ignore[import-untyped]

from laurea.errors import BadInput

KINDS = ("csv", "jsonl", "xlsx")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")
_FORMULA = re.compile(
    r"(?:^|(?<=[;\t]))(?!-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:;|\Z))(?=\s*[=+\-@＝＋－＠]|[\t\r\n\0])"  # wide ones too
)
_MOST_ROWS = 1_048_575  # of one sheet of a workbook, below its header
_MOST_SIGNS = 32_767  # of one cell
_WIDTH = 18
Rows = Iterator[Sequence[Any]]


@dataclass(frozen=True)
class Table:
    """A table to hand out. `numbers` are the columns whose text is a number where it reads as one."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Rows]
    numbers: frozenset[str] = frozenset()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a plain number stays one."""
    return _FORMULA.sub("'", text)


def write_csv(path: Path, table: Table) -> int:
    """Write a table as UTF-8 CSV; how many rows."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        return _csv(stream, chain([table.columns], table.rows())) - 1


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """A short table as CSV, its header the first row."""
    out = io.StringIO()
    _csv(out, rows)
    return out.getvalue()


def _csv(stream: TextIO, rows: Iterable[Sequence[Any]]) -> int:
    """The only place a CSV file is written row by row; how many rows."""
    out, count = csv.writer(stream), 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the answer
        out.writerow([harmless(_text(value)) for value in row])
    return count


def write_jsonl(path: Path, table: Table) -> int:
    """Write a table as JSON lines, values as they are; how many rows."""
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        for count, row in enumerate(table.rows(), start=1):  # noqa: B007 - the last number is the answer
            record = dict(zip(table.columns, row, strict=True))
            stream.write(json.dumps(record, ensure_ascii=False, default=_text) + "\n")
    return count


def write_xlsx(
    path: Path, tables: Iterable[Table], about: Sequence[tuple[str, str]], made: datetime, first_sheet: str = "round"
) -> dict[str, int]:
    """Write a workbook with a sheet a table, behind a first sheet that says what it is; rows by table.

    Raises BadInput when a table is longer than a sheet may be. The workbook names no person and no program.
    """
    counts: dict[str, int] = {}
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "use_zip64": True}) as book:
        book.set_properties({"created": made.replace(tzinfo=None), "title": about[0][1] if about else ""})
        bold = book.add_format({"bold": True})
        first = book.add_worksheet(first_sheet)
        first.set_column(0, 1, 2 * _WIDTH)
        for number, (name, value) in enumerate(about):
            first.write_string(number, 0, name, bold)
            first.write_string(number, 1, _cell(value))
        for table in tables:
            counts[table.name] = _sheet(book.add_worksheet(table.name[:31]), table, bold)
    return counts


def _sheet(sheet: Any, table: Table, bold: Any) -> int:
    sheet.set_column(0, len(table.columns) - 1, _WIDTH)
    sheet.freeze_panes(1, 1)
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, _cell(name), bold)
    numeric = [name in table.numbers for name in table.columns]
    count = 0
    for count, row in enumerate(table.rows(), start=1):
        if count > _MOST_ROWS:
            says = f"The table {table.name} has more rows than a sheet of a workbook may have ({_MOST_ROWS})."
            raise BadInput(says, remedy="Take it as CSV or JSON lines.")
        for place, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, bool):
                sheet.write_boolean(count, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(count, place, value)
            elif numeric[place] and _NUMBER.match(text := _text(value)):
                sheet.write_number(count, place, float(text))
            else:
                sheet.write_string(count, place, _cell(_text(value)))
    return count


def _cell(text: str) -> str:
    return text if len(text) <= _MOST_SIGNS else text[: _MOST_SIGNS - 1] + "…"


def _text(value: Any) -> str:
    """A value as a cell: nothing, true or false, moments in UTC, several divided by semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple) and not any(isinstance(one, list | dict) for one in value):
        return ";".join(_text(one) for one in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
