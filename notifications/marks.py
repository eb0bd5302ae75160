"""The few marks of a plain text: a blank line ends a paragraph, `# ` begins a heading, `- ` an item of a list,
`**words**` are strong, `[words](address)` is a link, and one alone on its line a button.

Marks count where a person wrote them. What a letter fills in stands between two marks of our own that no text can
hold, so that a name such as `- **x**` is a name in every letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from notifications.errors import BadTemplate
from notifications.text import on_one_line

# Filled-in text, address and piece: begin and end. Private use; `tidy` takes them out of everything typed.
TEXT, LINK, PIECE, END = "\ue000", "\ue001", "\ue002", "\ue003"
_OURS = re.compile(f"[{TEXT}-{END}]")
_FILLED = f"[{TEXT}{LINK}][^{END}]*{END}"
_TOKEN = re.compile(
    rf"(?P<filled>{_FILLED})|(?P<strong>\*\*)"
    rf"|\[(?P<label>(?:{_FILLED}|[^\[\]{TEXT}{LINK}])+)\]\((?P<to>{LINK}[^{END}]*{END}|https://[^()\s{TEXT}-{END}]+)\)"
)
_ANY_LINK = re.compile(r"\]\(")


@dataclass(frozen=True)
class Run:
    """A stretch of text in one manner."""

    text: str
    strong: bool = False
    link: str = ""


@dataclass(frozen=True)
class Block:
    """A part of a letter: lines of a paragraph, items of a list, or the name of a piece in `piece`."""

    kind: Literal["heading", "say", "list", "button", "piece"]
    lines: tuple[tuple[Run, ...], ...] = ()
    piece: str = ""

    @property
    def text(self) -> str:
        """The block in a letter of plain text."""
        lines = ["".join(_plain(run) for run in line) for line in self.lines]
        if self.kind == "button":
            return f"{self.lines[0][0].text}:\n{self.lines[0][0].link}"
        return "\n".join(f"- {line}" for line in lines) if self.kind == "list" else "\n".join(lines)


def _plain(run: Run) -> str:
    return f"{run.text} ({run.link})" if run.link and run.link != run.text else run.text


def filled(value: str, mark: str = TEXT) -> str:
    """A value as it stands in a rendered text until its marks are read, on one line: marks count line by line."""
    return f"{mark}{bare(on_one_line(value))}{END}"


def bare(text: str) -> str:
    """`text` without our own marks."""
    return _OURS.sub("", text)


def read(text: str) -> list[Block]:
    """A rendered text as blocks. Raises BadTemplate for a link to what is no address."""
    found: list[Block] = []
    lines: list[str] = []
    items: list[str] = []

    def close() -> None:
        if lines:
            found.append(Block("say", tuple(_runs(one) for one in lines)))
            lines.clear()
        if items:
            found.append(Block("list", tuple(_runs(one) for one in items)))
            items.clear()

    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith("- "):
            if lines:
                close()
            items.append(line[2:].strip())
            continue
        if items or not line:
            close()
        if not line:
            continue
        if (alone := _alone(line)) is not None:
            close()
            found.append(alone)
        else:
            lines.append(line)
    close()
    return found


def _alone(line: str) -> Block | None:
    """A line that is a block of its own: a heading, a piece of the house, a button."""
    if line.startswith("# "):
        return Block("heading", (_runs(line.lstrip("# ")),))
    if line.startswith(PIECE) and line.endswith(END) and line.count(END) == 1:
        return Block("piece", piece=bare(line))
    if PIECE in line:
        raise BadTemplate("A piece of the house stands within a line.", "Give it a line of its own.")
    found = _TOKEN.fullmatch(line)
    if found is not None and found["to"]:
        return Block("button", ((_link(found),),))
    return None


def _link(found: re.Match[str]) -> Run:
    address = bare(found["to"])
    try:
        host = urlsplit(address).hostname
    except ValueError:  # such as https://[a
        host = None
    if not host:
        raise BadTemplate("A link leads to something that is no address.", "Write it from https:// on.")
    return Run(bare(found["label"]), link=address)


def _runs(line: str) -> tuple[Run, ...]:
    return tuple(_joined(_pieces(line)))


def _pieces(line: str) -> Iterator[Run]:
    at, strong = 0, False
    for found in _TOKEN.finditer(line):
        yield _words(line[at : found.start()], strong)
        at = found.end()
        if found["strong"]:
            strong = not strong
        elif found["filled"]:
            value = bare(found["filled"])
            yield Run(value, strong, value if found["filled"][0] == LINK else "")
        else:
            yield _link(found)
    yield _words(line[at:], strong)


def _words(text: str, strong: bool) -> Run:
    if _ANY_LINK.search(text):
        raise BadTemplate(
            "A link leads to something that is no address.", "Use a link named beside the text, or write https://…."
        )
    return Run(bare(text), strong)


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """The same with neighbours of one manner in one."""
    last: Run | None = None
    for run in runs:
        if not run.text:
            continue
        if last is not None and not last.link and not run.link and last.strong == run.strong:
            last = Run(last.text + run.text, run.strong)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last
