"""Selection against a slow reference: caps, groups, ties, and competitors of whom not everything is known."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.decide import decide
from evaluators.facts import to_frames
from rules.library import load_text
from rules.plan import compile_plan

TEMPLATE = """\
award: prize
edition: "1"
title: A prize
sources: {{call: {{title: The call, mark: F}}}}
facts:
  land: {{type: code, meaning: x, supplied_by: officer}}
  fit: {{type: bool, meaning: x, supplied_by: officer}}
  score: {{type: int, meaning: x, supplied_by: officer}}
  place: {{type: int, meaning: x, supplied_by: officer}}
policies:
  ties:
    type: choice
    asks: What becomes of equals?
    cite: call
    options: {{both_in: x, both_out: x, jury: x}}
selection:
  id: chosen
  says: Among the best.
  cite: call
  group: land
  having: fit
  order: [{{by: score, best: highest}}]
  ties:
    answer: policy.ties
    readings: {{both_in: in, both_out: out, jury: {{by: place, best: lowest}}}}
  quota: {{{quota}}}
outcomes:
  - {{id: unfit, title: Unfit, when: "!selected && clause.chosen"}}
  - {{id: won, title: Won, when: selected, grants: true}}
  - {{id: lost, title: Lost, otherwise: true}}
"""
QUOTAS = {
    "count: 2": lambda _: 2,
    'share: "0.25", rounding: up_to, base: "true"': lambda base: base // 4,
    'share: "0.25", rounding: nearest, base: "true"': lambda base: int(Fraction(base, 4) + Fraction(1, 2)),
    'share: "0.34", rounding: at_least, base: "true"': lambda base: -(-base * 34 // 100),
    'share: "0.25", rounding: up_to, base: "true", minimum: 1': lambda base: max(1, base // 4),
}


def plan_of(quota: str, ties: str | None):
    return compile_plan(load_text(TEMPLATE.format(quota=quota), "prize.yaml"), {"ties": ties} if ties else {})


def verdicts(plan, people, points=None):
    rows = [
        {
            "application_id": name,
            "submitted_at": datetime(2024, 1, 1, tzinfo=UTC),
            "facts": dict(zip(("land", "fit", "score", "place"), person, strict=True)),
        }
        for name, person in people.items()
    ]
    table = decide(plan, to_frames(plan.ruleset, rows))
    return {row["application_id"]: row for row in table.iter_rows(named=True)}


def reference(people, places, ties):
    """Won (True), lost (False) or open (None), by sorting with everything known."""
    found = dict.fromkeys(people, False)
    for land in {person[0] for person in people.values()}:
        group = {name: person for name, person in people.items() if person[0] == land}
        cap = places(len(group))
        rivals = {name: person for name, person in group.items() if person[1]}
        for name, person in rivals.items():
            ahead = sum(other[2] > person[2] for other in rivals.values())
            equal = [other for other in rivals.values() if other[2] == person[2]]
            if ties == "both_in":
                found[name] = ahead < cap
            elif ties == "both_out" or ahead + len(equal) <= cap or ahead >= cap:
                found[name] = ahead + len(equal) <= cap
            elif ties == "jury":
                before = sum(other[3] < person[3] for other in equal)
                alike = sum(other[3] == person[3] for other in equal)
                found[name] = True if ahead + before + alike <= cap else False if ahead + before >= cap else None
            else:
                found[name] = None
    return found


KNOWN = st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.integers(0, 3), st.integers(1, 3))
PARTLY = st.tuples(
    st.sampled_from(["a", "a", "b", None]),
    st.sampled_from([True, True, False, None]),
    st.sampled_from([0, 1, 2, 3, None]),
    st.sampled_from([1, 2, None]),
)


@pytest.mark.parametrize("ties", ["both_in", "both_out", "jury", None])
@pytest.mark.parametrize("quota", QUOTAS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_with_everything_known_it_is_what_sorting_gives(quota, ties, data):
    chosen = data.draw(st.lists(KNOWN, min_size=1, max_size=9))
    people = {f"p{number}": person for number, person in enumerate(chosen)}
    wanted = reference(people, QUOTAS[quota], ties)
    for name, row in verdicts(plan_of(quota, ties), people).items():
        code = {True: 1, False: 0, None: 4 if ties is None else 2}[wanted[name]]
        assert row["clause.chosen"] == code, (name, people)


@pytest.mark.parametrize("ties", ["both_in", "both_out", "jury", None])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_decided_with_unknowns_holds_for_every_completion(ties, data):
    quota = data.draw(st.sampled_from(sorted(QUOTAS)))
    people = {f"p{number}": one for number, one in enumerate(data.draw(st.lists(PARTLY, min_size=1, max_size=4)))}
    found = verdicts(plan_of(quota, ties), people)
    open_fields = [(name, at) for name, person in people.items() for at in range(4) if person[at] is None][:5]
    domains = {0: ["a", "b"], 1: [True, False], 2: [0, 2, 9], 3: [1, 2]}
    filled = {
        name: tuple(domains[at][0] if one is None else one for at, one in enumerate(p)) for name, p in people.items()
    }
    for values in itertools.product(*(domains[at] for _, at in open_fields)):
        complete = {name: list(person) for name, person in filled.items()}
        for (name, at), value in zip(open_fields, values, strict=True):
            complete[name][at] = value
        wanted = reference(complete, QUOTAS[quota], ties)
        for name, row in found.items():
            if row["clause.chosen"] in (0, 1):
                assert wanted[name] == bool(row["clause.chosen"]), (name, people, complete)


def test_who_has_a_place_whatever_the_others_turn_out_to_be_has_it_before_points_are_known():
    plan = plan_of("count: 2", "both_in")
    codes = {name: row["clause.chosen"] for name, row in verdicts(plan, {
        "known": ("a", True, 3, 1), "open": ("a", True, None, 1),  # two places for two
        "first": ("b", True, None, 1), "second": ("b", True, None, 1), "third": ("b", True, None, 1),
        "unfit": ("b", False, None, 1),
    }).items()}  # fmt: skip
    assert codes == {"known": 1, "open": 1, "first": 2, "second": 2, "third": 2, "unfit": 0}


@settings(max_examples=20, deadline=None)
@given(people=st.lists(PARTLY, min_size=2, max_size=8), seed=st.randoms())
def test_the_order_of_rows_changes_nothing(people, seed):
    named = {f"p{number}": person for number, person in enumerate(people)}
    plan = plan_of("count: 2", None)
    shuffled = list(named.items())
    seed.shuffle(shuffled)
    assert verdicts(plan, named) == verdicts(plan, dict(shuffled))


def test_an_unknown_competitor_keeps_open_only_whom_it_can_displace():
    people = {
        "first": ("a", True, 9, 1),
        "second": ("a", True, 8, 1),
        "third": ("a", True, 7, 1),
        "unknown": ("a", True, None, 1),
        "elsewhere": ("b", True, 1, 1),
    }
    found = verdicts(plan_of("count: 2", "both_out"), people)
    assert {name: row["clause.chosen"] for name, row in found.items()} == {
        "first": 1, "second": 2, "third": 0, "unknown": 2, "elsewhere": 1,
    }  # fmt: skip
    assert found["second"]["needs"] == ["competitors"]
    assert found["unknown"]["needs"] == ["score"]
    assert found["first"]["rank"] is None
    assert found["elsewhere"]["rank"] == 1


def test_equal_competitors_share_a_rank():
    people = {"x": ("a", True, 9, 1), "y": ("a", True, 9, 1), "z": ("a", True, 8, 1)}
    found = verdicts(plan_of("count: 3", "both_in"), people)
    assert [found[name]["rank"] for name in "xyz"] == [1, 1, 3]


@pytest.mark.parametrize(
    ("places", "codes"),
    [
        (1, [2, 0, 2]),  # the first may be beaten by the one not known, the second is beaten already
        (2, [1, 2, 2]),  # the first has a place whatever becomes known
        (3, [1, 1, 1]),
    ],
)
def test_equals_of_whom_one_is_not_known_are_placed_as_far_as_it_is_certain(places, codes):
    people = {"a": ("x", True, 9, 1), "b": ("x", True, 9, 2), "c": ("x", True, 9, None)}
    found = verdicts(plan_of(f"count: {places}", "jury"), people)
    assert [row["clause.chosen"] for row in found.values()] == codes


@pytest.mark.parametrize("answers", [{"round": "up_to"}, {"most": "3"}, {}])
def test_while_the_limit_of_a_sum_or_its_rounding_is_open_nobody_is_placed(answers):
    open_ = """policies:
  round: {type: choice, asks: x, cite: call, options: {up_to: x, at_least: x}}
  most: {type: int, asks: x, cite: call, minimum: 0, maximum: 9}
"""
    quota = "sum: place, limit: policy.most, rounding: policy.round"
    text = TEMPLATE.format(quota=quota).replace("policies:\n", open_, 1)
    people = {"a": ("x", True, 9, 1), "b": ("x", True, 8, 9)}
    for said, codes in ((answers, [4, 4]), ({"round": "up_to", "most": "3"}, [1, 0])):
        plan = compile_plan(load_text(text, "prize.yaml"), {"ties": "both_in", **said})
        assert [row["clause.chosen"] for row in verdicts(plan, people).values()] == codes
