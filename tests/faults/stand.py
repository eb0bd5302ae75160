"""Where rounds are tried: one Prefect server and one forge for all of them, and installations with processes of theirs.

An installation has a workspace, records, a moment, a relay with a register, a portal, and processes that do one deed
each: commands of the line and turns of the clock. Everything is a real process, and may be killed at any moment.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from laurea.cli import processes
from laurea.cli.demo.stage import REGISTER
from laurea.settings import Settings
from laurea.store.engine import Engine, open_engine
from tests.faults.databases import Cluster, Database
from tests.faults.forge import Forge, Forged

UP_WITHIN = 600.0


class Stand:
    """What many tries share: the forge, Prefect's server, and the addresses everybody listens on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp, self.register, self.portal = (processes.free_port() for _ in range(3))
        self.prefect_home = folder / "prefect"
        self.prefect_env = processes.prefect_environment(self.prefect_home, processes.free_port())
        self.forge = Forge(folder, self.prefect_env)
        self.prefect: Forged | None = None
        try:
            self.prefect_up()
        except BaseException:
            self.close()
            raise

    def prefect_up(self) -> None:
        """Prefect's server answers: started anew where it was killed."""
        if self.prefect is None or self.prefect.ended():
            self.prefect_home.mkdir(exist_ok=True)
            port = self.prefect_env["PREFECT_API_URL"].split(":")[2].split("/")[0]
            words = ["server", "start", "--host", "127.0.0.1", "--port", port]
            self.prefect = self.forge.start("Prefect", {"prefect": words}, {}, self.folder / "prefect.log")
        _answers(processes.prefect_health(self.prefect_env), self.prefect)

    def prefect_forgets(self) -> None:
        """Everything that Prefect remembers is gone; its server must be down."""
        shutil.rmtree(self.prefect_home)

    def close(self) -> None:
        """End everything."""
        self.forge.close()


def _answers(url: str, process: Forged) -> None:
    ends = time.monotonic() + UP_WITHIN
    with httpx.Client(timeout=5, trust_env=False, verify=False) as client:
        while True:
            with suppress(httpx.HTTPError):
                if client.get(url).status_code < 500:
                    return
            assert not process.ended(0.02), process.tail()
            assert time.monotonic() < ends, process.tail()


class Installation:
    """One installation, in a folder of its own."""

    def __init__(self, stand: Stand, folder: Path, database: Database) -> None:
        self.stand, self.folder, self.database = stand, folder, database
        self.workspace, self.worlds, self.clock = folder / "workspace", folder / "worlds", folder / "clock"
        self.log = folder / "log"
        self.workspace.mkdir(parents=True)
        self.worlds.mkdir()
        database.empty()
        self.settings = Settings(
            workspace=self.workspace,
            database_url=database.url(folder),
            public_url=f"http://127.0.0.1:{stand.portal}",
            port=stand.portal,
            smtp_url=f"smtp://127.0.0.1:{stand.smtp}",
            mail_from="awards@laurea.example.org",
            relay_log=self.worlds / "relay.log",
            relay_grace=0.3,
            sources={REGISTER: f"http://127.0.0.1:{stand.register}/"},
            show_links=True,
            chunk=50,
        )
        self.extra: dict[str, str] = {}  # further environment of what is started from now on
        self.services: dict[str, Forged] = {}
        self.starting = threading.Lock()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """A look at the records from outside."""
        made = open_engine(self.settings.url)
        try:
            yield made
        finally:
            made.dispose()

    def go_to(self, moment: datetime) -> datetime:
        """Set the moment that everybody of this installation lives at."""
        waiting = self.clock.with_suffix(".next")
        waiting.write_text(moment.isoformat())
        waiting.replace(self.clock)
        return moment

    def moment(self) -> datetime:
        return datetime.fromisoformat(self.clock.read_text())

    def environment(self) -> dict[str, str]:
        s = self.settings
        return {
            "LAUREA_CLOCK_FILE": str(self.clock),
            "LAUREA_WORKSPACE": str(s.workspace),
            "LAUREA_DATABASE_URL": s.url,
            "LAUREA_PUBLIC_URL": s.public_url,
            "LAUREA_PORT": str(s.port),
            "LAUREA_SMTP_URL": s.smtp_url,
            "LAUREA_MAIL_FROM": s.mail_from,
            "LAUREA_RELAY_LOG": str(s.relay_log),
            "LAUREA_RELAY_GRACE": str(s.relay_grace),
            "LAUREA_SOURCES": json.dumps(s.sources),
            "LAUREA_SHOW_LINKS": "true",
            "LAUREA_CHUNK": str(s.chunk),
            **self.extra,
        }

    def start(self, name: str, **order: Any) -> Forged:
        """Start a process of this installation."""
        return self.stand.forge.start(name, order, self.environment(), self.log)

    def command(self, *words: str) -> Forged:
        """A command of the line."""
        return self.start(f"laurea {' '.join(words[:2])}", laurea=words)

    def turn(self, flow: str = "clockwork", **given: Any) -> Forged:
        """A turn of the clock."""
        return self.start("the clock", flow=flow, **({"with": given} if given else {}))

    def outside(self) -> None:
        """The relay and the register are there."""
        if self._gone("relay"):
            words = [str(self.worlds), str(self.stand.smtp), str(self.stand.register)]
            self.services["relay"] = self.start("relay", outside=words)
            _listens(self.stand.register, self.services["relay"])

    def portal(self) -> None:
        """The portal is there."""
        with self.starting:
            if self._gone("portal"):
                self.services["portal"] = self.start("portal", laurea=["web"])
            _answers(f"{self.settings.public_url}/", self.services["portal"])

    def _gone(self, name: str) -> bool:
        return name not in self.services or self.services[name].ended()

    def close(self) -> None:
        """End what is left of its processes."""
        for one in self.services.values():
            one.kill()
        self.services.clear()

    def server(self) -> Cluster:
        """The server of its records, for those who kill it."""
        assert isinstance(self.database, Cluster)
        return self.database


def _listens(port: int, process: Forged) -> None:
    ends = time.monotonic() + UP_WITHIN
    while not processes.listening("127.0.0.1", port):
        assert not process.ended(0.01), process.tail()
        assert time.monotonic() < ends, process.tail()
