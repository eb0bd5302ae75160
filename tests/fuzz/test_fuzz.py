"""Hostile and broken input: what takes it answers or refuses, and never falls over.

`make fuzz MINUTES=30` does the same for as long as one likes; here is a sample, always the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import hypothesis
import pytest

from tests.fuzz import portal
from tests.fuzz.targets import TARGETS, encoded, examples

CASES = {
    "yaml": 200,
    "condition": 300,
    "rule_set": 60,
    "workbook": 2,
    "parquet": 2,
    "pages": 60,
    "api": 25,
    "sign_in": 25,
}
EXAMPLES = ("yaml", "rule_set", "condition")


@pytest.fixture(scope="module", autouse=True)
def _closing() -> Iterator[None]:
    yield
    portal.close()


@pytest.mark.parametrize("target", TARGETS)
def test_a_sample_of_what_anyone_may_send_is_answered_or_refused(target: str) -> None:
    strategy, check = TARGETS[target]
    hypothesis.settings(
        max_examples=CASES.get(target, 100), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate],
    )(hypothesis.given(strategy())(check))()  # fmt: skip


@pytest.mark.parametrize("target", EXAMPLES)
def test_every_example_is_read_or_refused(target):
    for data in examples(target):
        TARGETS[target][1](data)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 5_000, "!" * 1_900, "-" * 1_900 + "1", "a" + " + a" * 600, "a" + " ? a : a" * 190, "[" * 500),
        *("xs" + ".filter(x, true)" * 60 + ".size() > 0", "9" * 1_900, "0." + "9" * 1_800, "f" + " && f" * 199),
    ],
    ids=lambda text: f"{text[:6]}…",
)
def test_deep_and_long_conditions_are_refused_or_read(text):
    TARGETS["condition"][1](encoded(text))


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 100_000, "{a: " * 50_000, "- " * 50_000, "a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 900))),
        *("? " * 50_000, "a: |\n" + "  x\n" * 100_000, "[" + "1," * 60_000 + "]", '"' + "\\" * 99_999, "&a " * 9_999),
    ],
    ids=lambda text: f"{text[:6]!r}…",
)
def test_deep_and_long_files_are_refused_or_read(text):
    TARGETS["yaml"][1](encoded(text))


LAUGHS = """\
award: a
edition: b
title: One derived value names the one before it again and again
sources: {own: {title: Ours, mark: OWN}}
facts:
  f: {type: bool, meaning: x, supplied_by: applicant}
  a: {type: int, meaning: x, supplied_by: applicant}
  d: {type: date, meaning: x, supplied_by: applicant}
derived:
  v0: {value: BASE}
LINES
eligibility: [{id: held, says: x, cite: own, require: LAST}]
outcomes: [{id: one, title: x, when: eligibility}, {id: other, title: x, otherwise: true}]
"""


@pytest.mark.parametrize("levels", [5, 7, 9, 40])
@pytest.mark.parametrize(
    ("base", "line", "last"),
    [
        ("a", "abs(V - 1) + abs(V)", "V > 3"),
        ("d", "max(V, days_after(V, 1))", "V > d"),
        ("d", "days_after(V, days_between(V, d))", "V > d"),
        ("d", "working_days_after(V, year(V), 'LV')", "V > d"),
        ("f", "(V || f) && (V || !f)", "V"),
        ("f", "'V ? !V : V'", "V"),
    ],
    ids=lambda text: text,
)
def test_derived_values_that_double_are_refused_before_they_fill_the_memory(base, line, last, levels):
    lines = "\n".join(f"  v{n}: {{value: {line.replace('V', f'v{n - 1}')}}}" for n in range(1, levels + 1))
    text = LAUGHS.replace("BASE", base).replace("LINES", lines).replace("LAST", last.replace("V", f"v{levels}"))
    TARGETS["rule_set"][1](encoded(text))


@pytest.mark.parametrize("number", ["2147483647", "2147483648", "9" * 22, "-" + "9" * 22], ids=lambda text: text[:6])
def test_a_number_no_record_can_have_leads_nowhere(number: str) -> None:
    """PostgreSQL holds 32 bits of a number, SQLite 64: what is beyond is no address, and no fault inside."""
    with portal.routes_of_portal() as routes:
        asked = [(route, re.findall(r"\{(\w+)", route[1])) for route in routes]
    for route, words in asked:
        ours = [word == "code" for word in words]
        for reader in ("officer", "juror") if not all(ours) else ():
            portal.ask(portal.Request(route, reader, [number.encode()] * len(words), ours))
