"""Ways of asking the portal that it must not take."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient

from laurea.web.app import create_app
from tests.web import seeding


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_trace_is_not_answered(tmp_path: Path, method: str) -> None:
    place = seeding.seed(tmp_path, applications=1, jurors=1, reviews=1)
    app = create_app(place.settings)
    with TestClient(app, base_url=place.settings.public_url) as client:
        answer = client.request(method, "/", headers={"x-told": "secret"})
    assert answer.status_code in (404, 405)
    assert "secret" not in answer.text
    place.engine.dispose()
