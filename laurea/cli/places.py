"""What a command reads whole, and where it may write, looked at before it does any work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from laurea.errors import BadInput


def content_of(path: Path, remedy: str) -> bytes:
    """A file as it is. Raises BadInput, with what to give instead, when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise BadInput(f"{path} cannot be read: {wrong.strerror}", remedy=remedy) from None


def must_be_writable(option: str, place: Path, *, inputs: Iterable[Path], endings: Sequence[str] = ()) -> None:
    """Raises BadInput when `place` is one of the files read, has an unknown ending or cannot be written."""
    if endings and place.suffix.lower() not in endings:
        known = ", ".join(endings)
        raise BadInput(
            f"{option} {place}: the ending {place.suffix or '(none)'} is not known.", remedy=f"Use one of {known}."
        )
    if any(_same(place, read) for read in inputs):
        raise BadInput(f"{option} {place} is a file this command reads.", remedy="Write to another file.")
    if place.is_dir():
        raise BadInput(f"{option} {place} is a folder.", remedy="Name a file in it.")
    if not place.parent.is_dir():
        raise BadInput(f"{option} {place}: there is no folder {place.parent}.", remedy="Make it, or choose another.")
    if not all(os.access(one, os.W_OK) for one in (place, place.parent) if one.exists()):
        raise BadInput(f"{option} {place} cannot be written.", remedy="Choose a place you may write in.")


def _same(one: Path, other: Path) -> bool:
    """Whether two names mean one file, by whatever links or letters they are written."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
