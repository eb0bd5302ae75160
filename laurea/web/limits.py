"""How often somebody may search, take files away and send some: counted for each person, or for each network of those
unknown.

Generous enough for a desk, and for a school whose jurors share one address; small enough that nobody copies a round
page by page. What is refused is told when to come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from laurea.actions.sign_in import network_of
from laurea.errors import TooOften
from laurea.web.reader import Reader

MINUTE, HOUR = 60, 3600  # seconds


@dataclass(frozen=True)
class Limit:
    """At most so many in so many seconds: of one person, or of one network."""

    name: str
    person: int
    network: int
    seconds: int


SEARCH = Limit("search", 60, 600, MINUTE)
FILE = Limit("file", 60, 60, HOUR)
SENT = Limit("sent", 60, 60, HOUR)  # files that come in: each may keep a processor busy for a minute
SEARCHED = frozenset({"q", "number", "country"})  # where one of these is asked for, a page is a search

PLACES: Mapping[str, Limit] = {
    "/gallery": SEARCH,
    "/results/{code:str}": SEARCH,
    "/certificates": SEARCH,
    "/rounds/{code:str}/applications": SEARCH,
    "/rounds/{code:str}/decisions": SEARCH,
    "/rounds/{code:str}/outbox": SEARCH,
    "/rounds/{code:str}/refused": SEARCH,
    "/rounds/{code:str}/exports/{name:str}": FILE,
    "/rounds/{code:str}/bundles/{name:str}": FILE,
    "/rounds/{code:str}/assignment.csv": FILE,
    "/rounds/{code:str}/kit/files/{name:str}": FILE,
    "/figures/{name:str}": FILE,
    "/calendar/{name:str}": FILE,
    "/handovers/{number:int}/rows.csv": FILE,
    "/personal": SEARCH,
    "/personal/people/{person_id:int}/export": FILE,
    "/personal-data/export": FILE,
    "/drafts/{key:str}/files": SENT,
}


class Counts:
    """How often whom was counted in the window that runs. In memory: a search must wait for no writer, and where two
    portals run, each counts its own.
    """

    def __init__(self, *, off: bool = False) -> None:
        self.off = off
        self._seen: dict[tuple[str, int], int] = {}
        self._swept = 0

    def count(self, limit: Limit, key: str, most: int, now: datetime) -> int:
        """Count one more; seconds to wait where there were too many before it, else 0."""
        moment = int(now.timestamp())
        window = moment // limit.seconds
        if self._swept != moment // MINUTE:
            self._swept = moment // MINUTE
            self._seen = {one: found for one, found in self._seen.items() if self._runs(one, moment)}
        found = self._seen[f"{limit.name}:{key}", window] = self._seen.get((f"{limit.name}:{key}", window), 0) + 1
        return 0 if self.off or found <= most else limit.seconds - moment % limit.seconds

    @staticmethod
    def _runs(one: tuple[str, int], moment: int) -> bool:
        seconds = SEARCH.seconds if one[0].startswith(SEARCH.name) else FILE.seconds
        return one[1] == moment // seconds


def count(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, reader: Reader) -> None:
    """Count a request where its place has a limit. Raises TooOften."""
    limit = next((PLACES[path] for path in handler.paths if path in PLACES), None)
    counted = "POST" if limit is SENT else "GET"
    if limit is None or connection.scope["method"] != counted:  # type: ignore[typeddict-item]
        return
    if limit is SEARCH and not any(connection.query_params.get(name) for name in SEARCHED):
        return
    key, most = str(reader.person_id), limit.person
    if reader.session is None:
        client = connection.client
        key, most = f"at {network_of(client.host if client else '')}", limit.network
    wait = connection.app.state.limits.count(limit, key, most, reader.now)
    if wait:
        raise TooOften("Too many requests.", seconds=wait)
