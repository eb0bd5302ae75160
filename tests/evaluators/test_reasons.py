"""Reasons as values: each clause has its sentence in English, of one and of several, and survives a record."""

from __future__ import annotations

import json

import pytest

from evaluators.reasons import KINDS, Clause, Why, as_data, read, said

PARTS = (Clause(Why.UNREAD, n=1, language="ka"), Clause(Why.INSTITUTION_FULL, n=2, limit=1))


def clause(key: Why, n: int) -> Clause:
    return Clause(
        key, n=n, limit=3, language="ka", kind="family", application="A1", juror="J1", institution="Lyceum {1}",
        names=("J1", "J2"), more=n, parts=PARTS,
    )  # fmt: skip


@pytest.mark.parametrize("key", Why)
def test_each_clause_has_a_sentence_of_one_and_of_several(key: Why) -> None:
    one, several = (said([clause(key, n)]) for n in (1, 2))
    form, other = (key.value, key.value) if isinstance(key.value, str) else key.value
    for text, english in ((one, form), (several, other)):
        assert "{" not in text.replace("Lyceum {1}", "")
        assert ("Georgian" in text) == ("{language}" in english or "{parts}" in english)
        assert ("J1, J2 and " in text) == ("{names}" in english)
    counts = "{n}" in form
    assert (one != several) == (counts or "{names}" in form)
    assert ("1" in one.replace("A1", "").replace("J1", "").replace("Lyceum {1}", "")) >= counts


@pytest.mark.parametrize("key", Why)
def test_a_record_gives_back_what_was_said(key: Why) -> None:
    reason = (clause(key, 2), Clause(Why.ADD))
    assert read(json.loads(json.dumps(as_data(reason)))) == reason


def test_a_record_holds_no_more_than_there_is() -> None:
    assert as_data((Clause(Why.NO_READER, language="ka"), Clause(Why.ADD_READER))) == [
        {"key": "no_reader", "language": "ka"},
        {"key": "add_reader"},
    ]


@pytest.mark.parametrize(
    "kept",
    [
        None, [], "text", 3, [{}], ["text"], [{"key": "gone"}], [{"key": 1}], [{"key": "add", "unknown": 1}],
        [{"key": "add"}, {"key": "gone"}], [{"key": "of_jurors", "n": 2, "parts": [{"key": "gone"}]}],
    ],
)  # fmt: skip
def test_what_is_not_known_is_no_reason_at_all(kept: object) -> None:
    assert read(kept) == ()


def test_a_kind_of_conflict_that_can_be_found_has_its_own_sentence() -> None:
    for kind, says in KINDS.items():
        assert said([Clause(Why.KIND, kind=kind)]) == says
    assert said([Clause(Why.KIND, kind="family")]) == "The conflict is kept as “family”."
