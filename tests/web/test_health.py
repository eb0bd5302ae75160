"""What balancers and monitors are told: alive, ready, numbers; nothing about anybody, and nothing is written down."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from laurea import log
from laurea.store import migrate, outbox
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web.app import create_app
from notifications.outbox import STATES
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

DASHBOARD = Path(__file__).parents[2] / "deploy/grafana/laurea.json"
TOKEN = "t" * 32


@pytest.fixture(autouse=True)
def _at_the_newest_revision(place: Place) -> None:
    """The seeded tables are made without migrations."""
    with writing(place.engine) as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": migrate._newest()})


@pytest.fixture
def watched(place: Place) -> Iterator[TestClient[Litestar]]:
    """A portal whose numbers may be read with a token."""
    settings = place.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    with TestClient(create_app(settings), base_url=settings.public_url) as client:
        yield client


def numbers(client: TestClient[Litestar]) -> dict[str, float]:
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def _from(app: Litestar, host: str, headers: dict[str, str] | None = None) -> int:
    """What somebody at this address is told."""

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app, client=(host, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8780") as client:
            return (await client.get("/metrics", headers=headers)).status_code

    return asyncio.run(ask())


# --- Alive and ready -----------------------------------------------------------------------------------------


def test_a_portal_is_alive_and_ready_and_nothing_is_asked_kept_or_written(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    browser.sign_in(place, place.jurors[0])
    before = place.value(select(func.count()).select_from(t.audit))
    browser.get("/readyz")  # the revisions of this version are read from its files once
    asked = count_queries()
    assert (browser.get("/healthz").text, browser.status) == ("alive\n", 200)
    assert browser.get("/static/laurea.css").status == 200
    assert asked == [], "whoever asks for it"
    assert (browser.get("/readyz").text, browser.status) == ("ready\n", 200)
    assert len(asked) <= 2  # whether there is a table of revisions, and what stands in it
    assert browser.headers["cache-control"] == "no-store"
    assert "set-cookie" not in browser.headers
    assert place.value(select(func.count()).select_from(t.audit)) == before


@pytest.mark.parametrize(
    ("revision", "status", "says"),
    [
        ("0014", 503, "not ready: the database waits to be upgraded\n"),
        ("9999", 200, "ready\n"),  # a newer version came: what runs goes on until it is replaced
        (None, 503, "not ready: the database has no tables\n"),
    ],
)
def test_ready_means_that_the_tables_are_those_this_version_needs(
    browser: Browser, place: Place, revision: str | None, status: int, says: str
) -> None:
    with writing(place.engine) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision:
            connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})
    assert (browser.get("/readyz").status, browser.text) == (status, says)
    assert ("retry-after" in browser.headers) == (status == 503)
    assert browser.get("/healthz").status == 200


def _away(monkeypatch: pytest.MonkeyPatch, app: Litestar) -> None:
    import psycopg

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, psycopg.OperationalError("connection to 10.1.2.3 refused"))

    monkeypatch.setattr(app.state.engine, "connect", refuse)


def test_a_database_that_is_away_is_503_everywhere_and_its_address_is_told_to_nobody(
    app: Litestar, watched: TestClient[Litestar], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _away(monkeypatch, watched.app)
    answer = watched.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: the database does not answer\n")
    assert watched.get("/healthz").status_code == 200
    assert watched.get("/static/laurea.css").status_code == 200
    for path in ("/", "/gallery", "/api/v1/rounds/example-2026"):
        answer = watched.get(path, headers={"authorization": "Bearer x"})
        assert (path, answer.status_code, answer.headers.get("retry-after")) == (path, 503, "30")
        assert "10.1.2.3" not in answer.text
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    found = numbers(watched)
    assert found["laurea_database_ready"] == 0
    assert not any(name.startswith("laurea_letters") for name in found)


# --- Numbers -------------------------------------------------------------------------------------------------


def test_numbers_are_for_this_machine_and_for_whoever_has_the_token(
    app: Litestar, watched: TestClient[Litestar]
) -> None:
    assert _from(app, "127.0.0.1") == 200
    assert _from(app, "::1") == 200
    assert _from(app, "192.0.2.7") == 404
    for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):  # somebody stands behind the proxy
        assert _from(app, "127.0.0.1", {name: "192.0.2.7"}) == 404
    for header in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}"):
        assert watched.get("/metrics", headers={"authorization": header}).status_code == 404
    with TestClient(app) as client:  # where no token is set, an empty one opens nothing
        assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_requests_are_counted_by_route_and_refusals_by_reason(watched: TestClient[Litestar], place: Place) -> None:
    for path in ("/results/example-2026", "/results/example-2026", "/results/no-such", "/nowhere", "/wp-login"):
        watched.get(path)
    watched.post("/sign-in", data={"email": "x@example.org"})
    watched.request("BREW", "/")
    found = numbers(watched)
    answered = {name: value for name, value in found.items() if name.startswith("laurea_requests_total")}
    one = 'laurea_requests_total{{method="{}",route="{}",status="{}"}}'.format
    assert sum(answered.get(one("GET", "/results/{code}", status), 0) for status in (200, 404)) == 3
    assert answered[one("GET", "none", 404)] == 2
    assert answered[one("POST", "/sign-in", 403)] == 1
    assert answered[one("other", "none", 404)] + answered.get(one("other", "/", 404), 0) == 1
    assert found['laurea_refusals_total{why="FormRefused"}'] == 1
    assert found['laurea_refusals_total{why="NotFoundException"}'] >= 2
    assert "example-2026" not in str(found)
    assert found['laurea_request_seconds_count{method="GET",route="/results/{code}"}'] == 3


def test_the_records_are_counted_by_state(watched: TestClient[Litestar], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    found = numbers(watched)
    with reading(place.engine) as connection:
        letters = outbox.state_counts(connection)
    assert {one: found[f'laurea_letters{{state="{one}"}}'] for one in STATES} == {one: letters[one] for one in STATES}
    assert found['laurea_rounds{phase="deciding"}'] == 1
    assert sum(value for name, value in found.items() if name.startswith("laurea_rounds{")) == 1
    assert found["laurea_database_ready"] == 1


def test_the_dashboard_asks_only_for_numbers_that_there_are(watched: TestClient[Litestar], place: Place) -> None:
    from laurea import clock
    from laurea.store import turns

    with writing(place.engine) as connection:
        turns.note(connection, clock.now(), clock.now())
    watched.get("/nowhere")
    watched.get("/")
    there = {name.partition("{")[0] for name in numbers(watched)}
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"\b(?:laurea|process)_\w+", target["expr"])
    }
    assert asked - there == set()
    ours = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in there}
    ours = {name for name in ours if name.startswith("laurea_")}
    shown = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in asked}
    assert ours - shown == set()  # and every number of ours is on it
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


# --- The log -------------------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What the log holds by now."""
    root, house = logging.getLogger(), logging.getLogger("laurea")
    kept = root.handlers, root.level, house.level
    stream = io.StringIO()
    log.begin("json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, level, own = kept
    root.setLevel(level)
    house.setLevel(own)


def test_each_request_is_a_line_with_ids_alone(
    browser: Browser, place: Place, lines: Callable[[], list[dict[str, object]]]
) -> None:
    browser.sign_in(place, place.officers[0])
    browser.get("/rounds/example-2026", headers={"x-request-id": "proxy-number-1"})
    told = [line for line in lines() if line["event"] == "request"]
    last = told[-1]
    assert (last["route"], last["method"], last["status"]) == ("/rounds/{code}", "GET", 200)
    assert (last["person"], last["request"]) == (place.officers[0], "proxy-number-1")
    assert len({line["request"] for line in told}) == len(told)
    assert "example-2026" not in str(told)
    assert "@" not in str(told)
    assert {"/enter/{token}"} <= {line["route"] for line in told}


def test_an_error_is_told_by_its_class_and_place_and_never_in_its_words(
    app: Litestar, lines: Callable[[], list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nino@example.org wrote a secret")

    monkeypatch.setattr("laurea.web.public.page", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    failed = next(line for line in lines() if line["level"] == "error")
    assert failed["event"] == "a page failed"
    assert failed["error"] == "RuntimeError"
    assert "laurea/web/public.py" in str(failed["where"])
    assert failed["request"] == answer.headers["x-request-id"]
    assert "nino" not in str(lines())


def test_who_was_kept_from_something_is_told(
    browsers: Callable[[], Browser], place: Place, lines: Callable[[], list[dict[str, object]]]
) -> None:
    """Another's room, a room without signing in, a form without its token, and sign-ins that failed; ids alone."""
    visitor, juror = browsers(), browsers().sign_in(place, place.jurors[0])
    juror.get("/rounds/example-2026")
    juror.client.post(f"/sheets/{place.assignments(place.jurors[0])[0]}/skip", data={"_csrf": "x"})
    visitor.get("/juror")
    visitor.get("/nothing-of-the-kind")
    visitor.get("/enter/unknown")
    visitor.post("/enter/unknown")
    visitor.get("/sign-in")
    visitor.post("/sign-in/code", {"code": "000000"})
    told = [line for line in lines() if line["event"] in ("refused", "sign-in failed")]
    assert [(line.get("why") or line["by"], line.get("route"), line.get("person")) for line in told] == [
        ("NotFoundException", "/rounds/{code}", place.jurors[0]),
        ("FormRefused", "/sheets/{assignment_id}/skip", place.jurors[0]),
        ("NotAuthorizedException", "/juror", None),
        ("link", None, None),
        ("code", None, None),
    ]
    assert all(line["request"] for line in told)
    assert "000000" not in str(told)
