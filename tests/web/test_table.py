"""All applications of a juror in one table, and the sheets on paper."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import insert, select

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_jury import FULL, marks

TABLE = "/juror/example-2026/table"


def declared(browser: Browser, place: Place, juror: int = 0) -> list[int]:
    """Sign in and declare every application free of conflict; the assignments."""
    mine = place.assignments(place.jurors[juror])
    browser.sign_in(place, place.jurors[juror])
    browser.post("/juror/example-2026/no-conflicts", {"listed": [str(one) for one in mine]})
    return mine


def row(browser: Browser, assignment: int) -> str:
    """One row of the table as it was sent."""
    return browser.text.split(f'<tr id="row-{assignment}"')[1].split("</tr>")[0]


def test_rows_are_ones_own_and_closed_until_declared(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    mine = place.assignments(place.jurors[0])
    browser.get(TABLE)
    assert browser.text.count('<tr id="row-') == len(mine)
    assert 'name="mark.' not in browser.text
    assert "Say first whether you know it" in row(browser, mine[0])
    declared(browser, place)
    browser.get(TABLE)
    assert 'name="mark.teaching"' in row(browser, mine[0])
    assert "3 · A clear aim served by most activities." in row(browser, mine[0])
    assert browser.get(f"{TABLE}?lang=lv").text.count("4 · Skaidrs mērķis") == len(mine)


def test_conflict_takes_the_row_away(browser: Browser, place: Place) -> None:
    mine = declared(browser, place)
    with writing(place.engine) as connection:
        found = connection.execute(select(t.assignments).where(t.assignments.c.id == mine[0])).one()
        connection.execute(
            insert(t.conflicts).values(
                authority_id=1, application_id=found.application_id, juror_id=found.juror_id, kind="own_school",
                source="imported", declared_at=place.now,
            )
        )  # fmt: skip
    browser.get(TABLE)
    assert f'id="row-{mine[0]}"' not in browser.text
    assert f'id="row-{mine[1]}"' in browser.text
    assert browser.get(f"/sheets/{mine[0]}/paper").status == 404
    assert browser.get(f"/sheets/{mine[0]}/history").status == 404
    assert "Rivers that remember" not in browser.get("/juror/example-2026/paper").text


def test_row_saves_by_itself_and_says_so_in_its_own_place(browser: Browser, place: Place) -> None:
    mine = declared(browser, place)
    sent = {"from": "table", "version": "1", "mark.data": "2", "comment": "in the table"}
    answer = browser.post(f"/sheets/{mine[2]}/save", sent)
    assert answer.status == 200
    assert f'id="saved-{mine[2]}"' in answer.text
    assert f'id="version-{mine[2]}" value="2"' in answer.text
    assert "At least 3 points for data protection." in answer.text
    assert marks(place, mine[2]) == {"data": "2"}
    stale = browser.post(f"/sheets/{mine[2]}/save", {**sent, "comment": "from another window"})
    assert stale.status == 409
    assert f'href="/sheets/{mine[2]}">Compare' in stale.text
    off = browser.post(f"/sheets/{mine[2]}/save", {**sent, "version": "2", "mark.overall": "101"})
    assert "101 is outside the scale" in off.text


def test_submitting_a_row_leads_back_to_the_table(browser: Browser, place: Place) -> None:
    mine = declared(browser, place)
    answer = browser.post(
        f"/sheets/{mine[0]}", {**FULL, "from": "table", "version": "1", "comment": "", "do": "submit"}
    )
    assert answer.address == TABLE
    assert '<span class="chip good">done</span>' in row(browser, mine[0])
    assert "1 of 6 done" in answer.text


def test_row_with_a_gap_stays_and_names_it(browser: Browser, place: Place) -> None:
    mine = declared(browser, place)
    gap = {**FULL, "mark.results": "", "from": "table", "version": "1", "comment": "almost", "do": "submit"}
    answer = browser.post(f"/sheets/{mine[0]}", gap)
    assert answer.status == 422
    assert "1 criterion has no mark yet" in row(browser, mine[0])
    assert row(browser, mine[0]).count('aria-invalid="true"') == 1
    assert ">almost</textarea>" in row(browser, mine[0])
    assert marks(place, mine[0])["overall"] == "80"


def test_query_budgets_of_table_history_and_paper(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    mine = declared(browser, place)
    browser.post(f"/sheets/{mine[0]}/save", {"version": "1", "mark.cooperation": "3"})
    seen = count_queries()
    for path in (TABLE, f"/sheets/{mine[0]}/history", f"/sheets/{mine[0]}/paper", "/juror/example-2026/paper"):
        seen.clear()
        assert browser.get(path).status == 200
        assert (path, len(seen) <= 8) == (path, True), seen
    seen.clear()
    browser.post(f"/sheets/{mine[0]}/save", {"from": "table", "version": "2", "mark.cooperation": "4"})
    assert len(seen) <= 4, seen


def test_paper_holds_what_is_open_and_readable(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    mine = place.assignments(place.jurors[0])
    assert browser.get(f"/sheets/{mine[0]}/paper").status == 404
    assert '<article class="paper">' not in browser.get("/juror/example-2026/paper").text
    declared(browser, place)
    browser.post(f"/sheets/{mine[0]}", {**FULL, "version": "1", "comment": "", "do": "submit"})
    text = browser.get("/juror/example-2026/paper").text
    assert text.count('<article class="paper">') == len(mine) - 1
    one = browser.get(f"/sheets/{mine[1]}/paper").text
    assert one.count('<article class="paper">') == 1
    assert "<b>3</b> A clear aim served by most activities." in one
    assert "At least 3 points for data protection." in one
    assert "Country of the second founder" in one
    assert 'type="radio"' not in one


def test_tables_and_papers_of_others_are_closed(browsers: Callable[[], Browser], place: Place) -> None:
    office = browsers()
    office.sign_in(place, place.officers[0])
    for path in (TABLE, "/juror/example-2026/paper", "/juror/example-2026/next"):
        assert (path, office.get(path).status) == (path, 404)
    juror = browsers()
    juror.sign_in(place, place.jurors[0])
    foreign = place.assignments(place.jurors[2])[0]
    assert juror.get(f"/sheets/{foreign}/paper").status == 404
    assert juror.get("/juror/another-round/table").status == 404
