"""For balancers and monitors: is this portal alive, and can it serve. Nothing about anybody, nothing written down."""

from __future__ import annotations

import logging
from typing import Any

from litestar import MediaType, Request, Response, get

from laurea.store import migrate
from laurea.store.engine import trouble
from laurea.web.render import in_thread

LOG = logging.getLogger("laurea.web")
AGAIN = "5"  # seconds until it is worth asking once more
_SAYS = {
    "none": "not ready: the database has no tables",
    "older": "not ready: the database waits to be upgraded",
    "away": "not ready: the database does not answer",
}


@get("/healthz", name="healthz", media_type=MediaType.TEXT, opt={"unasked": True}, sync_to_thread=False)
def healthz() -> str:
    """Alive: this process answers, whatever the rest of the installation does. Restart it where it does not."""
    return "alive\n"


@get("/readyz", name="readyz", opt={"unasked": True})
async def readyz(request: Request[Any, Any, Any]) -> Response[str]:
    """Ready: the database answers and has the tables this version needs. Send people elsewhere where it does not.

    While a newer version upgrades the database, this one stays ready: what runs goes on until it is replaced.
    """
    standing = await _standing(request=request)
    if standing in migrate.USABLE:
        return Response("ready\n", media_type=MediaType.TEXT)
    return Response(f"{_SAYS[standing]}\n", status_code=503, media_type=MediaType.TEXT, headers={"retry-after": AGAIN})


@in_thread
def _standing(request: Request[Any, Any, Any]) -> str:
    try:
        return migrate.stands(request.app.state.engine)
    except Exception as error:
        if trouble(error) is None:
            raise
        LOG.warning("the database does not answer", exc_info=error)
        return "away"


HANDLERS = [healthz, readyz]
