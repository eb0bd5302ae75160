"""What follows from a rule set is worked out once, and what is worked out of one is never taken for another's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rules import check
from rules.library import editions, load_text, named, of_award
from rules.scopes import scope

TEXT = (Path(__file__).parent / "right.yaml").read_text(encoding="utf-8")


def test_a_name_of_one_rule_set_is_unknown_in_the_next():
    first = load_text(TEXT, "right.yaml")
    second = load_text(TEXT.replace("plants", "ferns"), "other.yaml")
    assert "plants" in scope(first, "facts").names
    assert "plants" not in scope(second, "facts").names
    assert "ferns" in scope(second, "facts").names
    assert scope(first, "facts") is scope(first, "facts")


def test_checking_a_second_time_finds_the_same():
    text = TEXT.replace("plants <= most_plants", "plants <= 4", 1)
    ruleset = load_text(text, "right.yaml")
    found = check.findings(ruleset)
    assert "No application can ever meet this condition." in [one.says for one in found]
    assert check.findings(ruleset) == found == check.findings(load_text(text, "right.yaml"))


def test_the_editions_of_an_award_stand_in_its_folder():
    for award in {key.award for key in editions()}:
        mine = {str(key) for key in editions() if key.award == award}
        assert {one.key for one in of_award(award)} == mine
        assert all(named(key).award == award for key in mine)


def test_reading_and_checking_needs_no_data_frames():
    code = "import sys, rules.library, rules.check; print('polars' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
