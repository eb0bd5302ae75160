"""A juror at the desk, in a real browser. Each test is named after the behaviour it holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from laurea.store import tables as t
from tests.browser.serving import Portal
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
RADIOS = {"teaching": "3", "cooperation": "4", "data": "3", "results": "7"}


def declare_all(page: Page) -> None:
    """Say once that no conflict is known."""
    page.locator(".declare-many button").click()


def open_first(page: Page) -> None:
    declare_all(page)
    page.locator(".hero .primary").click()


def mark(page: Page) -> None:
    """Give every mark."""
    for criterion, points in RADIOS.items():
        page.locator(f"[name='mark.{criterion}'][value='{points}']").check(force=True)
    page.locator("[name='mark.overall']").fill("80")


def comment_of(place: Place) -> str:
    found: str = place.value(select(t.sheets.c.comment).order_by(t.sheets.c.version.desc()).limit(1))
    return found


def test_link_fetched_twice_by_a_scanner_still_signs_the_person_in(visit: Visit, place: Place) -> None:
    link = place.link(place.jurors[0])
    scanner, person = visit(), visit()
    for _ in range(2):
        scanner.goto(link)
        scanner.wait_for_timeout(300)
    person.goto(link)
    person.locator("main button").click()
    expect(person.locator("h1")).to_contain_text("0 of 6 done")


def test_review_is_never_lost_when_the_server_dies_and_comes_back(visit: Visit, place: Place, mortal: Portal) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    sheet = page.url
    page.locator("textarea").fill("Typed before the crash.")
    expect(page.locator("#saved")).to_contain_text("Saved ")
    mortal.kill()
    page.locator("textarea").fill("Typed before the crash. And while the server was away.")
    page.locator("[name='mark.teaching'][value='4']").check(force=True)
    expect(page.locator("#saved")).to_contain_text("kept on this device")
    mortal.start()
    page.goto(sheet)
    expect(page.locator("textarea")).to_have_value("Typed before the crash. And while the server was away.")
    expect(page.locator("[name='mark.teaching'][value='4']")).to_be_checked()
    expect(page.locator("#saved")).to_contain_text("Saved ")
    assert comment_of(place) == "Typed before the crash. And while the server was away."


def test_page_drawn_before_the_last_save_arrived_still_shows_the_last_words(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    sheet = page.url

    def late(route: Route) -> None:
        drawn = route.fetch()
        page.wait_for_timeout(2500)  # the page that is being left saves meanwhile
        route.fulfill(response=drawn)

    page.locator("textarea").fill("Typed and reloaded at once.")
    page.route(sheet, late, times=1)
    page.goto(sheet)
    expect(page.locator("textarea")).to_have_value("Typed and reloaded at once.")
    expect(page.locator("#saved")).to_contain_text("Saved ")
    assert comment_of(place) == "Typed and reloaded at once."


def test_text_typed_while_the_server_is_away_is_sent_when_it_returns(
    visit: Visit, place: Place, mortal: Portal
) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    mortal.kill()
    page.locator("textarea").fill("Nobody reloads this page.")
    expect(page.locator("#saved")).to_contain_text("trying again")
    mortal.start()
    expect(page.locator("#saved")).to_contain_text("Saved ", timeout=20_000)
    assert comment_of(place) == "Nobody reloads this page."
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_change_is_saved_within_two_seconds(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.clock.install()  # two seconds of the page's own clock: a busy machine is slow, not wrong
    page.reload()
    page.locator("textarea").fill("saved by itself")
    with page.expect_response("**/save", timeout=30_000):
        page.clock.run_for(2000)
    expect(page.locator("#saved")).to_contain_text("Saved ")
    assert comment_of(place) == "saved by itself"


def test_submit_right_after_typing_takes_the_last_words_along(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    mark(page)
    page.locator("textarea").fill("the last word")
    page.wait_for_timeout(1190)  # the automatic save starts at this moment
    page.keyboard.press("Control+Enter")
    expect(page.locator(".where .count")).to_have_text("1 of 6 done")
    first = select(t.sheets.c.comment).where(t.sheets.c.submitted_at.is_not(None))
    assert place.value(first) == "the last word"


def test_two_tabs_are_refused_with_both_texts_kept(visit: Visit, place: Place) -> None:
    first = visit(place.jurors[0])
    open_first(first)
    second = first.context.new_page()
    second.goto(first.url)
    first.locator("textarea").fill("written in the first tab")
    expect(first.locator("#saved")).to_contain_text("Saved ")
    second.locator("textarea").fill("written in the second tab")
    expect(second.locator("#elsewhere")).to_contain_text("written in the first tab")
    expect(second.locator("textarea")).to_have_value("written in the second tab")
    assert comment_of(place) == "written in the first tab"
    second.locator("[data-do=keep-mine]").click()
    expect(second.locator("#saved")).to_contain_text("Saved ")
    assert comment_of(place) == "written in the second tab"
    kept = select(t.sheet_versions.c.comment).order_by(t.sheet_versions.c.version.desc()).limit(1)
    assert place.value(kept) == "written in the first tab"


def test_conflict_declared_late_gives_404(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    sheet = page.url
    page.get_by_role("link", name="I have a conflict with this application").click()
    page.locator("[name=kind][value=own_school]").check()
    page.get_by_role("button", name="Give it to another juror").click()
    expect(page.locator(".done-note")).to_contain_text("is no longer yours")
    assert "/juror/example-2026?given=" in page.url
    answer = page.goto(sheet)
    assert answer is not None
    assert answer.status == 404


def test_session_that_ended_keeps_the_text_and_goes_on_after_signing_in(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.context.clear_cookies()
    page.locator("textarea").fill("written after the session ended")
    expect(page.locator("#saved")).to_contain_text("You were signed out")
    again = page.context.new_page()
    again.goto(place.link(place.jurors[0]))
    again.locator("main button").click()
    expect(page.locator("#saved")).to_contain_text("Saved ", timeout=20_000)
    assert comment_of(place) == "written after the session ended"


def test_missing_mark_is_named_and_nothing_is_lost(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    mark(page)
    page.locator("[name='mark.overall']").fill("")
    page.locator("textarea").fill("almost done")
    page.locator("#submit").click()
    expect(page.locator("#summary a")).to_have_text("Overall impression")
    expect(page.locator("textarea")).to_have_value("almost done")


def test_footer_shows_total_and_thresholds_while_marking(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    mark(page)
    expect(page.locator("#standing .total")).to_contain_text("97")
    expect(page.locator("#standing .chip.good")).to_contain_text("2 met")
    page.locator("#standing summary").click()
    page.locator("[name='mark.data'][value='1']").check(force=True)
    expect(page.locator("#standing li.bad")).to_contain_text("At least 3 points for data protection.")


def test_review_without_pointer(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.locator("[name='mark.teaching']").first.focus()
    # Two criteria have a link to their evidence before their points.
    for keys in ("ArrowDown ArrowDown", "Tab Tab Space", "Tab Tab Space ArrowRight", "Tab Space"):
        for key in keys.split():
            page.keyboard.press(key)
    page.keyboard.press("Tab")
    page.keyboard.type("55")
    page.keyboard.press("Tab")
    page.keyboard.type("by keyboard alone")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".where .count")).to_have_text("1 of 6 done")


def test_reading_and_submitting_work_without_javascript(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0], javascript=False)
    open_first(page)
    mark(page)
    page.locator("textarea").fill("no script ran")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("textarea")).to_have_value("no script ran")
    page.locator("#submit").click()
    expect(page.locator(".where .count")).to_have_text("1 of 6 done")


def test_phone_shows_evidence_and_rubric_as_two_tabs(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".rubric")).to_be_visible()
    expect(page.locator(".evidence")).to_be_hidden()
    page.locator("label[for=tab-evidence]").click()
    expect(page.locator(".evidence")).to_be_visible()
    expect(page.locator(".rubric")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_officers_release_and_one_of_them_is_told(visit: Visit, place: Place) -> None:
    from tests.web import seeding

    seeding.fill(place, 1.0, settle=True)
    pages = [visit(officer) for officer in place.officers[:2]]
    for page in pages:
        page.goto("/rounds/example-2026/release")
        page.locator("[name=sure]").check()
    for page in pages:
        page.get_by_role("button", name="Release now").click()
    expect(pages[0].locator("h1")).to_have_text("Example label 2026")
    expect(pages[1].locator("h1")).to_contain_text("released")
    assert place.value(select(func.count()).where(t.audit.c.event == "decisions_released")) == 1
