"""Ceremonies of a round, for its officer: when and where, who is invited and comes, and the order they are read in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from evaluators.permissions import Deed, Role, may
from laurea.actions import celebrate
from laurea.documents.handing_out import Table
from laurea.documents.papers.lists import Row, announcements
from laurea.errors import BadInput, LaureaError
from laurea.ledger import Actor
from laurea.store import ceremonies, kits, rounds
from laurea.store.ceremonies import Ceremony, Guest
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web import forms
from laurea.web.api_files import download, one_table
from laurea.web.forms import Form, Who, first, several, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame
from laurea.web.parcels import kit_round
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
NAMES = ("title", "place", "programme", "begins", "ends", "timezone", "until")
REPLIES: Mapping[str, bool | None] = {"yes": True, "no": False, "": None}


@get("/rounds/{code:str}/ceremonies", opt=OPT)
@in_thread
def listed(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """The ceremonies of a round, and the form that calls one."""
    return _list(request, reader, code)


@post("/rounds/{code:str}/ceremonies", opt=OPT)
@in_thread
def call(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Call a ceremony. Nobody is invited yet."""
    record, _plan = kit_round(request, reader, code, deed=True)
    try:
        number = celebrate.call(
            request.app.state.engine, record.id, _asked(data), actor=Actor.person(reader.person_id), now=reader.now
        )
    except BadInput as wrong:
        return _list(request, reader, code, typed=_typed(data), wrong=wrong, status=422)
    return go(f"/rounds/{code}/ceremonies/{number}")


@get("/rounds/{code:str}/ceremonies/{item:int}", opt=OPT)
@noted()
def ceremony(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int]) -> Response[Any]:
    """One ceremony with its guests and their answers."""
    return _show(request, reader, code, item)


@post("/rounds/{code:str}/ceremonies/{item:int}", opt=OPT)
@in_thread
def change(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int], data: Form
) -> Response[Any]:
    """Change a ceremony, invite to it, or cancel it, whichever button was pressed."""
    record, _plan = kit_round(request, reader, code, deed=True)
    engine, state = request.app.state.engine, request.app.state
    by: dict[str, Any] = {
        "settings": state.settings, "actor": Actor.person(reader.person_id), "now": reader.now,
    }  # fmt: skip
    deed = first(data, "do")
    if deed == "invite":
        return _show(request, reader, code, item, told=celebrate.invite(engine, record.id, item, **by))
    if deed == "cancel":
        told = celebrate.cancel(engine, record.id, item, version=forms.version(data), **by)
        return _show(request, reader, code, item, told=told)
    try:
        told = celebrate.change(engine, record.id, item, _asked(data), version=forms.version(data), **by)
    except BadInput as wrong:
        return _show(request, reader, code, item, typed=_typed(data), wrong=wrong, status=422)
    return _show(request, reader, code, item, told=told, kept=True)


@post("/rounds/{code:str}/ceremonies/{item:int}/guests/{number:int}", opt=OPT)
@in_thread
def note(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    item: FromPath[int],
    number: FromPath[int],
    data: Form,
) -> Response[Any]:
    """Write down what a guest told the office, and how their name is read aloud."""
    record, _plan = kit_round(request, reader, code, deed=True)
    try:
        celebrate.note(
            request.app.state.engine, record.id, item, number, comes=REPLIES.get(first(data, "comes")),
            people=whole(first(data, "people") or "1", 3) or 0, sounds=first(data, "sounds"),
            actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        return _show(request, reader, code, item, wrong=wrong, status=422)
    return go(f"/rounds/{code}/ceremonies/{item}#guest-{number}")


@get("/rounds/{code:str}/ceremonies/{item:int}/files/{name:str}", opt=OPT)
@noted()
def files(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int], name: FromPath[str]
) -> Response[Any]:
    """The guests as CSV or XLSX, and the order of the ceremony as PDF."""
    record, _plan = kit_round(request, reader, code)
    if name not in ("guests.csv", "guests.xlsx", "order.pdf"):
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        one = _of(ceremonies.ceremony(connection, record.id, item))
        guests = ceremonies.guests(connection, one)
        awards = ceremonies.awards(connection, one)
        house = rounds.authority_of(connection, record.authority_id).name
    if name == "order.pdf":
        rows = [
            Row(
                award.region,
                award.holder,
                award.sounds,
                [part for part in (award.name, award.institution, award.title) if part and part != award.holder],
                award.people if award.comes else 0 if award.comes is False else None,
            )
            for award in awards
        ]
        drawn = announcements(
            rows, title=one.title, begins=one.begins_at, timezone=one.timezone, place=one.place, authority=house,
            language=reader.language, on=reader.now.astimezone(ZoneInfo(one.timezone)).date(),
        )  # fmt: skip
        return download(drawn, f"{code}-{name}")
    return one_table(_table(guests), f"{code}-{name}", reader.now, [("round", record.code), ("ceremony", one.title)])


def _table(guests: Sequence[Guest]) -> Table:
    columns = ("region", "name", "email", "labels", "comes", "people", "sounds", "words", "replied_at")

    def rows() -> Iterator[Sequence[Any]]:
        for one in guests:
            yield (one.region, one.name, one.email, one.labels, one.comes, one.people if one.comes else None,
                   one.sounds, one.words, one.replied_at)  # fmt: skip

    return Table("guests", columns, rows)


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    return {name: first(data, name) for name in NAMES} | {"regions": several(data, "regions")}


def _asked(data: dict[str, Any]) -> celebrate.Asked:
    """A ceremony as typed; hours are its own zone's. Raises BadInput where one cannot be read."""
    typed = _typed(data)
    try:
        zone = ZoneInfo(typed["timezone"].strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("There is no such time zone.", remedy="Write it as Asia/Baku or Europe/Riga.") from None
    try:
        begins, ends = (_moment(typed[name], zone) for name in ("begins", "ends"))
        until = datetime.combine(date.fromisoformat(typed["until"]), time(23, 59, 59), zone)
    except ValueError:
        raise BadInput(
            "A day or an hour cannot be read, or that hour does not exist.", remedy="Write day and hour in full."
        ) from None
    return celebrate.Asked(
        typed["title"], typed["place"], typed["programme"], begins, ends, zone.key, min(until, begins),
        typed["regions"],
    )  # fmt: skip


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """An hour of a zone's clock. Raises ValueError for one that clock leaves out when summer begins."""
    found = datetime.fromisoformat(text).replace(tzinfo=zone)
    back = found.astimezone(ZoneInfo("UTC")).astimezone(zone)
    if back.replace(tzinfo=None) != found.replace(tzinfo=None):
        raise ValueError(text)
    return found


def _of(one: Ceremony | None) -> Ceremony:
    if one is None:
        raise NotFoundException
    return one


def _local(when: datetime, timezone: str) -> str:
    return when.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M")


def _list(
    request: Request[Any, Any, Any], reader: Reader, code: str, *, typed: dict[str, Any] | None = None,
    wrong: LaureaError | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    record, plan = kit_round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = ceremonies.of_round(connection, record.id)
        regions = kits.regions(connection, record.id)
    empty = dict.fromkeys(NAMES, "") | {"regions": [], "timezone": reader.zone.key}
    return page(
        request,
        "office/ceremonies.html",
        status=status,
        **_frame(record, plan, reader),
        found=found,
        regions=regions,
        typed=typed or empty,
        wrong=wrong,
    )


def _show(
    request: Request[Any, Any, Any], reader: Reader, code: str, item: int, *, typed: dict[str, Any] | None = None,
    wrong: LaureaError | None = None, told: int | None = None, kept: bool = False, status: int = 200,
) -> Response[Any]:  # fmt: skip
    record, plan = kit_round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        one = _of(ceremonies.ceremony(connection, record.id, item))
        guests = ceremonies.guests(connection, one)
        waiting = ceremonies.uninvited(connection, one)
        answers = ceremonies.tally(connection, item)
        regions = kits.regions(connection, record.id)
    held = {name: getattr(one, name) for name in ("title", "place", "programme", "timezone", "regions")} | {
        "begins": _local(one.begins_at, one.timezone), "ends": _local(one.ends_at, one.timezone),
        "until": _local(one.reply_until, one.timezone)[:10],
    }  # fmt: skip
    settings = request.app.state.settings
    return page(
        request,
        "office/ceremony.html",
        status=status,
        **_frame(record, plan, reader),
        one=one,
        guests=guests,
        waiting=waiting,
        answers=answers,
        regions=regions,
        typed=typed or held,
        wrong=wrong,
        told=told,
        kept=kept,
        over=reader.now >= one.begins_at,
        links=settings.show_links,
    )


def _frame(record: RoundPage, plan: Plan, reader: Reader) -> dict[str, Any]:
    """What both pages show, with whether anything can be done now."""
    may_hand_out = may(Role.OFFICER, Deed.HAND_OUT, record.timetable, reader.now)
    return {**frame(record, plan, reader), "may_hand_out": may_hand_out}


HANDLERS = [listed, call, ceremony, change, note, files]
