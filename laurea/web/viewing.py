"""To see the portal as a juror or an applicant sees it: an officer looks, and can change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.permissions import Field, Role, Timetable, phase, sees, viewer_sees
from laurea.actions import sessions
from laurea.store import pages_people
from laurea.store.engine import reading
from laurea.store.pages_jury import Desk
from laurea.web import field_words
from laurea.web.door import HOMES
from laurea.web.forms import Who
from laurea.web.gate import cookie_name
from laurea.web.looks import noted
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.OFFICER}


@get("/view/{person_id:int}", opt=OPT)
@noted("person")
def ask(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Response[Any]:
    """Whom one would look as, and what they see in the phase each of their rounds is in."""
    with reading(request.app.state.engine) as connection:
        whom = pages_people.to_view(connection, reader.person_id, person_id)
        rounds = pages_people.rounds_of(connection, person_id) if whom else []
    if whom is None:
        raise NotFoundException
    role, words = Role(whom.role), field_words.fields(reader.words.gettext)
    shown = []
    for one in rounds:
        at = phase(one.timetable, reader.now)
        theirs, ours = sees(role, at), viewer_sees(role, at)
        seen = [(says, field in ours) for field, says in words.items() if field in theirs]
        shown.append((one, at, seen, [says for field, says in words.items() if field not in theirs]))
    return page(
        request, "office/view.html", whom=whom, role=field_words.roles(reader.words.gettext)[role], rounds=shown
    )


@post("/view/{person_id:int}", opt=OPT)
@in_thread
def begin(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Redirect:
    """Look at the portal as this person, until one stops or signs out."""
    role = sessions.look_as(request.app.state.engine, _cookie(request), person_id, reader.now)
    return go(HOMES[role])


@post("/view/stop", opt={"viewing": True})
@in_thread
def stop(request: Request[Any, Any, Any], reader: Who) -> Redirect:
    """Be oneself again."""
    if reader.viewer is None:
        return go("/")
    sessions.look_no_longer(request.app.state.engine, _cookie(request))
    return go(f"/view/{reader.person_id}")


def _cookie(request: Request[Any, Any, Any]) -> str:
    return request.cookies.get(cookie_name(request.app.state.settings, "laurea"), "")


def hides(reader: Reader, field: Field, timetable: Timetable) -> bool:
    """Whether this must stay hidden from an officer who looks at the portal as somebody else."""
    return reader.viewer is not None and field not in viewer_sees(reader.role, phase(timetable, reader.now))


def names_applicants(reader: Reader, timetable: Timetable) -> bool:
    """Whether a page of this reader may say who the applicant is, or show what may tell it: names of their files."""
    return Field.HEADING in sees(reader.role, phase(timetable, reader.now))


def as_seen(reader: Reader, desk: Desk) -> Desk:
    """A juror's desk, without marks and comment where an officer who looks may not see them yet."""
    return replace(desk, marks={}, comment="") if hides(reader, Field.OWN_SHEET, desk.timetable) else desk


HANDLERS = [ask, begin, stop]
