"""The first sheet of a workbook (XLSX) that people see: a header, then rows of cells as a CSV file holds them.

Only values are read: of a formula the value the program last worked out. A cell shown as a day becomes one in ISO 8601.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from laurea.errors import BadInput, Refusal
from laurea.sources.csv_rows import Row, WrongRow

LARGEST = 300_000_000  # bytes of a workbook once unpacked
MOST_PARTS = 1_000  # files in a workbook
MOST_CELLS = 20_000_000  # from the first cell of a sheet to the last corner, empty ones too
_SAVE = "Save it again as a workbook (.xlsx), or as “CSV UTF-8”."


class XlsxFile:
    """An opened workbook: `columns` from the first row that has text, then iterate for `Row` and `WrongRow`.

    Rows have the numbers the spreadsheet shows. Raises BadInput when the file must be refused whole.
    """

    def __init__(self, path: str | Path, required: Sequence[str]) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self._rows = self._read()
        header = self._rows[0][1] if self._rows else []
        names = {place: re.sub(r"\s+", "_", text.strip().casefold()) for place, text in enumerate(header)}
        self._places = {name: place for place, name in names.items() if name}
        self.columns = list(self._places)
        if not self.columns:
            raise self._whole("Its first sheet is empty.", "Begin with a header row, then one row each.")
        if len(self.columns) < sum(map(bool, names.values())):
            raise self._whole("The header names a column more than once.", "Keep one column of each name.")
        missing = [name for name in required if name not in self.columns]
        if missing:
            problem = f"The header does not name {', '.join(missing)}; it reads: {', '.join(self.columns[:12])}."
            raise self._whole(problem, f"The first row must name at least {', '.join(required)}.")

    def __iter__(self) -> Iterator[Row | WrongRow]:
        named = set(self._places.values())
        for number, cells in self._rows[1:]:
            if any(text.strip() for place, text in enumerate(cells) if place not in named):
                problem = "The row has a cell where the header has none."
                yield WrongRow(self.refuse(number, "", problem, "Name its column, or empty the cell."))
            else:
                yield Row(number, {name: cells[place] for name, place in self._places.items()})

    def refuse(self, row: int | None, field: str, problem: str, remedy: str) -> Refusal:
        """A refusal that names this file."""
        return Refusal(self.name, row, field, problem, remedy)

    def _read(self) -> list[tuple[int, list[str]]]:
        """Rows that hold something: the number, and a text for each place from the first column on."""
        if not self.path.is_file():
            raise BadInput(f"There is no file {self.path}.", remedy="Check the path.")
        try:
            with zipfile.ZipFile(self.path) as packed:
                self._weigh(packed)
            with CalamineWorkbook.from_path(self.path) as book:
                seen = [
                    number
                    for number, one in enumerate(book.sheets_metadata)
                    if one.typ is SheetTypeEnum.WorkSheet and one.visible is SheetVisibleEnum.Visible
                ]
                sheet = book.get_sheet_by_index(seen[0]) if seen else None
                if sheet and sheet.total_height * sheet.total_width > MOST_CELLS:
                    raise self._whole("The sheet is too large.", "Delete what stands far away from the table.")
                rows = sheet.to_python(skip_empty_area=False) if sheet else []
        except (
            CalamineError,
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            ValueError,
            RuntimeError,
        ):  # the last: encrypted
            raise self._whole("The file is not a workbook that can be read.", _SAVE) from None
        told = ((number, [_text(cell) for cell in row]) for number, row in enumerate(rows, start=1))
        return [(number, cells) for number, cells in told if any(cell.strip() for cell in cells)]

    def _weigh(self, packed: zipfile.ZipFile) -> None:
        """Refuse what is too large once unpacked: by what its list says, and by unpacking it, which is not kept."""
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
            raise self._whole("The workbook is too large.", "Divide it, or send it as CSV.")
        for part in parts:
            with packed.open(part) as stream:
                while stream.read(1_000_000):
                    pass  # no part gives more than its list says, or its sum is wrong: BadZipFile

    def _whole(self, problem: str, remedy: str) -> BadInput:
        says = f"The file {self.name} cannot be read; nothing of it was kept."
        return BadInput(says, [Refusal(self.name, None, "", problem, remedy)])


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)
