"""`laurea backup` and `laurea restore`: the whole installation in one file, and out of it again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from laurea import archives, clock
from laurea.actions.bring_back import bring_back
from laurea.cli.console import out
from laurea.errors import BadInput, SetupMissing
from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import open_engine


def backup(file: Path | None = None, /) -> None:
    """Back up everything into one file, while Laurea runs: the database, keys, papers, signed heads, letters in files.

    Example: laurea backup /backup/laurea-2026-05-01.zip

    Parameters
    ----------
    file
        Where it goes; without it, a file named after the moment in the folder `backups` of the workspace.
    """
    settings, now = Settings(), clock.now()
    if settings.url.startswith("sqlite") and not Path(settings.url.partition(":///")[2]).exists():
        raise SetupMissing("There is no database to back up.", "Point LAUREA_WORKSPACE to the installation.")
    if file is None:
        file = settings.workspace / "backups" / f"laurea-{now:%Y%m%d-%H%M%S}.zip"
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = archives.write(settings, file, now=now)
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    _tell(file, made)
    out.print(f"SHA-256 {digest}", highlight=False)
    out.print("It holds keys and personal data: keep it as secret as this machine, and on another one.", soft_wrap=True)


def restore(file: Path, /, *, check: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Make an installation out of a backup, in an empty workspace and an empty database. Nothing is overwritten.

    Letters that waited are on hold afterwards, for they may have left since; everybody signs in again.
    Example: laurea restore /backup/laurea-2026-05-01.zip --check

    Parameters
    ----------
    file
        What laurea backup wrote.
    check
        Only read all of it and say whether it is whole; no installation is needed.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.", remedy="Give the file that laurea backup wrote.")
    if check:
        _tell(file, archives.check(file))
        out.print("Every part is what was written.")
        return
    settings, now = Settings(), clock.now()
    made = archives.restore(settings, file)
    engine = open_engine(settings.url)
    try:
        migrate.upgrade(engine)
        done = bring_back(engine, made_at=made.made_at, now=now)
    finally:
        engine.dispose()
    _tell(file, made)
    held = f"{done['held']} held, {done['uncertain']} in doubt, {done['cancelled']} old links cancelled"
    out.print(f"Restored. Letters: {held}.")
    out.print(
        "Next: laurea db check, laurea audit check, laurea doctor; then let letters go with laurea outbox release."
    )


def _tell(file: Path, made: archives.Manifest) -> None:
    rows = sum(made.rows.values())
    size = sum(part.bytes for part in made.parts.values()) / 1e6
    files = len(made.parts) - 1
    out.print(
        f"{file}: taken {made.made_at[:19]}, {made.kind} at revision {made.revision}, {rows} records, {files} files, "
        f"{size:.1f} MB.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
