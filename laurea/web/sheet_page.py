"""The page of one score sheet: evidence and rubric, or before the juror declared, the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from evaluators.permissions import Deed, Field, Role, may
from laurea import deliberation
from laurea.actions import joint
from laurea.errors import NotFound
from laurea.marking import Saved
from laurea.statute import plan_for
from laurea.store import attached, frozen, pages_jury, pages_pieces
from laurea.store.engine import Connection, glancing, reading
from laurea.store.pages_jury import Desk, Seat, Task
from laurea.store.sheet_states import SheetState
from laurea.web import declaring, evidence, rubric, viewing
from laurea.web.reader import Reader
from laurea.web.render import page


@dataclass(frozen=True)
class Asked:
    """What is asked before the content is shown, or instead of it.

    `conflict`: the juror wants to declare one; `cannot`: to hand the application back; `then` are further assignments
    that were ticked, to be asked about next; `given` is the one just given away.
    """

    conflict: bool = False
    cannot: bool = False
    then: Sequence[str] = ()
    given: str = ""


def queue_of(connection: Connection, reader: Reader, code: str) -> tuple[Seat, list[Task]]:
    """A juror's place in a round and the applications in their order. Raises NotFound where there is none."""
    found = pages_jury.queue(connection, reader.person_id, code)
    if found is None:
        raise NotFound("There is no such page.")
    return found


def own_seat(connection: Connection, reader: Reader, code: str) -> Seat:
    """As `queue_of`, where the applications are not asked for."""
    for seat in pages_jury.seats(connection, reader.person_id):
        if seat.code == code:
            return seat
    raise NotFound("There is no such page.")


def seat_of(request: Request[Any, Any, Any], reader: Reader, code: str) -> tuple[Seat, list[Task]]:
    """As `queue_of`, with a connection of its own."""
    with reading(request.app.state.engine) as connection:
        return queue_of(connection, reader, code)


def readable(connection: Connection, reader: Reader, assignment_id: int) -> Desk:
    """A desk whose content its juror may read: declared, without a conflict, not handed back. Raises NotFound."""
    desk = pages_jury.desk(connection, reader.person_id, assignment_id)
    if desk is None or not desk.readable:
        raise NotFound("There is no such page.")
    return desk


def next_of(tasks: Sequence[Task]) -> Task | None:
    """The application to go on with; None when all are done."""
    return next((task for task in tasks if task.state != "submitted"), None)


def with_problems(
    request: Request[Any, Any, Any], reader: Reader, saved: Saved, typed: dict[str, Any]
) -> Response[Any]:
    """The sheet again, with what keeps it from being finished said at the top and at each criterion."""
    return show(
        request,
        reader,
        saved.desk.assignment_id,
        status=422,
        typed={**typed, "version": saved.version},
        problems=rubric.gaps(saved.problems, typed["marks"]),
    )


def show(
    request: Request[Any, Any, Any],
    reader: Reader,
    assignment_id: int,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    theirs: SheetState | None = None,
    problems: dict[str, Any] | None = None,
    asked: Asked | None = None,
) -> Response[Any]:
    """The sheet as it stands, or with `typed` as it was sent; `theirs` is what another window saved meanwhile."""
    with glancing(request.app.state.engine) as connection:
        desk = pages_jury.desk(connection, reader.person_id, assignment_id)
        if desk is None:
            raise NotFound("There is no such page.")
        open_ = may(Role.JUROR, Deed.MARK, desk.timetable, reader.now) and reader.viewer is None
        desk = viewing.as_seen(reader, desk)
        common: dict[str, Any] = {
            "desk": desk,
            "done": desk.done,
            "all": desk.all,
            "open": open_,
            "kinds": declaring.kinds(reader),
        }
        asked = asked or Asked()
        if not desk.readable or asked.conflict or asked.cannot:
            return page(
                request,
                "jury/declare.html",
                status=status,
                conflict_first=asked.conflict,
                cannot_first=asked.cannot,
                then=",".join(asked.then),
                given=declaring.given_away(request, reader, asked.given),
                **common,
            )
        plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
        pieces = pages_pieces.pieces(connection, desk.application_id)
        pages = frozen.pages_of(connection, desk.application_id) if desk.pages else []
        files = attached.of_application(connection, desk.application_id) if desk.files else []
    meets = desk.state == "submitted" and deliberation.deliberates(plan)
    engine = request.app.state.engine
    meets = meets and not viewing.hides(reader, Field.JOINT_SHEET, desk.timetable)
    met = joint.table(engine, person_id=reader.person_id, assignment_id=assignment_id) if meets else None
    return page(
        request,
        "jury/sheet.html",
        status=status,
        lines=rubric.lines(plan, reader.language),
        known=evidence.known(plan.ruleset, desk.facts, pieces, reader),
        listings=evidence.listings(plan.ruleset, desk.children, pieces, reader),
        pages=pages,
        files=files,
        named=viewing.names_applicants(reader, desk.timetable),
        marks=typed["marks"] if typed else desk.marks,
        comment=typed["comment"] if typed else desk.comment,
        version=theirs.version if theirs else (typed["version"] if typed else desk.version),
        theirs=theirs,
        problems=problems or {},
        tally=rubric.tally(plan, desk.marks, reader.language),
        editable=open_ and desk.state != "submitted",
        joint=met is not None,
        veiled=viewing.hides(reader, Field.OWN_SHEET, desk.timetable),
        **common,
    )
