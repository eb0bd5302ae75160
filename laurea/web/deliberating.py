"""A juror's room, beyond the own sheet: handing an application back, and the sheet a jury writes together."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import joint
from laurea.actions import sheet as deeds
from laurea.errors import NotFound
from laurea.web import declaring, forms, rubric, viewing
from laurea.web.forms import Form, Who, first
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.JUROR}


@post("/sheets/{assignment_id:int}/hand-back", opt=OPT)
@in_thread
def hand_back(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """Give an application back without a conflict, or abstain, with a reason."""
    code = deeds.hand_back(
        request.app.state.engine,
        person_id=reader.person_id,
        assignment_id=assignment_id,
        reason=first(data, "reason"),
        abstains=first(data, "do") == "abstain",
        now=reader.now,
    )
    return declaring.ask_next(code, [], given=assignment_id)


@get("/sheets/{assignment_id:int}/joint", opt=OPT)
@in_thread
def together(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int]) -> Response[Any]:
    """The sheets of an application beside each other, without names, and the joint one; else the own sheet."""
    found = joint.table(request.app.state.engine, person_id=reader.person_id, assignment_id=assignment_id)
    if found is None:
        return go(f"/sheets/{assignment_id}")
    if viewing.hides(reader, Field.JOINT_SHEET, found.desk.timetable):
        raise NotFound("There is no such page.")
    return _page(request, reader, found)


@post("/sheets/{assignment_id:int}/joint", opt=OPT, status_code=200)
@in_thread
def write(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Response[Any]:
    """Write the joint sheet, or agree to it as it stands."""
    engine = request.app.state.engine
    seen = forms.version(data)
    who = {"person_id": reader.person_id, "assignment_id": assignment_id}
    typed = forms.marks(data)
    comment = first(data, "comment")
    try:
        if first(data, "do") == "agree":
            joint.agree(engine, **who, version=seen, now=reader.now)
            return go(f"/sheets/{assignment_id}/joint")
        problems = joint.write(engine, **who, marks=typed, comment=comment, version=seen, now=reader.now)
    except joint.Rewritten as other:
        return _page(request, reader, other.table, status=409, typed=typed, comment=comment)
    if not problems:
        return go(f"/sheets/{assignment_id}/joint")
    found = joint.table(engine, person_id=reader.person_id, assignment_id=assignment_id)
    if found is None:
        raise NotFound("There is no such page.")
    gaps = rubric.gaps(problems, typed)
    return _page(request, reader, found, status=422, typed=typed, comment=comment, problems=gaps)


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    found: joint.Table,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    comment: str | None = None,
    problems: dict[str, Any] | None = None,
) -> Response[Any]:
    """`typed` and `comment` are what was sent and not kept: the page shows it beside what stands."""
    stands = found.sheet
    mine = next(one for one in found.colleagues if one.juror_id == found.desk.juror_id)
    marks = typed if typed is not None else stands.marks if stands else mine.marks
    words = comment if comment is not None else stands.comment if stands else ""
    return page(
        request,
        "jury/joint.html",
        status=status,
        desk=found.desk,
        table=found,
        stands=stands,
        lines=rubric.lines(found.plan, reader.language),
        marks=marks,
        comment=words,
        problems=problems or {},
        elsewhere=status == 409,
        editable=found.open and may(Role.JUROR, Deed.DELIBERATE, found.desk.timetable, reader.now),
    )


HANDLERS = [hand_back, together, write]
