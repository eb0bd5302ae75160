"""A register in a file: what is asked for is found, what changed is read anew, what is no entry is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from laurea.sources.registers import FileRegister, SourceUnavailable


def line(unit: str, **facts: object) -> bytes:
    return json.dumps({"unit_id": unit, "facts": facts}, ensure_ascii=False).encode()


def test_of_two_lines_about_a_unit_the_later_counts(tmp_path: Path) -> None:
    file = tmp_path / "register.jsonl"
    file.write_bytes(b"\r\n".join([line("a", x=1), b"", line("b", x="\u2028"), line("a", x=2)]))
    found = FileRegister(file).ask(["b", "a", "nobody"])
    assert {unit: entry.facts for unit, entry in found.items()} == {"a": {"x": 2}, "b": {"x": "\u2028"}}


def test_a_file_that_changed_between_two_chunks_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "register.jsonl"
    file.write_bytes(line("a", x=1) + b"\n" + line("b", x=1))
    assert FileRegister(file).ask(["b"])["b"].facts == {"x": 1}
    file.write_bytes(line("c", name="longer than what stood here") + b"\n" + line("b", x=2))
    assert FileRegister(file).ask(["b"])["b"].facts == {"x": 2}


@pytest.mark.parametrize(
    "wrong", [b"[]", b"1", b"{", b'{"unit_id": ["a"]}', b'[["unit_id", "a"]]', b"\xff", b"[" * 99_999]
)
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, wrong: bytes) -> None:
    file = tmp_path / "register.jsonl"
    file.write_bytes(line("a", x=1) + b"\n" + wrong + b"\n")
    with pytest.raises(SourceUnavailable, match="row 2"):
        FileRegister(file).ask(["a"])
