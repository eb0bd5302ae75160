"""Rule sets as files: mistakes shown with line, column and remedy; the library, its digests and its dates."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from rules import check, schema
from rules.errors import RuleSetError
from rules.library import LIBRARY, editions, find, load, load_text, named
from rules.plan import compile_plan

ROOT = Path(__file__).parents[2]
GOOD = """\
award: prize
edition: "2024"
title: A prize
sources:
  call: {title: The call, mark: F}
facts:
  age: {type: int, meaning: Age., supplied_by: applicant}
  people:
    type: list
    meaning: People.
    supplied_by: register
    source: register
    fields:
      seen: {type: date, meaning: Last seen.}
parameters:
  oldest: {type: int, value: 18, cite: call}
policies:
  pass_mark: {type: int, asks: How many points?, cite: call}
eligibility:
  - id: young
    says: At most {oldest}.
    cite: call §1
    require: age <= oldest
  - id: company
    says: Somebody was seen.
    cite: call §2
    require: people.exists(p, p.seen >= date('2024-01-01'))
rubric:
  cite: call
  criteria:
    - {id: art, title: Art, maximum: 10}
  gates:
    - {id: enough, says: "{policy.pass_mark} points.", cite: call, require: total >= policy.pass_mark}
outcomes:
  - {id: out, title: Out, when: "!eligibility"}
  - {id: won, title: Won, when: gates, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""


def problems(old: str, new: str):
    assert old in GOOD
    with pytest.raises(RuleSetError) as caught:
        load_text(GOOD.replace(old, new, 1), "prize.yaml")
    return caught.value.problems


def line_of(text: str, source: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if text in line)


@pytest.mark.parametrize(  # old, new, where it is shown, how far behind, what is said, what helps
    ("old", "new", "at", "offset", "says", "remedy"),
    [
        ("require: age <= oldest", "require: ages <= oldest", "ages", 0, "no 'ages'", "Did you mean age?"),
        ("require: age <= oldest", "require: age <= 'x'", "age <= 'x'", 4, "cannot be compared", "like with like"),
        ("require: age <= oldest", "requires: age <= oldest", "requires", 0, "not part of the language", "'require'"),
        ("p.seen >=", "p.seem >=", "p.seem", 0, "no field 'seem'", "Did you mean p.seen?"),
        ("cite: call §1", "cite: cal §1", "cal §1", 0, "no source 'cal'", "call"),
        ("At most {oldest}.", "At most {eldest}.", "At most", 0, "{eldest}", "oldest"),
        ("type: int, meaning: Age.", "type: integer, meaning: Age.", "integer", 0, "Input should be", "schema"),
        ("type: int, value: 18", "type: int, value: 18.5", "18.5", 0, "not a whole number", "without decimals"),
        ("type: int, value: 18", "type: date, value: 2023-02-29", "2023-02-29", 0, "not a date", "2024-02-29"),
        ('when: "!eligibility"', 'when: "!eligible"', '!eligible"', 1, "no 'eligible'", "Did you mean eligibility?"),
        ("maximum: 10", "maximum: points", "points", 0, "no 'points'", "constant"),
        ("id: company", "id: young", "id: young", 4, "used twice", "its own id"),
        ("supplied_by: register\n", "supplied_by: applicant\n", "people:", 0, "names its source", ""),
        ("title: A prize\n", "", "award: prize", 0, "'title' is missing", "Add `title:`"),
        ("total >= policy.pass_mark}", "total >= policy.passmark}", "policy.passmark", 0, "policy.passmark", "mark"),
        ("grants: true", "grants: ja", "grants: ja", 8, "true or false", ""),
        ("type: int, meaning: Age.", "type: int, scale: 2, meaning: Age.", "age:", 0, "decimal", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_with_line_column_and_remedy(old, new, at, offset, says, remedy):
    found = problems(old, new)
    text = GOOD.replace(old, new, 1)
    places = [(number, line.index(at) + 1 + offset) for number, line in enumerate(text.splitlines(), 1) if at in line]
    assert any(says in one.says and remedy in one.remedy and one.remedy for one in found), found
    problem = next(one for one in found if says in one.says)
    assert problem.file == "prize.yaml"
    assert problem.line in {line for line, _ in places} or abs(problem.line - places[0][0]) <= 1
    if at not in ("people:", "age:", "award: prize"):
        assert (problem.line, problem.column) in places


def test_all_mistakes_are_reported_at_once():
    found = problems("require: age <= oldest", "require: ages <= eldest(1")
    assert len(found) == 1
    text = (
        GOOD.replace("age <= oldest", "ages <= oldest").replace("p.seen >=", "p.seem >=").replace("call §2", "cal §2")
    )
    with pytest.raises(RuleSetError) as caught:
        load_text(text, "prize.yaml")
    assert [problem.line for problem in caught.value.problems] == sorted(
        line_of(part, text) for part in ("ages <=", "p.seem", "cal §2")
    )


def test_outcomes_must_end_with_otherwise():
    (found,) = problems("{id: lost, title: Lost, otherwise: true}", "{id: lost, title: Lost, when: '!gates'}")
    assert "no decision" in found.says


def test_a_word_of_the_language_cannot_name_a_fact():
    found = problems("  age: {type", "  total: {type")
    assert any("word of the language" in problem.says for problem in found)


def test_a_condition_whose_figures_could_grow_past_64_bits_is_refused():
    text = GOOD.replace("age <= oldest", "age * age * age <= oldest")
    with pytest.raises(RuleSetError, match="past 18 digits") as caught:
        compile_plan(load_text(text, "prize.yaml"))
    (problem,) = caught.value.problems
    assert problem.line == line_of("age * age", text)


def test_digest_ignores_layout_and_comments_but_not_words():
    one = load_text(GOOD, "a.yaml").digest
    assert load_text("# a remark\n" + GOOD.replace("title: A prize\n", "title:   'A prize'\n"), "b.yaml").digest == one
    assert load_text(GOOD.replace("value: 18", "value: 19"), "a.yaml").digest != one


def test_text_is_kept_as_read():
    assert load_text(GOOD, "a.yaml").text == GOOD
    assert load_text(load_text(GOOD, "a.yaml").text, "b.yaml").digest == load_text(GOOD, "a.yaml").digest


def test_unused_things_are_found():
    text = GOOD.replace("parameters:", "parameters:\n  idle: {type: int, value: 1, cite: call}").replace(
        "age <= oldest", "oldest <= oldest"
    )
    found = {problem.says for problem in check.findings(load_text(text, "a.yaml"))}
    assert "The parameter 'idle' is used by no condition." in found
    assert "The fact 'age' is used by no condition." in found


def test_a_clause_without_effect_and_an_unreachable_outcome_are_found():
    text = GOOD.replace('when: "!eligibility"', 'when: "!clause.young"').replace(
        "when: gates", "when: '! clause.young'"
    )
    found = " ".join(problem.says for problem in check.findings(load_text(text, "a.yaml")))
    assert "No outcome depends on the clause 'company'" in found
    assert "'won' can never be reached" in found


@pytest.mark.parametrize("key", [str(key) for key in editions()])
def test_the_library_loads_and_the_checker_is_silent(key):
    ruleset = named(key)
    assert check.findings(ruleset) == []
    assert ruleset.key == key
    assert (LIBRARY / f"{key}.yaml").is_file()


@pytest.mark.parametrize("key", [str(key) for key in editions()])
def test_every_sentence_of_the_library_is_there_in_four_languages(key):
    ruleset = named(key)
    texts = [ruleset.title, *(one.title for one in ruleset.outcomes)]
    texts += [text for _, clause in check.clauses(ruleset) for text in (clause.says, clause.finds) if text]
    texts += [one.title for one in ruleset.rubric.criteria] if ruleset.rubric else []
    texts += [ruleset.selection.says] if ruleset.selection else []
    languages = set(ruleset.title)  # comparable schemes, shown to nobody who applies, may be in English only
    assert languages in ({"en"}, {"en", "az", "ka", "lv"})
    for text in texts:
        assert set(text) >= languages, text


@pytest.mark.parametrize("key", [str(key) for key in editions()])
def test_no_policy_of_the_library_has_a_default(key):
    plan = compile_plan(named(key))
    assert set(plan.unanswered) == set(named(key).policies)


def test_where_there_is_an_appeal_it_is_said_whether_it_may_lower_a_result():
    """No source seen says it, so it is asked of the office; nothing is judged again before it is answered."""
    asked = {str(key): named(str(key)).appeals for key in editions()}
    asked = {key: appeals.lowers for key, appeals in asked.items() if appeals}
    assert len(asked) == 2
    assert set(asked.values()) == {"policy.appeal_lowers"}
    for key in asked:
        assert "not stated" in named(key).policies["appeal_lowers"].cite


def test_the_example_of_public_scores_loads():
    ruleset = load(ROOT / "examples" / "aibs" / "aibs-grants.yaml")
    assert check.findings(ruleset) == []
    assert [one.id for one in ruleset.rubric.criteria if one.counts] == ["score"]


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(RuleSetError, match="Did you mean"):
        named(str(editions()[0])[:-1])
    with pytest.raises(RuleSetError):
        named("../../../etc/passwd")


def test_find_takes_the_edition_in_force():
    key = next(one for one in editions() if one.country)
    ruleset = named(str(key))
    day = ruleset.in_force.starts
    assert find(key.award, key.country, day).key == str(key)
    with pytest.raises(RuleSetError, match="No edition"):
        find(key.award, None, day)
    with pytest.raises(RuleSetError, match="No edition"):
        find(key.award, key.country, date(1990, 1, 1))


def test_bad_answers_are_refused_with_the_way_out():
    ruleset = load_text(GOOD, "prize.yaml")
    for answers, says in (
        ({"pass_mark": "NaN"}, "not a number"),
        ({"pass_mark": "1e3"}, "not a number"),
        ({"pass_mark": "12.5"}, "whole number"),
        ({"passmark": "12"}, "Did you mean pass_mark"),
    ):
        with pytest.raises(RuleSetError, match=re.escape(says)):
            compile_plan(ruleset, answers)
    with pytest.raises(RuleSetError, match="fixed by its source"):
        compile_plan(ruleset, {}, {"oldest": "20"})


def test_the_schema_file_is_current():
    assert (ROOT / "rules" / "ruleset.schema.json").read_text(encoding="utf-8") == schema.text()
