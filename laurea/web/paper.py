"""Score sheets on paper: what is known of an application, and its rubric to be filled in by hand."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from evaluators.permissions import Role
from laurea.statute import plan_for
from laurea.store import pages_own_sheets, pages_pieces
from laurea.store.engine import reading
from laurea.store.pages_jury import Desk
from laurea.web import evidence, rubric
from laurea.web.forms import Who
from laurea.web.reader import Reader
from laurea.web.render import in_thread, page
from laurea.web.sheet_page import readable, seat_of

OPT = {"role": Role.JUROR}


@get("/sheets/{assignment_id:int}/paper", opt=OPT)
@in_thread
def one(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int]) -> Response[Any]:
    """One application and its blank sheet."""
    with reading(request.app.state.engine) as connection:
        desk = readable(connection, reader, assignment_id)
    return _print(request, reader, desk.code, desk.title, [desk])


@get("/juror/{code:str}/paper", opt=OPT)
@in_thread
def all_(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Every unfinished application that the juror may read, each on pages of its own."""
    seat, tasks = seat_of(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = pages_own_sheets.desks(connection, reader.person_id, seat.juror_id)
    waiting = [found[task.assignment_id] for task in tasks if task.state != "submitted" and task.assignment_id in found]
    return _print(request, reader, code, seat.title, [desk for desk in waiting if desk.readable])


def _print(request: Request[Any, Any, Any], reader: Reader, code: str, title: str, desks: list[Desk]) -> Response[Any]:
    sheets = []
    with reading(request.app.state.engine) as connection:
        pieces = pages_pieces.pieces_of(connection, [desk.application_id for desk in desks])
        for desk in desks:
            plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
            sources = pieces.get(desk.application_id, [])
            sheets.append(
                (
                    desk,
                    evidence.known(plan.ruleset, desk.facts, sources, reader),
                    evidence.listings(plan.ruleset, desk.children, sources, reader),
                    rubric.lines(plan, reader.language),
                )
            )
    return page(request, "jury/paper.html", code=code, title=title, sheets=sheets)


HANDLERS = [one, all_]
