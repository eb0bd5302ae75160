"""What changed between two editions: every change is told once, in sentences, and nothing else is."""

from __future__ import annotations

import itertools

import pytest

from rules.diff import diff
from rules.library import editions, load_text, named

OLD = """\
award: label
edition: "1"
title: {en: A label, lv: Zīme}
in_force: {starts: 2022-01-01, ends: 2022-12-31, cite: call}
sources:
  call: {title: The call, mark: F}
facts:
  registered_on: {type: date, meaning: The day of registration., supplied_by: applicant}
  policy_online: {type: bool, meaning: The school has rules for safety online., supplied_by: applicant}
  score: {type: decimal, scale: 2, meaning: The score., supplied_by: officer}
parameters:
  registered_by: {type: date, value: 2022-01-15, cite: call, meaning: Last day of registration.}
  share: {type: decimal, scale: 2, value: "0.25", cite: call}
policies:
  ties: {type: choice, asks: What becomes of ties?, cite: call, options: {in_all: In., out_all: Out.}}
admission:
  - id: in_time
    says: {en: Sent in time., lv: Nosūtīts laikā.}
    cite: call
    window: {closes: "2022-11-30T23:59", zone: Asia/Baku}
eligibility:
  - id: registered
    says: {en: "Registered by {registered_by}.", lv: "Reģistrēta līdz {registered_by}."}
    cite: call
    require: registered_on <= registered_by
  - {id: safety, says: The school has rules for safety online., cite: call, require: policy_online}
rubric:
  cite: call
  criteria:
    - {id: art, title: Art, maximum: 10}
    - {id: use, title: Use, maximum: 5}
jury: {cite: call, reviews: 2, consolidation: mean}
selection:
  id: best
  says: Among the best quarter.
  cite: call
  having: eligibility
  order: [{by: total, best: highest}]
  ties: {answer: policy.ties, readings: {in_all: in, out_all: out}}
  quota: {share: share, rounding: up_to, base: eligibility}
outcomes:
  - {id: won, title: Won, when: selected, grants: true, letter: granted}
  - {id: not_eligible, title: Not eligible, when: "!eligibility"}
  - {id: lost, title: Lost, otherwise: true}
validity: {cite: call, until: "years_after(awarded_on, 2)"}
"""


def compared(*changes, language="en", old=OLD):
    new = old
    for before, after in changes:
        assert before in new, before
        new = new.replace(before, after)
    return diff(load_text(old, "old.yaml"), load_text(new, "new.yaml"), language)


def says(*changes, language="en"):
    return [one.says for one in compared(*changes, language=language)]


def test_an_edition_does_not_differ_from_itself_and_comments_do_not_count():
    assert compared() == []
    assert compared(("jury:", "# a comment\njury:")) == []


def test_a_date_says_what_it_means_and_which_condition_rests_on_it():
    change = ("value: 2022-01-15", "value: 2023-01-09")
    (one,) = compared(change)
    assert one.says == (
        "Figures and dates, Last day of registration (registered_by): 9 January 2023 instead of 15 January 2022. "
        "It touches registered."
    )
    assert (one.block, one.name, one.kind, one.before, one.after) == (
        "parameters",
        "registered_by.value",
        "changed",
        "2022-01-15",
        "2023-01-09",
    )
    assert one.touches == ("registered",)
    assert "09.01.2023, nevis 15.01.2022" in says(change, language="lv")[0]


def test_conditions_come_go_and_change_their_name():
    line = "  - {id: safety, says: The school has rules for safety online., cite: call, require: policy_online}\n"
    gone = compared(
        (line, ""),
        (
            "  policy_online: {type: bool, meaning: The school has rules for safety online., supplied_by: applicant}\n",
            "",
        ),
    )
    assert [(one.kind, one.says) for one in gone] == [
        ("removed", "No longer asked for: The school has rules for safety online."),
        ("removed", "No longer a condition: The school has rules for safety online."),
    ]
    assert says(
        (
            line,
            f"{line}  - {{id: more, says: 'Registered by {{registered_by}}.', cite: call, require: registered_on < registered_by}}\n",  # noqa: E501
        )
    ) == ["New condition: Registered by 15 January 2022."]
    (one,) = compared(("id: safety", "id: esafety"))
    assert (one.kind, one.before, one.after) == ("renamed", "safety", "esafety")


def test_a_condition_that_asks_something_else_is_told():
    assert says(("registered_on <= registered_by", "registered_on < registered_by")) == [
        "Eligibility, registered, require: registered_on < registered_by instead of registered_on <= registered_by."
    ]
    assert says(("en: Sent in time.", "en: Sent on time.")) == [
        "Admission, in_time, says: “Sent on time.” instead of “Sent in time.”."
    ]
    assert says(("lv: Nosūtīts laikā.", "lv: Laikā.")) == []
    assert len(says(("lv: Nosūtīts laikā.", "lv: Laikā."), language="lv")) == 1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("2022-11-30T23:59", "2022-12-15T23:59", "Admission, in_time, window, closes: 15 December 2022, 23:59 instead of 30 November 2022, 23:59."),  # noqa: E501
        ("maximum: 10", "maximum: 20", "Assessment, art, maximum: 20 instead of 10."),
        ("reviews: 2", "reviews: 3", "Jury, reviews: 3 instead of 2."),
        ("consolidation: mean", "consolidation: median", "Jury, consolidation: median instead of mean."),
        ('value: "0.25"', 'value: "0.3"', "Figures and dates, share: 0.3 instead of 0.25. It touches best."),
        ("rounding: up_to", "rounding: nearest", "Selection, best, quota, rounding: nearest instead of up_to."),
        ("awarded_on, 2", "awarded_on, 3", "Validity, until: years_after(awarded_on, 3) instead of years_after(awarded_on, 2)."),  # noqa: E501
        ("ends: 2022-12-31", "ends: 2023-12-31", "In force, ends: 31 December 2023 instead of 31 December 2022."),
        (", ends: 2022-12-31", "", "In force, ends: no longer stated (before: 31 December 2022)."),
        ("out_all: Out.}", "out_all: Out of it.}", "Open questions, ties, options, out all: Out of it instead of Out."),
    ],
)  # fmt: skip
def test_one_change_one_sentence(before, after, told):
    assert says((before, after)) == [told]


def test_the_order_of_outcomes_counts():
    lines = OLD.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if "id: won" in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    (one,) = diff(load_text(OLD, "old.yaml"), load_text("".join(lines), "new.yaml"))
    assert one.kind == "order"
    assert one.says == "Outcomes: the order is now not_eligible, won, lost (before: won, not_eligible, lost)."


def test_a_selection_that_is_new_is_one_difference():
    selection = OLD[OLD.index("selection:") : OLD.index("outcomes:")]
    old = OLD.replace(selection, "").replace("selected", "eligibility")
    old = old.replace('  share: {type: decimal, scale: 2, value: "0.25", cite: call}\n', "")
    old = old.replace(
        "policies:\n  ties: {type: choice, asks: What becomes of ties?, cite: call, options: {in_all: In., out_all: Out.}}\n",  # noqa: E501
        "",
    )
    told = [one.says for one in diff(load_text(old, "old.yaml"), load_text(OLD, "new.yaml"))]
    assert told == [
        "New figure share: 0.25.",
        "Outcomes, won, when: selected instead of eligibility.",
        "New open question: What becomes of ties?",
        "New condition: Among the best quarter.",
    ]


def test_where_it_is_written_is_told_apart():
    found = compared(("cite: call\n    window", "cite: call (page 2)\n    window"))
    assert [one.kind for one in found] == ["source"]


@pytest.mark.parametrize("language", ["en", "az", "ka", "lv"])
def test_neighbours_of_the_library_are_told_in_every_language(language):
    keys = [str(key) for key in editions()]
    pairs = [(a, b) for a, b in itertools.pairwise(keys) if a.partition("/")[0] == b.partition("/")[0]]
    assert pairs
    for old, new in pairs:
        found = diff(named(old), named(new), language)
        assert found
        assert all(one.says and "{" not in one.says.replace("{measured", "") for one in found), (old, new)
        a, b = named(old), named(new)
        told = {(one.block, one.name.split(".")[0]) for one in found}
        for name in {*a.parameters, *b.parameters}:
            values = [getattr(side.parameters.get(name), "value", None) for side in (a, b)]
            assert (values[0] == values[1]) or ("parameters", name) in told
        for block, clauses in (*a.blocks(), *b.blocks()):
            other = {
                clause.id for _, found_ in (b if (block, clauses) in a.blocks() else a).blocks() for clause in found_
            }
            for clause in clauses:
                assert clause.id in other or any(clause.id in (one.name, one.before) for one in found), clause.id
