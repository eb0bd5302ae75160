"""`laurea doctor` on machines that lack something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from laurea.cli.doctor import Check, doctor, examine
from laurea.cli.processes import free_port
from laurea.settings import Settings


def _check(settings: Settings, name: str) -> Check:
    (found,) = [check for check in examine(settings) if check.name == name]
    return found


def test_database_not_made_yet_is_a_note(settings: Settings) -> None:
    found = _check(settings, "Database")
    assert (found.state, found.remedy) == ("note", "`laurea db upgrade` makes it.")
    assert not (settings.workspace / "laurea.db").exists(), "looking must not make a database"


def test_database_migrated_is_ok(database_settings: Settings, engine: Engine) -> None:
    assert _check(database_settings, "Database").state == "ok"


def test_database_without_tables_is_wrong(settings: Settings) -> None:
    path = settings.workspace / "laurea.db"
    path.touch()
    found = _check(settings, "Database")
    assert found.state == "wrong"
    assert "revision none" in found.says


def test_database_server_away_is_wrong_and_keeps_the_password(settings: Settings) -> None:
    url = f"postgresql+psycopg://laurea:geheim@127.0.0.1:{free_port()}/laurea"
    found = _check(settings.model_copy(update={"database_url": url}), "Database")
    assert (found.state, "does not answer" in found.says) == ("wrong", True)
    assert "geheim" not in found.says


def test_relay_that_answers_is_ok(settings: Settings, smtp_sink: object) -> None:
    url = smtp_sink.url  # type: ignore[attr-defined]
    assert _check(settings.model_copy(update={"smtp_url": url}), "Mail").state == "ok"


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{closed}", "mail.example.org"])
def test_relay_that_cannot_be_used_is_wrong(settings: Settings, url: str) -> None:
    address = url.format(closed=free_port())
    assert _check(settings.model_copy(update={"smtp_url": address}), "Mail").state == "wrong"


def test_shown_links_on_an_open_address_are_wrong(settings: Settings) -> None:
    open_portal = settings.model_copy(update={"show_links": True, "host": "0.0.0.0"})
    assert "wrong" in {check.state for check in examine(open_portal) if check.name == "Portal"}


def test_json_lists_every_check_and_the_code_says_whether_one_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("LAUREA_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    assert doctor(json=True) == 1
    checks = json.loads(capsys.readouterr().out)
    assert [check["name"] for check in checks if check["state"] == "wrong"] == ["Mail"]
    assert {"Python", "Prefect", "Disk", "Database", "Mail", "Portal"} <= {check["name"] for check in checks}
    assert all(check["remedy"] for check in checks if check["state"] != "ok")
