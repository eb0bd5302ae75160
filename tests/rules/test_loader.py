"""Strict YAML: what is resolved, and what is refused with line and column."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import RuleSetError
from rules.loader import read


def refusal(text: str):
    with pytest.raises(RuleSetError) as caught:
        read(text, "x.yaml")
    (problem,) = caught.value.problems
    assert problem.remedy
    return problem


def line_of_refusal(text: str) -> int | None:
    try:
        read(text, "x.yaml")
    except RuleSetError as error:
        return error.problems[0].line
    return None


def test_scalars_stay_text_unless_plain_true_false_null_or_integer():
    text = "a: NO\nb: 1.10\nc: 2024-02-29\nd: 12:30:00\ne: .nan\nf: true\ng: null\nh: -12\n"
    text += "i: '12'\nj: yes\nk: 0x1f\nl: 1_000\nm: 007\nn:\n"
    assert read(text, "x.yaml").data == {
        "a": "NO", "b": "1.10", "c": "2024-02-29", "d": "12:30:00", "e": ".nan", "f": True, "g": None, "h": -12,
        "i": "12", "j": "yes", "k": "0x1f", "l": "1_000", "m": "007", "n": None,
    }  # fmt: skip


@pytest.mark.parametrize("quoted", ["''", '""'])
def test_an_empty_quoted_scalar_is_an_empty_text(quoted):
    assert read(f"a: {quoted}\n", "x.yaml").data == {"a": ""}


def test_an_alias_bomb_is_refused_where_it_begins():
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    problem = refusal(bomb)
    assert (problem.line, problem.column) == (1, 4)
    assert "anchor &a" in problem.says


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: 1\nb: *c\n", 2, 4, "alias *c"),
        ("a: !!python/object:os.system x\n", 1, 4, "tag"),
        ("a: !secret x\n", 1, 4, "tag"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, 3, "stands here twice"),
        ("a: 1\n<<: {b: 2}\n", 2, 1, "merge key"),
        ("a: 1\n---\nb: 2\n", 2, 1, "more than one document"),
        ("%YAML 1.1\n---\na: 1\n", 1, 1, "directives"),
        ("? [a, b]\n: 1\n", 1, 3, "key must be a plain word"),
        ("a: [1, 2\nb: 3\n", 2, 2, "not YAML"),
        ("a: {b: 1\n", 2, 1, "not YAML"),
        ("a: 'open\n", 1, 4, "not YAML"),
        ("\ta: 1\n", 1, 1, "not YAML"),
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_place(text, line, column, says):
    problem = refusal(text)
    assert says in problem.says
    assert (problem.line, problem.column) == (line, column)


def test_a_file_over_one_megabyte_is_refused():
    assert "1 MB" in refusal("a: " + "x" * 1_000_001).says


def test_deep_nesting_is_refused_at_the_first_level_too_deep():
    problem = refusal("[" * 100_000)
    assert "30 levels" in problem.says
    assert (problem.line, problem.column) == (1, 31)


def test_too_many_values_are_refused():
    assert "50,000" in refusal("[" + "1," * 60_000 + "]").says


def test_places_inside_plain_quoted_and_block_scalars():
    text = "plain: abc > d\nquoted: 'abc > d'\nblock: |\n  first\n  abc > d\n"
    document = read(text, "x.yaml")
    assert document.where(("plain",)).inside("abc > d", 4) == (1, 12)
    assert document.where(("quoted",)).inside("abc > d", 4) == (2, 14)
    assert document.where(("block",)).inside("first\nabc > d\n", 10) == (5, 7)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_crashes(text):
    assert line_of_refusal(text) != 0


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab: -[]{}&*!|>'\"\n#%?,", max_size=120))
def test_any_yaml_like_text_is_read_or_refused_and_never_crashes(text):
    assert line_of_refusal(text) != 0
