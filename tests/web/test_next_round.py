"""The next round from the last one: nothing of last year is left unmarked, and the checks are those of the command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from laurea.store import tables as t
from laurea.store import wordings
from laurea.store.engine import reading, writing
from notifications.wording import Wording
from rules.library import load, named
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

NEXT = "/rounds/example-2026/next"
ROW = re.compile(r"<tr(?P<marked> class=\"unsure\")?>(?P<inside>.*?)</tr>", re.DOTALL)
VALUE = re.compile(r'<input[^>]* value="([^"]*)"')
ROUNDS = select(func.count()).select_from(t.rounds)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A round of 2026 whose rule set names 2026 too."""
    rules = tmp_path / "label.yaml"
    text = seeding.LABEL.read_text("utf-8")
    rules.write_text(text.replace("Parents agreed to every", "In 2026 parents agreed to every"), "utf-8")
    found = seeding.seed(tmp_path, rule_file=rules)
    zone = ZoneInfo("Asia/Baku")
    with writing(found.engine) as connection:
        connection.execute(
            update(t.rounds).values(
                opens_at=datetime(2026, 2, 1, tzinfo=zone), closes_at=datetime(2026, 4, 30, 23, 59, 59, tzinfo=zone),
                review_until=datetime(2026, 6, 1, 20, tzinfo=zone), award_on=date(2026, 12, 15),
            )
        )  # fmt: skip
    yield found
    found.engine.dispose()


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def form(page: str) -> dict[str, object]:
    """What the page's form would send."""
    found: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", page[page.index('name="edition" value') :]):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and value and ("checkbox" not in tag or " checked" in tag):
            found.setdefault(name[1], value[1])
    languages = re.findall(r'name="language" value="(\w+)" checked', page)
    edition = re.search(r'name="edition" value="(\w+)"', page)
    assert edition
    return found | {"language": languages, "edition": edition[1]}


def unmarked(page: str) -> list[str]:
    """What the new round would hold that names 2026 or an earlier year and is not marked."""
    rows = list(ROW.finditer(page))
    assert len(rows) > 6
    found = []
    for row in rows:
        inside = re.sub(r"<option value=\"[^\"]*\">[^<]*</option>", "", row["inside"])  # what is not chosen
        held = VALUE.findall(inside) or [inside]
        if re.search(r"\b20[012][0-6]\b", " ".join(held)) and not row["marked"]:
            found.append(row["inside"])
    return found


def test_string_of_last_year_appears_nowhere_unflagged(officer: Browser) -> None:
    page = officer.get(NEXT).text
    assert unmarked(page) == []
    assert page.count("as last time") == 4  # the dates
    assert page.count("names a past year") >= 3  # title, code, a clause of the rules
    assert "In 2026 parents agreed to every photograph." in page
    moved = officer.get(f"{NEXT}?years=1").text
    assert unmarked(moved) == []
    assert 'value="Example label 2027"' in moved
    assert 'value="example-2027"' in moved
    assert 'value="2027-04-30T23:59:59"' in moved
    assert "as last time" not in moved
    assert "In 2026 parents agreed" in moved


def test_round_is_not_opened_while_marks_were_not_looked_at(officer: Browser, place: Place) -> None:
    filled = form(officer.get(f"{NEXT}?years=1").text)
    answer = officer.post(NEXT, filled)
    assert answer.status == 422
    assert "look at what is marked" in answer.text
    assert 'value="Example label 2027"' in answer.text
    assert place.value(ROUNDS) == 1
    assert officer.post(NEXT, filled | {"looked": "yes"}).address == "/rounds/example-2027"
    with place.engine.connect() as connection:
        old, new = connection.execute(select(t.rounds).order_by(t.rounds.c.id)).all()
    same = ("authority_id", "rule_set", "country", "policies", "parameters", "languages", "second_person")
    assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
    assert (new.title, new.award_on, new.opened_by) == ("Example label 2027", date(2027, 12, 15), place.officers[0])
    assert new.closes_at.isoformat() == "2027-04-30T19:59:59+00:00"
    details = place.value(select(t.audit.c.details).where(t.audit.c.event == "round_opened"))
    assert details["after"] == "example-2026"


def test_own_texts_of_letters_are_carried_over_and_past_years_in_them_marked(officer: Browser, place: Place) -> None:
    kept = {"authority_id": 1, "round_id": place.round_id, "language": "en", "person_id": place.officers[0]}
    texts = [("received", "Thank you"), ("granted", "The label of 2026")]
    with writing(place.engine) as connection:
        for kind, subject in texts:
            text = Wording(subject, "", "We have it.")
            wordings.add(connection, **kept, kind=kind, version=1, text=text, now=place.now)
        wordings.add(connection, **kept, kind="appeal", version=1, text=text, now=place.now)
        wordings.add(connection, **kept, kind="appeal", version=2, text=None, now=place.now)
    page = officer.get(f"{NEXT}?years=1").text
    part = page[page.index('id="texts"') :]
    part = part[: part.index("</section>")]
    assert (part.count("<li>"), part.count("names a past year")) == (2, 1)
    filled = form(page) | {"looked": "yes"}
    assert officer.post(NEXT, filled).address == "/rounds/example-2027"
    with reading(place.engine) as connection:
        old, new = connection.execute(select(t.rounds.c.id).order_by(t.rounds.c.id)).scalars()
        found = wordings.standing(connection, new)
        assert found == wordings.standing(connection, old)
        assert {kind for kind, _ in found} == {"received", "granted"}
        assert wordings.versions(connection, new, "granted", "en")[0].writer
    details = place.value(select(t.audit.c.details).where(t.audit.c.event == "round_opened"))
    assert details["texts"] == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"code": "Example 2027"}, "cannot stand in an address"),
        ({"code": "example-2026"}, "There is already a round"),
        ({"closes_at": "2027-01-01T00:00"}, "The round must open before it closes"),
        ({"award_on": "2027-03-01"}, "The round would award on 01 March 2027, before it closes on 30 April 2027."),
        ({"opens_at": "in spring"}, "is no date"),
        ({"policy.pass_mark": ""}, "The source leaves this open: How many points are needed in total?"),
        ({"policy.pass_mark": "31"}, "31 is more than 30."),
        ({"language": []}, "No language is named."),
    ],
)
def test_what_the_command_refuses_is_refused_here(
    officer: Browser, place: Place, changed: dict[str, object], says: str
) -> None:
    filled = form(officer.get(f"{NEXT}?years=1").text) | {"looked": "yes"} | changed
    answer = officer.post(NEXT, filled)
    assert answer.status == 422
    assert says in answer.text.replace("&#39;", "'")
    assert place.value(ROUNDS) == 1


def test_newer_edition_is_offered_with_its_differences(browser: Browser, place: Place) -> None:
    old, new = named("etwinning-school/esl-2024-2025"), named("etwinning-school/esl-2025-2026")
    with writing(place.engine) as connection:
        kept = {"digest": old.digest, "award": old.award, "edition": old.edition, "text": old.text}
        connection.execute(insert(t.rule_sets).values(**kept, kept_at=place.now))
        connection.execute(update(t.rounds).values(rule_set=old.digest, policies={}))
    officer = browser.sign_in(place, place.officers[0])
    assert "There is a newer edition of these rules: esl-2025-2026" in officer.get(NEXT).text
    page = officer.get(f"{NEXT}?edition={new.digest}").text
    assert "What this edition says otherwise" in page
    assert f'name="edition" value="{new.digest}"' in page
    assert unmarked(page) == []


def test_edition_of_another_award_cannot_be_smuggled_in(officer: Browser, place: Place) -> None:
    other = load(seeding.LABEL).digest  # the file as it is in the tests, which this library does not offer
    filled = form(officer.get(f"{NEXT}?years=1").text) | {"looked": "yes", "edition": other}
    officer.post(NEXT, filled)
    assert set(place.value(select(func.group_concat(t.rounds.c.rule_set))).split(",")) == {place.ruleset.digest}


def test_nobody_else_opens_the_next_round(browsers: Callable[[], Browser], place: Place) -> None:
    for person in (place.officers[2], place.jurors[0]):
        other = browsers().sign_in(place, person)
        assert other.get(NEXT).status == 404
        assert other.post(NEXT, {"code": "x"}).status == 404
    assert place.value(ROUNDS) == 1
