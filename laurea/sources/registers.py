"""Evidence sources: a register is asked for many units at once and answers what it knows of each.

A file register is JSON lines, one unit a line:
`{"unit_id": "…", "facts": {…}, "children": {"teachers": [{…}]}}`.
A register over HTTP takes `POST {"units": ["…"]}` and answers `{"units": [the same objects]}`.
`desk:` is what the evidence desk holds (evaluators.registers): everything, or `desk:teachers,trainings=participations`.
A unit the register does not know is simply absent from the answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import BaseModel, ConfigDict

from evaluators.registers import Asked, asked
from laurea.errors import LaureaError, SetupMissing
from rules.ruleset import Fact

TIMEOUT_SECONDS = 30.0
KNOWN = 4  # files whose units' places are kept
_DESK = "desk:"
T = TypeVar("T")
_known: dict[tuple[str, int, int, int], dict[str, tuple[int, int]]] = {}


class SourceUnavailable(LaureaError):
    """A source did not answer, or not in the agreed form; asking again later may help."""


class Entry(BaseModel):
    """What a register knows of one unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit_id: str
    facts: dict[str, str | int | bool | None] = {}
    children: dict[str, list[dict[str, str | int | bool | None]]] = {}


class _Answer(BaseModel):
    units: list[Entry]


class Register(Protocol):
    """Anything that can be asked for units."""

    def ask(self, units: Sequence[str]) -> dict[str, Entry]:
        """What is known of these units, by unit id."""


class FileRegister:
    """A register kept in a file of JSON lines; of two lines about a unit the later one counts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, units: Sequence[str]) -> dict[str, Entry]:
        try:
            with self.path.open("rb") as file:
                places = self._places(file)
                return {unit: self._entry(file, *places[unit]) for unit in units if unit in places}
        except OSError as error:
            raise SourceUnavailable(f"The register {self.path.name} cannot be read: {error}.") from error

    def _places(self, file: BinaryIO) -> dict[str, tuple[int, int]]:
        """Row and first byte of each unit's line. A file that did not change is not read again for the next chunk."""
        about = os.fstat(file.fileno())
        mark = (str(self.path), about.st_ino, about.st_size, about.st_mtime_ns)
        places = _known.get(mark)
        if places is None:
            places, at = {}, 0
            for row, line in enumerate(file, start=1):
                places[self._read(row, line, _unit)] = row, at
                at += len(line)
            if len(_known) >= KNOWN:
                _known.clear()
            _known[mark] = places
        return places

    def _entry(self, file: BinaryIO, row: int, at: int) -> Entry:
        file.seek(at)
        return self._read(row, file.readline(), Entry.model_validate)

    def _read(self, row: int, line: bytes, what: Callable[[Any], T]) -> T:
        try:
            return what(json.loads(line.decode().rstrip("\r\n") or "{}"))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise SourceUnavailable(
                f"{self.path.name}, row {row}: this is not an entry of a register.",
                "Each line is one JSON object with unit_id, facts and children.",
            ) from error


def _unit(raw: Any) -> str:
    """The unit a line is about, which must be something a list can be asked for."""
    unit = raw.get("unit_id")
    hash(unit)
    return str(unit)


class HttpRegister:
    """A register behind an address the operator set."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, units: Sequence[str]) -> dict[str, Entry]:
        try:
            answer = httpx.post(self.url, json={"units": list(units)}, timeout=TIMEOUT_SECONDS, trust_env=False)
            answer.raise_for_status()
            entries = _Answer.model_validate(answer.json()).units
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            raise SourceUnavailable(f"The register at {urlsplit(self.url).netloc} gave no usable answer.") from error
        wanted = set(units)
        return {entry.unit_id: entry for entry in entries if entry.unit_id in wanted}


Held = Callable[[Sequence[str], Asked], dict[str, Entry]]


@dataclass(frozen=True)
class DeskRegister:
    """What the evidence desk holds; `held` asks the records."""

    wanted: Asked
    held: Held

    def ask(self, units: Sequence[str]) -> dict[str, Entry]:
        return self.held(units, self.wanted)


def desk_sources(addresses: Mapping[str, str]) -> list[Asked]:
    """What each source on the evidence desk gives."""
    return [_on_desk(name, one) for name, one in addresses.items() if one.startswith(_DESK)]


def _on_desk(name: str, address: str) -> Asked:
    try:
        return asked(address.removeprefix(_DESK))
    except ValueError as error:
        raise SetupMissing(
            f"The address of {name!r} names {error.args[0]!r}, which is no register of the evidence desk.",
            "Write desk: alone, or for example desk:teachers,trainings=participations.",
        ) from None


def open_register(name: str, addresses: Mapping[str, str], held: Held) -> Register:
    """The register a rule set calls `name`, at the address the settings give it."""
    address = addresses.get(name)
    if not address:
        raise SetupMissing(
            f"The rules take evidence from {name!r}, and no address is set for it.",
            f'Set LAUREA_SOURCES, for example \'{{"{name}": "file:///srv/register.jsonl"}}\'.',
        )
    if address.startswith(_DESK):
        return DeskRegister(_on_desk(name, address), held)
    parts = urlsplit(address)
    if parts.scheme == "file":
        return FileRegister(Path(unquote(parts.path)))
    if parts.scheme in ("http", "https"):
        return HttpRegister(address)
    raise SetupMissing(
        f"The address of {name!r} begins with {parts.scheme!r}.", "Use desk:, file://, http:// or https://."
    )


def as_content(entry: Entry, wanted: Mapping[str, Fact]) -> dict[str, Any]:
    """The part of an entry that is kept as evidence: what the rules ask for and nothing else."""
    return {
        "facts": {name: value for name, value in entry.facts.items() if name in wanted},
        "children": {
            name: [{key: value for key, value in row.items() if key in wanted[name].fields} for row in rows]
            for name, rows in entry.children.items()
            if name in wanted
        },
    }
