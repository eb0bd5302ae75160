"""The plainer tables that come in (jurors, conflicts, score sheets, labels), and what every table shares.

Every row has `row`, the line it starts on, so that a later check can still name its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from laurea.errors import Refusal
from laurea.sources import cells
from laurea.sources.csv_rows import Row, WrongRow
from laurea.sources.records import TableFile, open_table

Parse = Callable[[str], Any]
UNTIL = "Until then the value is unknown."  # ends the remedy of a value whose row stays


@dataclass(frozen=True)
class ImportedRows:
    """Rows that can be used, in the order of the file, and what was refused."""

    rows: list[dict[str, Any]]
    refusals: list[Refusal]


def usable_rows(file: TableFile, refusals: list[Refusal]) -> Iterator[Row]:
    """The rows whose cells fit the columns; the others go to `refusals`."""
    for row in file:
        if isinstance(row, WrongRow):
            refusals.append(row.refusal)
        else:
            yield row


def values(
    file: TableFile,
    row: Row,
    parsers: Mapping[str, Parse],
    never_empty: set[str] | frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], list[Refusal]]:
    """The cells of a row as values (empty is None), and a refusal for each that cannot be read."""
    read: dict[str, Any] = {}
    wrong: list[Refusal] = []
    for name, parse in parsers.items():
        cell = row.cells[name]
        if not cell or cell.isspace():
            read[name] = None
            if name in never_empty:
                wrong.append(file.refuse(row.line, name, "The cell is empty.", "Fill it in."))
            continue
        try:
            read[name] = parse(cell)
        except cells.WrongCell as error:
            read[name] = None
            wrong.append(file.refuse(row.line, name, error.problem, error.remedy))
    return read, wrong


def unknown_columns(file: TableFile, known: set[str]) -> list[Refusal]:
    """Columns nobody reads are said aloud, once a file: one may be a misspelt fact."""
    names = [name for name in file.columns if name not in known]
    if not names:
        return []
    problem, remedy = "No column of this name is known, so it was not read.", "Check its spelling or remove it."
    if len(names) > 1:
        problem, remedy = "No columns of these names are known, so they were not read.", "Check their spelling."
    hint = "".join(near(name, known - set(file.columns)) for name in names)
    return [file.refuse(1, ", ".join(names), problem, hint + remedy)]


def near(name: str, known: Iterable[str]) -> str:
    """A question after the known name that is most like this one, or nothing."""
    found = get_close_matches(name, sorted(known), 1, 0.75)
    return f"Did you mean {found[0]}? " if found else ""


@dataclass(frozen=True)
class _Table:
    """One of the plainer tables: how its columns are read, which must be there, and what makes a row unique."""

    columns: Mapping[str, Parse]
    required: tuple[str, ...]
    key: tuple[str, ...]
    never_empty: frozenset[str]
    empty: dict[str, Any] = field(default_factory=dict)


JUROR_COLUMNS: Mapping[str, Parse] = {
    "juror_id": cells.needed,
    "name": cells.text,
    "email": cells.email,
    "country": cells.country,
    "region": lambda cell: cells.text(cell, 120),
    "institution": cells.text,
    "languages": cells.languages,
    "expertise": cells.words,
    "experienced": cells.yes_no,
    "max_load": lambda cell: cells.whole(cell, 0),
    "min_load": lambda cell: cells.whole(cell, 0),
    "mentored": cells.words,
    "reserve": cells.yes_no,
}
_JURORS = _Table(
    columns=JUROR_COLUMNS,
    required=("juror_id", "name", "email", "languages", "max_load"),
    key=("juror_id",),
    never_empty=frozenset({"juror_id", "name", "email", "languages", "max_load"}),
    empty={"country": None, "region": "", "institution": "", "expertise": (), "experienced": False, "min_load": None}
    | {"mentored": (), "reserve": False},
)
_CONFLICTS = _Table(
    columns={"application_id": cells.needed, "juror_id": cells.needed, "kind": cells.code},
    required=("application_id", "juror_id"),
    key=("application_id", "juror_id", "kind"),
    never_empty=frozenset({"application_id", "juror_id"}),
    empty={"kind": "declared"},
)
_PINS = _Table(
    columns={"application_id": cells.needed, "juror_id": cells.needed, "pin": cells.pin},
    required=("application_id", "juror_id", "pin"),
    key=("application_id", "juror_id"),
    never_empty=frozenset({"application_id", "juror_id", "pin"}),
)
_SHEETS = _Table(
    columns={
        "application_id": cells.needed,
        "juror_id": cells.needed,
        "criterion": cells.code,
        "points": lambda cell: cells.text(cell, 40),
        "submitted_at": cells.moment,
    },
    required=("application_id", "juror_id", "points"),
    key=("application_id", "juror_id", "criterion"),
    never_empty=frozenset({"application_id", "juror_id", "points"}),
    empty={"criterion": ""},
)


_LABELS = _Table(
    columns={
        "project_id": cells.needed,
        "title": cells.text,
        "country": cells.country,
        "score": cells.exact_number,
    },
    required=("project_id", "country", "score"),
    key=(),
    never_empty=frozenset({"project_id", "country", "score"}),
    empty={"title": ""},
)


def columns_of(kind: str) -> tuple[list[str], list[str]]:
    """The columns a file of jurors, conflicts, pins or sheets must have, and those it may have."""
    table = {"jurors": _JURORS, "conflicts": _CONFLICTS, "pins": _PINS, "sheets": _SHEETS}[kind]
    return list(table.required), [name for name in table.columns if name not in table.required]


def read_jurors(path: str | Path) -> ImportedRows:
    """Jurors: juror_id, name, email, country, region, institution, languages, expertise (tuples), experienced,
    max_load, min_load, mentored, reserve. A juror_id or an address that comes twice counts once.
    """
    imported = _read(path, _JURORS)
    rows: list[dict[str, Any]] = []
    refusals = imported.refusals
    by_address: dict[str, str] = {}
    for row in imported.rows:
        line, address = row["row"], row["email"].casefold()
        if address in by_address:
            problem = f"The address already belongs to juror {by_address[address]}."
            refusals.append(
                Refusal(Path(path).name, line, "email", problem, "Give each juror an address of their own.")
            )
        elif (row["min_load"] or 0) > row["max_load"]:
            problem = f"The least load, {row['min_load']}, is above the greatest, {row['max_load']}."
            refusals.append(Refusal(Path(path).name, line, "min_load", problem, "Lower one or raise the other."))
        else:
            by_address[address] = row["juror_id"]
            rows.append(row)
    return ImportedRows(rows, refusals)


def read_conflicts(path: str | Path) -> ImportedRows:
    """Conflicts: application_id, juror_id, kind ("declared" where the file does not say)."""
    return _read(path, _CONFLICTS)


def read_pins(path: str | Path) -> ImportedRows:
    """Pins: application_id, juror_id, pin (must or never)."""
    return _read(path, _PINS)


def read_sheets(path: str | Path) -> ImportedRows:
    """Score sheets, a row a mark: application_id, juror_id, criterion ("" for a total), points (text as given),
    submitted_at (or None).
    Whether a mark fits the scale is `evaluators.marks.problems`' to say.
    """
    return _read(path, _SHEETS)


def read_labels(path: str | Path) -> ImportedRows:
    """Labels another authority hands over: project_id, title, country, score (text: a decimal or a fraction a/b).

    Several labels of one project, even of one country and score, are several teachers' labels.
    """
    return _read(path, _LABELS)


def _read(path: str | Path, table: _Table) -> ImportedRows:
    file = open_table(path, table.required)
    present = {name: parse for name, parse in table.columns.items() if name in file.columns}
    refusals = unknown_columns(file, set(table.columns))
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], int] = {}
    for row in usable_rows(file, refusals):
        read, wrong = values(file, row, present, table.never_empty)
        full = {name: table.empty.get(name) if read.get(name) is None else read[name] for name in table.columns}
        key = tuple(full[name] for name in table.key)
        if not wrong and key and key in seen:
            shown = " and ".join(str(part) for part in key if part)
            problem = f"{shown} already stands in row {seen[key]}."
            wrong = [file.refuse(row.line, table.key[-1], problem, "Keep one of the two rows.")]
        if wrong:
            refusals += wrong
            continue
        seen[key] = row.line
        rows.append(full | {"row": row.line})
    return ImportedRows(rows, refusals)
