"""An officer's room: attention, lists, decisions with their trace, release."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from laurea.actions import route, sheet
from laurea.store import audit
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.store.rounds import keep_rule_set
from rules.library import load_text
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def test_needs_attention_names_count_and_page(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        some = t.applications.c.id.in_(place.applications[:3])
        connection.execute(update(t.applications).where(some).values(state="needs_evidence"))
        connection.execute(update(t.rounds).values(review_until=place.now + timedelta(days=2)))
        connection.execute(t.assignments.delete().where(t.assignments.c.id == 24))
    text = officer.get("/rounds/example-2026").text
    assert "3 applications wait for evidence that is not there yet." in text
    assert "2 places in the imported files could not be used." in text
    assert "23 score sheets are still open; the review period ends on" in text
    assert "1 application has too few jurors." in text
    shown = officer.get("/rounds/example-2026/applications?state=needs_evidence").text
    assert "3 applications" in shown
    assert "1 application" in officer.get("/rounds/example-2026/applications?reviews=missing").text
    assert "“4 Nov” is not a moment." in officer.get("/rounds/example-2026/refused").text


def test_round_without_needs_says_so(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(t.refused_rows.delete())
    assert "Nothing. The round goes on by itself." in officer.get("/rounds/example-2026").text


def test_search_finds_names_and_takes_signs_literally(officer: Browser) -> None:
    base = "/rounds/example-2026/applications"
    assert "Sounds of the market" in officer.get(f"{base}?q=sounds").text
    assert "Nothing matches." in officer.get(f"{base}?q=%25").text
    assert officer.get(f"{base}?side=99").status == 200
    assert officer.get(f"{base}?side=x").status == 400
    assert officer.get(f"{base}?state=nonsense").status == 200


def test_decisions_are_not_shown_before_they_are_proposed(officer: Browser) -> None:
    assert "There are no decisions yet." in officer.get("/rounds/example-2026/decisions").text
    assert "There is nothing to release yet." in officer.get("/rounds/example-2026/release").text


def test_proposed_decision_shows_its_trace_with_citations(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    overview = officer.get("/rounds/example-2026").text
    assert "12 proposed decisions are ready to be released." in overview
    page = officer.get(f"/rounds/example-2026/applications/{place.applications[0]}").text
    for clause in place.ruleset.eligibility:
        assert clause.says["en"] in page
    assert page.count("Our own example") >= len(place.ruleset.eligibility) + 2
    assert "proposed, not released" in page
    assert "Aygün Məmmədova" in page


def test_release_shows_consequences_and_does_exactly_them(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    granted = place.value(select(func.count()).where(t.decisions.c.granted))
    page = officer.get("/rounds/example-2026/release").text
    assert "Release these 12 decisions?" in page
    assert f'<b class="num">{granted}</b> label' in page
    assert officer.post("/rounds/example-2026/release", {"digest": "0" * 64}).status == 409
    assert place.value(select(func.count()).select_from(t.grants)) == 0
    assert officer.get("/results/example-2026").status == 404
    officer.get("/rounds/example-2026/release")
    assert officer.post("/rounds/example-2026/release", {"digest": digest}).address == "/rounds/example-2026"
    assert place.value(select(func.count()).select_from(t.grants)) == granted
    assert place.value(select(func.count()).where(t.messages.c.kind == "decision")) == 12
    assert "decisions of this round were released" in officer.get("/rounds/example-2026/release").text
    assert "12 letters" in officer.get("/rounds/example-2026/outbox").text


def test_two_officers_release_at_once_and_one_wins(browsers: Callable[[], Browser], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    both = [browsers().sign_in(place, officer) for officer in place.officers[:2]]
    for one in both:
        one.get("/rounds/example-2026/release")
    start = threading.Barrier(2)
    answers: list[int] = []

    def press(one: Browser) -> None:
        start.wait()
        answer = one.client.post(
            "/rounds/example-2026/release", data={"_csrf": one.token, "digest": digest}, follow_redirects=False
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=press, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert place.value(select(func.count()).where(t.audit.c.event == "decisions_released")) == 1
    assert place.value(select(func.count()).where(t.messages.c.kind == "decision")) == 12


def test_another_authority_sees_nothing(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[2])
    assert "Example label" not in browser.get("/rounds").text
    for path in ("", "/applications", "/decisions", "/release", "/outbox", "/refused"):
        assert browser.get(f"/rounds/example-2026{path}").status == 404
    for path in ("/release", "/advance"):
        assert browser.post(f"/rounds/example-2026{path}", {"digest": "x"}).status == 404


def test_outbox_never_shows_what_a_letter_says(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(
            insert(t.messages).values(
                authority_id=1, round_id=place.round_id, key="k", message_id="m", kind="decision",
                person_id=place.jurors[0], address="hidden@example.org", language="az", subject="a secret subject",
                content=b"a secret text", state="failed", reply="550 no such mailbox", not_before=place.now,
                created_at=place.now,
            )
        )  # fmt: skip
    text = officer.get("/rounds/example-2026/outbox?state=failed").text
    assert "550 no such mailbox" in text
    assert "secret" not in text
    assert "hidden@example.org" not in text
    assert "1 letter could not be delivered." in officer.get("/rounds/example-2026").text


def test_continue_now_moves_the_round_on(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0)
    officer.get("/rounds/example-2026")
    officer.post("/rounds/example-2026/advance")
    assert "12 proposed decisions are ready to be released." in officer.text


def test_query_budget_of_lists_does_not_grow(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    seeding.fill(place, 1.0, settle=True)
    seen = count_queries()
    base = "/rounds/example-2026"
    pages = (base, f"{base}/applications", f"{base}/decisions", f"{base}/outbox", f"{base}/refused", "/rounds")
    for path in (*pages, f"{base}/applications/1", f"{base}/release"):
        officer.get(path)
        seen.clear()
        assert officer.get(path).status == 200
        asked = [one for one in seen if not one.startswith("INSERT INTO looks")]
        assert len(asked) <= 12, (path, asked)
        assert len(seen) - len(asked) <= 1  # the line that says who looked


def strand(place: Place) -> None:
    """Two applications whose consent is not known; all sheets in, decisions proposed."""
    with writing(place.engine) as connection:
        for number in place.applications[:2]:
            row = connection.execute(select(t.applications).where(t.applications.c.id == number)).one()
            facts = {**row.facts, "consent": None}
            connection.execute(
                update(t.applications).where(t.applications.c.id == number).values(facts=facts, state="needs_evidence")
            )
            mine = t.assignments.c.application_id == number
            connection.execute(t.assignments.delete().where(mine))
    seeding.fill(place, 1.0, settle=True)


def test_applications_left_without_a_decision_are_named_with_what_they_wait_for(officer: Browser, place: Place) -> None:
    strand(place)
    base = "/rounds/example-2026"
    before = officer.get(base).text
    assert "2 applications have no decision and would be left without one: AZ-2600, AZ-2601." in before
    officer.get(f"{base}/release")
    assert "applications stay without a decision" in officer.text
    officer.post(f"{base}/release", {"digest": place.value(select(t.rounds.c.digest))})
    text = officer.get(base).text
    assert "2 applications were left without a decision when the round was released: AZ-2600, AZ-2601." in text
    assert "Nothing." not in text.split('id="timeline"')[0]
    listed = officer.get(f"{base}/applications?decision=none").text
    assert "2 applications" in listed
    one = officer.get(f"{base}/applications/{place.applications[0]}").text
    assert "The round was released without a decision about this application." in one
    waits = one.split('<ul class="waits">')[1].split("</ul>")[0]
    assert waits.count("<li>") == 1
    assert "Every photograph shows only pupils whose parents agreed" in waits
    assert "Parents agreed to every photograph." in one.split("This condition waits for it:")[1].split("<h3>")[0]
    with writing(place.engine) as connection:
        connection.execute(update(t.applications).where(t.applications.c.state != "decided").values(state="withdrawn"))
        connection.execute(t.refused_rows.delete())
    assert "Nothing. The round is finished." in officer.get(base).text


def test_missing_facts_are_told_while_the_jury_works_and_no_points(officer: Browser, place: Place) -> None:
    strand(place)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=None, digest=None))
        connection.execute(t.decisions.delete())
        connection.execute(update(t.applications).values(state="assigned"))
    waiting, judged = (officer.get(f"/rounds/example-2026/applications/{place.applications[n]}").text for n in (0, 5))
    assert "Every photograph shows only pupils" in waiting.split("This is not known yet:")[1].split("</ul>")[0]
    for text in (waiting, judged):
        assert "The pass mark is reached." not in text
        assert "not known yet:</h4>" in text or "It waits for score sheets." in text or "waits" not in text


def test_decisions_list_says_the_condition_with_its_figures(browsers: Callable[[], Browser], place: Place) -> None:
    text = place.ruleset.text.replace(
        "says: The pass mark is reached.", "says: At least {policy.pass_mark} points in total."
    ).replace("maximum: 30}", "maximum: 130}")
    with writing(place.engine) as connection:
        digest = load_text(text, "label.yaml").digest
        keep_rule_set(connection, digest=digest, award="example-label", edition="2026", text=text, now=place.now)
        connection.execute(update(t.rounds).values(rule_set=digest, policies={"pass_mark": "120"}))
    seeding.fill(place, 1.0, settle=True)
    shown = browsers().sign_in(place, place.officers[0]).get("/rounds/example-2026/decisions").text
    assert "At least 120 points in total." in shown
    assert "{policy" not in shown


def give_back(place: Place, application: int) -> str:
    """The first juror of an application declares a conflict, with a note; name of the juror."""
    query = (
        select(t.assignments.c.id, t.jurors.c.person_id, t.people.c.name)
        .join(t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
        .join(t.people, t.people.c.id == t.jurors.c.person_id)
        .where(t.assignments.c.application_id == application)
        .order_by(t.assignments.c.id)
        .limit(1)
    )
    with place.engine.connect() as connection:
        row = connection.execute(query).one()
    sheet.declare(
        place.engine, person_id=row.person_id, assignment_id=row.id, kind="family", note="She is my sister.",
        now=place.now,
    )  # fmt: skip
    return str(row.name)


def test_gap_after_a_conflict_says_why_and_shows_kind_and_note(officer: Browser, place: Place) -> None:
    application, base = place.applications[0], "/rounds/example-2026"
    with writing(place.engine) as connection:
        connection.execute(update(t.jurors).values(max_load=6))
    juror = give_back(place, application)
    with writing(place.engine) as connection:  # the house gave the free place of that juror to another application
        connection.execute(update(t.jurors).values(max_load=5))
    route.route(place.engine, place.round_id, settings=place.settings, now=place.now)
    says = "1 juror is missing. Of 4 jurors: 1 has a conflict or gave it back; 1 reviews it already; 2 hold as many"
    for path in (f"{base}/applications?reviews=missing", f"{base}/applications/{application}"):
        assert says in officer.get(path).text
    text = officer.text
    assert juror in text
    assert "family or close friendship" in text
    assert "declared by the juror" in text
    assert "She is my sister." in text
    assert says not in officer.get(f"{base}/applications/{place.applications[1]}").text


def test_reason_of_the_last_routing_is_shown_while_it_holds(officer: Browser, place: Place) -> None:
    application, base = place.applications[0], "/rounds/example-2026"
    give_back(place, application)
    reason = "No juror reads ka. Add a juror who does."
    with writing(place.engine) as connection:
        for missing in (2, 1):
            gaps = [{"application": "AZ-2600", "missing": missing, "reason": reason if missing == 1 else "old"}]
            audit.add_line(
                connection, authority_id=1, round_id=place.round_id, at=place.now, actor="clock",
                event="jurors_assigned", subject="round:1", details={"pairs": 0, "gaps": gaps},
            )  # fmt: skip
    text = officer.get(f"{base}/applications?reviews=missing").text
    assert reason in text
    with writing(place.engine) as connection:  # one more juror gave it back: what was written no longer holds
        connection.execute(
            update(t.assignments).where(t.assignments.c.application_id == application).values(state="handed_back")
        )
    assert reason not in officer.get(f"{base}/applications/{application}").text
    assert "2 jurors are missing." in officer.text


def test_second_release_names_who_released_and_leads_back(browsers: Callable[[], Browser], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    base, digest = "/rounds/example-2026", place.value(select(t.rounds.c.digest))
    first, second = (browsers().sign_in(place, officer) for officer in place.officers[:2])
    for one in (first, second):
        one.get(f"{base}/release")
    first.post(f"{base}/release", {"digest": digest})
    answer = second.post(f"{base}/release", {"digest": digest})
    assert answer.status == 409
    assert "Example label 2026 was already released on" in answer.text
    assert "by Leyla Hacıyeva." in answer.text
    assert "person " not in answer.text.split("<h1>")[1].split("</h1>")[0]
    assert f'href="{base}"' in answer.text
    assert f'href="{base}/decisions"' in answer.text
    assert "by Leyla Hacıyeva." in second.get(f"{base}/release").text
    assert f'<a class="button plain" href="{base}">' in second.text


def test_release_of_other_decisions_leads_back(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    officer.get("/rounds/example-2026/release")
    answer = officer.post("/rounds/example-2026/release", {"digest": "0" * 64})
    assert answer.status == 409
    assert "The decisions have changed since you looked at them." in answer.text
    assert 'href="/rounds/example-2026/decisions"' in answer.text


def test_one_point_and_one_sheet_are_singular(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(t.assignments.delete().where(t.assignments.c.id > 1))
    assert "0 of 1 score sheet<" in officer.get("/rounds/example-2026").text
