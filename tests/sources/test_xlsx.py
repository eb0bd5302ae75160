"""Workbooks as they really arrive: days, numbers, gaps, formulas; and files that only look like one."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from laurea.errors import BadInput
from laurea.sources.csv_rows import Row, WrongRow
from laurea.sources.records import open_table


def book(path: Path, rows: list[object], **options: object) -> Path:
    """A workbook with these rows, from the second one on; a moment is shown as a day."""
    made = xlsxwriter.Workbook(path, options)
    sheet, day = made.add_worksheet(), made.add_format({"num_format": "dd/mm/yyyy"})
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):  # type: ignore[arg-type, var-annotated]
            if isinstance(value, datetime):
                sheet.write_datetime(number, place, value, day)
            elif value is not None:
                sheet.write(number, place, value)
    made.close()
    return path


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"constant_memory": True}])
def test_cells_come_as_a_csv_file_would_hold_them(tmp_path: Path, options: dict[str, object]) -> None:
    rows = [
        ["Unit ID", "held on", "hours", "yes", "name"],
        ["007", datetime(2024, 2, 29), 1.1, True, "Şəki & co"],  # noqa: DTZ001 - a day of a calendar
        ["S2", None, 12, False, None],
        [],
        ["S3", datetime(2025, 12, 31), 0.1 + 0.2, None, "x"],  # noqa: DTZ001 - a day of a calendar
    ]
    file = open_table(book(tmp_path / "t.xlsx", rows, **options), ["unit_id"])
    assert file.columns == ["unit_id", "held_on", "hours", "yes", "name"]
    found = list(file)
    assert [row.line for row in found if isinstance(row, Row)] == [3, 4, 6]
    assert [list(row.cells.values()) for row in found if isinstance(row, Row)] == [
        ["007", "2024-02-29", "1.1", "true", "Şəki & co"],
        ["S2", "", "12", "false", ""],
        ["S3", "2025-12-31", "0.3", "", "x"],
    ]


def test_a_formula_gives_its_last_value_and_a_cell_beside_the_header_is_told(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["unit_id", "hours"])
    sheet.write(1, 0, "S1")
    sheet.write_formula(1, 1, "=2+3", None, 5)
    sheet.write_row(2, 0, ["S2", 1, "stray"])
    made.close()
    first, second = open_table(tmp_path / "t.xlsx", ["unit_id"])
    assert isinstance(first, Row)
    assert first.cells == {"unit_id": "S1", "hours": "5"}
    assert isinstance(second, WrongRow)
    assert second.refusal.row == 3


def test_the_first_sheet_people_see_is_read(tmp_path: Path) -> None:
    made = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    hidden, seen = made.add_worksheet("lists"), made.add_worksheet("schools")
    hidden.write_row(0, 0, ["unit_id", "not this"])
    seen.write_row(0, 0, ["unit_id", "hours"])
    seen.write_row(1, 0, ["S1", 4])
    hidden.hide()
    seen.activate()
    made.close()
    (row,) = open_table(tmp_path / "t.xlsx", ["unit_id"])
    assert isinstance(row, Row)
    assert row.cells == {"unit_id": "S1", "hours": "4"}


@pytest.mark.parametrize("wrong", [b"unit_id,x\n1,2\n", b"PK\x03\x04 nothing", b""])
def test_what_is_no_workbook_is_refused_whole(tmp_path: Path, wrong: bytes) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(wrong)
    with pytest.raises(BadInput, match="cannot be read"):
        open_table(path, ["unit_id"])


def test_a_workbook_of_entities_or_without_sheets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", f"{bomb}]><worksheet>&j;</worksheet>")
    with pytest.raises(BadInput):
        open_table(path, ["unit_id"])
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(BadInput):
        open_table(path, ["unit_id"])


def test_missing_and_doubled_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unit_id"):
        open_table(book(tmp_path / "a.xlsx", [["x", "y"], [1, 2]]), ["unit_id"])
    with pytest.raises(BadInput, match="more than once"):
        open_table(book(tmp_path / "b.xlsx", [["x", "X"], [1, 2]]), ["x"])
