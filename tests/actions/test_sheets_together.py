"""Drafts of many jurors in one transaction: each stands or is refused as if it had come alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from laurea.actions import sheet as deeds
from laurea.errors import BadInput, NotFound, NotNow
from laurea.marking import Draft, Elsewhere, Saved
from laurea.store import sheet_states
from laurea.store import tables as t
from laurea.store.engine import open_engine, writing
from tests.web import seeding
from tests.web.seeding import Place

FULL = {"teaching": "3", "cooperation": "4", "data": "5", "results": "6", "overall": "7"}


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Iterator[Place]:
    """Four jurors with a sheet open each, on the database at hand."""
    url = engine.url.render_as_string(hide_password=False)
    found = seeding.seed(tmp_path, applications=6, jurors=4, reviews=2, database_url=url)
    for person in found.jurors:
        deeds.declare(
            found.engine, person_id=person, assignment_id=found.assignments(person)[0], kind=None, now=found.now
        )
    yield found
    found.engine.dispose()


def draft(place: Place, juror: int, comment: str, **other: Any) -> Draft:
    person = place.jurors[juror]
    values = {"marks": {"teaching": "3"}, "version": 1, "assignment_id": place.assignments(person)[0], **other}
    return Draft(person_id=person, comment=comment, now=place.now, **values)


def texts(place: Place) -> list[tuple[str, int]]:
    """What stands on the first sheet of each juror, and its version."""
    found = []
    for person in place.jurors:
        mine = t.sheets.c.assignment_id == place.assignments(person)[0]
        comment = place.value(select(t.sheets.c.comment).where(mine))
        found.append((comment, place.value(select(t.sheets.c.version).where(mine))))
    return found


def test_all_are_committed_once_and_asked_for_once(place: Place) -> None:
    drafts = [draft(place, juror, f"text {juror}") for juror in range(4)]
    commits: list[int] = []
    statements: list[str] = []
    event.listen(place.engine, "commit", lambda _: commits.append(1))
    event.listen(place.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    found = deeds.save_sheets(place.engine, drafts)
    asked = [one for one in statements if not one.startswith("BEGIN")]
    assert [(one.comment, one.version) for one in found if isinstance(one, Saved)] == [
        (f"text {juror}", 2) for juror in range(4)
    ]
    assert len(commits) == 1
    assert len(asked) <= 4, asked  # the sheets, the rule set, what changes, what is kept: for one as for many
    assert texts(place) == [(f"text {juror}", 2) for juror in range(4)]


def test_who_is_refused_is_refused_alone(place: Place) -> None:
    theirs = place.assignments(place.jurors[1])[0]
    deeds.submit_sheet(
        place.engine, person_id=place.jurors[2], assignment_id=place.assignments(place.jurors[2])[0], marks=FULL,
        comment="done", version=1, now=place.now,
    )  # fmt: skip
    found = deeds.save_sheets(
        place.engine,
        [
            draft(place, 0, "x" * 20_001),
            draft(place, 0, "another juror's sheet", assignment_id=theirs),
            draft(place, 1, "stands"),
            draft(place, 2, "too late"),
            draft(place, 3, "an old window", version=0),
        ],
    )
    assert [type(one) for one in found] == [BadInput, NotFound, Saved, NotNow, Elsewhere]
    assert texts(place) == [("", 1), ("stands", 2), ("done", 2), ("", 1)]


def test_of_two_windows_the_first_is_saved_and_the_second_told(place: Place) -> None:
    first, second = draft(place, 0, "first window"), draft(place, 0, "second window")
    found = deeds.save_sheets(place.engine, [first, draft(place, 1, "somebody else"), second])
    assert [type(one) for one in found] == [Saved, Saved, Elsewhere]
    assert isinstance(found[2], Elsewhere)
    assert found[2].theirs.comment == "first window"
    assert texts(place)[:2] == [("first window", 2), ("somebody else", 2)]


def test_one_that_the_records_refuse_does_not_take_the_others_with_it(place: Place) -> None:
    drafts = [draft(place, juror, "\ud800 is no sign" if juror == 1 else f"text {juror}") for juror in range(4)]
    found = deeds.save_sheets(place.engine, drafts)
    assert [type(one) for one in found] == [Saved, UnicodeEncodeError, Saved, Saved]
    assert texts(place) == [("text 0", 2), ("", 1), ("text 2", 2), ("text 3", 2)]


def test_a_sheet_that_another_portal_changes_meanwhile_is_told_so_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.engine.dialect.name == "sqlite":
        return  # who writes there writes alone from the beginning
    look, other = sheet_states.found, open_engine(place.settings.url)
    sheet = t.sheets.c.assignment_id == place.assignments(place.jurors[2])[0]

    def look_and_be_overtaken(*asked: Any) -> Any:
        found = look(*asked)
        with writing(other) as connection:
            seen = t.sheets.c.version == 1
            change = t.sheets.update().where(sheet, seen)
            connection.execute(change.values(version=2, comment="the other portal"))
        return found

    monkeypatch.setattr(sheet_states, "found", look_and_be_overtaken)
    found = deeds.save_sheets(place.engine, [draft(place, juror, f"text {juror}") for juror in range(4)])
    other.dispose()
    assert [type(one) for one in found] == [Saved, Saved, Elsewhere, Saved]
    assert texts(place) == [("text 0", 2), ("text 1", 2), ("the other portal", 2), ("text 3", 2)]


def test_nobody_is_told_saved_where_the_commit_fails(place: Place) -> None:
    def fail(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    drafts = [draft(place, juror, f"text {juror}") for juror in range(4)]
    event.listen(place.engine, "commit", fail)
    found = deeds.save_sheets(place.engine, drafts)
    event.remove(place.engine, "commit", fail)
    assert [type(one) for one in found] == [OperationalError] * 4
    assert texts(place) == [("", 1)] * 4


CRASH = """
import os, sys
from datetime import datetime
from sqlalchemy import event
from laurea.actions import sheet
from laurea.marking import Draft
from laurea.store.engine import open_engine
url, now, *who = sys.argv[1:]
engine = open_engine(url)
event.listen(engine, "commit", lambda _: os.kill(os.getpid(), 9))
drafts = [Draft(*map(int, one.split(":")), {}, "lost", 1, datetime.fromisoformat(now)) for one in who]
print(sheet.save_sheets(engine, drafts))
"""


def test_a_process_that_dies_before_its_commit_told_nobody_and_left_nothing(place: Place) -> None:
    who = [f"{person}:{place.assignments(person)[0]}" for person in place.jurors]
    command = [sys.executable, "-c", CRASH, place.settings.url, place.now.isoformat(), *who]
    died = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (died.returncode, died.stdout) == (-9, b""), died.stderr[-500:]
    assert texts(place) == [("", 1)] * 4
    found = deeds.save_sheets(place.engine, [draft(place, juror, f"text {juror}") for juror in range(4)])
    assert [type(one) for one in found] == [Saved] * 4
