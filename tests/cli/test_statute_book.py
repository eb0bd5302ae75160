"""Finding an edition, reading what it asks for, trying own cases against it: the real commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.cli import main
from notifications.catalogues import LANGUAGES
from rules.library import named

Say = Callable[..., tuple[int, str, str]]
NQL = "etwinning-nql/nql-e"


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    with pytest.raises(SystemExit) as end:
        main(["rules", "list", *words])
    assert end.value.code == 0
    return capsys.readouterr().out.splitlines()


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    return [line.split("  ")[0] for line in lines(capsys, *words)]


def test_an_edition_is_one_line_with_country_and_days(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "spain", "2023") == [
        "etwinning-nql/nql-es-2023  National Quality Label, Spain 2023 (ES, 2023-01-01 to 2023-12-31)"
    ]


def test_editions_are_found_by_words_award_country_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    every = listed(capsys)
    assert len(every) > 100
    assert every == sorted(every)
    assert set(listed(capsys, "--award", "etwinning-nql")) == {one for one in every if one.startswith("etwinning-nql/")}
    spain = listed(capsys, "--award", "etwinning-nql", "--country", "ES", "--on", "2023-05-10")
    assert spain == ["etwinning-nql/nql-es-2023"], "a country's own edition stands alone, as rules.library.find has it"
    assert listed(capsys, "--award", "etwinning-nql", "--country", "NL", "--on", "2023-05-10") == [NQL]
    common = listed(capsys, "--award", "etwinning-nql", "--country", "ES")
    assert {NQL, "etwinning-nql/nql-es-2023", "etwinning-nql/nql-es-2024"} <= set(common)
    assert not any("-pl-" in one for one in common)


def test_nothing_found_says_so_and_a_country_is_two_letters(laurea: Say) -> None:
    assert laurea("rules", "list", "atlantis") == (
        0, "No edition of the library is like this. See all of them with: laurea rules list", "",
    )  # fmt: skip
    code, _, says = laurea("rules", "list", "--country", "Spain")
    assert (code, "country code" in says) == (1, True)


def test_an_award_alone_shows_its_editions_and_an_edition_alone_is_recognised(laurea: Say) -> None:
    code, out, _ = laurea("rules", "show", "etwinning-prizes")
    assert (code, out.count("etwinning-prizes/")) == (0, 6)
    code, _, says = laurea("rules", "show", "nql-e")
    assert (code, says) == (1, f"There is no rule set 'nql-e'. Did you mean {NQL}?")
    code, _, says = laurea("rules", "explain", "etwinning-prizes", "eligible")
    assert (code, "is an award. Name one of its editions: etwinning-prizes/pr-17" in says) == (1, True)
    assert "Did you mean etwinning-nql/nql-e?" in laurea("rules", "check", "etwinning-nql/nqle")[1]


def test_show_lists_what_a_row_a_case_and_a_sheet_may_hold(laurea: Say) -> None:
    _, out, _ = laurea("rules", "show", NQL)
    assert "project_stage: code (running, last_stage, finished), from the register esep-register" in out
    _, out, _ = laurea("rules", "show", "etwinning-school/esl-2025-2026")
    assert "teachers.teacher_id: code" in out
    _, out, _ = laurea("rules", "show", "etwinning-eql/eql-4")
    assert "average_score" in out
    assert "rounded up_to; equals: policy.ties" in out
    _, out, _ = laurea("rules", "show", "etwinning-nql/nql-rs-2024")
    assert "appeal_days = 15" in out
    assert "came within 15 days of publication" in out, "figures stand in the sentences"
    assert "ground: code (procedural_error, score, late_documents)" in out


def test_show_as_json_has_facts_scales_parameters_and_appeals(laurea: Say) -> None:
    told = json.loads(laurea("rules", "show", "etwinning-nql/nql-rs-2024", "--json")[1])
    facts = {one["id"]: one for one in told["facts"]}
    assert facts["project_stage"]["words"] == ["running", "last_stage", "finished"]
    assert (facts["project_stage"]["supplied_by"], facts["project_stage"]["source"]) == ("register", "esep-register")
    assert {one["id"]: one["value"] for one in told["parameters"]}["appeal_days"] == "15"
    assert {one["id"] for one in told["appeal_facts"]} >= {"filed_on", "ground"}
    assert all(one["scale"] for one in told["criteria"])
    assert told["jury"]["reviews"] == "policy.reviews"


def test_clauses_of_appeals_and_milestones_are_explained(laurea: Say) -> None:
    code, out, _ = laurea("rules", "explain", "etwinning-nql/nql-rs-2024", "within_days")
    assert (code, "filed_on <= last_calendar_day" in out) == (0, True)
    code, out, _ = laurea("rules", "explain", "etwinning-nql/nql-pl-2022", "decision_due")
    assert (code, "working_days_after" in out) == (0, True), "through the derived value that stands in it"


@pytest.mark.parametrize("words", [("show", NQL), ("explain", NQL, "last_stage"), ("diff", NQL, NQL)])
def test_a_language_there_is_not_is_refused(laurea: Say, words: tuple[str, ...]) -> None:
    code, _, says = laurea("rules", *words, "--language", "xx")
    assert (code, says) == (1, f"Laurea has no language 'xx'. It has {', '.join(LANGUAGES)}.")


@pytest.mark.parametrize("words", [("list", "--json"), ("show", NQL), ("list", "spain")])
def test_a_reader_that_leaves_early_is_no_error(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "laurea", "rules", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""


CASE = """
cases:
  - id: mine
    says: A project of one country.
    facts: {{founder_one_country: LV, founder_two_country: LV, project_stage: {stage}}}
    expect: {{screening: {screening}}}
"""


def test_own_cases_are_tried_against_an_edition_of_the_library(laurea: Say, tmp_path: Path) -> None:
    mine = tmp_path / "mine.cases.yaml"
    mine.write_text(CASE.format(stage="finished", screening="ineligible"), encoding="utf-8")
    assert laurea("rules", "test", NQL, "--cases", mine) == (
        0, "1 worked case, 1 as expected, 0 otherwise.", "",
    )  # fmt: skip
    mine.write_text(CASE.format(stage="finished", screening="eligible"), encoding="utf-8")
    code, out, _ = laurea("rules", "test", NQL, "--cases", mine)
    assert (code, "mine: screening is ineligible, expected eligible" in out) == (1, True)
    mine.write_text(CASE.format(stage="done", screening="ineligible"), encoding="utf-8")
    code, out, _ = laurea("rules", "test", NQL, "--cases", mine)
    assert (code, "project_stage: 'done' is none of its words." in out) == (1, True)
    code, _, says = laurea("rules", "test", "--cases", mine)
    assert (code, "for one rule set" in says) == (1, True)


def test_one_broken_file_of_cases_does_not_hide_the_others(laurea: Say, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(named(NQL).text, encoding="utf-8")
    broken = tmp_path / "a.cases.yaml"
    broken.write_text("cases:\n  - {id: a, says: A., expects: {outcome: won}}\n", encoding="utf-8")
    code, out, says = laurea("rules", "test", tmp_path / "a.yaml", NQL)
    assert code == 1
    assert says.startswith(f"{broken}:2:"), "the whole path"
    assert "0 otherwise" in out
    assert not out.startswith("0 worked")
