"""Who reviews what, by the officer's hand: a plan is looked at, mended row by row, saved or refused."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from sqlalchemy import delete, func, select, update

from laurea import ledger, steps
from laurea.actions import assign
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.rounds import keep_rule_set
from rules.library import load_text
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
PLAN = f"{BASE}/assignment/plan"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The example round, its jurors from schools that did not apply."""
    found = seeding.seed(tmp_path)
    with writing(found.engine) as connection:
        for number in range(1, 5):
            change = update(t.jurors).where(t.jurors.c.id == number)
            connection.execute(change.values(institution=f"Institute {number}"))
    yield found
    found.engine.dispose()


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


@pytest.fixture
def holes(place: Place) -> set[tuple[str, str]]:
    """Three reviews are missing; the pairs that stood there."""
    lost = (2, 7, 20)
    with reading(place.engine) as connection:
        before = pairs(connection)
    with writing(place.engine) as connection:
        connection.execute(delete(t.assignments).where(t.assignments.c.id.in_(lost)))
        after = pairs(connection)
    return before - after


def pairs(connection: object) -> set[tuple[str, str]]:
    query = (
        select(t.applications.c.ref, t.jurors.c.ref)
        .join_from(t.assignments, t.applications)
        .join(t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
        .where(t.assignments.c.state != "handed_back")
    )
    return {(row[0], row[1]) for row in connection.execute(query)}  # type: ignore[attr-defined]


def standing(place: Place) -> set[tuple[str, str]]:
    with reading(place.engine) as connection:
        return pairs(connection)


def letters(place: Place) -> int:
    return int(place.value(select(func.count()).select_from(t.messages).where(t.messages.c.kind != "sign_in")))


def mark(text: str) -> str:
    return re.findall(r'name="mark" value="([^"]+)"', text)[0]


def added(text: str) -> list[tuple[str, str, str]]:
    """Number, application and juror of the rows a plan adds, as the page shows them."""
    rows = re.findall(r'<tr class="change add">(.*?)</tr>', text, re.DOTALL)
    found = []
    for row in rows:
        number = re.findall(r'name="row" value="(\d+)"', row)[0]
        application = re.findall(r">(AZ-\d+)</a>", row)[0]
        juror = re.findall(r'class="ref">([^<]+)<', row)[0]
        found.append((number, application, juror))
    return found


def test_a_plan_is_shown_before_anybody_is_told_and_saved_as_it_was_shown(
    officer: Browser, place: Place, holes: set[tuple[str, str]]
) -> None:
    before = standing(place)
    assert "Reviews given out: 21 of 24" in officer.get(f"{BASE}/assignment").text
    shown = officer.post(PLAN, {"kind": "fill"}).text
    assert officer.address == PLAN
    assert "3</b> reviews are given out" in shown
    assert "No plan is better." in shown
    assert standing(place) == before
    assert letters(place) == 0
    plan = {(application, juror) for _, application, juror in added(shown)}
    assert len(plan) == 3
    assert "A plan of who reviews what waits to be saved or discarded." in officer.get(BASE).text
    officer.get(PLAN)
    officer.post(f"{PLAN}/save", {"mark": mark(shown), "clock": "yes"})
    assert officer.address == f"{BASE}/assignment"
    assert "Every application has its jurors." in officer.text
    assert standing(place) == before | plan
    assert letters(place) == len({juror for _, juror in plan})
    assert place.value(select(func.count()).select_from(t.plan_drafts)) == 0
    assert "No plan waits." in officer.get(PLAN).text


def test_a_discarded_plan_changes_nothing(officer: Browser, place: Place, holes: set[tuple[str, str]]) -> None:
    before = standing(place)
    officer.get(f"{BASE}/assignment")
    officer.post(PLAN, {"kind": "afresh"})
    officer.post(f"{PLAN}/save", {"mark": mark(officer.text), "do": "discard"})
    assert standing(place) == before
    assert letters(place) == 0
    assert "No plan waits." in officer.get(PLAN).text


def test_a_row_taken_out_is_not_given_and_the_clock_leaves_it_while_the_officer_routes(
    officer: Browser, place: Place, holes: set[tuple[str, str]]
) -> None:
    officer.get(f"{BASE}/assignment")
    number, application, juror = added(officer.post(PLAN, {"kind": "fill"}).text)[0]
    text = officer.post(f"{PLAN}/rows", {"mark": mark(officer.text), "row": number, "do": "out"}).text
    assert "1</b> row was taken out by you" in text
    assert (number, application, juror) not in added(text)
    back = officer.post(f"{PLAN}/rows", {"mark": mark(text), "row": number, "do": "back"}).text
    assert (number, application, juror) in added(back)
    out = officer.post(f"{PLAN}/rows", {"mark": mark(back), "row": number, "do": "out"}).text
    officer.post(f"{PLAN}/save", {"mark": mark(out)})
    assert (application, juror) not in standing(place)
    assert len(standing(place)) == 23
    now = {"settings": place.settings, "now": place.now}
    assert steps.due(place.engine, place.round_id, **now) == []
    assert "jurors could take it: make a plan." in officer.get(f"{BASE}/assignment").text
    officer.post(f"{BASE}/assignment/clock", {"by_hand": "no"})
    assert [one.kind for one in steps.advance(place.engine, place.round_id, **now)] == ["route"]
    assert len(standing(place)) == 24


def test_a_barred_pair_leaves_the_plan_and_a_pinned_one_enters(
    officer: Browser, place: Place, holes: set[tuple[str, str]]
) -> None:
    officer.get(f"{BASE}/assignment")
    number, application, juror = added(officer.post(PLAN, {"kind": "fill"}).text)[0]
    text = officer.post(f"{PLAN}/rows", {"mark": mark(officer.text), "row": number, "do": "never"}).text
    now = {(one, other) for _, one, other in added(text)}
    assert (application, juror) not in now
    other = next(other for one, other in now if one == application)
    assert "never reviews it" in officer.get(f"{BASE}/assignment").text
    officer.post(f"{BASE}/assignment/pins", {"application": application, "juror": juror, "wish": "must"})
    assert "must review it" in officer.text
    again = officer.post(PLAN, {"kind": "fill"}).text
    assert {(application, juror)} == {pair[1:] for pair in added(again) if pair[1] == application}
    assert (application, other) not in {pair[1:] for pair in added(again)}
    officer.post(f"{BASE}/assignment/pins", {"application": application, "juror": juror, "wish": ""})
    assert "must review it" not in officer.text
    officer.post(f"{BASE}/assignment/pins", {"application": "nowhere", "juror": juror, "wish": "must"})
    assert officer.status == 422
    events = select(func.count()).where(t.audit.c.event == ledger.Event.PAIR_PINNED.value)
    assert place.value(events) == 3


def test_a_plan_is_refused_with_a_sentence_when_the_round_changed_meanwhile(
    officer: Browser, place: Place, holes: set[tuple[str, str]]
) -> None:
    officer.get(f"{BASE}/assignment")
    shown = officer.post(PLAN, {"kind": "fill"}).text
    with writing(place.engine) as connection:  # a juror gives one back
        connection.execute(update(t.assignments).where(t.assignments.c.id == 1).values(state="handed_back"))
    before = standing(place)
    answer = officer.post(f"{PLAN}/save", {"mark": mark(shown), "clock": "yes"})
    assert answer.status == 409
    assert "has changed since you looked at it. Nothing was saved. Make the plan again." in answer.text
    assert standing(place) == before
    assert letters(place) == 0
    officer.post(PLAN, {"kind": "fill"})
    officer.post(f"{PLAN}/save", {"mark": mark(officer.text), "clock": "yes"})
    assert len(standing(place)) == 24


def test_of_two_officers_the_second_does_not_save_what_the_first_changed(
    browsers: Callable[[], Browser], place: Place, holes: set[tuple[str, str]]
) -> None:
    one, other = (browsers().sign_in(place, officer) for officer in place.officers[:2])
    one.get(f"{BASE}/assignment")
    seen = one.post(PLAN, {"kind": "fill"}).text
    other.get(PLAN)
    other.post(f"{PLAN}/rows", {"mark": mark(other.text), "row": "0", "do": "out"})
    assert one.post(f"{PLAN}/save", {"mark": mark(seen), "clock": "yes"}).status == 409
    assert len(standing(place)) == 21
    assert one.post(f"{PLAN}/rows", {"mark": mark(seen), "row": "1", "do": "out"}).status == 409


def test_a_round_routed_by_hand_waits_for_the_plan_and_goes_on_with_it(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(delete(t.assignments))
        connection.execute(update(t.applications).values(state="eligible"))
        connection.execute(update(t.rounds).values(routed_at=None, routed_by_hand=True))
    now = {"settings": place.settings, "now": place.now}
    assert steps.advance(place.engine, place.round_id, **now) == []
    assert "The applications wait for your plan of who reviews them." in officer.get(BASE).text
    officer.get(f"{BASE}/assignment")
    officer.post(PLAN, {"kind": "fill"})
    officer.post(f"{PLAN}/save", {"mark": mark(officer.text), "clock": "yes"})
    assert len(standing(place)) == 24
    assert place.value(select(t.rounds.c.routed_by_hand)) is False
    assert steps.advance(place.engine, place.round_id, **now) == []
    assert "Nothing. The round goes on by itself." not in officer.get(BASE).text  # rows were refused


def test_the_file_of_a_plan_is_taken_by_the_command_line(
    officer: Browser, place: Place, holes: set[tuple[str, str]], tmp_path: Path
) -> None:
    officer.get(f"{BASE}/assignment")
    officer.post(PLAN, {"kind": "fill"})
    stands = list(csv.DictReader(io.StringIO(officer.get(f"{BASE}/assignment.csv").text)))
    assert len(stands) == 21
    file = officer.get(f"{BASE}/assignment.csv?of=plan")
    assert "attachment" in file.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert sum(row["state"] == "new" for row in rows) == 3
    path = tmp_path / "plan.csv"
    path.write_text(file.text, encoding="utf-8")
    assign.keep(
        place.engine, place.round_id, path, write=True, actor=ledger.SYSTEM, settings=place.settings, now=place.now
    )
    assert standing(place) == {(row["application_id"], row["juror_id"]) for row in rows}


def test_nothing_is_planned_once_decisions_are_proposed(officer: Browser, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    text = officer.get(f"{BASE}/assignment").text
    assert "Make a plan" not in text
    assert officer.post(PLAN, {"kind": "fill"}).status == 404
    assert officer.post(f"{BASE}/assignment/clock", {"by_hand": "yes"}).status == 404


def ask(place: Place, more: str) -> None:
    """The rules of the round ask something more of the jury."""
    text = seeding.LABEL.read_text(encoding="utf-8").replace("  reviews: 2\n", f"  reviews: 2\n{more}")
    digest = load_text(text, "label.yaml").digest
    with writing(place.engine) as connection:
        keep_rule_set(connection, digest=digest, award="example-label", edition="2026", text=text, now=place.now)
        connection.execute(update(t.rounds).values(rule_set=digest))


def test_seats_and_gaps_say_why(officer: Browser, place: Place) -> None:
    ask(place, "  experienced: 1\n")
    with writing(place.engine) as connection:
        connection.execute(update(t.jurors).where(t.jurors.c.id < 3).values(experienced=True))
        connection.execute(delete(t.assignments).where(t.assignments.c.id == 1))
        connection.execute(update(t.jurors).values(max_load=6))
        connection.execute(update(t.jurors).where(t.jurors.c.id == 1).values(max_load=5))
    shown = officer.get(f"{BASE}/assignment").text
    assert "Without an experienced juror" in shown
    assert "1 juror is missing. Of 4 jurors:" in shown
    assert shown.count("experienced</span>") == 2


def test_applications_that_lack_jurors_for_one_reason_stand_in_one_fold(officer: Browser, place: Place) -> None:
    ask(place, "  languages: true\n")
    with writing(place.engine) as connection:
        first = connection.execute(select(t.applications.c.id).order_by(t.applications.c.id)).scalars().all()
        gone = t.assignments.c.application_id.in_(first[:5])
        connection.execute(delete(t.assignments).where(gone))
        connection.execute(update(t.applications).where(t.applications.c.id.in_(first[:3])).values(language="ka"))
        loads = select(func.count()).where(
            t.assignments.c.juror_id == t.jurors.c.id, t.assignments.c.state != "handed_back"
        )
        connection.execute(update(t.jurors).values(languages=["en"], max_load=loads.scalar_subquery()))
        connection.execute(update(t.jurors).where(t.jurors.c.id == 1).values(languages=["ka"]))
    text = officer.get(f"{BASE}/assignment").text
    folds = re.findall(r'<details class="alike"[^>]*><summary>(.*?)</summary>(.*?)</details>', text, re.DOTALL)
    told = [(html.unescape(re.sub(r"<[^>]+>", "", head)).strip(), body.count("<li>")) for head, body in folds]
    remedy = "Add a juror or raise somebody's load."
    assert told == [
        (f"3 applications No juror who reads the language (Georgian) has room. {remedy}", 3),
        (f"2 applications No juror who reads the language (English) has room. {remedy}", 2),
    ]
    assert [body.count("Of 4 jurors:") for _, body in folds] == [1, 1], "what is the same of each is said once"
    in_georgian = officer.get(f"{BASE}/assignment?lang=ka").text
    assert "ქართული" in in_georgian
    officer.get(f"{BASE}/assignment?lang=en")
    officer.post(PLAN, {"kind": "fill"})
    plan = officer.get(PLAN).text
    reasons = re.findall(r'<details class="alike"[^>]*><summary><b>(.*?)</b>', plan)
    assert reasons[0] == "3 applications", "the same reason is told once"


def test_third_reviews_are_offered_where_the_rules_may_ask_for_them(officer: Browser, place: Place) -> None:
    assert 'value="third"' not in officer.get(f"{BASE}/assignment").text
    apart = "      - {id: apart, says: Apart., cite: house, when: 'sheets.map(s, s.total).spread() >= 30'}\n"
    ask(place, f"  discrepancy:\n{apart}  third: closest_pair\n")
    assert 'value="third"' in officer.get(f"{BASE}/assignment").text
    officer.post(PLAN, {"kind": "third"})
    text = officer.get(PLAN).text
    assert "A plan of third reviews" in text
    assert "Nothing changes." in text


OFFICERS_OWN = ("/assignment", "/assignment.csv", "/jurors", "/scores")


@pytest.mark.parametrize("who", ["foreign", "juror"])
def test_others_find_no_such_page_and_no_such_deed(
    app: Litestar, browsers: Callable[[], Browser], place: Place, who: str
) -> None:
    browser = browsers().sign_in(place, place.officers[2] if who == "foreign" else place.jurors[0])
    before = standing(place)
    tried = 0
    for route in app.routes:
        path = str(getattr(route, "path_format", ""))
        if not any(path.startswith(f"/rounds/{{code}}{own}") for own in OFFICERS_OWN):
            continue
        address = path.replace("{code}", "example-2026").replace("{juror_id}", "1")
        for method in route.methods - {"HEAD", "OPTIONS"}:
            if method == "GET":
                assert (address, browser.get(address).status) == (address, 404)
            else:
                data = {"kind": "fill", "why": "x", "until": "2099-01-01", "by_hand": "yes", "wish": "never"}
                answer = browser.post(address, data)
                assert (address, answer.status) == (address, 404)
            tried += 1
    assert tried >= 14
    assert standing(place) == before
    assert place.value(select(func.count()).select_from(t.plan_drafts)) == 0


@pytest.mark.parametrize("path", ["/assignment", "/assignment/plan", "/jurors", "/jurors/1", "/scores"])
def test_pages_ask_few_questions_however_large_the_round(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]], path: str, tmp_path: Path
) -> None:
    officer.get(f"{BASE}/assignment")
    officer.post(PLAN, {"kind": "afresh"})
    officer.get(f"{BASE}{path}")
    asked = count_queries()
    officer.get(f"{BASE}{path}")
    small = len(asked)
    assert 0 < small <= 12
    with writing(place.engine) as connection:  # ten times the round, in the same records
        for number in range(13, 150):
            row = connection.execute(select(t.applications).where(t.applications.c.id == 1)).one()._mapping
            new = {**row, "id": number + 1000, "ref": f"AZ-{number + 5000}", "unit_ref": f"Q{number}"}
            new.pop("key", None)
            connection.execute(t.applications.insert().values(**new))
            for juror in (1, 2):
                connection.execute(
                    t.assignments.insert().values(
                        authority_id=1, round_id=place.round_id, application_id=number + 1000, juror_id=juror,
                        quality=700, state="open", assigned_at=place.now,
                    )
                )  # fmt: skip
    asked.clear()
    officer.get(f"{BASE}{path}")
    assert officer.status == 200
    assert len(asked) <= small + 1  # a page that now has a second side may ask for nothing more


def test_a_plan_is_read_and_saved_in_every_language(officer: Browser, holes: set[tuple[str, str]]) -> None:
    officer.get(f"{BASE}/assignment")
    officer.post(PLAN, {"kind": "repair"})
    for language in ("az", "ka", "lv"):
        for path in ("/assignment", "/assignment/plan", "/jurors", "/jurors/1", "/jurors/1/leave", "/scores"):
            text = officer.get(f"{BASE}{path}?lang={language}").text
            assert officer.status == 200
            for english in ("What it does", "Who routes", "Load per juror", "The juror leaves", "not finished"):
                assert english not in text
