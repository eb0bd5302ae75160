"""The gate programs pass: a bearer token of a round, its scope, and how often it may ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from evaluators.permissions import Field, Scope, phase, program_sees
from laurea import clock
from laurea.actions.tokens import bearer
from laurea.errors import NotFound
from laurea.store import meters, pages_round
from laurea.store.engine import Engine, reading
from laurea.store.pages_round import RoundPage
from laurea.store.programs import Token
from laurea.web.api_words import Problem, problem

PER_MINUTE = 120
MINUTE = 60  # seconds
Program = NamedDependency[Token]


class Refused(HTTPException):
    """A program that may not pass, with the problem it is told."""

    def __init__(self, kind: str, remedy: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(kind)
        self.answer = problem(kind, remedy=remedy, headers=headers)


def refused(_request: Request[Any, Any, Any], found: Refused) -> Response[Problem]:
    """What a program is told at the gate."""
    return found.answer


@dataclass(frozen=True)
class Meter:
    """How often each token asks in a minute, at all portals on the same records together."""

    per_minute: int = PER_MINUTE

    def wait(self, engine: Engine, token_id: int, now: datetime) -> int:
        """Count a request; seconds to wait where there were too many before it in this minute, else 0."""
        return meters.wait(engine, f"token:{token_id}", now, most=self.per_minute, seconds=MINUTE)


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar guard of the API; leaves the token's record in the request's scope."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    now = clock.now()
    state = connection.app.state
    found = None
    if scheme.lower() == "bearer" and token.strip():
        found = await sync_to_thread(bearer, state.engine, token.strip(), now)
    if found is None:
        remedy = "Send the header “Authorization: Bearer TOKEN”; an officer of the round makes tokens."
        raise Refused("no-token", remedy, {"www-authenticate": 'Bearer realm="laurea"'})
    wait = await sync_to_thread(state.meter.wait, state.engine, found.id, now)
    if wait:
        remedy = f"At most {state.meter.per_minute} requests a minute; go on in {wait} s."
        raise Refused("too-many", remedy, {"retry-after": str(wait)})
    needed = handler.opt["scope"]
    if needed not in found.scopes:
        raise Refused("no-scope", f"Ask an officer of the round for a token with the scope {needed}.")
    connection.scope["laurea_program"] = found  # type: ignore[typeddict-unknown-key]
    if connection.scope["method"] == "POST" and isinstance(connection, Request):  # type: ignore[typeddict-item]
        try:
            await connection.form()  # kept for the handler; the framework lets errors of its decoding through
        except (UnicodeError, LookupError):
            raise Refused("incomplete", "Send multipart/form-data with files; text in it is UTF-8.") from None


def program_of(request: Request[Any, Any, Any]) -> Token:
    """The token of a request that passed the gate."""
    found: Token = request.scope["laurea_program"]  # type: ignore[typeddict-item]
    return found


def round_for(
    request: Request[Any, Any, Any], token: Token, code: str, now: datetime
) -> tuple[RoundPage, frozenset[Field]]:
    """The round a token belongs to and what the token may see of it now; any other round does not exist."""
    with reading(request.app.state.engine) as connection:
        record = pages_round.round_of(connection, token.authority_id, code)
    if record is None or record.id != token.round_id:
        raise NotFound(f"There is no round {code!r} for this token.")
    return record, program_sees(frozenset(Scope(one) for one in token.scopes), phase(record.timetable, now))
