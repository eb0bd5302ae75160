"""The commands that explain and compare: rules diff, rules explain, explain from a kept trace."""

from __future__ import annotations

import json

import pytest

from laurea.cli import evaluate, explaining, rules
from laurea.cli.describing import described
from laurea.errors import BadInput, NotFound
from rules.library import editions, named

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, address: https://example.org/call, mark: F}}
facts:
  age: {type: int, meaning: Age of the applicant., supplied_by: applicant}
  sent: {type: date, meaning: Sent., supplied_by: applicant}
parameters:
  most: {type: int, value: 18, cite: call, meaning: The highest age.}
policies:
  limit: {type: choice, asks: Who decides about those of 17?, cite: call, options: {jury: The jury., board: The board.}}
admission:
  - {id: in_time, says: In time., cite: call, window: {opens: 2024-05-01, closes: "2024-05-31T23:59", zone: Asia/Baku}}
eligibility:
  - id: young
    says: At most {most} years old.
    cite: call §2
    require: age <= most && (age != 17 || policy.limit == 'jury')
outcomes:
  - {id: won, title: Won, when: admission && eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "prize.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "next.yaml").write_text(
        RULES.replace("value: 18", "value: 19")
        .replace('edition: "1"', 'edition: "2"')
        .replace("cite: call §2", "cite: call §3"),
        encoding="utf-8",
    )
    rows = [
        {"application_id": "a", "age": 19, "submitted_at": "2024-06-01T01:00:00+04:00"},
        {"application_id": "b", "age": 17, "submitted_at": "2024-05-31T19:59:59Z"},
    ]
    (tmp_path / "facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def run(app, *arguments: object) -> int:
    try:
        app([str(one) for one in arguments], result_action="return_value")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_diff_tells_sentences_and_json(files, capsys):
    assert run(rules.app, "diff", files / "prize.yaml", files / "next.yaml") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Figures and dates, The highest age (most): 19 instead of 18. It touches young." in lines
    assert lines[-1] == "(1 more are only about where it is written: --sources)"
    assert run(rules.app, "diff", files / "prize.yaml", files / "next.yaml", "--sources", "--language", "lv") == 0
    assert "call §3, nevis call §2" in capsys.readouterr().out
    assert run(rules.app, "diff", files / "prize.yaml", files / "next.yaml", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {(one["block"], one["kind"]) for one in told} == {
        ("identity", "changed"),
        ("parameters", "changed"),
        ("eligibility", "source"),
    }
    assert run(rules.app, "diff", files / "prize.yaml", files / "prize.yaml", "--language", "az") == 0
    assert capsys.readouterr().out == "Heç nə dəyişməyib.\n"


def test_a_clause_is_explained_with_all_it_rests_on(files, capsys):
    assert run(rules.app, "explain", files / "prize.yaml", "young") == 0
    assert capsys.readouterr().out.splitlines() == [
        "At most 18 years old.",
        "  decided by: age <= most && (age != 17 || policy.limit == 'jury')",
        "  figure: most = 18, The highest age",
        "  fact: age, Age of the applicant.",
        "  depends on an open question: Who decides about those of 17? (The jury; The board)",
        "  written in: The call [F] https://example.org/call",
    ]
    assert run(rules.app, "explain", files / "prize.yaml", "in_time", "--language", "lv") == 0
    assert "izlemj: submitted_at from 2024-05-01 until 2024-05-31T23:59, Asia/Baku" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "az", "ka", "lv"])
def test_every_clause_of_the_library_can_be_described(language):
    for key in editions():
        told = described(named(str(key)), language)
        assert told["clauses"] or told["outcomes"]
        for one in told["clauses"]:
            assert one["says"], key
            assert one["condition"], key
            assert one["sources"], key


def test_a_kept_trace_is_explained_on_the_clock_of_the_rules(files, capsys):
    trace = files / "trace.parquet"
    kept = ("-o", files / "out.csv", "--trace", trace)
    assert run(evaluate.app, files / "prize.yaml", files / "facts.jsonl", *kept) == 0
    capsys.readouterr()
    explaining.explain("a", trace=trace, rules=str(files / "prize.yaml"), json=True)
    told = {one["clause"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["in_time"]["status"] == "false"
    assert told["in_time"]["measured"].startswith("1 June 2024, 01:00 (Baku)")
    assert told["young"]["status"] == "false"
    explaining.explain("b", trace=trace, rules=str(files / "prize.yaml"), language="lv", json=True)
    told = {one["clause"]: one for one in json.loads(capsys.readouterr().out)}
    assert (told["in_time"]["status"], told["young"]["status"]) == ("true", "policy")
    assert told["young"]["measured"] == "atkarīgs no atklāta jautājuma: Who decides about those of 17?"
    explaining.explain("b", trace=trace, rules=str(files / "prize.yaml"))
    assert "Who decides about those of 17?" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(NotFound, match="no application 'z'"):
        explaining.explain("z", trace=trace, rules=str(files / "prize.yaml"))
    with pytest.raises(BadInput, match="not with these rules"):
        explaining.explain("a", trace=trace, rules=str(files / "next.yaml"))
    with pytest.raises(BadInput, match="is not a trace"):
        explaining.explain("a", trace=files / "out.csv")
    with pytest.raises(BadInput, match="which round"):
        explaining.explain("a")
