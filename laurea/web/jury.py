"""A juror's room: the queue, the declaration of conflicts, the score sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Phase, Role, may, phase
from laurea import deliberation
from laurea.actions import joint
from laurea.actions import sheet as deeds
from laurea.errors import NotFound
from laurea.statute import plan_for
from laurea.store import pages_jury
from laurea.store.engine import reading
from laurea.store.pages_jury import Desk, Seat, Task
from laurea.web import declaring, evidence, rubric
from laurea.web.forms import Form, Who, first
from laurea.web.reader import Reader
from laurea.web.render import HTML, go, in_thread, page, text
from rules.plan import Plan

OPT = {"role": Role.JUROR}


@get("/juror", opt=OPT)
@in_thread
def home(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """A juror's rounds; the only one that runs opens at once."""
    with reading(request.app.state.engine) as connection:
        seats = pages_jury.seats(connection, reader.person_id)
    running = [seat for seat in seats if may(Role.JUROR, Deed.MARK, seat.timetable, reader.now)]
    if len(running) == 1 or (not running and len(seats) == 1):
        return go(f"/juror/{(running or seats)[0].code}")
    return page(request, "jury/rounds.html", seats=seats)


@get("/juror/{code:str}", opt=OPT)
@in_thread
def queue(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], given: FromQuery[str] = ""
) -> Response[Any]:
    """One sentence, one button, one list; `given` is an application just given away, to be confirmed."""
    seat, tasks = _seat(request, reader, code)
    return page(
        request,
        "jury/queue.html",
        given=declaring.given_away(request, reader, given),
        seat=seat,
        tasks=tasks,
        next=_next(tasks),
        undeclared=[task for task in tasks if not task.declared and task.state != "submitted"],
        open=may(Role.JUROR, Deed.MARK, seat.timetable, reader.now),
        phase=phase(seat.timetable, reader.now),
        phases=Phase,
    )


@post("/juror/{code:str}/no-conflicts", opt=OPT)
@in_thread
def declare_many(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Declare that there is no conflict with the applications listed on the page and not ticked."""
    ticked = data.get("conflict", [])
    ticked = set(ticked if isinstance(ticked, list) else [ticked])
    listed = data.get("listed", [])
    listed = [value for value in (listed if isinstance(listed, list) else [listed]) if value.isdecimal()]
    _seat(request, reader, code)
    free = [int(value) for value in listed if value not in ticked]
    deeds.declare_none(request.app.state.engine, person_id=reader.person_id, assignment_ids=free, now=reader.now)
    return declaring.ask_next(code, [value for value in listed if value in ticked])


@get("/sheets/{assignment_id:int}", opt=OPT)
@in_thread
def sheet(
    request: Request[Any, Any, Any],
    reader: Who,
    assignment_id: FromPath[int],
    conflict: FromQuery[bool] = False,
    then: FromQuery[str] = "",
    given: FromQuery[str] = "",
) -> Response[Any]:
    """The score sheet; before the juror declared, only the heading and the question.

    `then` are further assignments that were ticked, to be asked about next; `given` is the one just given away.
    """
    return _sheet_page(request, reader, assignment_id, ask_conflict=conflict, then=declaring.ids(then), given=given)


@post("/sheets/{assignment_id:int}", opt=OPT, status_code=200)
@in_thread
def submit(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """The sheet's main form: save the draft, or submit it and go on to the next application."""
    values: dict[str, Any] = {
        "person_id": reader.person_id,
        "assignment_id": assignment_id,
        "marks": _marks(data),
        "comment": first(data, "comment"),
        "version": _version(data),
        "now": reader.now,
    }
    engine = request.app.state.engine
    try:
        if first(data, "do") != "submit":
            saved = deeds.save_sheet(engine, over=bool(first(data, "over")), **values)
            if not saved.problems:
                return go(f"/sheets/{assignment_id}")
            return _with_problems(request, reader, saved, values)
        saved = deeds.submit_sheet(engine, **values)
    except deeds.Elsewhere as found:
        return _sheet_page(request, reader, assignment_id, status=409, typed=values, theirs=found.theirs)
    if saved.problems:
        return _with_problems(request, reader, saved, values)
    return _onwards(request, reader, saved.desk.code, done=assignment_id)


@post("/sheets/{assignment_id:int}/save", opt=OPT, status_code=200)
@in_thread
def autosave(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """The page's own saving while the juror works: parts of the page to put in place."""
    try:
        saved = deeds.save_sheet(
            request.app.state.engine,
            person_id=reader.person_id,
            assignment_id=assignment_id,
            marks=_marks(data),
            comment=first(data, "comment"),
            version=_version(data),
            now=reader.now,
            over=bool(first(data, "over")),
        )
    except deeds.Elsewhere as found:
        lines = rubric.lines(found.plan, reader.language)
        parts = text("jury/_elsewhere_part.html", reader, theirs=found.theirs, lines=lines)
        return Response(parts, status_code=409, media_type=HTML)
    parts = text(
        "jury/_saved_part.html",
        reader,
        saved=saved,
        tally=rubric.tally(saved.plan, saved.marks, reader.language),
        problems=rubric.gaps(saved.problems, _marks(data)),
        lines=rubric.lines(saved.plan, reader.language),
    )
    return Response(parts, media_type=HTML, headers={"laurea-version": str(saved.version)})


@post("/sheets/{assignment_id:int}/declare", opt=OPT)
@in_thread
def declare(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Redirect:
    """Declare a conflict, or that there is none."""
    kind, then = first(data, "kind"), declaring.ids(first(data, "then"))
    code = deeds.declare(
        request.app.state.engine,
        person_id=reader.person_id,
        assignment_id=assignment_id,
        kind=None if kind == "none" else kind,
        note=first(data, "note"),
        now=reader.now,
    )
    if kind == "none":
        return declaring.ask_next(code, then) if then else go(f"/sheets/{assignment_id}")
    return declaring.ask_next(code, then, given=assignment_id)


@post("/sheets/{assignment_id:int}/skip", opt=OPT)
@in_thread
def skip(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int]) -> Redirect:
    """Send this application to the back of the queue and go on."""
    code = deeds.skip(request.app.state.engine, person_id=reader.person_id, assignment_id=assignment_id, now=reader.now)
    return _onwards(request, reader, code)


@post("/sheets/{assignment_id:int}/reopen", opt=OPT)
@in_thread
def reopen(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int]) -> Redirect:
    """Take a submitted sheet back to change it."""
    deeds.reopen(request.app.state.engine, person_id=reader.person_id, assignment_id=assignment_id, now=reader.now)
    return go(f"/sheets/{assignment_id}")


def _seat(request: Request[Any, Any, Any], reader: Reader, code: str) -> tuple[Seat, list[Task]]:
    with reading(request.app.state.engine) as connection:
        seats = pages_jury.seats(connection, reader.person_id)
        seat = next((seat for seat in seats if seat.code == code), None)
        if seat is None:
            raise NotFoundException
        return seat, pages_jury.tasks(connection, seat.juror_id, seat.seed)


def _next(tasks: list[Task]) -> Task | None:
    return next((task for task in tasks if task.state != "submitted"), None)


def _onwards(request: Request[Any, Any, Any], reader: Reader, code: str, done: int = 0) -> Redirect:
    """To the next application; `done` tells the page which sheet arrived, so that its copy on the device can go."""
    _, tasks = _seat(request, reader, code)
    task = _next(tasks)
    return go((f"/sheets/{task.assignment_id}" if task else f"/juror/{code}") + (f"?done={done}" if done else ""))


def _marks(data: dict[str, Any]) -> dict[str, str]:
    return {name[5:]: first(data, name) for name in data if name.startswith("mark.")}


def _version(data: dict[str, Any]) -> int:
    version = first(data, "version")
    return int(version) if version.isdecimal() and len(version) < 10 else -1


def _with_problems(
    request: Request[Any, Any, Any], reader: Reader, saved: deeds.Saved, typed: dict[str, Any]
) -> Response[Any]:
    return _sheet_page(
        request,
        reader,
        saved.desk.assignment_id,
        status=422,
        typed={**typed, "version": saved.version},
        problems=rubric.gaps(saved.problems, typed["marks"]),
    )


def _sheet_page(
    request: Request[Any, Any, Any],
    reader: Reader,
    assignment_id: int,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    theirs: Desk | None = None,
    problems: dict[str, Any] | None = None,
    ask_conflict: bool = False,
    then: Sequence[str] = (),
    given: str = "",
) -> Response[Any]:
    with reading(request.app.state.engine) as connection:
        desk = pages_jury.desk(connection, reader.person_id, assignment_id)
        if desk is None:
            raise NotFound("There is no such page.")
        tasks = pages_jury.tasks(connection, desk.juror_id, 0)
        open_ = may(Role.JUROR, Deed.MARK, desk.timetable, reader.now)
        common: dict[str, Any] = {
            "desk": desk,
            "done": sum(task.state == "submitted" for task in tasks),
            "all": len(tasks),
            "open": open_,
            "kinds": declaring.kinds(reader),
        }
        if not desk.readable or ask_conflict:
            return page(
                request,
                "jury/declare.html",
                status=status,
                conflict_first=ask_conflict,
                then=",".join(then),
                given=declaring.given_away(request, reader, given),
                **common,
            )
        plan: Plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
        pieces = pages_jury.pieces(connection, desk.application_id)
    meets = desk.state == "submitted" and deliberation.deliberates(plan)
    engine = request.app.state.engine
    met = joint.table(engine, person_id=reader.person_id, assignment_id=assignment_id) if meets else None
    marks = typed["marks"] if typed else desk.marks
    return page(
        request,
        "jury/sheet.html",
        status=status,
        lines=rubric.lines(plan, reader.language),
        known=evidence.known(plan.ruleset, desk.facts, pieces, reader),
        listings=evidence.listings(plan.ruleset, desk.children, pieces, reader),
        marks=marks,
        comment=typed["comment"] if typed else desk.comment,
        version=theirs.version if theirs else (typed["version"] if typed else desk.version),
        theirs=theirs,
        problems=problems or {},
        tally=rubric.tally(plan, desk.marks, reader.language),
        editable=open_ and desk.state != "submitted",
        joint=met is not None,
        **common,
    )


HANDLERS = [home, queue, declare_many, sheet, submit, autosave, declare, skip, reopen]
