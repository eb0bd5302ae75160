"""Applications and jurors that are routed without a database: CSV, JSON lines or Parquet, into the words of routing.

Who is left out of an assignment changes everybody's, so a file is taken whole or not at all: whoever reads here looks
at `refusals` before going on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.conflicts import Candidate, Juror
from laurea.errors import BadInput, Refusal
from laurea.sources import batches, cells
from laurea.sources.csv_rows import CsvFile, Row
from laurea.sources.records import text_of
from laurea.sources.tables import JUROR_COLUMNS, Parse, near, usable_rows

APPLICATION: Mapping[str, Parse] = {
    "application_id": cells.needed,
    "applicant_id": lambda cell: cells.text(cell, 80),
    "unit_id": lambda cell: cells.text(cell, 80),
    "applicant_email": cells.email,
    "country": cells.country,
    "region": lambda cell: cells.text(cell, 120),
    "institution": cells.text,
    "language": cells.language,
    "topics": cells.words,
    "reviews": lambda cell: cells.whole(cell, 0),
}
"""What routing reads of an application; `reviews` where one needs another number than the rest."""

_UNREAD = {"name"}  # of a juror; routing does not ask for it
JUROR = {name: parse for name, parse in JUROR_COLUMNS.items() if name not in _UNREAD}


@dataclass(frozen=True)
class Load:
    """At least and at most so many applications a juror."""

    least: int
    most: int


def read_applications(path: Path, per_application: int, refusals: list[Refusal]) -> list[Candidate]:
    """The applications of a file, each to get `per_application` reviews unless its row says otherwise.

    Other columns are facts of the application and not read, unless their name is nearly one of ours.
    """
    found = [
        Candidate(
            ref=row["application_id"],
            unit_ref=row.get("unit_id") or "",
            institution=row.get("institution") or "",
            country=row.get("country") or "",
            region=row.get("region") or "",
            language=row.get("language") or "",
            applicant_email=row.get("applicant_email") or "",
            needed=per_application if row.get("reviews") is None else row["reviews"],
            applicant_ref=row.get("applicant_id") or "",
            topics=row.get("topics") or (),
        )
        for _, row in _rows(path, "application_id", APPLICATION, refusals)
    ]
    if not found and not refusals:
        raise BadInput(f"The file {path.name} holds no application.", remedy="Give one row an application.")
    return found


def read_jurors(path: Path, load: Load | None, mean: float, refusals: list[Refusal]) -> list[Juror]:
    """The jurors of a file, without its reserves.

    `load` holds for whoever's row does not say it; `mean` is what one would hold if all held the same, for the advice.
    """
    found: list[Juror] = []
    unsaid = 0
    rows = list(_rows(path, "juror_id", JUROR, refusals))
    for line, row in rows:
        if row.get("reserve"):  # a plan leaves them out until somebody is silent
            continue
        most, least = row.get("max_load"), row.get("min_load")
        if most is None:
            unsaid = unsaid or line
            most = load.most if load else 0
        if least is None:
            least = min(load.least, most) if load else 0
        if least > most and not (unsaid and load is None):
            problem = f"The least load, {least}, is above the greatest, {most}."
            refusals.append(Refusal(path.name, line, "min_load", problem, "Lower one or raise the other."))
        found.append(
            Juror(
                ref=row["juror_id"],
                country=row.get("country") or "",
                region=row.get("region") or "",
                institution=row.get("institution") or "",
                languages=row.get("languages") or (),
                expertise=row.get("expertise") or (),
                experienced=bool(row.get("experienced")),
                min_load=least,
                max_load=most,
                email=row.get("email") or "",
                mentored=row.get("mentored") or (),
            )
        )
    if unsaid and load is None:
        even = mean / max(1, len(rows))
        remedy = f"Fill in max_load, or add --load 0:{int(even * 1.25) + 1} for all (the mean is {even:.1f})."
        problem = "It is not said how many applications this juror may have."
        refusals.append(Refusal(path.name, unsaid, "max_load", problem, remedy))
    if not found and not refusals:
        raise BadInput(f"The file {path.name} holds no juror.", remedy="Give one row a juror.")
    return found


def _rows(
    path: Path, key: str, columns: Mapping[str, Parse], refusals: list[Refusal]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The usable rows by their place in the file: a value a known column, None where the cell is empty."""
    seen: dict[str, int] = {}
    for row in texts(path, (key,), columns, refusals, facts=key == "application_id"):
        values: dict[str, Any] = {}
        wrong = len(refusals)
        for name, cell in row.cells.items():
            try:
                values[name] = columns[name](cell) if cell and not cell.isspace() else None
            except cells.WrongCell as error:
                refusals.append(Refusal(path.name, row.line, name, error.problem, error.remedy))
        ref = values.get(key)
        if ref is None and len(refusals) == wrong:
            refusals.append(Refusal(path.name, row.line, key, "The cell is empty.", "Fill it in."))
        elif ref in seen:
            problem = f"{ref} already stands in row {seen[ref]}."
            refusals.append(Refusal(path.name, row.line, key, problem, "Keep one of the two rows."))
        elif ref is not None:
            seen[ref] = row.line
            if len(refusals) == wrong:
                yield row.line, values


def texts(
    path: Path,
    required: tuple[str, ...],
    columns: Mapping[str, Parse],
    refusals: list[Refusal],
    *,
    facts: bool = False,
) -> Iterator[Row]:
    """The known cells of each row as text, with its place in the file.

    Raises BadInput where the file cannot be read or has no column `required`. Columns nobody knows are refused; with
    `facts` only those whose name is nearly a known one.
    """
    known = {*columns, *_UNREAD}
    if not batches.is_records(path):
        file = CsvFile(path, required)
        refusals += [
            batches.unknown_column(path, 1, name, known) for name in _strange(file.columns, known, facts=facts)
        ]
        present = [name for name in columns if name in file.columns]
        for row in usable_rows(file, refusals):
            yield Row(row.line, {name: row.cells[name] for name in present})
        return
    told: set[str] = set()
    for number, record in batches.records(path, refusals):
        missing = [name for name in required if name not in record]
        refusals += [Refusal(path.name, number, name, "There is no value.", "Fill it in.") for name in missing]
        new = _strange(record.keys() - told, known, facts=facts)
        told.update(new)
        refusals += [batches.unknown_column(path, number, name, known) for name in new]
        if not missing:
            yield Row(number, {name: text_of(record[name]) for name in columns if name in record})


def _strange(names: Any, known: set[str], *, facts: bool) -> list[str]:
    return sorted(name for name in names if name not in known and (not facts or near(name, known - set(names))))
