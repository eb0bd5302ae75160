"""What every test may ask for: a database of each kind, a mail relay that keeps what it gets, settings, a moment.

Nothing here stands in for a part of Laurea: the databases and the relay are real servers on 127.0.0.1, started
once a session and stopped at its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import hypothesis
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, create_engine, make_url, text

from laurea import collector
from laurea.cli.processes import free_port
from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import open_engine
from laurea.store.tables import metadata

ROOT = Path(__file__).resolve().parents[1]

# Every run tries the same examples, so that a red run means the change at hand; LAUREA_EXAMPLES=n tries new ones.
# No example has a deadline: a busy machine is slow, not wrong.
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
if "LAUREA_EXAMPLES" not in os.environ:
    hypothesis.settings.load_profile("same")
SHARED_DATA = ROOT.parent / "shared" / "data"


LONG = ("faults", "browser", "flows", "journeys", "test_leaks.py")  # rooms and files whose tests take minutes


def pytest_collection_finish() -> None:
    collector.settled()  # the modules and tests loaded until now are not looked through again and again


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first, else one worker is alone with it at the end."""
    items.sort(key=lambda one: not set(one.path.relative_to(ROOT).parts) & set(LONG))


# --- A place and a moment ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own LAUREA_… variables must not reach the tests."""
    for name in [name for name in os.environ if name.startswith("LAUREA_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project, or a skip that says so."""
    if not SHARED_DATA.is_dir():
        pytest.skip("shared/data is not beside the project: it comes with the shared pages, not with the source")
    return SHARED_DATA


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of its own: SQLite and all files in the test's folder, no relay."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Settings(workspace=workspace)


@pytest.fixture
def now() -> datetime:
    """The moment tests live at, unless they say otherwise."""
    return datetime(2022, 12, 1, 9, 0, tzinfo=UTC)


# --- Databases -----------------------------------------------------------------------------------------------


def _postgresql_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


def _no_postgresql(reason: str) -> None:
    """Locally a skip with its reason; in CI a failure, for there both databases must be tried."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must test on PostgreSQL, but {reason}", pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; `template` is a database with every table in it."""

    port: int
    template: str = "laurea_template"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://laurea@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run one statement of administration."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of this session's own, on 127.0.0.1 and a free port, its data in a temporary folder.

    PostgreSQL refuses to run as root: then it runs as the user `postgres` that its package made.
    """
    programs = _postgresql_programs()
    if programs is None:
        _no_postgresql("PostgreSQL is not installed (`make test` installs it where it may)")
        return
    user = None
    if os.getuid() == 0:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam("postgres").pw_name
        if user is None:
            _no_postgresql("PostgreSQL does not run as root and there is no user `postgres`")
    group = None if user is None else pwd.getpwnam(user).pw_gid
    as_user = {} if user is None else {"user": user, "group": group, "extra_groups": []}

    folder = Path(tempfile.mkdtemp(prefix="laurea-pg-"))
    data, log = folder / "data", folder / "log"
    if user is not None:
        shutil.chown(folder, user, group)
    server: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "laurea", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True, capture_output=True, cwd=folder, **as_user,
        )  # fmt: skip
        made = PostgreSQL(free_port())
        options = {
            "listen_addresses": "127.0.0.1", "port": made.port, "unix_socket_directories": "",
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200,
        }  # fmt: skip
        arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as out:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *arguments],
                stdout=out,
                stderr=out,
                cwd=folder,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (no threads yet)
                **as_user,
            )
        _wait_for(made, server, log)
        made.run(f"CREATE DATABASE {made.template}")
        engine = open_engine(made.url(made.template))
        migrate.upgrade(engine)
        engine.dispose()
        yield made
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent() -> None:
    """Have the kernel end the server even when the tests are killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


def _wait_for(made: PostgreSQL, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", made.port), timeout=1).close()
            made.run("SELECT 1")
        except Exception as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from error
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "laurea.db"
    engine = open_engine(f"sqlite+pysqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def _postgresql_database(postgresql: PostgreSQL) -> Iterator[str]:
    """A database of this module's own, made from the template; its URL."""
    name = f"t_{secrets.token_hex(8)}"
    postgresql.run(f"CREATE DATABASE {name} TEMPLATE {postgresql.template}")
    yield postgresql.url(name)
    postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")


def _empty(engine: Engine) -> None:
    """Rows go and numbers begin again; to truncate a hundred tables takes longer than many a test."""
    emptied = "".join(f'DELETE FROM "{table.name}";' for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # past keys and the audit's trigger
        connection.exec_driver_sql(emptied)
        used = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
        connection.execute(text(f"{used} FROM pg_sequences WHERE last_value IS NOT NULL"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with every table, first on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "laurea.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite+pysqlite:///{path}"
        return
    url = request.getfixturevalue("_postgresql_database")
    yield url
    cleaner = create_engine(url)
    _empty(cleaner)
    cleaner.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database; the test runs once on SQLite and once on PostgreSQL."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path, _sqlite_template: Path) -> Iterator[Engine]:
    """An engine on an empty SQLite database, for tests whose question is not the database."""
    path = tmp_path / "laurea.db"
    shutil.copyfile(_sqlite_template, path)
    made = open_engine(f"sqlite+pysqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def database_settings(settings: Settings, engine: Engine) -> Settings:
    """Settings that point to the database of `engine`."""
    url = make_url(engine.url).render_as_string(hide_password=False)
    return settings.model_copy(update={"database_url": url})


# --- The relay -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivered:
    """One message as the relay took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class SmtpSink:
    """A mail relay on 127.0.0.1 that delivers nothing and keeps everything."""

    port: int = 0
    messages: list[Delivered] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        content = envelope.original_content or b""
        self.messages.append(Delivered(str(envelope.mail_from), tuple(map(str, envelope.rcpt_tos)), content))
        return "250 taken"


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A running relay; `smtp_sink.url` is its address, `smtp_sink.messages` what it got.

    It lives in a thread with a loop of its own: the browser tests keep one in the main thread.
    """
    sink = SmtpSink()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        start = partial(SMTP, sink, hostname="sink.localhost", enable_SMTPUTF8=True, loop=loop)
        server = await loop.create_server(start, "127.0.0.1", 0)
        sink.port = server.sockets[0].getsockname()[1]
        started.set_result((loop, stopped))
        await stopped.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="smtp-sink", daemon=True)
    thread.start()
    loop, stopped = started.result(timeout=30)
    yield sink
    loop.call_soon_threadsafe(stopped.set)
    thread.join(timeout=30)
