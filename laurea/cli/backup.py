"""`laurea backup` and `laurea restore`: the whole installation in one file, and out of it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from laurea import archives, clock
from laurea.actions.bring_back import bring_back
from laurea.actions.forget_again import forget_again
from laurea.cli import gone
from laurea.cli.console import err, out
from laurea.errors import BadInput, NotNow, SetupMissing
from laurea.settings import Settings
from laurea.store import copies, migrate
from laurea.store.engine import open_engine
from laurea.web import personal_words


def backup(file: Path | None = None, /) -> None:
    """Back up everything into one file, while Laurea runs: the database, keys, papers, signed heads, letters in files.

    Example: laurea backup /backup/laurea-2026-05-01.zip

    Parameters
    ----------
    file
        Where it goes; without it, a file named after the moment in the folder `backups` of the workspace.
    """
    settings, now = Settings(), clock.now()
    place = copies.place_of(settings.url)
    if place is not None and not place.exists():
        raise SetupMissing("There is no database to back up.", "Point LAUREA_WORKSPACE to the installation.")
    if file is None:
        file = settings.workspace / "backups" / f"laurea-{now:%Y%m%d-%H%M%S}.zip"
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = archives.write(settings, file, now=now)
    listed = gone.write_beside(settings, file, now=now)
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    _tell(file, made)
    out.print(f"SHA-256 {digest}", highlight=False)
    if listed:
        out.print(f"{gone.beside(file)}: who is not to come back with this backup or an older one, {listed} numbers.")
    out.print("It holds keys and personal data: keep it as secret as this machine, and on another one.", soft_wrap=True)


def restore(
    file: Path,
    /,
    *,
    check: Annotated[bool, Parameter(negative="")] = False,
    erased: Path | None = None,
    without_list: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make an installation out of a backup, in an empty workspace and an empty database. Nothing is overwritten.

    Letters that waited are on hold afterwards, for they may have left since; everybody signs in again. Whoever was made
    anonymous since the backup was taken is made so again.
    Example: laurea restore /backup/laurea-2026-05-01.zip --check

    Parameters
    ----------
    file
        What laurea backup wrote.
    check
        Only read all of it and say whether it is whole; no installation is needed.
    erased
        The list of who was made anonymous; without it, erased.json beside the backup.
    without_list
        Restore though there is no such list: whoever was made anonymous since is named again.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.", remedy="Give the file that laurea backup wrote.")
    if check:
        _tell(file, archives.check(file))
        out.print("Every part is what was written.")
        return
    settings, now = Settings(), clock.now()
    listed = {} if without_list else gone.read(erased or gone.beside(file))
    made = archives.restore(settings, file)
    engine = open_engine(settings.url)
    try:
        migrate.upgrade(engine)
        done = bring_back(engine, made_at=made.made_at, now=now)
        again = forget_again(engine, listed, settings=settings, now=now)
    finally:
        engine.dispose()
    _tell(file, made)
    held = f"{done['held']} held, {done['uncertain']} in doubt, {done['cancelled']} old links cancelled"
    out.print(f"Restored. Letters: {held}.")
    if again.done:
        out.print(f"Made anonymous again: {_numbers(again.done)}.", highlight=False)
    if again.needed:
        words = personal_words.needed(str)
        for person, why in again.needed.items():
            err.print(f"#{person} is named again. {' '.join(words[one] for one in words if one in why)}")
        raise NotNow(
            f"Restored, but these were made anonymous since and are needed as it stands now: {_numbers(again.needed)}.",
            "When that is over: laurea personal anonymise NUMBER --why … --yes",
        )
    out.print(
        "Next: laurea db check, laurea audit check, laurea doctor; then let letters go with laurea outbox release."
    )


def _numbers(people: Iterable[int]) -> str:
    return ", ".join(f"#{one}" for one in people)


def _tell(file: Path, made: archives.Manifest) -> None:
    rows = sum(made.rows.values())
    size = sum(part.bytes for part in made.parts.values()) / 1e6
    files = len(made.parts) - 1
    out.print(
        f"{file}: taken {made.made_at[:19]}, {made.kind} at revision {made.revision}, {rows} records, {files} files, "
        f"{size:.1f} MB.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
