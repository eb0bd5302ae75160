"""A reader who hangs up in the middle of a form: nothing failed, and nothing is logged as if it had."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/rounds/example-2026/imports/jurors"])
def test_hanging_up_in_mid_form_is_no_failure_of_ours(
    app: Litestar, caplog: pytest.LogCaptureFixture, kind: str, path: str
) -> None:
    said: list[Any] = []
    events: Iterator[dict[str, object]] = iter(
        ({"type": "http.request", "body": b"_csrf=abc", "more_body": True}, {"type": "http.disconnect"})
    )

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"host", b"127.0.0.1:8780"), (b"content-type", kind.encode()), (b"content-length", b"5000")]
    scope: Any = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "scheme": "http", "server": ("127.0.0.1", 8780), "client": ("127.0.0.1", 1),
        "root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"}, "extensions": {},
    }  # fmt: skip
    with caplog.at_level(logging.INFO):
        asyncio.run(app(scope, receive, send))
    assert said[0]["status"] < 500
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
