"""The search language: what words mean, and which word cannot be understood."""

from __future__ import annotations

import contextlib
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.permissions import Field, Phase, Role, sees
from evaluators.search import FIELDS, SearchProblem, Term, Value, Wrong, parse

ALL = frozenset(Field)


def is_(value: str) -> tuple[Value, ...]:
    return (Value("=", value),)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  ", []),
        ("rivers remember", [Term("", is_("rivers")), Term("", is_("remember"))]),
        ('"two words" -"not these"', [Term("", is_("two words")), Term("", is_("not these"), negated=True)]),
        ("Country:LV,ge", [Term("country", (*is_("LV"), *is_("ge")))]),
        ("missing:>0", [Term("missing", (Value(">", Fraction(0)),))]),
        ("points:>=61.5,<20", [Term("points", (Value(">=", Fraction(123, 2)), Value("<", Fraction(20))))]),
        ("-region:none", [Term("region", (Value("=", None),), negated=True)]),
        ("submitted:<=2026-03-31", [Term("submitted", (Value("<=", date(2026, 3, 31)),))]),
        ('unit:"a, b",c', [Term("unit", (*is_("a, b"), *is_("c")))]),
        ("50% _x_", [Term("", is_("50%")), Term("", is_("_x_"))]),
        ('open "quotation', [Term("", is_("open")), Term("", is_("quotation"))]),
    ],
)
def test_words_mean(text: str, terms: list[Term]) -> None:
    assert list(parse(text, ALL)) == terms


@pytest.mark.parametrize(
    ("text", "word", "wrong"),
    [
        ("rivers colour:red", "colour:red", Wrong.FIELD),
        ("id:", "id:", Wrong.VALUE),
        ("-", "-", Wrong.VALUE),
        ("country:LV,", "country:LV,", Wrong.VALUE),
        ("points:many", "points:many", Wrong.NUMBER),
        ("points:٣", "points:٣", Wrong.NUMBER),
        ("submitted:yesterday", "submitted:yesterday", Wrong.DAY),
        ("country:>LV", "country:>LV", Wrong.ORDER),
    ],
)
def test_a_word_that_cannot_be_understood_is_named(text: str, word: str, wrong: Wrong) -> None:
    with pytest.raises(SearchProblem) as found:
        parse(text, ALL)
    assert (found.value.word, found.value.wrong) == (word, wrong)


@pytest.mark.parametrize("at", Phase)
def test_only_fields_that_may_be_seen_can_be_asked(at: Phase) -> None:
    seen = sees(Role.OFFICER, at)
    for name, asks in FIELDS.items():
        if asks.needs in seen:
            parse(f"{name}:none", seen)
        else:
            with pytest.raises(SearchProblem, match="not to be seen"):
                parse(f"{name}:none", seen)


@given(st.text(max_size=450))
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(SearchProblem):
        parse(text, ALL)
