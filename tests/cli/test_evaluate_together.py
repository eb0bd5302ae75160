"""`laurea evaluate` where applications look at each other, and where words, sheets or files do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Say = Callable[..., tuple[int, str, str]]
AT = "2024-05-01T10:00:00+00:00"
RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  stage: {type: code, words: [running, last_stage, finished], meaning: Its stage., supplied_by: applicant}
  score: {type: decimal, scale: 1, meaning: Score., supplied_by: officer}
  people:
    type: list
    meaning: People.
    supplied_by: applicant
    fields: {role: {type: code, words: [teacher, head], meaning: Role.}}
eligibility:
  - {id: done, says: The project is finished., cite: call (page 2), require: "stage in ['last_stage', 'finished']"}
selection:
  id: best
  says: The project is among the best quarter.
  cite: call
  having: eligibility
  order: [{by: score, best: highest}]
  ties: {answer: out}
  quota: {share: 0.25, rounding: up_to}
outcomes:
  - {id: refused, title: {en: Refused, lv: Atteikts}, when: "!eligibility"}
  - {id: won, title: Won, when: selected, grants: true, letter: granted}
  - {id: lost, title: {en: Lost, lv: Nav izraudzīts}, otherwise: true}
"""
SCORES = ("24", "22", "22", "20", "19", "20.5", "18", "17")  # a quarter of eight are two places: equals at the cut


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "prize.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def written(folder: Path, kind: str, changes: Mapping[int, Mapping[str, Any]] | None = None) -> Path:
    rows = [
        {"application_id": f"p{number}", "applicant_id": "a", "unit_id": f"u{number}", "submitted_at": AT}
        | {"stage": "finished", "score": score}
        | dict((changes or {}).get(number, {}))
        for number, score in enumerate(SCORES)
    ]
    path = folder / f"facts.{kind}"
    if kind == "csv":
        pl.DataFrame(rows).write_csv(path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pl.DataFrame(rows).write_parquet(path)
    return path


def ends(path: Path) -> dict[str, tuple[str | None, str]]:
    table = pl.read_csv(path)
    return {one["application_id"]: (one["outcome"], one["status"]) for one in table.iter_rows(named=True)}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_row_that_cannot_be_read_still_counts_beside_the_others(laurea: Say, tmp_path: Path, rules: Path, kind: str):
    out = tmp_path / "o.csv"
    assert laurea("evaluate", rules, written(tmp_path, kind), "-o", out)[0] == 0
    whole = ends(out)
    code, _, err = laurea("evaluate", rules, written(tmp_path, kind, {5: {"score": "20,5"}}), "-o", out)
    found = ends(out)
    assert code == 1
    assert "field score" in err
    assert err.endswith("Until then the value is unknown.")
    assert found["p5"] == (None, "needs_evidence"), "it has a decision of its own to wait for"
    decided = {name: end for name, end in found.items() if end[1] == "decided"}
    assert decided, "who is placed whatever the unread value is stays decided"
    assert all(whole[name] == end for name, end in decided.items()), "and nobody is decided otherwise for it"
    assert found["p1"][0] is None or found["p1"] == whole["p1"]


def test_a_row_that_cannot_be_kept_is_said_beside_the_ranks(laurea: Say, tmp_path: Path, rules: Path) -> None:
    facts = written(tmp_path, "csv", {5: {"submitted_at": "yesterday"}, 6: {"application_id": "p1"}})
    code, out, _ = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv")
    says = "Ranks and places (best) were counted without 2 refused rows: mend them before you rely on these."
    assert (code, says in out) == (1, True)
    told = json.loads(laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv", "--json")[1])
    assert told["warning"] == says


def test_an_unknown_column_is_no_missing_row(laurea: Say, tmp_path: Path, rules: Path) -> None:
    every = {number: {"colour": "red"} for number in range(len(SCORES))}
    for kind in ("csv", "jsonl", "parquet"):
        told = json.loads(
            laurea("evaluate", rules, written(tmp_path, kind, every), "-o", tmp_path / "o.csv", "--json")[1]
        )
        assert [one["field"] for one in told["refusals"]] == ["colour"]
        assert "warning" not in told


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_misspelt_word_is_refused_and_decides_nothing(laurea: Say, tmp_path: Path, rules: Path, kind: str) -> None:
    facts = written(tmp_path, kind, {7: {"stage": "finishd"}})
    code, _, err = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv")
    assert code == 1
    assert "field stage: 'finishd' is none of its words. Did you mean finished?" in err
    assert ends(tmp_path / "o.csv")["p7"] == (None, "needs_evidence")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_words_of_a_lists_field_are_kept_too(laurea: Say, tmp_path: Path, rules: Path, kind: str) -> None:
    rules.write_text(
        RULES.replace('call (page 2), require: "', "call, require: \"people.exists(p, p.role == 'head') && ")
    )
    rows = [{"application_id": f"p{n}", "role": "Head" if n == 3 else "head"} for n in range(len(SCORES))]
    people = tmp_path / f"people.{kind}"
    if kind == "jsonl":
        people.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        getattr(pl.DataFrame(rows), f"write_{kind}")(people)
    code, _, err = laurea(
        "evaluate", rules, written(tmp_path, "csv"), "-o", tmp_path / "o.csv", "--children", f"people={people}"
    )
    assert code == 1
    assert "'Head' is none of its words. Did you mean head? Write one of teacher, head." in err
    assert ends(tmp_path / "o.csv")["p3"][0] is None


def test_sheets_that_fit_nothing_are_named(laurea: Say, tmp_path: Path, rules: Path) -> None:
    sheets = tmp_path / "sheets.csv"
    sheets.write_text("application_id,juror_id,criterion,points\nz,j1,quality,5\n", encoding="utf-8")
    facts = written(tmp_path, "csv")
    code, _, err = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv", "--sheets", sheets)
    assert (code, "prize/1 marks nothing, so the sheets of sheets.csv cannot be used." in err) == (1, True)
    rubric = "rubric: {cite: call, criteria: [{id: quality, title: Quality, maximum: 10}]}\nselection:"
    rules.write_text(RULES.replace("selection:", rubric), encoding="utf-8")
    code, _, err = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv", "--sheets", sheets)
    assert (code, "There is no application z in the file, so its sheets (j1) were not used." in err) == (1, True)


def test_counts_say_what_was_looked_at_in_one_order(laurea: Say, tmp_path: Path, rules: Path) -> None:
    facts = written(tmp_path, "csv", {number: {"stage": "running"} for number in range(4)})
    _, out, _ = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv")
    assert out.startswith("prize/1: 8 applications looked at, nothing refused. refused: 4 lost: 3 won: 1 digest")
    facts.write_text("application_id,applicant_id,unit_id,submitted_at,stage,score\n", encoding="utf-8")
    _, out, _ = laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv")
    assert "The file holds no application" in out
    assert laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv", "--language", "xx")[0] == 1


def test_a_kept_trace_is_told_with_titles_in_the_readers_language(laurea: Say, tmp_path: Path, rules: Path) -> None:
    trace = tmp_path / "t.parquet"
    facts = written(tmp_path, "csv", {7: {"stage": "running"}})
    assert laurea("evaluate", rules, facts, "-o", tmp_path / "o.csv", "--trace", trace)[0] == 0
    _, out, _ = laurea("explain", "p7", "--trace", trace, "--rules", rules, "--language", "lv")
    assert out.startswith("p7: Atteikts")
    assert "(call)" in out
    assert "page 2" not in out, "the file's own remarks are in English"
    assert "(call (page 2))" in laurea("explain", "p7", "--trace", trace, "--rules", rules)[1]
    out = laurea("explain", "p1", "--trace", trace, "--rules", rules)[1]
    assert "22; place 2 of 7, 1 chosen" in out, "what it lost to, not only its own figure"
    code, _, err = laurea("explain", "p7", "--trace", tmp_path / "none.parquet")
    assert (code, err.startswith("There is no file")) == (1, True)
    code, _, err = laurea("explain", "p7", "--trace", trace, "--rules", rules, "--counterfactual")
    assert (code, "Leave out --counterfactual" in err) == (1, True)
