"""Files of those who are routed: taken whole or not at all, each wrong place with row, field and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from laurea.errors import BadInput, Refusal
from laurea.sources import pairs, routing
from laurea.sources.routing import Load

PAPERS = ["A1", "A2", "A3"]
JURORS = ["J1", "J2"]


def file(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def places(refusals: list[Refusal]) -> list[tuple[int | None, str]]:
    return [(one.row, one.field) for one in refusals]


# --- applications and jurors ---------------------------------------------------------------------------------


def test_applications_as_they_are_routed(tmp_path: Path) -> None:
    refusals: list[Refusal] = []
    path = file(tmp_path, "application_id;topics;language;pupils;reviews\nA1;Rivers;AZ;12;\nA2;a,b;;x;5\n")
    with pytest.raises(BadInput, match="does not name application_id"):
        routing.read_applications(file(tmp_path, "id,topics\n1,2\n", "no.csv"), 3, refusals)
    first, second = routing.read_applications(path, 3, refusals)
    assert refusals == []  # a column that is nobody's name is a fact
    assert (first.ref, first.topics, first.language, first.needed) == ("A1", ("Rivers",), "az", 3)
    assert (second.language, second.needed) == ("", 5)


def test_column_that_is_nearly_ours_is_said(tmp_path: Path) -> None:
    refusals: list[Refusal] = []
    routing.read_applications(file(tmp_path, "application_id,institutoin,pupils\nA1,x,3\n"), 3, refusals)
    assert places(refusals) == [(1, "institutoin")]
    assert "Did you mean institution?" in refusals[0].remedy


def test_jurors_in_two_rows_without_load_and_with_crossed_loads(tmp_path: Path) -> None:
    refusals: list[Refusal] = []
    text = "juror_id,max_load,min_load,languages\nJ1,3,1,en;az\nJ1,3,1,en\nJ2,2,4,\n,1,1,\nJ3,x,,EN3!\n"
    found = routing.read_jurors(file(tmp_path, text), None, 12, refusals)
    assert [one.ref for one in found] == ["J1", "J2"]
    assert found[0].languages == ("en", "az")
    wrong = [(3, "juror_id"), (4, "min_load"), (5, "juror_id"), (6, "languages"), (6, "max_load")]
    assert sorted(places(refusals)) == wrong
    assert all(one.problem.endswith(".") and one.remedy.endswith(".") for one in refusals)


def test_load_holds_for_whoever_does_not_say_it(tmp_path: Path) -> None:
    path = file(tmp_path, "juror_id,max_load\nJ1,\nJ2,2\n")
    refusals: list[Refusal] = []
    loads = [(one.min_load, one.max_load) for one in routing.read_jurors(path, Load(4, 9), 20, refusals)]
    assert (loads, refusals) == ([(4, 9), (2, 2)], [])
    routing.read_jurors(path, None, 20, refusals)
    assert places(refusals) == [(2, "max_load")]
    assert "--load 0:13 for all (the mean is 10.0)" in refusals[0].remedy


def test_the_same_from_jsonl_and_parquet(tmp_path: Path) -> None:
    rows = [
        {"application_id": "A1", "topics": ["rivers", "music"], "language": "az", "reviews": 2},
        {"application_id": "A2", "topics": [], "language": None, "reviews": None},
    ]
    table = pl.DataFrame(rows)
    table.write_parquet(tmp_path / "a.parquet")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    plain = "application_id,topics,language,reviews\nA1,rivers;music,az,2\nA2,,,\n"
    every = [tmp_path / "a.parquet", file(tmp_path, text, "a.jsonl"), file(tmp_path, plain, "a.csv")]
    refusals: list[Refusal] = []
    found = [routing.read_applications(path, 3, refusals) for path in every]
    assert found[0] == found[1] == found[2]
    assert refusals == []


@pytest.mark.parametrize("text", ["application_id\n", "application_id\n\n"])
def test_file_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="holds no application"):
        routing.read_applications(file(tmp_path, text), 3, [])


# --- pairs ---------------------------------------------------------------------------------------------------


def read(path: Path, kind: pairs.Kind) -> tuple[list[tuple[object, ...]], list[Refusal]]:
    refusals: list[Refusal] = []
    table = pairs.read(path, kind, PAPERS, JURORS, refusals)
    return table.select("application", "juror", "value", "row").rows(), refusals


def test_affinity(tmp_path: Path) -> None:
    rows, refusals = read(file(tmp_path, "juror_id,application_id,score\nJ2, A3 ,0.25\nJ1,A1,1e-3\n"), pairs.AFFINITY)
    assert (rows, refusals) == ([(2, 1, 0.25, 2), (0, 0, 0.001, 3)], [])


@pytest.mark.parametrize("blank", ["", "\n"])  # with an empty line the file is read row by row
@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        ("A9,J1,0.5", "application_id", "There is no application 'A9' in the applications' file."),
        ("A1,J9,0.5", "juror_id", "There is no juror 'J9' in the jurors' file."),
        (",J1,0.5", "application_id", "The cell is empty."),
        ("A1,J1,nan", "score", "“nan” is not a number."),
        ("A1,J1,inf", "score", "“inf” is not a number."),
        ("A1,J1,half", "score", "“half” is not a number."),
        ("A1,J1,1.01", "score", "1.01 is not between 0 and 1."),
        ("A1,J1,-0.1", "score", "-0.1 is not between 0 and 1."),
        ("A1,J1,", "score", "The cell is empty."),
        ("A2,J2,0.5", "juror_id", "A2 and J2 already stand in row 2."),
    ],
)
def test_wrong_affinity_is_named(tmp_path: Path, blank: str, row: str, field: str, problem: str) -> None:
    path = file(tmp_path, f"application_id,juror_id,score\nA2,J2,1\n{blank}{row}\n")
    rows, refusals = read(path, pairs.AFFINITY)
    assert [(one.row, one.field, one.problem) for one in refusals] == [(3 + len(blank), field, problem)]
    assert refusals[0].remedy
    assert rows == [(1, 1, 1.0, 2)]


def test_nan_of_parquet_is_named(tmp_path: Path) -> None:
    ids = {"application_id": ["A1", "A2"], "juror_id": ["J1", "J1"]}
    pl.DataFrame(ids | {"score": [0.5, float("nan")]}).write_parquet(tmp_path / "a.parquet")
    rows, refusals = read(tmp_path / "a.parquet", pairs.AFFINITY)
    assert (len(rows), places(refusals)) == (1, [(2, "score")])


def test_conflicts_and_pins(tmp_path: Path) -> None:
    text = "application_id,juror_id,kind\nA1,J1,family\nA1,J1,own_school\nA2,J1,\n"
    rows, refusals = read(file(tmp_path, text), pairs.CONFLICTS)
    assert ([row[2] for row in rows], refusals) == (["family", "own_school", "declared"], [])
    rows, refusals = read(file(tmp_path, "application_id,juror_id\nA1,J1\n"), pairs.CONFLICTS)
    assert ([row[2] for row in rows], refusals) == (["declared"], [])
    rows, refusals = read(file(tmp_path, "application_id,juror_id,pin\nA1,J1,MUST\nA2,J1,always\n"), pairs.PIN)
    assert ([row[2] for row in rows], places(refusals)) == (["must"], [(3, "pin")])
    rows, refusals = read(file(tmp_path, "application_id,juror_id,pin\nA1,J1,must\nA1,J1,never\n"), pairs.PIN)
    assert places(refusals) == [(3, "juror_id")]


def test_an_assignment_that_was_written_before(tmp_path: Path) -> None:
    text = "application_id,juror_id,score,change\nA1,J1,900,kept\n"
    rows, refusals = read(file(tmp_path, text), pairs.CURRENT)
    assert (rows, refusals) == ([(0, 0, "stands", 2)], [])


def test_unknown_column_of_pairs_is_refused(tmp_path: Path) -> None:
    rows, refusals = read(file(tmp_path, "application_id,juror_id,score,scroe\nA1,J1,1,1\n"), pairs.AFFINITY)
    assert places(refusals) == [(1, "scroe")]
    assert len(rows) == 1


@pytest.mark.parametrize("quote", ["", '"'])  # with quotation marks the file is read row by row
def test_both_ways_to_read_give_the_same(tmp_path: Path, quote: str) -> None:
    lines = [f"{quote}{a}{quote},{j},0.{n}" for n, (a, j) in enumerate((a, j) for a in PAPERS for j in JURORS)]
    path = file(tmp_path, "\ufeffapplication_id,juror_id,score\r\n" + "\r\n".join(lines) + "\r\n")
    rows, refusals = read(path, pairs.AFFINITY)
    assert refusals == []
    expected = [(a, j, float(f"0.{2 * a + j}"), 2 + 2 * a + j) for a in range(3) for j in range(2)]
    assert rows == expected
