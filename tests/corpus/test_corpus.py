"""Every bad input of the corpus: read by a child with limits of memory and time, it has the outcome it must have."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.bad_input import ELSEWHERE, TABLES

ROOT = Path(__file__).parents[2]
MEMORY = 3_000_000_000  # bytes of address space: the child of the readers has less
READ = """
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from pathlib import Path
from laurea.errors import BadInput
from laurea.sources.tables import read_sheets
for line in sys.stdin:
    try:
        found = read_sheets(Path(line.strip()))
        rows, refusals, says = len(found.rows), found.refusals, ""
    except BadInput as error:
        rows, refusals, says = 0, error.refusals, error.says + " " + error.remedy
    told = " ".join([says, *map(str, refusals)])
    most = int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
    print(json.dumps([rows, told, most]), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, int]]:
    """What one child says of each file: rows, words, and the most memory it ever had (kB)."""
    folder = tmp_path_factory.mktemp("corpus")
    paths = {}
    for number, (name, (ending, made, _)) in enumerate(TABLES.items()):
        paths[name] = folder / f"{number}{ending}"
        paths[name].write_bytes(made())
    done = subprocess.run(
        [sys.executable, "-c", READ.format(memory=MEMORY)], input="".join(f"{one}\n" for one in paths.values()),
        capture_output=True, text=True, timeout=500, check=False, cwd=ROOT,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths), f"it ended at {list(paths)[len(lines)]}: {done.stderr[-2_000:]}"
    return {name: tuple(json.loads(line)) for name, line in zip(paths, lines, strict=True)}  # type: ignore[misc]


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_file_is_refused_in_words_or_read_as_it_stands(
    name: str, outcomes: dict[str, tuple[int, str, int]]
) -> None:
    rows, told, _ = outcomes[name]
    words = TABLES[name][2]
    if words:
        assert re.search(words, told), told[:500]
    else:
        assert rows >= 1, told[:500]


def test_no_bad_file_costs_much_memory(outcomes: dict[str, tuple[int, str, int]]) -> None:
    assert max(memory for _, _, memory in outcomes.values()) < 700_000, "kB"
    assert not Path("/tmp/laurea-corpus-was-here").exists()


@pytest.mark.parametrize("place", sorted(ELSEWHERE.values()))
def test_what_is_shown_elsewhere_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
