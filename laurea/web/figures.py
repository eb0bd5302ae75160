"""The figures of an authority's programme: a page, and the same as a file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from markupsafe import Markup

from evaluators.permissions import Role
from laurea.actions import figures as counting
from laurea.documents import charts
from laurea.documents.charts import Bar
from laurea.ledger import Actor
from laurea.store import figures as store
from laurea.store.engine import reading
from laurea.store.figures import Figure
from laurea.web.api_files import TYPES, streamed
from laurea.web.figure_words import said
from laurea.web.forms import Who
from laurea.web.plotted import drawn
from laurea.web.reader import Reader
from laurea.web.render import in_thread, page

OPT = {"role": Role.OFFICER}
YEARS = range(1900, 9999)
PLACES = ("applications", "schools", "projects", "granted", "in_force")
"""The figures that are told by country and region."""


@dataclass(frozen=True)
class Wanted:
    """Which part of the figures a reader asks for; an unknown place brings noughts and never an error."""

    year: int | None
    country: str
    region: str


def _wanted(year: str, country: str, region: str) -> Wanted:
    if not year:
        return Wanted(None, country[:2], region[:120])
    if not (year.isascii() and year.isdecimal() and len(year) == 4 and int(year) in YEARS):
        raise NotFoundException
    return Wanted(int(year), country[:2], region[:120])


def _report(request: Request[Any, Any, Any], reader: Reader, wanted: Wanted) -> counting.Report:
    return counting.report(
        request.app.state.engine, reader.authority_id, now=reader.now, year=wanted.year, country=wanted.country,
        region=wanted.region,
    )  # fmt: skip


@get("/figures", opt=OPT)
@in_thread
def figures(
    request: Request[Any, Any, Any],
    reader: Who,
    year: FromQuery[str] = "",
    country: FromQuery[str] = "",
    region: FromQuery[str] = "",
) -> Response[Any]:
    """Every figure with where it comes from, by year, country and region."""
    wanted = _wanted(year, country, region)
    told = _report(request, reader, wanted)
    with reading(request.app.state.engine) as connection:
        choices = store.choices(connection, reader.authority_id)
    known = {name: figure for name, figure in told.figures.items() if figure is not None}
    one_place = bool(wanted.country) or len(choices.countries) < 2
    return page(
        request,
        "office/figures.html",
        told=told,
        said=said(reader, told.asked),
        wanted=wanted,
        choices=choices,
        years=sorted({year for figure in known.values() for year in figure.years}, reverse=True),
        countries=sorted({one for name in PLACES for one in known[name].countries}),
        regions=sorted({place for name in PLACES for place in known[name].regions}),
        places=PLACES,
        one_place=one_place,
        plots=_plots(known, one_place, reader, told),
    )


@get("/figures/{name:str}", opt=OPT)
@in_thread
def download(
    request: Request[Any, Any, Any],
    reader: Who,
    name: FromPath[str],
    year: FromQuery[str] = "",
    country: FromQuery[str] = "",
    region: FromQuery[str] = "",
) -> Stream:
    """The figures as a file: `figures.xlsx`, `figures.csv` or `figures.jsonl`."""
    stem, _, kind = name.partition(".")
    if stem != "figures" or kind not in TYPES:
        raise NotFoundException
    told = _report(request, reader, _wanted(year, country, region))
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        path = Path(folder) / "figures"
        engine, actor = request.app.state.engine, Actor.person(reader.person_id)
        counting.write(engine, told, path, kind, actor=actor, now=reader.now)
        return streamed(path, kind, name)


def _plots(
    known: dict[str, Figure], one_place: bool, reader: Reader, told: counting.Report
) -> list[tuple[str, Markup]]:
    """The drawings that have something to show: what they are of, and the SVG."""
    _ = reader.words.gettext
    pair = (known["applications"], known["granted"])
    names = (_("applications"), _("granted"))
    found = []

    def add(key: str, title: str, rows: list[tuple[str, tuple[int, ...]]], series: tuple[str, ...]) -> None:
        if not rows:
            return
        bars = [Bar(name, values, tuple(map(reader.number, values))) for name, values in rows]
        described = "; ".join(
            f"{bar.name}: " + ", ".join(f"{what} {says}" for what, says in zip(series, bar.says, strict=True))
            for bar in bars[: charts.MOST_ROWS]
        )
        svg = charts.bars(bars, series, key=key, title=title, described=described)
        found.append((title, drawn(svg)))

    years = sorted({*pair[0].years, *pair[1].years})
    if len(years) > 1:
        rows = [(str(year), tuple(one.years.get(year, 0) for one in pair)) for year in years]
        add("by-year", _("Applications and what was granted, by year"), rows, names)
    if one_place:
        regions = sorted(pair[0].regions, key=lambda place: (-pair[0].regions[place], place))
        rows = [
            (region or _("not stated"), tuple(one.regions.get((country, region), 0) for one in pair))
            for country, region in regions
        ]
        if len(rows) > 1:
            add("by-region", _("Applications and what was granted, by region"), rows, names)
    else:
        countries = sorted(pair[0].countries, key=lambda one: (-pair[0].countries[one], one))
        rows = [
            (reader.country(one) or _("not stated"), tuple(each.countries.get(one, 0) for each in pair))
            for one in countries
        ]
        add("by-country", _("Applications and what was granted, by country"), rows, names)
    ends = known["expiring"].years
    if len(ends) > 1:
        add("ends", _("Terms that end, by year"), [(str(year), (n,)) for year, n in ends.items()], (_("ending"),))
    return found


HANDLERS = [figures, download]
