"""Terms of an office's awards: the calendar of a year, and decisions about the labels of a round."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may, sees_at_home
from evaluators.renewal import Kind
from evaluators.trace import with_parameters
from laurea.actions import dating
from laurea.documents.handing_out import Table
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.statute import plan_for
from laurea.store import pages_terms
from laurea.store.engine import Connection, reading
from laurea.store.pages_terms import Coming, Counted, Wanted
from laurea.web.api_files import one_table
from laurea.web.forms import Form, Who, first, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from notifications import dates
from rules.errors import RuleSetError
from rules.ruleset import say

OPT = {"role": Role.OFFICER}
SHOWN = (Kind.RENEWAL, Kind.REMINDER, Kind.MILESTONE, Kind.OFFICE, Kind.GRACE, Kind.LAPSE)


@dataclass(frozen=True)
class Line:
    """One line of the calendar: a round in a country, with what falls into each of the twelve months, by kind."""

    code: str
    title: str
    country: str | None
    months: tuple[dict[str, int], ...]


def kinds(reader: Reader) -> dict[str, str]:
    """The kinds of days, as an officer reads them."""
    _ = reader.words.gettext
    return {
        Kind.RENEWAL: _("Renewal opens"),
        Kind.REMINDER: _("Reminder"),
        Kind.MILESTONE: _("Milestone"),
        Kind.OFFICE: _("Day of the office"),
        Kind.GRACE: _("Grace period ends"),
        Kind.LAPSE: _("Term ends"),
    }


@get("/calendar", opt=OPT)
@noted("office")
def calendar(
    request: Request[Any, Any, Any],
    reader: Who,
    *,
    year: FromQuery[str] = "",
    month: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    in_round: FromQuery[str] = "",
    country: FromQuery[str] = "",
    q: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """A year's months with what opens, ends and falls due in each, by round and country; below it, day by day."""
    asked = _asked(reader, year, month, kind, in_round, country, q)
    number = asked.since.year
    with reading(request.app.state.engine) as connection:
        whole_year = Wanted(**vars(asked) | {"since": date(number, 1, 1), "until": date(number, 12, 31)})
        counted = pages_terms.counted(connection, whole_year)
        found = pages_terms.coming(connection, asked, side)
        rounds, countries = pages_terms.choices(connection, reader.authority_id)
        names = _names(connection, found.rows, reader)
    totals = [sum(one.n for one in counted if one.day.month == place) for place in range(1, 13)]
    return page(
        request,
        "office/calendar.html",
        asked=asked,
        year=number,
        month=asked.since.month if month else 0,
        lines=_lines(counted),
        totals=totals,
        most=max(totals, default=0),
        found=found,
        names=names,
        kinds=kinds(reader),
        rounds=rounds,
        countries=countries,
        months=_months(number, reader),
        values={"year": number, "month": month, "kind": kind, "in_round": in_round, "country": country, "q": q},
    )


@get("/calendar/{name:str}", opt=OPT)
@noted("office")
def download(
    request: Request[Any, Any, Any],
    reader: Who,
    *,
    name: FromPath[str],
    year: FromQuery[str] = "",
    month: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    in_round: FromQuery[str] = "",
    country: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[Any]:
    """The days as a file: `calendar.csv` or `calendar.xlsx`."""
    if name not in ("calendar.csv", "calendar.xlsx"):
        raise NotFoundException
    asked = _asked(reader, year, month, kind, in_round, country, q)
    with reading(request.app.state.engine) as connection:
        rows = pages_terms.coming(connection, asked, size=0).rows
    columns = ("day", "what", "name", "told", "holder", "country", "label", "certificate", "round", "application")
    cells = [
        (one.day, one.kind, one.name, one.how, one.holder, one.country, one.title, one.number, one.code, one.ref)
        for one in rows
    ]
    year = str(asked.since.year)
    named = name.replace("calendar", f"calendar-{year}")
    return one_table(Table("calendar", columns, lambda: iter(cells)), named, reader.now, [("calendar", year)])


@get("/rounds/{code:str}/terms", opt=OPT)
@noted()
def terms(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    until: FromQuery[str] = "",
    country: FromQuery[str] = "",
) -> Response[Any]:
    """Until when the labels of a round hold, the decisions about that, and what another one would change."""
    record, plan = round_of(request, reader, code)
    if Field.CERTIFICATES not in seen(record, reader):
        raise NotFoundException
    engine = request.app.state.engine
    with reading(engine) as connection:
        standings = pages_terms.standings(connection, record.id)
        acts = pages_terms.acts(connection, record.id)
    looked, problem, _ = None, "", reader.words.gettext
    if until:
        try:
            looked = dating.preview(engine, record.id, until=_day(until), country=country)
        except BadInput as error:
            problem = f"{_(error.says)} {_(error.remedy)}"
    return page(
        request,
        "office/terms.html",
        **frame(record, plan, reader),
        standings=standings,
        acts=acts,
        countries=sorted({one.country for one in standings if one.country}),
        may_date=may(Role.OFFICER, Deed.DATE, record.timetable, reader.now),
        looked=looked,
        changes=_changes(looked),
        problem=problem,
        until=until,
        wanted=country,
    )


@post("/rounds/{code:str}/terms", opt=OPT)
@in_thread
def redate(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Let the labels that were looked at hold until another day."""
    record, _plan = round_of(request, reader, code, Deed.DATE)
    dating.redate(
        request.app.state.engine, record.id, until=_day(first(data, "until")), reason=first(data, "reason"),
        country=first(data, "country"), expected=first(data, "digest"), actor=Actor.person(reader.person_id),
        settings=request.app.state.settings, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/terms#acts")


@post("/rounds/{code:str}/certificates/{number:str}/withdraw", opt=OPT)
@in_thread
def withdraw(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[str], data: Form
) -> Redirect:
    """Withdraw a label, for a reason."""
    record, _plan = round_of(request, reader, code, Deed.WITHDRAW)
    dating.withdraw(
        request.app.state.engine, record.id, number, reason=first(data, "reason"),
        actor=Actor.person(reader.person_id), settings=request.app.state.settings, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/certificates#n-{number}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("This is not a day.", remedy="Write it as 2026-12-31.") from None


def _asked(reader: Reader, year: str, month: str, kind: str, in_round: str, country: str, q: str) -> Wanted:
    """The part of the calendar a reader asks for; a year or a month that there is not does not exist."""
    if Field.TERMS not in sees_at_home(Role.OFFICER):
        raise NotFoundException
    today = reader.now.astimezone(reader.zone).date()
    number = whole(year, 4) if year else today.year
    place = whole(month, 2) if month else 0
    if number is None or not 1900 <= number < 9999 or place is None or not 0 <= place <= 12:
        raise NotFoundException
    since, until = date(number, place or 1, 1), date(number, place or 12, monthrange(number, place or 12)[1])
    return Wanted(
        reader.authority_id, since, until, kind if kind in SHOWN else "", in_round[:60], country[:2].upper(), q[:200]
    )


def _months(year: int, reader: Reader) -> list[tuple[int, str, str]]:
    """The months of a year: number, name, short name."""
    spoken, days = dates.locale(reader.language), [date(year, place, 1) for place in range(1, 13)]
    return [
        (one.month, format_date(one, "LLLL", locale=spoken), format_date(one, "LLL", locale=spoken)) for one in days
    ]


def _lines(counted: Sequence[Counted]) -> list[Line]:
    rows: dict[tuple[str, str, str | None], list[dict[str, int]]] = {}
    for one in counted:
        months = rows.setdefault((one.code, one.title, one.country), [defaultdict(int) for _ in range(12)])
        months[one.day.month - 1][one.kind] += one.n
    return [Line(*key, tuple(map(dict, months))) for key, months in sorted(rows.items(), key=lambda pair: str(pair[0]))]


def _names(connection: Connection, rows: Sequence[Coming], reader: Reader) -> dict[tuple[str, str], str]:
    """What the rules say of the milestones of a page, by rule set and name."""
    found: dict[tuple[str, str], str] = {}
    for one in rows:
        if one.kind not in (Kind.MILESTONE, Kind.OFFICE) or (one.rule_set, one.name) in found:
            continue
        try:
            plan = plan_for(connection, one.rule_set, one.policies, one.parameters)
        except RuleSetError:
            continue
        says = next((each.model.says for each in plan.milestones if each.id == one.name), None)
        text = with_parameters(plan.ruleset, say(says, reader.language), reader.language) if says else one.name
        found[one.rule_set, one.name] = text
    return found


def _changes(looked: dating.Redating | None) -> list[tuple[date | None, date | None, date | None, int]]:
    """What a decision would change, summed: the end as it was, as it would be, when renewal would open, how many."""
    found: dict[tuple[date | None, date | None, date | None], int] = defaultdict(int)
    for one, term in zip(looked.grants, looked.terms, strict=True) if looked else ():
        found[one.valid_until, term.valid_until, term.renewal_opens] += 1
    return [(*key, n) for key, n in sorted(found.items(), key=str)]


HANDLERS = [calendar, download, terms, redate, withdraw]
