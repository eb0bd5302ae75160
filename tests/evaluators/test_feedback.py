"""What of the jury's words an applicant may read, and what in them would tell who wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.feedback import Known, goes_to, names
from rules.library import load

LABEL = Path(__file__).resolve().parents[1] / "web" / "label.yaml"


@pytest.mark.parametrize(
    ("rule", "granted", "refused"),
    [(None, True, True), ("everybody", True, True), ("not_granted", False, True), ("none", False, False)],
)
def test_the_rules_say_who_hears_the_jury(rule: str | None, granted: bool, refused: bool) -> None:
    ruleset = load(LABEL)
    assert ruleset.jury is not None
    changed = ruleset.model_copy(update={"jury": ruleset.jury.model_copy(update={"feedback": rule})})
    assert goes_to(changed, granted=True) is granted
    assert goes_to(changed, granted=False) is refused
    without = ruleset.model_copy(update={"jury": None})
    assert not goes_to(without, granted=True)


def test_names_of_others_and_common_words_are_left_alone() -> None:
    known = [
        Known("Ana Li", "ana@example.org", "J1", marked=True),
        Known("Maria Rossi", "m@example.org", "7", marked=False),
    ]
    assert names("The analysis is lively and Maria’s garden grows.", known) == ""
    assert names("Rossi Maria said", known) == "Maria Rossi"
    assert names("li ana", known) == "Ana Li"
    assert names("in class 7", known) == ""
    assert names("by J1", known) == "J1"
    assert names("J10", known) == ""
    strokes = [
        Known("Aydın Qılınc", "a@example.org", "J2", marked=True),
        Known("Łukasz Bø", "l@example.org", "J3", True),
    ]
    for text, who in (("AYDIN says", 0), ("aydin says", 0), ("lukasz wrote", 1), ("says QILINC", 0)):
        assert names(text, strokes) == strokes[who].name


def test_an_address_and_a_single_name_are_found() -> None:
    known = [Known("Madonna", "ma@example.org", "J", marked=False), Known("Bo", "bo@example.org", "J9", marked=False)]
    assert names("Write to MA@example.org.", known) == "ma@example.org"
    assert names("Madonnas words", known) == "Madonna"
    assert names("Bo, the juror of group J", known) == ""  # too short to be looked for by itself
