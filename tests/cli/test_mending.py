"""What a new user gets wrong is told with the way out, and never as a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.cli import app, main
from laurea.cli.doctor import doctor
from laurea.cli.processes import free_port
from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import open_engine

Say = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAUREA_PORT", "abc"),
        ("LAUREA_PORT", "70000"),
        ("LAUREA_CLOCK_EVERY", "-1"),
        ("LAUREA_DATABASE_URL", "foo"),
        ("LAUREA_DATABASE_URL", "postgresql://laurea:geheim@127.0.0.1/laurea"),
        ("LAUREA_SOURCES", "register=here"),
        ("LAUREA_PUBLIC_URL", "example.org"),
    ],
)
def test_setting_that_cannot_be_used_is_named(
    laurea: Say, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    code, _, errors = laurea("round", "status")
    assert (code, f"field {name}: " in errors, "unset it" in errors) == (1, True, True)
    assert "Traceback" not in errors
    assert "geheim" not in errors
    assert doctor(json=True) == 1
    wrong = [check for check in json.loads(capsys.readouterr().out) if check["state"] == "wrong"]
    assert [name in check["says"] and bool(check["remedy"]) for check in wrong] == [True]


def test_empty_setting_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREA_PORT", "")
    assert Settings().port == 8780


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8793"), ("0.0.0.0", "http://127.0.0.1:8793"), ("::", "http://[::1]:8793")],
)
def test_public_url_follows_host_and_port(monkeypatch: pytest.MonkeyPatch, host: str, url: str) -> None:
    monkeypatch.setenv("LAUREA_PORT", "8793")
    monkeypatch.setenv("LAUREA_HOST", host)
    assert Settings().public_url == url
    monkeypatch.setenv("LAUREA_PUBLIC_URL", "https://awards.example.org")
    assert Settings().public_url == "https://awards.example.org"


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/laurea"])
def test_workspace_that_cannot_be_is_told(
    laurea: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path / place))
    code, _, errors = laurea("round", "status")
    assert (code, "LAUREA_WORKSPACE" in errors, "Traceback" in errors) == (1, True, False)
    assert doctor(json=True) == 1
    disk = next(check for check in json.loads(capsys.readouterr().out) if check["name"] == "Disk")
    assert (disk["state"], "0.0 GB" in disk["says"]) == ("wrong", False)


@pytest.mark.parametrize("damage", ["not a database at all" * 200, "half"])
def test_damaged_database_is_told(laurea: Say, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "workspace" / "laurea.db"
    if damage == "half":
        engine = open_engine(f"sqlite+pysqlite:///{file}")
        migrate.upgrade(engine)
        engine.dispose()
        whole = file.read_bytes()
        file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        file.parent.mkdir()
        file.write_text(damage)
    code, _, errors = laurea("round", "status")
    assert (code, "damaged" in errors, "backup" in errors, "Traceback" in errors) == (1, True, True, False)


def test_database_server_away_is_told_without_its_password(laurea: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREA_DATABASE_URL", f"postgresql+psycopg://laurea:geheim@127.0.0.1:{free_port()}/laurea")
    code, _, errors = laurea("round", "status")
    assert (code, "does not answer" in errors, "LAUREA_DATABASE_URL" in errors) == (1, True, True)
    assert "geheim" not in errors


def test_worker_without_its_prefect_server_says_so(laurea: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    code, _, errors = laurea("worker")
    assert (code, "No Prefect server answers" in errors, "PREFECT_API_URL" in errors) == (1, True, True)


@pytest.mark.parametrize("command", ["web", "up"])
def test_port_in_use_is_told_before_anything_starts(
    laurea: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("LAUREA_PORT", str(other.getsockname()[1]))
        code, _, errors = laurea(command)
    assert (code, "cannot listen" in errors, "LAUREA_PORT" in errors) == (1, True, True)
    assert not (tmp_path / "workspace").exists()


def test_fault_of_our_own_is_not_hidden() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    app.command(broken, name="break")
    try:
        with pytest.raises(ZeroDivisionError):
            main(["break"])
    finally:
        del app["break"]


def test_demo_with_a_scale_that_cannot_be_is_refused_before_it_starts(laurea: Say) -> None:
    for scale in ("0", "-1", "1.5", "nan"):
        code, _, errors = laurea("demo", f"--scale={scale}")
        assert (code, "above 0 and up to 1" in errors) == (1, True), scale


def test_demo_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    """As with Ctrl+C, while it still makes up its files."""
    command = [sys.executable, "-m", "laurea", "demo", "--once", "--scale", "0.02"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as demo:
        assert demo.stderr is not None
        first = demo.stderr.readline()
        demo.send_signal(2)
        rest = demo.stderr.read()
    assert first == "making up people, schools and files\n"
    assert "was removed" in rest
    assert "Traceback" not in rest
    assert demo.returncode == 130
    assert list(tmp_path.glob("laurea-demo-*")) == []


def test_a_key_for_signatures_that_cannot_be_read_stops_the_post_in_words(
    laurea: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert laurea("officer", "a@example.org", "--name", "A", "--authority", "a", "--authority-name", "A")[0] == 0
    monkeypatch.setenv("LAUREA_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    monkeypatch.setenv("LAUREA_DKIM", json.dumps({"school.example": f"mail:{tmp_path}/none.pem"}))
    code, _, errors = laurea("post")
    assert (code, "Traceback" in errors) == (1, False)
    assert "school.example cannot be read" in errors
    assert "LAUREA_DKIM is a JSON object" in errors


def test_a_mailbox_for_reports_that_is_not_there_is_named(
    laurea: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert laurea("officer", "a@example.org", "--name", "A", "--authority", "a", "--authority-name", "A")[0] == 0
    monkeypatch.setenv("LAUREA_BOUNCES_FROM", f"maildir:{tmp_path}/none")
    assert laurea("bounces")[0] == 1
    assert f"There is no Maildir at {tmp_path}/none." in caplog.text
