"""The leak matrix: who × phase × field against every page, file, search and count, out of the permission table.

Three questions of every reader in every phase. Does anything stand on a page that the table does not open to them, or
that the page has no place for? Can they tell that something happened which they may not see (text, counts, lengths,
headers, file names)? Does what is somebody else's cost another number of queries than what does not exist?
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import event, select

from evaluators.permissions import Field, Phase, Role
from evaluators.search import FIELDS
from laurea import clock
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web.api_gate import Meter
from laurea.web.app import state_of
from laurea.web.limits import Counts
from tests.web import leak_world
from tests.web.clients import beside
from tests.web.leak_places import ABSENT, PLACES, SEARCHES, addresses, enters, fillings
from tests.web.leak_types import NOW, OURS, THEIRS, Owner, Viewer, World

DESKS = ((0, 0), (0, 1), (2, 3), (3, 0), (3, 3), (4, 0), (6, 4), (8, 6))  # (application, juror) by place
FORM = {"kind": "none", "reason": "x", "says": "x", "number": "1", "version": "1", "why": "x", "until": "2026-12-01"}
NO_NEWS = ("set-cookie", "x-request-id")
GROWS = ("/personal/looks",)  # it tells what was looked at since the office's pages were swept
pytestmark = pytest.mark.slow
OWN_NAME = re.compile(r'<span class="name">[^<]*</span>')  # heads every page of somebody who signed in
Answer = tuple[int, tuple[tuple[str, str], ...], bytes]


@dataclass(frozen=True)
class Route:
    path: str
    method: str
    room: Role | None
    scope: str | None


def routes(app: Litestar) -> list[Route]:
    """Every route of the portal but its static files."""
    return [
        Route(route.path_format, method, handler.opt.get("role"), handler.opt.get("scope"))
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static")
        for handler in route.route_handlers
        for method in ("GET", "POST")
        if method in handler.http_methods
    ]


class Eyes:
    """A reader's browser or program."""

    def __init__(self, first: TestClient[Litestar], world: World, viewer: Viewer) -> None:
        self.client = beside(first)
        self.viewer = viewer
        self.headers = {"authorization": f"Bearer {viewer.token}"} if viewer.token else {}
        if viewer.person:
            door = urlsplit(world.place.link(viewer.person)).path
            page = self.client.get(door).text
            token = page.partition('name="_csrf" value="')[2].partition('"')[0]
            self.client.post(door, data={"_csrf": token})
        self.csrf = self.client.get("/").text.partition('name="_csrf" value="')[2].partition('"')[0]

    def get(self, address: str) -> Answer:
        return self._answer(self.client.get(address, headers=self.headers, follow_redirects=False))

    def post(self, address: str) -> Answer:
        return self._answer(
            self.client.post(address, data={**FORM, "_csrf": self.csrf}, headers=self.headers, follow_redirects=False)
        )

    def _answer(self, found: Any) -> Answer:
        """An answer with its workbook unpacked; the day a cookie ends and the number of a request are no news."""
        body = found.content
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"\n".join(name.encode() + book.read(name) for name in sorted(book.namelist()))
        headers = tuple(sorted((name, value) for name, value in found.headers.items() if name not in NO_NEWS))
        return found.status_code, headers, body


class Undone:
    """Everything that is written meanwhile is taken back: the database file is put back as it was."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __enter__(self) -> None:
        with self.world.place.engine.connect() as connection:
            self.rows = {
                table.name: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in t.metadata.sorted_tables
            }

    def __exit__(self, *_: object) -> None:
        with writing(self.world.place.engine) as connection:
            for table in reversed(t.metadata.sorted_tables):
                connection.execute(table.delete())
            for table in t.metadata.sorted_tables:
                if self.rows[table.name]:
                    connection.execute(table.insert(), self.rows[table.name])


@pytest.fixture(scope="module", params=list(Phase), ids=lambda one: one.value)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        found = leak_world.build(tmp_path_factory.mktemp(request.param.value), request.param)
        yield found
        found.place.engine.dispose()


@pytest.fixture(scope="module")
def client(portal: Litestar, world: World) -> Iterator[TestClient[Litestar]]:
    portal.state = state_of(world.place.settings)
    portal.state.meter = Meter(per_minute=1_000_000)
    portal.state.limits = Counts(off=True)
    with TestClient(portal, base_url=world.place.settings.public_url) as made:
        yield made


@pytest.fixture(scope="module")
def app(client: TestClient[Litestar]) -> Litestar:
    return client.app


@pytest.fixture(scope="module")
def eyes(client: TestClient[Litestar], world: World) -> list[Eyes]:
    found = [Eyes(client, world, viewer) for viewer in world.viewers]
    for one in found:
        one.get(f"/api/v1/rounds/{OURS}")  # that a token was used is known from now on
    return found


@pytest.fixture(scope="module")
def swept(app: Litestar, world: World, eyes: list[Eyes]) -> dict[tuple[str, str, str], Answer]:
    """What every reader finds at every address: by the reader's name, the route and the address."""
    return {
        (one.viewer.name, route.path, address): one.get(address)
        for one in eyes
        for route, address in pages(app, world, one.viewer)
    }


def pages(app: Litestar, world: World, viewer: Viewer) -> Iterator[tuple[Route, str]]:
    """Every address a reader can think of. Of a room that is not theirs, one that exists is enough."""
    filled = values(world)
    for route in routes(app):
        if route.method == "GET" and route.path in PLACES:
            every = addresses(route.path, filled)
            yield from ((route, one) for one in (every if enters(viewer, route.room, route.scope) else every[:1]))


def values(world: World) -> dict[str, list[str]]:
    """The values of the words in addresses."""
    a, d = t.assignments.c, t.application_drafts.c
    with reading(world.place.engine) as connection:
        desks = connection.execute(select(a.id, a.application_id, a.juror_id)).all()
        drafts = list(connection.execute(select(d.key).order_by(d.id)).scalars())
    places = {(world.apps.index(row.application_id), world.seats.index(row.juror_id)): row.id for row in desks}
    return fillings(world, [places[one] for one in DESKS if one in places], drafts)


def test_every_page_has_its_place_in_the_matrix(app: Litestar) -> None:
    assert {route.path for route in routes(app) if route.method == "GET"} == set(PLACES)


def test_nobody_reads_what_the_table_does_not_open(
    world: World, eyes: list[Eyes], swept: dict[tuple[str, str, str], Answer]
) -> None:
    viewers = {one.viewer.name: one.viewer for one in eyes}
    leaks, seen = [], set()
    for (name, path, address), (_, headers, body) in swept.items():
        text = OWN_NAME.sub("", f"{headers} {body.decode('utf-8', 'replace')}").replace(address.partition("?")[0], "")
        for secret in (one for one in world.secrets if one.word in text):
            by = world.allowed(viewers[name], secret.fields, secret.owner)
            seen |= {(field, name) for field in by}
            if not by & PLACES[path]:
                leaks.append(f"{name}: {secret.word} on {address}")
    assert "\n".join(leaks) == ""
    assert (Field.ROUND, "officer") in seen  # the words are where they belong: an empty portal would pass as well
    assert (world.phase in leak_world.WITH_JURORS) == ((Field.EVIDENCE, "juror") in seen)
    assert (world.phase in (Phase.DECIDING, Phase.RELEASED)) == ((Field.PROPOSED, "officer") in seen)
    assert (world.phase is Phase.RELEASED) == ((Field.RELEASED_GRANTS, "nobody") in seen)


def test_nobody_can_tell_that_something_happened_that_they_may_not_see(
    world: World, eyes: list[Eyes], swept: dict[tuple[str, str, str], Answer]
) -> None:
    told = []
    for one in eyes:
        behind = [two for two in world.changes if not world.allowed(one.viewer, two.fields, two.owner)]
        assert behind
        with Undone(world):
            with writing(world.place.engine) as connection:
                for change in behind:
                    change.make(connection)
            closed: Counter[str] = Counter()  # of what there is not, three of a route speak for the others
            for (name, path, address), before in swept.items():
                closed[path] += before[0] == 404 and name == one.viewer.name
                if name != one.viewer.name or path in GROWS or (before[0] == 404 and closed[path] > 3):
                    continue
                if one.get(address) != before:
                    told.append(f"{name}: {address}")
    assert "\n".join(told) == ""


def test_searches_ask_nothing_that_is_not_to_be_seen(app: Litestar, world: World, eyes: list[Eyes]) -> None:
    """A word that is hidden finds what a word finds that nobody ever wrote; a field that is closed finds nothing."""
    told = []
    for one in eyes:
        viewer = one.viewer
        for path in SEARCHES:
            room = Role.OFFICER if path.startswith("/rounds") else None
            scope = None if not path.startswith("/api") else "export" if "exports" in path else "read"
            public = room is None and scope is None
            if not enters(viewer, room, scope) or (public and viewer.name not in ("nobody", "juror", "their officer")):
                continue
            code = viewer.rounds[0] if viewer.rounds else OURS
            address = path.replace("{code}", code)
            secrets = [two for two in world.secrets if not world.allowed(viewer, two.fields, two.owner)]
            hidden = {(two.fields, two.owner.code): two.word for two in secrets}.values()  # one of each kind
            nobodys = _asked(one, address, "Qqnowhere")
            told += [f"{viewer.name}: {address}: {word}" for word in hidden if _asked(one, address, word) != nobodys]
            for name, asks in FIELDS.items():
                if not world.allowed(viewer, {asks.needs}, Owner(code)):
                    some = {_asked(one, address, f"{name}:{value}") for value in ("none", ">0", "no_label", "Zqjuror1")}
                    told += [f"{viewer.name}: {address}: {name}"] if len(some) > 1 else []
    assert "\n".join(told) == ""


def _asked(eyes: Eyes, address: str, q: str) -> tuple[int, str]:
    """What a search answers, without its own words in it."""
    status, _, body = eyes.get(f"{address}?q={quote(q, safe='')}")
    text = body.decode("utf-8", "replace")
    for word in (q, quote(q, safe=""), quote(q), html.escape(q)):
        text = text.replace(word, "·")
    return status, text


def test_a_conflicted_juror_meets_nothing_anywhere(app: Litestar, world: World, eyes: list[Eyes]) -> None:
    one = next(one for one in eyes if one.viewer.name == "conflicted juror")
    a = t.assignments.c
    with reading(world.place.engine) as connection:
        bad = select(a.id).join(
            t.conflicts, (t.conflicts.c.application_id == a.application_id) & (t.conflicts.c.juror_id == a.juror_id)
        )
        conflicted = set(connection.execute(bad.where(a.juror_id == world.seats[3])).scalars())
    assert len(conflicted) == (2 if world.phase in leak_world.WITH_JURORS else 0)
    for route in routes(app):
        if "{assignment_id}" not in route.path:
            continue
        for assignment in conflicted:
            address = route.path.replace("{assignment_id}", str(assignment))
            nothing = route.path.replace("{assignment_id}", ABSENT)
            ask = one.get if route.method == "GET" else one.post
            assert (address, ask(address)[0]) == (address, 404)
            assert ask(address)[2] == ask(nothing)[2]


def test_what_is_somebody_elses_costs_as_much_as_what_does_not_exist(
    app: Litestar, world: World, eyes: list[Eyes]
) -> None:
    """Equal queries and equal answers: neither text nor time tells whether a number, a key or a code is taken."""
    seen: list[str] = []
    event.listen(app.state.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    filled = values(world)
    a = t.assignments.c
    with reading(world.place.engine) as connection:
        foreign = str(connection.execute(select(a.id).where(a.round_id == world.rounds[THEIRS])).scalars().first())
    elses = {
        "code": (THEIRS, filled["code"][-1]), "assignment_id": (foreign, ABSENT),
        "application_id": (str(world.apps[8]), ABSENT), "juror_id": (str(world.seats[6]), ABSENT),
        "key": (world.keys[8], filled["key"][-1]),
    }  # fmt: skip
    compared, told = 0, []
    for one in eyes:
        viewer = one.viewer
        if THEIRS in viewer.rounds:
            continue
        for route in routes(app):
            if not enters(viewer, route.room, route.scope):
                continue
            for word, (theirs, nobodys) in elses.items():
                if "{" + word + "}" not in route.path:
                    continue
                asked = []
                for value in (theirs, nobodys):
                    address = addresses(route.path, filled | {word: [value]})[0]
                    seen.clear()
                    status, headers, body = (one.get if route.method == "GET" else one.post)(address)
                    text = body.decode("utf-8", "replace").replace(f"/{value}", "/·")
                    asked.append(
                        (status, len(seen), text, dict(headers).get("location", "").replace(f"/{value}", "/·"))
                    )
                compared += 1
                told += [
                    f"{viewer.name}: {route.method} {route.path}, {word}: {what} {theirs} and {nobodys}"
                    for what, theirs, nobodys in zip(("status", "queries", "text", "location"), *asked, strict=True)
                    if theirs != nobodys
                ]
    assert compared > 100
    assert "\n".join(told) == ""
