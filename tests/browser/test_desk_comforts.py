"""What makes a juror fast: one click a review, keys, panes, the way to the evidence, the table, earlier versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from laurea.store import tables as t
from tests.browser.serving import free_port
from tests.browser.test_juror_desk import comment_of, declare_all, mark, open_first
from tests.web import seeding
from tests.web.seeding import Place

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A round that gives every juror ten applications."""
    found = seeding.seed(tmp_path, applications=20, port=free_port())
    yield found
    found.engine.dispose()


def at(page: Page) -> str:
    """The name and value of the field that has the focus."""
    return str(page.evaluate("`${document.activeElement.name ?? ''}=${document.activeElement.value ?? ''}`"))


def ready(page: Page) -> None:
    """Wait until the page's keys work: its script shows the button that lists them."""
    expect(page.locator("[data-do=keys]")).to_be_visible()


def checked(page: Page, criterion: str) -> str:
    return str(page.evaluate(f"document.querySelector('[name=\"mark.{criterion}\"]:checked')?.value ?? ''"))


def test_ten_reviews_in_ten_clicks_from_the_letters_link(visit: Visit, place: Place) -> None:
    first = visit(place.jurors[0])
    declare_all(first)
    expect(first.locator(".declare-many")).to_have_count(0)
    page = visit()
    page.goto(place.link(place.jurors[0], "/juror/example-2026/next"))
    page.locator("main button").click()
    for done in range(1, 11):
        mark(page)
        page.locator("#submit").click()
        if done < 10:
            expect(page.locator(".where .count")).to_have_text(f"{done} of 10 done")
    expect(page.locator("h1")).to_contain_text("All 10 reviews are done")
    assert place.value(select(func.count()).where(t.assignments.c.state == "submitted")) == 10


def test_review_from_the_letter_to_the_next_sheet_without_pointer(visit: Visit, place: Place) -> None:
    page = visit()
    page.goto(place.link(place.jurors[0]))

    def tab_to(selector: str) -> None:
        page.wait_for_load_state()
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement?.matches(wanted)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached by Tab")

    tab_to("main button")
    page.keyboard.press("Enter")
    expect(page.locator(".declare-many button")).to_be_visible()
    tab_to(".declare-many button")
    page.keyboard.press("Enter")
    expect(page.locator(".declare-many")).to_have_count(0)
    tab_to(".hero .primary")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    ready(page)
    for keys in ("j3", "j4", "j3", "j7", "j80"):
        for key in keys:
            page.keyboard.press(key)
    page.keyboard.press("c")
    page.keyboard.type("just kept by j, k and digits: c ? 5")
    expect(page.locator("textarea[name=comment]")).to_have_value("just kept by j, k and digits: c ? 5")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".where .count")).to_have_text("1 of 10 done")
    sheet = select(t.sheets.c.marks).where(t.sheets.c.submitted_at.is_not(None))
    assert place.value(sheet) == {"teaching": "3", "cooperation": "4", "data": "3", "results": "7", "overall": "80"}


def test_keys_move_mark_and_open_their_list(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    ready(page)
    page.keyboard.press("j")
    assert at(page).startswith("mark.teaching=")
    page.keyboard.press("j")
    page.keyboard.press("5")
    assert (at(page), checked(page, "cooperation")) == ("mark.cooperation=5", "5")
    page.keyboard.press("k")
    assert at(page).startswith("mark.teaching=")
    page.keyboard.press("9")  # no such point
    assert checked(page, "teaching") == ""
    page.locator("[name='mark.results']").first.focus()
    page.evaluate("""for (const key of "10") document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))""")
    assert checked(page, "results") == "10"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    for key in ("j", "k", "0", "e", "c", "?", "Ctrl", "Esc"):
        expect(page.locator("#keys kbd", has_text=re.compile(f"^{re.escape(key)}$")).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("c")
    assert at(page) == "comment="
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    assert at(page).startswith("mark.data=")


def test_keys_are_free_while_typing_and_can_be_switched_off(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    ready(page)
    page.locator("[name='mark.overall']").focus()
    page.keyboard.type("45")
    expect(page.locator("[name='mark.overall']")).to_have_value("45")
    page.locator("textarea[name=comment]").focus()
    page.keyboard.type("jkce?12345")
    expect(page.locator("textarea[name=comment]")).to_have_value("jkce?12345")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.locator("#keys form button").click()
    expect(page.locator("#saved")).to_contain_text("Saved ")
    page.reload()
    ready(page)
    page.locator("[name='mark.cooperation']").first.focus()
    for key in ("5", "j", "?", "c"):
        page.keyboard.press(key)
    assert checked(page, "cooperation") == ""
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("[data-do=keys]").click()
    expect(page.locator("#keys-on")).not_to_be_checked()


def test_queue_is_walked_by_keys(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    declare_all(page)
    expect(page.locator(".declare-many")).to_have_count(0)
    ready(page)
    rows = page.locator("table.queue tbody tr a")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()


def test_panes_scroll_by_themselves_and_their_border_is_remembered(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    page.set_viewport_size({"width": 1280, "height": 500})
    open_first(page)
    expect(page.locator("#divider")).to_be_visible()
    rubric, evidence = page.locator(".rubric"), page.locator(".evidence")
    rubric.evaluate("(pane) => { pane.scrollTop = 300; }")
    assert evidence.evaluate("(pane) => pane.scrollTop") == 0
    assert page.evaluate("document.scrollingElement.scrollTop") == 0
    divider = page.locator("#divider")
    before = divider.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 4, before["y"] + 100)
    page.mouse.down()
    page.mouse.move(400, before["y"] + 100, steps=4)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "31")
    divider.focus()
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "33")
    page.reload()
    expect(divider).to_have_attribute("aria-valuenow", "33")
    width = evidence.bounding_box()
    assert width is not None
    assert abs(width["width"] - 0.33 * 1280) < 12
    divider.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "20")


def test_without_javascript_evidence_stands_above_the_rubric(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0], javascript=False)
    open_first(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        evidence, rubric = page.locator(".evidence").bounding_box(), page.locator(".rubric").bounding_box()
        assert evidence is not None
        assert rubric is not None
        assert evidence["y"] + evidence["height"] <= rubric["y"] + 1
        expect(page.locator("#divider")).to_be_hidden()
    page.locator("#criterion-cooperation .show-evidence").click()
    expect(page.locator("#fact-partners")).to_be_in_viewport()


def test_evidence_of_a_criterion_is_shown_in_the_left_pane(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    page.set_viewport_size({"width": 1280, "height": 420})
    open_first(page)
    ready(page)
    expect(page.locator("#fact-partners")).not_to_be_in_viewport()
    link = page.locator("#criterion-cooperation .show-evidence")
    expect(link).to_have_accessible_name(re.compile("Show evidence ?: Partner schools, Pupils who took part"))
    link.click()
    expect(page.locator("#fact-partners")).to_be_in_viewport()
    expect(page.locator(".pointed")).to_have_count(2)
    assert page.url.endswith(page.evaluate("location.pathname"))
    page.set_viewport_size({"width": 390, "height": 700})
    page.locator("label[for=tab-rubric]").click()
    page.locator("#criterion-data .show-evidence").click()
    expect(page.locator("#fact-consent")).to_be_in_viewport()
    expect(page.locator(".rubric")).to_be_hidden()


def test_rows_of_the_table_save_and_submit_by_themselves(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    declare_all(page)
    page.get_by_role("link", name="All in one table").click()
    row = page.locator("table.bench tbody tr").first
    name = row.locator("a").first.inner_text()
    row.locator("[name=comment]").fill("written in the table")
    row.locator("[name='mark.teaching']").select_option("4")
    expect(row.locator(".saved")).to_contain_text("Saved ")
    expect(row.locator(".row-total b")).to_have_text("8")
    expect(page.locator(".saved", has_text="Saved ")).to_have_count(1)
    assert comment_of(place) == "written in the table"
    for criterion, points in (("cooperation", "4"), ("data", "3"), ("results", "7")):
        row.locator(f"[name='mark.{criterion}']").select_option(points)
    row.locator("button[value=submit]").click()
    expect(row.locator("[name='mark.overall']")).to_be_focused()  # the gap is named and gone to
    expect(row.locator(".saved")).to_contain_text("1 criterion has no mark yet")
    page.keyboard.type("80")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".where .count")).to_have_text("1 of 10 done")
    expect(page.locator("tr.submitted")).to_contain_text(name)
    expect(page.locator("tr.draft").first.locator("[name='mark.teaching']")).to_be_focused()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_two_windows_at_one_row_lead_to_both_texts(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    declare_all(page)
    expect(page.locator(".declare-many")).to_have_count(0)
    page.goto("/juror/example-2026/table")
    other = page.context.new_page()
    other.goto("/juror/example-2026/table")
    first = page.locator("table.bench tbody tr").first
    second = other.locator("table.bench tbody tr").first
    first.locator("[name=comment]").fill("from the first window")
    expect(first.locator(".saved")).to_contain_text("Saved ")
    second.locator("[name=comment]").fill("from the second window")
    expect(second.locator(".saved")).to_contain_text("changed in another window")
    second.get_by_role("link", name="Compare").click()
    expect(other.locator("#elsewhere")).to_contain_text("from the first window")
    expect(other.locator("textarea[name=comment]")).to_have_value("from the second window")


def test_earlier_version_stands_again_and_nothing_on_the_device_overrides_it(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.locator("textarea").fill("the first text")
    expect(page.locator("#saved")).to_contain_text("Saved ")
    page.get_by_role("link", name="Earlier versions").click()
    card = page.locator(".versions li").nth(1)
    expect(card).to_contain_text("version 1")
    card.get_by_role("button").click()
    expect(page.locator("textarea")).to_have_value("")
    page.get_by_role("link", name="Earlier versions").click()
    page.locator(".versions li").nth(1).get_by_role("button").click()
    expect(page.locator("textarea")).to_have_value("the first text")
    assert comment_of(place) == "the first text"


def test_printed_sheet_holds_evidence_and_rubric_and_no_buttons(visit: Visit, place: Place) -> None:
    page = visit(place.jurors[0])
    open_first(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(media="print")
    for shown in (".evidence", ".rubric", "#standing"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".buttons", ".top", ".tabs", "#divider"):
        expect(page.locator(hidden)).to_be_hidden()
    page.emulate_media(media="screen")
    page.goto("/juror/example-2026/paper")
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_have_count(10)
