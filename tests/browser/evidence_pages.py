"""The pages of the evidence desk, for the pictures and the accessibility walk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from evaluators.permissions import Role
from laurea.actions import ask, freeze, participation, screen, take_register
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.browser.serving import Look, free_port, served
from tests.web import seeding
from tests.web.seeding import Place

ROOM = "/rounds/example-2026"


class Diary(BaseHTTPRequestHandler):
    """A page of a school that changes once."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        pupils = self.server.pupils  # type: ignore[attr-defined]
        text = f"<h1>Our diary</h1><p>We measured the river in March.</p><p>{pupils} pupils took part.</p>"
        self.wfile.write(f"<title>Rivers that remember: our diary</title>{text}".encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _site() -> Iterator[ThreadingHTTPServer]:
    site = ThreadingHTTPServer(("127.0.0.1", 0), Diary)
    thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield site
    site.shutdown()
    site.server_close()
    thread.join(timeout=10)


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """The desk with a file that waits, a round with unknown facts, a page that changed, a link that asks."""
    place = seeding.seed(folder, port=free_port())
    watched = {"AZ/schools": (folder / "schools.csv").as_uri(), "AZ/events": (folder / "events.csv").as_uri()}
    more: dict[str, Any] = {"sources": {"project-register": "desk:"}, "pages_private": True, "watched": watched}
    place.settings = place.settings.model_copy(update=more)
    _registers(place, folder)
    with _site() as site:
        link = _evidence(place, site)
    number = place.value(select(t.register_imports.c.id).where(t.register_imports.c.state == "waiting"))
    first = t.applications.c.id == place.applications[0]
    applicant, key = (
        place.value(select(column).where(first)) for column in (t.applications.c.applicant_id, t.applications.c.key)
    )
    one = f"{ROOM}/applications/{place.applications[0]}"
    with served(place.settings) as url:

        def visitor(person_id: int | None = None) -> Page:
            page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
            if person_id is not None:
                page.goto(place.link(person_id))
                page.locator("main button").click()
            return page

        officer, witness, own = visitor(place.officers[0]), visitor(), visitor(applicant)
        for page, name, path in (
            (officer, "evidence", "/evidence"), (officer, "evidence-file", f"/evidence/files/{number}"),
            (officer, "participations", "/evidence/participations"), (officer, "unknown-facts", f"{ROOM}/unknown"),
            (officer, "ask", f"{one}/ask?fact=consent"), (officer, "application-pages", one),
            (officer, "frozen-page", f"{one}/pages/1"), (witness, "confirm", urlsplit(link).path),
            (own, "applicant-ask", f"/my/{key}/ask"),
        ):  # fmt: skip
            page.goto(path)
            look(page, name)
        witness.locator("main .primary").click()
        look(witness, "confirmed")
        witness.goto(urlsplit(link).path)
        look(witness, "confirm-stale")
        for page in (officer, witness, own):
            page.context.close()
    place.engine.dispose()


def _registers(place: Place, folder: Path) -> None:
    """Two exports of teachers, one taken in and one that waits; a watched one; two participations."""
    common: dict[str, Any] = {"authority_id": 1, "person_id": place.officers[0], "now": place.now}
    names = ("unit_id", "teacher_id", "last_active_on", "name")

    def export(numbers: range, active: Callable[[int], str], last: str = "") -> bytes:
        rows = [f"S{n % 8},T{n},{active(n)},{seeding.NAMES[n % len(seeding.NAMES)]}" for n in numbers]
        return "\n".join([",".join(names), *rows, last]).encode()

    for numbers, active, last in (
        (range(40), lambda n: f"2026-0{1 + n % 6}-1{n % 9}", ""),
        (range(3, 44), lambda n: f"2026-0{1 + n % 6 if n % 5 else 9}-1{n % 9}", "S9,T99,yesterday,Aygün"),
    ):
        number = take_register.preview(
            place.engine, kind="teachers", name=f"portal-teachers-{numbers.stop}.csv",
            content=export(numbers, active, last), settings=place.settings, **common,
        )  # fmt: skip
        if not last:
            take_register.take(place.engine, number=number, settings=place.settings, **common)
    (folder / "schools.csv").write_text("unit_id,name\nS1,School No. 6\n")
    for source in take_register.due(place.engine, settings=place.settings, now=place.now):
        take_register.look(place.engine, source, settings=place.settings, now=place.now)
    for person, what, hours in (
        (seeding.NAMES[0], "Media literacy course", "6"),
        (seeding.NAMES[1], "Conference", "12"),
    ):
        typed = {"unit_id": "S1", "person": person, "what": what, "hours": hours, "held_on": "2026-02-03"}
        more = {"organiser": "National Support Organisation", "proof": "https://example.org/lists/2026-02-03"}
        participation.enter(place.engine, typed=typed | more, **common)


def _evidence(place: Place, site: ThreadingHTTPServer) -> str:
    """Unknown facts of four applications, a page that changed since it was kept; the link the head of a school got."""
    a = t.applications.c
    address = f"http://127.0.0.1:{site.server_address[1]}/diary"
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(routed_at=None))
        for number, unknown in enumerate(("consent", "consent", "founder_two", "consent")):
            here = a.id == place.applications[number]
            facts = dict(connection.execute(select(a.facts).where(here)).scalar_one())
            facts |= {"consent": True, "founder_two": "LV", unknown: None}
            children = {"partners": [{"school": f"Ausma, {address}", "country": "LV", "joined_on": "2025-10-01"}]}
            values = {"facts": facts, "state": "submitted", "children": children if number == 0 else {"partners": []}}
            connection.execute(update(t.applications).where(here).values(**values))
    screen.screen(place.engine, place.round_id, settings=place.settings, now=place.now)
    for pupils in ("Forty", "Sixty"):
        site.pupils = pupils  # type: ignore[attr-defined]
        common: dict[str, Any] = {"settings": place.settings, "now": place.now}
        freeze.freeze(place.engine, place.round_id, application_id=place.applications[0], **common)
    whom = ask.Whom("principal", "Ilze Kalniņa", "head@school.example", "en")
    return ask.ask(
        place.engine, place.round_id, [place.applications[0]], fact="consent", whom=whom,
        words="The applicant says that all parents agreed in writing.", person_id=place.officers[0],
        role=Role.OFFICER, settings=place.settings, now=place.now,
    )[0]  # fmt: skip
