"""`laurea assign`: from files to an assignment, and what is refused before anything is written."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from laurea.cli.assign_told import histogram

Say = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PAPERS, JURY = EXAMPLES / "assign-applications.csv", EXAMPLES / "assign-jurors.csv"
CONFLICTS, PINS = EXAMPLES / "assign-conflicts.csv", EXAMPLES / "assign-pins.csv"
CURRENT = EXAMPLES / "assign-current.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def pairs(path: Path) -> set[tuple[str, str]]:
    return {(row["application_id"], row["juror_id"]) for row in rows(path)}


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def verify_loads(found: set[tuple[str, str]]) -> None:
    jury = {row["juror_id"]: int(row["max_load"]) for row in rows(JURY)}
    assert all(load <= jury[juror] for juror, load in Counter(juror for _, juror in found).items())


def verify(found: set[tuple[str, str]], per_application: int) -> None:
    """What must hold for the examples, counted from the files and not by the planner."""
    papers = {row["application_id"]: row for row in rows(PAPERS)}
    jury = {row["juror_id"]: row for row in rows(JURY)}
    verify_loads(found)
    assert max(Counter(application for application, _ in found).values()) <= per_application
    barred = {(row["application_id"], row["juror_id"]) for row in rows(CONFLICTS)}
    for application, juror in found:
        paper, one = papers[application], jury[juror]
        assert paper["language"] in one["languages"].split(";")
        assert paper["institution"] != one["institution"]
        assert paper["unit_id"] not in one["mentored"].split(";")
        assert (application, juror) not in barred


def test_the_examples(laurea: Say, tmp_path: Path) -> None:
    place = tmp_path / "plan.csv"
    words = ("--per-application", 2, "--conflicts", CONFLICTS, "--pins", PINS, "--experienced", 1)
    code, told, errors = laurea("assign", PAPERS, JURY, *words, "-o", place)
    found = pairs(place)
    verify(found, 2)
    assert (("G-01", "V-7") in found, ("G-08", "V-5") in found) == (True, False)
    assert errors == ""
    assert code == 1, "a review is missing"
    assert "10 applications, 7 jurors: 19 of 20 reviews given." in told
    assert "G-04: 1 missing. Nobody else may review it. Of 7 jurors: 5 do not read Georgian" in told
    assert "Pairs kept apart by conflict: declared 1, family 1, own_school 2, past_mentor 1." in told
    assert "proven" in told
    assert "Loads (applications: jurors):" in told


def test_json_says_the_same(laurea: Say, tmp_path: Path) -> None:
    place = tmp_path / "plan.jsonl"
    code, told, _ = laurea("assign", PAPERS, JURY, "--per-application", 2, "--json", "-o", place)
    data = json.loads(told)
    written = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    assert code == 1
    assert data["reviews_given"] == len(written) == 19
    assert data["objective"] == sum(row["score"] for row in written)
    assert data["bound"] >= data["objective"]
    assert 0 <= data["gap"] < 0.005
    assert data["gaps"][0]["application"] == "G-04"
    assert data["affinity_computed"] is True
    assert sum(int(load) * number for load, number in data["loads"].items()) == 19


def test_same_seed_same_file_and_order_of_rows_changes_nothing(laurea: Say, tmp_path: Path) -> None:
    places = [tmp_path / f"{n}.csv" for n in range(2)]
    mixed = []
    for source in (PAPERS, JURY):
        head, *lines = source.read_text("utf-8").splitlines()
        mixed.append(write(tmp_path / source.name, "\n".join([head, *lines[::-1]]) + "\n"))
    for files, place in zip(((PAPERS, JURY), mixed), places, strict=True):
        laurea("assign", *files, "--per-application", 2, "--shuffle", 0.2, "--seed", 5, "-o", place)
    assert places[0].read_bytes() == places[1].read_bytes()


def test_against_an_assignment_that_stands(laurea: Say, tmp_path: Path) -> None:
    place = tmp_path / "plan.csv"
    _, told, _ = laurea("assign", PAPERS, JURY, "--per-application", 2, "--current", CURRENT, "-o", place)
    before, after = pairs(CURRENT), pairs(place)
    assert f"{len(after - before)} reviews added, {len(before - after)} removed, {len(before & after)} kept." in told
    assert {(r["application_id"], r["juror_id"]) for r in rows(place) if r["change"] == "kept"} == before & after
    again = tmp_path / "again.csv"
    _, told, _ = laurea("assign", PAPERS, JURY, "--per-application", 2, "--current", place, "-o", again)
    assert "Nothing changes: 19 reviews stand as they are." in told


def test_dropout_is_repaired_with_the_fewest_changes(laurea: Say, tmp_path: Path) -> None:
    place = tmp_path / "repaired.csv"
    words = ("--per-application", 2, "--conflicts", CONFLICTS, "--current", CURRENT, "--drop", "V-2")
    _, told, errors = laurea("assign", PAPERS, JURY, *words, "-o", place)
    before, after = pairs(CURRENT), pairs(place)
    verify(after, 2)
    assert errors == ""
    assert "V-2" not in {juror for _, juror in after}
    lost = {pair for pair in before - after if pair[1] != "V-2"}
    if lost:
        assert f"V-2 left: {len(lost)} further review" in told
        assert "proven to be the fewest possible" in told
    else:
        assert "V-2 left: nobody else loses a review." in told


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_every_format_out_can_come_in_again(laurea: Say, tmp_path: Path, ending: str) -> None:
    place = tmp_path / f"plan.{ending}"
    laurea("assign", PAPERS, JURY, "--per-application", 2, "-o", place)
    _, told, errors = laurea(
        "assign", PAPERS, JURY, "--per-application", 2, "--current", place, "-o", tmp_path / "again.csv"
    )
    assert errors == ""
    assert "Nothing changes: 19 reviews stand as they are." in told


def test_affinity_of_a_file_goes_before_topics(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\nA1\nA2\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,1\nJ2,1\n")
    scores = write(tmp_path / "s.csv", "application_id,juror_id,score\nA1,J1,0.1\nA1,J2,0.9\nA2,J1,0.8\nA2,J2,0.95\n")
    words = [word for name in ("other_region", "other_institution", "first_language", "other_language")
             for word in ("--weight", f"{name}=0")]  # fmt: skip
    place = tmp_path / "plan.csv"
    code, told, _ = laurea(
        "assign", papers, jury, "--per-application", 1, "--affinity", scores, *words, "--weight", "affinity=1000",
        "-o", place,
    )  # fmt: skip
    assert code == 0
    assert pairs(place) == {("A1", "J2"), ("A2", "J1")}
    assert "Quality 1,700: proven to be the best possible." in told


# --- refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("jurors", "juror_id,max_load\nJ1,3\nJ1,3\n", "file.csv, row 3, field juror_id: J1 already stands in row 2."),
        ("jurors", "juror_id,max_load,min_load\nJ1,3,4\n", "row 2, field min_load: The least load, 4, is above"),
        ("jurors", "juror_id\nJ1\n", "row 2, field max_load: It is not said how many applications"),
        ("--affinity", "application_id,juror_id,score\nG-01,V-1,nan\n", "row 2, field score: “nan” is not a number."),
        ("--affinity", "application_id,juror_id,score\nG-01,V-1,7\n", "row 2, field score: 7 is not between 0 and 1."),
        ("--affinity", "application_id,juror_id,score\nG-1,V-1,1\n", "field application_id: There is no application"),
        ("--conflicts", "application_id,juror_id\nG-01,V-9\n", "row 2, field juror_id: There is no juror 'V-9'"),
        ("--pins", "application_id,juror_id,pin\nG-01,V-1,maybe\n", "row 2, field pin: “maybe” is no pin."),
        (
            "--pins",
            "application_id,juror_id,pin\nG-01,V-1,never\nG-04,V-3,must\n",
            "file.csv, row 3, field juror_id: V-3 has a conflict with G-04. The juror works at the applicant's school",
        ),
        (
            "--pins",
            "application_id,juror_id,pin\nG-04,V-5,must\n",
            "file.csv, row 2, field juror_id: V-5 does not read Georgian, the language of G-04. Choose a juror who",
        ),
        (
            "--pins",
            "application_id,juror_id,pin\n" + "".join(f"G-01,V-{n},must\n" for n in (1, 2, 4, 5)),
            "file.csv, row 5, field application_id: G-01 would have more than its 3 reviews. Take one of its rows out.",
        ),
        ("--current", "application_id,juror_id,state\nG-01,V-1,done\n", "row 2, field state: “done” is no state."),
        ("--current", "application_id,juror_id\nG-99,V-1\n", "There is no application 'G-99'"),
    ],
)
def test_wrong_rows_are_named_and_nothing_is_written(
    laurea: Say, tmp_path: Path, option: str, text: str, says: str
) -> None:
    wrong = write(tmp_path / "file.csv", text)
    place = write(tmp_path / "plan.csv", "what stood here\n")
    words = ("assign", PAPERS, wrong) if option == "jurors" else ("assign", PAPERS, JURY, option, wrong)
    code, told, errors = laurea(*words, "-o", place)
    assert (code, told) == (1, "")
    assert says in errors
    assert "Traceback" not in errors
    assert place.read_text("utf-8") == "what stood here\n"
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "workspace") == ["file.csv", "plan.csv"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "It was not said where the assignment goes. Add -o assignment.csv."),
        (("-o", "plan.xlsx"), "the ending .xlsx is not known"),
        (("-o", PAPERS), "is a file this command reads"),
        (("--load", "3", "-o", "p.csv"), "--load '3' is not MIN:MAX. Write --load 0:12."),
        (("--load", "9:3", "-o", "p.csv"), "the least is above the greatest"),
        (("--per-application", "0", "-o", "p.csv"), "--per-application 0 is too small."),
        (("--experienced", "4", "-o", "p.csv"), "4 of 3 reviews cannot be by experienced jurors."),
        (("--shuffle", "1.5", "-o", "p.csv"), "--shuffle 1.5 is not between 0 and 1."),
        (("--conflict", "cousin", "-o", "p.csv"), "cannot find conflicts of kind cousin"),
        (("--weight", "afinity=3", "-o", "p.csv"), "There is no weight 'afinity'. Did you mean affinity?"),
        (("--drop", "V-99", "--current", CURRENT, "-o", "p.csv"), "There is no juror 'V-99'"),
        (("--drop", "V-2", "-o", "p.csv"), "Give the assignment that stands with --current."),
        (("--drop", "V-2", "--fair", "--current", CURRENT, "-o", "p.csv"), "as little as possible changes"),
    ],
)
def test_words_that_cannot_be_meant(
    laurea: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, errors = laurea("assign", PAPERS, JURY, *words)
    assert (code, "Traceback" in errors) == (1, False)
    assert says in errors
    assert not (tmp_path / "p.csv").exists()


def test_one_juror_for_all_and_nobody_for_some(laurea: Say, tmp_path: Path) -> None:
    jury = write(tmp_path / "j.csv", "juror_id,languages,max_load\nJ1,az,2\n")
    place = tmp_path / "plan.csv"
    code, told, _ = laurea("assign", PAPERS, jury, "--per-application", 2, "-o", place)
    assert code == 1
    assert len(pairs(place)) == 2
    assert "No juror reads Latvian. Add a juror who does." in told
    assert "Raise their load or add a juror." in told


def test_a_name_that_looks_like_a_formula_is_harmless(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\n=1+1\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,1\n")
    laurea("assign", papers, jury, "--per-application", 1, "-o", tmp_path / "plan.csv")
    assert rows(tmp_path / "plan.csv")[0]["application_id"] == "'=1+1"
    laurea("assign", papers, jury, "--per-application", 1, "-o", tmp_path / "plan.parquet")
    assert pl.read_parquet(tmp_path / "plan.parquet")["application_id"].to_list() == ["=1+1"]


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ({2: 3, 4: 6}, ["2  ████████████████████ 3", "4  ████████████████████████████████████████ 6"]),
        ({0: 1, 16: 4}, ["0–1  ██████████ 1", " 16  ████████████████████████████████████████ 4"]),
        ({}, []),
    ],
)
def test_loads_as_bars(loads: dict[int, int], expected: list[str]) -> None:
    assert histogram(loads)[1:] == [f"  {line}" for line in expected]


def test_seats_nobody_experienced_can_take_are_told(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\nA1\nA2\n")
    text = "juror_id,max_load,experienced,institution\nJ1,1,yes,X\nJ2,2,no,Y\nJ3,2,no,{}\n"
    jury = write(tmp_path / "j.csv", text.format("Z"))
    words = ("--per-application", 2, "--experienced", 1, "--per-institution", 1, "-o", tmp_path / "plan.csv")
    code, told, _ = laurea("assign", papers, jury, *words)
    assert code == 0, "every review is given, if not by whom one wished"
    assert len(pairs(tmp_path / "plan.csv")) == 4
    assert "Seats without an experienced juror:" in told
    code, told, _ = laurea("assign", papers, write(tmp_path / "j.csv", text.format("y")), *words)
    assert (code, len(pairs(tmp_path / "plan.csv"))) == (1, 3), "J2 and J3 are of one institution, and J1 is full"
    assert "Reviews nobody can give:" in told


def test_a_single_juror_for_all_is_one_sentence_and_not_one_for_each_application(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\n" + "".join(f"A{n}\n" for n in range(40)))
    one = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,90\n")
    code, told, _ = laurea("assign", papers, one, "-o", tmp_path / "plan.csv")
    assert code == 1
    said = [line for line in told.splitlines() if "Nobody else may review it" in line]
    assert len(said) == 1
    assert "and 35 more: 2 missing each. Nobody else may review it. Of 1 juror: 1 reviews it already." in said[0]


def test_a_place_kept_apart_is_counted_and_refuses_a_pin_by_its_kind(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id,country,region\nA1,AZ,North\nA2,AZ,South\n")
    two = write(tmp_path / "j.csv", "juror_id,max_load,country,region\nJ1,9,AZ,north\nJ2,9,AZ,West\n")
    asked = ("assign", papers, two, "--conflict", "own_region", "--per-application", 1, "-o", tmp_path / "plan.csv")
    code, told, _ = laurea(*asked)
    assert code == 0
    assert "Pairs kept apart by conflict: own_region 1." in told
    assert ("A1", "J1") not in pairs(tmp_path / "plan.csv")
    (tmp_path / "plan.csv").unlink()
    pins = write(tmp_path / "p.csv", "application_id,juror_id,pin\nA1,J1,must\n")
    code, _, errors = laurea(*asked, "--pins", pins)
    assert code == 1
    assert (
        "p.csv, row 2, field juror_id: J1 has a conflict with A1. The juror works in the applicant's region." in errors
    )
    assert not (tmp_path / "plan.csv").exists()


def test_fairness_and_a_shuffle_say_what_is_proven_of_them(laurea: Say, tmp_path: Path) -> None:
    code, told, _ = laurea("assign", PAPERS, JURY, "--per-application", 1, "--fair", "-o", tmp_path / "plan.csv")
    assert code == 0
    assert "No plan lifts the worst-off further: proven." in told
    asked = ("assign", PAPERS, JURY, "--per-application", 1, "--shuffle", "0.3", "--seed", 4, "--json")
    _, drawn, _ = laurea(*asked, "-o", tmp_path / "drawn.csv")
    _, plain, _ = laurea(*asked[:5], "--json", "-o", tmp_path / "best.csv")
    drawn, plain = json.loads(drawn), json.loads(plain)
    assert drawn["random_loss"] == plain["objective"] - drawn["objective"]
    assert drawn["bound"] == plain["bound"]


def test_what_is_proven_with_few_candidates_holds_of_all_jurors(laurea: Say, tmp_path: Path) -> None:
    asked = ("assign", PAPERS, JURY, "--per-application", 2, "--json")
    told = [laurea(*asked, *more, "-o", tmp_path / "plan.csv")[1] for more in ((), ("--candidates", 1))]
    every, few = (json.loads(one) for one in told)
    assert few["bound"] >= every["objective"] >= few["objective"]


def test_a_draw_that_costs_nothing_is_told_too(laurea: Say, tmp_path: Path) -> None:
    jury = write(tmp_path / "jury.csv", "juror_id,max_load\n" + "".join(f"J{n},3\n" for n in range(4)))
    papers = write(tmp_path / "papers.csv", "application_id\n" + "".join(f"A{n}\n" for n in range(4)))
    _, told, _ = laurea("assign", papers, jury, "--per-application", 1, "--shuffle", "0.5", "-o", tmp_path / "p.csv")
    assert "Drawn by lot among plans" in told


def test_reviews_under_way_stay_whatever_is_asked(laurea: Say, tmp_path: Path) -> None:
    held = [(row["application_id"], row["juror_id"]) for row in rows(CURRENT)]
    states = ["begun" if n % 3 == 0 else "stands" for n in range(len(held))]
    states[1] = "submitted"
    begun = {pair for pair, state in zip(held, states, strict=True) if state != "stands"}
    text = "".join(f"{a},{j},{state}\n" for (a, j), state in zip(held, states, strict=True))
    current = write(tmp_path / "current.csv", f"application_id,juror_id,state\n{text}")
    place = tmp_path / "plan.csv"
    asked = ("assign", PAPERS, JURY, "--per-application", 2, "--current")
    _, told, errors = laurea(*asked, current, "--seed", 3, "-o", place)
    assert errors == ""
    assert begun <= pairs(place)
    verify_loads(pairs(place))
    assert f"{len(begun)} reviews under way stay; the quality is that of the others." in told
    kept = {(row["application_id"], row["juror_id"]): row for row in rows(place) if row["change"] == "kept"}
    assert {pair for pair, row in kept.items() if row["state"] in ("begun", "submitted")} == begun
    assert all(0 < int(row["score"]) <= 1000 for row in rows(place))
    _, again, errors = laurea(*asked, place, "--seed", 3, "-o", tmp_path / "again.csv")
    assert errors == ""
    assert "Nothing changes" in again


def test_who_leaves_keeps_what_is_handed_in_and_loses_what_is_begun(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\nA1\nA2\nA3\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,3\nJ2,3\nJ3,3\n")
    lines = ["A1,J1,submitted", "A2,J1,begun", "A3,J1,", "A1,J2,begun", "A2,J2,", "A3,J2,stands"]
    current = write(tmp_path / "c.csv", "application_id,juror_id,state\n" + "\n".join(lines) + "\n")
    asked = ("assign", papers, jury, "--per-application", 2, "--current", current, "--drop", "J1")
    code, told, errors = laurea(*asked, "-o", tmp_path / "plan.csv")
    assert (code, errors) == (0, "")
    expected = {("A1", "J1"), ("A1", "J2"), ("A2", "J2"), ("A3", "J2"), ("A2", "J3"), ("A3", "J3")}
    assert pairs(tmp_path / "plan.csv") == expected
    assert "J1 left: nobody else loses a review." in told


def test_a_pin_counts_beside_what_is_under_way(laurea: Say, tmp_path: Path) -> None:
    papers = write(tmp_path / "a.csv", "application_id\nA1\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,3\nJ2,3\n")
    current = write(tmp_path / "c.csv", "application_id,juror_id,state\nA1,J1,begun\n")
    pins = write(tmp_path / "p.csv", "application_id,juror_id,pin\nA1,J2,must\nA1,J1,must\n")
    asked = ("assign", papers, jury, "--current", current, "--pins", pins, "-o", tmp_path / "plan.csv")
    code, _, errors = laurea(*asked, "--per-application", 1)
    assert code == 1
    assert "p.csv, row 2, field application_id: A1 would have more than its 1 review." in errors
    code, _, errors = laurea(*asked, "--per-application", 2)
    assert (code, errors, pairs(tmp_path / "plan.csv")) == (0, "", {("A1", "J1"), ("A1", "J2")})


@pytest.mark.parametrize(
    ("weights", "most"),
    [
        ((), "1,000"),
        (("first_language=1000", "other_region=1000", "other_institution=700"), "2,700"),
        (("first_language=0", "other_language=0"), "500"),
    ],
)
def test_what_a_pair_can_be_worth_is_told_as_the_weights_make_it(
    laurea: Say, tmp_path: Path, weights: tuple[str, ...], most: str
) -> None:
    papers = write(tmp_path / "a.csv", "application_id,language,country,region,institution\nA1,en,AZ,North,X\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load,languages,country,region,institution\nJ1,1,en,AZ,South,Y\n")
    words = [word for weight in weights for word in ("--weight", weight)]
    _, told, _ = laurea("assign", papers, jury, "--per-application", 1, *words, "-o", tmp_path / "plan.csv")
    assert f"Quality {most}: proven to be the best possible." in told
    assert f"A pair is worth 0 to {most}." in told


def test_fairness_tells_what_loads_and_rules_leave_possible(laurea: Say, tmp_path: Path) -> None:
    # J1 is best for both and has room for one: alone, each could have 900
    papers = write(tmp_path / "a.csv", "application_id\nA1\nA2\n")
    jury = write(tmp_path / "j.csv", "juror_id,max_load\nJ1,1\nJ2,1\n")
    scores = write(tmp_path / "s.csv", "application_id,juror_id,score\nA1,J1,0.9\nA1,J2,0.1\nA2,J1,0.9\nA2,J2,0.2\n")
    words = ("--affinity", scores, "--weight", "affinity=1000", "--per-application", 1, "--fair")
    _, told, _ = laurea("assign", papers, jury, *words, "-o", tmp_path / "plan.csv")
    assert "The application that fares worst has 200 in all" in told
    assert "No plan lifts the worst-off further: proven." in told
    assert "at no cost to the total" in told
    _, told, _ = laurea("assign", papers, jury, *words, "--json", "-o", tmp_path / "plan.csv")
    data = json.loads(told)
    assert (data["worst"], data["worst_bound"], data["objective"], data["fair_bound"]) == (200, 200, 1100, 1100)
