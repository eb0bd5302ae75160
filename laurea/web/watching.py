"""The portal seen from outside: each request gets a number of its own, is timed, counted and, where wanted, logged."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from litestar import Litestar

from laurea import log
from laurea.web import health, metrics
from laurea.web.metrics import Metrics, method_of, refused, route_of
from laurea.web.reader import Reader

if TYPE_CHECKING:
    from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

__all__ = ["HANDLERS", "Metrics", "Portal", "refused"]

HANDLERS = [*health.HANDLERS, *metrics.HANDLERS]
LOG = logging.getLogger("laurea.web.requests")
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


def _number(scope: Scope) -> str:
    """The number the proxy gave this request, or one of ours."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            return value.decode()
    return secrets.token_hex(8)


def _told(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    reader = scope.get("laurea_reader")
    session = reader.session if isinstance(reader, Reader) else None
    who = (session.viewer or session.person).id if session else None
    told = {"route": route_of(scope), "method": method_of(scope), "status": status, "ms": round(seconds * 1000)}
    return told if who is None else told | {"person": who}
