"""All of a juror's applications in one table, for short competitions: a row is a score sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.decide import Standing
from evaluators.permissions import Deed, Role, may
from laurea.marking import Saved
from laurea.statute import plan_for
from laurea.store import pages_own_sheets
from laurea.store.engine import reading
from laurea.store.pages_jury import Desk, Task
from laurea.web import rubric, viewing
from laurea.web.forms import Who
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from laurea.web.rubric import Gap, Line
from laurea.web.sheet_page import next_of, seat_of

OPT = {"role": Role.JUROR}


@dataclass(frozen=True)
class Row:
    """One application of the table. `desk` is None until the juror declared; `problems` by criterion."""

    task: Task
    desk: Desk | None
    marks: Mapping[str, str]
    comment: str
    tally: Standing | None
    problems: Mapping[str, Gap]


@get("/juror/{code:str}/table", opt=OPT)
@in_thread
def rows(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """The table: one row an application, saved by itself, submitted row by row."""
    return show(request, reader, code)


def with_problems(
    request: Request[Any, Any, Any], reader: Reader, saved: Saved, typed: dict[str, Any]
) -> Response[Any]:
    """The table again, with what keeps one row from being finished said in it."""
    return show(request, reader, saved.desk.code, wrong=saved, typed=typed)


def back(request: Request[Any, Any, Any], reader: Reader, code: str, done: int) -> Redirect:
    """To the table, at the row to go on with; `done` tells the page which sheet arrived."""
    task = next_of(seat_of(request, reader, code)[1])
    return go(f"/juror/{code}/table?done={done}" + (f"#row-{task.assignment_id}" if task else ""))


def show(
    request: Request[Any, Any, Any],
    reader: Reader,
    code: str,
    *,
    wrong: Saved | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[Any]:
    """The page; `wrong` is the sheet that could not be submitted as it was `typed`."""
    seat, tasks = seat_of(request, reader, code)
    lines: tuple[Line, ...] = ()
    found: list[Row] = []
    with reading(request.app.state.engine) as connection:
        desks = pages_own_sheets.desks(connection, reader.person_id, seat.juror_id)
        for task in tasks:
            desk = desks.get(task.assignment_id)
            if desk is None:
                continue  # given away meanwhile
            if not desk.readable:
                found.append(Row(task, None, {}, "", None, {}))
                continue
            desk = viewing.as_seen(reader, desk)
            plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
            lines = rubric.lines(plan, reader.language)
            sent = typed if wrong is not None and typed and wrong.desk.assignment_id == desk.assignment_id else None
            found.append(
                Row(
                    task,
                    desk,
                    sent["marks"] if sent else desk.marks,
                    sent["comment"] if sent else desk.comment,
                    rubric.tally(plan, desk.marks, reader.language),
                    rubric.gaps(wrong.problems, sent["marks"]) if sent and wrong else {},
                )
            )
    return page(
        request,
        "jury/table.html",
        status=422 if wrong else 200,
        seat=seat,
        rows=found,
        lines=lines,
        open=may(Role.JUROR, Deed.MARK, seat.timetable, reader.now) and reader.viewer is None,
    )


HANDLERS = [rows]
