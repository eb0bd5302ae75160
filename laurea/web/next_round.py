"""An officer's room: the next round from the last one, both side by side, what may be stale marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators import carried
from evaluators.carried import Flag
from evaluators.permissions import Deed, Role
from laurea import clock
from laurea.actions import open_round
from laurea.errors import BadInput, Conflict, Refusal
from laurea.intake import NewAuthority
from laurea.ledger import Actor
from laurea.store import rounds, wordings
from laurea.store.engine import reading
from laurea.web import ruling
from laurea.web.forms import Form, Who, first
from laurea.web.office_frame import frame, round_of
from laurea.web.reader import NAMES, Reader
from laurea.web.render import go, in_thread, page
from laurea.web.ruling import Choice
from rules import diff
from rules.errors import RuleSetError
from rules.plan import Plan
from rules.ruleset import RuleSet, say

OPT = {"role": Role.OFFICER}
MOMENTS = ("opens_at", "closes_at", "review_until")
TEXTS = {"title": "text", "code": "text", **dict.fromkeys(MOMENTS, "moment"), "award_on": "date"}


@dataclass(frozen=True)
class Line:
    """One thing the new round has: what it was last time, what it is now, and why it may be stale."""

    name: str
    kind: str
    before: str
    value: str
    flag: Flag | None


@dataclass(frozen=True)
class Asked:
    """What the form says, or at first what is carried over."""

    texts: dict[str, str]
    policies: dict[str, str]
    parameters: dict[str, str]
    languages: list[str]
    second_person: bool
    routed_by_hand: bool


def _last(
    request: Request[Any, Any, Any], reader: Reader, code: str
) -> tuple[rounds.RoundRecord, rounds.AuthorityRecord, Plan, dict[str, Any]]:
    """The round before, its office, its plan, and the frame of its pages."""
    seen, plan = round_of(request, reader, code, Deed.CLONE)
    with reading(request.app.state.engine) as connection:
        record = rounds.round_by_id(connection, seen.id)
        return record, rounds.authority_of(connection, record.authority_id), plan, frame(seen, plan, reader)


@get("/rounds/{code:str}/next", opt=OPT)
@in_thread
def choose(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    edition: FromQuery[str] = "",
    years: FromQuery[int] = 0,
) -> Response[Any]:
    """The next round as it would be with everything carried over; `years` moves dates and names on."""
    last = _last(request, reader, code)
    record, office = last[0], last[1]
    before = _texts(record, office.timezone)
    moved = years if 0 < years < 10 else 0
    texts = {name: _moved(TEXTS[name], value, moved, record.award_on.year) for name, value in before.items()}
    asked = Asked(
        texts, record.policies, record.parameters, record.languages, record.second_person, record.routed_by_hand
    )
    return _page(request, reader, last, edition, asked)


@post("/rounds/{code:str}/next", opt=OPT, status_code=200)
@in_thread
def open_(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Open the round, by the same checks as the command; what is marked must have been looked at."""
    last = _last(request, reader, code)
    record, office, plan, _frame = last
    sent = data.get("language", [])
    languages = [one for one in (*record.languages, *NAMES) if one in sent]  # the fallback stays the first
    asked = Asked(
        {name: first(data, name).strip()[:200] for name in TEXTS},
        ruling.given(data, "policy."),
        ruling.given(data, "parameter."),
        list(dict.fromkeys(languages)),
        first(data, "second_person") == "yes",
        first(data, "routed_by_hand") == "yes",
    )
    edition = first(data, "edition")
    ruleset = ruling.chosen(ruling.editions(plan.ruleset, record.country), edition)
    try:
        new = _new(record, office, ruleset, asked)
        marks = _marked(record, office, ruleset, asked, reader, _own_texts(request, record))
        if first(data, "looked") != "yes" and any(marks):
            return _page(request, reader, last, edition, asked, unseen=True)
        owner = NewAuthority(office.code, office.name, timezone=office.timezone)
        open_round.open_round(
            request.app.state.engine, new, owner, ruleset, actor=Actor.person(reader.person_id), now=reader.now
        )
    except (BadInput, Conflict) as wrong:
        refusals = wrong.refusals if isinstance(wrong, BadInput) else ()
        told = refusals or (Refusal("round", None, "code", wrong.says, wrong.remedy),)
        return _page(request, reader, last, edition, asked, wrong=[(one.problem, one.remedy) for one in told])
    except RuleSetError as wrong:
        return _page(request, reader, last, edition, asked, wrong=[(one.says, one.remedy) for one in wrong.problems])
    return go(f"/rounds/{new.code}")


def _new(
    record: rounds.RoundRecord, office: rounds.AuthorityRecord, ruleset: RuleSet, asked: Asked
) -> open_round.NewRound:
    """What the form asks for. Raises BadInput for moments that are none."""
    zone, read = ZoneInfo(office.timezone), dict[str, Any]()
    wrong = []
    for name in MOMENTS:
        try:
            read[name] = clock.meant(datetime.fromisoformat(asked.texts[name]), zone, end=name != "opens_at")
        except ValueError:
            wrong.append(_no_date(name, asked.texts[name], "Write it as 2024-05-01T12:00."))
    try:
        read["award_on"] = date.fromisoformat(asked.texts["award_on"])
    except ValueError:
        wrong.append(_no_date("award_on", asked.texts["award_on"], "Write it as 2024-05-01."))
    if wrong:
        raise BadInput("The round was not opened.", wrong)
    return open_round.NewRound(
        code=asked.texts["code"],
        title=asked.texts["title"] or asked.texts["code"],
        authority=office.code,
        country=record.country,
        policies=asked.policies,
        parameters=asked.parameters,
        languages=asked.languages,
        second_person=asked.second_person,
        routed_by_hand=asked.routed_by_hand,
        after=record.code,
        **read,
    )


def _no_date(name: str, text: str, remedy: str) -> Refusal:
    return Refusal("round", None, name, f"{name}: {text!r} is no date.", remedy)


def _texts(record: rounds.RoundRecord, zone: str) -> dict[str, str]:
    """Title, code and dates of a round as its form shows them, on the office's clock to the minute."""
    moments = {name: getattr(record, name).astimezone(ZoneInfo(zone)) for name in MOMENTS}
    shown = {name: f"{at:%Y-%m-%dT%H:%M}" + (f":{at:%S}" if at.second else "") for name, at in moments.items()}
    return {"title": record.title, "code": record.code, **shown, "award_on": record.award_on.isoformat()}


def _moved(kind: str, value: str, years: int, last_year: int) -> str:
    if not years:
        return value
    if kind == "text":
        return carried.later(value, years, last_year)
    at = datetime.fromisoformat(value)
    day = at.replace(year=at.year + years, day=min(at.day, 28)) if (at.month, at.day) == (2, 29) else None
    moved = day or at.replace(year=at.year + years)
    return moved.isoformat()[: len(value)]


def _lines(record: rounds.RoundRecord, office: rounds.AuthorityRecord, asked: Asked) -> list[Line]:
    before, last_year = _texts(record, office.timezone), record.award_on.year
    return [
        Line(
            name, kind, before[name], asked.texts[name], carried.flag(kind, before[name], asked.texts[name], last_year)
        )
        for name, kind in TEXTS.items()
    ]


@dataclass(frozen=True)
class OwnText:
    """A letter's text the office wrote itself, carried over; `stale`: it names a past year."""

    kind: str
    language: str
    stale: bool


def _own_texts(request: Request[Any, Any, Any], record: rounds.RoundRecord) -> list[OwnText]:
    with reading(request.app.state.engine) as connection:
        found = wordings.standing(connection, record.id)
    year = record.award_on.year
    return [
        OwnText(kind, language, bool(carried.old_years(f"{text.subject} {text.heading} {text.body}", year)))
        for (kind, language), text in sorted(found.items())
    ]


def _choices(
    record: rounds.RoundRecord, ruleset: RuleSet, asked: Asked, reader: Reader
) -> list[tuple[Choice, Flag | None]]:
    """The open questions and changeable figures of the edition, each with its mark; a figure nobody sets is the
    edition's own.
    """
    found = [
        *ruling.policies(ruleset, record.policies, asked.policies, reader),
        *ruling.parameters(ruleset, record.parameters, asked.parameters, reader),
    ]
    year = record.award_on.year
    return [(one, carried.flag(one.kind, one.before, one.says(one.value) or one.standard, year)) for one in found]


def _marked(
    record: rounds.RoundRecord,
    office: rounds.AuthorityRecord,
    ruleset: RuleSet,
    asked: Asked,
    reader: Reader,
    own_texts: list[OwnText],
) -> list[bool]:
    """Whether each thing is marked: what the form holds, and what the edition and own letters say of past years."""
    return [
        *(line.flag is not None for line in _lines(record, office, asked)),
        *(mark is not None for _, mark in _choices(record, ruleset, asked, reader)),
        bool(carried.said(ruleset, record.award_on.year, reader.language)),
        *(one.stale for one in own_texts),
    ]


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    last: tuple[rounds.RoundRecord, rounds.AuthorityRecord, Plan, Mapping[str, Any]],
    edition: str,
    asked: Asked,
    *,
    wrong: list[tuple[str, str]] | None = None,
    unseen: bool = False,
) -> Response[Any]:
    record, office, plan, around = last
    offered = ruling.editions(plan.ruleset, record.country)
    ruleset = ruling.chosen(offered, edition)
    own_texts = _own_texts(request, record)
    return page(
        request,
        "office/next_round.html",
        status=422 if wrong or unseen else 200,
        **around,
        last=record,
        editions=[(one.digest, one.edition, say(one.title, reader.language)) for one in offered],
        newer=[(one.digest, one.edition, _starts(one)) for one in offered if _starts(one) > _starts(plan.ruleset)],
        ruleset=ruleset,
        ended=ruleset.in_force.ends if ruleset.in_force else None,
        differences=diff.diff(plan.ruleset, ruleset, reader.language),
        lines=_lines(record, office, asked),
        choices=_choices(record, ruleset, asked, reader),
        gone=sorted({*record.policies} - {*ruleset.policies}),
        said=carried.said(ruleset, record.award_on.year, reader.language),
        own_texts=own_texts,
        asked=asked,
        flags=Flag,
        last_year=record.award_on.year,
        marks=sum(_marked(record, office, ruleset, asked, reader, own_texts)),
        zone=office.timezone,
        wrong=wrong or [],
        unseen=unseen,
    )


def _starts(ruleset: RuleSet) -> date:
    return (ruleset.in_force.starts if ruleset.in_force else None) or date.min


HANDLERS = [choose, open_]
