"""The portal seen from outside: each request gets a number of its own, is timed, counted and, where wanted, logged."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from litestar import Litestar

from laurea import log
from laurea.store.programs import Token
from laurea.web import health, metrics
from laurea.web.metrics import Metrics, method_of, route_of
from laurea.web.reader import Reader

if TYPE_CHECKING:
    from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

__all__ = ["HANDLERS", "Metrics", "Portal", "refused"]

HANDLERS = [*health.HANDLERS, *metrics.HANDLERS]
LOG = logging.getLogger("laurea.web.requests")
# What is no refusal: what was typed cannot be, what somebody else did meanwhile, what is set up wrong, our own faults.
_NO_REFUSALS = {"BadInput", "Conflict", "NotNow", "SetupMissing", "ValidationException", "MethodNotAllowedException"}
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class Portal(Litestar):
    """Litestar, with a look at every request that comes in: those that no page is there for, too."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """Answer, and note how it went: route, status, time and ids; no address, no name."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        number = _number(scope)

        async def out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.state.metrics.answered(scope, status, time.perf_counter() - began)
                if status >= 500:  # whoever reports it can name it, and it stands beside its line in the log
                    message["headers"] = [*message.get("headers", []), (b"x-request-id", number.encode())]
            await send(message)  # type: ignore[arg-type]

        with log.about(request=number):
            try:
                await super().__call__(scope, receive, out)
            finally:
                if LOG.isEnabledFor(logging.INFO):
                    LOG.info("request", extra=_told(scope, status, time.perf_counter() - began))


async def refused(error: Exception, scope: Scope) -> None:
    """Litestar `after_exception` hook: count why a request came to nothing, and log it where somebody was kept from
    something: by their role, a limit, a form's token, or because it is not theirs.
    """
    await metrics.refused(error, scope)
    why = type(error).__name__
    if why not in _NO_REFUSALS and (why != "NotFoundException" or scope.get("path_template")):
        told = {"why": why, "route": route_of(scope), "method": method_of(scope)}
        LOG.info("refused", extra={**told, **_who(scope)})


def _number(scope: Scope) -> str:
    """The number the proxy gave this request, or one of ours."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            return value.decode()
    return secrets.token_hex(8)


def _told(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    told = {"route": route_of(scope), "method": method_of(scope), "status": status, "ms": round(seconds * 1000)}
    return told | _who(scope)


def _who(scope: Scope) -> dict[str, int]:
    reader, program = scope.get("laurea_reader"), scope.get("laurea_program")
    session = reader.session if isinstance(reader, Reader) else None
    if session:
        return {"person": (session.viewer or session.person).id}
    return {"token": program.id} if isinstance(program, Token) else {}
