"""The figures of an authority's programme: looked at, and handed out as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from laurea import ledger
from laurea.documents import handing_out
from laurea.documents.handing_out import Table
from laurea.errors import BadInput
from laurea.store import figures as store
from laurea.store import register_figures, rounds
from laurea.store.engine import reading, writing
from laurea.store.figures import Asked, Figure, Granted

COUNTED: dict[str, Callable[[Connection, Asked], Figure | None]] = {
    "applications": store.applications,
    "applicants": store.applicants,
    "schools": store.schools,
    "projects": store.projects,
    "granted": store.granted,
    "awarded_schools": store.awarded_schools,
    "in_force": store.in_force,
    "expiring": store.expiring,
    "received": store.received,
    "registered_teachers": register_figures.teachers,
    "registered_schools": register_figures.schools,
    "registered_projects": register_figures.projects,
    "participations": register_figures.participations,
    "trained": register_figures.trained,
}
COLUMNS = ("figure", "by", "year", "country", "region", "number")


@dataclass(frozen=True)
class Report:
    """The figures an authority asked for; None is one that the records cannot tell."""

    authority: str
    asked: Asked
    figures: dict[str, Figure | None]
    awards: list[Granted]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Every number as a row of `COLUMNS`; one that is not known is empty."""
        for name, figure in self.figures.items():
            yield (name, "all", None, None, None, None if figure is None else figure.total)
            if figure is not None:
                yield from ((name, "year", year, None, None, n) for year, n in figure.years.items())
                yield from ((name, "country", None, one, None, n) for one, n in figure.countries.items())
                yield from ((name, "region", None, *place, n) for place, n in figure.regions.items())


def last_day(year: int | None, today: date) -> date:
    """The day on which terms are looked at: today, or the last day of a year that is over."""
    return date(year, 12, 31) if year is not None and year < today.year else today


def report(
    engine: Engine, authority_id: int, *, now: datetime, year: int | None = None, country: str = "", region: str = ""
) -> Report:
    """The figures of an authority: of its own rounds, and of what others handed over to it."""
    with reading(engine) as connection:
        office = rounds.authority_of(connection, authority_id)
        day = last_day(year, now.astimezone(ZoneInfo(office.timezone)).date())
        asked = Asked(authority_id, day, year, country, region, office.timezone)
        found = {name: count(connection, asked) for name, count in COUNTED.items()}
        return Report(office.code, asked, found, store.by_award(connection, asked))


def write(engine: Engine, told: Report, path: Path, kind: str, *, actor: ledger.Actor, now: datetime) -> int:
    """Write figures to a file, as CSV or JSON lines or a workbook; how many rows. The audit says who took them.

    Raises BadInput when there is no such format.
    """
    if kind not in handing_out.KINDS:
        raise BadInput(f"{kind!r} is no format of ours.", remedy=f"Take {', '.join(handing_out.KINDS)}.")
    numbers = frozenset({"number", "year"})
    every = Table("figures", COLUMNS, told.rows, numbers)
    if kind == "xlsx":
        awards = [(one.kind, one.award, one.outcome, one.title, one.number) for one in told.awards]
        granted = Table("granted", ("kind", "award", "outcome", "title", "number"), lambda: iter(awards), numbers)
        asked = told.asked
        about = [
            ("title", "Figures"),
            ("authority", told.authority),
            ("year", str(asked.year or "all")),
            ("country", asked.country or "all"),
            ("region", asked.region or "all"),
            ("terms as of", asked.day.isoformat()),
            ("written at", now.isoformat()),
            ("an empty number", "is not known: no register was imported"),
        ]
        count = handing_out.write_xlsx(path, [every, granted], about, now, "about")[every.name]
    else:
        count = (handing_out.write_csv if kind == "csv" else handing_out.write_jsonl)(path, every)
    with writing(engine) as connection:
        ledger.record(
            connection,
            authority_id=told.asked.authority_id,
            actor=actor,
            event=ledger.Event.FIGURES_EXPORTED,
            subject=f"authority:{told.asked.authority_id}",
            now=now,
            details={"format": kind, "rows": count, "year": told.asked.year},
        )
    return count
