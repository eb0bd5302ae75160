"""The child that opens a workbook or a Parquet file first (see `apart`): `python -m laurea.sources.opening FILE`."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from laurea.errors import BadInput
from laurea.sources.apart import SECONDS
from laurea.sources.records import parquet
from laurea.sources.xlsx_rows import XlsxFile

MEMORY = 2_000_000_000  # bytes of address space


def _read(path: Path) -> None:
    try:
        if path.suffix.lower() == ".xlsx":
            XlsxFile(path, ())
        else:
            parquet(path, ())[0].collect()
    except BadInput:
        pass  # told in the same words to whoever asked


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _read(Path(sys.argv[1]))
