"""The command line as a person meets it: words in; exit code, output and errors out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.cli import main

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def laurea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command in this process, in a workspace of its own; the texts come with single spaces."""
    monkeypatch.setenv("LAUREA_WORKSPACE", str(tmp_path / "workspace"))

    def run(*words: object) -> tuple[int, str, str]:
        try:
            main([str(word) for word in words])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        found = capsys.readouterr()
        return code, " ".join(found.out.split()), " ".join(found.err.split())

    return run
