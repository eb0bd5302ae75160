"""Hostile and broken input: the loader and the reader of conditions answer or refuse, and never fall over.

`tests/fuzz/run.py --minutes N` does the same under coverage guidance, for as long as one likes.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, WORDS, examples

YAMLISH = st.sampled_from(
    [
        *("a", "id", ": ", "\n", "\n  ", "- ", "{", "}", "[", "]", ", ", '"', "'", "|", ">", "&a ", "*a", "!!x ", "? "),
        *("---\n", "%YAML 1.1\n", "#", "\t", "é", "\x00", "\ud800", "<<: ", "null", "1e9", "0x1", "2024-01-01"),
        *("\ufeff", "\r", "\x85"),
    ]
)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(YAMLISH, max_size=60).map("".join).map(encoded)))
def test_the_strict_reader_answers_or_refuses(data):
    TARGETS["yaml"](data)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_the_reader_of_conditions_answers_or_refuses(text):
    TARGETS["condition"](encoded(text))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_broken_rule_set_is_read_or_refused(seed):
    chance = Random(seed)
    lines = chance.choice(examples("rule_set")).decode().splitlines()
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        other = chance.choice(lines)
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        lines[at : at + 1] = chance.choice(
            [[], [line, other], [other], [" " + line], [line[1:]], [line[:cut] + chance.choice(WORDS) + line[cut:]]]
        )
    TARGETS["rule_set"](encoded("\n".join(lines)))


@pytest.mark.parametrize("target", TARGETS)
def test_every_example_is_read_or_refused(target):
    for data in examples(target):
        TARGETS[target](data)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 5_000, "!" * 1_900, "-" * 1_900 + "1", "a" + " + a" * 600, "a" + " ? a : a" * 190, "[" * 500),
        *("xs" + ".filter(x, true)" * 60 + ".size() > 0", "9" * 1_900, "0." + "9" * 1_800, "f" + " && f" * 199),
    ],
    ids=lambda text: f"{text[:6]}…",
)
def test_deep_and_long_conditions_are_refused_or_read(text):
    TARGETS["condition"](encoded(text))


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 100_000, "{a: " * 50_000, "- " * 50_000, "a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 900))),
        *("? " * 50_000, "a: |\n" + "  x\n" * 100_000, "[" + "1," * 60_000 + "]", '"' + "\\" * 99_999, "&a " * 9_999),
    ],
    ids=lambda text: f"{text[:6]!r}…",
)
def test_deep_and_long_files_are_refused_or_read(text):
    TARGETS["yaml"](encoded(text))


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
    TARGETS["rule_set"](encoded(text))
