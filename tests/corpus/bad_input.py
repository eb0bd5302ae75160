"""The bad inputs that everything was held against, each with what must become of it.

`TABLES` are files that come in: what is refused, and in which words. Other rooms have theirs where they are at home:
`ELSEWHERE` says which test shows it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

import polars as pl
import xlsxwriter

HEADER = "application_id,juror_id,points"
GOOD = f"{HEADER}\nA1,J1,3\n".encode()


def book(*rows: tuple[str, ...], far: str = "", parts: int = 0) -> bytes:
    """A workbook; `far` puts a cell far away, `parts` puts so many more files into it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([tuple(HEADER.split(",")), *rows]):
            sheet.write_row(number, 0, row)
        if far:
            sheet.write_string(far, "x")
    if parts:
        with zipfile.ZipFile(out, "a") as packed:
            for number in range(parts):
                packed.writestr(f"x/{number}", b"")
    return out.getvalue()


def bomb(declared: int | None = None) -> bytes:
    """A workbook with 400 MB of nothing in it, packed into 0.4 MB; `declared` is what its list says instead."""
    out = io.BytesIO(book())
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    size, sum_ = 400_000_000, 0
    pieces = []
    for _ in range(400):
        piece = b" " * 1_000_000
        sum_ = zlib.crc32(piece, sum_)
        pieces.append(packer.compress(piece))
    pieces.append(packer.flush())
    packed = b"".join(pieces)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as made:
        made.writestr("xl/worksheets/sheet9.xml", packed)
    content = bytearray(out.getvalue())
    name = b"xl/worksheets/sheet9.xml"
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # the part and its line in the list
        place = content.rfind(mark, 0, content.rfind(name) if at == 10 else content.find(name) + 1)
        struct.pack_into("<H", content, place + at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<III", content, place + at + 6, sum_, len(packed), declared or size)
    return bytes(content)


def named(name: str) -> bytes:
    """A workbook that also holds a file of this name."""
    out = io.BytesIO(book(("A1", "J1", "3")))
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr(name, b"x")
    return out.getvalue()


def nested() -> bytes:
    """A workbook in a workbook in a workbook."""
    content = book()
    for _ in range(3):
        out = io.BytesIO(book(("A1", "J1", "3")))
        with zipfile.ZipFile(out, "a") as packed:
            packed.writestr("xl/media/inner.xlsx", content)
        content = out.getvalue()
    return content


def encrypted() -> bytes:
    """A workbook whose parts say that a password is needed."""
    content = bytearray(book(("A1", "J1", "3")))
    place = -1
    while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
        content[place + 8] |= 1
    return bytes(content)


def parquet(rows: int = 2, spoil: int = 0) -> bytes:
    """A Parquet file of so many equal rows; `spoil` turns over bytes from so many places before its end on."""
    out = io.BytesIO()
    columns = {
        name: pl.repeat(value, rows, eager=True)
        for name, value in zip(HEADER.split(","), ("A1", "J1", "3"), strict=True)
    }
    pl.DataFrame(columns).write_parquet(out, compression="zstd")
    content = bytearray(out.getvalue())
    if spoil:
        for place in range(spoil, 12, -7):
            content[-place] ^= 0x5A
    return bytes(content)


Made = Callable[[], bytes]
TABLES: dict[str, tuple[str, Made, str]] = {
    "csv with a byte order mark": (".csv", lambda: b"\xef\xbb\xbf" + GOOD, ""),
    "csv in windows-1257": (".csv", lambda: f"{HEADER}\nA1,Ķ,3\n".encode("cp1257"), "not in UTF-8"),
    "csv in windows-1251": (".csv", lambda: f"{HEADER}\nA1,Ж,3\n".encode("cp1251"), "not in UTF-8"),
    "csv in UTF-16": (".csv", lambda: GOOD.decode().encode("utf-16"), "UTF-16"),
    "quotation mark never closed": (".csv", lambda: GOOD + b'A2,"J2,3\nA3,J3,4\n', "never closed"),
    "quotation mark that swallows a megabyte": (".csv", lambda: GOOD + b'A2,"' + b"x\n" * 500_000, "never closed"),
    "zero bytes": (".csv", lambda: GOOD + b"A2,J\x00,3\n", "binary data"),
    "zero byte late": (".csv", lambda: GOOD + b"A2,J2,3\n" * 20_000 + b"A3,J\x00,3\n", "control character"),
    "lone surrogate": (".csv", lambda: GOOD + b"A2,J\xed\xa0\x80,3\n", "not in UTF-8"),
    "text that turns its direction": (".csv", lambda: GOOD + "A2,J\u202e,3\n".encode(), "invisible character"),
    "text too long": (".csv", lambda: GOOD + b"A2," + b"x" * 9_000 + b",3\n", "9000 characters"),
    "formula in a cell": (".csv", lambda: GOOD + b'"=HYPERLINK(""x"")",J2,3\n', ""),
    "a PDF file": (".csv", lambda: b"%PDF-1.7\n" + GOOD, "PDF"),
    "a program": (".csv", lambda: b"MZ\x90\x00\x03" + GOOD, "binary data"),
    "a workbook called csv": (".csv", book, "spreadsheet or zip"),
    "a table called xlsx": (".xlsx", lambda: GOOD, "damaged|not a workbook"),
    "a web page called xlsx": (".xlsx", lambda: b"<html><script>alert(1)</script>", "damaged|not a workbook"),
    "a table called parquet": (".parquet", lambda: GOOD, "damaged|not a Parquet"),
    "json: NaN and Infinity": (".jsonl", lambda: b'{"application_id":"A1","juror_id":"J1","points":NaN}', ""),
    "json: 1e999": (".jsonl", lambda: b'{"application_id":"A1","juror_id":"J1","points":1e999}', ""),
    "json: a number of 5,000 digits": (
        ".jsonl",
        lambda: b'{"application_id":' + b"9" * 5_000 + b"}",
        "not a JSON object|No record",
    ),
    "json: 100,000 brackets": (".jsonl", lambda: b"[" * 100_000, "No record"),
    "json: a key twice": (
        ".jsonl",
        lambda: b'{"application_id":"A1","juror_id":"J1","points":"3","points":"4"}',
        "twice|No record",
    ),
    "json: a list": (".jsonl", lambda: b'["A1","J1","3"]', "No record"),
    "xlsx bomb": (".xlsx", bomb, "too large"),
    "xlsx bomb that says it is small": (".xlsx", partial(bomb, 1_000), "not a workbook|damaged|too large"),
    "xlsx with a cell in the last corner": (".xlsx", partial(book, far="XFD1048576"), "damaged|too large"),
    "xlsx with 2,000 parts": (".xlsx", partial(book, parts=2_000), "too large"),
    "xlsx in xlsx in xlsx": (".xlsx", nested, ""),
    "xlsx with ../../x": (".xlsx", partial(named, "../../../../tmp/laurea-corpus-was-here"), ""),
    "xlsx with /abs": (".xlsx", partial(named, "/tmp/laurea-corpus-was-here"), ""),
    "xlsx under a password": (".xlsx", encrypted, "not a workbook"),
    "parquet with a billion rows of nothing": (".parquet", partial(parquet, 6_000_000), "more than|damaged"),
    "parquet spoilt at its end": (".parquet", partial(parquet, 2, 300), "damaged|not a Parquet"),
    "parquet spoilt all through": (".parquet", partial(parquet, 2, 700), "damaged|not a Parquet|cannot be read"),
}
"""Files of score sheets by name: ending, bytes, and words of the refusal (none: read, with the cells as text)."""

ELSEWHERE = {
    "YAML alias bomb": "tests/rules/test_loader.py::test_an_alias_bomb_is_refused_where_it_begins",
    "YAML: NO, 12:30:00, 1.10, .nan": (
        "tests/rules/test_loader.py::test_scalars_stay_text_unless_plain_true_false_null_or_integer"
    ),
    "YAML: keys twice, tags, merge keys": (
        "tests/rules/test_loader.py::test_what_is_not_plain_yaml_is_refused_with_its_place"
    ),
    "YAML: 100,000 brackets": "tests/rules/test_loader.py::test_deep_nesting_is_refused_at_the_first_level_too_deep",
    "YAML: too large": "tests/rules/test_loader.py::test_a_file_over_one_megabyte_is_refused",
    "YAML: too many values": "tests/rules/test_loader.py::test_too_many_values_are_refused",
    "numbers of other scripts, true for 1, 1_000": (
        "tests/evaluators/test_facts.py::test_a_value_of_another_type_is_a_problem_and_stays_unknown"
    ),
    "marks that are no numbers": "tests/evaluators/test_marks.py::test_problems_names_what_is_wrong_and_the_scale",
    "entities in XML": "tests/sources/test_xlsx.py::test_a_workbook_of_entities_or_without_sheets_is_refused",
    "formulas that go out": (
        "tests/web/test_hostile_exports.py::test_no_table_that_the_portal_hands_out_holds_a_formula"
    ),
    "templates": "tests/notifications/test_wording.py::test_hostile_text_is_refused_before_it_runs",
    "templates that fill the memory": "tests/notifications/test_wording.py::test_refusing_takes_little_memory",
    "templates with unknown fields": (
        "tests/notifications/test_checking.py::test_what_is_wrong_is_named_by_file_and_line"
    ),
    "evidence addresses": "tests/corpus/test_ssrf.py::test_no_spelling_of_our_own_network_is_connected_to",
    "HTML in names": "tests/notifications/test_wording.py::test_markup_of_a_person_is_text",
    "papers of untrusted names": "tests/documents/test_papers.py::test_every_script_and_markup_stand_as_written",
    "signs that no font has": "tests/documents/test_papers.py::test_missing_sign_is_named_with_its_holder",
    "composed and decomposed letters": "tests/sources/test_files.py::test_read_applications_text_comes_out_in_nfc",
    "domains that look like others": (
        "tests/notifications/test_addresses.py::test_a_domain_that_mixes_scripts_to_look_like_another_is_refused"
    ),
}
"""What reliability asks beside files, and where it is shown."""
