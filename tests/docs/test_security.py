"""The page on security is held to the code: no requirement without an answer, no test that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
NAMED = re.compile(
    r"`((?:tests|laurea|evaluators|docs|tools|rules)/[\w./-]+|pyproject\.toml|SECURITY\.md)(?:::(\w+))?`"
)
LEVEL_2 = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2 4.1:1-3
4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3
7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11
10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1 12.1:1-3 12.2:1-2 12.3:1-4 13.1:1 13.2:1-5
13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 15.3:1-7 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3
17.1:1 17.2:1-4 17.3:1-2
"""
"""Which numbers ASVS 5.0.0 has on levels 1 and 2, by section."""


def wanted() -> list[str]:
    found = []
    for part in LEVEL_2.split():
        section, _, numbers = part.partition(":")
        first, _, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def test_every_requirement_of_levels_1_and_2_has_one_answer() -> None:
    assert len(wanted()) == 253
    assert [row[0] for row in ROW.findall(PAGE)] == wanted()
    assert {row[3] for row in ROW.findall(PAGE)} == {"holds", "not applicable", "open"}


def test_what_holds_names_what_shows_it_and_what_does_not_says_why() -> None:
    for number, _, _, answer, why in ROW.findall(PAGE):
        assert why.strip(), number
        assert answer != "holds" or NAMED.search(why) or number in ("4.2.1", "5.1.1", "11.1.2"), number


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED.findall(PAGE)}))
def test_every_file_and_test_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).is_file() or path == "laurea/store"
    for one, name in NAMED.findall(PAGE):
        if one == path and name:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"{path} has no {name}"
