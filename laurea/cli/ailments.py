"""What `laurea doctor` looks at, one function a part. Each looks only, and names the way out of what it finds."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx

from laurea import clock
from laurea.cli import processes
from laurea.errors import LaureaError
from laurea.settings import Settings, own_address
from laurea.store import copies, migrate, turns
from laurea.store.engine import open_engine, reading

State = Literal["ok", "note", "wrong"]
RELAY_SECONDS = 5.0
TIGHT_BYTES, SCARCE_BYTES = 2 * 10**9, 2 * 10**8
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Check:
    """One thing looked at. `wrong` keeps Laurea from working; `note` is worth knowing."""

    name: str
    state: State
    says: str
    remedy: str = ""
    needed_for: Literal["running", "tests"] = "running"


def python(_settings: Settings | None) -> Iterator[Check]:
    """Whether this Python is one that Laurea is tried on."""
    here = f"Python {sys.version.split()[0]}"
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        yield Check("Python", "ok", here)
    else:
        yield Check("Python", "wrong", f"{here} is not supported.", "Install Python 3.11 to 3.14, then `make setup`.")


def prefect(_settings: Settings | None) -> Iterator[Check]:
    """Looks at what is installed without importing it: that takes seconds."""
    try:
        engine, api = version("prefect"), version("fastapi")
    except PackageNotFoundError as error:
        yield Check("Prefect", "wrong", f"{error.name} is not installed.", "Run `make setup`.")
        return
    numbers = tuple(int(part) for part in api.split(".")[:2])
    if (0, 139) <= numbers < (0, 150):
        yield Check("Prefect", "ok", f"Prefect {engine} with FastAPI {api}")
    else:
        yield Check(
            "Prefect",
            "wrong",
            f"Prefect {engine} does not start with FastAPI {api}; it needs 0.139 to 0.149.",
            "Install from requirements.lock: `make setup`.",
        )


def disk(settings: Settings) -> Iterator[Check]:
    """Whether the workspace can be written in, and has room."""
    place = settings.workspace.resolve()
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK) or not shutil.disk_usage(place).total:
        why = "is a file" if not place.is_dir() else "cannot be written in"
        says = f"{settings.workspace} cannot be used as the workspace: {place} {why}."
        yield Check("Disk", "wrong", says, "Point LAUREA_WORKSPACE to a folder you may write in.")
        return
    free = shutil.disk_usage(place).free
    says = f"{free / 10**9:.1f} GB free for {settings.workspace}"
    state: State = "wrong" if free < SCARCE_BYTES else "note" if free < TIGHT_BYTES else "ok"
    yield Check("Disk", state, says, "Free some space, or point LAUREA_WORKSPACE to a larger disk.")


def database(settings: Settings) -> Iterator[Check]:
    """Whether the database answers and has the tables this version needs."""
    parts = urlsplit(settings.url)
    kind = "SQLite" if parts.scheme.startswith("sqlite") else "PostgreSQL"
    where = parts.path.removeprefix("/") if kind == "SQLite" else f"{parts.hostname}:{parts.port or 5432}{parts.path}"
    if kind == "SQLite" and not Path(where).exists():
        yield Check("Database", "note", f"There is no database yet at {where}.", "`laurea db upgrade` makes it.")
        return
    try:
        engine = open_engine(settings.url)
        current, _ = migrate.revision(engine)
        migrate.must_be_newest(engine)
        engine.dispose()
    except LaureaError as error:
        yield Check("Database", "wrong", f"{kind} at {where}: {error.says}", error.remedy)
        return
    except Exception as error:  # noqa: BLE001 (whatever the driver says is the finding)
        reason = str(error).strip().splitlines()[0]
        remedy = "Start the database server, or mend LAUREA_DATABASE_URL (docs/reference/settings.md)."
        yield Check("Database", "wrong", f"{kind} at {where} does not answer: {reason}", remedy)
        return
    yield Check("Database", "ok", f"{kind} at {where}, revision {current}")
    yield from clock_beats(settings)


def clock_beats(settings: Settings) -> Iterator[Check]:
    """Whether the clock turns."""
    engine = open_engine(settings.url)
    try:
        with reading(engine) as connection:
            turn = turns.last(connection)
    finally:
        engine.dispose()
    if turn is None:
        yield Check("Clock", "note", "The clock has never run over these records.", "Start it with `laurea up`.")
        return
    says = f"The clock last ran at {(turn.ended_at or turn.began_at).strftime('%Y-%m-%d %H:%M')} UTC."
    if turn.late(clock.now(), settings.clock_every):
        remedy = "Start it with `laurea up`; where it runs, its log says what it waits for. Nothing is lost meanwhile."
        yield Check("Clock", "note", says, remedy)
    else:
        yield Check("Clock", "ok", says)


def relay(settings: Settings) -> Iterator[Check]:
    """Whether letters have somewhere to go."""
    if not settings.smtp_url:
        yield Check(
            "Mail", "note", "No relay is set: letters are written to files.", "Set LAUREA_SMTP_URL to send them."
        )
        return
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        says = "LAUREA_SMTP_URL is not an address of a relay."
        yield Check("Mail", "wrong", says, "Write it as smtp://[user:password@]host:port or smtps://…")
        return
    secure = parts.scheme == "smtps"
    where = f"{parts.hostname}:{parts.port or (465 if secure else 25)}"
    connect: type[smtplib.SMTP] = smtplib.SMTP_SSL if secure else smtplib.SMTP
    try:
        with connect(parts.hostname, parts.port or 0, timeout=RELAY_SECONDS) as relay:
            relay.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        remedy = "Start the relay, or mend LAUREA_SMTP_URL. Letters wait meanwhile; none is lost."
        yield Check("Mail", "wrong", f"The relay {where} does not answer: {error}", remedy)
    else:
        yield Check("Mail", "ok", f"The relay {where} answers.")


def portal(settings: Settings) -> Iterator[Check]:
    """Whether the portal can listen, or answers already, and is safe where it does."""
    address = urlsplit(settings.public_url)
    if address.scheme == "http" and address.hostname not in LOOPBACK:
        says = f"People reach the portal without encryption at {settings.public_url}."
        yield Check("Portal", "note", says, "Put it behind a proxy with TLS and set LAUREA_PUBLIC_URL to https://…")
    if settings.show_links and settings.host not in LOOPBACK:
        says = "Sign-in links are shown to everyone who asks, and the portal listens to other machines."
        yield Check("Portal", "wrong", says, "Unset LAUREA_SHOW_LINKS: it is for trials on one machine.")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            yield _listening(settings, error.strerror or "")
        else:
            yield Check("Portal", "ok", f"{settings.host}:{settings.port} is free.")


def _listening(settings: Settings, why: str) -> Check:
    """Who listens where the portal would: is it one of ours, and can it serve?"""
    address = own_address(settings.host, settings.port)
    try:
        told = httpx.get(f"{address}/readyz", timeout=RELAY_SECONDS, trust_env=False)
    except httpx.HTTPError:
        told = None
    if told is not None and told.text == "ready\n":
        return Check("Portal", "ok", f"A portal answers at {address} and is ready.")
    if told is not None and told.text.startswith("not ready"):
        return Check("Portal", "wrong", f"The portal at {address} is {told.text.strip()}.", "See Database above.")
    says = f"{settings.host}:{settings.port} cannot be listened on ({why}), and no portal of ours answers there."
    return Check("Portal", "note", says, "End what listens there, or choose another LAUREA_PORT.")


def prefect_server(_settings: Settings) -> Iterator[Check]:
    """Whether the Prefect server that workers are told of answers; without one, `laurea up` starts its own."""
    server = os.environ.get("PREFECT_API_URL")
    if not server:
        says = "No server of its own is named (PREFECT_API_URL): `laurea up` starts one."
        yield Check("Prefect server", "ok", says)
        return
    try:
        processes.must_answer(server)
    except LaureaError as error:
        yield Check("Prefect server", "wrong", error.says, error.remedy)
    else:
        yield Check("Prefect server", "ok", f"It answers at {server}.")


def for_tests() -> Iterator[Check]:
    """What the tests need beside; nothing of it is needed to run Laurea."""
    remedy = "`make test` installs it on Debian."
    browser = shutil.which("chromium")
    initdb = copies.programs("initdb")
    fonts = shutil.which("fc-list")
    georgian = fonts is not None and bool(subprocess.run([fonts, ":lang=ka"], capture_output=True, check=False).stdout)
    for name, there, says in (
        ("Chromium", browser is not None, browser or "There is no Chromium."),
        ("PostgreSQL", initdb is not None, initdb or "There is no PostgreSQL server."),
        ("Fonts", georgian, "Georgian can be drawn." if georgian else "No font of this machine draws Georgian."),
    ):
        yield Check(name, "ok" if there else "note", says, "" if there else remedy, needed_for="tests")
