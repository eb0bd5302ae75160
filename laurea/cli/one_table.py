"""A whole table to a file whose ending says the format. It appears only when it is whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl


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
            texts = [name for name, kind in table.schema.items() if kind == pl.String]
            table.with_columns(harmless(name) for name in texts).write_csv(path)


def harmless(name: str) -> pl.Expr:
    """A text of a stranger that no spreadsheet takes for a formula."""
    text = pl.col(name)
    return pl.when(text.str.contains(r"^[=+\-@\t]")).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)
