"""Where the records of a tried round lie: in a file, or on a real server that may be killed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from laurea.cli.processes import free_port


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


PROGRAMS = _programs()
MISSING = "" if PROGRAMS else "PostgreSQL is not installed (apt-get install postgresql)"


class Database(Protocol):
    """The records of one installation after another."""

    name: str

    def url(self, folder: Path) -> str: ...
    def empty(self) -> None: ...
    def sound(self, folder: Path) -> None: ...


class SQLite:
    """A file in the installation's folder."""

    name = "SQLite"

    def url(self, folder: Path) -> str:
        return f"sqlite+pysqlite:///{folder / 'laurea.db'}"

    def empty(self) -> None:
        """Every folder has its own."""

    def sound(self, folder: Path) -> None:
        """The file itself is whole."""
        with contextlib.closing(sqlite3.connect(folder / "laurea.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class Cluster:
    """A PostgreSQL server of our own, on the loopback, to be killed."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        assert PROGRAMS is not None, MISSING
        self.data, self.log, self.port = folder / "data", folder / "log", free_port()
        folder.mkdir()
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:  # PostgreSQL refuses to run as root: its package made a user
            user = pwd.getpwnam("postgres")
            for parent in (folder, *folder.parents):
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)  # folders of pytest are closed to everybody else
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        made = ["-D", self.data, "-U", "laurea", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run([PROGRAMS / "initdb", *made], check=True, capture_output=True, cwd=folder, **self._as)
        self.server: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, folder: Path | None = None, database: str = "laurea") -> str:  # noqa: ARG002 - one server for all
        return f"postgresql+psycopg://laurea@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, after a crash through its own recovery, and wait until it answers."""
        assert PROGRAMS is not None
        options = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "max_connections": 60,
            "fsync": "off",  # it is the processes that die here, not the machine
        }  # fmt: skip
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            command = [PROGRAMS / "postgres", "-D", self.data, *words]
            self.server = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.data.parent, start_new_session=True, **self._as
            )
        ends = time.monotonic() + 60
        while True:
            try:
                self.run("SELECT 1")
            except DBAPIError:
                assert self.server.poll() is None, self.log.read_text()[-2000:]
                assert time.monotonic() < ends, self.log.read_text()[-2000:]
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL the server and every process of it."""
        assert self.server is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.server.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        self.server.kill()
        self.server.wait()
        for child in children:  # they would see that it is gone and end, a little later; the start waits for them
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def immediate(self) -> None:
        """`pg_ctl restart -m immediate`: every transaction under way is lost, without a word to whoever waits."""
        assert self.server is not None
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(30)
        self.start()

    def run(self, *statements: str) -> None:
        """Statements of administration."""
        engine = create_engine(self.url(database="postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    def empty(self) -> None:
        """The database is new."""
        self.run("DROP DATABASE IF EXISTS laurea WITH (FORCE)", "CREATE DATABASE laurea")

    def sound(self, folder: Path) -> None:
        """Nothing to ask: the server would not have come up."""

    def close(self) -> None:
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(30)
