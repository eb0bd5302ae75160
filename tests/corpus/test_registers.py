"""Lines of a register that fuzzing found: each is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from laurea.sources.registers import FileRegister, SourceUnavailable


@pytest.mark.parametrize(
    "line", ["[" * 9_000, "9" * 5_000, '{"unit_id":["A1"]}', '{"unit_id":{}}', "[]", "1", '{"unit_id":"A1","facts":[]}']
)
def test_a_line_that_is_no_entry_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "register.jsonl"
    path.write_text('{"unit_id":"B1"}\n' + line, encoding="utf-8")
    with pytest.raises(SourceUnavailable, match="row 2"):
        FileRegister(path).ask(["A1"])
