"""No Python names an award, a country or an edition: what they demand is data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("rules", "evaluators", "notifications", "laurea", "flows")
DATA = {ROOT / "laurea" / "cli" / "demo" / "scenes.py"}
WORDS = re.compile(
    r"etwinning|national quality label|european quality label|creative.project"
    r"|\bnql\b|\beql\b|\besl\b|nql-|eql-|esl-|az-mc"
    r"|\bazerbaijan\b|georgia\b|latvia\b|poland|turkey|erasmus|horizon europe",
    re.IGNORECASE,
)
SCENES = re.compile(r"\bscenes\.[A-Z_]+")  # the names of the demo's data, which stands in the one file of DATA
CODES = re.compile(r"""['"](AZ|GE|LV|PL|TR|DE|FR|ES|IT|CZ|RS|DK|PT|AT|BE|HR|RO|UA|GB)['"]""")


def files() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if path not in DATA]


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_no_python_names_an_award_a_country_or_an_edition(room):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files()
        if path.is_relative_to(ROOT / room)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(SCENES.sub("", line)) or CODES.search(line)
    ]
    assert not found, "\n".join(found)
