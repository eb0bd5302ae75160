"""An officer's room: what the office handed to others and was handed, and nominations from a list it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from evaluators import handover
from evaluators.numbers import shown as shown_number
from evaluators.permissions import Role
from laurea import handing
from laurea.actions import nominate as nominating
from laurea.documents.handing_out import Table
from laurea.ledger import Actor
from laurea.store import handovers as store
from laurea.store.engine import reading
from laurea.store.handovers import Handover
from laurea.web.api_files import one_table
from laurea.web.forms import Form, Who, first
from laurea.web.handed import answer_to, standing, waiting
from laurea.web.looks import noted
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.ruleset import RuleSet, say

OPT = {"role": Role.OFFICER}
COLUMNS = {
    store.LABELS: ("project_id", "title", "country", "score"),
    store.LIST: ("project_id", "title", "average", "countries", "bar"),
    store.NOMINATIONS: ("project_id", "title", "average"),
    store.AWARDS: ("project_id", "title", "outcome", "granted", "clause", "certificate"),
}


@get("/handovers", opt=OPT)
@in_thread
def overview(request: Request[Any, Any, Any], reader: Who) -> Response[Any]:
    """Everything the office gave and was given, what waits for it first."""
    with reading(request.app.state.engine) as connection:
        every = store.of_authority(connection, reader.authority_id)
    shown = [(one, standing(one, every, reader.now)) for one in every]
    return page(
        request,
        "office/handovers.html",
        waiting=waiting(every, reader),
        received=[pair for pair in shown if pair[0].receiver == reader.authority_id],
        given=[pair for pair in shown if pair[0].giver == reader.authority_id],
    )


@dataclass(frozen=True)
class _Shown:
    """A hand-over of the reader's office, with all that is needed to show it."""

    one: Handover
    state: str
    answer: Handover | None
    ruleset: RuleSet | None

    @property
    def may_nominate(self) -> bool:
        """Whether the list can be answered, or answered anew."""
        return self.state in ("open", "answered") and (self.answer is None or self.answer.taken_at is None)


def _shown(request: Request[Any, Any, Any], reader: Reader, number: int) -> _Shown:
    with reading(request.app.state.engine) as connection:
        found = store.one_of(connection, reader.authority_id, number)
        if found is None:
            raise NotFoundException
        every = store.of_authority(connection, reader.authority_id)
        ruleset = handing.rule_set_of(connection, found.about)
    state = standing(found, every, reader.now)
    late = found.kind == store.LIST and reader.now >= datetime.fromisoformat(found.about["until"])
    return _Shown(found, "closed" if late and state == "answered" else state, answer_to(found, every), ruleset)


@get("/handovers/{number:int}", opt=OPT)
@noted("office")
def one_handover(
    request: Request[Any, Any, Any], reader: Who, number: FromPath[int], pick: FromQuery[str] = ""
) -> Response[Any]:
    """One hand-over with its rows; of a list, the choice: `pick=best` ticks the best of it."""
    shown = _shown(request, reader, number)
    picked: Sequence[str] = ()
    if shown.one.kind == store.LIST:
        if pick == "best":
            picked = handover.best(shown.one.rows, shown.one.about["places"])
        elif shown.answer is not None:
            picked = _named(request, reader, shown.answer)
    return _page(request, reader, shown, picked)


def _named(request: Request[Any, Any, Any], reader: Reader, answer: Handover) -> list[str]:
    with reading(request.app.state.engine) as connection:
        found = store.one_of(connection, reader.authority_id, answer.id)
    return [row["project_id"] for row in found.rows] if found else []


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    shown: _Shown,
    picked: Sequence[str],
    *,
    wrong: Sequence[handover.Wrong] = (),
    preview: bool = False,
) -> Response[Any]:
    about, ruleset = shown.one.about, shown.ruleset
    said: dict[str, Any] = {}
    if ruleset is not None:
        names = {row.get("bar") or row.get("clause") for row in shown.one.rows} | {about.get("clause")}
        said = {name: handing.clause(ruleset, about, name, reader.language) for name in names if name}
    rows = shown.one.rows
    if shown.one.kind == store.LIST:
        rows = tuple(sorted(rows, key=lambda row: (bool(row["bar"]), -float(row["average"]), row["title"])))
    return page(
        request,
        "office/handover.html",
        status=422 if wrong else 200,
        one=shown.one,
        state=shown.state,
        answer=shown.answer,
        mine=shown.one.receiver == reader.authority_id,
        may_nominate=shown.may_nominate and shown.one.receiver == reader.authority_id,
        rows=rows,
        said=said,
        outcomes={o.id: say(o.title, reader.language) for o in ruleset.outcomes} if ruleset else {},
        picked=set(picked),
        wrong=wrong,
        preview=preview,
        figure=lambda text: shown_number(Fraction(text), 4),
        moment=lambda text: reader.deadline(datetime.fromisoformat(text)),
    )


@post("/handovers/{number:int}/nominate", opt=OPT)
@in_thread
def nominate(request: Request[Any, Any, Any], reader: Who, number: FromPath[int], data: Form) -> Response[Any]:
    """Look at a choice of projects, and hand it over once it was looked at; more than the places are refused."""
    shown = _shown(request, reader, number)
    if shown.one.kind != store.LIST or shown.one.receiver != reader.authority_id:
        raise NotFoundException
    given = data.get("project", [])
    picked = sorted({str(one) for one in (given if isinstance(given, list) else [given])})
    try:
        wrong = handover.wrong(shown.one.rows, shown.one.about["places"], shown.one.about["clause"], picked)
    except ValueError:
        raise NotFoundException from None
    sure = first(data, "sure") == "yes"
    if wrong or not sure:
        return _page(request, reader, shown, picked, wrong=wrong, preview=not wrong and shown.may_nominate)
    nominating.nominate(
        request.app.state.engine,
        reader.authority_id,
        number,
        picked,
        actor=Actor.person(reader.person_id),
        now=reader.now,
    )
    return go(f"/handovers/{number}")


@get("/handovers/{number:int}/rows.csv", opt=OPT)
@noted("office")
def rows_file(request: Request[Any, Any, Any], reader: Who, number: FromPath[int]) -> Stream:
    """The rows of a hand-over as a file, for what comes after: letters, or facts of a later round."""
    one = _shown(request, reader, number).one
    columns = COLUMNS[one.kind]
    table = Table(one.kind, columns, lambda: iter([[row.get(name) for name in columns] for row in one.rows]))
    return one_table(table, f"{one.kind}-{one.round_code}.csv", reader.now)


HANDLERS = [overview, one_handover, nominate, rows_file]
