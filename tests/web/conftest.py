"""A seeded round behind a running portal, in this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import event

from laurea.settings import Settings
from laurea.web.app import create_app, state_of
from tests.web import seeding
from tests.web.clients import beside
from tests.web.seeding import Place

TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')


@dataclass
class Browser:
    """A client that carries form tokens like a browser: out of the page it looked at last."""

    client: TestClient[Litestar]
    token: str = ""
    text: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def get(self, path: str, **options: object) -> Browser:
        return self._take(self.client.get(path, **options))  # type: ignore[arg-type]

    def post(self, path: str, data: dict[str, object] | None = None, **options: object) -> Browser:
        filled = {"_csrf": self.token, **(data or {})}
        return self._take(self.client.post(path, data=filled, **options))  # type: ignore[arg-type]

    def sign_in(self, place: Place, person_id: int, target: str = "") -> Browser:
        path = urlsplit(place.link(person_id, target)).path
        self.get(path)
        return self.post(path)

    def _take(self, answer: object) -> Browser:
        self.status = answer.status_code  # type: ignore[attr-defined]
        self.text = answer.text  # type: ignore[attr-defined]
        self.headers = dict(answer.headers)  # type: ignore[attr-defined]
        self.address = answer.url.path  # type: ignore[attr-defined]
        found = TOKEN.search(self.text)
        self.token = found.group(1) if found else self.token
        return self


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    """The portal, made once: its some hundred addresses take most of a second. What it keeps is each test's own."""
    return create_app(Settings(workspace=tmp_path_factory.mktemp("portal")))


@pytest.fixture
def app(portal: Litestar, place: Place) -> Litestar:
    portal.state = state_of(place.settings)
    return portal


@pytest.fixture
def browsers(app: Litestar, place: Place) -> Iterator[Callable[[], Browser]]:
    """Makes browsers with cookies of their own; the portal itself is one."""
    with TestClient(app, base_url=place.settings.public_url) as first:
        made = [first]

        def make() -> Browser:
            made.append(beside(first))
            return Browser(made[-1])

        yield make


@pytest.fixture
def browser(browsers: Callable[[], Browser]) -> Browser:
    return browsers()


@pytest.fixture
def count_queries(app: Litestar) -> Callable[[], list[str]]:
    """Call it to start counting; the list it gives grows with every statement but BEGIN and COMMIT."""

    def start() -> list[str]:
        seen: list[str] = []

        @event.listens_for(app.state.engine, "before_cursor_execute")
        def _note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                seen.append(statement)

        return seen

    return start
