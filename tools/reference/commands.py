"""The page of commands, out of the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from cyclopts import App

from laurea.cli import app, in_full

HEAD = """# Commands

`laurea` alone says where the workspace stands and what comes next; `laurea COMMAND --help` shows what stands here.
[Operating](../operating.md) and [a round from the command line](../operating.md#a-round-from-the-command-line) say when
to use which. Where `--json` is offered, the answer is for programs. What can be mended ends with a sentence and exit
code 1.

"""


def page() -> str:
    """The whole page."""
    lists = [(command, command.help) for command in _all(app)]
    for command, _ in lists:
        in_full(command)
    text = app.generate_docs(usage_name="laurea")
    for command, line in lists:
        command.help = line
    text = re.sub(r"\n{3,}", "\n\n", text[text.index("## laurea demo") :])
    return HEAD + "\n".join(_lines(text.splitlines()))


def _all(command: App) -> Iterator[App]:
    for name in [name for name in command if not name.startswith("-")]:
        yield command[name]
        yield from _all(command[name])


def _lines(lines: list[str]) -> Iterator[str]:
    """Headings by how deep a command lies, and lines of usage without the name this process was started by."""
    command: list[str] = []
    for line in lines:
        words = line.split()
        if line.startswith("#") and words[1] == "laurea":
            command = words[1:]
            yield f"{'#' * min(len(command), 4)} {' '.join(command)}"
        elif command and words[: len(command)] == command:
            asked = dropwhile(lambda word: not (word.startswith(("[", "--")) or word.isupper()), words[len(command) :])
            yield " ".join([*command, *asked])
        else:
            yield line.rstrip()
