"""Personal data: what is stored of whom, for everybody; and for officers to hand out, correct, erase, set how long."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Field, Role, may_at_home, sees_at_home
from evaluators.personal import SETTABLE, Policy
from laurea.actions import anonymise, correct_person, personal_export, retain, sessions
from laurea.errors import BadInput
from laurea.ledger import Actor
from laurea.store import personal, retention
from laurea.store.engine import reading
from laurea.store.personal import Someone
from laurea.store.personal_register import REGISTER
from laurea.web import field_words, looks, personal_words
from laurea.web.api_files import download
from laurea.web.forms import Form, Who, first, version, whole
from laurea.web.looks import noted
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page

OPT = {"role": Role.OFFICER}
HOME = "/personal"


def _may(reader: Reader) -> None:
    if Field.PERSONAL not in sees_at_home(reader.role) or not may_at_home(reader.role, Deed.ACCOUNT):
        raise NotFoundException


@get("/personal-data")
@in_thread
def everybody(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """What is stored of whom, why and how long; whoever signed in can take what is stored of them."""
    with reading(request.app.state.engine) as connection:
        known = retention.policies(connection, reader.authority_id) if reader.session else {}
    _ = reader.words.gettext
    return page(
        request, "personal/everybody.html", register=personal_words.register(_), keeps=personal_words.keeps(_),
        settable=SETTABLE, policies=known, unset=Policy(),
    )  # fmt: skip


@post("/personal-data/export", status_code=200)
@in_thread
def take_mine(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """What is stored of whoever signed in, in this role."""
    if reader.session is None:
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        me = personal.someone(connection, reader.person_id)
    if me is None:
        raise NotFoundException
    return _packed(request, reader, [me])


def _packed(request: Request[Any, Any, Any], reader: Reader, whom: Sequence[Someone]) -> Response[Any]:
    state = request.app.state
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        path = Path(folder) / "personal"
        personal_export.export(
            state.engine, whom, path, personal_words.about(reader.words.gettext), settings=state.settings,
            actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
        return download(path.read_bytes(), f"personal-data-{whom[0].id}.zip", "application/zip")


@get(HOME, opt=OPT)
@noted("office")
def desk(request: Request[Any, Any, Any], reader: Who, q: FromQuery[str] = "") -> Response[Any]:
    """The register, a search for a person, how long what is kept, and what is due."""
    _may(reader)
    with reading(request.app.state.engine) as connection:
        found = personal.find(connection, reader.authority_id, q[:100])
        known = retention.policies(connection, reader.authority_id)
        lists = retention.lists(connection, reader.authority_id, "waiting", "confirmed", "done", limit=8)
    _ = reader.words.gettext
    return page(
        request, "personal/desk.html", register=personal_words.register(_),
        keeps=personal_words.keeps(_), settable=SETTABLE, policies=known, unset=Policy(), found=found, q=q,
        most=personal.MOST, lists=lists, roles=_roles(reader),
    )  # fmt: skip


@post(f"{HOME}/keep", opt=OPT)
@in_thread
def keep(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Say how long a class is kept."""
    _may(reader)
    typed = first(data, "days").strip()
    days = whole(typed, 6)
    if typed and days is None:
        raise BadInput("This is no number of days.", remedy="Give a whole number from 1 on, or nothing.")
    retain.set_days(
        request.app.state.engine, reader.authority_id, first(data, "keep"), days=days,
        by_clock=first(data, "by_clock") == "yes", version=version(data), actor=Actor.person(reader.person_id),
        now=reader.now,
    )  # fmt: skip
    return go(f"{HOME}#keep")


@post(f"{HOME}/list", opt=OPT)
@in_thread
def look(request: Request[Any, Any, Any], reader: Who) -> Redirect:
    """Look now what is due, instead of waiting for the clock."""
    _may(reader)
    state = request.app.state
    actor = Actor.person(reader.person_id)
    retain.write_list(state.engine, reader.authority_id, settings=state.settings, actor=actor, now=reader.now)
    return go(f"{HOME}#due")


@post(f"{HOME}/lists/{{number:int}}", opt=OPT)
@in_thread
def confirm(request: Request[Any, Any, Any], reader: Who, number: FromPath[int], data: Form) -> Redirect:
    """Say that what is due may be erased; the clock does it at its next turn."""
    _may(reader)
    actor = Actor.person(reader.person_id)
    retain.confirm(request.app.state.engine, reader.authority_id, number, version(data), actor=actor, now=reader.now)
    return go(f"{HOME}#due")


@get(f"{HOME}/people/{{person_id:int}}", opt=OPT)
@noted("person")
def one(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Response[Any]:
    """One person: what can be handed out, corrected, or made anonymous."""
    who = _someone(request, reader, person_id)
    return page(request, "personal/one.html", who=who, role=_roles(reader).get(who.role, who.role), done=None)


def _roles(reader: Reader) -> dict[str, str]:
    words = {role.value: says for role, says in field_words.roles(reader.words.gettext).items()}
    return words | {"authority": reader.words.gettext("contact of another office")}


def _someone(request: Request[Any, Any, Any], reader: Reader, person_id: int) -> Someone:
    _may(reader)
    with reading(request.app.state.engine) as connection:
        who = personal.someone(connection, person_id, reader.authority_id)
    if who is None:
        raise NotFoundException
    return who


@post(f"{HOME}/people/{{person_id:int}}/export", opt=OPT, status_code=200)
@in_thread
def take(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Response[Any]:
    """Everything that is stored of a person, as a file to give them."""
    return _packed(request, reader, [_someone(request, reader, person_id)])


@post(f"{HOME}/people/{{person_id:int}}/correct", opt=OPT, status_code=200)
@in_thread
def correct(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int], data: Form) -> Response[Any]:
    """Correct a name or an address; labels are made out anew."""
    _someone(request, reader, person_id)
    done = correct_person.correct(
        request.app.state.engine, person_id, reader.authority_id, name=first(data, "name"), email=first(data, "email"),
        seen=(first(data, "was_name"), first(data, "was_email")), actor=Actor.person(reader.person_id), now=reader.now,
    )  # fmt: skip
    who = _someone(request, reader, person_id)
    return page(request, "personal/one.html", who=who, role=_roles(reader).get(who.role, who.role), done=done)


@post(f"{HOME}/people/{{person_id:int}}/sign-out", opt=OPT)
@in_thread
def sign_out(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Redirect:
    """End every session of a person, wherever they are signed in."""
    _someone(request, reader, person_id)
    sessions.sign_out(
        request.app.state.engine, person_id, reader.authority_id, actor=Actor.person(reader.person_id), now=reader.now
    )
    return go(f"{HOME}/people/{person_id}")


@get(f"{HOME}/people/{{person_id:int}}/anonymise", opt=OPT)
@noted("person")
def before(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int]) -> Response[Any]:
    """What making somebody anonymous would do, or why it cannot be yet."""
    _someone(request, reader, person_id)
    would = anonymise.look(request.app.state.engine, person_id, reader.authority_id, reader.now)
    _ = reader.words.gettext
    classes: Counter[str] = Counter()
    titles = {keep: title for keep, (title, _when) in personal_words.keeps(_).items()}
    for table, number in would.rows.items():
        classes[titles[REGISTER[table].keep]] += number
    words = personal_words.needed(_)
    return page(
        request, "personal/anonymise.html", would=would, classes=classes, reasons=personal_words.reasons(_),
        needed=[says for why, says in words.items() if why in would.needed], oneself=person_id == reader.person_id,
    )  # fmt: skip


@post(f"{HOME}/people/{{person_id:int}}/anonymise", opt=OPT)
@in_thread
def erase(request: Request[Any, Any, Any], reader: Who, person_id: FromPath[int], data: Form) -> Redirect:
    """Make somebody anonymous."""
    _someone(request, reader, person_id)
    state = request.app.state
    anonymise.anonymise(
        state.engine, person_id, reader.authority_id, first(data, "reason"), settings=state.settings,
        actor=Actor.person(reader.person_id), now=reader.now,
    )  # fmt: skip
    return go(f"{HOME}/people/{person_id}")


HANDLERS = [
    everybody,
    take_mine,
    desk,
    keep,
    look,
    confirm,
    one,
    take,
    correct,
    sign_out,
    before,
    erase,
    *looks.HANDLERS,
]
