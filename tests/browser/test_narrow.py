"""Every page on a telephone: nothing may be wider than the screen, in any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import insert, select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from notifications.catalogues import STAFF
from tests.browser.serving import free_port
from tests.web import seeding
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
ROUND = "/rounds/example-2026"
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? '' :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest('.scroll, .sections, .vh')).slice(0, 4).map(e => e.outerHTML.slice(0, 120))
    .join(' | ') || 'the page'"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A round with long words in it."""
    found = seeding.seed(tmp_path, port=free_port())
    long = "Beynəlxalq-layihələrarası-əməkdaşlıq-məktəblərin-qiymətləndirilməsi-2026"
    with writing(found.engine) as connection:
        connection.execute(update(t.applications).where(t.applications.c.id < 4).values(unit_name=long))
    yield found
    found.engine.dispose()


def too_wide(page: Page, paths: list[str], languages: tuple[str, ...] = STAFF) -> list[tuple[str, str, str]]:
    page.set_viewport_size({"width": 390, "height": 844})
    found = []
    for path in paths:
        for language in languages:
            answer = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer is not None
            assert answer.status in (200, 404), (path, answer.status)
            found.append((path, language, page.evaluate(WIDER)))
    return [one for one in found if one[2]]


def test_jurors_pages_fit_a_telephone(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    mine = place.assignments(place.jurors[0])
    closed = f"/sheets/{mine[1]}"
    assert too_wide(page, ["/juror/example-2026", closed, f"{closed}?conflict=1&then={mine[2]}"]) == []
    page.goto(closed)
    page.locator("form button.primary").click()
    page.locator("#submit").click()
    assert page.evaluate(WIDER) == ""
    around = [f"{closed}/history", f"{closed}/paper", f"{closed}?cannot=1", "/juror/example-2026/table"]
    assert too_wide(page, [closed, *around]) == []


def test_officers_and_public_pages_fit_a_telephone(visit: Visit, place: Place) -> None:
    page = visit(place.officers[0])
    with writing(place.engine) as connection:
        connection.execute(update(t.assignments).where(t.assignments.c.id == 1).values(state="handed_back"))
        connection.execute(
            insert(t.conflicts).values(
                authority_id=1, application_id=1, juror_id=1, kind="own_school", source="declared",
                note="I taught there", declared_at=place.now,
            )
        )  # fmt: skip
    during = ["/rounds", ROUND, f"{ROUND}/applications?reviews=missing", f"{ROUND}/applications/1", f"{ROUND}/refused"]
    during += [f"{ROUND}{one}" for one in ("/assignment", "/jurors", "/jurors/1", "/jurors/1/leave", "/scores")]
    assert too_wide(page, during) == []
    seeding.fill(place, 1.0, settle=True)
    proposed = [
        ROUND,
        f"{ROUND}/scores",
        f"{ROUND}/decisions",
        f"{ROUND}/release",
        f"{ROUND}/applications/1",
        f"{ROUND}/applications/5",
    ]
    assert too_wide(page, proposed) == []
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]), settings=place.settings, now=place.now,
        expected_digest=place.value(select(t.rounds.c.digest)),
    )  # fmt: skip
    number = place.value(select(t.grants.c.number).limit(1))
    released = [ROUND, f"{ROUND}/release", f"{ROUND}/outbox", f"{ROUND}/applications?decision=none"]
    public = [
        "/",
        "/results/example-2026",
        f"/certificates/{number}",
        "/certificates/unknown",
        "/certificates?number=!",
    ]
    assert too_wide(page, released + public) == []
    anyone = visit()
    assert (
        too_wide(anyone, ["/", "/sign-in", "/enter/" + "x" * 43, *public], (*STAFF, "bg", "de", "el", "fr", "hy")) == []
    )
