"""A juror's desk: skipping with what was typed, where letters lead, words beside every point, handing back."""

from __future__ import annotations

from sqlalchemy import select

from laurea.store import tables as t
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_jury import FULL, marks, opened


def test_skipping_takes_the_text_along_and_comes_back_when_the_others_are_done(browser: Browser, place: Place) -> None:
    mine = place.assignments(place.jurors[0])
    browser.sign_in(place, place.jurors[0])
    browser.post("/juror/example-2026/no-conflicts", {"listed": [str(one) for one in mine]})
    first = browser.text.split('class="button primary big" href="/sheets/')[1].split('"')[0]
    typed = {"version": "1", "comment": "half a thought", "mark.teaching": "2", "do": "skip"}
    browser.post(f"/sheets/{first}", typed)
    assert browser.address not in (f"/sheets/{first}", "/juror/example-2026")
    assert marks(place, int(first)) == {"teaching": "2"}
    for _ in mine[1:]:
        assert browser.address != f"/sheets/{first}"
        browser.post(browser.address, {**FULL, "version": "1", "comment": "", "do": "submit"})
    assert browser.address == f"/sheets/{first}"
    assert ">half a thought</textarea>" in browser.text


def test_skipping_a_sheet_that_moved_on_elsewhere_shows_both_texts(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "comment": "from the first window"})
    answer = browser.post(f"/sheets/{assignment}", {"version": "1", "comment": "from the second", "do": "skip"})
    assert answer.status == 409
    assert "from the first window" in answer.text
    assert ">from the second</textarea>" in answer.text
    assert place.value(select(t.assignments.c.skipped_at).where(t.assignments.c.id == assignment)) is None


def test_letters_link_leads_to_the_first_unfinished_sheet(browser: Browser, place: Place) -> None:
    mine = place.assignments(place.jurors[0])
    browser.sign_in(place, place.jurors[0], "/juror/example-2026/next")
    assert browser.address == "/juror/example-2026"  # conflicts wait to be declared, all in one go
    browser.post("/juror/example-2026/no-conflicts", {"listed": [str(one) for one in mine]})
    first = browser.text.split('class="button primary big" href="/sheets/')[1].split('"')[0]
    browser.sign_in(place, place.jurors[0], "/juror/example-2026/next")
    assert browser.address == f"/sheets/{first}"


def test_every_point_has_its_words_in_the_jurors_language_with_weight_and_threshold(
    browser: Browser, place: Place
) -> None:
    assignment = opened(browser, place)
    text = browser.get(f"/sheets/{assignment}?lang=lv").text
    teaching = text.split('id="criterion-teaching"')[1].split("</fieldset>")[0]
    assert "Mācību ideja" in teaching
    assert "Skaidrs mērķis, kam kalpo viss" in teaching
    assert teaching.count('class="anchor"') == 5
    assert "2" in teaching.split("<legend>")[1].split("</legend>")[0]
    data = browser.get(f"/sheets/{assignment}?lang=en").text.split('id="criterion-data"')[1].split("</fieldset>")[0]
    assert '<span class="threshold">At least 3 points for data protection.</span>' in data
    assert 'href="#fact-consent" data-facts="consent"' in data
    assert 'id="fact-consent"' in browser.text
    assert 'id="fact-partners"' in browser.text


def test_handing_back_is_asked_for_by_itself_and_needs_a_reason(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    text = browser.get(f"/sheets/{assignment}?cannot=1").text
    assert "Hand this application back" in text
    assert "What kind?" not in text
    assert browser.post(f"/sheets/{assignment}/hand-back", {"reason": " ", "do": "return"}).status == 422
    browser.post(f"/sheets/{assignment}/hand-back", {"reason": "no time", "do": "abstain"})
    assert place.value(select(t.assignments.c.ended).where(t.assignments.c.id == assignment)) == "abstained"


def test_opened_sheet_has_a_way_back_from_the_conflict_form(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    assert (
        f'href="/sheets/{assignment}">No conflict: back to the score sheet'
        in browser.get(f"/sheets/{assignment}?conflict=1").text
    )


def test_deadline_names_its_clock(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    assert "23:59 (Baku, UTC+4)" in browser.text
    assert "23:59 (Bakı, UTC+4)" in browser.get("/juror/example-2026?lang=az").text
