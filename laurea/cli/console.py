"""What commands share: the database they work on, tables, JSON, progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from laurea.settings import Settings
from laurea.store import migrate
from laurea.store.engine import Engine, open_engine
from laurea.store.rounds import RoundRecord

out = Console()
err = Console(stderr=True)


def engine_of(settings: Settings) -> Engine:
    """The database of this workspace, at the newest revision; SQLite is made when it is not there."""
    engine = open_engine(settings.url)
    if engine.dialect.name == "sqlite" and migrate.revision(engine)[0] is None:
        migrate.upgrade(engine)
    migrate.must_be_newest(engine)
    return engine


@contextmanager
def step(console: Console, first: str) -> Iterator[Callable[[str], None]]:
    """Say what is being done: a line that changes on a terminal, else one line for each thing said."""
    if console.is_terminal:
        with console.status(first) as status:
            yield status.update
        return
    said = first
    console.print(first, highlight=False)

    def tell(what: str) -> None:
        nonlocal said
        if what != said:
            said = what
            console.print(what, highlight=False)

    yield tell


def in_words(moment: datetime, zone: str) -> str:
    """A moment in a place's time, with the name of its zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%d %B %Y %H:%M} {zone}"


def timetable(record: RoundRecord, zone: str) -> dict[str, str]:
    """When a round opens, closes, ends its reviews and awards, in its authority's time."""
    return {
        "opens": in_words(record.opens_at, zone),
        "closes": in_words(record.closes_at, zone),
        "reviews_until": in_words(record.review_until, zone),
        "awards_on": f"{record.award_on:%d %B %Y}",
    }


def brief(figures: Mapping[str, Any]) -> dict[str, Any]:
    """A round in five values, for a list of rounds."""
    letters = f"{figures['messages_delivered']} of {figures['messages_queued']}"
    decided = figures["released"] or figures["proposed"]
    return {
        "round": figures["round"],
        "phase": figures["phase"],
        "applications": figures["applications"],
        "decided": decided,
        "letters sent": letters,
    }


def details(row: Mapping[str, Any]) -> None:
    """One record, a line for each of its values; nothing is shortened."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in row.items():
        table.add_row(name.replace("_", " "), "" if value is None else str(value))
    out.print(table, highlight=False)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str = "") -> None:
    """A listing: a table for people, or JSON."""
    if as_json:
        out.print_json(json.dumps(list(rows), default=str, ensure_ascii=False))
        return
    if not rows:
        out.print("Nothing to show.")
        return
    table = Table(title=title or None, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right" if isinstance(rows[0][name], int) else "left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    out.print(table)
