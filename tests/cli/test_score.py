"""`laurea score` as an officer meets it: files in and out, words, the page, and input that cannot be used."""

from __future__ import annotations

import io
import json
import re
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "score-sheets.csv"
READ = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".ndjson": pl.read_ndjson, ".parquet": pl.read_parquet}
HEADER = "application_id,juror_id,points\n"
# Two panels without a common application: jurors 1 and 2, jurors 3 and 4.
APART = HEADER + "A,J1,4\nA,J2,3\nB,J1,3\nB,J2,5\nC,J3,3\nC,J4,5\nD,J3,3\nD,J4,6\nE,J1,1\nE,J2,2\n"


@pytest.fixture
def sheets(tmp_path):
    def write(text, name="sheets.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def scores(path):
    return READ[path.suffix](path)


def test_the_example_of_the_help_does_what_the_help_says(laurea, tmp_path):
    code, out, _ = laurea("score", "--help")
    assert code == 0
    words = re.search(r"Example: laurea score (.*? -o scores\.csv)", out)[1].split()
    given = [EXAMPLE if word.startswith("examples/") else word for word in words]
    given = [tmp_path / word if str(word).startswith("scores.") else word for word in given]
    code, out, err = laurea("score", *given)
    assert (code, err) == (0, "")
    table = pl.read_csv(tmp_path / "scores.csv")
    assert table.columns == ["application_id", "raw", "adjusted", "se", "p_above", "rank", "band"]
    assert table.height == 40
    assert table["rank"].to_list() == sorted(table["rank"].to_list())
    assert set(table["band"]) == {"above", "open", "below"}
    assert "There are 10 places for 40 applications (25% of them)." in out
    assert "the adjusted scores are better" in out
    assert "Stricter than others on the same applications: J-9" in out
    assert "More generous: J-1" in out
    page = (tmp_path / "scores.html").read_text("utf-8")
    assert page.count("<svg") == 4
    # What examples/README.md says of this file.
    assert table.filter(pl.col("band") == "open").height == 25
    assert "4 of 9 jurors can be told from the others" in out
    assert "2 applications have the very score of the last place" in out


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("output", ["csv", "jsonl", "ndjson", "parquet"])
def test_every_format_in_and_out_gives_the_same_scores(laurea, tmp_path, kind, output):
    table = pl.read_csv(EXAMPLE)
    given = tmp_path / f"given.{kind}"
    {"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}[kind](given)
    wanted, found, seats = (tmp_path / name for name in ("wanted.csv", f"found.{output}", f"jurors.{output}"))
    assert laurea("score", EXAMPLE, "--cut", "25%", "-o", wanted)[0] == 0
    assert laurea("score", given, "--cut", "25%", "--jurors", seats, "-o", found)[0] == 0
    assert scores(found).rows() == scores(wanted).rows()
    assert scores(seats).columns == ["juror_id", "severity", "se", "sheets", "fit", "weight"]
    assert scores(seats)["sheets"].sum() == 120


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_draws(laurea, tmp_path):
    written = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        places = [tmp_path / f"{name}.{ending}" for ending in ("csv", "html")]
        assert laurea("score", EXAMPLE, "--cut", "12", "--seed", seed, "--report", places[1], "-o", places[0])[0] == 0
        written.append([place.read_bytes() for place in places])
    assert written[0] == written[1]
    assert written[0][0] != written[2][0]


def test_the_order_of_rows_changes_nothing(laurea, tmp_path):
    shuffled = tmp_path / "shuffled.csv"
    pl.read_csv(EXAMPLE).sample(fraction=1, shuffle=True, seed=5).write_csv(shuffled)
    found = []
    for given in (EXAMPLE, shuffled):
        laurea("score", given, "--cut", "25%", "-o", tmp_path / "o.csv")
        found.append((tmp_path / "o.csv").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("method", "wanted"), [("mean", 4.0), ("median", 3.0), ("trimmed", 3.5), ("adjusted", 4.0), ("advised", 4.0)]
)
def test_each_method_gives_its_own_raw_score(laurea, tmp_path, sheets, method, wanted):
    # A has 1, 3, 2, 9, 5 by jurors who also judge B to F; raw of A: mean 4, median 3, trimmed (2 + 3 + 5) / 3.
    first = "".join(f"A,J{juror},{points}\n" for juror, points in enumerate((1, 3, 2, 9, 5)))
    others = "".join(
        f"{name},J{juror},{4 + (juror + place) % 3}\n" for place, name in enumerate("BCDEF") for juror in range(5)
    )
    path = sheets(HEADER + first + others)
    assert laurea("score", path, "--method", method, "-o", tmp_path / "o.csv")[0] == 0
    row = pl.read_csv(tmp_path / "o.csv").filter(pl.col("application_id") == "A").row(0, named=True)
    assert row["raw"] == pytest.approx(10 / 3 if method == "trimmed" else wanted, abs=1e-6)
    assert (row["p_above"], row["band"]) == (None, None)


def test_places_a_share_and_a_threshold_are_cuts(laurea, tmp_path):
    found = {}
    for cut in ("10", "25%", "1/4", "0.25"):
        code, out, _ = laurea("score", EXAMPLE, "--cut", cut, "--json", "-o", tmp_path / "o.csv")
        told = json.loads(out)
        assert (code, told["cut"]["places"]) == (0, 10)
        found[cut] = (tmp_path / "o.csv").read_bytes()
    assert len(set(found.values())) == 1
    _, out, _ = laurea("score", EXAMPLE, "--cut", "points:6", "--json", "-o", tmp_path / "o.csv")
    told = json.loads(out)["cut"]
    assert (told["places"], told["at"]) == (None, 6.0)
    for rounding, places in (("up_to", 13), ("nearest", 13), ("at_least", 14)):
        _, out, _ = laurea(
            "score", EXAMPLE, "--cut", "33.3%", "--rounding", rounding, "--json", "-o", tmp_path / "o.csv"
        )
        assert json.loads(out)["cut"]["places"] == places, rounding
    assert Fraction(333, 1000) * 40 == Fraction(1332, 100)


def test_a_jury_in_two_parts_is_not_adjusted_and_the_missing_review_is_named(laurea, tmp_path, sheets):
    path, out_file = sheets(APART), tmp_path / "o.csv"
    code, out, err = laurea("score", path, "--method", "adjusted", "--report", tmp_path / "r.html", "-o", out_file)
    assert (code, out) == (1, "")
    assert "The scores cannot be adjusted; nothing was written." in err
    assert "sheets.csv, field juror_id: J3 and J1 belong to parts of the jury that share no application." in err
    assert "Let J3 also judge" in err
    assert "--method mean" in err
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["sheets.csv"]
    for method in ("mean", "advised"):
        code, out, _ = laurea("score", path, "--method", method, "--cut", "2", "-o", out_file)
        assert code == 0
        assert "Scores cannot be corrected. The jury falls into 2 parts" in out
        assert pl.read_csv(out_file)["adjusted"].to_list() == [None] * 5
    again = sheets(APART + "A,J3,4\n")  # the review that was named
    assert laurea("score", again, "--method", "adjusted", "-o", out_file)[0] == 0
    assert pl.read_csv(out_file)["adjusted"].null_count() == 0


def test_one_juror_for_all_can_be_ranked_but_not_adjusted(laurea, tmp_path, sheets):
    path = sheets(HEADER + "A,J1,4\nB,J1,3\nC,J1,2\n")
    code, out, _ = laurea("score", path, "--cut", "1", "-o", tmp_path / "o.csv")
    assert code == 0
    assert "without a second juror on some of the applications" in out
    assert "Nobody can say how sure these scores are." in out
    assert pl.read_csv(tmp_path / "o.csv").select("application_id", "rank", "band").rows() == [
        ("A", 1, None),
        ("B", 2, None),
        ("C", 3, None),
    ]
    code, _, err = laurea("score", path, "--method", "adjusted", "-o", tmp_path / "other.csv")
    assert (code, (tmp_path / "other.csv").exists()) == (1, False)
    assert "J1 gave all scores" in err


def test_applications_that_differ_by_chance_alone_are_not_told_apart(laurea, tmp_path, sheets):
    rows = "".join(f"P{place},J{juror},{3 + 2 * ((place + juror) % 2)}\n" for place in range(8) for juror in range(2))
    code, out, _ = laurea("score", sheets(HEADER + rows), "--cut", "points:4", "-o", tmp_path / "o.csv")
    assert code == 0
    assert "these scores cannot tell any two of them apart" in out
    found = pl.read_csv(tmp_path / "o.csv")
    assert found["p_above"].to_list() == [0.5] * 8
    assert found["band"].to_list() == ["open"] * 8


@pytest.mark.parametrize(
    ("text", "row", "field", "problem"),
    [
        ("A,J1,NaN\nA,J2,3\n", 2, "points", "“NaN” is not a number of points. Write a number"),
        ("A,J1,3\nA,J2,inf\n", 3, "points", "“inf” is not a number"),
        ("A,J1,3\nA,J2,\n", 3, "points", "The cell is empty. Fill it in."),
        ("A,J1,3\nA,J2,11\n", 3, "points", "11 is not on the scale, which is 0 to 10 in steps of 0.5."),
        ("A,J1,3\nA,J2,4.25\n", 3, "points", "4.25 is not on the scale"),
        ("A,J1,3\nB,J1,3\nA,J1,4\n", 4, "juror_id", "J1 marked A already in row 2. Keep one of the two rows."),
        ("A,J1,3\n,J2,3\n", 3, "application_id", "The cell is empty. Fill it in."),
        ("A,J1,3\nA,J2,3,9\n", 3, "", "The row has 4 cells, the header has 3."),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_written(laurea, tmp_path, sheets, text, row, field, problem):
    old = tmp_path / "o.csv"
    old.write_text("what stood there", encoding="utf-8")
    code, out, err = laurea("score", sheets(HEADER + text), "--scale", "0:10:0.5", "-o", old)
    assert (code, out) == (1, "")
    assert "cannot be compared; nothing was written." in err
    place = f"sheets.csv, row {row}, field {field}: " if field else f"sheets.csv, row {row}: "
    assert place + problem in err
    assert err.count("sheets.csv, row") == 1
    assert old.read_text("utf-8") == "what stood there"
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("s.csv", "application_id,juror_id,points,pionts\nA,J,1,2\n", "row 1, field pionts: No column of this name"),
        ("s.csv", "application_id,juror_id,point\nA,J,1\n", "The header does not name points"),
        ("s.csv", HEADER, "holds no score"),
        ("s.csv", "application_id,juror_id,criterion,points\nA,J,x,1\nA,K,,2\n", "row 3, field criterion"),
        ("s.jsonl", '{"application_id": "A", "juror_id": "J", "points": NaN}\n', "row 1, field points: “NaN”"),
        ("s.jsonl", '{"application_id": "A", "juror_id": "J", "points": 1}\nnope\n', "row 2: The line is not a JSON"),
        ("s.jsonl", '{"application_id": ["A"], "juror_id": "J", "points": 1}\n', "neither text nor a number"),
        ("s.jsonl", '{"application_id": "A", "juror": "J", "points": 1}\n', "field juror: No column of this name"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(laurea, tmp_path, sheets, name, text, told):
    code, out, err = laurea("score", sheets(text, name), "-o", tmp_path / "o.csv")
    assert (code, out) == (1, "")
    assert told in err
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cut", "3.5"], "neither a number of places nor a share"),
        (["--cut", "120%"], "neither a number of places nor a share"),
        (["--cut", "points:many"], "names no number of points"),
        (["--cut", "25%", "--rounding", "away"], "There is no rounding 'away'"),
        (["--scale", "10"], "is no scale"),
        (["--scale", "10:0"], "has nothing between its ends"),
        (["--scale", "0:10:3"], "its steps do not meet 10"),
        (["--method", "best"], "There is no method 'best'. Use one of advised, mean"),
        (["--weight", "quality=0"], "is no number above 0"),
        (["--weight", "quality=2"], "No mark is for quality"),
        (["--third-reviews=-1"], "cannot be named"),
        (["--seed=-1"], "cannot be used"),
        (["--report", "page.pdf"], "the ending .pdf is not known"),
    ],
)
def test_what_was_typed_wrongly_is_said(laurea, tmp_path, sheets, words, told):
    path = sheets("application_id,juror_id,criterion,points\nA,J,x,1\nA,K,x,2\nB,J,x,1\n")
    code, out, err = laurea("score", path, *words, "-o", tmp_path / "o.csv")
    assert (code, out) == (1, "")
    assert told in err
    assert not (tmp_path / "o.csv").exists()


def test_a_weight_without_criteria_is_refused_not_ignored(laurea, tmp_path, sheets):
    code, out, err = laurea("score", sheets(APART), "--weight", "idea=2", "-o", tmp_path / "o.csv")
    assert (code, out, (tmp_path / "o.csv").exists()) == (1, "", False)
    assert "idea: a weight is of a criterion, and these sheets name none. Name the criterion of every mark" in err


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("10", "10 places would be more than there are applications: each of the 5 applications has one."),
        ("5", "There are 5 places for 5 applications."),
        ("0", "There are 0 places for 5 applications."),
    ],
)
def test_places_for_all_or_nobody_draw_no_line(laurea, tmp_path, sheets, cut, told):
    code, out, _ = laurea("score", sheets(APART), "--cut", cut, "-o", tmp_path / "o.csv")
    assert code == 0
    assert f"{told} So there is no line between any two of them." in out
    assert "cannot be told apart" not in out


def test_nothing_is_written_over(laurea, tmp_path, sheets):
    path = sheets(APART)
    assert "was not said where the scores go" in laurea("score", path)[2]
    assert "a file this command reads" in laurea("score", path, "-o", path)[2]
    assert (
        "a file this command reads"
        in laurea("score", path, "--jurors", tmp_path / "o.csv", "-o", tmp_path / "o.csv")[2]
    )
    assert path.read_text("utf-8") == APART


def test_when_the_page_cannot_be_made_no_file_is_left_behind(laurea, tmp_path, monkeypatch):
    from laurea.documents import score_report

    def fail(*_arguments, **_words):
        raise RuntimeError("no page")

    monkeypatch.setattr(score_report, "page", fail)
    with pytest.raises(RuntimeError, match="no page"):
        laurea("score", EXAMPLE, "--report", tmp_path / "r.html", "-o", tmp_path / "o.csv")
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == []


def test_on_a_terminal_it_says_what_it_does(laurea, tmp_path, monkeypatch):
    from laurea.cli import scoring

    screen = io.StringIO()
    monkeypatch.setattr(scoring, "err", Console(file=screen, force_terminal=True, width=80))
    assert laurea("score", EXAMPLE, "--cut", "25%", "-o", tmp_path / "o.csv")[0] == 0
    steps = ("reading the sheets", "comparing jurors", "drawing the cut line", "looking for third reviews", "writing")
    assert [step for step in steps if step not in screen.getvalue()] == []


@pytest.mark.parametrize(("column", "values"), [("points", [[1.0], [2.0]]), ("juror_id", [b"j", b"k"])])
def test_a_column_of_lists_or_bytes_is_refused(laurea, tmp_path, column, values):
    table = {"application_id": ["A", "A"], "juror_id": ["J", "K"], "points": [1.0, 2.0]} | {column: values}
    pl.DataFrame(table).write_parquet(tmp_path / "s.parquet")
    code, _, err = laurea("score", tmp_path / "s.parquet", "-o", tmp_path / "o.csv")
    assert (code, (tmp_path / "o.csv").exists()) == (1, False)
    assert f"s.parquet, field {column}: The column holds neither text nor numbers. Write one value a cell." in err


def test_first_and_second_mark_are_those_that_came_first():
    from laurea.cli.scoring import first_two

    rows = [("A", "J1", 3.0, 30.0), ("A", "J2", 2.0, 10.0), ("A", "J3", 1.0, 20.0), ("B", "J1", 5.0, None)]
    rows += [("C", "J2", 7.0, None), ("C", "J1", 6.0, None)]
    table = pl.DataFrame(rows, schema=["application_id", "juror_id", "score", "submitted_at"], orient="row")
    assert first_two(table) == [(2.0, 1.0), (6.0, 7.0)]


def test_marks_for_criteria_become_one_score_with_weights(laurea, tmp_path, sheets):
    marks = [("A", "J", 8, 2), ("A", "K", 6, 4), ("B", "J", 4, 4), ("B", "K", 5, 3), ("C", "J", 9, 1), ("C", "K", 7, 2)]
    rows = "".join(f"{ref},{juror},idea,{one}\n{ref},{juror},budget,{two}\n" for ref, juror, one, two in marks)
    path = sheets("application_id,juror_id,criterion,points\n" + rows)
    for weight, wanted in (((), 5.0), (("--weight", "idea=3"), (3 * 7 + 3) / 4)):
        code, out, _ = laurea("score", path, "--method", "mean", *weight, "-o", tmp_path / "o.csv")
        assert code == 0
        assert "the mean of its marks for 2 criteria" in out
        table = dict(pl.read_csv(tmp_path / "o.csv").select("application_id", "raw").iter_rows())
        assert table["A"] == pytest.approx(wanted, abs=1e-6)


def test_a_stranger_s_number_is_no_formula_and_no_tag(laurea, tmp_path, sheets):
    rows = "".join(f'"=1+{place}<b>",J{juror},{place + juror}\n' for place in range(4) for juror in range(3))
    report = tmp_path / "r.html"
    code, _, _ = laurea("score", sheets(HEADER + rows), "--cut", "2", "--report", report, "-o", tmp_path / "o.csv")
    assert code == 0
    assert pl.read_csv(tmp_path / "o.csv")["application_id"][0].startswith("'=")
    page = report.read_text("utf-8")
    assert "<b>" not in page
    assert "=1+3&lt;b&gt;" in page


def test_many_jurors_are_shown_widest_first_and_the_rest_counted(laurea, tmp_path, sheets):
    rows = "".join(
        f"P{place},J{juror:02d},{(place * 7 + juror * juror) % 11}\n"
        for place in range(40)
        for juror in {place % 30, (place * 3 + 1) % 30, (place + 11) % 30}
    )
    code, out, _ = laurea("score", sheets(HEADER + rows), "-o", tmp_path / "o.csv")
    assert code == 0
    assert "… and 10 more, less wide apart; --jurors FILE keeps all." in out
    _, out, _ = laurea("score", sheets(HEADER + rows), "--json", "-o", tmp_path / "o.csv")
    wide = [abs(one["severity"]) for one in json.loads(out)["jurors"]]
    assert (len(wide), wide) == (30, sorted(wide, reverse=True))
