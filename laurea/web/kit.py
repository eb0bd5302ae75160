"""The award kit of a round, for its officer: what belongs to the award, and where each holder's parcel is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from evaluators.award_kit import Item, State, pieces
from evaluators.permissions import Deed, Role, may
from laurea.actions import hand_out
from laurea.errors import BadInput, LaureaError
from laurea.ledger import Actor
from laurea.store.kits import Kit
from laurea.web import forms
from laurea.web.forms import Form, Who, first, several, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged
from laurea.web.parcels import Filter, kit_round, parcels_of, wanted
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.ruleset import say

OPT = {"role": Role.OFFICER}
BLANK = 2  # empty lines below the things of a kit
TEXTS = ("text", "code")  # types of facts an address may be held in


@get("/rounds/{code:str}/kit", opt=OPT)
@noted()
def kit(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """What belongs to the award, and the parcels."""
    return _show(request, reader, code, wanted(request.query_params), side)


@post("/rounds/{code:str}/kit", opt=OPT)
@in_thread
def declare(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Declare what belongs to the award."""
    record, _plan = kit_round(request, reader, code, deed=True)
    new = Kit(_items(data), first(data, "address_fact"), max(0, forms.version(data)))
    try:
        hand_out.set_kit(request.app.state.engine, record.id, new, actor=Actor.person(reader.person_id), now=reader.now)
    except BadInput as wrong:
        return _show(request, reader, code, Filter(), 1, wrong=wrong, typed=new, status=422)
    return go(f"/rounds/{code}/kit#kit")


@post("/rounds/{code:str}/kit/parcels", opt=OPT)
@in_thread
def parcels(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Say of the chosen parcels, or of all the list has found, where they are; or ask their holders for an address."""
    record, _plan = kit_round(request, reader, code, deed=True)
    which = wanted(data)
    numbers = several(data, "number")
    if first(data, "all"):
        numbers = [one.number for one in parcels_of(request, record)[1] if which.takes(one)]
    deed = first(data, "do")
    engine, actor = request.app.state.engine, Actor.person(reader.person_id)
    if not numbers:
        return _show(request, reader, code, which, 1, wrong=BadInput("No parcel was chosen."), status=422)
    if deed == "ask":
        links = hand_out.ask(
            engine, record.id, numbers, settings=request.app.state.settings, actor=actor, now=reader.now
        )
        return _show(request, reader, code, which, 1, asked=links)
    if deed not in set(State):
        raise NotFoundException
    try:
        done = hand_out.mark(
            engine, record.id, numbers, State(deed), note=first(data, "note"), actor=actor, now=reader.now
        )
    except BadInput as wrong:
        return _show(request, reader, code, which, 1, wrong=wrong, status=422)
    return _show(request, reader, code, which, 1, done=done)


def _items(data: dict[str, Any]) -> tuple[Item, ...]:
    """The things of a kit as typed, in their order; a line without a name is none."""
    found = []
    for number in range(hand_out.MOST_ITEMS + BLANK):
        if name := " ".join(first(data, f"name.{number}").split()):
            quantity = whole(first(data, f"quantity.{number}"), digits=4) or 0
            outcomes = tuple(several(data, f"outcome.{number}"))
            found.append(Item(name, outcomes, quantity, " ".join(first(data, f"engraving.{number}").split())))
    return tuple(found)


def _show(
    request: Request[Any, Any, Any], reader: Reader, code: str, which: Filter, side: int, *,
    wrong: LaureaError | None = None, typed: Kit | None = None, done: hand_out.Marked | None = None,
    asked: Sequence[str] | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    record, plan = kit_round(request, reader, code)
    held, everyone = parcels_of(request, record)
    found = [one for one in everyone if which.takes(one)]
    tally = {one: sum(parcel.state is one for parcel in everyone) for one in State}
    shown = typed or held
    settings = request.app.state.settings
    return page(
        request,
        "office/kit.html",
        status=status,
        **frame(record, plan, reader),
        kit=shown,
        opened=typed is not None or not held.items,
        lines=[*shown.items, *[Item("")] * BLANK],
        facts=[(name, say(one.meaning, reader.language)) for name, one in plan.ruleset.facts.items()
               if not one.fields and one.type in TEXTS],
        granting=[(one.id, say(one.title, reader.language)) for one in plan.ruleset.outcomes if one.grants],
        found=paged(found, side),
        which=which,
        states=list(State),
        tally=tally,
        all=len(everyone),
        missing=sum(not one.address for one in everyone),
        pieces=pieces(one.pieces for one in everyone),
        regions=sorted({one.region for one in everyone}),
        wrong=wrong,
        done=done,
        asked=asked,
        links=asked if asked and settings.show_links else (),
        may_hand_out=may(Role.OFFICER, Deed.HAND_OUT, record.timetable, reader.now),
    )  # fmt: skip


HANDLERS = [kit, declare, parcels]
