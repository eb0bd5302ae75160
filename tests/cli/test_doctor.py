"""`laurea doctor` on machines that lack something."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from laurea.cli.doctor import RUNNING, Check, doctor, examine
from laurea.cli.processes import free_port
from laurea.settings import Settings


def _check(settings: Settings, name: str) -> Check:
    looks = {"Mail": "relay", "Prefect server": "prefect_server"}.get(name, name.lower())
    (look,) = [one for one in RUNNING if one.__name__ == looks]
    (found,) = [check for check in look(settings) if check.name == name]
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
    assert "stands at none" in found.says
    assert "laurea db upgrade" in found.remedy


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


def test_letters_that_readers_cannot_use_are_noted(settings: Settings, tmp_path: Path) -> None:
    """A sender, links and a key that are of this machine alone; a log and a mailbox that are not there."""
    (look,) = [one for one in RUNNING if one.__name__ == "letters"]
    assert list(look(settings)) == []
    through = settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:25", "public_url": "http://127.0.0.1:8780"})
    assert [check.remedy for check in look(through)] == ["Set LAUREA_MAIL_FROM.", "Set LAUREA_PUBLIC_URL."]
    ready = through.model_copy(update={"public_url": "https://laurea.example", "mail_from": "post@laurea.example"})
    assert [check.state for check in look(ready)] == ["ok"]
    more = {
        "dkim": {"other.example": f"mail:{tmp_path}/none.pem"}, "relay_log": tmp_path / "none.log",
        "bounces_from": SecretStr(f"maildir:{tmp_path}/none"),
    }  # fmt: skip
    found = list(look(ready.model_copy(update=more)))
    assert [check.state for check in found] == ["note", "wrong", "wrong", "note"]
    assert "none of laurea.example" in found[0].says
    assert "none.log cannot be read: No such file" in found[2].says


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
    parts = {"Python", "Prefect", "Prefect server", "Disk", "Database", "Mail", "Keys", "Papers", "Sources", "Backup"}
    assert parts | {"Portal"} <= {check["name"] for check in checks}
    assert all(check["remedy"] for check in checks if check["state"] != "ok")


def test_keys_that_others_can_read_are_wrong(settings: Settings) -> None:
    assert _check(settings, "Keys").state == "ok"
    settings.signing_key()
    key = settings.workspace / "keys/north/key-1.pem"
    key.parent.mkdir(parents=True)
    key.touch(0o600)
    assert (_check(settings, "Keys").state, "2 files" in _check(settings, "Keys").says) == ("ok", True)
    key.chmod(0o640)
    assert _check(settings, "Keys").remedy == f"chmod 600 {key}"
    key.chmod(0o600)
    away = settings.model_copy(update={"dkim": {"school.example": "s1:/no/such/key.pem"}})
    assert "/no/such/key.pem" in _check(away, "Keys").says


def test_a_workspace_that_everybody_can_look_into_is_noted(settings: Settings) -> None:
    settings.workspace.chmod(0o755)
    assert _check(settings, "Workspace").remedy == f"chmod 750 {settings.workspace}"
    settings.workspace.chmod(0o750)
    assert _check(settings, "Workspace").state == "ok"


def test_papers_are_drawn_and_a_sign_that_no_font_has_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _check(settings, "Papers").state == "ok"
    monkeypatch.setattr("laurea.cli.ailments_of_files.SPECIMEN", "漢")
    assert (_check(settings, "Papers").state, "漢" in _check(settings, "Papers").says) == ("wrong", True)


def test_a_source_whose_file_is_gone_is_wrong(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a register.jsonl"
    named = settings.model_copy(update={"sources": {"register": file.as_uri(), "desk": "desk:"}})
    assert "a register.jsonl" in _check(named, "Sources").says
    file.touch()
    assert _check(named, "Sources").state == "ok"


def test_a_prefect_server_that_is_named_must_answer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _check(settings, "Prefect server").state == "ok"
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    assert _check(settings, "Prefect server").state == "wrong"


def test_postgresql_without_its_programs_cannot_be_backed_up_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("laurea.store.copies.programs", lambda _name: None)
    assert _check(settings, "Backup").state == "ok"
    found = _check(settings.model_copy(update={"database_url": "postgresql+psycopg://127.0.0.1:1/x"}), "Backup")
    assert (found.state, "postgresql-client" in found.remedy) == ("note", True)


def test_a_portal_that_answers_says_whether_it_is_ready(settings: Settings) -> None:
    said = b"ready\n"

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        here = settings.model_copy(update={"port": server.server_port})
        assert _check(here, "Portal").state == "ok"
        said = b"not ready: the database waits to be upgraded\n"
        assert "waits to be upgraded" in _check(here, "Portal").says
        said = b"<html>"
        assert (_check(here, "Portal").state, "no portal of ours" in _check(here, "Portal").says) == ("note", True)
    finally:
        server.shutdown()
        server.server_close()
