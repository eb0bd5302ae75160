"""A whole table to a file whose ending says the format. It appears only when it is whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl

_PERHAPS = r"(^|[;\t])(\s*[=+\-@＝＋－＠]|[\t\r\n\x00])"  # cheap to look for; what it finds is looked at by itself


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write beside the place and put it there at the end; after an error what stood there before still stands."""
    growing = path.with_name(f".{path.name}.part")
    try:
        write_as(path.suffix, growing, table)
        growing.replace(path)
    finally:
        growing.unlink(missing_ok=True)


def write_as(ending: str, path: Path, table: pl.DataFrame) -> None:
    """Write in the format of an ending, whatever the path's own ending is.

    In CSV a text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    match ending.lower():
        case ".parquet":
            table.write_parquet(path)
        case ".jsonl" | ".ndjson":
            table.write_ndjson(path)
        case _:
            harmless(table).write_csv(path)


def harmless(table: pl.DataFrame) -> pl.DataFrame:
    """The table without a text that a spreadsheet would take for a formula (laurea.documents.handing_out)."""
    from laurea.documents.handing_out import harmless as one

    texts = [column for column in table if column.dtype == pl.String and column.str.contains(_PERHAPS).any()]
    return table.with_columns(column.map_elements(one, pl.String) for column in texts)
