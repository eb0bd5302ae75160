"""A round of schools with three reviews each, from files to letters delivered, and the same written the ordinary way.

Every step runs in a process of its own: what an officer does as from the portal, what the clock does as a flow with the
house's own tasks, one a chunk, on a Prefect server of the benchmark's own; letters go to Postfix's `smtp-sink`. Scores
are drawn from a stated model and taken in as a file of finished sheets. With two workers, the chunks of a step are
shared between two processes. Beside it, at a size it can bear, the same work as a Prefect flow with one task per
application and step: same evaluators, same tables, same database. Applications a second by the clock on the wall, from
the first step's begin to the last one's end; drawing the world and starting processes are apart. Memory is the most one
process held. Time and memory grow with size to the power that is printed.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import _servers
from _common import Goal, Options, main
from post import TOOLS, sink

from laurea.cli import processes

HERE = Path(__file__).resolve().parent
STEPS = ("import", "gather", "screen", "route", "sheets", "settle", "release", "deliver")
SHARED = ("gather",)  # steps that come in chunks
CHUNKED = ("gather", "deliver")  # steps whose memory must not grow with the round


@contextmanager
def prefect_server() -> Iterator[dict[str, str]]:
    """A Prefect server as `laurea up` starts it; what its clients must know, and BENCH_PREFECT_PID."""
    home = Path(tempfile.mkdtemp(prefix="laurea-bench-prefect-"))
    env = processes.prefect_environment(home, _servers.free_port())
    server = processes.start_prefect(home, env, home / "server.log")
    try:
        server.wait_for(processes.prefect_health(env), processes.PREFECT_SECONDS)
        yield {**env, "BENCH_PREFECT_PID": str(server.process.pid)}
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def one_process(folder: Path, env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    """A step, begun."""
    command = [sys.executable, str(HERE / words[0]), str(folder), *words[1:]]
    return subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a step told. Raises RuntimeError where it failed."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args!r} failed")
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def laid(folder: Path, url: str, size: int, prefect: dict[str, str], smtp: int) -> dict[str, str]:
    """A folder for a round, and the environment of its processes."""
    folder.mkdir(parents=True)
    (folder / "round.json").write_text(json.dumps({"size": size}), encoding="utf-8")
    return {
        **prefect,
        "LAUREA_WORKSPACE": str(folder),
        "LAUREA_DATABASE_URL": url,
        "LAUREA_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "LAUREA_MAIL_FROM": "awards@laurea.example.org",
        "LAUREA_SOURCES": json.dumps({"esep-register": f"file://{folder / 'world' / 'register.jsonl'}"}),
        "LAUREA_CLOCK_FILE": str(folder / "clock"),
    }


def ours(options: Options, name: str, folder: Path, env: dict[str, str], workers: int) -> dict[str, Any]:
    """A whole round; seconds, CPU seconds and MB of each step."""
    (folder / "clock").write_text("2025-01-01T00:00:00+00:00", encoding="utf-8")
    ended(one_process(folder, env, "_round.py", "open"))
    found: dict[str, Any] = {}
    for step in STEPS:
        served = server_cpu(env)
        if step == "sheets":
            ended(one_process(folder, env, "_round.py", "draw"))
        shares = workers if step in SHARED else 1
        each = [
            ended(one)
            for one in [one_process(folder, env, "_round.py", step, str(n), str(shares)) for n in range(shares)]
        ]
        found[step] = {key: max(one[key] for one in each) for key in ("seconds", "before", "most")}
        found[step] |= {"cpu": sum(one["cpu"] for one in each), "stands": each[-1]["stands"]}
        found[step]["served"] = server_cpu(env) - served
        options.say(
            f"  {name}: {step:<8} {found[step]['seconds']:8.1f} s, {found[step]['cpu']:8.1f} s of CPU, "
            f"{found[step]['most']:6,.0f} MB (begun at {found[step]['before']:.0f})  {found[step]['stands']}"
        )
    return found


def server_cpu(env: dict[str, str]) -> float:
    """Seconds of processor time that Prefect's server has used."""
    fields = Path(f"/proc/{env['BENCH_PREFECT_PID']}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ordinary(options: Options, name: str, folder: Path, env: dict[str, str], size: int) -> tuple[float, float]:
    """Applications a second of the peer, by the clock on the wall and of a core (its own and its server's)."""
    (folder / "clock").write_text("2025-01-01T00:00:00+00:00", encoding="utf-8")
    ended(one_process(folder, env, "_round.py", "open"))
    served = server_cpu(env)
    found = ended(one_process(folder, env, "_ordinary.py"))
    served = server_cpu(env) - served
    options.say(
        f"  {name}: {found['seconds']:8.1f} s, {found['cpu']:8.1f} s of CPU and {served:.1f} s of Prefect's server's  "
        f"{found['stands']}"
    )
    return size / float(found["seconds"]), size / (found["cpu"] + served)


def of_round(base: str, size: int, workers: int, found: dict[str, Any]) -> dict[str, float]:
    """The figures of one round."""
    name = f"{base}, {size:,} applications, {workers} worker{'s' if workers > 1 else ''}"
    return {
        f"{name}: applications a second": size / sum(one["seconds"] for one in found.values()),
        **{f"{name}: {step}, CPU ms an application": 1000 * one["cpu"] / size for step, one in found.items()},
        f"{name}: MB of the steps in chunks": max(found[step]["most"] for step in CHUNKED),
        f"{name}: MB of the step that takes most": max(one["most"] for one in found.values()),
    }


def growth(base: str, small: int, large: int, less: dict[str, Any], more: dict[str, Any]) -> dict[str, float]:
    """How time and memory grow with size."""

    def power(key: str, *steps: str) -> float:
        ratio = sum(more[step][key] for step in steps) / sum(less[step][key] for step in steps)
        return math.log(ratio) / math.log(large / small)

    memory = [max(one[step]["most"] for step in CHUNKED) for one in (less, more)]
    return {
        f"{base}: CPU time grows like size to the power of": power("cpu", *STEPS),
        f"{base}: time grows like size to the power of": power("seconds", *STEPS),
        **{f"{base}: {step}, CPU time grows to the power of": power("cpu", step) for step in STEPS},
        f"{base}: memory of chunks, large beside small": memory[1] / memory[0],
    }


def on(options: Options, base: str, rooms: Iterator[tuple[Path, str]], prefect: dict[str, str], smtp: int) -> Any:
    """Everything on one database; `rooms` gives a fresh folder and database each time."""
    small, large, bearable = options.size(5_198, 200), options.size(100_000, 1_000), options.size(100, 10)
    figures: dict[str, float] = {}
    rounds: dict[tuple[int, int], dict[str, Any]] = {}
    for size, workers in ((bearable, 1), (small, 1), (small, 2), (large, 1)):
        if options.quick and base != "SQLite" and size != small:
            continue
        folder, url = next(rooms)
        env = laid(folder, url, size, prefect, smtp)
        rounds[size, workers] = found = ours(options, f"{base} {size:,} × {workers}", folder, env, workers)
        figures |= of_round(base, size, workers, found)
    if (large, 1) in rounds:
        figures |= growth(base, small, large, rounds[small, 1], rounds[large, 1])
    if (bearable, 1) in rounds:
        folder, url = next(rooms)
        env = laid(folder, url, bearable, prefect, smtp)
        peer = ordinary(options, f"{base} {bearable:,}, the ordinary way", folder, env, bearable)
        figures[f"{base}: the ordinary way, applications a second"] = peer[0]
        figures[f"{base}: the ordinary way, applications a second of a core"] = peer[1]
        for size in (bearable, small):
            steps, name = rounds[size, 1].values(), f"ours at {size:,} beside the ordinary way at {bearable:,}"
            figures[f"{base}: {name}"] = size / sum(one["seconds"] for one in steps) / peer[0]
            figures[f"{base}: {name}, of a core"] = size / sum(one["cpu"] + one["served"] for one in steps) / peer[1]
    return figures


def sqlite_rooms(folder: Path) -> Iterator[tuple[Path, str]]:
    """Folders for rounds on SQLite; the last one's goes when the next is asked for."""
    for number in range(100):
        room = folder / f"sqlite-{number}"
        yield room, ""
        shutil.rmtree(room, ignore_errors=True)


def postgresql_rooms(folder: Path) -> Iterator[tuple[Path, str]]:
    """The same with a server and a database of its own each."""
    for number in range(100):
        room = folder / f"postgresql-{number}"
        with _servers.postgresql() as url:
            yield room, url
        shutil.rmtree(room, ignore_errors=True)


def measure(options: Options) -> dict[str, Any]:
    """All figures."""
    if None in TOOLS.values():
        options.say("  Postfix's smtp-sink is not installed here (apt-get install postfix): skipped")
        return {}
    figures: dict[str, Any] = {"load of the machine before": os.getloadavg()[0]}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="laurea-bench-")))
        prefect, smtp = stack.enter_context(prefect_server()), stack.enter_context(sink())
        figures |= on(options, "SQLite", sqlite_rooms(folder), prefect, smtp)
        rooms = stack.enter_context(closing(postgresql_rooms(folder)))
        try:
            figures |= on(options, "PostgreSQL", rooms, prefect, smtp)
        except FileNotFoundError as error:
            options.say(f"  {error}: SQLite alone is measured.")
    return figures | {"load of the machine after": os.getloadavg()[0]}


GOALS = tuple(
    goal
    for base in ("SQLite", "PostgreSQL")
    for goal in (
        Goal(f"{base}: ours at 5,198 beside the ordinary way at 100", at_least=30),
        Goal(f"{base}: ours at 5,198 beside the ordinary way at 100, of a core", at_least=30),
        Goal(f"{base}: CPU time grows like size to the power of", at_most=1.1),
        Goal(f"{base}: memory of chunks, large beside small", at_most=1.3),
    )
)

if __name__ == "__main__":
    main("round", measure, GOALS)
