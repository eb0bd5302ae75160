"""The whole installation in one file: its database and the files of its workspace, each with its digest.

The file is a zip archive. `manifest.json` in it lists every part with its SHA-256; the last 64 bytes of the file are
the SHA-256 of everything before them, so that a change of any byte is found. It holds keys and personal data: keep it
as secret as the installation itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

from laurea.errors import BadInput, Conflict
from laurea.settings import Settings
from laurea.store import copies, migrate
from laurea.store.engine import open_engine

FORM = 1
MANIFEST = "manifest.json"
INSIDE = "workspace/"
HEADS = f"{INSIDE}heads/"
# Not kept: what can be made again, what ends with its process, the database itself, and other backups.
LEFT_OUT = ("logs", "prefect", "backups")
LEFT_OUT_ENDINGS = (".lock", ".part", ".restoring", ".db", ".db-wal", ".db-shm")
_DIGEST = 64  # characters of a SHA-256
_PIECE = 1 << 20


@dataclass(frozen=True)
class Part:
    """One file in an archive."""

    sha256: str
    bytes: int
    mode: int


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `kind` is sqlite or postgresql, `rows` how many each table has."""

    form: int
    version: str
    made_at: str
    kind: str
    revision: str
    rows: dict[str, int]
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """The name of the database's copy."""
        return copies.NAMES[self.kind]


def write(settings: Settings, file: Path, *, now: datetime) -> Manifest:
    """Back up this installation while it runs. Raises Conflict where `file` exists."""
    if file.exists():
        raise Conflict(f"{file} exists; a backup never overwrites another.", "Give another name.")
    engine = open_engine(settings.url)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        current, _ = migrate.revision(engine)
        with (
            tempfile.TemporaryDirectory(dir=file.parent) as folder,
            os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream,
        ):
            parts: dict[str, Part] = {}
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                archive.comment = b"0" * _DIGEST
                # A signed head tells of lines that the database must have: the heads first, then the database, and
                # last the keys, for what it holds was signed with keys that are there by then.
                without = {file.resolve(), part.resolve()}
                for name, path in _files(settings.workspace, without):
                    if name.startswith(HEADS):
                        parts[name] = _add(archive, name, path)
                copy = Path(folder) / copies.NAMES[engine.dialect.name]
                rows = copies.take(engine, copy)
                parts[copy.name] = _add(archive, copy.name, copy)
                for name, path in _files(settings.workspace, without):
                    if not name.startswith(HEADS):
                        parts[name] = _add(archive, name, path)
                made = Manifest(
                    FORM, version("laurea"), now.isoformat(), engine.dialect.name, current or "", rows, parts
                )
                archive.writestr(MANIFEST, json.dumps(asdict(made), indent=1, sort_keys=True))
            _seal(stream)
        os.link(part, file)  # whole or not there, and never in place of another
    except FileExistsError:
        raise Conflict(f"{file} exists; a backup never overwrites another.", "Give another name.") from None
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)
    return made


def _files(workspace: Path, without: set[Path]) -> Iterator[tuple[str, Path]]:
    """The files of a workspace that are kept, by their names in the archive; folders that are linked in, too."""
    seen: set[Path] = set()
    for place, folders, names in os.walk(workspace, followlinks=True):
        here = Path(place)
        inside = here.relative_to(workspace)
        if here.resolve() in seen:
            folders.clear()  # a link back to where we have been
            continue
        seen.add(here.resolve())
        folders[:] = sorted(one for one in folders if inside.parts or one not in LEFT_OUT)
        for name in sorted(names):
            path = here / name
            if not name.endswith(LEFT_OUT_ENDINGS) and path.is_file() and path.resolve() not in without:
                yield f"{INSIDE}{(inside / name).as_posix()}", path


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> Part:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return Part(digest.hexdigest(), size, stat.S_IMODE(path.stat().st_mode))


def _seal(stream: IO[bytes]) -> None:
    """Write the digest of everything before into the archive's last bytes."""
    found = _digest_before_end(stream)
    stream.seek(-_DIGEST, os.SEEK_END)
    stream.write(found.encode())
    stream.flush()
    os.fsync(stream.fileno())


def _digest_before_end(stream: IO[bytes]) -> str:
    left = stream.seek(0, os.SEEK_END) - _DIGEST
    stream.seek(0)
    digest = hashlib.sha256()
    while left > 0 and (piece := stream.read(min(_PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()


def check(file: Path) -> Manifest:
    """What an archive holds, after every part of it was read again.

    Raises BadInput where it is none, or where anything in it is not what was written.
    """
    with _opened(file) as (archive, manifest), tempfile.TemporaryDirectory() as folder:
        for name, part in manifest.parts.items():
            place = Path(folder) / "part"
            _take_out(archive, name, part, place)
            if name == manifest.database and (wrong := copies.unsound(manifest.kind, place)):
                raise _damaged(file, f"the database in it is not sound: {wrong}")
            place.unlink()
    return manifest


def restore(settings: Settings, file: Path) -> Manifest:
    """Make this installation out of an archive. Nothing that exists is touched.

    Raises BadInput for a damaged archive, Conflict where there is a database or a file already, SetupMissing where the
    archive comes from a newer version or from another kind of database.
    """
    with _opened(file) as (archive, manifest):
        migrate.must_be_known(manifest.revision)
        copies.must_be_of_kind(settings.url, manifest.kind)
        copies.must_be_empty(settings.url)
        settings.workspace.mkdir(parents=True, exist_ok=True)
        places = {
            name: settings.workspace / name.removeprefix(INSIDE) for name in manifest.parts if name != manifest.database
        }
        there = next((place for place in places.values() if place.exists()), None)
        if there is not None:
            raise Conflict(f"{there} exists; nothing is overwritten.", "Restore into an empty workspace.")
        made: list[Path] = []
        with tempfile.TemporaryDirectory(dir=settings.workspace, suffix=".restoring") as folder:
            aside = Path(folder)
            for number, (name, part) in enumerate(manifest.parts.items()):  # all is read before anything is put
                _take_out(archive, name, part, aside / str(number))
            try:
                for number, name in enumerate(manifest.parts):
                    if name == manifest.database:
                        continue
                    places[name].parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    (aside / str(number)).chmod(manifest.parts[name].mode)
                    os.link(aside / str(number), places[name])
                    made.append(places[name])
                # Last: with its database it is an installation.
                copies.put(settings.url, aside / str(list(manifest.parts).index(manifest.database)))
            except BaseException:
                for place in made:
                    place.unlink(missing_ok=True)
                raise
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    try:
        with file.open("rb") as stream:
            found = _digest_before_end(stream)
            if stream.read().decode("ascii", "replace") != found:
                raise _damaged(file, "it is not what was written")
            with zipfile.ZipFile(stream) as archive:
                manifest = _manifest(archive)
                yield archive, manifest
    except FileNotFoundError:
        raise BadInput(f"There is no file {file}.", remedy="Give the file that laurea backup wrote.") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, zlib.error) as wrong:
        raise _damaged(file, f"it cannot be read ({type(wrong).__name__})") from None


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    told = json.loads(archive.read(MANIFEST))
    parts = {name: Part(**part) for name, part in told.pop("parts").items()}
    found = Manifest(**told, parts=parts)
    if found.form != FORM:
        raise BadInput(
            f"The backup is of another form ({found.form}).", remedy=f"Use Laurea {found.version}, which wrote it."
        )
    inside = [name for name in parts if name != found.database]
    if any(not name.startswith(INSIDE) or ".." in PurePosixPath(name).parts for name in inside):
        raise ValueError("a part that lies outside")
    if found.database not in parts or set(archive.namelist()) != {*parts, MANIFEST}:
        raise ValueError("parts that are not listed")
    return found


def _take_out(archive: zipfile.ZipFile, name: str, part: Part, to: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source, to.open("xb") as target:
        while size <= part.bytes and (piece := source.read(_PIECE)):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    if (digest.hexdigest(), size) != (part.sha256, part.bytes):
        raise ValueError(name)


def _damaged(file: Path, why: str) -> BadInput:
    return BadInput(f"{file} is no whole backup: {why}.", remedy="Take another one; nothing was restored.")
