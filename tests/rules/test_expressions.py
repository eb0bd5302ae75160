"""Conditions: how they are read, what they may say, and where a mistake is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.expressions import BOOL, DATE, MOMENT, NUMBER, TEXT, Scope, Type, check
from rules.syntax import ExpressionError, parse

SAID = Path(__file__).parent / "said_of_conditions.txt"
SCOPE = Scope(
    {
        "age": NUMBER,
        "score": NUMBER,
        "day": DATE,
        "limit": DATE,
        "sent": MOMENT,
        "code": TEXT,
        "ok": BOOL,
        "wanted": Type("list", item=TEXT),
        "people": Type("list", fields={"seen": DATE, "country": TEXT, "points": NUMBER}),
        "policy.ties": Type("text", options=("in", "out")),
        "kind": Type("text", options=("primary", "upper")),
    },
    "in a test",
    derived={"older": parse("age + 2"), "busy": parse("people.size()"), "lost": parse("nobody + 1")},
)


MISTAKES = [
    ("agge >= 3", 0, "no 'agge'"),
    ("age >= '3'", 4, "cannot be compared"),
    ("age >= day", 4, "cannot be compared"),
    ("age", 0, "must be yes or no"),
    ("ok > true", 3, "no order"),
    ("code < 'b'", 5, "no order"),
    ("age / 2 > 1", 4, "'/'"),
    ("age = 3", 4, "'='"),
    ("ok & ok", 3, "'&'"),
    ("age > 1 ok", 8, "Expected the end"),
    ("age >", 5, "condition ends"),
    ("(age > 1", 8, "Expected ')'"),
    ("1 < age < 3", 8, "chained"),
    ("people.size() > 1 && peeple.size() > 1", 21, "no 'peeple'"),
    ("people.exists(p, p.sen > day)", 17, "no field 'sen'"),
    ("people.exists(p, p > 1)", 17, "whole item"),
    ("people.exists(age, age > 1)", 7, "already a name"),
    ("people.exists(p, people.exists(q, q.points > 1))", 24, "list inside a list"),
    ("people.count() > 1", 7, "no '.count"),
    ("people == people", 7, "Lists cannot"),
    ("people.distinct().size() > 1", 7, "plain values"),
    ("yeers_before(day, 2) > day", 0, "no function"),
    ("years_before(day) > day", 0, "takes 2 values"),
    ("school_year(day, code) > age", 17, "plain value"),
    ("date('2023-02-29') > day", 5, "not a date"),
    ("policy.ties == 'inn'", 15, "not an answer"),
    ("code in []", 8, "list is empty"),
    ("code in ['a', 1]", 14, "Expected a text"),
    ("code in ['a', code]", 14, "plain values only"),
    ("'a' in people", 7, "list of plain values"),
    ("code in wanted.distinct()", 15, "Only lists of an application"),
    ("lost > 1", 0, "'lost' cannot be used in a test: There is no 'nobody'."),
    ("people.exists(p, p.points > busy)", 28, "'busy' looks into a list"),
    ("people.exists(p, p.points.more > 1)", 17, "people has no field 'points.more'"),
    ("(ok ? people : people).size() > 1", 6, "gives plain values"),
    ("max(1) > 2", 0, "at least two"),
    ("max(code, code) == code", 4, "compares numbers or dates, but this is a text"),
    ("max(1, day) > 2", 7, "Expected a number"),
    ("people.map(p, p.country).sum() == 1", 25, "sum() needs numbers"),
    ("people.map(p, p.seen).sum() == 1", 22, "sum() needs numbers"),
    ("people.map(p, p.points).distinct().sum() > 1", 35, "counts every item"),
    ("people.sum() > 1", 7, "sum() needs numbers"),
    ("people.map(p, ['a']).size() > 1", 14, "map gives plain values, but this is a list"),
    ("people.map(p, p.country).exists(q, q == 'x')", 25, "Only items with fields"),
    ("people.exists(p, people.size() > 1)", 24, "A list inside a list"),
    ("people.size(1) > 1", 7, "There is no '.size"),
    ("wanted.size() > 1", 7, "Only lists of an application"),
    ("kind == 'lower'", 8, "'lower' is not a word of kind"),
    ("kind in ['primary', 'lower']", 20, "'lower' is not a word of kind"),
    ("ok ? 1 : 2", 3, "must be yes or no"),
    ("ok ? ok : 2", 10, "Expected yes or no"),
    ("'open", 0, "not part of the language"),
    ("1e5 > age", 0, "not a number"),
    ("1.2.3 > age", 0, "not a number"),
    ("ağe > 1", 1, "not part of the language"),
    ("x" * 2001, 0, "longer than"),
    ("!" * 100 + "ok", 39, "nested too deeply"),
    ("1 > 2 + 'x'", 8, "Expected a number"),
    ("people.exists(p, p.seen.more > day)", 17, "people has no field 'seen.more'"),
    ("people.map(p, p.points).sum(1) > 1", 24, "There is no '.sum"),
    ("'inn' == policy.ties", 0, "'inn' is not an answer"),
    ("ok && age", 6, "Expected yes or no"),
    ("policy.ties in ['in', 'up']", 22, "'up' is not an answer"),
]
"""A condition, the character at which it goes wrong, words of what is said."""


def wrong(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        check(parse(text), SCOPE, BOOL)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "age >= 3",
        "age + 2 * score - 1 > 20.5",
        "!(ok && age < 3) || code == 'x'",
        "code in wanted",
        "code in ['a', 'b']",
        "age in [1, 2]",
        "day <= limit && years_before(limit, 2) >= date('2020-02-29')",
        "people.filter(p, p.seen >= limit).size() >= 3",
        "people.exists(p, p.country == code && p.points > age)",
        "people.all(p, p.points >= 1)",
        "people.filter(p, p.points > 1).map(p, p.country).distinct().size() == 2",
        "policy.ties == 'in' ? ok : !ok",
        "days_between(day, limit) > 30",
        "school_year(day_of(sent, 'UTC'), '08-01') == 2022",
        "older > 3 && busy > 1",
        "people.exists(p, p.points > older)",
        "people.map(p, p.points).sum() > people.map(p, p.points).max()",
        "people.map(p, p.seen).min() < max(day, limit)",
        "max(age, score, 3) > -age",
        "kind in ['primary', 'upper'] || kind != 'upper'",
    ],
)
def test_a_condition_of_the_language_is_accepted(text):
    assert check(parse(text), SCOPE, BOOL).type.kind == "bool"


def test_operators_bind_as_in_arithmetic_and_logic():
    tree = parse("1 + 2 * 3 >= 7 && !x || y")
    assert tree.op == "||"
    assert tree.left.op == "&&"
    assert tree.left.left.op == ">="
    assert tree.left.left.left.op == "+"


@pytest.mark.parametrize(("text", "offset", "says"), MISTAKES)
def test_a_mistake_is_shown_where_it_is(text, offset, says):
    error = wrong(text)
    assert says in error.says
    assert error.offset == offset
    assert error.remedy  # nobody is refused without the way out


def test_every_word_that_is_said_of_a_mistake_was_read_by_somebody():
    """What is said stands in a file, whole, so that a change of it is seen: `python -m tests.rules.test_expressions`
    writes it anew, to be read before it is kept.
    """
    assert said() == SAID.read_text(encoding="utf-8")


def said() -> str:
    """What is said of each mistake, with the way out."""
    each = ((text if len(text) < 120 else f"{text[:20]}…", wrong(text)) for text, _, _ in MISTAKES)
    return "".join(f"{text}\n    {error.says}\n    {error.remedy}\n" for text, error in each)


def test_a_near_miss_is_suggested():
    assert wrong("agge >= 3").remedy == "Did you mean age?"
    assert wrong("policy.ties == 'outt'").remedy == "Did you mean 'out'?"
    assert wrong("yeers_before(day, 2) > day").remedy == "Did you mean years_before?"
    assert wrong("kind == 'uper'").remedy == "Did you mean 'upper'?"
    assert wrong("people.exists(p, p.sen > day)").remedy == "Did you mean p.seen?"
    assert wrong("people.exists(p, older.x > p.points)").says == "There is no 'older.x'."


def test_where_nothing_is_near_what_there_is_is_listed():
    assert wrong("zzzzz >= 3").remedy == (
        "Names that can be used in a test: age, busy, code, day, kind, limit, lost, ok, older, people, policy.ties, "
        "score."
    )
    assert wrong("lost > 1").remedy.startswith("Names that can be used in a test: age, busy,")
    assert wrong("kind == 'zz'").remedy == "Its words are primary, upper."
    assert wrong("policy.ties == 'zz'").remedy == "Its answers are in, out."
    assert wrong("zzzzz(day)").remedy.startswith("Functions: years_before, years_after,")
    assert wrong("people.exists(p, p > 1)").remedy == "Name a field of it, such as p.seen."
    assert wrong("day > '2024-02-29'").remedy == "Compare like with like. Write a date as date('2024-02-29')."
    assert wrong("age > 'x'").remedy == "Compare like with like."
    assert wrong("max(code, code) == code").remedy == "Compare like with like."
    empty = wrong("code in []")
    assert (empty.says, empty.remedy) == ("The list is empty.", "Put at least one value into it.")


def test_a_condition_is_measured_with_its_derived_values_written_out():
    parts = {f"d{number}": parse(f"d{number - 1} + d{number - 1}") for number in range(1, 12)} | {"d0": parse("age")}
    scope = Scope({"age": NUMBER}, derived=parts)
    assert check(parse("d7 > 1"), scope, BOOL).names == {"age"}
    with pytest.raises(ExpressionError, match="too large once its derived values") as caught:
        check(parse("d11 > 1"), scope, BOOL)
    assert caught.value.remedy == "Name fewer derived values in it, or take facts for some of them."


def test_what_must_be_the_same_for_all_may_be_a_parameter_or_a_policy():
    scope = Scope({"day": DATE, "age": NUMBER, "from_": TEXT, "policy.from": TEXT}, constants=frozenset({"from_"}))
    for word in ("from_", "policy.from", "'08-01'"):
        assert check(parse(f"school_year(day, {word})"), scope, NUMBER).type == NUMBER


def test_used_names_are_listed_with_fields():
    used = check(parse("people.exists(p, p.seen > limit) && code in wanted"), SCOPE).names
    assert used == {"people", "people.seen", "limit", "code", "wanted"}


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab 1.()[]<>=!&|?:,+-*'\"in", max_size=80))
def test_any_text_is_read_or_refused_and_never_crashes(text):
    offset = 0
    try:
        check(parse(text), SCOPE)
    except ExpressionError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


if __name__ == "__main__":
    SAID.write_text(said(), encoding="utf-8")
