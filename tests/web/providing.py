"""Runs the identity provider of `provider.py`, for tests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.web.provider import CLIENT, PASSWORD, SECRET

__all__ = ["CLIENT", "PASSWORD", "SECRET", "provided"]


@contextmanager
def provided(folder: Path, people: Mapping[str, Mapping[str, object]], callback: str) -> Iterator[str]:
    """The issuer of a provider that knows `people` and sends them back to `callback`."""
    (folder / "people.json").write_text(json.dumps(people))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(Path(__file__).parent / "provider.py"), str(port), str(folder), callback]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield f"http://127.0.0.1:{port}/o"
        finally:
            process.terminate()
