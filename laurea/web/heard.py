"""What applicants said to the office: appeals, changes they ask for, words, feedback; and dealing with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators import trace
from evaluators.permissions import Deed, Role, may
from evaluators.replay import contestable
from laurea import steps
from laurea.actions import amend as amending
from laurea.actions import answer as deeds
from laurea.errors import BadInput, LaureaError
from laurea.store import pages_heard
from laurea.store.engine import reading
from laurea.store.pages_heard import Heard
from laurea.store.pages_round import RoundPage
from laurea.web.applicant_forms import Answers, Question, answers, questions
from laurea.web.attention import Need
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import say

OPT = {"role": Role.OFFICER}


@get("/rounds/{code:str}/heard", opt=OPT)
@noted()
def heard(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Everything applicants said in this round, what waits first."""
    record, plan = round_of(request, reader, code)
    return _page(request, reader, record, plan)


def _page(
    request: Request[Any, Any, Any], reader: Reader, record: RoundPage, plan: Plan, wrong: Wrong | None = None
) -> Response[Any]:
    """`wrong`: a change that could not be made, shown again as it was typed."""
    with reading(request.app.state.engine) as connection:
        found = pages_heard.heard(connection, record.id)
    may_amend = may(Role.OFFICER, Deed.AMEND, record.timetable, reader.now)
    waits = [one for one in found if one.kind == "asked" and one.settled_at is None and may_amend]
    facts, outcomes = dict(plan.ruleset.facts), {}
    if plan.ruleset.appeals is not None:
        facts |= plan.ruleset.appeals.facts
        outcomes = {one.id: say(one.title, reader.language) for one in plan.ruleset.appeals.outcomes}
    return page(
        request,
        "office/heard.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        changes={one.id: _question(plan, one, reader, wrong) for one in waits if one.fact in plan.ruleset.facts},
        wrong=wrong,
        heard=found,
        labels={name: say(fact.meaning, reader.language) for name, fact in facts.items()},
        findings=outcomes,
        may_replay=may(Role.OFFICER, Deed.REPLAY, record.timetable, reader.now) and any(contestable(plan)),
        plain=lambda value: trace.plain(str(value), reader.language),
    )


@dataclass(frozen=True)
class Wrong:
    """A change that could not be made: of which statement, what was typed, and why not."""

    item: int
    given: Answers
    why: str
    says: LaureaError


def _question(plan: Plan, one: Heard, reader: Reader, wrong: Wrong | None) -> Question:
    """The field for the value an applicant asked for, by the rule set's declaration."""
    given = Answers({one.fact: one.after}, {}) if isinstance(one.after, str) else Answers({}, {one.fact: one.after})
    if wrong is not None and wrong.item == one.id:
        given = wrong.given
    found = questions(plan, {one.fact: ()}, given, {}, reader, reader.zone)[0]
    return found if found.kind == "list" else replace(found, id=f"{one.id}-{found.id}")


@post("/rounds/{code:str}/asked/{item:int}", opt=OPT, status_code=200)
@in_thread
def amend(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int], data: Form
) -> Response[Any] | Redirect:
    """Change a fact as an applicant asked, with who, when and why; decisions that were proposed are proposed anew."""
    record, plan = round_of(request, reader, code, Deed.AMEND)
    state, fact, why = request.app.state, first(data, "fact"), first(data, "why")
    given = answers(plan, data, reader.zone, (fact,))
    try:
        taken_back = amending.amend(
            state.engine, authority_id=reader.authority_id, round_id=record.id, statement=item, why=why,
            value=given.facts.get(fact, given.children.get(fact, "")), person_id=reader.person_id, now=reader.now,
        )  # fmt: skip
    except BadInput as refused:
        return _page(request, reader, record, plan, Wrong(item, given, why, refused))
    if taken_back:
        steps.advance(state.engine, record.id, settings=state.settings, now=reader.now)
    return go(f"/rounds/{code}/heard#statement-{item}")


@post("/rounds/{code:str}/heard/{kind:str}/{item:int}", opt=OPT)
@in_thread
def settle(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    kind: FromPath[str],
    item: FromPath[int],
    data: Form,
) -> Redirect:
    """Answer an appeal, or lay a word aside."""
    record, _plan = round_of(request, reader, code, Deed.ANSWER)
    state = request.app.state
    deeds.answer(
        state.engine, authority_id=reader.authority_id, round_id=record.id, kind=kind, number=item,
        words=first(data, "says"), person_id=reader.person_id, settings=state.settings, now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/heard")


def needs(request: Request[Any, Any, Any], record: RoundPage, reader: Reader) -> tuple[list[Need], list[Need]]:
    """What waits for the office: appeals, which come before everything else, and words, which come last."""
    ngettext, _ = reader.words.ngettext, reader.words.gettext
    with reading(request.app.state.engine) as connection:
        waits = pages_heard.waiting(connection, record.id)
    link = f"/rounds/{record.code}/heard"
    found: tuple[list[Need], list[Need]] = ([], [])
    if n := waits["appeal"]:
        says = ngettext("{n} appeal waits for an answer.", "{n} appeals wait for an answer.", n)
        found[0].append(Need(n, says.format(n=n), link, _("Answer"), "now"))
    if n := waits["statement"]:
        says = ngettext(
            "{n} applicant's word to the office has not been dealt with.",
            "{n} words of applicants to the office have not been dealt with.",
            n,
        )
        found[1].append(Need(n, says.format(n=n), link, _("Read"), "note"))
    return found


HANDLERS = [heard, amend, settle]
