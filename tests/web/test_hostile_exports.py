"""Every table that is handed out, with cells that want to be formulas: none is one, in CSV, in a workbook, in a ZIP.

The world is the one of the leak matrix; every word hidden in it begins like a formula here.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy import String, literal, update

from evaluators.permissions import Phase
from laurea import clock
from laurea.cli.one_table import harmless as harmless_table
from laurea.documents.handing_out import csv_text, harmless
from laurea.sources.csv_rows import CsvFile, Row
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.web.api_gate import Meter
from laurea.web.app import state_of
from laurea.web.limits import Counts
from tests.web import leak_world
from tests.web.leak_places import FILES, addresses, fillings
from tests.web.leak_types import NOW, World
from tests.web.test_leaks import Eyes, routes

ROOT = Path(__file__).parents[2]
BAD = re.compile(r"(?:^|[;\t])\s*(?![-]?\d+(?:\.\d+)?(?:;|$))[=+\-@]|^[\t\r\n\0]")  # said in other words than the code
STARTS = ("=", '=HYPERLINK("https://example.org";"x")', "=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1")
TABLES = {
    "/api/v1/rounds/{code}/exports/{name}", "/calendar/{name}", "/figures/{name}",
    "/rounds/{code}/assignment.csv", "/rounds/{code}/bundles/{name}", "/rounds/{code}/ceremonies/{item}/files/{name}",
    "/rounds/{code}/exports/{name}", "/rounds/{code}/import.csv", "/rounds/{code}/kit/files/{name}",
}  # fmt: skip
"""Where tables are handed out with GET in a released round. (`refused.csv` needs a file that was sent, `rows.csv` a
hand-over and the other rules a form; they write with the one writer, as the last test but two sees to.)"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        found = leak_world.build(tmp_path_factory.mktemp("hostile"), Phase.RELEASED)
        with writing(found.place.engine) as connection:
            for table in t.metadata.sorted_tables:
                for column in table.c:
                    if isinstance(column.type, String) and column.name not in ("key", "token", "code"):
                        changed = update(table).where(column.like("Zq%")).values({column: literal("=") + column})
                        connection.execute(changed)
        yield found
        found.place.engine.dispose()


def tables(body: bytes, kind: str) -> tuple[list[str], list[str]]:
    """The cells of all CSV files of an answer, and its workbooks' cells. A formula in a workbook fails here."""
    if "zip" in kind:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            found = [tables(packed.read(one), "csv") for one in packed.namelist() if one.endswith(".csv")]
        return [cell for one, _ in found for cell in one], []
    if "spreadsheet" in kind:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            sheets = [packed.read(one).decode() for one in packed.namelist() if "/sheet" in one]
        assert not [one for one in sheets if "<f" in one.replace("<formatting", "")]
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
        return [], [str(cell) for row in rows for cell in row]
    return [cell for row in csv.reader(io.StringIO(body.decode(), newline="")) for cell in row], []


def test_no_table_that_the_portal_hands_out_holds_a_formula(
    portal: Litestar, hostile: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = portal
    app.state = state_of(hostile.place.settings)
    app.state.meter = Meter(per_minute=1_000_000)
    app.state.limits = Counts(off=True)
    values = fillings(hostile, [1], ["none"])
    values["name"] = [*FILES, *(f"{one}.xlsx" for one in ("applications", "sheets", "decisions", "outbox", "figures"))]
    values["name"] += ["figures.csv", "calendar.csv", "calendar.xlsx", "certificates.zip", "shipping.csv"]
    values["name"] += ["shipping.xlsx", "guests.csv", "guests.xlsx"]
    walked, hostile_cells = set(), 0
    with TestClient(app, base_url=hostile.place.settings.public_url) as client:
        seen = [Eyes(client, hostile, one) for one in hostile.viewers if one.name in ("officer", "trusted program")]
        files = re.compile(r"\{name(:str)?\}$|\.csv$")
        for route in [one for one in routes(app) if one.method == "GET" and files.search(one.path)]:
            asked = [
                f"{one}?kind=sheets" if one.endswith("import.csv") else one for one in addresses(route.path, values)
            ]
            for eyes in seen:
                if (route.scope is None) == bool(eyes.viewer.scopes):
                    continue
                for address in asked:
                    status, headers, _ = first = eyes.get(address)
                    told = dict(headers)
                    kind = told.get("content-type", "")
                    if status != 200 or not re.search("csv|spreadsheet|zip", kind):
                        continue
                    assert told["content-disposition"].startswith("attachment"), address
                    assert "sandbox" in told["content-security-policy"], address
                    body = eyes.client.get(address, headers=eyes.headers).content if b"PK" not in first[2][:2] else b""
                    in_csv, in_book = tables(body, kind)
                    assert [cell for cell in in_csv if BAD.search(cell)] == [], address
                    hostile_cells += sum("=Zq" in cell for cell in (*in_csv, *in_book))
                    walked.add(re.sub(r":\w+\}", "}", route.path))
    assert walked == TABLES
    assert hostile_cells > 60, "the cells were hostile"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", "fine;", "fine\t"])
def test_a_text_is_no_formula_where_a_spreadsheet_begins_a_cell(start: str, before: str) -> None:
    told = harmless(before + start)
    assert not BAD.search(told)
    assert told.replace("'", "") == (before + start).replace("'", "")


@pytest.mark.parametrize("number", ["-5", "-0.5", "7", "3;-2;4.5", "1e5", "a-b", "Anna; Ben", "'quoted", "x=1"])
def test_numbers_and_plain_texts_stay_as_they_are(number: str) -> None:
    assert harmless(number) == number


@given(st.text(alphabet="=+-@;\t\r\n 0aə.,\"'＝", max_size=12))
def test_both_writers_write_the_same_and_no_formula(text: str) -> None:
    told = harmless(text)
    assert not BAD.search(told)
    assert harmless_table(pl.DataFrame({"a": [text]}))["a"].to_list() == [told]


@given(st.text(alphabet='=+-@;\t 0aə.,"＝', min_size=1, max_size=12))
def test_our_own_reader_takes_the_apostrophe_away_again(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("back") / "t.csv"
    path.write_bytes(csv_text([("id", "text"), ("1", text)]).encode())
    (row,) = CsvFile(path, ["id", "text"])
    assert isinstance(row, Row)
    assert row.cells["text"] == text


def test_csv_files_are_written_in_one_place() -> None:
    """By rows in handing_out, by columns on the command line; the demo writes files that come in."""
    writers = re.compile(r"csv\.(writer|DictWriter)\(|\.write_csv\(|xlsxwriter|openpyxl|write_excel")
    found = {
        str(path.relative_to(ROOT))
        for room in ("rules", "evaluators", "notifications", "laurea", "flows")
        for path in (ROOT / room).rglob("*.py")
        if writers.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "laurea/documents/handing_out.py", "laurea/cli/one_table.py", "laurea/cli/writing.py",
        "laurea/cli/demo/papers.py",
    }  # fmt: skip
