"""Strict YAML: a rule set may come from anyone, so nothing in it is guessed and nothing can run.

Only `true`, `false`, `null` and plain integers are resolved; every other scalar stays text. Aliases, anchors,
tags, several documents, duplicate keys, more than 1 MB, more than 30 levels and more than 50,000 nodes are
refused with line and column. The file is read event by event, so a hostile file is refused before it is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml import AliasEvent, DocumentStartEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from rules.errors import RuleSetError, refuse

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
MAX_NODES = 50_000

Path = tuple[str | int, ...]

_Reader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}


class Mark(NamedTuple):
    """Where something stands in the file, counted from 1; `text` says how to find a place inside a scalar."""

    line: int
    column: int
    style: str = ""
    indent: int = 0

    def inside(self, text: str, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset` of the scalar's text."""
        if self.style == "|":
            before = text[:offset]
            row = before.count("\n")
            return self.line + 1 + row, self.indent + offset - (before.rfind("\n") + 1) + 1
        if self.style == ">":
            return self.line + 1, self.indent + 1
        return self.line, self.column + offset + (1 if self.style else 0)


@dataclass
class Document:
    """Plain data and the place of each part of it. `keys` holds the place of the key, `marks` of the value."""

    file: str
    data: Any
    marks: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)

    def where(self, path: Path, key: bool = False) -> Mark:
        """The mark of a path, or of the nearest part above it that stands in the file."""
        while path:
            for table in (self.keys, self.marks) if key else (self.marks, self.keys):
                if path in table:
                    return table[path]
            path = path[:-1]
        return self.marks.get((), Mark(1, 1))


def read(text: str, file: str) -> Document:
    """Read strict YAML. Raises RuleSetError naming line, column and remedy."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise refuse("The file is larger than 1 MB.", "Split it, or remove what is not a rule.", file, 1, 1)
    try:
        return _Builder(text, file).document()
    except yaml.MarkedYAMLError as error:
        begun = error.context_mark if "quoted" in str(error.context) else None  # where the quote was opened
        mark = begun or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        says = f"This is not YAML: {error.problem or error.context or 'it cannot be read'}."
        raise refuse(says, "Check indentation, colons and quotes here.", file, line, column) from None
    except (yaml.YAMLError, ValueError) as error:
        line = text[: getattr(error, "position", 0) or 0].count("\n") + 1
        raise refuse(
            "The file holds a character that YAML does not allow.", "Save it as plain UTF-8 text.", file, line, 1
        ) from None


class _Builder:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.split("\n")
        self.nodes = 0
        self.out = Document(file, None)
        self.next: Callable[[], Any] = _Reader(text).get_event  # the events in turn, None after the last

    def refuse(self, event: Any, says: str, remedy: str) -> RuleSetError:
        mark = event.start_mark
        return refuse(says, remedy, self.file, mark.line + 1, mark.column + 1)

    def document(self) -> Document:
        seen = False
        while (event := self.next()) is not None:
            if isinstance(event, DocumentStartEvent):
                if seen:
                    raise self.refuse(event, "The file holds more than one document.", "Keep one, without '---'.")
                if event.tags or event.version:
                    raise self.refuse(event, "YAML directives are not allowed.", "Remove the line that begins with %.")
                seen = True
                self.out.data = self.value(self.next(), (), 1)
        if not seen:
            raise refuse("The file is empty.", "Begin with `award:` and `edition:`.", self.file, 1, 1)
        return self.out

    def value(self, event: Any, path: Path, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.refuse(event, "The file holds more than 50,000 values.", "Split it into smaller files.")
        if depth > MAX_DEPTH:
            raise self.refuse(event, "The file is nested deeper than 30 levels.", "Flatten it.")
        kind = type(event)
        if kind is AliasEvent:
            raise self.refuse(event, f"The alias *{event.anchor} is not allowed.", "Write the value out.")
        if event.anchor is not None:
            raise self.refuse(
                event, f"The anchor &{event.anchor} is not allowed.", "Write the value out where it is used."
            )
        if event.tag is not None:
            raise self.refuse(
                event, f"The tag {event.tag} is not allowed.", "Remove it; the type follows from the key."
            )
        if kind is ScalarEvent:
            return self.scalar(event, path)
        mark = event.start_mark
        self.out.marks[path] = Mark(mark.line + 1, mark.column + 1)
        if kind is SequenceStartEvent:
            return self.sequence(path, depth)
        return self.mapping(path, depth)

    def scalar(self, event: Any, path: Path) -> Any:
        start, style, text = event.start_mark, event.style or "", event.value
        if not style or (style == "'" and not text and event.implicit[0]):
            self.out.marks[path] = Mark(start.line + 1, start.column + 1)
            if text in _WORDS:
                return _WORDS[text]
            return int(text) if _INTEGER.match(text) else text
        self.out.marks[path] = Mark(start.line + 1, start.column + 1, style, self.indent(event))
        return text

    def indent(self, event: Any) -> int:
        """How far the text of a block is indented; 0 for a text in quotes."""
        if event.style not in ("|", ">"):
            return 0
        below = self.lines[event.start_mark.line + 1 : event.end_mark.line + 1]
        first = next((row for row in below if row.strip()), "")
        return len(first) - len(first.lstrip(" "))

    def sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self.next()) is not SequenceEndEvent:
            items.append(self.value(event, (*path, len(items)), depth + 1))
        return items

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while type(event := self.next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                if type(event) is AliasEvent:
                    raise self.refuse(event, f"The alias *{event.anchor} is not allowed.", "Write the value out.")
                raise self.refuse(event, "A key must be a plain word.", "Give this entry a name.")
            if event.anchor is not None or event.tag is not None:
                raise self.refuse(event, "Anchors and tags are not allowed.", "Write the key as a plain word.")
            key, here = event.value, (*path, event.value)
            if key == "<<":
                raise self.refuse(event, "The merge key << is not allowed.", "Write the entries out.")
            if key in result:
                says = f"The key '{key}' stands here twice; it was first used in line {self.out.keys[here].line}."
                raise self.refuse(event, says, "Keep one of the two.")
            place: Any = event.start_mark
            self.out.keys[here] = Mark(place.line + 1, place.column + 1)
            self.nodes += 1
            result[key] = self.value(self.next(), here, depth + 1)
        return result
