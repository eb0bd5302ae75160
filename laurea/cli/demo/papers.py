"""How a rehearsal's files are written: correct rows, and the ones that are wrong on purpose."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class World:
    """What was written for a scene. `truth` is the hidden quality of each application (0 to 1).

    `refused` counts the rows a reader must refuse, by file name. `late_register` answers for the units missing in
    `register`, for whoever wants to see a round go on once evidence turns up.
    """

    folder: Path
    applications: Path | None = None
    children: Mapping[str, Path] = field(default_factory=dict)
    jurors: Path | None = None
    conflicts: Path | None = None
    register: Path | None = None
    late_register: Path | None = None
    sheets: Path | None = None
    labels: Mapping[str, Path] = field(default_factory=dict)
    truth: Mapping[str, float] = field(default_factory=dict)
    projects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


def write_table(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    *,
    delimiter: str = ",",
    bom: bool = False,
    raw: Mapping[int, str] | None = None,
) -> Path:
    """A CSV file. `raw` puts lines exactly as given before the row of that index, however broken they are."""
    raw = raw or {}
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n" if bom else "\n")
        writer.writerow(columns)
        last = -1
        for index, row in enumerate(rows):
            if index in raw:
                stream.write(raw[index] + ("\r\n" if bom else "\n"))
            writer.writerow([_cell(row.get(name)) for name in columns])
            last = index
        for index in sorted(place for place in raw if place > last):
            stream.write(raw[index] + ("\r\n" if bom else "\n"))
    return path


def write_register(path: Path, units: Iterable[Mapping[str, Any]]) -> Path:
    """A register: one JSON object a line."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(unit, ensure_ascii=False) + "\n" for unit in units)
    return path


def line(columns: Sequence[str], row: Mapping[str, Any], delimiter: str = ",", **wrong: str) -> str:
    """One row as text, with some cells replaced by what is wrong in them (quoted where needed)."""
    cells = [wrong[name] if name in wrong else _cell(row.get(name)) for name in columns]
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in (delimiter, '"', "\n")) else cell
        for cell in cells
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
