"""A juror's room: the queue, the declaration of conflicts, the score sheet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Phase, Role, may, phase, sees
from laurea.actions import sheet as deeds
from laurea.errors import NotFound
from laurea.marking import Draft, Elsewhere, Saved
from laurea.store import meetings, pages_jury, replays
from laurea.store.engine import Engine, answers_at_once, glancing, reading
from laurea.store.pages_jury import Seat, Task
from laurea.web import declaring, forms, rubric, sheet_page, table
from laurea.web.forms import Form, Who, first
from laurea.web.gate import from_memory, known
from laurea.web.reader import Reader
from laurea.web.render import Html, at_once, go, in_thread, page, text, together
from laurea.web.sheet_page import Asked, next_of, seat_of
from laurea.web.together import Together

OPT = {"role": Role.JUROR}
OFTEN = {**OPT, "asks_again": True}


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


@get("/juror/{code:str}", opt=OFTEN)
async def queue(request: Request[Any, Any, Any], code: FromPath[str], given: FromQuery[str] = "") -> Response[Any]:
    """One sentence, one button, one list; `given` is an application just given away, to be confirmed.

    Queues that are asked for together are one question; few jurors have more to be told than theirs.
    """

    async def own() -> Any:
        return await together(request, "queues", (_reader(request).person_id, code))

    found = await known(request, own)
    if found is None:
        raise NotFound("There is no such page.")
    reader = _reader(request)
    timetable = found[0].timetable
    follows = found[0].meets and Field.MEETING in sees(Role.JUROR, phase(timetable, reader.now))
    again = may(Role.JUROR, Deed.JUDGE_AGAIN, timetable, reader.now)
    show = partial(_queue, request, reader, *found, follows=follows, again=again, given=given)
    if answers_at_once(request.app.state.engine) or not (follows or again or given):
        return show()
    return await sync_to_thread(show)


def _queue(
    request: Request[Any, Any, Any], reader: Reader, seat: Seat, tasks: list[Task], *,
    follows: bool, again: bool, given: str,
) -> Response[Any]:  # fmt: skip
    sittings, appeals = [], []
    if follows or again:
        with glancing(request.app.state.engine) as connection:
            sittings = meetings.followed(connection, seat.round_id) if follows else []
            appeals = replays.tasks(connection, reader.person_id, seat.round_id) if again else []
    rows = tuple([(task, reader.country(task.country)) for task in tasks])
    return page(
        request,
        "jury/queue.html",
        reader=reader,
        sittings=sittings,
        again=appeals,
        given=declaring.given_away(request, reader, given),
        seat=seat,
        tasks=rows,
        next=next_of(tasks),
        undeclared=tuple([row for row in rows if not row[0].declared and row[0].state != "submitted"]),
        open=may(Role.JUROR, Deed.MARK, seat.timetable, reader.now),
        phase=phase(seat.timetable, reader.now),
        phases=Phase,
    )


@get("/juror/{code:str}/next", opt=OPT)
@in_thread
def onwards(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Where a letter's link leads: the first unfinished sheet, or the list while conflicts wait to be declared."""
    seat, tasks = seat_of(request, reader, code)
    task = next_of(tasks)
    ready = task is not None and task.declared and may(Role.JUROR, Deed.MARK, seat.timetable, reader.now)
    return go(f"/sheets/{task.assignment_id}" if task and ready else f"/juror/{code}")


@post("/juror/{code:str}/no-conflicts", opt=OPT)
@in_thread
def declare_many(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Redirect:
    """Declare that there is no conflict with the applications listed on the page and not ticked."""
    ticked = set(forms.several(data, "conflict"))
    listed = [value for value in forms.several(data, "listed") if forms.whole(value) is not None]
    seat_of(request, reader, code)
    free = [int(value) for value in listed if value not in ticked]
    deeds.declare_none(request.app.state.engine, person_id=reader.person_id, assignment_ids=free, now=reader.now)
    return declaring.ask_next(code, [value for value in listed if value in ticked])


@get("/sheets/{assignment_id:int}", opt=OFTEN)
@at_once
def sheet(
    request: Request[Any, Any, Any],
    reader: Who,
    assignment_id: FromPath[int],
    conflict: FromQuery[bool] = False,
    cannot: FromQuery[bool] = False,
    then: FromQuery[str] = "",
    given: FromQuery[str] = "",
) -> Response[Any]:
    """The score sheet; before the juror declared, only the heading and the question."""
    asked = Asked(conflict, cannot, declaring.ids(then), given)
    return sheet_page.show(request, reader, assignment_id, asked=asked)


@post("/sheets/{assignment_id:int}", opt=OPT, status_code=200)
@in_thread
def submit(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """The sheet's main form: save the draft, skip it, or submit it and go on; from the table, back to the table."""
    values: dict[str, Any] = {
        "person_id": reader.person_id,
        "assignment_id": assignment_id,
        "marks": forms.marks(data),
        "comment": first(data, "comment"),
        "version": forms.version(data),
        "now": reader.now,
    }
    engine, do, from_table = request.app.state.engine, first(data, "do"), first(data, "from") == "table"
    try:
        if do == "skip":
            return _onwards(request, reader, deeds.skip(engine, **values))
        if do == "submit":
            saved = deeds.submit_sheet(engine, **values)
        else:
            saved = deeds.save_sheet(engine, over=bool(first(data, "over")), **values)
    except Elsewhere as found:
        return sheet_page.show(request, reader, assignment_id, status=409, typed=values, theirs=found.theirs)
    if saved.problems and from_table:
        return table.with_problems(request, reader, saved, values)
    if saved.problems:
        return sheet_page.with_problems(request, reader, saved, values)
    if from_table:
        return table.back(request, reader, saved.desk.code, assignment_id)
    if do == "submit":
        return _onwards(request, reader, saved.desk.code, done=assignment_id)
    return go(f"/sheets/{assignment_id}")


@post("/sheets/{assignment_id:int}/save", opt=OFTEN, status_code=200)
async def autosave(request: Request[Any, Any, Any], assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """The page's own saving while the juror works: parts of the page, or of a row of the table, to put in place.

    Savings that come in together are committed together, and answered once they are.
    """
    marks, where = forms.marks(data), "_row" if first(data, "from") == "table" else ""
    over = bool(first(data, "over"))
    comment, version, saving = first(data, "comment"), forms.version(data), request.app.state.saving

    async def save() -> Saved:
        now = _reader(request)
        signed = from_memory(request)
        draft = Draft(now.person_id, assignment_id, marks, comment, version, now.now, over, signed)
        found: Saved = await saving((draft, now.language))
        return found

    try:
        saved = await known(request, save)
    except Elsewhere as found:
        reader = _reader(request)
        lines = rubric.lines(found.plan, reader.language)
        parts = text(f"jury/_elsewhere{where}_part.html", reader, theirs=found.theirs, lines=lines)
        return Html(parts, status_code=409)
    reader = _reader(request)
    parts = text(
        f"jury/_saved{where}_part.html",
        reader,
        saved=saved,
        tally=rubric.tally(saved.plan, saved.marks, reader.language),
        problems=rubric.gaps(saved.problems, marks),
        lines=rubric.lines(saved.plan, reader.language),
    )
    return Html(parts, headers={"laurea-version": str(saved.version)})


def saving(engine: Engine) -> Together[tuple[Draft, str], Saved]:
    """What `autosave` awaits: takes a draft and the language it is answered in.

    SQLite has one writer at a time. Elsewhere a lot that waits for a sheet somebody holds lets others pass.
    """
    return Together(partial(_save_lot, engine), most=64, lanes=1 if answers_at_once(engine) else 4, pause=0.02)


def _save_lot(engine: Engine, asked: Sequence[tuple[Draft, str]]) -> Sequence[Saved | Exception]:
    found = deeds.save_sheets(engine, [draft for draft, _ in asked])
    with suppress(Exception):  # all is saved; what fails here fails again, for one alone, where it is shown
        rubric.tally_ahead([
            (one.plan, one.marks, language)
            for one, (_, language) in zip(found, asked, strict=True) if isinstance(one, Saved)
        ])  # fmt: skip
    return found


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


def _onwards(request: Request[Any, Any, Any], reader: Reader, code: str, done: int = 0) -> Redirect:
    """To the next application; `done` tells the page which sheet arrived, so that its copy on the device can go."""
    _, tasks = seat_of(request, reader, code)
    task = next_of(tasks)
    return go((f"/sheets/{task.assignment_id}" if task else f"/juror/{code}") + (f"?done={done}" if done else ""))


def _reader(request: Request[Any, Any, Any]) -> Reader:
    """Whom the gate let in, the last time it was asked."""
    found: Reader = request.scope["laurea_reader"]  # type: ignore[typeddict-item]
    return found


HANDLERS = [home, queue, onwards, declare_many, sheet, submit, autosave, declare, skip, reopen]
