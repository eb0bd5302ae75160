"""CSV as it really arrives: with or without BOM, with commas, semicolons or tabs, and sometimes broken.

A file is refused whole (BadInput) when reading on would mean guessing: another encoding, another delimiter,
missing columns, a quotation mark never closed. Anything wrong with one row is that row's refusal alone.
Rows are read one by one; memory does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from laurea.errors import BadInput, Refusal

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_OTHERS = {"|": "vertical bars", ":": "colons", "^": "carets", "~": "tildes", "#": "number signs", " ": "spaces"}
_MAGIC = {
    b"PK\x03\x04": "a spreadsheet or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"\x1f\x8b": "a compressed file",
}
_APOSTROPHE = re.compile(r"(?:^|(?<=[;\t]))'(?=[\s']*[=+\-@＝＋－＠]|[\t\r\n\0])")  # put there by our own exports
_SAVE = "Save it as “CSV UTF-8 (comma delimited)” and send it again."


@dataclass(frozen=True)
class Row:
    """One record: the line it starts on (the header is line 1) and its cells by column, as written."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class WrongRow:
    """A record whose cells cannot be matched with the columns."""

    refusal: Refusal


class CsvFile:
    """An opened table: `columns` from the header, then iterate for `Row` and `WrongRow`.

    Raises BadInput, on opening or while iterating, when the file must be refused whole.
    """

    def __init__(self, path: str | Path, required: Sequence[str]) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self._check_bytes()
        header = self._header_line()
        self.delimiter, self.columns = self._columns(header, required)

    def __iter__(self) -> Iterator[Row | WrongRow]:
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            start = 1
            try:
                header_read = False
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        if header_read:
                            yield self._row(start, reader.line_num, cells)
                        header_read = True
                    start = reader.line_num + 1
            except UnicodeDecodeError as error:
                raise self._not_utf8() from error
            except csv.Error as error:
                raise self._unbalanced(start) from error

    def refuse(self, row: int | None, field: str, problem: str, remedy: str) -> Refusal:
        """A refusal that names this file."""
        return Refusal(self.name, row, field, problem, remedy)

    def _row(self, line: int, last: int, cells: list[str]) -> Row | WrongRow:
        if len(cells) == len(self.columns):
            cells = [_APOSTROPHE.sub("", cell) if "'" in cell else cell for cell in cells]
            return Row(line, dict(zip(self.columns, cells, strict=True)))
        if last > line:  # it swallowed further lines: reading on would lose them silently
            raise self._unbalanced(line)
        problem = f"The row has {len(cells)} cells, the header has {len(self.columns)}."
        remedy = "Put a cell that contains the delimiter in quotation marks, and leave no cell out."
        return WrongRow(self.refuse(line, "", problem, remedy))

    def _check_bytes(self) -> None:
        if self.path.is_dir():
            raise BadInput(f"{self.path} is a folder, not a file.", remedy="Name the file in it.")
        if not self.path.is_file():
            raise BadInput(f"There is no file {self.path}.", remedy="Check the path.")
        with self.path.open("rb") as stream:
            head = stream.read(65_536)
        if not head.removeprefix(b"\xef\xbb\xbf").strip():
            raise self._whole("The file is empty.", "Send a file with a header line and one row each.")
        for magic, what in _MAGIC.items():
            if head.startswith(magic):
                raise self._whole(f"The file is {what}, not a CSV file.", _SAVE)
        if b"\0" in head:
            raise self._whole("The file holds binary data, not text.", _SAVE)

    def _header_line(self) -> str:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                for line in stream:
                    if line.strip():
                        return line
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        raise self._whole("The file is empty.", "Send a file with a header line and one row each.")

    def _columns(self, header: str, required: Sequence[str]) -> tuple[str, list[str]]:
        """The delimiter under which the header shows the most columns we need, if it is one we accept."""
        needed = set(required)
        split = {mark: self._split(header, mark) for mark in (*DELIMITERS, *_OTHERS)}
        found = max(split, key=lambda mark: (len(needed & set(split[mark])), mark in DELIMITERS, mark == ","))
        columns = split[found]
        if found in _OTHERS:
            problem = f"The columns are divided by {_OTHERS[found]}."
            raise self._whole(problem, "Divide them by commas (semicolons and tabs are understood too).", row=1)
        missing = [name for name in required if name not in columns]
        if missing:
            shown = ", ".join(columns[:12]) if len(columns) > 1 else header.strip()[:80]
            problem = f"The header does not name {_list(missing)}; it reads: {shown}."
            raise self._whole(
                problem, f"The first line must name at least {_list(required)}, divided by commas.", row=1
            )
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise self._whole(
                f"The header names {_list(twice)} more than once.", "Keep one column of each name.", row=1
            )
        return found, columns

    def _split(self, header: str, mark: str) -> list[str]:
        try:
            cells = next(csv.reader(io.StringIO(header), delimiter=mark, strict=True))
        except csv.Error:
            cells = header.split(mark)
        return [re.sub(r"\s+", "_", cell.strip().casefold()) for cell in cells]

    def _not_utf8(self) -> BadInput:
        """Say where, and how the line would read in the code pages it probably comes from; never choose one."""
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    around = line[max(0, error.start - 20) : error.start + 20].strip()
                    guesses = "; ".join(
                        f"as {page}: {around.decode(page, errors='replace')}"
                        for page in ("windows-1252", "windows-1257", "windows-1251", "windows-1254")
                    )
                    problem = f"The file is not in UTF-8. Line {number} would read {guesses}."
                    return self._whole(problem, f"Only you can tell which is right. {_SAVE}", row=number)
        return self._whole("The file is not in UTF-8.", _SAVE)

    def _unbalanced(self, line: int) -> BadInput:
        problem = "A quotation mark in this row is opened and never closed, or stands in the middle of a cell."
        return self._whole(problem, "Close it, or write it twice where the text itself needs one.", row=line)

    def _whole(self, problem: str, remedy: str, row: int | None = None) -> BadInput:
        return BadInput(
            f"The file {self.name} cannot be read; nothing of it was kept.",
            [Refusal(self.name, row, "", problem, remedy)],
        )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
