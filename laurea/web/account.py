"""Where one is signed in, how one gets in, and the second factor of officers."""

from __future__ import annotations

import logging
from typing import Any

import segno
from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Role, may_at_home
from laurea import entering
from laurea.actions import second_factor, sessions
from laurea.errors import BadInput
from laurea.store import accounts, rounds
from laurea.store.engine import reading
from laurea.store.keeping import token_digest
from laurea.web.door import HOMES, session_cookie
from laurea.web.forms import Form, Who, first
from laurea.web.gate import browser_of, cookie_name
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page

LOG = logging.getLogger("laurea.sign_in")
OWN = {"own": True}  # of whoever is signed in
OFFICER = {"role": Role.OFFICER}
ENROL = {"role": Role.OFFICER, "half": ("enrolment",)}
SECOND = {"role": Role.OFFICER, "half": ("code",)}
SECOND_PAGE = "/account/code"
ENROL_PAGE = "/account/second-factor"


@get("/account", opt=OWN)
@in_thread
def account(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """Where one is signed in, and how one gets in."""
    return _account(request, reader)


def _account(
    request: Request[Any, Any, Any], reader: Reader, wrong: BadInput | None = None, codes: list[str] | None = None
) -> Response[Any]:
    if reader.viewer is not None:  # it is nobody else's to look at
        raise NotFoundException
    state = request.app.state
    with reading(state.engine) as connection:
        found = accounts.sessions_of(connection, reader.person_id, token_digest(_cookie(request)), reader.now)
        linked = accounts.linked(connection, reader.person_id)
        factor = accounts.factor(connection, reader.person_id) if reader.role is Role.OFFICER else None
        office = rounds.authority_of(connection, reader.authority_id)
    return page(
        request, "account/account.html", status=422 if wrong else 200, sessions=found, linked=linked, factor=factor,
        office=office, wrong=wrong, codes=codes or [], provider=state.settings.provider_name,
        can=may_at_home(reader.role, Deed.SECURE),
    )  # fmt: skip


@post("/account/sessions", opt=OWN)
@in_thread
def end(request: Request[Any, Any, Any], reader: Who, data: Form) -> Redirect:
    """Sign out elsewhere: of one session, or of every other."""
    engine, key = request.app.state.engine, first(data, "session")
    sessions.end_sessions(engine, reader.person_id, _cookie(request), reader.now, key=key)
    return go("/account")


@post("/account/unlink", opt=OWN)
@in_thread
def unlink(request: Request[Any, Any, Any], reader: Who) -> Redirect:
    """Forget who one is at the identity provider."""
    sessions.unlink(request.app.state.engine, reader.person_id, reader.now)
    return go("/account")


@get(ENROL_PAGE, opt=ENROL)
@in_thread
def offer(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """The picture an authenticator reads, and the field for its first code."""
    with reading(request.app.state.engine) as connection:
        known = accounts.factor(connection, reader.person_id) is not None
    return go("/account") if known else _offer(request, reader)


def _offer(request: Request[Any, Any, Any], reader: Reader, wrong: BadInput | None = None) -> Response[Any]:
    assert reader.session is not None
    secret = second_factor.secret_for(request.app.state.settings, reader.csrf)
    made = segno.make(second_factor.address_for(secret, reader.session.person.email), error="m", micro=False)
    picture = made.svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    spelt = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return page(
        request, "account/enrol.html", status=422 if wrong else 200, picture=picture, spelt=spelt, wrong=wrong,
        must=reader.session.lacks == "enrolment",
    )  # fmt: skip


@post(ENROL_PAGE, opt=ENROL, status_code=200)
@in_thread
def enrol(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """The first code: from now on one is asked for. The recovery codes stand on this page, once."""
    state = request.app.state
    try:
        cookie, codes = second_factor.enrol(
            state.engine, reader.person_id, reader.csrf, first(data, "code")[:40], state.settings, reader.now,
            browser_of(request),
        )  # fmt: skip
    except BadInput as wrong:
        return _offer(request, reader, wrong)
    answer = page(request, "account/codes.html", codes=codes, fresh=True)
    answer.set_cookie(session_cookie(state.settings, cookie))
    return answer


@get(SECOND_PAGE, opt=SECOND)
@in_thread
def ask(request: Request[Any, Any, Any], reader: Who, to: FromQuery[str] = "") -> Response[Any]:
    """The field for the second factor, after the first."""
    if reader.session is None or reader.session.lacks != "code":
        return go(HOMES["officer"])
    return page(request, "account/second.html", to=entering.safe_target(to), wrong=False)


@post(SECOND_PAGE, opt=SECOND, status_code=200)
@in_thread
def give(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """The second factor: a code of the authenticator, or a recovery code."""
    state, to = request.app.state, entering.safe_target(first(data, "to"))
    typed, came = first(data, "code")[:40], browser_of(request)
    cookie = second_factor.pass_on(state.engine, reader.person_id, typed, state.settings, reader.now, came)
    if cookie is None:
        LOG.info("sign-in failed", extra={"by": "second factor", "person": reader.person_id})
        return page(request, "account/second.html", status=422, to=to, wrong=True)
    answer = go(to or HOMES["officer"])
    answer.set_cookie(session_cookie(state.settings, cookie))
    return answer


@post("/account/recovery-codes", opt=OFFICER, status_code=200)
@in_thread
def renew(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Ten new recovery codes."""
    state = request.app.state
    try:
        typed = first(data, "code")[:40]
        codes = second_factor.new_codes(state.engine, reader.person_id, typed, state.settings, reader.now)
    except BadInput as wrong:
        return _account(request, reader, wrong)
    return page(request, "account/codes.html", codes=codes, fresh=False)


@post("/account/second-factor/remove", opt=OFFICER, status_code=200)
@in_thread
def remove(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Do without a second factor."""
    state, typed, came = request.app.state, first(data, "code")[:40], browser_of(request)
    try:
        cookie = second_factor.remove(state.engine, reader.person_id, typed, state.settings, reader.now, came)
    except BadInput as wrong:
        return _account(request, reader, wrong)
    answer = go("/account")
    answer.set_cookie(session_cookie(state.settings, cookie))
    return answer


@post("/account/office", opt=OFFICER)
@in_thread
def demand(request: Request[Any, Any, Any], reader: Who, data: Form) -> Redirect:
    """Whether every officer of the office needs a second factor."""
    if not may_at_home(reader.role, Deed.SECURE):
        raise NotFoundException
    wanted = first(data, "demanded") == "yes"
    second_factor.demand(request.app.state.engine, reader.person_id, wanted, reader.now)
    return go("/account")


def _cookie(request: Request[Any, Any, Any]) -> str:
    return request.cookies.get(cookie_name(request.app.state.settings, "laurea"), "")


HANDLERS = [account, end, unlink, offer, enrol, ask, give, renew, remove, demand]
