"""The pages behind a link for one holder: an invitation to a ceremony, and where to send a parcel.

Nobody signs in: the link is the key. Opening a page changes nothing, however often; its button answers.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath

from laurea.actions import celebrate, hand_out
from laurea.documents.calendar import Entry, calendar
from laurea.errors import BadInput, LaureaError, NotFound
from laurea.store.ceremonies import Invitation
from laurea.store.kits import AskedParcel
from laurea.web.api_files import download
from laurea.web.confirming import stale
from laurea.web.forms import Form, Who, first, whole
from laurea.web.reader import EVERY_LANGUAGE, Reader
from laurea.web.render import in_thread, page


@get("/invitation/{token:str}", opt=EVERY_LANGUAGE)
@in_thread
def invitation(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """What a guest is invited to, and their answer."""
    found = celebrate.opened(request.app.state.engine, token, reader.now)
    return stale(request) if found is None else _invitation(request, reader, token, found)


@post("/invitation/{token:str}", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def reply(request: Request[Any, Any, Any], reader: Who, token: FromPath[str], data: Form) -> Response[Any]:
    """The button: answers; until the day the office set, it answers anew."""
    engine = request.app.state.engine
    found = celebrate.opened(engine, token, reader.now)
    if found is None:
        return stale(request)
    typed = {name: first(data, name) for name in ("comes", "people", "sounds", "says")}
    people = whole(typed["people"] or "1", 3) or 0
    wrong: LaureaError
    if typed["comes"] not in ("yes", "no"):
        wrong = BadInput("Say whether you come.", remedy="Choose one of the two.")
        return _invitation(request, reader, token, found, typed=typed, wrong=wrong, status=422)
    try:
        celebrate.reply(
            engine, token, comes=typed["comes"] == "yes", people=people, sounds=typed["sounds"], words=typed["says"],
            now=reader.now,
        )  # fmt: skip
    except BadInput as refused:
        return _invitation(request, reader, token, found, typed=typed, wrong=refused, status=422)
    except NotFound:
        return stale(request)
    fresh = celebrate.opened(engine, token, reader.now)
    return stale(request) if fresh is None else _invitation(request, reader, token, fresh, kept=True)


@get("/invitation/{token:str}/ceremony.ics", opt=EVERY_LANGUAGE)
@in_thread
def entry(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """The ceremony for the guest's calendar, as it stands now."""
    found = celebrate.opened(request.app.state.engine, token, reader.now)
    if found is None:
        return stale(request)
    held, settings = found.ceremony, request.app.state.settings
    address = f"{settings.public_url.rstrip('/')}/invitation/{token}"
    told = [reader.deadline(held.begins_at, held.timezone), held.programme, address]
    text = calendar(
        Entry(
            uid=held.uid,
            sequence=held.sequence,
            title=held.title,
            place=" ".join(held.place.split()),
            says="\n".join(one for one in told if one),
            link=address,
            begins=held.begins_at,
            ends=held.ends_at,
            changed=held.changed_at,
            organiser=(found.authority, found.email or settings.mail_from),
            cancelled=held.cancelled_at is not None,
        )
    )
    method = "CANCEL" if held.cancelled_at is not None else "PUBLISH"
    return download(text.encode(), "ceremony.ics", f"text/calendar; method={method}")


@get("/parcel/{token:str}", opt=EVERY_LANGUAGE)
@in_thread
def parcel(request: Request[Any, Any, Any], reader: Who, token: FromPath[str]) -> Response[Any]:
    """Where the office should send what belongs to an award."""
    found = hand_out.opened(request.app.state.engine, token, reader.now)
    return stale(request) if found is None else _parcel(request, reader, token, found)


@post("/parcel/{token:str}", opt=EVERY_LANGUAGE, status_code=200)
@in_thread
def address(request: Request[Any, Any, Any], reader: Who, token: FromPath[str], data: Form) -> Response[Any]:
    """The button: keeps the address."""
    engine = request.app.state.engine
    found = hand_out.opened(engine, token, reader.now)
    if found is None:
        return stale(request)
    typed = first(data, "address")
    try:
        hand_out.answer(engine, token, typed, reader.now)
    except BadInput as wrong:
        return _parcel(request, reader, token, found, typed=typed, wrong=wrong, status=422)
    except NotFound:
        return stale(request)
    fresh = hand_out.opened(engine, token, reader.now)
    return stale(request) if fresh is None else _parcel(request, reader, token, fresh, kept=True)


def _invitation(
    request: Request[Any, Any, Any], reader: Reader, token: str, found: Invitation, *, kept: bool = False,
    typed: dict[str, str] | None = None, wrong: LaureaError | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    held = found.ceremony
    comes = "" if found.comes is None else "yes" if found.comes else "no"
    zone = ZoneInfo(held.timezone)
    one_day = held.begins_at.astimezone(zone).date() == held.ends_at.astimezone(zone).date()
    return page(
        request,
        "door/invitation.html",
        status=status,
        token=token,
        invited=found,
        held=held,
        when=reader.deadline(held.begins_at, held.timezone),
        ends="" if not one_day else held.ends_at.astimezone(zone).strftime("%H:%M"),
        until=reader.deadline(held.reply_until, held.timezone),
        open=celebrate.takes_answers(found, reader.now),
        typed=typed or {"comes": comes, "people": str(found.people), "sounds": found.sounds, "says": found.words},
        wrong=wrong,
        kept=kept,
        most=celebrate.MOST_PEOPLE,
    )


def _parcel(
    request: Request[Any, Any, Any], reader: Reader, token: str, found: AskedParcel, *, kept: bool = False,
    typed: str | None = None, wrong: LaureaError | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    assert found.expires_at is not None
    return page(
        request,
        "door/parcel.html",
        status=status,
        token=token,
        asked=found,
        typed=found.address if typed is None else typed,
        until=reader.deadline(found.expires_at, found.timezone),
        wrong=wrong,
        kept=kept,
    )


HANDLERS = [invitation, reply, entry, parcel, address]
