"""The offices of somebody who is an officer in several, and changing from one to another."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException

from evaluators.permissions import Role
from laurea.actions import sessions
from laurea.store import pages_people
from laurea.store.engine import reading
from laurea.web.door import HOMES, session_cookie
from laurea.web.forms import Form, Who, first, whole
from laurea.web.gate import cookie_name
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.OFFICER}


@get("/offices", opt=OPT)
@in_thread
def offices(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The offices somebody may act for."""
    with reading(request.app.state.engine) as connection:
        found = pages_people.offices_of(connection, reader.person_id)
    return page(request, "office/offices.html", offices=found)


@post("/offices", opt=OPT)
@in_thread
def change(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Go on in another of one's own offices, in a session of its own."""
    state = request.app.state
    number = whole(first(data, "person"))
    cookie = request.cookies.get(cookie_name(state.settings, "laurea"), "")
    opened = None if number is None else sessions.change_office(state.engine, cookie, number, reader.now)
    if opened is None:
        raise NotFoundException
    answer = go(HOMES[opened.role])
    answer.set_cookie(session_cookie(state.settings, opened.token))
    return answer


HANDLERS = [offices, change]
