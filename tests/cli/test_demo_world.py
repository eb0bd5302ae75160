"""The rehearsal's world: its sizes, its mess, its secrets; the same from the same seed."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from statistics import mean
from types import SimpleNamespace

import polars as pl
import pytest

from evaluators import assignment, conflicts, decide, facts, marks
from evaluators.sheets import taken
from laurea.cli.demo import aibs, scenes, scores, world
from laurea.errors import BadInput
from laurea.sources import files
from rules import library
from rules.plan import compile_plan

SCENES = {scene.name: scene for scene in scenes.SCENES}
ROOT = Path(__file__).resolve().parents[2]
RESERVED = re.compile(r"[a-z0-9.]+@([a-z]{2}|panel|css)\.example\.org")


def rows_of(path, delimiter=","):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def rule_set(name):
    key = SCENES[name].rule_set
    return library.named(str(ROOT / key) if key.endswith(".yaml") else key)


def register_of(path):
    return {unit["unit_id"]: unit for unit in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def read(made, name):
    return files.read_applications(made.applications, rule_set(name), made.children)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    worlds = {}
    for scene in scenes.SCENES:
        data = aibs.data_folder()
        if scene.name == "aibs" and data is None:
            continue
        worlds[scene.name] = world.build(scene, folder / scene.name, data=data, labelled=worlds.get("nql"))
    return worlds


@pytest.mark.parametrize("name", ["nql", "school", "creative"])
def test_world_the_readers_refuse_the_wrong_rows_and_nothing_else(made, name):
    one = made[name]
    imported = read(one, name)
    assert len(imported.rows) == SCENES[name].applications
    refused = Counter(refusal.file for refusal in {(r.file, r.row): r for r in imported.refusals}.values())
    jurors, declared = files.read_jurors(one.jurors), files.read_conflicts(one.conflicts)
    refused |= Counter(refusal.file for refusal in jurors.refusals + declared.refusals)
    assert refused == one.refused
    assert len(jurors.rows) == sum(SCENES[name].jurors.values())


def test_world_has_the_published_sizes(made):
    nql = SCENES["nql"]
    assert nql.applications - nql.mess.late == 858
    assert made["school"].counts["eligible"] == 5_198
    assert SCENES["creative"].applications == 120
    eligible = {row["unit_id"] for row in made["school"].projects.values()}
    register = register_of(made["school"].register)
    assert len(eligible) == len(register) + SCENES["school"].mess.unknown_to_register


def test_world_eligible_schools_have_39346_teachers(made):
    """Counted again under the cut-offs, from the files alone."""
    cut = scenes.EUROPEAN_SCHOOL_YEAR
    register = register_of(made["school"].register)
    teachers = schools = 0
    for row in rows_of(made["school"].applications):
        unit = register.get(row["unit_id"])
        if unit is None or not row["application_id"].startswith("S-0") or None in row.values():
            continue
        when = datetime.fromisoformat(row["submitted_at"]) if "T" in row["submitted_at"] else None
        active = [t for t in unit["children"]["teachers"] if t["last_active"] >= cut["active_since"].isoformat()]
        labels = [
            label
            for label in unit["children"]["labels"]
            if label["european"] and cut["label_from"] <= date.fromisoformat(label["granted_on"]) <= cut["label_until"]
        ]
        fits = (
            unit["facts"]["registered_on"] <= cut["registered_by"].isoformat()
            and len(active) >= 3
            and labels
            and row["esafety_policy"] == "true"
            and row["declaration_signed"] == "true"
            and when is not None
            and when <= SCENES["school"].closes_at
        )
        if fits and row["unit_id"] not in register.get("seen", {}):
            register.setdefault("seen", {})[row["unit_id"]] = True
            schools += 1
            teachers += len(unit["children"]["teachers"])
    assert (schools, teachers) == (5_198, 39_346)


@pytest.mark.parametrize("name", ["nql", "school", "creative", "eql"])
def test_world_same_seed_same_bytes(made, name, tmp_path):
    again = world.build(SCENES[name], tmp_path, labelled=made["nql"])
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in made[name].folder.iterdir())
    for file in written:
        assert (tmp_path / file).read_bytes() == (made[name].folder / file).read_bytes()
    assert again.truth == made[name].truth


@pytest.mark.parametrize("name", ["nql", "school", "creative"])
def test_world_nobody_in_it_can_be_written_to(made, name):
    applicants = [row["applicant_email"] for row in read(made[name], name).rows]
    jurors = [row["email"] for row in files.read_jurors(made[name].jurors).rows]
    assert [address for address in applicants + jurors if not RESERVED.fullmatch(address)] == []
    assert len(set(jurors)) == len(jurors)


def test_world_files_are_as_messy_as_they_are_in_life(made):
    assert made["nql"].applications.read_bytes().startswith(b"\xef\xbb\xbf")
    assert b";" in made["creative"].applications.read_bytes().splitlines()[0]
    names = " ".join(row["applicant_name"] + row["unit_name"] for row in read(made["school"], "school").rows)
    assert all(letter in names for letter in "əğışქშłşñ" if letter != "ñ")


def test_world_late_and_missing_and_repeated(made):
    nql, scene = made["nql"], SCENES["nql"]
    rows = read(nql, "nql").rows
    assert sum(row["submitted_at"] > scene.closes_at for row in rows) == scene.mess.late
    units = {row["unit_id"] for row in rows}
    assert len(units - register_of(nql.register).keys()) == scene.mess.unknown_to_register
    assert units <= register_of(nql.late_register).keys()
    schools = Counter(row["unit_id"] for row in read(made["school"], "school").rows)
    assert sum(count == 2 for count in schools.values()) == SCENES["school"].mess.second_of_unit


def test_world_one_person_applies_five_times_and_another_reaches_five_with_earlier_ones(made):
    rows = read(made["nql"], "nql").rows
    per_person = Counter(row["applicant_id"] for row in rows)
    assert max(per_person.values()) == 5
    register = register_of(made["nql"].register)
    earlier = [r for r in rows if r["unit_id"] in register and register[r["unit_id"]]["facts"]["earlier_applications"]]
    assert len({row["applicant_id"] for row in earlier}) == 1
    assert len(earlier) == 2


def routed(one, scene, declared=()):
    """The candidates, the jurors and the plan of a world, with every application taken as eligible."""
    ruleset = library.named(scene.rule_set)
    plan = compile_plan(ruleset, scene.policies, scene.parameters)
    jurors = [
        assignment.Juror(
            row["juror_id"], row["country"] or "", row["region"], row["institution"], row["languages"],
            min_load=row["min_load"], max_load=row["max_load"], email=row["email"],
        )
        for row in files.read_jurors(one.jurors).rows
    ]  # fmt: skip
    candidates = [
        assignment.Candidate(
            row["application_id"], row["unit_id"], row["institution"], row["country"] or "", row["region"],
            row["language"], row["applicant_email"], plan.jury.reviews,
        )
        for row in files.read_applications(one.applications, ruleset, one.children).rows
    ]  # fmt: skip
    found = conflicts.find(plan.jury.conflicts, candidates, jurors)
    barred = {(one.application, one.juror) for one in found} | set(declared)
    return candidates, jurors, found, assignment.plan(
        candidates, jurors, conflicts=barred, languages=True, seed=scene.seed
    )  # fmt: skip


@pytest.mark.parametrize("name", ["nql", "school", "creative"])
def test_world_some_jurors_work_at_an_applicants_school_and_all_can_still_be_routed(made, name):
    scene = SCENES[name]
    candidates, jurors, found, plan = routed(made[name], scene)
    assert len({one.juror for one in found}) >= scene.mess.foreign_school_jurors
    assert plan.gaps == []
    assert len(plan.pairs) == len(candidates) * int(scene.policies["reviews"])
    assert all(juror.min_load <= plan.loads[juror.ref] <= juror.max_load for juror in jurors if "en" in juror.languages)


@pytest.mark.parametrize("scale", [0.001, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("name", ["nql", "school", "creative"])
def test_world_of_any_scale_can_be_routed_whole(tmp_path, name, scale):
    scene = SCENES[name]
    if name == "school" and scale > 0.2:
        return  # as large as others that are tried; only slower
    for seed in (scene.seed, 1, 2):
        other = replace(scene, seed=seed)
        one = world.build(other, tmp_path / str(seed), scale=scale)
        declared = [(row["application_id"], row["juror_id"]) for row in files.read_conflicts(one.conflicts).rows]
        *_, plan = routed(one, other, declared)
        assert plan.gaps == [], seed
        assert sum(world.shrunk(other, scale).jurors.values()) <= sum(scene.jurors.values())


@pytest.mark.parametrize("scale", [0, -0.1, 1.01, float("nan"), float("inf")])
def test_world_of_no_scale_is_refused(scale):
    with pytest.raises(BadInput, match="above 0 and up to 1"):
        world.shrunk(SCENES["nql"], scale)


def test_world_projects_hold_labels_in_two_or_three_countries(made):
    countries = defaultdict(set)
    for country, path in made["eql"].labels.items():
        imported = files.read_labels(path)
        assert len(imported.refusals) == made["eql"].refused[path.name]
        for row in imported.rows:
            assert row["country"] == country
            assert 16 <= Fraction(row["score"]) <= 25
            countries[row["project_id"]].add(country)
    own = {row["unit_id"] for row in made["nql"].projects.values()}
    spread = Counter(len(where | ({"AZ"} if project in own else set())) for project, where in countries.items())
    assert spread[3] > 30
    assert spread[2] > 150
    known, then = register_of(made["eql"].register), register_of(made["nql"].register)
    assert len(countries.keys() - known.keys()) <= SCENES["nql"].mess.unknown_to_register
    assert all(known[unit] == entry for unit, entry in then.items())
    assert sum(entry["facts"]["national_origin"] for entry in known.values()) >= 12


def test_world_shrinks(tmp_path):
    small = world.build(SCENES["nql"], tmp_path, scale=0.05)
    imported = read(small, "nql")
    assert len(imported.rows) == 43
    assert len({refusal.row for refusal in imported.refusals}) == small.refused["applications.csv"]


def played(one, name):
    """A round decided on the bench alone: evidence from the register, any three or two jurors, sheets drawn."""
    scene, ruleset = SCENES[name], rule_set(name)
    plan = compile_plan(ruleset, scene.policies, scene.parameters)
    register = register_of(one.register) if one.register else {}
    asked = {fact for fact, model in ruleset.facts.items() if model.source}
    rows = read(one, name).rows
    for row in rows:
        known = register.get(row["unit_id"], {"facts": {}, "children": {}})
        row["facts"] |= {fact: value for fact, value in known["facts"].items() if fact in asked}
        row["children"] |= {fact: value for fact, value in known["children"].items() if fact in asked}
    frames = facts.to_frames(ruleset, rows)
    assert frames.problems == []
    screened = decide.decide(plan, frames, None)
    eligible = screened.filter(pl.col("screening") == "eligible")["application_id"].to_list()
    if one.sheets:
        given = [{**row, "row": None, "submitted_at": None} for row in files.read_sheets(one.sheets).rows]
    else:
        bench = sum(scene.jurors.values())
        pairs = [(ref, f"J{(n + 11 * k) % bench}") for n, ref in enumerate(eligible) for k in range(plan.jury.reviews)]
        given = scores.draw_sheets(pairs, plan, one.truth, scene.seed)
    sheets = {}
    for row in given:
        sheets.setdefault((row["application_id"], row["juror_id"]), {})[row["criterion"]] = row["points"]
    frames, points = taken(plan, frames, [(*pair, marks) for pair, marks in sheets.items()])
    return screened, decide.decide(plan, frames, points, seed=scene.seed)


@pytest.mark.parametrize(
    ("name", "eligible", "lowest", "highest"),
    [("school", 5_198, 2_850, 3_020), ("nql", 806, 312, 380), ("creative", 103, 3, 5)],
)
def test_world_success_is_as_frequent_as_published(made, name, eligible, lowest, highest):
    """Schools: 2,935 of 5,198 (56.5 %). Labels: 312 and 357 in the years after 858 applications."""
    screened, verdicts = played(made[name], name)
    assert (screened["screening"] == "eligible").sum() == eligible
    assert (screened["screening"] == "needs_evidence").sum() == SCENES[name].mess.unknown_to_register
    assert lowest <= verdicts["granted"].sum() <= highest


def test_world_real_panel_funds_a_quarter_in_the_order_of_its_scores(made):
    if "aibs" not in made:
        pytest.skip("the public data set aibs-grant-scores.csv is not here (set LAUREA_DATA)")
    _, verdicts = played(made["aibs"], "aibs")
    means = defaultdict(list)
    for row in rows_of(aibs.data_folder() / aibs.FILE):
        means[f"AIBS-{row['ID']:0>3}"].append(Fraction(row["Score"]))
    order = sorted(sum(scores_of) for scores_of in means.values())
    cut = order[18 - 1]  # a quarter of 72; equals at the line are all in
    funded = {row["application_id"] for row in verdicts.to_dicts() if row["outcome"] == "funded"}
    assert funded == {ref for ref, scores_of in means.items() if sum(scores_of) <= cut}


RUBRIC = SimpleNamespace(
    rubric=SimpleNamespace(
        criteria=[SimpleNamespace(id=name, minimum="0", maximum="5", step="0.5") for name in ("a", "b", "c")]
    )
)
PAIRS = [(f"A{n}", f"J{(n + shift) % 30}") for n in range(600) for shift in (0, 7, 11)]
TRUTH = {f"A{n}": 0.3 + 0.4 * n / 600 for n in range(600)}


def test_draw_sheets_depends_on_seed_and_ids_alone():
    rows = scores.draw_sheets(PAIRS, RUBRIC, TRUTH, seed=1)
    assert rows == scores.draw_sheets(reversed(PAIRS), RUBRIC, TRUTH, seed=1)
    assert rows != scores.draw_sheets(PAIRS, RUBRIC, TRUTH, seed=2)
    part = scores.draw_sheets(PAIRS[:90], RUBRIC, TRUTH, seed=1)
    assert {tuple(row.values()) for row in part} <= {tuple(row.values()) for row in rows}


def test_draw_sheets_marks_every_criterion_on_the_scale():
    rows = scores.draw_sheets(PAIRS, RUBRIC, TRUTH, seed=1)
    assert len(rows) == 3 * len(PAIRS)
    assert {row["points"] for row in rows} <= {f"{half / 2:g}" for half in range(11)}


def test_draw_sheets_jurors_differ_in_severity_and_agree_on_quality():
    rows = scores.draw_sheets(PAIRS, RUBRIC, TRUTH, seed=1)
    by_juror, by_half = defaultdict(list), defaultdict(list)
    for row in rows:
        by_juror[row["juror_id"]].append(float(row["points"]) / 5 - TRUTH[row["application_id"]])
        by_half[TRUTH[row["application_id"]] > 0.5].append(float(row["points"]))
    severities = [mean(marks) for marks in by_juror.values()]
    spread = (sum((one - mean(severities)) ** 2 for one in severities) / 29) ** 0.5
    assert 0.7 * scores.SEVERITY < spread < 1.4 * scores.SEVERITY
    assert mean(by_half[True]) - mean(by_half[False]) == pytest.approx(5 * 0.2, abs=0.1)


def test_aibs_files_hold_every_real_mark(made):
    if "aibs" not in made:
        pytest.skip("the public data set aibs-grant-scores.csv is not here (set LAUREA_DATA)")
    real = rows_of(aibs.data_folder() / aibs.FILE)
    sheets = files.read_sheets(made["aibs"].sheets)
    assert sheets.refusals == []
    written = Counter(
        (int(row["application_id"][5:]), int(row["juror_id"][2:]), row["criterion"], Fraction(row["points"]))
        for row in sheets.rows
    )
    original = Counter(
        (int(row["ID"]), int(row["RevID"]), criterion, Fraction(row[column]))
        for row in real
        for column, criterion in aibs.CRITERIA.items()
        if row[column]
    )
    assert written == original
    assert len({(row["application_id"], row["juror_id"]) for row in sheets.rows}) == 216
    assert len(read(made["aibs"], "aibs").rows) == 72
    plan = compile_plan(rule_set("aibs"), SCENES["aibs"].policies)
    by_pair = defaultdict(dict)
    for row in sheets.rows:
        by_pair[row["application_id"], row["juror_id"]][row["criterion"]] = row["points"]
    assert [pair for pair, sheet in by_pair.items() if marks.problems(plan, sheet, complete=True)] == []
