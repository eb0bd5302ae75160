"""A dry run: the same applications under another edition or policy, with the clause behind each flip."""

from __future__ import annotations

import pytest

from evaluators import dry_run
from rules.library import load_text
from rules.plan import compile_plan

OLD = """\
award: label
edition: "1"
title: A label
sources: {call: {title: The call, mark: F}}
facts:
  registered_on: {type: date, meaning: The day of registration., supplied_by: applicant}
  teachers:
    type: list
    meaning: The teachers.
    supplied_by: applicant
    fields: {seen: {type: date, meaning: Last seen.}, role: {type: code, meaning: Role.}}
parameters:
  registered_by: {type: date, value: 2023-01-09, cite: call, overridable: true}
policies:
  pass_mark: {type: int, asks: How many points?, cite: call}
  reviews: {type: int, asks: How many reviews?, cite: call}
eligibility:
  - id: registered
    says: Registered by {registered_by}.
    finds: registered on {measured}
    cite: call
    require: registered_on <= registered_by
  - id: teachers
    says: Two teachers.
    cite: call
    require: teachers.filter(t, t.seen >= date('2023-01-01') && t.role != 'guest').size() >= 2
rubric:
  cite: call
  criteria: [{id: art, title: Art, maximum: 10}, {id: use, title: Use, maximum: 10}]
  gates:
    - {id: enough, says: "At least {policy.pass_mark} points.", cite: call, require: total >= policy.pass_mark}
jury: {cite: call, reviews: policy.reviews, consolidation: mean}
outcomes:
  - {id: not_eligible, title: Not eligible, when: "!eligibility"}
  - {id: label, title: Label, when: gates, grants: true, letter: granted}
  - {id: no_label, title: No label, otherwise: true}
"""
ANSWERS = {"pass_mark": "10", "reviews": "1"}
TEACHERS = [{"seen": "2023-02-01", "role": "a"}, {"seen": "2023-02-01", "role": "b"}]


def plan(text=OLD, answers=None, parameters=None):
    return compile_plan(load_text(text, "label.yaml"), ANSWERS if answers is None else answers, parameters)


def row(name, registered="2022-05-01", teachers=TEACHERS):
    return {"application_id": name, "facts": {"registered_on": registered}, "children": {"teachers": teachers}}


ROWS = [row("a"), row("b", "2023-01-09"), row("c", "2023-01-20"), row("d", teachers=TEACHERS[:1])]
SHEETS = [
    (name, "j1", {"art": points, "use": "4"}) for name, points in (("a", "9"), ("b", "6"), ("c", "9"), ("d", "9"))
]


def test_the_same_rules_flip_nobody():
    found = dry_run.run(plan(), plan(), ROWS, SHEETS)
    assert found.flips == ()
    assert found.table == {("label", "label"): 2, ("not_eligible", "not_eligible"): 2}
    assert (found.unknown_facts, found.unused_facts, found.unused_marks, found.problems) == ((), (), (), ())


def test_another_answer_flips_those_at_the_threshold_and_names_the_gate():
    after = plan(answers=ANSWERS | {"pass_mark": "11"})
    found = dry_run.run(plan(), after, ROWS, SHEETS)
    assert [(flip.application, str(flip.before), str(flip.after), flip.clause, flip.side) for flip in found.flips] == [
        ("b", "label", "no_label", "enough", "after")
    ]
    (told,) = dry_run.sentences(plan(), after, found.flips)
    assert (told["says"], told["found"]) == ("At least 11 points.", "10 (at least 11 needed)")
    back = dry_run.run(after, plan(), ROWS, SHEETS)
    assert [(flip.application, flip.clause, flip.side) for flip in back.flips] == [("b", "enough", "before")]


def test_an_earlier_cut_off_and_a_later_one():
    for day, flipped, side in (("2023-01-08", "b", "after"), ("2023-01-20", "c", "before")):
        found = dry_run.run(plan(), plan(parameters={"registered_by": day}), ROWS, SHEETS)
        assert [(flip.application, flip.clause, flip.side) for flip in found.flips] == [(flipped, "registered", side)]


def test_an_open_question_leaves_open_and_names_the_clause():
    after = plan(answers={"reviews": "1"})
    found = dry_run.run(plan(), after, ROWS, SHEETS)
    assert [(str(flip.after), flip.clause) for flip in found.flips] == [("undecided", "enough")] * 2
    found = dry_run.run(plan(), plan(answers={"pass_mark": "10"}), ROWS, SHEETS)
    assert [str(flip.after) for flip in found.flips] == ["awaiting_scores"] * 2
    assert "how many jurors" in found.hindrance


def test_an_edition_with_other_facts_marks_and_outcomes():
    text = OLD.replace("registered_on:", "founded_on:").replace("registered_on <=", "founded_on <=")
    text = text.replace(", role: {type: code, meaning: Role.}", "").replace(" && t.role != 'guest'", "")
    text = text.replace(", {id: use, title: Use, maximum: 10}", "").replace("id: no_label", "id: nothing")
    after = plan(text)
    found = dry_run.run(plan(), after, ROWS, SHEETS)
    assert found.unknown_facts == ("founded_on",)
    assert found.unused_facts == ("registered_on",)
    assert found.unused_marks == ("use",)
    assert found.problems == ()
    assert {flip.application: (str(flip.after), flip.clause) for flip in found.flips} == {
        "a": ("needs_evidence", "registered"),
        "b": ("needs_evidence", "registered"),
        "c": ("needs_evidence", "registered"),
    }


def test_an_outcome_with_another_name_is_no_flip_and_a_changed_order_is():
    renamed = plan(OLD.replace("id: no_label", "id: nothing"), ANSWERS | {"pass_mark": "10"})
    low = [("a", "j1", {"art": "1", "use": "1"})]
    assert dry_run.run(plan(), renamed, ROWS[:1], low).flips == ()
    lines = OLD.splitlines(keepends=True)
    here = next(number for number, line in enumerate(lines) if "id: not_eligible" in line)
    lines[here], lines[here + 1] = lines[here + 1], lines[here]
    (flip,) = dry_run.run(plan(), plan("".join(lines)), ROWS[2:3], SHEETS).flips
    assert (str(flip.before), str(flip.after), flip.clause) == ("not_eligible", "label", None)


def test_a_clause_that_is_new_is_the_one_behind():
    new = "  - {id: old_enough, says: Registered by 2021., cite: call, require: registered_on < date('2022-01-01')}\n"
    after = plan(OLD.replace("eligibility:\n", f"eligibility:\n{new}"))
    found = dry_run.run(plan(), after, ROWS[:1], SHEETS)
    assert [(flip.clause, flip.side) for flip in found.flips] == [("old_enough", "after")]
    found = dry_run.run(after, plan(), ROWS[:1], SHEETS)
    assert [(flip.clause, flip.side) for flip in found.flips] == [("old_enough", "before")]


def test_a_waiver_counts_where_its_clause_is():
    found = dry_run.run(
        plan(),
        plan(parameters={"registered_by": "2023-01-08"}),
        ROWS,
        SHEETS,
        waivers=[("b", "registered"), ("b", "gone")],
    )
    assert found.flips == ()


def test_answers_go_over_where_they_fit():
    other = load_text(
        OLD.replace(
            "pass_mark: {type: int, asks: How many points?, cite: call}",
            "pass_mark: {type: int, asks: x, cite: call, minimum: 20}",
        ),
        "x",
    )
    before = plan(parameters={"registered_by": "2022-01-01"})
    after = dry_run.under(before, other, {}, {})
    assert (dict(after.policies), dict(after.parameters)) == ({"reviews": "1"}, {"registered_by": "2022-01-01"})
    after = dry_run.under(before, other, {"pass_mark": "25"}, {"registered_by": "2021-01-01"})
    assert (after.policies["pass_mark"], after.parameters["registered_by"]) == ("25", "2021-01-01")
    with pytest.raises(Exception, match="no policy 'pass'"):
        dry_run.under(before, other, {"pass": "1"}, {})


def test_the_inputs_stay_as_they_were():
    rows = [row("a"), row("b")]
    copy = [row("a"), row("b")]
    dry_run.run(
        plan(),
        plan(OLD.replace(", role: {type: code, meaning: Role.}", "").replace(" && t.role != 'guest'", "")),
        rows,
        SHEETS,
    )
    assert rows == copy
