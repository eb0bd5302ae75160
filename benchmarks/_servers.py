"""What benchmarks/portal.py drives: a round with jurors at their desks, the portal, the bare pages, PostgreSQL."""

from __future__ import annotations

import logging
import os
import pickle
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the round is that of the portal's own tests


@dataclass(frozen=True)
class Juror:
    """A signed-in juror with a sheet open: the session's cookie, the token of its forms, the assignment."""

    cookie: str
    csrf: str
    sheet: int


@dataclass(frozen=True)
class Desk:
    """A seeded installation."""

    settings: Any
    code: str
    jurors: list[Juror]


def seed(folder: Path, url: str, jurors: int, each: int) -> Desk:
    """A round of `jurors` with `each` applications apiece, four reviews an application; everybody is signed in."""
    from laurea.store import migrate, pages_people, pages_sheet, sheet_states
    from laurea.store.engine import open_engine, writing
    from laurea.store.keeping import token_digest
    from tests.web import seeding

    folder.mkdir()
    engine = open_engine(url or f"sqlite:///{folder / 'laurea.db'}")
    migrate.upgrade(engine)
    engine.dispose()
    place = seeding.seed(
        folder, applications=jurors * each // 4, jurors=jurors, reviews=4, database_url=url, port=free_port()
    )
    found, later = [], place.now + timedelta(hours=8)
    mine = [(person, place.assignments(person)[0]) for person in place.jurors]
    with writing(place.engine) as connection:
        for person, assignment in mine:
            desk = sheet_states.state(connection, person, assignment)
            assert desk is not None
            pages_sheet.open_sheet(connection, desk, place.now)
            one = Juror(secrets.token_urlsafe(32), secrets.token_urlsafe(32), assignment)
            pages_people.add_session(
                connection, token_digest=token_digest(one.cookie), person_id=person, csrf=one.csrf, now=place.now,
                expires_at=later,
            )  # fmt: skip
            found.append(one)
    place.engine.dispose()
    return Desk(place.settings, "example-2026", found)


def standing(desk: Desk) -> dict[int, tuple[int, str]]:
    """Version and comment of every sheet in the records, by assignment."""
    from sqlalchemy import select

    from laurea.store import tables as t
    from laurea.store.engine import open_engine, reading

    engine = open_engine(desk.settings.url)
    with reading(engine) as connection:
        rows = connection.execute(select(t.sheets.c.assignment_id, t.sheets.c.version, t.sheets.c.comment)).all()
    engine.dispose()
    return {row.assignment_id: (row.version, row.comment) for row in rows}


def keep_pages(desk: Desk, requests: dict[str, bytes], folder: Path) -> None:
    """What the portal renders for these requests, each as the template and its values, for the bare side."""
    from jinja2 import Template
    from litestar.testing import TestClient

    from laurea.web.app import create_app

    kept: list[tuple[str, dict[str, Any]]] = []
    drawn = Template.render

    def note(self: Template, *arguments: Any, **values: Any) -> str:
        kept.append((str(self.name), values))
        return drawn(self, *arguments, **values)

    Template.render = note  # type: ignore[method-assign]
    logging.disable(logging.INFO)  # the test client tells of every request
    try:
        with TestClient(create_app(desk.settings), base_url=desk.settings.public_url) as client:
            for name, raw in requests.items():
                head, _, body = raw.partition(b"\r\n\r\n")
                first, *rest = head.decode().split("\r\n")
                method, path, _ = first.split(" ")
                headers = dict(line.split(": ", 1) for line in rest)
                kept.clear()
                answer = client.request(method, path, headers=headers, content=body)
                assert answer.status_code == 200, (name, answer.status_code, answer.text[:500])
                template, values = kept[-1]
                plain = {key: value for key, value in values.items() if key not in ("_", "ngettext")}
                (folder / f"{name}.page").write_bytes(pickle.dumps((template, plain)))
    finally:
        Template.render = drawn  # type: ignore[method-assign]
        logging.disable(logging.NOTSET)


@dataclass
class Server:
    """A server process on the loopback."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(command: list[str], port: int, env: dict[str, str]) -> Iterator[Server]:
    """A server while the block runs; it must listen within a minute and a half."""
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **env}, cwd=HERE.parent)
    try:
        for _ in range(900):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} ended while starting")
            time.sleep(0.1)
        yield Server(port, process)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def portal(desk: Desk) -> Iterator[Server]:
    """The portal as `laurea web` runs it."""
    settings = desk.settings
    env = {
        "LAUREA_WORKSPACE": str(settings.workspace),
        "LAUREA_DATABASE_URL": settings.database_url,
        "LAUREA_PORT": str(settings.port),
        "LAUREA_PUBLIC_URL": settings.public_url,
    }
    with serving(["-m", "laurea", "web"], settings.port, env) as server:
        yield server


@contextmanager
def bare_pages(folder: Path) -> Iterator[Server]:
    """The bare side as a process of its own."""
    port = free_port()
    with serving(["-m", "benchmarks._bare", str(port), str(folder)], port, {}) as server:
        yield server


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server with its usual durability, as long as the block runs; gives the address of a database.

    Raises FileNotFoundError where PostgreSQL is not installed, or root finds no user for it.
    """
    from laurea.store import copies

    program = copies.programs("initdb")
    if program is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    user: dict[str, Any] = {}
    programs, folder = Path(program).resolve().parent, Path(tempfile.mkdtemp(prefix="laurea-bench-pg-"))
    if os.getuid() == 0:
        with suppress(KeyError):
            owner = pwd.getpwnam("postgres")
            user = {"user": owner.pw_name, "group": owner.pw_gid, "extra_groups": []}
            shutil.chown(folder, owner.pw_name, owner.pw_gid)
        if not user:
            raise FileNotFoundError("PostgreSQL does not run as root, and there is no user postgres")
    port, server = free_port(), None
    try:
        command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "laurea", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*command, "--locale=C.UTF-8"], check=True, capture_output=True, cwd=folder, **user)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 100}
        arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            program = [str(programs / "postgres"), "-D", str(folder / "data"), *arguments]
            server = subprocess.Popen(program, stdout=log, stderr=log, cwd=folder, **user)
        yield _when_ready(f"postgresql+psycopg://laurea@127.0.0.1:{port}")
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _when_ready(url: str) -> str:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError

    for _ in range(300):
        engine = create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text("CREATE DATABASE laurea"))
        except OperationalError:
            time.sleep(0.1)
        else:
            return f"{url}/laurea"
        finally:
            engine.dispose()
    raise RuntimeError("PostgreSQL does not answer")
