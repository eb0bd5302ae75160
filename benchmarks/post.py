"""The post beside Postfix's own `smtp-source`, to the same server, with as many connections and as long letters.

Ours takes letters from the records, hands each over and writes down what became of it, in a process of its own on
SQLite; `smtp-source` makes up one letter and remembers nothing. Two servers: `smtp-sink`, which throws letters away,
and a Postfix of the benchmark's own that queues them on the disk and puts them into a mailbox (as root alone). Both
keep their connections (`smtp-source -d`); by default `smtp-source` opens one for each letter. Letters a second by the
clock on the wall, turn by turn, the best of several; memory is what one process has held at 1, 4 and 16 times as many.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _common import Goal, Options, main

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # `rules` is our room, not the benchmark beside this one

from sqlalchemy import func, select  # noqa: E402

from laurea.store import tables as t  # noqa: E402
from laurea.store.engine import reading  # noqa: E402
from tests.faults import outboxes, postfix  # noqa: E402

CONNECTIONS = 5
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
TOOLS = {name: shutil.which(name, path=PATH) for name in ("smtp-sink", "smtp-source")}


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's server that takes every letter and keeps none; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [str(TOOLS["smtp-sink"]), *who, f"127.0.0.1:{port}", "1000"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def source(port: int, letters: int, size: int, *keep: str) -> float:
    """Letters a second of `smtp-source`."""
    start = time.perf_counter()
    subprocess.run(
        [str(TOOLS["smtp-source"]), *keep, "-s", str(CONNECTIONS), "-m", str(letters), "-l", str(size),
         "-f", outboxes.SENDER, "-t", outboxes.address_of(1), f"127.0.0.1:{port}"],
        check=True,
    )  # fmt: skip
    return letters / (time.perf_counter() - start)


def ours(port: int, letters: int, dkim: str = "") -> dict[str, Any]:
    """What a process of ours took to send so many letters."""
    with tempfile.TemporaryDirectory() as folder:
        outboxes.fill(outboxes.settings_in(Path(folder)), letters).dispose()
        script = Path(__file__).with_name("_post.py")
        command = [sys.executable, str(script), folder, str(port), str(CONNECTIONS), dkim]
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert found["done"] == {"sent": letters}, found
    return found


def size_of_letters() -> int:
    """Bytes of a letter of ours."""
    with tempfile.TemporaryDirectory() as folder:
        engine = outboxes.fill(outboxes.settings_in(Path(folder)), 5)
        with reading(engine) as connection:
            size = int(connection.execute(select(func.max(func.length(t.messages.c.content)))).scalar_one())
        engine.dispose()
    return size


def key_in(folder: str) -> str:
    """An RSA key of 2048 bits, as LAUREA_DKIM names one."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = Path(folder) / "key.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return f"benchmark:{path}"


def to_sink(port: int, letters: int, turns: int, size: int) -> dict[str, Any]:
    """Shares of `smtp-source`, to a server that costs nothing: what the sender itself costs."""
    kept, fresh, found = [], [], []
    for _ in range(turns):
        kept.append(source(port, letters, size, "-d"))
        fresh.append(source(port, letters, size))
        found.append(ours(port, letters))
    best = max(letters / one["seconds"] for one in found)
    return {
        "to smtp-sink: ours, letters a second": best,
        "to smtp-sink: smtp-source -d": max(kept),
        "to smtp-sink: smtp-source": max(fresh),
        "share of smtp-source -d": best / max(kept),
        "share of smtp-source": best / max(fresh),
        "ours, CPU ms a letter": 1000 * min(one["cpu"] for one in found) / letters,
    }


def to_postfix(letters: int, turns: int, size: int) -> dict[str, Any]:
    """Share of `smtp-source -d`, to a server that keeps what it takes."""
    kept, found = [], []
    with postfix.running() as relay:
        for _ in range(turns):
            kept.append(source(relay.port, letters, size, "-d"))
            relay.settled(300)
            found.append(letters / ours(relay.port, letters)["seconds"])
            relay.settled(300)
    return {
        "to Postfix: ours, letters a second": max(found),
        "to Postfix: smtp-source -d": max(kept),
        "share of smtp-source -d, to Postfix": max(found) / max(kept),
    }


def measure(options: Options) -> dict[str, Any]:
    if None in TOOLS.values():
        options.say("  Postfix's smtp-sink and smtp-source are not installed here (apt-get install postfix): skipped")
        return {}
    letters, turns = options.size(5000, 500), options.size(3, 2)
    size = size_of_letters()
    figures: dict[str, Any] = {"letters": letters, "bytes a letter": size, "connections": CONNECTIONS}
    with sink() as port, tempfile.TemporaryDirectory() as folder:
        figures |= to_sink(port, letters, turns, size)
        signed = ours(port, letters, key_in(folder))
        memory = {times: ours(port, letters * times // 5)["most"] for times in (1, 4, 16)}
    if postfix.MISSING:
        options.say(f"  {postfix.MISSING}: only smtp-sink is sent to")
    else:
        figures |= to_postfix(options.size(1000, 200), options.size(2, 1), size)
    return figures | {
        "ours with DKIM (RSA 2048), CPU ms a letter": 1000 * signed["cpu"] / letters,
        **{f"MB, {letters * times // 5} letters": most for times, most in memory.items()},
        "memory at 16 times beside once": memory[16] / memory[1],
    }


GOALS = (
    Goal("share of smtp-source -d", at_least=0.5),
    Goal("share of smtp-source", at_least=0.5),
    Goal("share of smtp-source -d, to Postfix", at_least=0.5),
    Goal("memory at 16 times beside once", at_most=1.1),
)

if __name__ == "__main__":
    main("post", measure, GOALS)
