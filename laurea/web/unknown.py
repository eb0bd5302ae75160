"""The queue of unknown facts of a round, and asking for them: the applicant, somebody else, the sources once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators import unknowns
from evaluators.permissions import Deed, Field, Role, may
from evaluators.unknowns import Unknown
from evaluators.witness import CAPACITIES
from laurea.actions import ask as deeds
from laurea.actions import gather
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.store import applications, pages_lists, requests
from laurea.store.applications import WAITING, ApplicationRecord
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.requests import Otherwise
from laurea.store.requests import Request as Question
from laurea.web import evidence
from laurea.web.forms import Form, Who, first, several, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import NAMES, Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import RuleSet, say

OPT = {"role": Role.OFFICER}


@dataclass(frozen=True)
class Group:
    """One unknown fact in words, with the applications that wait for it and what was asked about each."""

    id: str
    label: str
    fields: str
    who: str
    askable: bool
    rows: tuple[tuple[ApplicationRecord, tuple[str, ...]], ...]


@get("/rounds/{code:str}/unknown", opt=OPT)
@noted()
def unknown(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], done: FromQuery[str] = ""
) -> Response[Any]:
    """Which facts are unknown, of whom, and who would know."""
    record, plan = _entering(request, reader, code)
    with reading(request.app.state.engine) as connection:
        everyone = [one for one in applications.load(connection, record.id) if one.state != "withdrawn"]
        asked = requests.of_round(connection, record.id)
    waiting = {one.ref: one for one in everyone if one.state in WAITING}
    needed = unknowns.needs(plan, [one.row() for one in everyone], seed=record.seed) if waiting else {}
    found = unknowns.by_fact(plan, {ref: names for ref, names in needed.items() if ref in waiting})
    return page(
        request,
        "office/unknown.html",
        **frame(record, plan, reader),
        groups=[_group(one, plan.ruleset, waiting, asked, reader) for one in found],
        total=len(needed.keys() & waiting.keys()),
        may_ask=may(Role.OFFICER, Deed.ASK, record.timetable, reader.now),
        may_gather=may(Role.OFFICER, Deed.GATHER, record.timetable, reader.now)
        and bool(gather.sources_of(plan.ruleset)),
        done=done,
    )


def _entering(request: Request[Any, Any, Any], reader: Reader, code: str) -> tuple[RoundPage, Plan]:
    record, plan = round_of(request, reader, code)
    if Field.UNKNOWN not in seen(record, reader):
        raise NotFoundException
    return record, plan


def _group(
    one: Unknown,
    ruleset: RuleSet,
    waiting: dict[str, ApplicationRecord],
    asked: list[Question],
    reader: Reader,
) -> Group:
    _ = reader.words.gettext
    fact = ruleset.facts.get(one.fact)
    if fact is None:
        label, fields = _("What is missing of other applications that compete with this one"), ""
        who = _("It comes with the others.")
    else:
        label = say(fact.meaning, reader.language)
        fields = ", ".join(say(fact.fields[name].meaning, reader.language) for name in one.fields)
        who = {
            "register": _("from the register “{source}”").format(source=one.source),
            "applicant": _("from the applicant"),
            "officer": _("from the office"),
        }[one.supplied_by]
    rows = []
    for ref in one.applications:
        mine = [q for q in asked if q.fact == one.fact and q.application_id == waiting[ref].id]
        rows.append((waiting[ref], tuple(told(q, reader) for q in mine)))
    return Group(one.fact, label, fields, who, fact is not None, tuple(rows))


def told(one: Question, reader: Reader) -> str:
    """What was asked of whom, and what they said, in a sentence."""
    _ = reader.words.gettext
    who = f"{one.name} ({capacity(one.capacity, reader)})"
    if one.answer is None:
        says = _("{who} was asked on {day} and has not answered.")
        if reader.now >= one.expires_at:
            says = _("{who} was asked on {day}; the link has expired.")
        return says.format(who=who, day=reader.day(one.asked_at))
    says = {
        "confirmed": _("{who} confirmed it on {moment}."),
        "supplied": _("{who} supplied it on {moment}."),
        "refused": _("{who} did not confirm it, {moment}."),
    }[one.answer]
    moment = reader.moment(one.answered_at) if one.answered_at else ""
    return says.format(who=who, moment=moment) + (f" “{one.says}”" if one.says else "")


def spoken(ruleset: RuleSet, asked: list[Question], reader: Reader) -> list[tuple[str, str]]:
    """What others were asked of an application: the fact, and what was asked of whom and said."""
    facts = ruleset.facts
    return [
        (say(facts[one.fact].meaning, reader.language) if one.fact in facts else one.fact, told(one, reader))
        for one in asked
    ]


def otherwise(ruleset: RuleSet, found: Sequence[Otherwise], reader: Reader) -> list[tuple[str, str]]:
    """Where a source says otherwise than what was confirmed: the fact, and the source's word."""
    _ = reader.words.gettext
    told = []
    for one in found:
        fact = ruleset.facts.get(one.fact)
        label = say(fact.meaning, reader.language) if fact is not None else one.fact
        if fact is not None and not fact.fields:
            value = evidence.known(ruleset, {one.fact: one.value}, (), reader)
            shown = next((known.value for known in value if known.id == one.fact), str(one.value))
            says = _("{source} says “{value}”, which differs from what was confirmed. What was confirmed stands.")
        else:
            shown, says = "", _("{source} says otherwise than what was confirmed. What was confirmed stands.")
        told.append((label, says.format(source=one.source, value=shown)))
    return told


def capacity(name: str, reader: Reader) -> str:
    """In which capacity somebody is asked, in words."""
    _ = reader.words.gettext
    return {
        "applicant": _("applicant"),
        "principal": _("head of the school"),
        "partner": _("partner"),
        "colleague": _("colleague"),
        "other": _("somebody else"),
    }.get(name, name)


@post("/rounds/{code:str}/unknown/ask", opt=OPT)
@in_thread
def ask_applicants(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Ask the applicants of the ticked applications for a fact."""
    record, _plan = _entering(request, reader, code)
    state = request.app.state
    ids = [number for one in several(data, "application") if (number := whole(one)) is not None]
    deeds.ask(
        state.engine, record.id, ids, fact=first(data, "fact"), whom=deeds.Whom("applicant"), words="",
        person_id=reader.person_id, role=Role.OFFICER, settings=state.settings, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/unknown" + ("?done=asked" if ids else ""))


@post("/rounds/{code:str}/unknown/again", opt=OPT)
@in_thread
def again(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Have the sources asked again about everything that waits."""
    record, _plan = _entering(request, reader, code)
    if not may(Role.OFFICER, Deed.GATHER, record.timetable, reader.now):
        raise NotFoundException
    gather.again(request.app.state.engine, record.id, actor=Actor.person(reader.person_id), now=reader.now)
    return go(f"/rounds/{code}/unknown?done=again")


@get("/rounds/{code:str}/applications/{application_id:int}/ask", opt=OPT)
@noted("application")
def asking(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    application_id: FromPath[int],
    fact: FromQuery[str] = "",
) -> Response[Any]:
    """Whom to ask, and with which words."""
    return _form(request, reader, code, application_id, {"fact": fact})


def _form(
    request: Request[Any, Any, Any],
    reader: Reader,
    code: str,
    application_id: int,
    typed: dict[str, str],
    *,
    wrong: bool = False,
    links: list[str] | None = None,
) -> Response[Any]:
    record, plan = _entering(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = pages_lists.application(connection, record.id, application_id)
    if found is None or not may(Role.OFFICER, Deed.ASK, record.timetable, reader.now):
        raise NotFoundException
    known = {one.id: one.value for one in evidence.known(plan.ruleset, found.facts, (), reader)}
    return page(
        request,
        "office/ask.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        found=found,
        facts=[
            (name, say(one.meaning, reader.language), known.get(name, "")) for name, one in plan.ruleset.facts.items()
        ],
        capacities=[(name, capacity(name, reader)) for name in CAPACITIES],
        languages=NAMES,
        typed=typed,
        wrong=wrong,
        links=links or [],
    )


@post("/rounds/{code:str}/applications/{application_id:int}/ask", opt=OPT, status_code=200)
@in_thread
def ask_somebody(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int], data: Form
) -> Response[Any]:
    """Ask somebody for one fact of this application."""
    record, _plan = _entering(request, reader, code)
    state = request.app.state
    typed = {name: first(data, name) for name in ("fact", "capacity", "name", "address", "language", "words")}
    whom = whom_of(typed)
    try:
        links = deeds.ask(
            state.engine, record.id, [application_id], fact=typed["fact"], whom=whom, words=typed["words"],
            person_id=reader.person_id, role=Role.OFFICER, settings=state.settings, now=reader.now,
        )  # fmt: skip
    except BadInput:
        return _form(request, reader, code, application_id, typed, wrong=True)
    if not state.settings.show_links:
        return go(f"/rounds/{code}/applications/{application_id}#asked")
    return _form(request, reader, code, application_id, {"fact": typed["fact"]}, links=links)


def whom_of(typed: dict[str, str]) -> deeds.Whom:
    """Who was named in a form; the applicant needs no address."""
    language = typed["language"] if typed["language"] in NAMES else "en"
    if typed["capacity"] == "applicant":
        return deeds.Whom("applicant")
    return deeds.Whom(typed["capacity"], typed["name"], typed["address"].strip() or "-", language)


HANDLERS = [unknown, ask_applicants, again, asking, ask_somebody]
