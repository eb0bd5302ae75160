"""The code blocks of a page, run as its reader would: commands in this process, files in a folder of their own.

A block of `sh` is typed line by line; `# ends with 1` behind a line says that it must. A block of `text` after it shows
lines of what was said. A block of `yaml` with a title is put into that file: its blocks take the place of those of the
same name, and list items go to its end.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from laurea.cli import app

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
SERVES = ("web", "up", "worker", "demo")  # what runs until it is stopped, or plays whole rounds; tried elsewhere
Say = Callable[..., tuple[int, str, str]]


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """Kind, title and text of every block of a page of the project."""
    yield from FENCE.findall((ROOT / page).read_text(encoding="utf-8"))


def lines(text: str) -> list[str]:
    """The lines of a block of commands, continued ones joined."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


@dataclass
class Reader:
    """Somebody who types what a page says."""

    laurea: Say
    monkeypatch: pytest.MonkeyPatch
    at: Path
    said: str = ""
    typed: list[str] = field(default_factory=list)
    filled: dict[str, Callable[[], str]] = field(default_factory=dict)

    def follow(self, page: str) -> None:
        """Do everything a page says, in its order."""
        self.go(self.at)
        for kind, title, text in blocks(page):
            if kind == "sh":
                self.said = " ".join(self.type(line) for line in lines(text))
            elif kind == "text":
                for line in text.splitlines():
                    assert " ".join(line.split()) in self.said, f"{page}: {line!r} is not in {self.said!r}"
            elif kind == "yaml" and title:
                put(self.at / title, text)

    def go(self, folder: Path) -> None:
        self.at = folder
        self.monkeypatch.chdir(folder)
        self.monkeypatch.setenv("PWD", str(folder))

    def type(self, line: str) -> str:
        """Type one line; what it says. It must end as the page tells."""
        self.typed.append(line)
        code = int(found.group(1)) if (found := re.search(r"# ends with (\d)", line)) else 0
        words = shlex.split(os.path.expandvars(line), comments=True)
        match words:
            case ["source", file]:
                if not file.endswith("/activate"):
                    for one in lines((self.at / file).read_text("utf-8")):
                        self.type(one)
                return ""
            case ["export", setting]:
                self.monkeypatch.setenv(*setting.split("=", 1))
                return ""
            case ["cd", folder]:
                self.go(self.at / folder)
                return ""
            case ["make", target]:
                assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), line
                return ""
            case [program, *rest] if program.rpartition("/")[2] == "laurea":
                if rest and rest[0] in SERVES:
                    assert rest[0] in set(app), line
                    return ""
                done, out, err = self.laurea(*(self.filled[one]() if one in self.filled else one for one in rest))
            case _:
                result = subprocess.run(["bash", "-c", line], cwd=self.at, capture_output=True, text=True, check=False)
                done, out, err = result.returncode, result.stdout, result.stderr
        assert done == code, f"{line} ends with {done}:\n{out}\n{err}"
        return f"{out} {err}"


def put(file: Path, text: str) -> None:
    """Put a block shown into a file: in place of the block of its name, or at the end."""
    there = file.read_text(encoding="utf-8")
    found = re.match(r"(\w+):", text)
    if found is None:
        file.write_text(there.rstrip() + "\n" + text, encoding="utf-8")
        return
    block = re.compile(rf"^{found.group(1)}:.*?(?=^\w|\Z)", re.MULTILINE | re.DOTALL)
    assert block.search(there), f"{file.name} has no {found.group(1)}"
    file.write_text(block.sub(lambda _: text + "\n", there, count=1), encoding="utf-8")
