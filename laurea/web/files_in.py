"""Files that come in over the web, from a program or an officer: kept in a folder, named, given to their import."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from litestar.datastructures import UploadFile

from laurea.actions import import_jury, imports
from laurea.errors import BadInput
from laurea.intake import Asked, Imported
from laurea.ledger import Actor
from laurea.store.engine import Engine

Kind = Literal["applications", "jurors", "conflicts", "pins", "sheets"]
CHILDREN = "children."
_NAME = re.compile(r"[^\w. -]")
_JURY = {
    "jurors": import_jury.import_jurors,
    "conflicts": import_jury.import_conflicts,
    "pins": import_jury.import_pins,
}


def run(
    engine: Engine,
    round_id: int,
    kind: str,
    files: Mapping[str, Path],
    actor: Actor,
    now: datetime,
    asked: Asked,
    *,
    assigns: bool,
) -> Imported:
    """Take files in (`file`, and `children.NAME` beside it) by the deed for their kind, as it is asked for."""
    path = files["file"]
    children = {name.removeprefix(CHILDREN): one for name, one in files.items() if name != "file"}
    if children and kind != "applications":
        raise BadInput("Only applications have lists of facts.", remedy="Leave out the parts `children.…`.")
    if kind == "applications":
        return imports.import_applications(engine, round_id, path, children, actor=actor, now=now, asked=asked)
    if kind == "sheets":
        return import_jury.import_sheets(engine, round_id, path, assigns=assigns, actor=actor, now=now, asked=asked)
    return _JURY[kind](engine, round_id, path, actor=actor, now=now, asked=asked)


def kept(upload: UploadFile, folder: Path, number: int) -> Path:
    """The file in a folder of ours; of its name only plain signs, in a place of its own."""
    name = _NAME.sub("_", Path(upload.filename or "").name).strip(". ")[-100:] or "file.csv"
    place = folder / str(number)
    place.mkdir()
    upload.file.seek(0)
    with (place / name).open("wb") as out:
        shutil.copyfileobj(upload.file, out)
    return place / name


def digest_of(words: list[str], files: Mapping[str, Path]) -> str:
    """SHA-256 over words and files, their names among them."""
    found = hashlib.sha256(json.dumps(words).encode())
    for name, path in sorted(files.items()):
        with path.open("rb") as stream:
            told = [name, path.name, hashlib.file_digest(stream, "sha256").hexdigest()]
        found.update(json.dumps(told).encode())
    return found.hexdigest()
