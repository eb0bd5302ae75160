"""An applicant's room: what they work on, where an application stands, what is known of it and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators import permissions
from evaluators.feedback import goes_to
from evaluators.permissions import Deed, Field, Phase, Role
from laurea import letters
from laurea.actions import correct
from laurea.statute import plan_for
from laurea.store import attached, feedback, outcomes, pages_applicant, pages_pieces
from laurea.store.applications import WAITING
from laurea.store.engine import reading
from laurea.store.pages_applicant import Appeal, Own, Statement
from laurea.store.pages_pieces import Piece
from laurea.web import evidence, renewal
from laurea.web.applicant_forms import Answers, Question, answers, questions
from laurea.web.forms import Form, Who, first
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import RuleSet, say

OPT = {"role": Role.APPLICANT}
ORIGINS = ("typed", "carried", "corrected", "amended")


@dataclass(frozen=True)
class Told:
    """One fact as the applicant sees it: what is known, from where, what was said of it, and the field to correct it.

    `rows` are the items of a list; `own`: the applicant supplies it, so that a correction counts at once.
    """

    id: str
    label: str
    value: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    origin: str
    notes: tuple[str, ...]
    question: Question
    own: bool
    plain_list: bool


@get("/my", opt=OPT)
@in_thread
def home(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """Everything this person applied for, and their drafts."""
    with reading(request.app.state.engine) as connection:
        found = pages_applicant.mine(connection, reader.person_id)
    if reader.viewer is not None:  # what is not handed in is nobody else's
        found = [one for one in found if one.state != "draft"]
    return page(request, "applicant/mine.html", mine=found)


@get("/my/{key:str}", opt=OPT)
@in_thread
def status(
    request: Request[Any, Any, Any], reader: Who, key: FromPath[str], said: FromQuery[str] = ""
) -> Response[Any]:
    """Where an application stands, its result once it is released, and what is known of it."""
    with reading(request.app.state.engine) as connection:
        own = pages_applicant.own(connection, reader.person_id, key)
        if own is None:
            raise NotFoundException
        plan = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters)
        at = permissions.phase(own.call.timetable, reader.now)
        sees = permissions.sees(Role.APPLICANT, at)
        decision = outcomes.decision_of(connection, own.id) if Field.OWN_RESULT in sees else None
        pieces = pages_pieces.pieces(connection, own.id)
        statements = pages_applicant.statements(connection, own.id)
        people = pages_applicant.members(connection, application_id=own.id)
        files = attached.of_application(connection, own.id)
        appeal = pages_applicant.appeal(connection, own.id) if decision else None
        says = feedback.told(connection, own.call.id, own.id) if decision else {}
        label = pages_applicant.label(connection, own.id) if decision and decision.granted else None
        today = reader.now.astimezone(ZoneInfo(own.call.timezone)).date()
        term = renewal.card(connection, own.id, plan, reader, today) if label else None
    outcome = next((one for one in plan.ruleset.outcomes if decision and one.id == decision.outcome), None)
    return page(
        request,
        "applicant/status.html",
        own=own,
        call=own.call,
        phase=at.value,
        steps=_steps(own, at, reader),
        decision=decision,
        outcome=say(outcome.title, reader.language) if outcome else "",
        interim=bool(outcome and outcome.interim),
        reasons=letters.reasons(plan.ruleset, decision, reader.language) if decision else [],
        jury_says=says.get(own.id, []) if decision and goes_to(plan.ruleset, granted=decision.granted) else [],
        told=_told(plan, own, pieces, statements, reader),
        comments=[one for one in statements if not one.fact],
        people=people,
        files=files,
        may_correct=may_correct(own, reader.now),
        may_ask=own.state in WAITING and _may(own, Deed.ASK, reader),
        appeal=appeal,
        finding=_finding(plan, appeal, reader),
        label=label,
        term=term,
        may_appeal=plan.appeal is not None and appeal is None and _may(own, Deed.APPEAL, reader),
        may_reply=_may(own, Deed.REPLY, reader),
        said=said,
    )


@post("/my/{key:str}/say", opt=OPT)
@in_thread
def speak(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Redirect:
    """Say that a fact is right or wrong, or leave a word."""
    with reading(request.app.state.engine) as connection:
        own = pages_applicant.own(connection, reader.person_id, key)
        if own is None:
            raise NotFoundException
        plan = plan_for(connection, own.call.rule_set, own.call.policies, own.call.parameters)
    fact, kind = first(data, "fact"), first(data, "kind")
    given = answers(plan, data, ZoneInfo(own.call.timezone), (fact,))
    done = correct.say(
        request.app.state.engine, person_id=reader.person_id, key=key, fact=fact, kind=kind,
        value=given.facts.get(fact, given.children.get(fact, "")), words=first(data, "says"), now=reader.now,
    )  # fmt: skip
    return go(f"/my/{key}?said={done}" + (f"#fact-{fact}" if fact else "#words"))


def _may(own: Own, deed: Deed, reader: Reader) -> bool:
    return permissions.may(Role.APPLICANT, deed, own.call.timetable, reader.now)


def _finding(plan: Plan, appeal: Appeal | None, reader: Reader) -> str:
    """What the rules said of an appeal on the day it was filed; empty while that is open."""
    titles = {one.id: one.title for one in plan.ruleset.appeals.outcomes} if plan.ruleset.appeals else {}
    return say(titles[appeal.finding], reader.language) if appeal and appeal.finding in titles else ""


def may_correct(own: Own, now: datetime) -> bool:
    """Whether what is known may still be corrected."""
    return own.state in WAITING and permissions.may(Role.APPLICANT, Deed.CORRECT, own.call.timetable, now)


def _steps(own: Own, at: Phase, reader: Reader) -> list[tuple[str, str, str]]:
    """The way of an application: each step with its look (past, here, to-come) and when.

    Before the release it says no more than the round's timetable does: no verdict shows through.
    """
    _ = reader.words.gettext

    def day(when: datetime) -> str:
        return reader.day(when, own.call.timezone)

    order = list(Phase)
    steps = [
        (Phase.COLLECTING, _("Handed in"), day(own.submitted_at)),
        (Phase.SCREENING, _("Checked by the rules"), _("from {day}").format(day=day(own.call.closes_at))),
        (Phase.REVIEWING, _("With jurors"), _("until {day}").format(day=day(own.call.review_until))),
        (Phase.DECIDING, _("Decisions prepared"), ""),
        (Phase.RELEASED, _("Result"), day(own.call.released_at) if own.call.released_at else ""),
    ]
    here = order.index(at)
    looks = ["past" if order.index(p) < here else "here" if p is at else "to-come" for p, _says, _when in steps]
    return [(look, says, when) for look, (_p, says, when) in zip(looks, steps, strict=True)]


def _told(
    plan: Plan, own: Own, pieces: Sequence[Piece], statements: Sequence[Statement], reader: Reader
) -> list[Told]:  # fmt: skip
    ruleset, zone = plan.ruleset, ZoneInfo(own.call.timezone)
    values = {one.id: one.value for one in evidence.known(ruleset, own.facts, (), reader)}
    lists = {one.id: one for one in evidence.listings(ruleset, own.children, (), reader)}
    given = Answers(
        {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in own.facts.items()
         if value is not None},
        {name: [{key: "" if v is None else str(v) for key, v in row.items()} for row in rows or []]
         for name, rows in own.children.items()},
    )  # fmt: skip
    fields = {one.id: one for one in questions(plan, dict.fromkeys(ruleset.facts, ()), given, {}, reader, zone)}
    found = []
    for name, fact in ruleset.facts.items():
        mine = [one for one in statements if one.fact == name]
        piece = next((p for p in pieces if name in p.facts or name in p.children), None)
        known = own.facts.get(name) not in (None, "") or name in own.children
        listing = lists.get(name)
        found.append(
            Told(
                name, say(fact.meaning, reader.language), values.get(name, ""), listing.rows if listing else (),
                listing.columns if listing else (), _origin(mine, piece, own, reader) if known else "",
                tuple(_note(one, reader) for one in mine if one.kind not in ORIGINS or one.words), fields[name],
                fact.supplied_by == "applicant", fact.type == "list",
            )
        )  # fmt: skip
    return found


def _origin(said: Sequence[Statement], piece: Piece | None, own: Own, reader: Reader) -> str:
    """Where a fact comes from: who typed it, which source gave it, or the office's file."""
    _ = reader.words.gettext
    last = next((one for one in reversed(said) if one.kind in ORIGINS), None)
    confirmed = next((one for one in reversed(said) if one.kind == "confirmed"), None)
    if last is not None:
        text = _origin_says(last.kind, reader).format(name=last.name, day=reader.day(last.said_at))
    elif piece is not None:
        text = _("{source}, seen {day}").format(source=piece.source, day=reader.day(piece.observed_at))
    else:
        text = _("out of a file of the office")
    if confirmed is not None and (last is None or confirmed.said_at >= last.said_at):
        text += "; " + _("confirmed by {name}, {day}").format(name=confirmed.name, day=reader.day(confirmed.said_at))
    return text


def _origin_says(kind: str, reader: Reader) -> str:
    """How a value came to be what it is: `{name}` and `{day}` are to be filled in."""
    _ = reader.words.gettext
    says = {
        "typed": _("typed by {name}, {day}"),
        "carried": _("typed by {name}, {day}, in an earlier application"),
        "corrected": _("corrected by {name}, {day}"),
    }
    return says.get(kind, _("changed by the office, {day}"))


def spoken(ruleset: RuleSet, statements: Sequence[Statement], reader: Reader) -> list[tuple[str, str]]:
    """What applicants said of an application, for the office: the fact, and what was said of it by whom."""
    _ = reader.words.gettext
    found = []
    for one in statements:
        label = say(ruleset.facts[one.fact].meaning, reader.language) if one.fact in ruleset.facts else ""
        text = _note(one, reader)
        if one.kind in ORIGINS:
            text = _origin_says(one.kind, reader).format(name=one.name, day=reader.day(one.said_at)) + (
                f": {one.words}" if one.words else ""
            )
        found.append((label, text))
    return found


def _note(one: Statement, reader: Reader) -> str:
    """What somebody said of a fact beside its value."""
    _ = reader.words.gettext
    when = {"name": one.name, "moment": reader.moment(one.said_at)}
    if one.kind == "asked":
        says = _("{name} asked the office on {moment} to change it to “{value}”.")
        value = one.after if isinstance(one.after, str) else " · ".join(", ".join(row.values()) for row in one.after)
        return says.format(value=value, **when) + (f" {one.words}" if one.words else "")
    if one.kind == "confirmed":
        return _("{name} confirmed it on {moment}.").format(**when) + (f" {one.words}" if one.words else "")
    return _("{name}, {moment}: {words}").format(words=one.words, **when)


HANDLERS = [home, status, speak]
