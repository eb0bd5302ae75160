"""`laurea figures`: what an office publishes about its programme."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from laurea import clock, ledger
from laurea.actions import figures as counting
from laurea.cli import typed
from laurea.cli.console import engine_of, out, show
from laurea.cli.places import must_be_writable
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import rounds
from laurea.store.engine import reading


def figures(
    authority: str,
    /,
    *,
    year: Annotated[int | None, Parameter(help="Of rounds whose awards are dated in that year.")] = None,
    country: str | None = None,
    region: str = "",
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), help="A file: .csv, .jsonl or .xlsx.")] = None,
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """The figures of an office: applications, schools, what was granted, what is in force; each by year and place.

    Example: laurea figures north --year 2024 -o figures.xlsx

    Columns: figure, by (all, year, country or region), year, country, region, number. A number that is not there is not
    known: the register it comes from was never imported.
    """
    if year is not None and not 1900 <= year < 9999:
        raise BadInput(f"--year {year} is no year of a programme.", remedy="Write it with four digits.")
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        office = rounds.authority(connection, authority)
    place = typed.country(country) or ""
    told = counting.report(engine, office.id, now=now, year=year, country=place, region=region)
    if output is None:
        rows = [dict(zip(counting.COLUMNS, row, strict=True)) for row in told.rows()]
        if not json:
            rows = [
                {"figure": row["figure"].replace("_", " "), "number": "not known" if n is None else n}
                for row in rows
                if row["by"] == "all"
                for n in (row["number"],)
            ]
        show(rows, as_json=json)
        return
    must_be_writable("--output", output, inputs=(), endings=(".xlsx", ".csv", ".jsonl", ".ndjson"))
    kind = {".ndjson": "jsonl"}.get(output.suffix.lower(), output.suffix.lower().removeprefix("."))
    growing = output.with_name(f".{output.name}.part")
    try:
        count = counting.write(engine, told, growing, kind, actor=ledger.SYSTEM, now=now)
        growing.replace(output)
    finally:
        growing.unlink(missing_ok=True)
    out.print(f"{output}: {count} figures.", highlight=False)
