"""Several readers of one portal, on the event loop that the first of them started."""

from __future__ import annotations

from litestar import Litestar
from litestar.testing import TestClient


def beside(first: TestClient[Litestar]) -> TestClient[Litestar]:
    """A client with cookies of its own; alone it would start a thread and an event loop for every request."""
    client = TestClient(first.app, base_url=str(first.base_url))
    client.blocking_portal = first.blocking_portal
    return client
