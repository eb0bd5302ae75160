"""Files that come in, as anyone may make them: every reader reads them or refuses, and nothing else."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import xlsxwriter
from hypothesis import strategies as st

from evaluators import search
from evaluators.permissions import Field
from laurea.documents import credentials
from laurea.errors import BadInput, Refusal
from laurea.sources import files, pairs, portal_exports, registers, tables
from laurea.sources.files import APPLICATION
from laurea.sources.tables import JUROR_COLUMNS
from notifications import reports
from rules.library import load
from rules.ruleset import RuleSet

CALL = Path(__file__).parents[1] / "web" / "call.yaml"
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *("", "A1", "A2", "J1", "0", "-1", "1.5", "1e999", "nan", "١٢", "９", "9" * 400, "true", "YES", "AZ", "az"),
            *("2024-02-30", "2024-02-29", "0000-00-00", "2024-05-05T10:00:00+04:00", "2024-05-05T10:00", "a@b.example"),
            *("a@მაგალითი.ge", "x@" + "y" * 300, "=1+1", "'=1", "a;b;;c", "\u202eabc", "é", "e\u0301", "İ", "\x00"),
            *("https://example.org/", "{}", "[]", "null", '"', "'", "x" * 6_000, "must", "never", "new", "1/3"),
        ]
    ),
)
NAMES = [*APPLICATION, *JUROR_COLUMNS, "kind", "pin", "criterion", "points", "score", "state", "project_id", "title"]
NAMES += ["consent", "hours", "pupils", "stage", "finished_on", "story", "school", "partner_country", "name", "", "x"]


@lru_cache(1)
def rules() -> RuleSet:
    return load(CALL)


def readers() -> dict[str, tuple[Sequence[str], Callable[[Path], list[Refusal]]]]:
    """What reads tables: the columns it must have, and the reader, which gives what it refused."""

    def found(path: Path, kind: pairs.Kind) -> list[Refusal]:
        refusals: list[Refusal] = []
        pairs.read(path, kind, ["A1", "A2"], ["J1", "J2"], refusals)
        return refusals

    must = files.APPLICATION_COLUMNS[0]
    return {
        "applications": (must, lambda path: files.read_applications(path, rules()).refusals),
        "partners": (
            ["application_id"],
            lambda path: list(_items(path)),
        ),
        "jurors": (tables.columns_of("jurors")[0], lambda path: tables.read_jurors(path).refusals),
        "conflicts": (tables.columns_of("conflicts")[0], lambda path: tables.read_conflicts(path).refusals),
        "pins": (tables.columns_of("pins")[0], lambda path: tables.read_pins(path).refusals),
        "sheets": (tables.columns_of("sheets")[0], lambda path: tables.read_sheets(path).refusals),
        "labels": (("project_id", "country", "score"), lambda path: tables.read_labels(path).refusals),
        "affinity": (("application_id", "juror_id", "score"), lambda path: found(path, pairs.AFFINITY)),
        "standing": (("application_id", "juror_id"), lambda path: found(path, pairs.CURRENT)),
        "teachers": (("unit_id", "name"), lambda path: portal_exports.read_export(path, "teachers", {}).refusals),
    }


def _items(path: Path) -> Iterator[Refusal]:
    refusals: list[Refusal] = []
    list(files.each_item("partners", path, rules(), refusals))
    return iter(refusals)


@contextmanager
def written(content: bytes, ending: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="laurea-fuzz-") as folder:
        path = Path(folder) / f"t{ending}"
        path.write_bytes(content)
        yield path


def read(case: tuple[str, bytes, str]) -> None:
    """A table by one of its readers: what is refused names the file, what is wrong and the way out."""
    reader, content, ending = case
    with written(content, ending) as path:
        if ending == ".parquet" and reader in ("affinity", "standing"):
            return  # read on the command line alone, and by columns: whoever calls it has made the file
        try:
            refusals = readers()[reader][1](path)
        except BadInput as error:
            refusals = list(error.refusals)
        if not all(one.problem and one.remedy and one.file for one in refusals):
            raise AssertionError(refusals)


@st.composite
def grid(draw: st.DrawFn) -> tuple[str, list[str], list[list[str]]]:
    """A reader, a header that it may take, and rows."""
    reader = draw(st.sampled_from(sorted(readers())))
    header = list(readers()[reader][0]) + draw(st.lists(st.sampled_from(NAMES), max_size=5))
    if draw(st.integers(0, 9)) == 0:
        header = header[1:]
    if draw(st.booleans()):
        header = list(dict.fromkeys(header))
    wide = st.lists(CELLS, min_size=len(header), max_size=len(header))
    return reader, header, draw(st.lists(st.one_of(wide, wide, st.lists(CELLS, max_size=3)), max_size=6))


@st.composite
def csv_file(draw: st.DrawFn) -> tuple[str, bytes, str]:
    reader, header, rows = draw(grid())
    mark = draw(st.sampled_from(",,,;\t|"))
    quote = draw(st.sampled_from(['"', '"', ""]))
    lines = [
        mark.join(f"{quote}{cell.replace(chr(34), draw(st.sampled_from(['', chr(34) * 2])))}{quote}" for cell in row)
        for row in [header, *rows]
    ]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines)
    code = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1251"]))
    return reader, spoilt(draw, text.encode(code, "replace")), ".csv"


def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes, sometimes with some of them cut, changed or put in."""
    kind = draw(st.integers(0, 5))
    if kind > 2 or not content:
        return content
    at = draw(st.integers(0, 20_000)) % (len(content) + 1)  # not up to the length: the same draw may pack otherwise
    return (
        content[:at]
        + draw(st.sampled_from([b"", b"\xff", b"\x00", b'"', b"\r", b"\xed\xa0\x80"]))
        + content[at + kind :]
    )


@st.composite
def lines_file(draw: st.DrawFn) -> tuple[str, bytes, str]:
    reader, header, rows = draw(grid())
    value = st.one_of(CELLS, st.integers(), st.floats(), st.booleans(), st.none(), st.lists(CELLS, max_size=2),
                      st.dictionaries(CELLS, CELLS, max_size=2), st.just([{"school": 1, "x": None}]))  # fmt: skip
    made = []
    for row in rows:
        record: Any = {name: draw(st.one_of(st.just(cell), value)) for name, cell in zip(header, row, strict=False)}
        made.append(json.dumps(draw(st.sampled_from([record, record, record, [record], 1, "x", None]))))
    made += draw(st.lists(st.sampled_from(["[" * 5_000, '{"a":1e999}', '{"a":NaN}', "{", '{"a":1,"a":2}']), max_size=1))
    return reader, spoilt(draw, "\n".join(made).encode()), ".jsonl"


@st.composite
def workbook(draw: st.DrawFn) -> tuple[str, bytes, str]:
    reader, header, rows = draw(grid())
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([header, *rows]):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell[:1_000])
    lot = Random(draw(st.integers(0, 2**32)))
    packed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = bytearray(old.read(part))
            if lot.random() < 0.3:
                for _ in range(lot.randrange(1, 4)):
                    content[lot.randrange(len(content))] = lot.choice(b'<>/"&01A9 \xff')
            if lot.random() < 0.1 and b"<row " in content:
                content = content.replace(
                    b'r="A1"', f'r="{lot.choice(["XFD1048576", "A0", "ZZZZZ9", "", "A999999999"])}"'.encode()
                )
            if lot.random() > 0.02:
                new.writestr(part.filename, bytes(content))
    return reader, spoilt(draw, packed.getvalue()), ".xlsx"


@st.composite
def parquet(draw: st.DrawFn) -> tuple[str, bytes, str]:
    reader, header, rows = draw(grid())
    columns = {name: [row[place] if place < len(row) else None for row in rows] for place, name in enumerate(header)}
    out = io.BytesIO()
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(out)
    content, lot = bytearray(out.getvalue()), Random(draw(st.integers(0, 2**32)))
    for _ in range(lot.choice([0, 0, 1, 3, 9])):
        content[lot.randrange(len(content))] = lot.randrange(256)
    return reader, spoilt(draw, bytes(content)), ".parquet"


def register(content: bytes) -> None:
    with written(content, ".jsonl") as path, suppress(registers.SourceUnavailable):
        registers.FileRegister(path).ask(["A1", "S1", ""])


def bounce(content: bytes) -> None:
    reports.read(content)


def credential(text: str) -> None:
    with suppress(credentials.Unsound):
        credentials.self_signed(text)


def searched(text: str) -> None:
    with suppress(search.SearchProblem):
        search.parse(text, frozenset(Field))
