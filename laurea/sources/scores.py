"""Score sheets that are compared without a database: CSV, JSON lines or Parquet into one table, or a reason why not.

Sheets are compared with each other, so one left out would change what others come to: whoever reads a file here takes
all of it, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from laurea.errors import BadInput, Refusal
from laurea.sources import batches, cells
from laurea.sources.csv_rows import CsvFile
from laurea.sources.tables import unknown_columns, usable_rows

COLUMNS = ("application_id", "juror_id", "criterion", "points", "submitted_at")
REQUIRED = ("application_id", "juror_id", "points")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Scale:
    """Points that may be given: from `least` to `most`, in steps of `step` from `least` (None: any)."""

    least: Fraction
    most: Fraction
    step: Fraction | None = None

    def holds(self, points: Fraction) -> bool:
        """Whether these points stand on the scale, exactly."""
        if not self.least <= points <= self.most:
            return False
        return self.step is None or ((points - self.least) / self.step).denominator == 1

    def __str__(self) -> str:
        steps = "" if self.step is None else f" in steps of {_plain(self.step)}"
        return f"{_plain(self.least)} to {_plain(self.most)}{steps}"


def read_scores(path: Path, scale: Scale | None = None) -> tuple[pl.DataFrame, list[Refusal]]:
    """The marks of a file: row (its line), application_id, juror_id, criterion (where it has them), score, submitted_at
    (an instant in seconds, or null); and what is refused. Rows stay in the order of the file.

    Refused are cells that are empty or no id, points that are no finite number or not on `scale`, a second mark of one
    juror for one application (and criterion), marks without a criterion among others with one, unknown columns.
    Raises BadInput where the file cannot be read at all or holds no mark.
    """
    refusals: list[Refusal] = []
    text = _text(path, refusals)
    if text.is_empty() and not refusals:
        raise BadInput(f"The file {path.name} holds no score.", remedy="Give one row a mark below the header.")
    parsers = {
        "application_id": cells.needed,
        "juror_id": cells.needed,
        "criterion": cells.code,
        "points": lambda cell: _points(cell, scale),
        "submitted_at": lambda cell: cells.moment(cell).timestamp(),
    }
    kinds = {"points": pl.Float64, "submitted_at": pl.Float64}
    if text["criterion"].null_count() == text.height:
        parsers.pop("criterion")
        text = text.drop("criterion")
    table = text.select("row")
    for name, parse in parsers.items():
        column, wrong = _column(text[name], parse, kinds.get(name, pl.String()))
        table = table.with_columns(column.alias(name))
        refusals += _refused(path, text, name, wrong)
        empty = text.filter(pl.col(name).is_null())["row"].to_list() if name != "submitted_at" else []
        remedy = "Name the criterion of every mark, or of none." if name == "criterion" else "Fill it in."
        refusals += [Refusal(path.name, row, name, "The cell is empty.", remedy) for row in empty]
    refusals += _twice(path, table, [name for name in ("application_id", "juror_id", "criterion") if name in parsers])
    refusals.sort(key=lambda one: (one.row or 0, one.field))
    return table.rename({"points": "score"}), refusals


def _text(path: Path, refusals: list[Refusal]) -> pl.DataFrame:
    """The known columns as text, empty cells null, with `row`."""
    if batches.is_parquet(path):
        table, columns, height = batches.parquet(path)
        missing = [name for name in REQUIRED if name not in columns]
        if missing:
            places = [Refusal(path.name, None, name, "There is no such column.", "Add it.") for name in missing]
            raise BadInput(f"The file {path.name} cannot be read; nothing of it was kept.", places)
        kinds = table.select(name for name in COLUMNS if name in columns).collect_schema()
        strange = [name for name, kind in kinds.items() if kind.is_nested() or kind == pl.Binary]
        if strange:
            problem, remedy = "The column holds neither text nor numbers.", "Write one value a cell."
            places = [Refusal(path.name, None, name, problem, remedy) for name in strange]
            raise BadInput(f"The file {path.name} cannot be read; nothing of it was kept.", places)
        refusals += [batches.unknown_column(path, 1, name, COLUMNS) for name in columns if name not in COLUMNS]
        number = pl.int_range(1, height + 1, dtype=pl.Int64).alias("row")
        found = table.select(number, *(pl.col(name).cast(pl.String) for name in COLUMNS if name in columns)).collect()
    else:
        plain = None if batches.is_records(path) else _plain_csv(path, refusals)
        found = _rows(path, refusals) if plain is None else plain
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS if name not in found.columns]
    stripped = [pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS]
    return found.with_columns(absent).select("row", *stripped)


def _plain_csv(path: Path, refusals: list[Refusal]) -> pl.DataFrame | None:
    """A CSV file by columns, in a fifth of the time; None where a row must be read by itself to say what is in it.

    That is where a row has more or fewer cells than the header, and where quotation marks do more than enclose a cell.
    """
    file = CsvFile(path, REQUIRED)
    try:
        text = path.read_text(encoding="utf-8-sig")  # every line end becomes \n
    except UnicodeDecodeError:
        return None
    # No column of the file has a name with capitals: these two are ours.
    lines = pl.Series("CELLS", [text]).str.split("\n").explode().to_frame().with_row_index("LINE", 1)
    lines = lines.filter(pl.col("CELLS").str.strip_chars() != "")
    dividers = len(file.columns) - 1
    found = lines["CELLS"].str.count_matches(file.delimiter, literal=True)
    if lines["CELLS"][0].count('"') % 2 or (found[1:] != dividers).any():
        return None
    split = pl.col("CELLS").str.split_exact(file.delimiter, dividers).struct.rename_fields(file.columns)
    table = lines.slice(1).with_columns(split).unnest("CELLS")
    for name in file.columns:
        quoted = table[name].str.contains('"', literal=True)
        if quoted.any():
            if not table[name].filter(quoted).str.contains('^"[^"]*"$').all():
                return None
            table = table.with_columns(pl.col(name).str.strip_chars('"'))
    refusals += unknown_columns(file, set(COLUMNS))
    written = pl.any_horizontal(pl.col(name).str.strip_chars() != "" for name in file.columns)
    known = [name for name in COLUMNS if name in file.columns]
    return table.filter(written).select(pl.col("LINE").cast(pl.Int64).alias("row"), *known)


def _rows(path: Path, refusals: list[Refusal]) -> pl.DataFrame:
    """Rows read one by one, from JSON lines or from CSV that needs it."""
    columns: dict[str, list[Any]] = {"row": [], **{name: [] for name in COLUMNS}}
    source = _lines(path, refusals) if batches.is_records(path) else _csv(path, refusals)
    for number, row in source:
        columns["row"].append(number)
        for name in COLUMNS:
            value = row.get(name)
            columns[name].append(value if value is None or isinstance(value, str) else str(value))
    return pl.DataFrame(columns, schema={"row": pl.Int64, **dict.fromkeys(COLUMNS, pl.String)})


def _csv(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    file = CsvFile(path, REQUIRED)
    refusals += unknown_columns(file, set(COLUMNS))
    for row in usable_rows(file, refusals):
        yield row.line, row.cells


def _lines(path: Path, refusals: list[Refusal]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    known = set(COLUMNS)
    for number, record in batches.records(path, refusals):
        for name in sorted(record.keys() - known):
            refusals.append(batches.unknown_column(path, number, name, COLUMNS))
            known.add(name)  # said once
        for name in COLUMNS:
            if isinstance(record.get(name), dict | list):
                problem, remedy = "The value is neither text nor a number.", "Write one value."
                refusals.append(Refusal(path.name, number, name, problem, remedy))
                break
        else:
            yield number, record


def _column(text: pl.Series, parse: Any, kind: Any) -> tuple[pl.Series, dict[str, cells.WrongCell]]:
    """Cells as values, each different one read once, and what is wrong with those that cannot be."""
    wrong: dict[str, cells.WrongCell] = {}
    different, values = text.drop_nulls().unique().to_list(), []
    for cell in different:
        try:
            values.append(parse(cell))
        except cells.WrongCell as error:
            wrong[cell] = error
            values.append(None)
    if not different:
        return pl.Series([None] * len(text), dtype=kind), wrong
    known = pl.DataFrame({"text": different, "value": pl.Series(values, dtype=kind)})
    return text.to_frame("text").join(known, on="text", how="left", maintain_order="left")["value"], wrong


def _refused(path: Path, text: pl.DataFrame, name: str, wrong: Mapping[str, cells.WrongCell]) -> list[Refusal]:
    rows = text.filter(pl.col(name).is_in(list(wrong))).select("row", name).iter_rows()
    return [Refusal(path.name, row, name, wrong[cell].problem, wrong[cell].remedy) for row, cell in rows]


def _points(cell: str, scale: Scale | None) -> float:
    if not _NUMBER.fullmatch(cell):
        remedy = "Write a number with a point and without spaces, such as 3.5; leave a sheet without points out."
        raise cells.WrongCell(f"“{cell[:40]}” is not a number of points.", remedy)
    if scale is not None and not scale.holds(Fraction(cell)):
        raise cells.WrongCell(f"{cell} is not on the scale, which is {scale}.", "Correct the points, or --scale.")
    return float(cell)


def _twice(path: Path, table: pl.DataFrame, keys: list[str]) -> list[Refusal]:
    """A juror's second mark for the same, with the row of the first."""
    whole = table.drop_nulls(keys)
    found = whole.with_columns(first=pl.col("row").first().over(keys)).filter(pl.col("row") != pl.col("first"))
    said = []
    for row in found.iter_rows(named=True):
        what = f" for {row['criterion']}" if "criterion" in keys else ""
        problem = f"{row['juror_id']} marked {row['application_id']}{what} already in row {row['first']}."
        said.append(Refusal(path.name, row["row"], "juror_id", problem, "Keep one of the two rows."))
    return said


def _plain(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(float(number))
