"""A juror's room: conflicts, saving, submitting, the order of work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from laurea.statute import plan_of
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web import rubric
from tests.web.conftest import Browser
from tests.web.seeding import Place

FULL = {"mark.teaching": "3", "mark.cooperation": "4", "mark.data": "3", "mark.results": "7", "mark.overall": "80"}


def opened(browser: Browser, place: Place, juror: int = 0) -> int:
    """Sign in, open the first sheet; its assignment."""
    assignment = place.assignments(place.jurors[juror])[0]
    browser.sign_in(place, place.jurors[juror], f"/sheets/{assignment}")
    browser.post(f"/sheets/{assignment}/declare", {"kind": "none"})
    return assignment


def marks(place: Place, assignment: int) -> dict[str, str]:
    found: dict[str, str] = place.value(select(t.sheets.c.marks).where(t.sheets.c.assignment_id == assignment))
    return found


def test_content_is_shown_only_after_declaring(browser: Browser, place: Place) -> None:
    assignment = place.assignments(place.jurors[0])[0]
    browser.sign_in(place, place.jurors[0], f"/sheets/{assignment}")
    assert "Rivers that remember" in browser.text
    assert "Country of the first founder" not in browser.text
    assert "mark.teaching" not in browser.text
    browser.post(f"/sheets/{assignment}/declare", {"kind": "none"})
    assert "Country of the first founder" in browser.text
    assert "project-register, seen" in browser.text


def test_declared_conflict_hides_the_application_everywhere_and_frees_the_slot(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/declare", {"kind": "own_school", "note": "I teach there"})
    assert browser.address == "/juror/example-2026"
    assert f'/sheets/{assignment}"' not in browser.text
    assert "of 5 done" in browser.text
    for path in ("", "/save", "/declare", "/skip", "/reopen"):
        answer = browser.post(f"/sheets/{assignment}{path}", {"version": "1", "kind": "none", **FULL})
        assert (path, answer.status) == (path, 404)
    assert browser.get(f"/sheets/{assignment}").status == 404
    state = select(t.assignments.c.state).where(t.assignments.c.id == assignment)
    assert place.value(state) == "handed_back"
    line = (t.audit.c.subject == f"assignment:{assignment}", t.audit.c.event == "conflict_declared")
    assert place.value(select(func.count()).where(*line)) == 1
    assert "I teach there" not in str(place.value(select(t.audit.c.details).where(*line)))
    assert place.value(select(t.conflicts.c.note).where(t.conflicts.c.source == "declared")) == "I teach there"


def test_conflict_found_by_the_house_gives_404_too(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    with writing(place.engine) as connection:
        row = connection.execute(select(t.assignments).where(t.assignments.c.id == assignment)).one()
        connection.execute(
            insert(t.conflicts).values(
                authority_id=1, application_id=row.application_id, juror_id=row.juror_id, kind="own_school",
                source="imported", declared_at=place.now,
            )
        )  # fmt: skip
    assert browser.get(f"/sheets/{assignment}").status == 404
    assert browser.post(f"/sheets/{assignment}/save", {"version": "1", **FULL}).status == 404
    assert marks(place, assignment) == {}


def test_unticked_applications_are_declared_in_one_go(browser: Browser, place: Place) -> None:
    mine = place.assignments(place.jurors[0])
    browser.sign_in(place, place.jurors[0])
    browser.post("/juror/example-2026/no-conflicts", {"listed": [str(a) for a in mine], "conflict": [str(mine[1])]})
    assert browser.address == f"/sheets/{mine[1]}"
    assert "What kind?" in browser.text
    assert place.value(select(func.count()).select_from(t.sheets)) == len(mine) - 1


def test_autosave_keeps_marks_and_says_when(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    answer = browser.post(f"/sheets/{assignment}/save", {"version": "1", "mark.teaching": "3", "comment": "good"})
    assert answer.status == 200
    assert "Saved " in answer.text
    assert '<b>6</b> <span class="soft">of 123</span> <span class="soft">so far</span>' in answer.text
    assert marks(place, assignment) == {"teaching": "3"}


def test_second_window_is_refused_and_both_texts_are_shown(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}/save", {"version": "1", "comment": "from the first window"})
    stale = {"version": "1", "comment": "from the second window"}
    answer = browser.post(f"/sheets/{assignment}/save", stale)
    assert answer.status == 409
    assert "from the first window" in answer.text
    whole = browser.post(f"/sheets/{assignment}", {**stale, "do": "submit"})
    assert whole.status == 409
    assert "from the first window" in whole.text
    assert ">from the second window</textarea>" in whole.text
    comment = select(t.sheets.c.comment).where(t.sheets.c.assignment_id == assignment)
    assert place.value(comment) == "from the first window"
    kept = browser.post(f"/sheets/{assignment}/save", {"version": "2", "over": "1", "comment": stale["comment"]})
    assert kept.status == 200
    assert place.value(comment) == "from the second window"
    versions = select(t.sheet_versions.c.comment).order_by(t.sheet_versions.c.version.desc()).limit(1)
    assert place.value(versions) == "from the first window"


def test_mark_off_the_scale_is_named_and_the_rest_is_kept(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    for wrong in ("101", "-1", "NaN", "1e2", "7,5", "٣"):
        version = str(place.value(select(t.sheets.c.version).where(t.sheets.c.assignment_id == assignment)))
        answer = browser.post(
            f"/sheets/{assignment}/save", {"version": version, "mark.overall": wrong, "comment": f"with {wrong}"}
        )
        assert (wrong, answer.status) == (wrong, 200)
        assert "without one mark that is not on the scale" in answer.text
        assert marks(place, assignment) == {}
        assert place.value(select(t.sheets.c.comment)) == f"with {wrong}"


def test_submit_with_a_gap_keeps_the_draft_and_names_the_gap(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    gap = {**FULL, "mark.results": "", "version": "1", "comment": "almost", "do": "submit"}
    answer = browser.post(f"/sheets/{assignment}", gap)
    assert answer.status == 422
    assert 'href="#criterion-results"' in answer.text
    assert ">almost</textarea>" in answer.text
    assert marks(place, assignment)["overall"] == "80"
    state = select(t.assignments.c.state).where(t.assignments.c.id == assignment)
    assert place.value(state) == "draft"


def test_submit_leads_to_the_next_and_is_audited(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    answer = browser.post(f"/sheets/{assignment}", {**FULL, "version": "1", "comment": "", "do": "submit"})
    assert answer.address != f"/sheets/{assignment}"
    assert "1 of 6 done" in answer.text
    assert place.value(select(func.count()).where(t.audit.c.event == "sheet_submitted")) == 1
    again = browser.post(f"/sheets/{assignment}", {**FULL, "version": "1", "comment": "", "do": "submit"})
    assert "1 of 6 done" in again.text
    assert place.value(select(func.count()).where(t.audit.c.event == "sheet_submitted")) == 1


def test_submitted_sheet_is_closed_until_it_is_opened_again(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    browser.post(f"/sheets/{assignment}", {**FULL, "version": "1", "comment": "", "do": "submit"})
    assert browser.post(f"/sheets/{assignment}/save", {"version": "2", "mark.teaching": "0"}).status == 409
    assert marks(place, assignment)["teaching"] == "3"
    browser.post(f"/sheets/{assignment}/reopen")
    state = select(t.assignments.c.state).where(t.assignments.c.id == assignment)
    assert place.value(state) == "draft"
    assert browser.post(f"/sheets/{assignment}/save", {"version": "2", **FULL, "mark.teaching": "0"}).status == 200


def test_sheets_close_with_the_review_period_and_with_the_proposal(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    for change in ({"review_until": place.now - timedelta(minutes=1)}, {"proposed_at": place.now}):
        with writing(place.engine) as connection:
            values = {"review_until": place.now + timedelta(days=1), "proposed_at": None, **change}
            connection.execute(update(t.rounds).values(**values))
        for path, data in (
            ("/save", FULL),
            ("", {**FULL, "do": "submit"}),
            ("/skip", {}),
            ("/declare", {"kind": "other"}),
        ):
            answer = browser.post(f"/sheets/{assignment}{path}", {"version": "1", "comment": "", **data})
            assert (change, path, answer.status) == (change, path, 409)
    assert marks(place, assignment) == {}


def test_skipped_application_goes_to_the_back(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    first = browser.text.split('class="button primary big" href="/sheets/')[1].split('"')[0]
    answer = browser.post(f"/sheets/{first}/skip")
    assert answer.address != f"/sheets/{first}"
    order = [part.split('"')[0] for part in browser.get("/juror/example-2026").text.split('<td><a href="/sheets/')[1:]]
    assert order[-1] == first


def test_next_is_the_application_with_the_fewest_reviews(browsers: Callable[[], Browser], place: Place) -> None:
    other = browsers()
    shared = opened(other, place, juror=1)
    other.post(f"/sheets/{shared}", {**FULL, "version": "1", "comment": "", "do": "submit"})
    application = place.value(select(t.assignments.c.application_id).where(t.assignments.c.id == shared))
    mine = browsers()
    mine.sign_in(place, place.jurors[0])
    order = [part.split('"')[0] for part in mine.text.split('<td><a href="/sheets/')[1:]]
    last = place.value(select(t.assignments.c.application_id).where(t.assignments.c.id == int(order[-1])))
    assert last == application


def test_jurors_do_not_all_read_in_the_same_order(browsers: Callable[[], Browser], place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(t.assignments.delete())
        rows = [
            {"authority_id": 1, "round_id": place.round_id, "application_id": a, "juror_id": j, "quality": 1,
             "state": "open", "assigned_at": place.now}
            for a in place.applications for j in (1, 2)
        ]  # fmt: skip
        connection.execute(insert(t.assignments), rows)
    orders = []
    for juror in place.jurors[:2]:
        reader = browsers()
        reader.sign_in(place, juror)
        orders.append([part.split("<")[0] for part in reader.text.split('<span class="soft ref">')[1:]])
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_juror_never_sees_what_others_gave(browsers: Callable[[], Browser], place: Place) -> None:
    other, mine = browsers(), browsers()
    shared = opened(other, place, juror=1)
    other.post(f"/sheets/{shared}/save", {"version": "1", "comment": "a secret of another juror", **FULL})
    application = place.value(select(t.assignments.c.application_id).where(t.assignments.c.id == shared))
    query = select(t.assignments.c.id).where(
        t.assignments.c.application_id == application, t.assignments.c.id != shared
    )
    assignment = place.value(query)
    mine.sign_in(place, place.jurors[0], f"/sheets/{assignment}")
    mine.post(f"/sheets/{assignment}/declare", {"kind": "none"})
    assert mine.status == 200
    assert "a secret" not in mine.text
    assert "Rəşad Quliyev" not in mine.text


def test_query_budgets_of_queue_sheet_and_autosave(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    assignment = opened(browser, place)
    seen = count_queries()
    browser.get("/juror/example-2026")
    assert len(seen) <= 12
    seen.clear()
    browser.get(f"/sheets/{assignment}")
    assert len(seen) <= 15
    for version, points in enumerate("1234", 1):
        seen.clear()
        answer = browser.post(f"/sheets/{assignment}/save", {"version": str(version), "mark.cooperation": points})
        assert answer.status == 200
        assert len(seen) <= 4, seen


def test_a_total_is_worked_out_once_for_the_same_marks(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []
    drawn = rubric.standings
    monkeypatch.setattr(rubric, "standings", lambda plan, some, *more: asked.extend(some) or drawn(plan, some, *more))
    with reading(place.engine) as connection:
        plan = plan_of(connection, rounds.round_by_id(connection, place.round_id))
    whole = {name.removeprefix("mark."): value for name, value in FULL.items()} | {
        "overall": "97"
    }  # asked nowhere else
    first = rubric.tally(plan, whole, "en")
    assert rubric.tally(plan, dict(reversed(whole.items())), "en") is first
    assert len(asked) == 1
    assert rubric.tally(plan, whole | {"results": "8"}, "en").so_far != first.so_far
    assert rubric.tally(plan, whole, "lv") is not first
    assert len(asked) == 3


def test_submitting_a_fresh_sheet_names_every_gap_and_changes_nothing(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    answer = browser.post(f"/sheets/{assignment}", {"version": "1", "comment": "", "do": "submit"})
    assert answer.status == 422
    assert "Not submitted: 5 criteria have no mark yet." in answer.text
    saved = answer.text.split('<output id="saved"')[1].split("</output>")[0]
    assert "Nothing to save yet. 5 criteria have no mark yet" in saved
    assert 'class="saved gaps"' in saved
    only_wrong = browser.post(f"/sheets/{assignment}", {"version": "1", "mark.overall": "101", "do": "submit"})
    assert only_wrong.status == 422
    assert "Nothing saved: one mark is not on the scale" in only_wrong.text
    assert place.value(select(t.sheets.c.version).where(t.sheets.c.assignment_id == assignment)) == 1


def test_missing_marks_are_named_and_not_called_off_the_scale(browser: Browser, place: Place) -> None:
    assignment = opened(browser, place)
    gap = {**FULL, "mark.results": "", "mark.overall": "", "version": "1", "comment": "", "do": "submit"}
    text = browser.post(f"/sheets/{assignment}", gap).text
    saved = text.split('<output id="saved"')[1].split("</output>")[0]
    assert "Saved " in saved
    assert "No mark yet: Results, Overall impression" in saved
    assert "on the scale" not in text


def test_ticked_applications_are_asked_one_by_one_and_each_can_be_taken_back(browser: Browser, place: Place) -> None:
    mine = place.assignments(place.jurors[0])
    browser.sign_in(place, place.jurors[0])
    ticked = [str(a) for a in mine[:3]]
    browser.post("/juror/example-2026/no-conflicts", {"listed": [str(a) for a in mine], "conflict": ticked})
    assert browser.address == f"/sheets/{mine[0]}"
    assert "nobody asks you to explain" not in browser.text
    browser.post(f"/sheets/{mine[0]}/declare", {"kind": "other", "then": ",".join(ticked[1:])})
    assert browser.address == f"/sheets/{mine[1]}"
    assert "is no longer yours" in browser.text
    assert "No conflict after all" in browser.text
    browser.post(f"/sheets/{mine[1]}/declare", {"kind": "none", "then": ticked[2]})
    assert browser.address == f"/sheets/{mine[2]}"
    browser.post(f"/sheets/{mine[2]}/declare", {"kind": "family", "then": ""})
    assert browser.address == "/juror/example-2026"
    assert "is no longer yours: it goes to another juror" in browser.text
    states = select(t.assignments.c.state).where(t.assignments.c.id.in_(mine[:3])).order_by(t.assignments.c.id)
    with place.engine.connect() as connection:
        assert list(connection.execute(states).scalars()) == ["handed_back", "draft", "handed_back"]


def test_confirmation_is_never_about_an_application_that_was_kept(browser: Browser, place: Place) -> None:
    kept, foreign = place.assignments(place.jurors[0])[0], place.assignments(place.jurors[2])[0]
    browser.sign_in(place, place.jurors[0])
    for number in (kept, foreign, "x", "", "1,2", "99999999999999999999"):
        assert "no longer yours" not in browser.get(f"/juror/example-2026?given={number}").text
