"""A round whose cut line is settled by lot, by hand from opening to the letters: anybody can draw it again."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

Say = Callable[..., tuple[int, str, str]]
RULES = """\
award: fund
edition: "1"
title: A fund
sources: {house: {title: Our own example, mark: OWN}}
facts: {fits: {type: bool, meaning: It fits, supplied_by: applicant}}
policies:
  at_line:
    type: choice
    asks: What settles the line?
    cite: house
    options: {none: The order., lot: A lot.}
eligibility: [{id: fitting, says: It fits., cite: house, require: fits}]
rubric:
  cite: house
  criteria: [{id: idea, title: Idea, maximum: 60}]
jury: {cite: house, reviews: 2, consolidation: mean}
selection:
  id: funded
  says: The project is among the three best.
  cite: house
  having: eligibility
  order: [{by: total, best: highest}]
  ties: {answer: out}
  quota: {count: 3}
  band:
    id: at_line
    says: Who cannot be told apart at the line is settled by lot.
    cite: house
    settle: policy.at_line
    within: 1
    seed: round
outcomes:
  - {id: out, title: Not admitted, when: "!eligibility"}
  - {id: label, title: Funded, when: selected, grants: true, letter: granted}
  - {id: none, title: Not funded, otherwise: true}
"""
MARKS = {"A-1": (50, 51), "A-2": (46, 48), "A-3": (32, 34), "A-4": (33, 32), "A-5": (21, 22)}  # the third, the fourth
DAYS = ("--opens", "2031-01-01", "--closes", "2031-01-10", "--review-until", "2031-01-20", "--award-on", "2031-02-01")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock to a day."""
    clock = tmp_path / "clock"
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(clock))
    return lambda day: clock.write_text(f"{day}T10:00:00+00:00") and None


@pytest.fixture
def opened(laurea: Say, tmp_path: Path, at: Callable[[str], None]) -> Say:
    """The round, open, with five applications that fit, one that does not, and four jurors."""
    at("2031-01-08")
    (tmp_path / "fund.yaml").write_text(RULES, encoding="utf-8")
    head = "application_id,applicant_id,unit_id,submitted_at,applicant_name,applicant_email,unit_name,language,fits"
    rows = [
        f"A-{n},T-{n},P-{n},2031-01-05T10:00:00+00:00,Person {n},p{n}@example.org,Project {n},en,{str(n < 6).lower()}"
        for n in range(1, 7)
    ]
    (tmp_path / "applications.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    rows = [f"J-{n},Juror {n},j{n}@example.org,en,9" for n in range(1, 5)]
    (tmp_path / "jurors.csv").write_text("\n".join(["juror_id,name,email,languages,max_load", *rows]), encoding="utf-8")
    words = ("round", "open", "fund", "--rules", tmp_path / "fund.yaml", "--authority", "house", "--timezone", "UTC")
    code, _, errors = laurea(*words, *DAYS, "--authority-name", "The house")
    assert (code, "Answer it with --policy at_line=… (none or lot)." in errors) == (1, True)
    assert laurea(*words, *DAYS, "--authority-name", "The house", "--policy", "at_line=lot")[0] == 0
    assert laurea("officer", "o@example.org", "--name", "O", "--authority", "house")[0] == 0
    code, told, errors = laurea(
        "round", "import", "fund", "--applications", tmp_path / "applications.csv", "--jurors", tmp_path / "none.csv"
    )
    assert (code, "applications: 6 added" in told, "There is no file" in errors) == (1, True, True)
    assert laurea("round", "import", "fund", "--jurors", tmp_path / "jurors.csv")[0] == 0
    at("2031-01-12")
    assert laurea("round", "advance", "fund")[0] == 0
    return laurea


def records(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "workspace" / "laurea.db") as database:
        return database.execute(query).fetchall()


def audit(folder: Path, event: str) -> list[dict[str, Any]]:
    return [
        json.loads(details) for name, details in records(folder, "select event, details from audit") if name == event
    ]


def sheets(folder: Path, laurea: Say) -> Path:
    """A file of all marks, from the jurors the round was routed to."""
    assert laurea("round", "export", "fund", "--table", "assignments", "-o", folder / "assigned.csv")[0] == 0
    marks: dict[str, Iterator[int]] = defaultdict(lambda: iter(()), {ref: iter(two) for ref, two in MARKS.items()})
    lines = ["application_id,juror_id,criterion,points"]
    with (folder / "assigned.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            ref = row["application_id"]
            lines.append(f"{ref},{row['juror_id']},idea,{next(marks[ref])}")
    (folder / "sheets.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "sheets.csv"


def letters(folder: Path) -> dict[str, str]:
    """The decision letters by the application they are about."""
    found = {}
    for (content,) in records(folder, "select content from messages where kind = 'decision'"):
        letter = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        found[str(letter["subject"]).split("application ")[1].split(":")[0]] = " ".join(body.get_content().split())
    return found


def test_the_lot_is_told_to_everybody_it_concerns_and_can_be_drawn_again(
    opened: Say, tmp_path: Path, at: Callable[[str], None]
) -> None:
    laurea = opened
    (opening,) = audit(tmp_path, "round_opened")
    seed = opening["seed"]
    assert laurea("round", "import", "fund", "--sheets", sheets(tmp_path, laurea))[1].startswith("sheets: 10 added")
    at("2031-01-21")
    assert laurea("round", "advance", "fund")[0] == 0
    pair = sorted(["A-3", "A-4"], key=lambda ref: hashlib.sha256(f"{seed}\nat_line\n{ref}".encode()).hexdigest())
    (proposed,) = audit(tmp_path, "decisions_proposed")
    lot = {"band": "at_line", "group": None, "seed": str(seed), "places": 1, "drawn": pair}
    assert proposed["lots"] == [lot]
    for place, (ref, outcome) in enumerate(zip(pair, ("Funded", "Not funded"), strict=True), 1):
        told = laurea("explain", ref, "--round", "fund")[1]
        assert told.startswith(f"Project {ref[2:]}: {outcome} ")
        assert f"drawn by lot as number {place}, places left: 1, seed {seed}" in told
    told = laurea("explain", "A-1", "--round", "fund")[1]
    assert told.startswith("Project 1: Funded ")
    assert "✗" not in told, "a band that somebody is not in stands against nobody"
    assert "not among them: the order decided" in told
    digest = proposed["digest"]
    words = ("round", "release", "fund", "--officer", "o@example.org", "--digest")
    assert laurea(*words, "0" * 64)[0] == 1
    assert "Released: 6 decisions, 3 granted, 6 letters queued." in laurea(*words, digest)[1]
    sent = letters(tmp_path)
    assert sorted(sent) == [f"A-{n}" for n in range(1, 7)]
    for place, ref in enumerate(pair, 1):
        assert f"drawn by lot as number {place}, places left: 1, seed {seed}" in sent[ref]
    assert [ref for ref, letter in sent.items() if "by lot" in letter] == ["A-3", "A-4"]
    assert "invariants hold." in laurea("db", "check")[1]
    kept = tmp_path / "fund.bundle"
    assert laurea("round", "export", "fund", "-o", kept)[0] == 0
    (tmp_path / "workspace" / "laurea.db").rename(tmp_path / "gone.db")  # whoever checks has the file alone
    code, told, _ = laurea("round", "verify", kept)
    assert (
        code,
        f"the 6 decisions of fund follow from the rules, facts and marks in it; their digest is {digest}" in told,
    ) == (0, True)
    content = kept.read_bytes()
    place = content.index(b'"50"')
    kept.write_bytes(content[:place] + b'"59"' + content[place + 4 :])
    code, told, _ = laurea("round", "verify", kept, "--json")
    line = content.count(b"\n", 0, place) + 1
    assert (code, json.loads(told)["faults"]) == (1, [{"line": line, "problem": "the line was changed (sheet A-1)"}])


def test_marks_that_cannot_stand_are_told_at_their_column(opened: Say, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("application_id,juror_id,criterion,points\nA-1,J-1,charm,4\nA-2,J-2,idea,61\n", encoding="utf-8")
    code, told, errors = opened("round", "import", "fund", "--sheets", wrong)
    assert (code, told) == (1, "sheets: 0 added, 0 known, 2 refused")
    assert "wrong.csv, row 2, field criterion: The rubric has no such criterion." in errors
    assert "wrong.csv, row 3, field points: 61 is outside the scale." in errors


def test_one_juror_gets_more_time(opened: Say, tmp_path: Path) -> None:
    extend = ("round", "extend", "fund", "J-1", "--until")
    mine = "select count(*) from assignments a join jurors j on j.id = a.juror_id where j.ref = 'J-1'"
    ((number,),) = records(tmp_path, mine)
    for until, says in (
        ("tomorrow", "--until 'tomorrow' is neither a day nor a moment."),
        ("2031-01-20", "no longer than the juror has anyway"),
    ):
        code, told, errors = opened(*extend, until)
        assert (code, told, says in errors) == (1, "", True)
    assert "has no juror 'J-9'" in opened("round", "extend", "fund", "J-9", "--until", "2031-01-25")[2]
    assert audit(tmp_path, "time_extended") == []
    code, told, _ = opened(*extend, "2031-01-25", "--officer", "o@example.org")
    assert (code, told) == (0, f"J-1 has time until 25 January 2031 23:59 UTC: {number} reviews.")
    again = opened(*extend, "2031-01-24")[1]
    assert again == "J-1 has no open review that would close before 24 January 2031 23:59 UTC."
    assert audit(tmp_path, "time_extended") == [{"until": "2031-01-25T23:59:59+00:00", "reviews": number}]
    assert json.loads(opened(*extend, "2031-01-26", "--json")[1])["reviews"] == number
