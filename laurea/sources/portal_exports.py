"""Exports of a portal (teachers, schools, projects, partners, events …): each row with the unit it is of.

Every column is kept as text. What the rules in use read, and what a column's name promises (`…_on` a day, `country`,
`hours`), must be readable; what is not stays unknown, and its place is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from evaluators.registers import KINDS, PARTICIPATION, Place, key_of
from laurea.errors import BadInput, Refusal
from laurea.sources import cells
from laurea.sources.files import until_then
from laurea.sources.records import open_table
from laurea.sources.registers import TIMEOUT_SECONDS, SourceUnavailable
from laurea.sources.tables import Parse, usable_rows, values
from rules.ruleset import Fact, Item

LARGEST = 20_000_000  # bytes of a file
_BY_NAME: Mapping[str, Parse] = {
    "country": cells.country,
    "hours": lambda cell: cells.decimal(cell, 2),
    "email": cells.email,
    "proof": lambda cell: cells.text(cell, 500),
}


@dataclass(frozen=True)
class Export:
    """The rows of a file that can be used, and what was refused."""

    rows: dict[Place, dict[str, str]]
    refusals: list[Refusal]


def read_export(path: Path, kind: str, types: Mapping[str, Fact | Item]) -> Export:
    """Read an export of one kind; `types` are the columns the rules in use read.

    Raises BadInput where the file cannot be read at all.
    """
    must = ("unit_id", *KINDS[kind])
    file = open_table(path, must)
    parsers = {name: parser(name, types) for name in file.columns if name}
    rows: dict[Place, dict[str, str]] = {}
    lines: dict[Place, int] = {}
    refusals: list[Refusal] = []
    for row in usable_rows(file, refusals):
        read, wrong = values(file, row, parsers, frozenset(must))
        lost = [one for one in wrong if one.field in must]
        refusals += lost or map(until_then, wrong)
        if lost:
            continue
        content = {name: value for name, value in read.items() if value not in (None, "") and name != "unit_id"}
        place = (str(read["unit_id"]), key_of(kind, content))
        if place in rows:
            named = place[1] or place[0]
            problem = f"{named} already stands in row {lines[place]}."
            refusals.append(file.refuse(row.line, must[-1], problem, "Keep one of the two rows."))
            continue
        rows[place], lines[place] = content, row.line
    return Export(rows, refusals)


def parser(name: str, types: Mapping[str, Fact | Item]) -> Parse:
    """How a cell of this column is read, always into text."""
    read: Parse
    if name == "unit_id":
        read = lambda cell: cells.needed(cell, 80)  # noqa: E731 - one of several short readers
    elif name in types:
        read = _by_type(types[name])
    elif name.endswith("_on"):
        read = cells.day
    else:
        read = _BY_NAME.get(name, lambda cell: cells.text(cell, 200))
    return lambda cell: _text(read(cell))


def _by_type(item: Fact | Item) -> Parse:
    readers: Mapping[str, Parse] = {
        "bool": cells.yes_no,
        "int": cells.whole,
        "decimal": lambda cell: cells.decimal(cell, item.scale),
        "date": cells.day,
        "moment": cells.moment,
        "code": cells.code,
    }
    return readers.get(item.type, lambda cell: cells.text(cell, 5_000, lines=True))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def participation(typed: Mapping[str, str]) -> dict[str, str]:
    """One participation typed in by hand: unit_id and the columns of a participation. Raises BadInput that names each
    field.
    """
    found: dict[str, str] = {}
    wrong: list[Refusal] = []
    for name in ("unit_id", *PARTICIPATION):
        cell = typed.get(name, "").strip()
        if not cell:
            if name in ("unit_id", *KINDS["participations"]):
                wrong.append(Refusal("", None, name, "The cell is empty.", "Fill it in."))
            continue
        try:
            found[name] = parser(name, {})(cell)
        except cells.WrongCell as error:
            wrong.append(Refusal("", None, name, error.problem, error.remedy))
    if wrong:
        raise BadInput("Nothing was written down.", wrong)
    return found


def fetch(address: str) -> tuple[str, bytes]:
    """A file at an address the operator set (file://, http:// or https://): its name and its bytes.

    Raises SourceUnavailable when it cannot be had or is too large.
    """
    parts = urlsplit(address)
    name = Path(unquote(parts.path)).name or "export.csv"
    try:
        if parts.scheme == "file":
            content = _at_most(Path(unquote(parts.path)))
        elif parts.scheme in ("http", "https"):
            content = _download(address)
        else:
            raise SourceUnavailable(f"A watched address begins with {parts.scheme!r}.", "Use file:// or https://.")
    except (OSError, httpx.HTTPError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise SourceUnavailable(f"{name} cannot be read: {why}.") from error
    return name, content


def _at_most(path: Path) -> bytes:
    with path.open("rb") as stream:
        return _checked(stream.read(LARGEST + 1), path.name)


def _download(address: str) -> bytes:
    found = bytearray()
    with httpx.stream("GET", address, timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=True) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            found += part
            _checked(found, urlsplit(address).netloc)
    return bytes(found)


def _checked(content: bytes | bytearray, name: str) -> bytes:
    if len(content) > LARGEST:
        raise SourceUnavailable(f"The file of {name} is larger than {LARGEST // 1_000_000} MB.")
    return bytes(content)
