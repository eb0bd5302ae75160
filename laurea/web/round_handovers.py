"""An officer's room: what comes into a round from other offices, and what goes from it to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators import handover
from evaluators.permissions import Deed, Field, Role, may
from laurea.actions import hand_back as awarding
from laurea.actions import hand_over as labelling
from laurea.actions import nominate as nominating
from laurea.errors import BadInput, LaureaError, NotNow
from laurea.ledger import Actor
from laurea.store import applications, handovers, rounds
from laurea.store.engine import Connection, reading
from laurea.store.handovers import AWARDS, LABELS, LIST, NOMINATIONS, Handover
from laurea.store.pages_round import RoundPage
from laurea.store.rounds import AuthorityRecord
from laurea.web.forms import Form, Who, first, several, whole
from laurea.web.handed import takes_labels
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}


@dataclass(frozen=True)
class OfficeRow:
    """Where an office stands in a round that takes labels: its latest of each kind, and its places."""

    name: str
    labels: Sequence[Handover]
    list: Handover | None
    nominations: Handover | None
    awards: Handover | None
    choice: handover.Choice | None
    stale: bool  # labels were taken in after its list was sent


@get("/rounds/{code:str}/handovers", opt=OPT)
@in_thread
def overview(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """What came in for a round, what it gave out, and which offices have said nothing."""
    record, plan = round_of(request, reader, code)
    if Field.HANDOVERS not in seen(record, reader):
        raise NotFoundException
    return _page(request, reader, record, plan)


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    wrong: LaureaError | None = None,
) -> Response[Any]:
    taking = takes_labels(plan)
    with reading(request.app.state.engine) as connection:
        every = handovers.of_authority(connection, reader.authority_id)
        offices = rounds.authorities(connection)
        central = [one for one in offices if one.kind == "central" and one.id != reader.authority_id]
        labels = len(handovers.labels_of(connection, record.id)) if record.timetable.released_at else 0
        rows = _offices(connection, record, plan, every, offices) if taking else []
    mine = [one for one in every if one.receiver == reader.authority_id]
    allowed = {deed: may(Role.OFFICER, deed, record.timetable, reader.now) for deed in (Deed.HAND_OVER, Deed.TAKE_IN)}
    return page(
        request,
        "office/round_handovers.html",
        status=409 if isinstance(wrong, NotNow) else 422 if wrong else 200,
        **frame(record, plan, reader),
        taking=taking,
        rows=rows,
        choices=any(row.choice for row in rows),
        due=any(row.choice and (row.list is None or row.stale) for row in rows),
        loose=[one for one in mine if one.kind == LABELS and one.taken_into is None],
        came=nominating.waiting([one for one in mine if one.kind == NOMINATIONS], record.code),
        central=[(one, _given(every, record, one.id)) for one in central],
        labels=labels,
        may_give=allowed[Deed.HAND_OVER],
        may_take=allowed[Deed.TAKE_IN],
        wrong=wrong,
    )


def _given(every: Sequence[Handover], record: RoundPage, receiver: int) -> Handover | None:
    """The labels of a round as an office was given them."""
    return next((o for o in every if o.kind == LABELS and o.round_id == record.id and o.receiver == receiver), None)


def _offices(
    connection: Connection,
    record: RoundPage,
    plan: Plan,
    every: Sequence[Handover],
    offices: Sequence[AuthorityRecord],
) -> list[OfficeRow]:
    came = [one for one in every if one.kind == LABELS and one.receiver == record.authority_id]
    used = [one for one in came if one.taken_into in (None, record.id)]
    everyone = [a for a in applications.load(connection, record.id) if a.role == "authority"]
    choices = handover.choices(plan, [a.row() for a in everyone])
    of_office = {a.applicant_ref: str(a.country) for a in everyone}
    about = [one for one in every if one.round_code == record.code and one.newest]

    def latest(kind: str, office: int) -> Handover | None:
        return next((one for one in about if one.kind == kind and office in (one.giver, one.receiver)), None)

    taken = max((one.taken_at for one in used if one.taken_at), default=None)
    found = []
    for office in offices:
        labels = [one for one in used if one.giver == office.id]
        if office.id == record.authority_id or (office.kind == "central" and not labels):
            continue
        listed = latest(LIST, office.id)
        found.append(
            OfficeRow(
                office.name,
                labels,
                listed,
                latest(NOMINATIONS, office.id),
                latest(AWARDS, office.id),
                choices.get(of_office.get(office.code, "")),
                stale=bool(listed and taken and listed.handed_at < taken),
            )
        )
    return found


def _entering(request: Request[Any, Any, Any], reader: Reader, code: str, deed: Deed) -> tuple[RoundPage, Plan]:
    record, plan = round_of(request, reader, code)
    if not may(Role.OFFICER, deed, record.timetable, reader.now):
        raise NotNow("Nothing can be handed over in this phase of the round.")
    return record, plan


@post("/rounds/{code:str}/handovers/labels", opt=OPT)
@in_thread
def give_labels(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Hand the round's labels and scores to a central office."""
    record, plan = _entering(request, reader, code, Deed.HAND_OVER)
    try:
        labelling.hand_over_round(
            request.app.state.engine, record.id, first(data, "to"), actor=Actor.person(reader.person_id), now=reader.now
        )
    except (BadInput, NotNow) as wrong:
        return _page(request, reader, record, plan, wrong)
    return go(f"/rounds/{code}/handovers")


@post("/rounds/{code:str}/handovers/take-in", opt=OPT)
@in_thread
def take_labels(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Make applications of labels that came in."""
    record, plan = _entering(request, reader, code, Deed.TAKE_IN)
    marked = several(data, "handover")
    numbers = [number for one in marked if (number := whole(one)) is not None]
    if not takes_labels(plan) or len(numbers) < len(marked):
        raise NotFoundException
    try:
        labelling.take_in(
            request.app.state.engine,
            record.id,
            numbers,
            actor=Actor.person(reader.person_id),
            now=reader.now,
        )
    except (BadInput, NotNow) as wrong:
        return _page(request, reader, record, plan, wrong)
    return go(f"/rounds/{code}/handovers")


@post("/rounds/{code:str}/handovers/lists", opt=OPT)
@in_thread
def send_lists(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Give each office its list, with its places."""
    record, plan = _entering(request, reader, code, Deed.HAND_OVER)
    try:
        nominating.send_lists(request.app.state.engine, record.id, actor=Actor.person(reader.person_id), now=reader.now)
    except (BadInput, NotNow) as wrong:
        return _page(request, reader, record, plan, wrong)
    return go(f"/rounds/{code}/handovers")


@post("/rounds/{code:str}/handovers/nominations", opt=OPT)
@in_thread
def take_nominations(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Response[Any]:
    """Make facts of the nominations that came in."""
    record, plan = _entering(request, reader, code, Deed.TAKE_IN)
    try:
        nominating.take_nominations(
            request.app.state.engine, record.id, actor=Actor.person(reader.person_id), now=reader.now
        )
    except (BadInput, NotNow) as wrong:
        return _page(request, reader, record, plan, wrong)
    return go(f"/rounds/{code}/handovers")


@post("/rounds/{code:str}/handovers/awards", opt=OPT)
@in_thread
def give_awards(request: Request[Any, Any, Any], reader: Who, code: FromPath[str]) -> Redirect:
    """Hand each office what became of its nominations."""
    record, _ = _entering(request, reader, code, Deed.HAND_OVER)
    awarding.hand_back(request.app.state.engine, record.id, actor=Actor.person(reader.person_id), now=reader.now)
    return go(f"/rounds/{code}/handovers")


HANDLERS = [overview, give_labels, take_labels, send_lists, take_nominations, give_awards]
