"""The stage of a rehearsal: a workspace, the processes around it, and the moment everyone lives at."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from laurea.cli import processes
from laurea.errors import LaureaError
from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import Engine, open_engine

REGISTER = "esep-register"


class Stage:
    """Everything a rehearsal runs on; `close` ends what it started."""

    def __init__(self, workspace: Path | None = None, *, portal_port: int | None = None) -> None:
        self.workspace = (workspace or Path(tempfile.mkdtemp(prefix="laurea-demo-"))).resolve()
        self.worlds = self.workspace / "worlds"
        self.worlds.mkdir(parents=True, exist_ok=True)
        self.logs = self.workspace / "logs"
        self.clock = self.workspace / "clock"
        smtp, register, portal = processes.free_port(), processes.free_port(), portal_port or processes.free_port()
        self.settings = Settings(
            workspace=self.workspace,
            database_url=f"sqlite+pysqlite:///{self.workspace / 'laurea.db'}",
            public_url=f"http://127.0.0.1:{portal}",
            port=portal,
            smtp_url=f"smtp://127.0.0.1:{smtp}",
            mail_from="awards@laurea.example.org",
            relay_log=self.worlds / "relay.log",
            relay_grace=1.0,
            sources={REGISTER: f"http://127.0.0.1:{register}/"},
            show_links=True,
            secret=SecretStr(""),
        )
        self.children: list[processes.Child] = []
        self.outside = self._start(
            "outside world",
            [sys.executable, "-m", "laurea.cli.demo.outside", str(self.worlds), str(smtp), str(register)],
        )
        self.prefect_env = processes.prefect_environment(
            self.workspace / "prefect", processes.free_port(), self.settings.logs
        )
        self.prefect = processes.start_prefect(self.workspace / "prefect", self.prefect_env, self.logs / "prefect.log")
        self.children.append(self.prefect)
        self.desk: processes.Child | None = None
        self.tasks = 0
        self.rehearsed = True
        self._wait_for_port(smtp)

    def _start(
        self, name: str, command: list[str], *, pipes: bool = False, env: dict[str, str] | None = None
    ) -> processes.Child:
        log = self.logs / f"{name.replace(' ', '-')}.log"
        child = processes.Child(name, command, env=env or {}, log=log, pipes=pipes)
        self.children.append(child)
        return child

    def _wait_for_port(self, port: int) -> None:
        began = time.monotonic()
        while not processes.listening("127.0.0.1", port):
            if self.outside.process.poll() is not None or time.monotonic() - began > processes.PORTAL_SECONDS:
                raise self.outside.failed()
            time.sleep(0.05)

    def environment(self) -> dict[str, str]:
        """The environment in which every process of this rehearsal sees the same settings and the same moment."""
        s = self.settings
        clock = {"LAUREA_CLOCK_FILE": str(self.clock)} if self.rehearsed else {}
        return {
            **clock,
            **self.prefect_env,
            "LAUREA_WORKSPACE": str(s.workspace),
            "LAUREA_DATABASE_URL": s.database_url,
            "LAUREA_PUBLIC_URL": s.public_url,
            "LAUREA_PORT": str(s.port),
            "LAUREA_SMTP_URL": s.smtp_url,
            "LAUREA_MAIL_FROM": s.mail_from,
            "LAUREA_RELAY_LOG": str(s.relay_log),
            "LAUREA_RELAY_GRACE": str(s.relay_grace),
            "LAUREA_SOURCES": json.dumps(s.sources),
            "LAUREA_SHOW_LINKS": "true",
            "LAUREA_CHUNK": str(s.chunk),
        }

    def open(self) -> Engine:
        """The database of the rehearsal, migrated."""
        engine = open_engine(self.settings.url)
        migrate.upgrade(engine)
        return engine

    def go_to(self, moment: datetime) -> datetime:
        """Set the moment everyone lives at."""
        waiting = self.clock.with_suffix(".next")
        waiting.write_text(moment.isoformat())
        waiting.replace(self.clock)
        os.environ["LAUREA_CLOCK_FILE"] = str(self.clock)
        return moment

    def wait_for_prefect(self, told: Callable[[float], None]) -> None:
        """Wait for Prefect's server, then open the desk that takes orders for flows."""
        self.prefect.wait_for(processes.prefect_health(self.prefect_env), processes.PREFECT_SECONDS, told)

    def open_desk(self) -> processes.Child:
        """The flow process: one that runs flows on order, started when there is none or it was ended."""
        if self.desk is None or self.desk.process.poll() is not None:
            command = [sys.executable, "-m", "flows.serve", "--orders"]
            self.desk = self._start("clock", command, pipes=True, env=self.environment())
        return self.desk

    def order(self, flow: str, **parameters: Any) -> dict[str, Any]:
        """Have a flow run and wait for it. Raises when it failed or its process was ended."""
        desk = self.open_desk()
        self.send(flow, **parameters)
        assert desk.process.stdout is not None
        line = desk.process.stdout.readline()
        if not line:
            raise desk.failed()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LaureaError(f"The flow {flow} failed: {answer['error']}", f"See {desk.log}.")
        self.tasks += answer["tasks"]
        return answer

    def send(self, flow: str, **parameters: Any) -> None:
        """Hand an order to the flow process without waiting for the answer."""
        desk = self.open_desk()
        assert desk.process.stdin is not None
        desk.process.stdin.write(json.dumps({"flow": flow, **parameters}) + "\n")
        desk.process.stdin.flush()

    def go_on(self) -> None:
        """Leave the rehearsed moment: from here on the clock on the wall counts."""
        if self.desk:
            self.desk.stop()
        os.environ.pop("LAUREA_CLOCK_FILE", None)
        self.rehearsed = False

    def start_clock(self) -> None:
        """The clock, turning by itself."""
        self._start("clock", [sys.executable, "-m", "flows.serve"], env=self.environment())

    def stay(self) -> None:
        """Keep everything running until it is interrupted or something ends by itself."""
        watched = [child for child in self.children if child.process.poll() is None]
        while True:
            for child in watched:
                if child.process.poll() is not None:
                    raise child.failed()
            time.sleep(0.5)

    def start_portal(self) -> processes.Child:
        """The portal, at the address of the settings."""
        portal = processes.start_portal(self.logs, self.environment())
        self.children.append(portal)
        portal.wait_for(self.settings.public_url + "/", processes.PORTAL_SECONDS)
        return portal

    def close(self) -> None:
        """End every process of the rehearsal."""
        for child in reversed(self.children):
            child.stop()
