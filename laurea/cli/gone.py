"""The list beside backups of who was made anonymous: numbers alone, so that an old backup does not name them again."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import personal
from laurea.store.engine import open_engine, reading

FORM = 1


def beside(backup: Path) -> Path:
    """Where the list lies: one for all backups of a folder."""
    return backup.absolute().with_name("erased.json")


def write_beside(settings: Settings, backup: Path, *, now: datetime) -> int:
    """Bring the list beside a backup up to date; how many numbers it has. What stood in it stays."""
    engine = open_engine(settings.url)
    try:
        with reading(engine) as connection:
            found = personal.erased(connection)
    finally:
        engine.dispose()
    place = beside(backup)
    known = {(one, since) for one, since in found.items()}
    if place.exists():
        known |= set(_entries(place))
    people = [{"person": one, "known_since": since.isoformat()} for one, since in sorted(known)]
    part = place.with_name(f".{place.name}.part")
    part.write_text(json.dumps({"form": FORM, "written_at": now.isoformat(), "people": people}, indent=1))
    part.chmod(0o600)
    part.replace(place)
    return len(people)


def read(place: Path) -> dict[int, set[datetime]]:
    """The numbers of a list, each with the moments since which its people were known.

    Raises BadInput where there is no list, or the file is none.
    """
    if not place.is_file():
        raise BadInput(
            f"There is no list of who was made anonymous since: {place}.",
            remedy="Every laurea backup writes it beside its file; give it with --erased, or restore with "
            "--without-list and make them anonymous by hand.",
        )
    found: dict[int, set[datetime]] = {}
    for one, since in _entries(place):
        found.setdefault(one, set()).add(since)
    return found


def _entries(place: Path) -> list[tuple[int, datetime]]:
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        people = [(int(one["person"]), datetime.fromisoformat(one["known_since"])) for one in told["people"]]
        form = told["form"]
    except (ValueError, KeyError, TypeError):
        form, people = None, []
    if form != FORM:
        raise BadInput(
            f"{place} is no list of who was made anonymous.", remedy="Give the erased.json that laurea backup wrote."
        )
    return people
