"""The statute book and the evaluation of files through the real commands."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from laurea.cli.evaluate import app as evaluate_app
from laurea.cli.rules import app as rules_app
from laurea.errors import BadInput
from rules.errors import RuleSetError

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  age: {type: int, meaning: Age., supplied_by: applicant}
  score: {type: decimal, scale: 2, meaning: Score., supplied_by: officer}
  people:
    type: list
    meaning: People.
    supplied_by: applicant
    fields: {seen: {type: date, meaning: Last seen.}}
policies:
  limit: {type: decimal, scale: 2, asks: Above which score?, cite: call}
eligibility:
  - {id: young, says: At most 18., cite: call, require: age <= 18}
  - {id: good, says: "Above {policy.limit}.", cite: call, require: score > policy.limit}
  - {id: seen, says: Somebody was seen., cite: call, require: "people.exists(p, p.seen >= date('2024-01-01'))"}
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""
HEAD = "application_id,applicant_id,unit_id,submitted_at,age,score\n"
AT = "2024-05-01T10:00:00+00:00"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "prize.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "people.csv").write_text("application_id,seen\na,2024-02-29\nb,2023-12-31\n", encoding="utf-8")
    rows = f"a,t1,u1,{AT},18,20.01\nb,t2,u2,{AT},12,25\nc,t3,u3,{AT},12,\n"
    (tmp_path / "facts.csv").write_text(HEAD + rows, encoding="utf-8")
    return tmp_path


def run(app, *arguments: object) -> int:
    try:
        app([str(one) for one in arguments], result_action="return_value")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def evaluated(files: Path, facts: str = "facts.csv", *more: object, output: str = "out.parquet") -> dict[str, dict]:
    children = () if facts.endswith("jsonl") else ("--children", f"people={files / 'people.csv'}")
    code = run(evaluate_app, files / "prize.yaml", files / facts, "-o", files / output, *children, *more)
    assert code == 0
    read = {"parquet": pl.read_parquet, "jsonl": pl.read_ndjson, "csv": pl.read_csv}[output.rpartition(".")[2]]
    return {row["application_id"]: row for row in read(files / output).to_dicts()}


def test_a_file_is_decided(files):
    found = evaluated(
        files, "facts.csv", "--policy", "limit=20", "--trace", files / "trace.jsonl", "--as-of", "2024-06-01"
    )
    assert {name: row["outcome"] for name, row in found.items()} == {"a": "won", "b": "lost", "c": "lost"}
    assert found["b"]["first_failing_clause"] == "seen"
    assert str(found["a"]["valid_from"]) == "2024-06-01"
    lines = [json.loads(line) for line in (files / "trace.jsonl").read_text().splitlines()]
    assert [line["application_id"] for line in lines] == ["a", "b", "c"]
    assert [entry["status"] for entry in lines[2]["trace"]] == ["true", "unknown", "false"]


def test_without_an_answer_whoever_depends_on_it_stays_undecided(files):
    found = evaluated(files)
    assert (found["a"]["outcome"], found["a"]["status"], found["a"]["policies"]) == (None, "undecided", ["limit"])
    assert found["b"]["outcome"] == "lost"


@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.parquet"])
def test_every_format_says_the_same(files, output):
    found = evaluated(files, "facts.csv", "--policy", "limit=20", output=output)
    assert {name: row["outcome"] for name, row in found.items()} == {"a": "won", "b": "lost", "c": "lost"}


def test_jsonl_keeps_numbers_as_they_were_written(files):
    records = [
        {"application_id": "a", "submitted_at": AT, "age": 18, "score": 20.01, "people": [{"seen": "2024-02-29"}]},
        {"application_id": "b", "submitted_at": AT, "age": 18, "score": 20, "people": [{"seen": "2024-02-29"}]},
    ]
    (files / "facts.jsonl").write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")
    found = evaluated(files, "facts.jsonl", "--policy", "limit=20")
    assert {name: row["outcome"] for name, row in found.items()} == {"a": "won", "b": "lost"}


def test_a_wrong_row_is_named_and_the_others_are_decided(files, capsys):
    (files / "facts.csv").write_text(HEAD + f"a,t1,u1,{AT},18,20.01\nb,t2,u2,{AT},twelve,25\n", encoding="utf-8")
    code = run(
        evaluate_app,
        files / "prize.yaml",
        files / "facts.csv",
        "-o",
        files / "out.csv",
        "--policy",
        "limit=20",
        "--json",
    )
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert told["applications"] == 1
    (refusal,) = told["refusals"]
    assert (refusal["file"], refusal["row"], refusal["field"]) == ("facts.csv", 3, "age")
    assert refusal["remedy"]


def test_an_id_that_looks_like_a_formula_is_written_harmless(files):
    (files / "facts.csv").write_text(HEAD + f"=1+1,t1,u1,{AT},18,20.01\n", encoding="utf-8")
    (files / "people.csv").write_text("application_id,seen\n", encoding="utf-8")
    assert list(evaluated(files, "facts.csv", "--policy", "limit=20", output="out.csv")) == ["'=1+1"]


def test_a_bad_answer_or_option_is_refused(files):
    with pytest.raises(RuleSetError, match="not a number"):
        run(evaluate_app, files / "prize.yaml", files / "facts.csv", "-o", files / "o.csv", "--policy", "limit=lots")
    with pytest.raises(BadInput, match="NAME=VALUE"):
        run(evaluate_app, files / "prize.yaml", files / "facts.csv", "-o", files / "o.csv", "--policy", "limit")


def test_rules_list_and_show_as_json(capsys, files):
    assert run(rules_app, "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) >= 4
    assert all(len(one["digest"]) == 64 for one in listed)
    assert run(rules_app, "show", listed[0]["rule_set"], "--json", "--language", "lv") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["digest"] == listed[0]["digest"]
    assert all(clause["sources"] for clause in shown["clauses"])
    assert run(rules_app, "show", files / "prize.yaml") == 0
    assert "At most 18." in capsys.readouterr().out


def test_rules_check_names_line_column_and_remedy(capsys, files):
    (files / "wrong.yaml").write_text(RULES.replace("age <= 18", "agge <= 18"), encoding="utf-8")
    assert run(rules_app, "check", files / "wrong.yaml", "--json") == 1
    (problem,) = json.loads(capsys.readouterr().out)
    line = next(n for n, text in enumerate(RULES.splitlines(), 1) if "age <= 18" in text)
    column = RULES.splitlines()[line - 1].index("age <= 18") + 1
    assert (problem["line"], problem["column"], problem["remedy"]) == (line, column, "Did you mean age?")
    assert run(rules_app, "check") == 0


def test_rules_test_ends_with_one_when_a_case_comes_out_otherwise(capsys, files):
    cases = files / "prize.cases.yaml"
    papers = (
        "submitted_at: '2024-05-01T10:00:00Z', facts: {age: 18, score: 21}, children: {people: [{seen: 2024-01-01}]}"
    )
    base = f"policies: {{limit: 20}}\nbase: {{{papers}}}\n"
    cases.write_text(base + "cases:\n  - {id: one, says: x, expect: {outcome: won}}\n", encoding="utf-8")
    assert run(rules_app, "test", files / "prize.yaml") == 0
    capsys.readouterr()
    cases.write_text(base + "cases:\n  - {id: one, says: x, expect: {outcome: lost}}\n", encoding="utf-8")
    assert run(rules_app, "test", files / "prize.yaml", "--coverage", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["cases"][0]["differences"] == ["one: outcome is won, expected lost"]
    assert {gap["clause"] for gap in told["gaps"]} >= {"young", "good", "seen"}


def test_rules_explain_and_schema(capsys, files):
    assert run(rules_app, "explain", files / "prize.yaml", "young") == 0
    assert "age <= 18" in capsys.readouterr().out
    with pytest.raises(RuleSetError, match="no clause 'old'"):
        run(rules_app, "explain", files / "prize.yaml", "old")
    assert run(rules_app, "schema") == 0
    assert json.loads(capsys.readouterr().out)["additionalProperties"] is False
