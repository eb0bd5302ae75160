"""The portal as a process of its own on a free port, so that it can be killed and started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Page

from laurea.settings import Settings
from laurea.web.app import create_app

CHROMIUM = "/usr/bin/chromium"
Look = Callable[[Page, str], None]
"""What is shown each page of a walk, with the name of the stop."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROGRAM = """
import uvicorn
from laurea.settings import Settings
from laurea.web.app import create_app
settings = Settings()
uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False)
"""


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A portal process over a workspace."""

    workspace: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        environment = {
            **os.environ,
            "LAUREA_WORKSPACE": str(self.workspace),
            "LAUREA_PUBLIC_URL": self.url,
            "LAUREA_PORT": str(self.port),
            "LAUREA_SHOW_LINKS": "true",
        }
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                raise RuntimeError("the portal ended while starting")
            time.sleep(0.05)
        raise RuntimeError("the portal does not answer")

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The portal in a thread of this process, for as long as the block runs; its address."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="portal", daemon=True)
    thread.start()
    for _ in range(600):
        if server.started:
            break
        time.sleep(0.02)
    yield f"http://127.0.0.1:{settings.port}"
    server.should_exit = True
    server.force_exit = True
    thread.join(timeout=10)
