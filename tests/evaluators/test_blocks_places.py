"""Selections, places and sums: small invented rules and worked cases that would come out otherwise."""

from __future__ import annotations

import pytest

from tests.evaluators.blocks import check, refuses

SELECT = """\
facts:
  land: {type: code, meaning: x, supplied_by: officer}
  school: {type: code, meaning: x, supplied_by: officer}
  score: {type: int, meaning: x, supplied_by: officer}
  second: {type: int, meaning: x, supplied_by: officer}
  asked: {type: int, meaning: x, supplied_by: officer}
policies:
  rounding: {type: choice, asks: x, cite: call, options: {up_to: x, nearest: x, at_least: x}}
  ties: {type: choice, asks: x, cite: call, options: {in: x, keys: x}}
"""
CHAIN = (
    SELECT
    + """\
selections:
  - id: best_of_school
    says: x
    cite: call
    group: [land, school]
    order: [{by: score, best: highest}]
    ties: {answer: out}
    quota: {count: 2}
  - id: nominated
    says: x
    cite: call
    group: land
    having: clause.best_of_school
    order: [{by: score, best: highest}]
    ties: {answer: policy.ties, readings: {in: in, keys: [{by: second, best: highest}, {by: asked, best: lowest}]}}
    quota: {share: 1/3, base: "true", rounding: policy.rounding}
outcomes:
  - {id: won, title: x, when: clause.nominated, grants: true}
  - {id: third_of_school, title: x, when: "!clause.best_of_school"}
  - {id: lost, title: x, otherwise: true}
"""
)


def test_selections_in_turn_at_most_two_of_a_school_then_a_third_of_the_country(tmp_path):
    check(
        tmp_path,
        CHAIN,
        """\
        policies: {rounding: up_to, ties: keys}
        base: {facts: {land: LV, school: s, score: 1, second: 1, asked: 1}}
        cases:
          - id: six
            says: Two of six places; the third of one school does not compete.
            applications:
              - {id: a, facts: {score: 9, school: s}}
              - {id: b, facts: {score: 8, school: t}}
              - {id: c, facts: {score: 7, school: t}}
              - {id: d, facts: {score: 6, school: t}}
              - {id: e, facts: {score: 5, school: u}}
              - {id: f, facts: {score: 5, school: v}}
            expect:
              a: {outcome: won, rank: 1}
              b: {outcome: won, rank: 2}
              c: {outcome: lost, rank: 3}
              d: {outcome: third_of_school}
              e: {outcome: lost}
              f: {outcome: lost}
          - id: nine-with-open-rounding
            says: A third of nine is three under every rounding.
            policies: {rounding: null}
            applications:
              - {id: a, facts: {score: 9, school: a}}
              - {id: b, facts: {score: 8, school: b}}
              - {id: c, facts: {score: 7, school: c}}
              - {id: d, facts: {score: 6, school: d}}
              - {id: e, facts: {score: 1, school: e}}
              - {id: f, facts: {score: 1, school: f}}
              - {id: g, facts: {score: 1, school: g}}
              - {id: h, facts: {score: 1, school: h}}
              - {id: i, facts: {score: 1, school: i}}
            expect: {a: {outcome: won}, b: {outcome: won}, c: {outcome: won}, d: {outcome: lost}}
          - id: ten-with-open-rounding
            says: A third of four is one, or two if rounded up.
            policies: {rounding: null}
            applications:
              - {id: a, facts: {score: 9, school: a}}
              - {id: b, facts: {score: 8, school: b}}
              - {id: c, facts: {score: 7, school: c}}
              - {id: d, facts: {score: 6, school: d}}
            expect:
              a: {outcome: won}
              b: {outcome: null, status: undecided, policies: [rounding]}
              c: {outcome: lost}
          - id: later-keys-only-among-equals
            says: The second key of one who is not tied is never asked.
            applications:
              - {id: a, facts: {score: 9, school: a, second: null, asked: null}}
              - {id: b, facts: {score: 8, school: b, second: 2, asked: 5}}
              - {id: c, facts: {score: 8, school: c, second: 2, asked: 4}}
              - {id: d, repeat: 3, facts: {score: 1, school: d, second: null}}
            expect: {a: {outcome: won}, b: {outcome: lost}, c: {outcome: won}}
          - id: an-unknown-key-among-equals
            says: Who of the two is first hangs on what is not known.
            applications:
              - {id: a, facts: {score: 9, school: a, second: null}}
              - {id: b, facts: {score: 9, school: b, second: 2}}
              - {id: c, facts: {score: 8, school: c}}
            expect:
              a: {outcome: null, status: needs_evidence, needs: [asked, second]}
              b: {outcome: null, status: needs_evidence}
              c: {outcome: lost}
        """,
    )


PLACES = (
    SELECT.replace(
        "  rounding: {type: choice, asks: x, cite: call, options: {up_to: x, nearest: x, at_least: x}}\n", ""
    )
    .replace("  ties: {type: choice, asks: x, cite: call, options: {in: x, keys: x}}\n", "")
    .replace("policies:\n", "")
    + """\
selection:
  id: placed
  says: x
  cite: call
  group: land
  having: score >= 3
  order: [{by: score, best: highest}]
  ties: {answer: in}
  places:
    - {id: gold, says: x, count: 1}
    - {id: silver, says: x, count: 2}
    - {id: reserve, says: x, count: 1}
outcomes:
  - {id: gold, title: x, when: clause.gold, grants: true}
  - {id: silver, title: x, when: clause.silver, grants: true}
  - {id: reserve, title: x, when: clause.reserve}
  - {id: unplaced, title: x, when: "!selected"}
  - {id: never, title: x, otherwise: true}
"""
)


def test_classes_of_places_are_shared_by_equals(tmp_path):
    check(
        tmp_path,
        PLACES,
        """\
        base: {facts: {land: LV}}
        cases:
          - id: shared
            says: Two golds, two silvers, one reserve.
            applications:
              - {id: a, facts: {score: 9}}
              - {id: b, facts: {score: 9}}
              - {id: c, facts: {score: 8}}
              - {id: d, facts: {score: 7}}
              - {id: e, facts: {score: 6}}
              - {id: f, facts: {score: 5}}
              - {id: g, facts: {score: 2}}
            expect:
              a: {outcome: gold, rank: 1}
              b: {outcome: gold, rank: 1}
              c: {outcome: silver, rank: 3}
              d: {outcome: silver, rank: 4}
              e: {outcome: reserve, rank: 5}
              f: {outcome: unplaced, first_failing: placed}
              g: {outcome: unplaced}
          - id: one-unknown
            says: Who is best is not known; the weakest cannot be placed before the unknown is.
            applications:
              - {id: a, facts: {score: null}}
              - {id: b, facts: {score: 8}}
              - {id: g, facts: {score: 2}}
            expect:
              a: {outcome: null, status: needs_evidence, needs: [score]}
              b: {outcome: null, status: needs_evidence, needs: [competitors]}
              g: {outcome: unplaced}
        """,
    )


def budget(rounding: str) -> str:
    return PLACES[: PLACES.index("  places:")].replace("group: land", "group: land") + (
        f"  quota: {{sum: asked, limit: 75, rounding: {rounding}}}\n"
        "outcomes:\n  - {id: funded, title: x, when: selected, grants: true}\n"
        "  - {id: not, title: x, otherwise: true}\n"
    )


@pytest.mark.parametrize(("rounding", "third"), [("up_to", "not"), ("at_least", "funded")])
def test_as_far_as_a_sum_goes(tmp_path, rounding, third):
    check(
        tmp_path,
        budget(rounding),
        f"""\
        base: {{facts: {{land: LV}}}}
        cases:
          - id: budget
            says: Seventy, then ninety-two, then more.
            applications:
              - {{id: a, facts: {{score: 9, asked: 40}}}}
              - {{id: b, facts: {{score: 9, asked: 30}}}}
              - {{id: c, facts: {{score: 8, asked: 22}}}}
              - {{id: d, facts: {{score: 7, asked: 1}}}}
            expect: {{a: {{outcome: funded}}, b: {{outcome: funded}}, c: {{outcome: {third}}}, d: {{outcome: not}}}}
          - id: exactly
            says: Two ask for the whole of it together, and nothing is left for a third.
            applications:
              - {{id: a, facts: {{score: 9, asked: 45}}}}
              - {{id: b, facts: {{score: 8, asked: 30}}}}
              - {{id: c, facts: {{score: 7, asked: 1}}}}
            expect: {{a: {{outcome: funded}}, b: {{outcome: funded}}, c: {{outcome: not}}}}
          - id: unknown
            says: What the best asks for is not known.
            applications:
              - {{id: a, facts: {{score: 9, asked: null}}}}
              - {{id: b, facts: {{score: 8, asked: 30}}}}
            expect: {{b: {{outcome: null}}}}
        """,
    )


@pytest.mark.parametrize(
    ("body", "old", "new", "says"),
    [
        (PLACES, "places:", "quota: {count: 1}\n  places:", "either a quota or places"),
        (PLACES, "id: gold, says", "id: silver, says", "used twice"),
        (CHAIN, "having: clause.best_of_school", "having: clause.nominated", "no 'clause.nominated'"),
        (CHAIN, "keys: [{by", "other: [{by", "has no reading here"),
        (CHAIN, "share: 1/3", "share: 1 / 3", "not part of the language"),
    ],
)  # fmt: skip
def test_what_these_blocks_refuse(body, old, new, says):
    refuses(body, old, new, says)
