"""An officer's room: who reviews what. What stands, the plan that waits, pins, and who routes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may, phase, sees
from laurea import deliberation
from laurea.actions import plan_draft
from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import Actor, Event
from laurea.store import drafts, pages_assignment, pages_gaps
from laurea.store.drafts import Draft
from laurea.store.engine import reading
from laurea.store.pages_assignment import Cover
from laurea.store.pages_round import RoundPage
from laurea.web import plotted, shortage
from laurea.web.api_files import as_csv
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged, round_of
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
MANY = 500  # applications with something missing, in folds, on one page
MOST_PINS = 50  # pins that cannot be kept, on one page
SHOWN = ("", "add", "take", "out")


def jury_round(
    request: Request[Any, Any, Any], reader: Reader, code: str, deed: Deed | None = None
) -> tuple[RoundPage, Plan]:
    """A round that has a jury, where the officer may see who reviews what and, if one is named, do a deed."""
    record, plan = round_of(request, reader, code, deed)
    if plan.jury is None or Field.ASSIGNMENT not in sees(Role.OFFICER, phase(record.timetable, reader.now)):
        raise NotFoundException
    return record, plan


@get("/rounds/{code:str}/assignment", opt=OPT)
@noted()
def assignment(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], side: FromQuery[int] = 1
) -> Response[Any]:
    """What stands: loads and fit, reviews and seats that are missing and why, pins, the plan that waits."""
    record, plan = jury_round(request, reader, code)
    asked, seats_asked = _asked(plan)
    over = reader.now >= record.timetable.review_until
    with reading(request.app.state.engine) as connection:
        jury = pages_assignment.seats(connection, record.id, reader.now, over=over)
        covers = pages_assignment.covers(connection, record.id)
        short = paged([one for one in covers if one.reviews < asked], side, MANY)
        reasons = pages_gaps.shortages(connection, record.id, [one.id for one in short.rows], **shortage.asked(plan))
        unmet = [one for one in covers if one.reviews >= asked and one.experienced < seats_asked]
        told = pages_gaps.recorded(connection, record.id, Event.JURORS_ASSIGNED.value, "seats") if unmet else {}
        pinned = pages_assignment.pins(connection, record.id)
        draft = drafts.draft_of(connection, record.id)
    live = [one for one in jury if one.left_at is None]
    return page(
        request,
        "office/assignment.html",
        **frame(record, plan, reader),
        seats=jury,
        covers=covers,
        given=sum(min(one.reviews, asked) for one in covers),
        asked=asked,
        short=short,
        alike=shortage.alike(short.rows, reasons, reader, by_hand=record.routed_by_hand),
        reasons=shortage.said(reasons, reader, by_hand=record.routed_by_hand),
        unmet=shortage.by_reason((shortage.recorded(told.get(one.ref), reader), one) for one in unmet[:MANY]),
        unmet_all=len(unmet),
        seats_asked=seats_asked,
        pinned=pinned,
        draft=draft,
        thirds=deliberation.deliberates(plan) or plan.asks_at_line,
        loads=plotted.loads(Counter(one.all for one in live), reader) if live and covers else "",
        fits=_fits(covers, asked, reader),
        worst=_worst(covers, asked),
        may_route=may(Role.OFFICER, Deed.ROUTE, record.timetable, reader.now),
        screened=record.screened_at is not None,
    )  # fmt: skip


@get("/rounds/{code:str}/assignment/plan", opt=OPT)
@noted()
def plan(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    show: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """The plan that waits: figures and proof, what it changes row by row, what it leaves open; to be saved or not."""
    return _plan_page(request, reader, code, show=show, side=side)


@post("/rounds/{code:str}/assignment/plan", opt=OPT)
@in_thread
def make(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Make a plan, in place of one that waits."""
    record, _ = jury_round(request, reader, code, Deed.ROUTE)
    state = request.app.state
    plan_draft.make(
        state.engine, record.id, first(data, "kind"), actor=Actor.person(reader.person_id), settings=state.settings,
        now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/assignment/plan")


@post("/rounds/{code:str}/assignment/plan/rows", opt=OPT)
@in_thread
def rows(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Take the marked rows out of the plan or put them back; or pin or bar their pairs and make the plan again."""
    record, _ = jury_round(request, reader, code, Deed.ROUTE)
    state, actor = request.app.state, Actor.person(reader.person_id)
    with reading(state.engine) as connection:
        draft = drafts.draft_of(connection, record.id)
    mark, deed = first(data, "mark"), first(data, "do")
    if draft is None or draft.mark != mark:
        return _plan_page(request, reader, code, wrong="changed")
    some = [(draft.rows[one][1], draft.rows[one][2]) for one in _numbers(data, len(draft.rows))]
    if some and deed in ("must", "never"):
        plan_draft.pin(state.engine, record.id, some, deed, actor=actor, now=reader.now)
        plan_draft.make(state.engine, record.id, draft.kind, actor=actor, settings=state.settings, now=reader.now)
    elif some:
        try:
            plan_draft.leave_out(state.engine, record.id, mark, some, back=deed == "back")
        except Conflict:
            return _plan_page(request, reader, code, wrong="changed")
    show, side = first(data, "show"), first(data, "side")
    query = f"?show={show if show in SHOWN else ''}&side={side if side.isdecimal() else 1}"
    return go(f"/rounds/{code}/assignment/plan{query}#rows")


@post("/rounds/{code:str}/assignment/plan/save", opt=OPT, status_code=303)
@in_thread
def save(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Make the plan what stands, or throw it away. Refused, with nothing changed, where the round has changed since."""
    record, _ = jury_round(request, reader, code, Deed.ROUTE)
    state = request.app.state
    if first(data, "do") == "discard":
        plan_draft.discard(state.engine, record.id)
        return go(f"/rounds/{code}/assignment")
    try:
        plan_draft.save(
            state.engine, record.id, first(data, "mark"), by_hand=first(data, "clock") != "yes",
            actor=Actor.person(reader.person_id), settings=state.settings, now=reader.now,
        )  # fmt: skip
    except Conflict:
        return _plan_page(request, reader, code, wrong="changed")
    except plan_draft.MayNotStand as breach:
        found = breach.found
        return _plan_page(request, reader, code, wrong=shortage.why((*found.wrong, *found.way_out), reader))
    return go(f"/rounds/{code}/assignment")


@post("/rounds/{code:str}/assignment/pins", opt=OPT)
@in_thread
def pins(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Pin or bar a pair that the officer names, or take that back."""
    record, _ = jury_round(request, reader, code, Deed.ROUTE)
    words = reader.words.gettext
    pair = (first(data, "application").strip(), first(data, "juror").strip())
    try:
        plan_draft.pin(
            request.app.state.engine, record.id, [pair], first(data, "wish"), actor=Actor.person(reader.person_id),
            now=reader.now,
        )  # fmt: skip
    except NotFound:
        raise BadInput(
            words("This round has no such application or juror."), remedy=words("Check both references.")
        ) from None
    return go(f"/rounds/{code}/assignment#pins")


@post("/rounds/{code:str}/assignment/clock", opt=OPT)
@in_thread
def clock(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Say whether the clock routes by itself or waits for the officer's plan."""
    record, _ = jury_round(request, reader, code, Deed.ROUTE)
    plan_draft.hand_over(
        request.app.state.engine, record.id, by_hand=first(data, "by_hand") == "yes",
        actor=Actor.person(reader.person_id), now=reader.now,
    )  # fmt: skip
    return go(f"/rounds/{code}/assignment")


@get("/rounds/{code:str}/assignment.csv", opt=OPT)
@noted()
def export(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], of: FromQuery[str] = "") -> Response[Any]:
    """What stands, or with `of=plan` what the plan would make stand, as a file that `laurea round assign` takes."""
    record, _ = jury_round(request, reader, code)
    state = request.app.state
    found = plan_draft.table(state.engine, record.id, planned=of == "plan", settings=state.settings, now=reader.now)
    columns = ("application_id", "juror_id", "score", "state", "plan")
    rows = ([one[name] for name in columns] for one in found)
    return as_csv(f"{code}-{'plan' if of == 'plan' else 'assignment'}", [columns, *rows])


def _plan_page(
    request: Request[Any, Any, Any], reader: Reader, code: str, *, show: str = "", side: int = 1, wrong: str = ""
) -> Response[Any]:
    """`wrong`: why nothing was saved; `changed`: the round or the plan is another by now."""
    record, rules = jury_round(request, reader, code)
    asked, _ = _asked(rules)
    over = reader.now >= record.timetable.review_until
    with reading(request.app.state.engine) as connection:
        draft = drafts.draft_of(connection, record.id)
        jury = pages_assignment.seats(connection, record.id, reader.now, over=over) if draft else []
        covers = pages_assignment.covers(connection, record.id) if draft else []
        listed = paged(_rows(draft, show) if draft else [], side)
        gaps = (draft.told["gaps"] + draft.told["seats"])[:MANY] if draft else []
        refs = {row[2] for row in listed.rows} | {one["application"] for one in gaps}
        titles = pages_assignment.titles(connection, record.id, refs)
        pinned = {(one.application, one.juror): one.pin for one in pages_assignment.pins(connection, record.id)}
    names = {one.ref: one.name for one in jury}
    after = Counter(draft.told["loads"] if draft else {})
    after.subtract(Counter(juror for _, juror in draft.left_out) if draft else {})
    return page(
        request,
        "office/plan.html",
        status=409 if wrong == "changed" else 422 if wrong else 200,
        **frame(record, rules, reader),
        draft=draft,
        listed=listed,
        show=show if show in SHOWN else "",
        titles=titles,
        open_=shortage.by_reason((shortage.left_open(one, reader), one["application"]) for one in gaps),
        unkept=[shortage.unkept(one, names, reader) for one in draft.told["unkept"][:MOST_PINS]] if draft else [],
        names=names,
        loads=[(one, after[one.ref]) for one in jury if after[one.ref] != one.all],
        plot=plotted.loads(Counter(after[one.ref] for one in jury if one.left_at is None), reader) if jury else "",
        pinned=pinned,
        asked=asked,
        needed=asked * len(covers),
        worst_before=_worst(covers, asked),
        worst=draft.told["worst"] if draft else None,
        fifth=draft.told["fifth"] if draft else None,
        stale=draft is not None and draft.told["version"] != record.version,
        wrong=wrong,
        may_route=may(Role.OFFICER, Deed.ROUTE, record.timetable, reader.now),
    )  # fmt: skip


def _asked(plan: Plan) -> tuple[int, int]:
    """Reviews an application is to have, and how many of them by experienced jurors; 0 while a policy is open."""
    assert plan.jury is not None
    return int(plan.jury.asked_reviews or 0), int(plan.jury.asked_experienced or 0)


def _rows(draft: Draft, show: str) -> list[tuple[int, str, str, str, int]]:
    """Rows with their number, by application; a row that was taken out says `out`."""
    rows = []
    for number, (what, application, juror, quality) in enumerate(draft.rows):
        said = "out" if what == "add" and (application, juror) in draft.left_out else what
        if show not in SHOWN or show in ("", said):
            rows.append((number, said, application, juror, quality))
    return sorted(rows, key=lambda row: (row[2], row[1] != "take", row[3]))


def _numbers(data: dict[str, Any], limit: int) -> list[int]:
    """The rows that were marked."""
    given = data.get("row", [])
    marked = given if isinstance(given, list) else [given]
    return [int(one) for one in map(str, marked) if one.isdecimal() and len(one) < 9 and int(one) < limit]


def _percent(one: Cover, asked: int) -> int:
    return round(plan_draft.share(one.fit, one.reviews, asked))


def _fits(covers: Sequence[Cover], asked: int, reader: Reader) -> str:
    found = Counter(_percent(one, asked) for one in covers if one.reviews)
    return plotted.fits(found, reader) if found else ""


def _worst(covers: Sequence[Cover], asked: int) -> int | None:
    found = [_percent(one, asked) for one in covers if one.reviews]
    return min(found) if found else None


HANDLERS = [assignment, plan, make, rows, save, pins, clock, export]
