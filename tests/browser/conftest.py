"""A real Chromium on a real portal process over a seeded round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.serving import CHROMIUM, FLAGS, Portal, free_port, served
from tests.web import seeding
from tests.web.seeding import Place

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one file of tests: Playwright's event loop must not outlive it, others start their own."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def loaded() -> Iterator[None]:
    """A click that leads to another page is over when that page has loaded and its scripts hear what comes next.

    Playwright waits for the first byte of it only: on a busy machine a test would read and type into half a page. It
    holds for a whole session: walks through many pages are made before their file's first test.
    """
    click = Locator.click

    def patient(locator: Locator, **how: Any) -> None:
        click(locator, **how)
        locator.page.wait_for_load_state()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locator, "click", patient)
        yield


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path, port=free_port())
    yield found
    found.engine.dispose()


@pytest.fixture
def mortal(place: Place) -> Iterator[Portal]:
    """The portal as a process of its own, for tests that kill it."""
    running = Portal(place.settings.workspace, place.settings.port)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def address(request: pytest.FixtureRequest, place: Place) -> Iterator[str]:
    """Where the portal answers: the process if the test wants one, else a thread of this process (seconds quicker)."""
    if "mortal" in request.fixturenames:
        yield request.getfixturevalue("mortal").url
        return
    with served(place.settings) as url:
        yield url


@pytest.fixture
def visit(chromium: Browser, address: str, place: Place) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own, signed in as somebody; policy violations and script errors fail the test."""
    contexts = []
    wrong: list[str] = []

    def open_page(person_id: int | None = None, *, javascript: bool = True) -> Page:
        context = chromium.new_context(java_script_enabled=javascript, base_url=address, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if "Content Security" in line.text else None)
        if person_id is not None:
            page.goto(place.link(person_id))
            page.locator("main button").click()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
