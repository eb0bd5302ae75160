"""What of the jury's words applicants read: an officer goes over the comments before decisions are released."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.feedback import goes_to
from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import moderate as deeds
from laurea.errors import BadInput, Conflict, LaureaError
from laurea.store import feedback as records
from laurea.store import outcomes, pages_lists
from laurea.store.engine import Connection, reading
from laurea.store.feedback import Comment
from laurea.store.pages_round import RoundPage
from laurea.web.attention import Need
from laurea.web.forms import Form, Who, first, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}


@get("/rounds/{code:str}/feedback", opt=OPT)
@noted()
def overview(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], side: FromQuery[int] = 1
) -> Response[Any]:
    """Every application with comments, and what of them goes out."""
    record, plan = _round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        every = records.listing(connection, record.id)
    rows = [one for one in every if goes_to(plan.ruleset, granted=one.granted)]
    return page(
        request,
        "office/feedback.html",
        **frame(record, plan, reader),
        found=paged(rows, side),
        all=len(rows),
        looked_at=sum(one.seen >= one.comments for one in rows if one.comments),
        with_comments=sum(bool(one.comments) for one in rows),
        sent=sum(bool(one.sent) for one in rows),
        rule=plan.ruleset.jury.feedback if plan.ruleset.jury else None,
        may_moderate=may(Role.OFFICER, Deed.MODERATE, record.timetable, reader.now),
    )


@get("/rounds/{code:str}/feedback/{application_id:int}", opt=OPT)
@noted("application")
def one(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int]
) -> Response[Any]:
    """The comments about one application, as they are and as its applicant is to read them."""
    record, plan = _round(request, reader, code)
    return _page(request, reader, record, plan, application_id, None, {})


@post("/rounds/{code:str}/feedback/{application_id:int}", opt=OPT, status_code=200)
@in_thread
def moderate(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], application_id: FromPath[int], data: Form
) -> Response[Any] | Redirect:
    """Keep what goes to the applicant, and go on to the next application nobody has looked at."""
    record, plan = _round(request, reader, code, Deed.MODERATE)
    typed = {
        name.removeprefix("words."): deeds.Choice(first(data, name), first(data, f"sent.{name[6:]}") == "1")
        for name in data
        if name.startswith("words.")
    }
    try:
        deeds.moderate(
            request.app.state.engine, record.id, application_id, typed, seen=whole(first(data, "version")) or 0,
            person_id=reader.person_id, now=reader.now,
        )  # fmt: skip
    except (BadInput, Conflict) as wrong:
        return _page(request, reader, record, plan, application_id, wrong, typed)
    return go(f"/rounds/{code}/feedback/{_next(request, record, plan, application_id)}")


def _round(request: Request[Any, Any, Any], reader: Reader, code: str, deed: Deed | None = None) -> tuple[RoundPage, Plan]:  # fmt: skip  # noqa: E501
    """A round whose jury's words may go out, in a phase in which an officer sees them."""
    record, plan = round_of(request, reader, code, deed)
    granted = (True, False)
    if Field.FEEDBACK not in seen(record, reader) or not any(goes_to(plan.ruleset, granted=one) for one in granted):
        raise NotFoundException
    return record, plan


def _next(request: Request[Any, Any, Any], record: RoundPage, plan: Plan, after: int) -> str:
    with reading(request.app.state.engine) as connection:
        rows = records.listing(connection, record.id)
    waits = [one.id for one in rows if one.seen < one.comments and goes_to(plan.ruleset, granted=one.granted)]
    later = [number for number in waits if number > after]
    return str((later or waits)[0]) if waits else ""


def _page(
    request: Request[Any, Any, Any], reader: Reader, record: RoundPage, plan: Plan, application_id: int,
    wrong: LaureaError | None, typed: dict[str, deeds.Choice],
) -> Response[Any]:  # fmt: skip
    with reading(request.app.state.engine) as connection:
        found = pages_lists.application(connection, record.id, application_id)
        decision = outcomes.decision_of(connection, application_id) if found else None
        if found is None or decision is None or not goes_to(plan.ruleset, granted=decision.granted):
            raise NotFoundException
        comments = records.of_application(connection, application_id)
    return page(
        request,
        "office/feedback_one.html",
        status=409 if isinstance(wrong, Conflict) else 422 if wrong else 200,
        **frame(record, plan, reader),
        found=found,
        decision=decision,
        rows=[_row(number, one, typed) for number, one in enumerate(comments, 1)],
        version=sum(one.version for one in comments),
        wrong=wrong,
        may_moderate=may(Role.OFFICER, Deed.MODERATE, record.timetable, reader.now),
    )


def _row(number: int, one: Comment, typed: dict[str, deeds.Choice]) -> dict[str, Any]:
    """A comment as the page shows it: without a name, by its number."""
    choice = typed.get(one.source)
    return {
        "number": number,
        "source": one.source,
        "kind": one.source.partition(":")[0],
        "original": one.original,
        "words": choice.words if choice else one.words,
        "sent": choice.sent if choice else one.sent,
        "seen": one.version > 0,
        "changed": one.changed,
    }


def needs(connection: Connection, record: RoundPage, plan: Plan, reader: Reader) -> list[Need]:
    """Comments of the jury that nobody looked at, while it can still be chosen what applicants read."""
    if plan.ruleset.jury is None or not may(Role.OFFICER, Deed.MODERATE, record.timetable, reader.now):
        return []
    rows = records.listing(connection, record.id)
    n = sum(one.seen < one.comments and goes_to(plan.ruleset, granted=one.granted) for one in rows)
    if not n:
        return []
    says = reader.words.ngettext(
        "The jury’s comments on {n} application have not been looked at; none of them goes to the applicant.",
        "The jury’s comments on {n} applications have not been looked at; none of them goes to the applicants.",
        n,
    )
    link = f"/rounds/{record.code}/feedback"
    return [Need(n, says.format(n=reader.number(n)), link, reader.words.gettext("Choose"), "note")]


HANDLERS = [overview, one, moderate]
