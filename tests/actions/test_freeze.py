"""Pages frozen from a real server: through the guard, within limits, looked at again, told to juror and officer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from laurea import steps
from laurea.actions import freeze, screen
from laurea.errors import BadInput
from laurea.sources import outside
from laurea.store import frozen, keeping
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.frozen import Page
from laurea.web.app import create_app
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


class Site(BaseHTTPRequestHandler):
    """A school's site: what it shows stands in `server.shown` by path."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        status, kind, body = self.server.shown.get(self.path, (404, "text/html", b"none"))  # type: ignore[attr-defined]
        self.send_response(status)
        if status in (301, 302):
            self.send_header("location", body.decode())
            body = b""
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.shown, server.asked = {}, []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def base(site: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{site.server_address[1]}"


def show(site: ThreadingHTTPServer, path: str, body: str, status: int = 200, kind: str = "text/html") -> None:
    site.shown[path] = (status, kind, body.encode())  # type: ignore[attr-defined]


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    found = seeding.seed(tmp_path, applications=2, database_url=database_url)
    found.settings = found.settings.model_copy(update={"pages_private": True})
    yield found
    found.engine.dispose()


def point(place: Place, *addresses: str) -> None:
    """The first application points to these pages."""
    first = t.applications.c.id == place.applications[0]
    with writing(place.engine) as connection:
        children = {"partners": [{"school": " ".join(addresses), "country": "LV"}]}
        connection.execute(update(t.applications).where(first).values(children=children, state="submitted"))
        connection.execute(update(t.rounds).values(routed_at=None))
    screen.screen(place.engine, 1, settings=place.settings, now=place.now)


def pages(place: Place) -> list[Page]:
    with reading(place.engine) as connection:
        return frozen.pages_of(connection, place.applications[0])


def test_links_are_frozen_by_the_round_and_checked_again_when_the_review_begins(
    place: Place, site: ThreadingHTTPServer, base: str
) -> None:
    show(site, "/a", "<title>Our page</title><p>We planted trees.<script>evil()</script>")
    show(site, "/moved", "/a", 302)
    point(place, f"{base}/a,", f"{base}/moved", f"{base}/none")
    assert steps.due(place.engine, 1, settings=place.settings, now=place.now)[0].kind == steps.FREEZE
    freeze.freeze(place.engine, 1, settings=place.settings, now=place.now)
    found = pages(place)
    assert [one.standing.value for one in found] == ["same", "same", "failed"]
    assert (found[0].title, found[0].fact, found[2].trouble) == ("Our page", "partners", "missing")
    with reading(place.engine) as connection:
        kept = keeping.read(connection, found[0].digest or "")
    assert kept == b"We planted trees."
    assert not freeze.due(place.engine, 1, now=place.now)

    show(site, "/a", "<title>Our page</title><p>We planted a forest.")
    del site.shown["/moved"]  # type: ignore[attr-defined]
    later = place.now + timedelta(hours=1)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(routed_at=later))
    assert freeze.due(place.engine, 1, now=later)
    steps.perform(place.engine, steps.Step(steps.FREEZE, 1), settings=place.settings, now=later)
    found = pages(place)
    assert [one.standing.value for one in found] == ["changed", "gone", "failed"]
    assert (found[0].changed_at, found[1].gone_at) == (later, later)
    assert not freeze.due(place.engine, 1, now=later)

    show(site, "/a", "<p>We planted   trees.</p>")  # as it was, laid out otherwise
    freeze.freeze(place.engine, 1, settings=place.settings, now=later, application_id=place.applications[0])
    assert pages(place)[0].standing.value == "same"


def test_juror_and_officer_read_text_and_changes_and_nothing_that_runs(
    place: Place, site: ThreadingHTTPServer, base: str
) -> None:
    show(site, "/a", "<title>T</title><p>One &lt;b&gt;<p>Two")
    point(place, f"{base}/a")
    freeze.freeze(place.engine, 1, settings=place.settings, now=place.now)
    show(site, "/a", "<title>T</title><p>One &lt;b&gt;<p>Three")
    freeze.freeze(place.engine, 1, settings=place.settings, now=place.now, application_id=place.applications[0])
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(routed_at=place.now))
        connection.execute(update(t.applications).values(state="assigned"))
        query = select(t.assignments.c.id).where(t.assignments.c.application_id == place.applications[0])
        assignment = connection.execute(query.order_by(t.assignments.c.id)).scalars().first()
    number = pages(place)[0].id
    with TestClient(create_app(place.settings), base_url=place.settings.public_url) as client:
        juror = Browser(client).sign_in(place, place.jurors[0])
        assert juror.get(f"/sheets/{assignment}/pages/{number}").status == 404  # not declared yet
        juror.get(f"/sheets/{assignment}")
        juror.post(f"/sheets/{assignment}/declare", {"kind": "none"})
        sheet = juror.get(f"/sheets/{assignment}").text
        assert "changed since" in sheet
        text = juror.get(f"/sheets/{assignment}/pages/{number}").text
        assert "One &lt;b&gt;" in text
        assert "<del>Two</del>" in text
        assert "<ins>Three</ins>" in text
        assert juror.get(f"/sheets/{assignment}/pages/{number + 1}").status == 404
    with TestClient(create_app(place.settings), base_url=place.settings.public_url) as client:
        other = Browser(client).sign_in(place, place.officers[2])
        assert other.get(f"/rounds/example-2026/applications/{place.applications[0]}/pages/{number}").status == 404
    with TestClient(create_app(place.settings), base_url=place.settings.public_url) as client:
        officer = Browser(client).sign_in(place, place.officers[0])
        room = f"/rounds/example-2026/applications/{place.applications[0]}"
        assert "changed since" in officer.get(room).text
        assert "<ins>Three</ins>" in officer.get(f"{room}/pages/{number}").text
        show(site, "/b", "<title>Second page</title>By hand")
        officer.get(room)
        officer.post(f"{room}/pages", {"address": f"{base}/b"})
        assert "Second page" in officer.get(room).text
        officer.post(f"{room}/pages", {"address": "file:///etc/passwd"})
        assert officer.status == 422


def test_private_addresses_are_never_asked_not_even_by_a_redirect(
    place: Place, site: ThreadingHTTPServer, base: str
) -> None:
    show(site, "/a", "secret")
    point(place, f"{base}/a", "http://169.254.169.254/latest", "http://[::1]/", "http://localhost/a")
    settings = place.settings.model_copy(update={"pages_private": False})
    freeze.freeze(place.engine, 1, settings=settings, now=place.now)
    assert {one.trouble for one in pages(place)} == {"forbidden"}
    assert site.asked == []  # type: ignore[attr-defined]
    with pytest.raises(BadInput):
        freeze.name(
            place.engine, 1, place.applications[0], address="http://127.0.0.1/", person_id=place.officers[0],
            settings=settings, now=place.now,
        )  # fmt: skip


def test_each_address_of_a_redirect_is_checked_and_a_circle_ends(site: ThreadingHTTPServer, base: str) -> None:
    show(site, "/out", "file:///etc/passwd", 302)
    show(site, "/round", "/round", 302)
    with pytest.raises(BadInput):
        outside.get(f"{base}/out", private=True)
    with pytest.raises(outside.TooManyRedirects):
        outside.get(f"{base}/round", private=True)
    assert site.asked.count("/round") == outside.REDIRECTS + 1  # type: ignore[attr-defined]


def test_a_page_is_read_up_to_a_size_and_what_is_no_text_keeps_its_fingerprint_alone(
    place: Place, site: ThreadingHTTPServer, base: str
) -> None:
    show(site, "/big", "x" * (outside.LARGEST_PAGE + 1))
    show(site, "/paper.pdf", "%PDF-1.7", kind="application/pdf")
    point(place, f"{base}/big", f"{base}/paper.pdf")
    freeze.freeze(place.engine, 1, settings=place.settings, now=place.now)
    big, paper = pages(place)
    assert (big.trouble, big.digest) == ("large", None)
    assert paper.standing.value == "same"
    with reading(place.engine) as connection:
        assert keeping.read(connection, paper.digest or "") is None


def test_a_round_goes_on_by_itself_past_pages_that_cannot_be_had(
    place: Place, site: ThreadingHTTPServer, base: str
) -> None:
    """From the command line every step has its words, and a page that is not there holds nothing up."""
    point(place, f"{base}/none")
    done = steps.advance(place.engine, 1, settings=place.settings, now=place.now)
    assert steps.FREEZE in [one.kind for one in done]
    assert pages(place)[0].trouble == "missing"
    assert site.asked == ["/none"]  # type: ignore[attr-defined]
