"""Child processes of the command line: started on the loopback, named in the log, ended with their parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from laurea import log
from laurea.errors import SetupMissing

PREFECT_SECONDS = 180.0
PORTAL_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Have the kernel end this child when its parent is gone, however the parent went."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One child process with its own log file."""

    def __init__(self, name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, pipes: bool = False):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                list(command),
                env={**os.environ, **env},
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else file,
                stderr=file,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
                text=pipes,
            )

    def failed(self) -> SetupMissing:
        """The error that tells why this child is gone."""
        tail = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return SetupMissing(f"The {self.name} ended by itself.", f"Its log {self.log} ends with:\n" + "\n".join(tail))

    def stop(self, seconds: float = 10.0) -> None:
        """Ask the process to end; insist after a while."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def wait_for(self, url: str, seconds: float, told: Callable[[float], None] = lambda _seconds: None) -> None:
        """Wait until an address answers. Raises SetupMissing when the child ends or takes too long."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            if self.process.poll() is not None:
                raise self.failed()
            try:
                if httpx.get(url, timeout=2, trust_env=False).status_code < 500:
                    return
            except httpx.HTTPError:
                pass
            told(passed)
            time.sleep(0.25)
        raise SetupMissing(f"The {self.name} did not answer within {seconds:.0f} seconds.", f"See {self.log}.")


def engine_logs(form: log.Form) -> dict[str, str]:
    """What has the engine's processes write their logs in this form; its own, where it is text."""
    return {"PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("engine-logs.yml"))} if form == "json" else {}


def prefect_environment(home: Path, port: int, logs: log.Form = "text") -> dict[str, str]:
    """The environment of Prefect's server and of everything that talks to it: loopback, own home, own password."""
    password = f"laurea:{secrets.token_urlsafe(24)}"
    return engine_logs(logs) | {
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_API_AUTH_STRING": password,
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    }


def start_prefect(home: Path, env: Mapping[str, str], log: Path) -> Child:
    """Start Prefect's server; it takes 10 to 85 seconds to answer."""
    home.mkdir(parents=True, exist_ok=True)
    port = env["PREFECT_API_URL"].split(":")[2].split("/")[0]
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    return Child("Prefect server", command, env=env, log=log)


def prefect_health(env: Mapping[str, str]) -> str:
    """The address that answers once the server is up."""
    return f"{env['PREFECT_API_URL']}/health"


def start_portal(logs: Path, env: Mapping[str, str] | None = None) -> Child:
    """Start the portal as a child."""
    return Child("portal", [sys.executable, "-m", "laurea", "web"], env=env or {}, log=logs / "portal.log")


def must_be_free(host: str, port: int) -> None:
    """Raises SetupMissing when the portal cannot listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            raise SetupMissing(f"There is no address {host} to listen on.", "Mend LAUREA_HOST.") from None
        except OSError as error:
            raise SetupMissing(
                f"The portal cannot listen on {host}:{port}: {error.strerror}.",
                "Set LAUREA_PORT to a port that is free, or end what listens there.",
            ) from None


def must_answer(url: str) -> None:
    """Raises SetupMissing when no Prefect server answers at this address (PREFECT_API_URL)."""
    remedy = "Start it, mend PREFECT_API_URL, or run everything on this machine with: laurea up"
    try:
        status = httpx.get(f"{url.rstrip('/')}/health", timeout=10, trust_env=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SetupMissing(f"No Prefect server answers at {url}: {error}.", remedy) from None
    if status == 404 or status >= 500:
        raise SetupMissing(f"What answers at {url} is no Prefect server (it said {status}).", remedy)


def listening(host: str, port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
