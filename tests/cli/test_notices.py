"""`laurea notices`: what is wrong ends with 1 and is named; one letter can be looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from laurea.cli import main
from laurea.store import wordings
from laurea.store.engine import writing
from notifications import checking
from notifications.catalogues import LANGUAGES
from notifications.wording import Wording
from tests.web import seeding

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def few(monkeypatch):
    """One language is enough here; tests/notifications looks at all of them."""
    monkeypatch.setattr(checking, "LANGUAGES", ("en",))
    whole = checking.check
    monkeypatch.setattr(checking, "check", lambda: whole(("en",)))


def run(*words: str) -> int:
    try:
        main(["notices", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_check_of_the_house_ends_well(few, capsys):
    assert run("check") == 0
    assert "nothing to put right" in capsys.readouterr().out


def test_check_of_a_round_names_the_text_and_ends_with_1(few, capsys, tmp_path, monkeypatch):
    place = seeding.seed(tmp_path)
    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path))
    monkeypatch.setattr("laurea.cli.notices.engine_of", lambda _settings: place.engine)
    with writing(place.engine) as connection:
        for kind, body in (("received", "{{ gone }}"), ("decision", "{{ outcome_title }}")):
            wordings.add(
                connection, authority_id=1, round_id=place.round_id, kind=kind, language="en", version=1,
                text=Wording("My own words", "H", body), person_id=place.officers[0], now=NOW,
            )  # fmt: skip
    assert run("check", "--round", "example-2026", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["line"]) for one in told] == [("example-2026/received/en/body", 1)]
    assert run("show", "decision", "--round", "example-2026") == 0
    assert capsys.readouterr().out.startswith("My own words")
    place.engine.dispose()


@pytest.mark.parametrize("ending", ["html", "txt", "eml"])
def test_show_writes_one_letter(capsys, tmp_path, ending):
    file = tmp_path / f"letter.{ending}"
    assert run("show", "decision", "--language", LANGUAGES[-1], "--sample", "3", "-o", str(file)) == 0
    content = file.read_bytes()
    assert {"html": b"<!DOCTYPE html>", "txt": b"-- \n", "eml": b"Message-ID:"}[ending] in content
    assert str(file) in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("words", [("nothing",), ("decision", "--language", "xx"), ("decision", "--sample", "99")])
def test_show_says_what_there_is(capsys, words):
    assert run("show", *words) == 1
    told = capsys.readouterr().err
    assert any(said in told for said in ("There are: ", "It has ", "there are 1 to "))
