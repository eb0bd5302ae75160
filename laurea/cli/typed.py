"""What was typed on the command line, checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from laurea import clock
from laurea.errors import BadInput, NotFound
from laurea.ledger import SYSTEM, Actor
from laurea.sources import cells
from laurea.store import applications, rounds
from laurea.store.engine import Connection, Engine, reading
from laurea.store.rounds import RoundRecord
from notifications.catalogues import LANGUAGES


def zone(name: str) -> ZoneInfo:
    """A time zone by its name in the IANA database, such as Asia/Tbilisi."""
    try:
        if name in available_timezones():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # the list is there, the file behind it is not
        pass
    near = sorted(known for known in available_timezones() if name.casefold() in known.casefold())[:3]
    hint = f" Did you mean {' or '.join(near)}?" if name and near else ""
    raise BadInput(f"There is no time zone {name!r}.", remedy=f"Write --timezone Asia/Tbilisi, for example.{hint}")


def moment(option: str, text: str, tz: ZoneInfo, *, end: bool = False) -> datetime:
    """A day or a moment in a zone, as UTC; a bare day means its beginning, or its last second with `end`."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59) if end else time(0), tz).astimezone(UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{option} {text!r} is neither a day nor a moment.",
            remedy=f"Write {option} 2024-05-01 or 2024-05-01T12:00.",
        ) from None
    return read.astimezone(UTC) if read.tzinfo else clock.meant(read, tz, end=end)


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """NAME=VALUE, each name once."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = (part.strip() for part in one.partition("="))
        if not equals or not name or not value:
            raise BadInput(f"{option} {one!r} has no value.", remedy=f"Write it as {option} NAME=VALUE.")
        if name in found:
            raise BadInput(f"{option} {name} is given twice.", remedy=f"Keep one: {found[name]} or {value}.")
        found[name] = value
    return found


def languages(codes: Sequence[str]) -> None:
    """Raises BadInput when Laurea does not have a language."""
    for code in codes:
        if code not in LANGUAGES:
            raise BadInput(f"Laurea has no language {code!r}.", remedy=f"It has {', '.join(LANGUAGES)}.")


def country(code: str | None) -> str | None:
    """A country by its two letters."""
    try:
        return cells.country(code or "") or None
    except cells.WrongCell as error:
        raise BadInput(f"--country: {error.problem}", remedy=error.remedy) from None


def address(email: str) -> None:
    """Raises BadInput when this is no e-mail address."""
    try:
        cells.email(email)
    except cells.WrongCell as error:
        raise BadInput(error.problem, remedy=error.remedy) from None


def zone_of(engine: Engine, code: str, given: str | None) -> str:
    """The zone a round's days are meant in: the one given, else that of the authority, else UTC."""
    if given is not None:
        return given
    try:
        with reading(engine) as connection:
            return rounds.authority(connection, code).timezone
    except NotFound:
        return "UTC"


def authority(engine: Engine, code: str, name: str) -> None:
    """Raises NotFound when nobody knows the authority and no name was given to make it."""
    if name:
        return
    try:
        with reading(engine) as connection:
            rounds.authority(connection, code)
    except NotFound:
        raise NotFound(
            f"There is no authority {code!r}.", "Correct --authority, or give --authority-name to make a new one."
        ) from None


def actor(connection: Connection, authority_id: int, officer: str | None) -> Actor:
    """Who does a deed: the officer with this address, or the machine where none is named."""
    return SYSTEM if officer is None else Actor.person(applications.officer(connection, authority_id, officer))


def round_and_actor(engine: Engine, code: str, officer: str | None) -> tuple[RoundRecord, Actor]:
    """A round by its code, and who does a deed in it."""
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        return record, actor(connection, record.authority_id, officer)
