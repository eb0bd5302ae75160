"""The earlier versions of a score sheet: what differs, and letting one stand again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import sheet as deeds
from laurea.errors import NotFound
from laurea.statute import plan_for
from laurea.store import pages_jury, pages_own_sheets
from laurea.store.engine import reading
from laurea.store.pages_own_sheets import Version
from laurea.web import forms, rubric, viewing
from laurea.web.forms import Form, Who
from laurea.web.render import go, in_thread, page
from laurea.web.rubric import Line

OPT = {"role": Role.JUROR}


@dataclass(frozen=True)
class Difference:
    """One version beside the one it is compared with: (criterion, here, there), and whether the comments differ."""

    version: Version
    marks: tuple[tuple[str, str, str], ...]
    comment: bool


@get("/sheets/{assignment_id:int}/history", opt=OPT)
@in_thread
def history(
    request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], beside: FromQuery[int] = 0
) -> Response[Any]:
    """Every version kept of one's own sheet; `beside` is the version to compare with, else the one that stands."""
    with reading(request.app.state.engine) as connection:
        desk = pages_jury.desk(connection, reader.person_id, assignment_id)
        if desk is None or desk.sheet_id is None or not desk.readable:
            raise NotFound("There is no such page.")
        if viewing.hides(reader, Field.OWN_SHEET, desk.timetable):
            raise NotFound("There is no such page.")
        plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
        kept = pages_own_sheets.versions(connection, desk.sheet_id)
    stands = Version(desk.version, desk.marks, desk.comment, desk.saved_at or reader.now)
    every = [stands, *(one for one in kept if one.number != stands.number)]
    base = next((one for one in every if one.number == beside), stands)
    return page(
        request,
        "jury/history.html",
        desk=desk,
        stands=stands,
        base=base,
        found=differences(every, base, rubric.lines(plan, reader.language)),
        editable=desk.state != "submitted" and may(Role.JUROR, Deed.MARK, desk.timetable, reader.now),
    )


@post("/sheets/{assignment_id:int}/restore", opt=OPT)
@in_thread
def restore(request: Request[Any, Any, Any], reader: Who, assignment_id: FromPath[int], data: Form) -> Redirect:
    """Let an earlier version stand again, and show the sheet; `done` makes the page drop its copy on the device."""
    number = forms.whole(forms.first(data, "number"))
    deeds.restore(
        request.app.state.engine,
        person_id=reader.person_id,
        assignment_id=assignment_id,
        number=-1 if number is None else number,
        version=forms.version(data),
        now=reader.now,
    )
    return go(f"/sheets/{assignment_id}?done={assignment_id}")


def differences(every: Sequence[Version], base: Version, lines: Sequence[Line]) -> list[Difference]:
    """Each version against `base`, in the order given."""
    return [
        Difference(
            one,
            tuple(
                (line.title, one.marks.get(line.id, ""), base.marks.get(line.id, ""))
                for line in lines
                if one.marks.get(line.id) != base.marks.get(line.id)
            ),
            one.comment != base.comment,
        )
        for one in every
    ]


HANDLERS = [history, restore]
