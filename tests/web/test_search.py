"""One search language: the same words find the same applications on the page, over the API and in files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from litestar import Litestar
from sqlalchemy import Connection, insert, select, update

from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.web.limits import Counts
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

API = "/api/v1/rounds/example-2026"


@pytest.fixture
def decided(place: Place) -> Place:
    """All decided; three applications moved to other countries and regions, one with a sign in its name."""
    seeding.fill(place, 1.0, settle=True)
    with writing(place.engine) as connection:
        for number, values in (
            (0, {"country": "LV", "region": "", "unit_name": "=1+1 100% sure"}),
            (1, {"country": "GE", "region": "Kaxeti"}),
            (2, {"country": None}),
        ):
            which = t.applications.c.id == place.applications[number]
            connection.execute(update(t.applications).where(which).values(**values))
        shaken = insert(t.jurors).values(
            authority_id=1, round_id=place.round_id, person_id=place.jurors[0], ref="J99", languages=["en"],
            expertise=[], max_load=1, region="",
        )  # fmt: skip
        connection.execute(shaken)
    return place


SEARCHES = (
    ("", 12),
    ("market", 1),
    ("sounds market", 1),
    ('"sounds market"', 0),
    ("100%", 1),
    ("%", 1),
    ("country:lv", 1),
    ("country:LV,GE", 2),
    ("-country:LV,GE", 10),
    ("country:none", 1),
    ("region:none", 1),
    ("-region:none", 11),
    ("state:decided -country:LV", 11),
    ("id:2603", 1),
    ("juror:J01", 6),
    ("-juror:J01", 6),
    ("juror:none", 0),
    ("reviews:2 done:>=2", 12),
    ("missing:>0", 0),
    ("points:>=0", 12),
    ("points:<0", 0),
    ("outcome:label", None),
    ("-outcome:label outcome:no_label", None),
    ("rank:none", 12),
    ("group:none", 12),
    ("submitted:>=2000-01-01", 12),
    ("submitted:2000-01-01", 0),
    ("applicant:Aygün", 1),
)


def write_to_everybody(place: Place) -> dict[str, str]:
    """A letter to each applicant, each under a name of their own; the reference of the application by the name."""
    with writing(place.engine) as connection:
        query = select(t.applications.c.ref, t.people.c.id, t.people.c.name).join(
            t.people, t.people.c.id == t.applications.c.applicant_id
        )
        found = connection.execute(query).all()
        for one in found:
            name = f"{one.name} {one.ref.removeprefix('AZ-')[-2:]}th"
            connection.execute(update(t.people).where(t.people.c.id == one.id).values(name=name))
            letter(connection, place, one.id, f"to:{one.id}")
    return {f"{one.name} {one.ref.removeprefix('AZ-')[-2:]}th": one.ref for one in found}


def letter(connection: Connection, place: Place, person: int, key: str, **more: object) -> None:
    values = {
        "authority_id": 1, "round_id": place.round_id, "key": key, "message_id": key, "kind": "decision",
        "person_id": person, "address": "x@example.org", "language": "en", "subject": "x", "content": b"x",
        "state": "due", "not_before": place.now, "created_at": place.now,
    }  # fmt: skip
    connection.execute(insert(t.messages).values({**values, **more}))


def test_the_same_words_find_the_same_everywhere(
    app: Litestar, browsers: Callable[[], Browser], decided: Place
) -> None:
    app.state.limits = Counts(off=True)
    officer, program = browsers().sign_in(decided, decided.officers[0]), browsers()
    _, token = tokens.give(
        decided.engine, decided.round_id, name="x", scopes=["read", "export", "proposals"], days=1, actor=SYSTEM,
        now=decided.now,
    )  # fmt: skip
    bearer = {"authorization": f"Bearer {token}"}

    def over_api(path: str, words: str) -> set[str]:
        answer = program.client.get(API + path, params={"q": words}, headers=bearer)
        assert answer.status_code == 200, answer.text
        return {item["application_id"] for item in answer.json()["items"]}

    def letters(text: str) -> set[str]:
        """The applications behind the recipients of a page of letters: here each has an applicant of its own."""
        return {refs[name] for name in re.findall(r"<tr><td><a [^>]+>([^<]+)</a></td>", text)}

    refs = write_to_everybody(decided)

    def in_file(address: str, client: Browser, words: str, **headers: str) -> set[str]:
        text = client.client.get(address, params={"q": words}, headers=headers).text
        return {row["application_id"] for row in csv.DictReader(io.StringIO(text))}

    for words, found in SEARCHES:
        first = over_api("/applications", words)
        assert found is None or len(first) == found, words
        assert over_api("/results", words) == first, words
        assert in_file(f"{API}/exports/applications.csv", program, words, **bearer) == first, words
        assert in_file("/rounds/example-2026/exports/sheets.csv", officer, words) == first, words
        for page in ("applications", "decisions"):
            text = officer.client.get(f"/rounds/example-2026/{page}", params={"q": words}).text
            assert set(re.findall(r">(AZ-\d+)</a>", text)) == first, words
        outbox = officer.client.get("/rounds/example-2026/outbox", params={"q": words}).text
        assert letters(outbox) == first, words
        sent = officer.client.get("/rounds/example-2026/exports/outbox.csv", params={"q": words}).text
        assert {refs[row["person"]] for row in csv.DictReader(io.StringIO(sent))} == first, words
        assert in_file("/rounds/example-2026/exports/assignments.csv", officer, words) == first, words


def test_a_wrong_word_is_named_and_nothing_is_listed(browsers: Callable[[], Browser], place: Place) -> None:
    officer = browsers().sign_in(place, place.officers[0])
    text = officer.client.get("/rounds/example-2026/applications", params={"q": "colour:red"}).text
    assert "“colour:red”: there is no such field." in text
    assert "AZ-26" not in text
    _, token = tokens.give(place.engine, place.round_id, name="x", scopes=["read"], days=1, actor=SYSTEM, now=place.now)
    answer = browsers().client.get(
        f"{API}/applications", params={"q": "colour:red"}, headers={"authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["refusals"][0]["field"]) == (422, "colour:red")


def test_what_may_not_be_seen_cannot_be_asked(browsers: Callable[[], Browser], place: Place) -> None:
    """A search tells nobody what a page hides: not by rows, and not by their number."""
    seeding.fill(place, 1.0)
    officer = browsers().sign_in(place, place.officers[0])
    for words in ("points:>0", "outcome:none", "-rank:1", "group:x"):
        text = officer.client.get("/rounds/example-2026/applications", params={"q": words}).text
        assert "this is not to be seen yet" in text
        assert "AZ-26" not in text
    seeding.fill(place, 1.0, settle=True)
    _, token = tokens.give(place.engine, place.round_id, name="x", scopes=["read"], days=1, actor=SYSTEM, now=place.now)
    answer = browsers().client.get(
        f"{API}/applications", params={"q": "outcome:label"}, headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 422


def test_letters_are_found_by_who_they_go_to_and_what_they_are(browsers: Callable[[], Browser], place: Place) -> None:
    refs = write_to_everybody(place)
    with writing(place.engine) as connection:
        letter(connection, place, place.jurors[0], "j1", kind="assignment", sent_at=place.now)
        other = select(t.applications.c.applicant_id).where(t.applications.c.id == place.applications[5])
        member = {"person_id": connection.execute(other).scalar_one(), "application_id": place.applications[3]}
        connection.execute(insert(t.application_members).values(authority_id=1, joined_at=place.now, **member))
    officer = browsers().sign_in(place, place.officers[0])

    def found(words: str) -> list[str]:
        text = officer.client.get("/rounds/example-2026/outbox", params={"q": words}).text
        return sorted(re.findall(r"<tr><td><a [^>]+>([^<]+)</a></td>", text))

    juror = "Aygün Məmmədova"
    assert juror in found("Aygün")  # an applicant has that name too
    assert found("kind:assignment") == [juror]
    assert found("-sent:none") == [juror]
    assert found("class:task") == [juror]
    assert juror not in found("-class:task")
    assert found(f"sent:{place.now.date()} to:rəşad") == []
    assert juror not in found("country:AZ")  # jurors work on no application
    assert found("id:2603") == sorted(name for name, ref in refs.items() if ref in ("AZ-2603", "AZ-2605"))
    assert found("country:AZ -country:AZ") == []
    wrong = officer.client.get("/rounds/example-2026/outbox", params={"q": "file:x"}).text
    assert "“file:x”: there is no such field. The fields are to, kind, sent, class, id" in wrong
    assert "/exports/outbox.csv" not in wrong


def test_rows_that_could_not_be_used_are_searched_too(browsers: Callable[[], Browser], place: Place) -> None:
    officer = browsers().sign_in(place, place.officers[0])

    def found(words: str) -> list[str]:
        text = officer.client.get("/rounds/example-2026/refused", params={"q": words}).text
        return re.findall(r'<td class="num">(\d*)</td>', text)

    assert found("") == ["14", "37"]
    assert found("twice") == ["37"]
    assert found("-twice file:applications") == ["14"]
    assert found("row:<20") == ["14"]
    assert found("field:submitted_at,application_id row:>14") == ["37"]
    assert found("row:none") == []
    text = officer.get("/rounds/example-2026/refused?q=country:LV").text
    assert "“country:LV”: there is no such field. The fields are file, row, field, problem." in text
    assert "Every row of every file was used." not in officer.get("/rounds/example-2026/refused?q=nothing-like-it").text


def test_a_search_is_a_link_that_can_be_shared(browsers: Callable[[], Browser], place: Place) -> None:
    """What was searched stands in the address: other languages, files and signing in keep it."""
    query = urlencode({"q": 'country:AZ -region:none "sounds of"'})
    for page in ("applications", "outbox", "refused"):
        address = f"/rounds/example-2026/{page}?{query}"
        visitor = browsers().get(address)
        assert visitor.address == "/sign-in"
        assert f'value="{address}"' in unescape(visitor.text)
        assert visitor.sign_in(place, place.officers[0], address).address == f"/rounds/example-2026/{page}"
        links = [parse_qs(urlsplit(unescape(one)).query) for one in re.findall(r'href="([^"]*\?[^"]*)"', visitor.text)]
        kept = [one["q"] for one in links if "q" in one]
        assert len(kept) >= 4  # the four languages at least
        assert {tuple(one) for one in kept} == {('country:AZ -region:none "sounds of"',)}
