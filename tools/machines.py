"""The machines of compose.yaml on this one, for trials and tests: each in a network namespace with its own addresses.

    sudo .venv/bin/python tools/machines.py [--folder DIR]   # until Ctrl+C; the records are not kept
    sudo ip -n laurea-worker-2 link set records down         # cuts a machine off from them; `up` brings it back

Needs root and iproute2; PostgreSQL's programs stand for its image, this folder's .venv for Laurea's. Of compose.yaml it
knows what stands there today: command, environment, depends_on, healthcheck, hostname, networks and volumes.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from laurea.cli.processes import Child
from laurea.errors import SetupMissing
from laurea.store import copies

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("POSTGRES_PASSWORD", "ENGINE_PASSWORD", "LAUREA_SECRET")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_START = 'echo "$0" > /proc/sys/kernel/hostname; exec "$@"'


def refused() -> str:
    """Why namespaces cannot be made here; empty where they can."""
    if os.getuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2"
    name = f"laurea-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"network namespaces are not allowed here: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=False)
    return ""


def layout(given: Mapping[str, str], file: Path = ROOT / "compose.yaml") -> dict[str, Any]:
    """compose.yaml with its variables filled in. Raises SetupMissing where one that is needed has no value."""

    def value(found: re.Match[str]) -> str:
        name, kind, word = found.groups()
        if not given.get(name) and kind == "?":
            raise SetupMissing(f"{name} has no value.", word)
        return given.get(name) or (word if kind == "-" else "")

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: filled(one) for key, one in part.items()}
        if isinstance(part, list):
            return [filled(one) for one in part]
        return _VARIABLE.sub(value, part) if isinstance(part, str) else part

    found: dict[str, Any] = filled(yaml.safe_load(file.read_text(encoding="utf-8")))
    return found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Machines:
    """The services of a layout, each on a machine of its own. `close` ends and removes everything."""

    def __init__(self, described: Mapping[str, Any], folder: Path, prefix: str = "laurea", net: int = 213) -> None:
        self.services: dict[str, dict[str, Any]] = described["services"]
        self.networks = list(described["networks"])
        self.folder, self.prefix, self.net = folder, prefix, net
        self.children: dict[str, Child] = {}
        self.records = Path(tempfile.mkdtemp(prefix="laurea-records-"))

    def bridge(self, network: str) -> str:
        """The name of a network on this machine; the kernel allows 15 letters."""
        return f"{self.prefix[:8]}-{network[:6]}"

    def namespace(self, service: str) -> str:
        """The name of a machine's namespace."""
        return f"{self.prefix}-{service}"

    def address(self, service: str, network: str | None = None) -> str:
        """A machine's address on a network, or on its first one."""
        number = self.networks.index(network or self.services[service]["networks"][0])
        return f"10.{self.net}.{number}.{10 + list(self.services).index(service)}"

    def connect(self) -> None:
        """Lay the networks, and put every machine on those it is to be on; it knows the names of its neighbours."""
        for number, network in enumerate(self.networks):
            _ip("link", "add", self.bridge(network), "type", "bridge")
            _ip("address", "add", f"10.{self.net}.{number}.1/24", "dev", self.bridge(network))
            _ip("link", "set", self.bridge(network), "up")
        for order, (service, told) in enumerate(self.services.items()):
            space = self.namespace(service)
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            for network in told["networks"]:
                outer = f"{self.prefix[:8]}{order}-{self.networks.index(network)}"
                _ip("link", "add", outer, "type", "veth", "peer", "name", network, "netns", space)
                _ip("link", "set", outer, "master", self.bridge(network), "up")
                _ip("-n", space, "address", "add", f"{self.address(service, network)}/24", "dev", network)
                _ip("-n", space, "link", "set", network, "up")
            hosts = Path("/etc/netns") / space / "hosts"
            hosts.parent.mkdir(parents=True, exist_ok=True)
            hosts.write_text("".join(f"{line}\n" for line in self._hosts(service)), encoding="utf-8")

    def _hosts(self, service: str) -> Iterator[str]:
        yield "127.0.0.1 localhost"
        for other, told in self.services.items():
            shared = [one for one in self.services[service]["networks"] if one in told["networks"]]
            if shared:
                yield f"{self.address(other, shared[0])} {other}"

    def start(self, *services: str) -> None:
        """Start these services, or all, each when those it depends on are there."""
        for service in services or self.services:
            if service in self.children:
                continue
            for other, told in self.services[service].get("depends_on", {}).items():
                self.start(other)
                self._wait(other, told["condition"])
            postgresql = "postgres" in self.services[service].get("image", "")
            command = self._postgresql(service) if postgresql else self.services[service]["command"]
            self.children[service] = self.run(service, command)

    def run(self, service: str, command: list[str], name: str = "") -> Child:
        """Start a command on a machine, with the environment of its service."""
        told = self.services[service]
        inside = ["ip", "netns", "exec", self.namespace(service), "unshare", "--uts", "sh", "-c", _START, service]
        log = self.folder / "logs" / f"{name or service}.log"
        return Child(name or service, [*inside, *command], env=self._environment(told), log=log)

    def _environment(self, told: Mapping[str, Any]) -> dict[str, str]:
        env = {key: str(value) for key, value in told.get("environment", {}).items()}
        for volume in told.get("volumes", ()):
            place, inside = volume.split(":")[:2]
            if "/" not in place:
                (self.folder / place).mkdir(parents=True, exist_ok=True)
                env = {key: value.replace(inside, str(self.folder / place)) for key, value in env.items()}
        programs = f"{Path(sys.executable).parent}:{_postgresql_programs()}"
        return env | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}

    def _postgresql(self, service: str) -> list[str]:
        """What PostgreSQL's image does: make the cluster, its user and database, and run what is mounted for that."""
        data, told = self.records / "data", self.services[service]
        env = os.environ | self._environment(told)
        shutil.chown(self.records, "postgres", "postgres")
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

        def do(*command: str) -> None:
            subprocess.run([*user, *command], env=env, cwd=self.records, check=True, capture_output=True)

        secret = self.records / "password"
        secret.write_text(env["POSTGRES_PASSWORD"], encoding="utf-8")
        shutil.chown(secret, "postgres")
        do("initdb", "-D", str(data), "-U", env["POSTGRES_USER"], "-A", "scram-sha-256", "-E", "UTF8",
           "--locale=C.UTF-8", "--auth-local=trust", f"--pwfile={secret}", "-N")  # fmt: skip
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as allowed:
            allowed.write("host all all samenet scram-sha-256\n")
        quick = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        place = ["-c", f"unix_socket_directories={self.records}"]
        do("pg_ctl", "-D", str(data), "-w", "-o", " ".join(["-c listen_addresses=''", *place]), "-l",
           str(self.records / "first.log"), "start")  # fmt: skip
        env["PGHOST"] = str(self.records)
        do("createdb", "--username", env["POSTGRES_USER"], env["POSTGRES_DB"])
        for volume in told.get("volumes", ()):
            if "docker-entrypoint-initdb.d" in volume:
                do("sh", str(ROOT / volume.split(":")[0]))
        do("pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop")
        return [*user, "postgres", "-D", str(data), "-c", "listen_addresses=*", *quick, *place]

    def _wait(self, service: str, condition: str, seconds: float = 240) -> None:
        child, ends = self.children[service], time.monotonic() + seconds
        while time.monotonic() < ends:
            ended = child.process.poll()
            if condition == "service_started" or (condition == "service_completed_successfully" and ended == 0):
                return
            if ended is not None:
                raise child.failed()
            if condition == "service_healthy" and self._healthy(service):
                return
            time.sleep(1)
        raise SetupMissing(f"The {service} was not there within {seconds:.0f} seconds.", f"See {child.log}.")

    def _healthy(self, service: str) -> bool:
        asked = self.run(service, self.services[service]["healthcheck"]["test"][1:], f"{service}-health")
        return asked.process.wait() == 0

    def cut(self, service: str) -> None:
        """Take a machine's links down: it hears nothing and is not heard, and does not know it."""
        self._links(service, "down")

    def mend(self, service: str) -> None:
        """Bring a machine's links up again."""
        self._links(service, "up")

    def _links(self, service: str, state: str) -> None:
        order = list(self.services).index(service)
        for network in self.services[service]["networks"]:
            _ip("link", "set", f"{self.prefix[:8]}{order}-{self.networks.index(network)}", state)

    def close(self) -> None:
        """End everything and take the networks away."""
        for service in reversed(list(self.children)):
            child = self.children[service]
            if "postgres" in self.services[service].get("image", "") and child.process.poll() is None:
                child.process.send_signal(signal.SIGQUIT)
            child.stop()
        for service in self.services:
            space = self.namespace(service)
            found = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False)
            for pid in found.stdout.split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)
            shutil.rmtree(Path("/etc/netns") / space, ignore_errors=True)
        for network in self.networks:
            subprocess.run(["ip", "link", "delete", self.bridge(network)], capture_output=True, check=False)
        shutil.rmtree(self.records, ignore_errors=True)


def _postgresql_programs() -> str:
    found = copies.programs("initdb")
    if found is None:
        raise SetupMissing("PostgreSQL is not installed.", "apt-get install postgresql")
    return str(Path(found).parent)


def main() -> int:
    """Start the layout and stay until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where logs and the shared folder lie")
    asked = parser.parse_args()
    if reason := refused():
        print(f"{reason[0].upper()}{reason[1:]}.", file=sys.stderr)
        return 1
    made = {name: secrets.token_hex(32) for name in NEEDED}
    folder = (asked.folder or Path(tempfile.mkdtemp(prefix="laurea-machines-"))).resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    machines = Machines(layout(made | os.environ), folder)
    try:
        machines.connect()
        machines.start()
        for service in machines.services:
            print(f"{machines.address(service):<12} {service}")
        print(f"Portals: port 8780. Logs: {folder / 'logs'}. Ctrl+C ends everything.")
        while True:
            time.sleep(1)
    except SetupMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        machines.close()


if __name__ == "__main__":
    raise SystemExit(main())
