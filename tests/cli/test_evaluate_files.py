"""Files in and out: every format, lists of their own, batches, traces in columns, comparisons, bad input."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from evaluators import columnar, trace
from laurea.cli import evaluate as command
from laurea.errors import BadInput
from rules.library import load_text
from rules.plan import compile_plan

RULES = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
facts:
  age: {type: int, meaning: Age., supplied_by: applicant}
  score: {type: decimal, scale: 2, meaning: Score., supplied_by: officer}
  born: {type: date, meaning: Born., supplied_by: applicant}
  people:
    type: list
    meaning: People.
    supplied_by: applicant
    fields: {seen: {type: date, meaning: Last seen.}, n: {type: int, meaning: Number.}}
parameters:
  since: {type: date, value: 2024-01-01, cite: call, overridable: true}
policies:
  limit: {type: decimal, scale: 2, asks: Above which score?, cite: call}
eligibility:
  - {id: young, says: At most 18., cite: call, require: age <= 18}
  - {id: good, says: "Above {policy.limit}.", cite: call, require: score > policy.limit}
  - {id: seen, says: Two were seen., cite: call, require: "people.filter(p, p.seen >= since).size() >= 2"}
  - {id: early, says: Born early., cite: call, require: born < since}
outcomes:
  - {id: won, title: Won, when: eligibility, grants: true, letter: granted}
  - {id: lost, title: Lost, otherwise: true}
"""
ONCE = "admission:\n  - {id: once, says: Once., cite: call, first: {count: 1, per: unit}}\neligibility:"
AT = "2024-05-01T10:00:00+00:00"
COUNT = 230


def applications():
    return [
        {
            "application_id": f"a{number:03d}",
            "applicant_id": f"p{number}",
            "unit_id": f"u{number}",
            "submitted_at": AT,
            "age": 10 + number % 12,
            "score": f"{number % 40}.25",
            "born": date(2023, 12, 25 + number % 7).isoformat() if number % 11 else None,
        }
        for number in range(COUNT)
    ]


def people():
    """Items in an order of their own: the last application's first."""
    return [
        {"application_id": one["application_id"], "seen": f"2024-01-{1 + day:02d}" if day else "2023-12-31", "n": day}
        for one in reversed(applications())
        for day in range(int(one["age"]) % 4)
    ]


def written(folder: Path, name: str, rows: list[dict], kind: str) -> Path:
    path = folder / f"{name}.{kind}"
    if kind == "csv":
        pl.DataFrame(rows).write_csv(path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pl.DataFrame(rows).write_parquet(path)
    return path


def run(*arguments: object) -> int:
    try:
        command.app([str(one) for one in arguments], result_action="return_value")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "prize.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def decided(folder, rules, kind, *more, output="out.parquet", lists=True):
    facts = written(folder, "facts", applications(), kind)
    children = ("--children", f"people={written(folder, 'people', people(), kind)}") if lists else ()
    assert run(rules, facts, "-o", folder / output, *children, "--policy", "limit=20", *more) == 0
    return folder / output


def outcomes(path):
    read = {".parquet": pl.read_parquet, ".jsonl": pl.read_ndjson, ".csv": pl.read_csv}[path.suffix]
    return read(path).select("application_id", "outcome", "status").rows()


def test_every_format_in_and_out_gives_the_same_decisions(tmp_path, rules):
    wanted = outcomes(decided(tmp_path, rules, "csv"))
    assert [row[0] for row in wanted] == [one["application_id"] for one in applications()]
    assert {row[1] for row in wanted} == {"won", "lost", None}
    for kind in ("jsonl", "parquet"):
        assert outcomes(decided(tmp_path, rules, kind)) == wanted
    for output in ("out.csv", "out.jsonl"):
        assert outcomes(decided(tmp_path, rules, "csv", output=output)) == wanted


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.parquet"])
def test_batches_give_the_same_decisions(tmp_path, rules, kind, output, capsys):
    wanted = outcomes(decided(tmp_path, rules, kind, output=f"whole-{output}"))
    capsys.readouterr()
    path = decided(tmp_path, rules, kind, "--batch", "7", "--json", output=output)
    assert outcomes(path) == wanted
    told = json.loads(capsys.readouterr().out)
    assert (told["batches"], told["applications"]) == (-(-COUNT // 7), COUNT)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.parquet"])
def test_batches_give_the_same_bytes_and_the_same_digest(tmp_path, rules, kind, output, capsys):
    written_files = []
    for size in ("1000", "7"):
        folder = tmp_path / size
        folder.mkdir()
        more = ("--batch", size, "--trace", folder / "trace.jsonl", "--as-of", "2024-06-01", "--json")
        path = decided(folder, rules, kind, *more, output=output)
        digest = json.loads(capsys.readouterr().out)["digest"]
        content = pl.read_parquet(path).rows() if output.endswith("parquet") else path.read_bytes()
        written_files.append((content, (folder / "trace.jsonl").read_bytes(), digest))
        assert sorted(one.name for one in folder.iterdir() if one.suffix == ".part") == []
    assert written_files[0] == written_files[1]


def test_large_files_are_taken_in_batches_by_themselves_where_the_rules_allow_it(tmp_path, rules, monkeypatch, capsys):
    monkeypatch.setattr(command, "BATCH", 100)
    decided(tmp_path, rules, "csv", "--json")
    first = json.loads(capsys.readouterr().out)
    assert first["batches"] == 3
    once = RULES.replace("eligibility:", ONCE, 1)
    rules.write_text(once, encoding="utf-8")
    decided(tmp_path, rules, "csv", "--json")
    small = json.loads(capsys.readouterr().out)
    assert "batches" not in small
    monkeypatch.setattr(command, "BATCH", 1000)
    decided(tmp_path, rules, "csv", "--json")
    assert json.loads(capsys.readouterr().out) == small


def test_after_an_error_the_file_that_stood_there_still_stands(tmp_path, rules, monkeypatch):
    path = decided(tmp_path, rules, "csv", output="out.csv")
    before = path.read_bytes()
    from laurea.cli import deciding

    tried = iter([None, RuntimeError("the disk is full")])

    def told(*arguments):
        error = next(tried)
        if error:
            raise error
        return pl.DataFrame({"application_id": ["x"], "group": ["g"], "needs": [["n"]], "policies": [["p"]]})

    monkeypatch.setattr(deciding, "_told", told)
    with pytest.raises(RuntimeError, match="disk"):
        decided(tmp_path, rules, "csv", "--batch", "100", output="out.csv")
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_rules_that_look_across_say_so_and_are_not_taken_in_batches(tmp_path, rules):
    rules.write_text(RULES.replace("eligibility:", ONCE, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=r"look at all applications together \(once\).*Leave out --batch"):
        decided(tmp_path, rules, "csv", "--batch", "7")
    with pytest.raises(BadInput, match="no batch"):
        decided(tmp_path, rules, "csv", "--batch", "0")


def test_the_digest_is_that_of_the_decisions_whatever_the_format(tmp_path, rules, capsys):
    digests = set()
    for kind in ("csv", "jsonl", "parquet"):
        decided(tmp_path, rules, kind, "--json")
        digests.add(json.loads(capsys.readouterr().out)["digest"])
    assert len(digests) == 1


def test_the_trace_in_columns_says_the_same_as_the_trace_in_lines(tmp_path, rules):
    decided(tmp_path, rules, "csv", "--trace", tmp_path / "trace.jsonl")
    lines = {
        one["application_id"]: one["trace"]
        for one in map(json.loads, (tmp_path / "trace.jsonl").read_text().splitlines())
    }
    for more in ((), ("--batch", "50")):
        decided(tmp_path, rules, "csv", "--trace", tmp_path / "trace.parquet", *more)
        table = pl.read_parquet(tmp_path / "trace.parquet")
        told = json.loads(pl.read_parquet_metadata(tmp_path / "trace.parquet")["laurea"])
        plan = compile_plan(load_text(RULES, "prize.yaml"), told["policies"], told["parameters"])
        assert table.height == COUNT
        for row in table.iter_rows(named=True):
            found = columnar.entries(plan, row, told)
            wanted = [one | {"facts": {}} for one in lines[row["application_id"]]]
            assert found == wanted
            assert trace.sentences(plan.ruleset, found, "lv") == trace.sentences(plan.ruleset, wanted, "lv")
    with pytest.raises(ValueError, match="not with these rules"):
        columnar.entries(compile_plan(load_text(RULES.replace("<= 18", "<= 17"), "x"), {}), row, told)


def test_many_decisions_take_few_bytes(tmp_path):
    plan = compile_plan(load_text(RULES, "prize.yaml"), {"limit": "20"})
    from evaluators.decide import decide
    from evaluators.facts import to_frames

    rows = [
        {"application_id": f"a{number:06d}", "facts": {"age": number % 30, "score": f"{number % 40}.25"}}
        for number in range(20_000)
    ]
    frames = to_frames(plan.ruleset, rows)
    table = columnar.columns(plan, decide(plan, frames))
    table.drop("application_id").write_parquet(tmp_path / "t.parquet", compression="zstd")
    assert (tmp_path / "t.parquet").stat().st_size < 10 * table.height


def test_another_edition_beside_it(tmp_path, rules, capsys):
    other = tmp_path / "other.yaml"
    other.write_text(RULES.replace("age <= 18", "age <= 14"), encoding="utf-8")
    decided(tmp_path, rules, "csv", "--against", other, "--json")
    told = json.loads(capsys.readouterr().out)["against"]
    assert told["flips"]
    assert {(one["before"], one["after"], one["clause"]) for one in told["flips"]} == {
        ("won", "lost", "young"),
        ("needs_evidence", "lost", "young"),
    }
    assert sum(one["applications"] for one in told["counts"]) == COUNT
    decided(tmp_path, rules, "parquet", "--against-policy", "limit=30", "--json")
    told = json.loads(capsys.readouterr().out)["against"]
    assert {one["clause"] for one in told["flips"]} == {"good"}
    decided(tmp_path, rules, "csv", "--against-parameter", "since=2023-12-28")
    assert "come out otherwise" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_comparison_in_batches_says_the_same_and_where_it_cannot_be_it_says_so(tmp_path, rules, kind, capsys):
    other = tmp_path / "other.yaml"
    other.write_text(RULES.replace("age <= 18", "age <= 14"), encoding="utf-8")
    told = []
    for more in ((), ("--batch", "9")):
        decided(tmp_path, rules, kind, "--against", other, "--json", *more)
        found = json.loads(capsys.readouterr().out)
        assert found.pop("batches", 1) == (-(-COUNT // 9) if more else 1)
        told.append(found)
    assert told[0] == told[1]
    assert told[0]["against"]["flips"]
    other.write_text(RULES.replace("eligibility:", ONCE, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=r"look at all applications together \(once\).*Leave out --batch"):
        decided(tmp_path, rules, kind, "--against", other, "--batch", "9")


def test_a_misspelt_column_is_asked_about(tmp_path, rules, capsys):
    rows = [{("scores" if name == "score" else name): value for name, value in one.items()} for one in applications()]
    for kind in ("csv", "jsonl", "parquet"):
        assert run(rules, written(tmp_path, "facts", rows, kind), "-o", tmp_path / "o.csv") == 1
        assert "Did you mean score?" in capsys.readouterr().err


def test_many_refusals_are_counted_and_not_all_told(tmp_path, rules, monkeypatch, capsys):
    monkeypatch.setattr(command, "_SHOWN", 3)
    rows = [one | {"age": "many"} for one in applications()]
    assert run(rules, written(tmp_path, "facts", rows, "parquet"), "-o", tmp_path / "o.csv") == 1
    told = capsys.readouterr()
    assert f"and {COUNT - 3} more" in told.err
    assert f"{COUNT} refused" in told.out
    assert len(told.err.splitlines()) == 4


def test_a_fact_only_the_other_edition_asks_for_is_read_for_it(tmp_path, rules, capsys):
    other = tmp_path / "other.yaml"
    other.write_text(
        RULES.replace("facts:\n", "facts:\n  grade: {type: int, meaning: Grade., supplied_by: applicant}\n").replace(
            "eligibility:\n", "eligibility:\n  - {id: grade, says: Grade 5., cite: call, require: grade >= 5}\n"
        ),
        encoding="utf-8",
    )
    rows = [one | {"grade": 4 if number == 3 else 6} for number, one in enumerate(applications())]
    facts = written(tmp_path, "graded", [one | {"age": 10, "score": "30", "born": "2020-01-01"} for one in rows], "csv")
    items = written(
        tmp_path, "people", [{"application_id": one["application_id"], "seen": "2024-02-01"} for one in rows * 2], "csv"
    )
    code = run(
        rules,
        facts,
        "-o",
        tmp_path / "o.csv",
        "--children",
        f"people={items}",
        "--policy",
        "limit=20",
        "--against",
        other,
        "--json",
    )
    told = json.loads(capsys.readouterr().out)
    assert [(one["application"], one["clause"]) for one in told["against"]["flips"]] == [("a003", "grade")]
    assert (code, told["refusals"]) == (0, [])


@pytest.mark.parametrize(
    ("kind", "text", "row", "field"),
    [
        ("jsonl", '{"application_id": "a", "age": 12}\nnot json\n', 2, ""),
        ("jsonl", '{"application_id": "a", "age": 12}\n{"application_id": "a"}\n', 2, "application_id"),
        ("jsonl", '{"application_id": "a", "age": 12}\n{"age": 12}\n', 2, "application_id"),
        ("jsonl", '{"application_id": "a", "age": 12}\n{"application_id": "b", "age": "twelve"}\n', 2, "age"),
        ("jsonl", '{"application_id": "a", "age": 12}\n{"application_id": "b", "agee": 12}\n', 2, "agee"),
        ("jsonl", '{"application_id": "a"}\n{"application_id": "b", "submitted_at": "2024-05-01"}\n', 2, "submitted_at"),  # noqa: E501
        ("csv", f"application_id,applicant_id,unit_id,submitted_at,age\na,p,u,{AT},12\nb,p,u,{AT},12,13\n", 3, ""),
        ("csv", f"application_id,applicant_id,unit_id,submitted_at,age\na,p,u,{AT},12\nb,p,u,yesterday,12\n", 3, "submitted_at"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_row_field_and_remedy(tmp_path, rules, capsys, kind, text, row, field):
    path = tmp_path / f"facts.{kind}"
    path.write_text(text, encoding="utf-8")
    assert run(rules, path, "-o", tmp_path / "o.csv", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    (refusal,) = told["refusals"]
    assert (refusal["file"], refusal["row"], refusal["field"]) == (path.name, row, field)
    assert refusal["remedy"]
    assert told["applications"] >= 1


def test_items_of_nobody_floats_and_files_that_are_no_files(tmp_path, rules, capsys):
    facts = written(tmp_path, "facts", [{"application_id": "a", "score": 20.25}], "parquet")
    items = written(tmp_path, "people", [{"application_id": "z", "seen": date(2024, 1, 1)}], "parquet")
    assert run(rules, facts, "-o", tmp_path / "o.csv", "--children", f"people={items}", "--json") == 1
    told = {(one["file"], one["row"], one["field"]): one for one in json.loads(capsys.readouterr().out)["refusals"]}
    assert set(told) == {("people.parquet", 1, "application_id"), ("facts.parquet", 1, "score")}
    assert "'20.5'" in told["facts.parquet", 1, "score"]["remedy"]
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 this is nothing")
    with pytest.raises(BadInput, match="not a Parquet file"):
        run(rules, tmp_path / "broken.parquet", "-o", tmp_path / "o.csv")
    with pytest.raises(BadInput, match="no file"):
        run(rules, tmp_path / "gone.jsonl", "-o", tmp_path / "o.csv")
    written(tmp_path, "unnamed", [{"age": 1}], "parquet")
    with pytest.raises(BadInput, match="application_id: There is no such column"):
        run(rules, tmp_path / "unnamed.parquet", "-o", tmp_path / "o.csv")
    (tmp_path / "latin.jsonl").write_bytes('{"application_id": "é"}'.encode("latin-1"))
    with pytest.raises(BadInput, match="not in UTF-8"):
        run(rules, tmp_path / "latin.jsonl", "-o", tmp_path / "o.csv")


def test_a_parquet_decimal_and_a_real_date_are_exact(tmp_path, rules):
    rows = pl.DataFrame(
        {"application_id": ["a", "b"], "score": ["20.01", "20.00"], "age": [1, 1], "born": [date(2020, 1, 1)] * 2}
    ).with_columns(pl.col("score").cast(pl.Decimal(10, 2)))
    rows = rows.with_columns(people=pl.lit([{"seen": "2024-01-01"}, {"seen": "2024-01-02"}]))
    rows.write_parquet(tmp_path / "facts.parquet")
    assert run(rules, tmp_path / "facts.parquet", "-o", tmp_path / "o.parquet", "--policy", "limit=20") == 0
    assert outcomes(tmp_path / "o.parquet") == [("a", "won", "decided"), ("b", "lost", "decided")]


def test_an_empty_file_of_applications_gives_an_empty_file_of_decisions(tmp_path, rules):
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    assert run(rules, tmp_path / "none.jsonl", "-o", tmp_path / "o.parquet") == 0
    assert pl.read_parquet(tmp_path / "o.parquet").height == 0
