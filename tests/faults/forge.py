"""A server that forks: a process of the house is at work at once, since its imports (many seconds) were done before.

One line of JSON on a Unix socket orders a process; its id comes back, and how it ended when it has. What runs in it is
what runs from the command line, on the same files and servers, in a process and a process group of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KNOWN = (
    "laurea.cli.round", "laurea.cli.db", "laurea.cli.audit", "laurea.cli.operate", "laurea.cli.post", "laurea.web.app",
    "laurea.cli.demo.outside", "uvicorn", "psycopg", "flows.serve", "prefect.cli.server", "prefect.server.api.server",
    "prefect.task_engine", "prefect.utilities.visualization", "anyio._backends._asyncio", "numpy.ma", "numpy.random",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "uvicorn.loops.asyncio", "uvicorn.lifespan.on",
)  # fmt: skip
PATIENCE = 900.0  # seconds for the imports on a busy machine
PR_SET_PDEATHSIG = 1


class Forged:
    """One process: its id, its log, and how it ended."""

    def __init__(self, line: socket.socket, name: str, log: Path) -> None:
        self.name, self.log = name, log
        self._line, self._words = line, line.makefile("r")
        self.pid = int(json.loads(self._words.readline())["pid"])
        self._status: int | None = None
        self._one = threading.Lock()  # it is asked by whoever waits for it and by whoever kills it

    def ended(self, seconds: float = 0) -> bool:
        """Whether it has ended, or does within these seconds."""
        until = time.monotonic() + seconds
        while True:
            with self._one:
                if self._status is None and select.select([self._line], [], [], 0)[0]:
                    self._status = int(json.loads(self._words.readline() or '{"status": -9}')["status"])
                    self.forget()
                if self._status is not None:
                    return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.003)

    def forget(self) -> None:
        """Nothing more will be heard of it."""
        self._words.close()
        self._line.close()

    def wait(self, seconds: float) -> int:
        """Its exit code, or the negative number of the signal that ended it."""
        assert self.ended(seconds), f"{self.name} is still at work: {self.tail()}"
        assert self._status is not None
        return self._status

    def signal(self, number: int) -> bool:
        """Send a signal to it and its children; False when it had ended."""
        if self.ended():
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        return True

    def kill(self) -> bool:
        """End it on the spot; False when it had ended by itself."""
        alive = self.signal(signal.SIGKILL)
        self.wait(60)
        return alive and self._status == -signal.SIGKILL

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2500:] if self.log.exists() else ""


class Forge:
    """The server, seen from outside."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.address = folder / "forge"
        self.made: list[Forged] = []
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("LAUREA_", "PREFECT_"))}
        self.env = {**clean, **env, "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "tests.faults.forge", str(self.address)]
        with (folder / "forge.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        ends = time.monotonic() + PATIENCE
        while not self.address.exists():
            assert self.process.poll() is None, (folder / "forge.log").read_text()
            assert time.monotonic() < ends, "the forge does not answer"
            time.sleep(0.05)

    def start(self, name: str, order: Mapping[str, Any], env: Mapping[str, str], log: Path) -> Forged:
        """Start a process: `laurea` has the words of a command, `flow` a flow's name, `outside` its arguments."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.address))
        told = {**order, "env": {**self.env, **env}, "log": str(log)}
        line.sendall(json.dumps(told).encode() + b"\n")
        made = Forged(line, name, log)
        self.made.append(made)
        return made

    def close(self) -> None:
        """End it, and with it every process it made."""
        self.process.kill()
        self.process.wait()
        for one in self.made:
            one.forget()


def _serve(address: str) -> None:
    for name in KNOWN:
        importlib.import_module(name)
    _warm()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address + ".new")
    listener.listen(16)
    Path(address + ".new").rename(address)
    lines: dict[int, socket.socket] = {}
    parent = os.getppid()
    while os.getppid() == parent:  # who is left alone ends, and every process it made with it
        if select.select([listener], [], [], 0.005)[0]:
            line, _ = listener.accept()
            order = json.loads(line.makefile("r").readline())
            pid = os.fork()
            if pid == 0:
                listener.close()
                for other in (line, *lines.values()):
                    other.close()
                _become(order)
            line.sendall(json.dumps({"pid": pid}).encode() + b"\n")
            lines[pid] = line
        while lines and (found := os.waitpid(-1, os.WNOHANG))[0]:
            with contextlib.suppress(BrokenPipeError), lines.pop(found[0]) as line:
                line.sendall(json.dumps({"status": os.waitstatus_to_exitcode(found[1])}).encode() + b"\n")


def _warm() -> None:
    """Read what every portal reads first and keeps: texts in every language, templates, addresses."""
    from laurea.settings import Settings
    from laurea.web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        create_app(Settings(workspace=Path(folder)))


def _become(order: dict[str, Any]) -> None:
    """From here on this process is the one that was ordered."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    out = os.open(order["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["env"])
    if "fsize" in order:  # bytes that no file may grow beyond, as on a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["fsize"],) * 2)
    code = 1
    try:
        _work(order)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - the process ends with it, as one of the command line would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _work(order: Mapping[str, Any]) -> None:
    if "laurea" in order:
        from laurea.cli import main

        main(order["laurea"])
    elif "flow" in order:
        from flows.serve import FLOWS

        FLOWS[order["flow"]](**order.get("with", {}))
    elif "outside" in order:
        from laurea.cli.demo.outside import main as outside

        outside(*order["outside"])
    elif "prefect" in order:
        from prefect.cli import app

        sys.argv = ["prefect", *order["prefect"]]
        app()


if __name__ == "__main__":
    _serve(sys.argv[1])
