"""Offices and hand-overs on the command line: the same deeds as in the portal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import open_engine
from tests.web import offices
from tests.web.offices import CODES, Year

Say = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Year:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    at(tmp_path, monkeypatch, NOW)
    engine = open_engine(Settings(workspace=workspace).url)
    migrate.upgrade(engine)
    engine.dispose()
    found = offices.seed(workspace, now=NOW)
    found.engine.dispose()
    monkeypatch.setenv("LAUREA_SOURCES", json.dumps(found.settings.sources))
    return found


def at(folder: Path, monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    clock = folder / "clock"
    clock.write_text(moment.isoformat())
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(clock))


def test_an_office_is_made_and_changed(laurea: Say, tmp_path: Path) -> None:
    code, _, says = laurea("office", "set", "north")
    assert (code, "give a name to make a new one" in says) == (1, True)
    words = (
        "office",
        "set",
        "north",
        "--name",
        "Northern Office",
        "--country",
        "LV",
        "--email",
        "desk@north.example.org",
    )
    assert laurea(*words)[:2] == (0, "north: Northern Office, national.")
    assert laurea("office", "set", "north", "--kind", "central")[1] == "north: Northern Office, central."
    (told,) = json.loads(laurea("office", "list", "--json")[1])
    assert (told["code"], told["kind"], told["country"], told["email"]) == (
        "north", "central", "LV", "desk@north.example.org",
    )  # fmt: skip
    assert laurea("office", "set", "north", "--timezone", "Riga")[0] == 1
    assert laurea("office", "set", "north", "--email", "nobody")[0] == 1


def test_a_whole_year_by_commands(laurea: Say, year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    central = CODES["css"]
    for office in ("ge", "lv"):
        words = ("office", "labels", CODES[office], "--to", "css", "--officer", f"{office}@example.org")
        assert laurea(*words)[1] == "Labels handed over: 8."
        assert laurea(*words)[1] == "They were handed over before; nothing was done."
    assert laurea("office", "take-in", central)[1] == "Applications: 16 new, 0 with other figures than before."
    assert laurea("office", "nominate", central, "P1", "--office", "ge-nso")[0] == 1  # no list yet
    assert laurea("office", "lists", central)[1] == "Sent to: Georgian Office, Latvian Office."
    code, _, says = laurea("office", "nominate", central, "P1", "P2", "P3", "--office", "ge-nso")
    assert code == 1
    assert "2 of 8 can be nominated. The project is among the best of its country" in says
    assert laurea("office", "nominate", central, "P1", "P2", "--office", "ge-nso")[1] == "Projects nominated: 2."
    assert "in place of" in laurea("office", "nominate", central, "P3", "--office", "ge-nso")[1]
    assert laurea("office", "nominate", central, "--office", "lv-nso")[1] == "Projects nominated: 0."
    assert laurea("office", "nominations", central)[1] == "Offices heard: 2; projects nominated: 1, not nominated: 15."
    assert laurea("office", "awards", central)[0] == 1
    at(tmp_path, monkeypatch, NOW + timedelta(days=6))
    assert laurea("round", "advance", central)[0] == 0
    digest = json.loads(laurea("round", "status", central, "--json")[1])[0]["digest"]
    assert laurea("round", "release", central, "--officer", "css@example.org", "--digest", digest)[0] == 0
    assert laurea("office", "awards", central, "--officer", "css@example.org")[1] == (
        "Handed to: Georgian Office, Latvian Office."
    )
    told = json.loads(laurea("office", "handovers", "ge-nso", "--json")[1])
    assert [(one["what"], one["rows"]) for one in told] == [
        ("awards", 1), ("nominations", 1), ("nominations", 2), ("list", 8), ("labels_and_scores", 8),
    ]  # fmt: skip
    assert told[0]["released_by"] == told[0]["handed_by"] == "Claire Dumont"


def test_labels_of_an_office_elsewhere_are_put_down_with_what_is_wrong(laurea: Say, year: Year, tmp_path: Path) -> None:
    file = tmp_path / "labels-lv.csv"
    file.write_text("project_id,title,country,score\nP1,Amber,LV,24\nP2,Tea,GE,23\n")
    code, says, refused = laurea("office", "receive", CODES["css"], file, "--giver", "lv-nso")
    assert (code, says) == (0, "Labels received: 1.")
    assert "row 3, field country: GE is not the country of Latvian Office." in refused
