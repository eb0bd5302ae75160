"""What `laurea doctor` looks at in files: keys, fonts, sources of evidence, programs that backups need."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from laurea.cli.ailments import Check
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import copies

SPECIMEN = "Ə ğ ı ö ş · š ķ ļ ņ ž · ქართული ენა · № „“"
"""Signs of the languages that papers are written in."""


def keys(settings: Settings) -> Iterator[Check]:
    """Whether files that sign for an authority are read by nobody else."""
    found = [settings.workspace / "secret", *sorted((settings.workspace / "keys").rglob("*.pem"))]
    found += [Path(value.partition(":")[2]) for value in settings.dkim.values()]
    if settings.oidc_client_secret_file is not None:
        found.append(settings.oidc_client_secret_file)
    away = [path for path in found[1:] if not path.is_file()]
    open_ = [path for path in found if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in away:
        says = f"{path}, which a setting names, is not there."
        yield Check("Keys", "wrong", says, "Put it there, or mend LAUREA_DKIM or LAUREA_OIDC_CLIENT_SECRET_FILE.")
    for path in open_:
        yield Check("Keys", "wrong", f"{path} can be read by other users of this machine.", f"chmod 600 {path}")
    if not away and not open_:
        there = sum(path.is_file() for path in found)
        says = f"{there} files, read by nobody else." if there else "None yet: each is made when it is needed."
        yield Check("Keys", "ok", says)


def workspace(settings: Settings) -> Iterator[Check]:
    """Whether other users of this machine can read what people wrote."""
    if settings.workspace.is_dir() and stat.S_IMODE(settings.workspace.stat().st_mode) & 0o007:
        says = f"Other users of this machine can look into {settings.workspace}."
        yield Check("Workspace", "note", says, f"chmod 750 {settings.workspace}")
    elif settings.workspace.is_dir():
        yield Check("Workspace", "ok", "Other users of this machine cannot look into it.")


def papers(_settings: Settings) -> Iterator[Check]:
    """Whether certificates can be drawn: the engine and the fonts that come with Laurea; no browser is needed."""
    from laurea.documents.papers import engine

    try:
        engine.specimen(SPECIMEN)
    except (BadInput, OSError) as wrong:
        yield Check("Papers", "wrong", str(wrong), "Install Laurea anew: `make setup`.")
    else:
        yield Check("Papers", "ok", "PDF files can be drawn in every language, without a browser.")


def sources(settings: Settings) -> Iterator[Check]:
    """Whether files that evidence is read from are there; addresses are asked when evidence is gathered."""
    named = [*settings.sources.items(), *settings.watched.items()]
    files = [(name, Path(unquote(urlsplit(where).path))) for name, where in named if where.startswith("file:")]
    for name, path in files:
        if not path.is_file():
            remedy = "Put it there, or mend LAUREA_SOURCES or LAUREA_WATCHED. Rounds that need it wait."
            yield Check("Sources", "wrong", f"The source {name} is a file that is not there: {path}", remedy)
    if all(path.is_file() for _, path in files):
        says = f"{len(named)} named, {len(files)} of them files that are there." if named else "None is named."
        yield Check("Sources", "ok", says)


def backup(settings: Settings) -> Iterator[Check]:
    """Whether `laurea backup` can work here."""
    if copies.place_of(settings.url):
        yield Check("Backup", "ok", "`laurea backup` needs nothing more.")
    elif copies.programs("pg_dump") and copies.programs("pg_restore"):
        yield Check("Backup", "ok", f"`laurea backup` uses {copies.programs('pg_dump')}.")
    else:
        remedy = "Install PostgreSQL's client (Debian: postgresql-client), or back the database up where it runs."
        yield Check("Backup", "note", "`laurea backup` needs pg_dump and pg_restore, which are not here.", remedy)
