"""The API for programs: what stands under /api/v1, and the description of it at /api."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from evaluators.permissions import Field, Scope, phase
from laurea import clock, errors
from laurea.actions.export import TABLES, names
from laurea.errors import NotNow
from laurea.ledger import Actor
from laurea.statute import plan_for
from laurea.store import juries, pages_lists, pages_round
from laurea.store.engine import Connection, reading, trouble
from laurea.store.rounds import authority_of
from laurea.store.searching import Where
from laurea.web import api_gate, api_import, api_words
from laurea.web.api_files import hand_out
from laurea.web.api_gate import Program, round_for
from laurea.web.api_words import (
    ApplicationItem,
    ApplicationPage,
    ExportOperation,
    Problem,
    ResultItem,
    ResultPage,
    Standing,
    described,
)
from laurea.web.looks import noted
from laurea.web.render import in_thread
from laurea.web.searching import asked_by_program
from rules.ruleset import say

LOG = logging.getLogger("laurea.web")
READ = {"program": True, "scope": Scope.READ}
Page = Annotated[int, QueryParameter(ge=1, le=100_000)]
EXPORT = {"program": True, "scope": Scope.EXPORT}


@get(
    "/rounds/{code:str}",
    opt=READ,
    operation_id="status",
    summary="Where the round stands",
    tags=["read"],
    responses=described(),
)
@in_thread
def status(request: Request[Any, Any, Any], program: Program, code: FromPath[str]) -> Standing:
    """Phase, timetable and figures of the round. Figures of decisions are null until the token may see them."""
    now = clock.now()
    record, seen = round_for(request, program, code, now)
    with reading(request.app.state.engine) as connection:
        plan = plan_for(connection, record.rule_set, record.policies, record.parameters)
        counts = pages_round.counts(connection, record.id)
        reviews = juries.assignment_counts(connection, record.id)
    open_ = Field.PROPOSED in seen
    return Standing(
        code=record.code,
        title=record.title,
        rule_set=plan.ruleset.key,
        phase=phase(record.timetable, now).value,
        opens_at=record.opens_at,
        closes_at=record.timetable.closes_at,
        review_until=record.timetable.review_until,
        award_on=record.award_on,
        applications=counts.applications,
        refused_rows=counts.refused_rows,
        assigned=sum(number for state, number in reviews.items() if state != "handed_back"),
        sheets=reviews.get("submitted", 0),
        letters=counts.messages,
        proposed=sum(counts.outcomes.values()) if open_ else None,
        granted=counts.granted if open_ else None,
        digest=record.digest if open_ else None,
        released_at=record.timetable.released_at,
        tables=[name for name in names(plan.ruleset) if TABLES[name.partition(".")[0]] in seen],
    )


@get(
    "/rounds/{code:str}/applications",
    opt=READ,
    operation_id="applications",
    summary="Search applications",
    tags=["read"],
    responses=described("bad-input"),
)
@noted()
def applications(
    request: Request[Any, Any, Any], program: Program, code: FromPath[str], q: FromQuery[str] = "", page: Page = 1
) -> ApplicationPage:
    """Applications of the round by reference, fifty a page. `q` is the search language of the portal's lists, such as
    `country:LV state:assigned missing:>0 rivers`.
    """
    record, seen = round_for(request, program, code, clock.now())
    with reading(request.app.state.engine) as connection:
        where = _where(connection, record, q, seen)
        found = pages_lists.applications(connection, record.id, where=where, page=page, outcomes=Field.PROPOSED in seen)
    items = [
        ApplicationItem(
            row.ref, row.unit_name, row.institution, row.country, row.applicant, row.state, row.submitted_at,
            row.reviews, row.reviews_in, row.outcome, row.points,
        )
        for row in found.rows
    ]  # fmt: skip
    return ApplicationPage(items, found.total, found.page, found.pages)


@get(
    "/rounds/{code:str}/results",
    opt=READ,
    operation_id="results",
    summary="Results",
    tags=["read"],
    responses=described("not-now", "bad-input"),
)
@noted()
def results(
    request: Request[Any, Any, Any], program: Program, code: FromPath[str], q: FromQuery[str] = "", page: Page = 1
) -> ResultPage:
    """Decisions of the round, fifty a page: when they are released, or before that for a token with the scope
    `proposals`. `q` is the search language of the portal's lists.
    """
    now = clock.now()
    record, seen = round_for(request, program, code, now)
    if Field.PROPOSED not in seen:
        raise NotNow(f"The decisions of the round {code} are not released.", "Ask again when they are.")
    with reading(request.app.state.engine) as connection:
        ruleset = plan_for(connection, record.rule_set, record.policies, record.parameters).ruleset
        found = pages_lists.decisions(connection, record.id, where=_where(connection, record, q, seen), page=page)
    titles = {outcome.id: say(outcome.title) for outcome in ruleset.outcomes}
    items = [
        ResultItem(
            row.ref, row.unit_name, row.country, row.outcome, titles.get(row.outcome, row.outcome), row.granted,
            row.points, row.rank, row.group_name, row.failing["clause"] if row.failing else None,
        )
        for row in found.rows
    ]  # fmt: skip
    return ResultPage(record.timetable.released_at is not None, items, found.total, found.page, found.pages)


@get(
    "/rounds/{code:str}/exports/{name:str}",
    opt=EXPORT,
    operation_id="export",
    operation_class=ExportOperation,
    summary="Export a table or the whole round",
    tags=["export"],
    responses=described("not-now", "bad-input"),
)
@noted()
def exports(
    request: Request[Any, Any, Any], program: Program, code: FromPath[str], name: FromPath[str], q: FromQuery[str] = ""
) -> Stream:
    """A table as a file, `TABLE.csv`, `TABLE.jsonl` or `TABLE.xlsx`, or all of them as `round.xlsx`. The tables that
    the token may see now stand in the round's status; `marks` has a row for every mark, `sheets` one for every sheet.
    `q` keeps the rows of the applications it finds.
    """
    now = clock.now()
    record, seen = round_for(request, program, code, now)
    actor = Actor.program(program.id)
    with reading(request.app.state.engine) as connection:
        where = _where(connection, record, q, seen)
    return hand_out(request.app.state.engine, record.id, code, name, where=where, seen=seen, actor=actor, now=now)


def _where(connection: Connection, record: pages_round.RoundPage, q: str, seen: frozenset[Field]) -> Where:
    plan = plan_for(connection, record.rule_set, record.policies, record.parameters)
    return asked_by_program(q, seen, plan, authority_of(connection, record.authority_id).timezone)


def _unexpected(_request: Request[Any, Any, Any], found: Exception) -> Response[Problem]:
    LOG.error("a request of a program failed", exc_info=found)
    if trouble(found):  # the database is away, busy or full
        return api_words.problem("not-ready", remedy="Try again in half a minute.", headers={"retry-after": "30"})
    return api_words.problem("failed", remedy="Try again in a moment.")


ROUTER = Router(
    path="/api/v1",
    route_handlers=[status, applications, results, exports, *api_import.HANDLERS],
    guards=[api_gate.admit],
    dependencies={"program": Provide(api_gate.program_of, sync_to_thread=False)},
    exception_handlers={
        api_gate.Refused: api_gate.refused,
        HTTPException: api_words.of_http,
        errors.LaureaError: api_words.of_house,
        Exception: _unexpected,
    },
    include_in_schema=True,
    security=[{"token": []}],
)
