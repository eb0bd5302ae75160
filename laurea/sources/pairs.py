"""Tables of pairs, an application and a juror a row: affinity, conflicts, pins, and an assignment that stands.

They can have millions of rows, so a file that is right is read by columns; only where something is wrong is it read
again row by row, to say where. Rows are counted as in a spreadsheet: the header of a CSV file is row 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from laurea.errors import Refusal
from laurea.sources import batches, cells
from laurea.sources.csv_rows import CsvFile
from laurea.sources.routing import texts
from laurea.sources.tables import Parse, near

_IDS = ("application_id", "juror_id")


@dataclass(frozen=True)
class Kind:
    """A kind of table: its column of values, how a cell is read, what stands for an empty one ("" if it may not be).

    `unread` are columns that may be there and say nothing here. `twice`: one pair may stand in several rows.
    """

    value: str
    parse: Parse
    empty: str = ""
    unread: tuple[str, ...] = ()
    twice: bool = False


SCHEMA = {"application": pl.Int64, "juror": pl.Int64, "row": pl.Int64}
"""Columns of what `read` gives beside `value`: positions among the ids given, and the place in the file."""


def share(cell: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        remedy = "Write a number from 0 to 1, such as 0.75; leave the row out where nothing is known."
        raise cells.WrongCell(f"“{cell.strip()[:40]}” is not a number.", remedy)
    if not 0 <= value <= 1:
        raise cells.WrongCell(f"{cell.strip()} is not between 0 and 1.", "Divide by the greatest value of your scale.")
    return value


UNDER_WAY = ("begun", "submitted")
"""States of a review that nobody may take away any more."""


def state(cell: str) -> str:
    """How far a review is: new, stands, begun or submitted."""
    value = cell.strip().casefold()
    if value not in ("new", "stands", *UNDER_WAY):
        raise cells.WrongCell(f"“{cell.strip()[:40]}” is no state.", "Write new, stands, begun or submitted.")
    return value


AFFINITY = Kind("score", share)
CONFLICTS = Kind("kind", cells.code, "declared", twice=True)
PIN = Kind("pin", cells.pin)
CURRENT = Kind("state", state, "stands", unread=("score", "change", "plan"))


def read(
    path: Path, kind: Kind, applications: Sequence[str], jurors: Sequence[str], refusals: list[Refusal]
) -> pl.DataFrame:
    """The pairs of a file, a row each: the columns of `SCHEMA` and `value`.

    Refused are ids that are not among `applications` and `jurors`, values that cannot be read, a pair in two rows.
    """
    rows = {ref: place for place, ref in enumerate(applications)}
    columns = {ref: place for place, ref in enumerate(jurors)}
    found = _by_columns(path, kind, rows, columns)
    return found if found is not None else _by_rows(path, kind, rows, columns, refusals)


def _by_columns(path: Path, kind: Kind, rows: Mapping[str, int], columns: Mapping[str, int]) -> pl.DataFrame | None:
    """The whole file at once, or None where anything in it is not plainly right."""
    table = _table(path, kind)
    if table is None or table.is_empty():
        return None
    first = 1 if batches.is_records(path) else 2
    found = table.select(pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("row"))
    for name, known, place in zip(_IDS, (rows, columns), ("application", "juror"), strict=True):
        ids = table[name].cast(pl.String).str.strip_chars().cast(pl.Enum(list(known)), strict=False)
        found = found.with_columns(ids.to_physical().cast(pl.Int64).alias(place))
    if any(found.null_count().row(0)):
        return None
    both = (found["application"] * len(columns) + found["juror"]).n_unique()
    if both < found.height and not kind.twice:
        return None
    values = _values(table, kind)
    return None if values is None else found.with_columns(values.alias("value"))


def _values(table: pl.DataFrame, kind: Kind) -> pl.Series | None:
    """The column of values, or None where one cannot be read."""
    if kind.value not in table.columns:
        return pl.repeat(kind.empty, table.height, eager=True)
    given = table[kind.value]
    if kind.parse is share:
        number = given.cast(pl.Float64, strict=False)
        right = not number.null_count() and number.is_finite().all() and number.is_between(0, 1).all()
        return number if right else None
    cells_ = given.cast(pl.String)
    known: dict[str, str] = {}
    for text in cells_.unique().drop_nulls():
        try:
            known[text] = kind.parse(text) if text.strip() else kind.empty
        except cells.WrongCell:
            return None
    values = cells_.replace_strict(known, default=kind.empty, return_dtype=pl.String)
    return None if (values == "").any() else values


def _table(path: Path, kind: Kind) -> pl.DataFrame | None:
    """The columns asked for, or None where they cannot be had in one go."""
    known = {*_IDS, kind.value, *kind.unread}
    try:
        if batches.is_parquet(path):
            lazy, names, _ = batches.parquet(path)
            wanted = _wanted(kind, names)
            return lazy.select(wanted).collect() if set(wanted) <= set(names) <= known else None
        if batches.is_records(path):
            return None
        file = CsvFile(path, _IDS)
        wanted = _wanted(kind, file.columns)
        if not set(wanted) <= set(file.columns) <= known or _hollow(path):
            return None
        table = pl.read_csv(
            path, separator=file.delimiter, infer_schema=False, new_columns=file.columns, truncate_ragged_lines=False
        )
        return table.select(wanted)
    except pl.exceptions.PolarsError:
        return None


def _wanted(kind: Kind, there: Collection[str]) -> list[str]:
    """The columns to be read: that of values is not asked for where an empty cell would do as well."""
    return [*_IDS, *([kind.value] if kind.value in there or not kind.empty else [])]


def _hollow(path: Path) -> bool:
    """Whether a file has empty lines or quotation marks: then its rows are not its lines."""
    last = b""
    with path.open("rb") as stream:
        for part in iter(lambda: stream.read(2**20), b""):
            around = last + part
            if b'"' in part or b"\n\n" in around or b"\r\n\r\n" in around:
                return True
            last = part[-3:]
    return False


def _by_rows(
    path: Path, kind: Kind, rows: Mapping[str, int], columns: Mapping[str, int], refusals: list[Refusal]
) -> pl.DataFrame:
    """Row by row, each thing that is wrong with its place."""
    parsers: dict[str, Parse] = {**dict.fromkeys(_IDS, cells.needed), kind.value: kind.parse}
    parsers |= dict.fromkeys(kind.unread, cells.text)
    required = _IDS if kind.empty else (*_IDS, kind.value)
    found: list[tuple[int, int, int, str | float]] = []
    seen: dict[tuple[int, int], int] = {}
    for row in texts(path, required, parsers, refusals):
        places = []
        for name, known, what in zip(_IDS, (rows, columns), ("application", "juror"), strict=True):
            ref = row.cells[name].strip()
            place = known.get(ref)
            if place is None:
                problem = f"There is no {what} {ref[:80]!r} in the {what}s' file." if ref else "The cell is empty."
                remedy = f"{near(ref, known)}Mend the id, or add the {what} there." if ref else "Fill it in."
                refusals.append(Refusal(path.name, row.line, name, problem, remedy))
            places.append(place)
        text = row.cells.get(kind.value, "")
        value: str | float = kind.empty
        if text and not text.isspace():
            try:
                value = kind.parse(text)
            except cells.WrongCell as error:
                refusals.append(Refusal(path.name, row.line, kind.value, error.problem, error.remedy))
                continue
        elif not kind.empty:
            refusals.append(Refusal(path.name, row.line, kind.value, "The cell is empty.", "Fill it in."))
            continue
        application, juror = places
        if application is None or juror is None:
            continue
        if (application, juror) in seen and not kind.twice:
            problem = f"{row.cells[_IDS[0]]} and {row.cells[_IDS[1]]} already stand in row {seen[application, juror]}."
            refusals.append(Refusal(path.name, row.line, "juror_id", problem, "Keep one of the two rows."))
            continue
        seen[application, juror] = row.line
        found.append((application, juror, row.line, value))
    kinds = {**SCHEMA, "value": pl.Float64 if kind.parse is share else pl.String}
    return pl.DataFrame(found, schema=kinds, orient="row")
