"""Letters in the office's own words: the list, the editor with its preview, versions, and hostile texts at the door."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from laurea import letters
from laurea.actions import wording as deeds
from laurea.errors import BadInput, Conflict, NotFound
from laurea.store import rounds, wordings
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from notifications.checking import bodies
from notifications.wording import Wording
from tests.notifications.test_wording import HOSTILE
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026/letters/templates"
TEXT = {"subject": "News of {{ application }}", "heading": "Your news", "body": "We have it: **{{ unit }}**."}
OWN = Wording(*TEXT.values())


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def audit(place: Place, event: str) -> list[dict[str, object]]:
    with reading(place.engine) as connection:
        return list(connection.execute(select(t.audit.c.details).where(t.audit.c.event == event)).scalars())


def keep(place: Place, text: Wording = OWN, version: int = 0, kind: str = "received", language: str = "en") -> int:
    return deeds.save(
        place.engine, place.round_id, kind, language, text, version=version, person_id=place.officers[0], now=place.now
    )


def test_list_shows_every_letter_in_the_languages_of_the_round(officer: Browser, place: Place) -> None:
    keep(place)
    page = officer.get(BASE).text
    assert officer.status == 200
    assert f'href="{BASE}/received/en"' in page
    assert f'href="{BASE}/decision/az"' in page
    assert "/received/lv" not in page  # the round does not speak it
    assert "/sign_in/" not in page
    assert page.count("your own<") == 1
    assert "Leyla Hacıyeva" in page


def test_editor_begins_with_the_house_and_shows_the_letter(officer: Browser) -> None:
    page = officer.get(f"{BASE}/decision/en").text
    assert "{{ the_reasons }}" in page
    assert "See the published results:" in page  # the plain letter
    assert '<template shadowrootmode="open"><link rel="stylesheet" href="/letter.css">' in page
    assert "style=" not in page.partition("shadowrootmode")[2].partition("</template>")[0]
    assert "{{ outcome_title }}" in page  # a name beside the text
    assert officer.get("/letter.css").headers["content-type"].startswith("text/css")


def test_look_keep_and_letters_from_then_on(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/received/en")
    page = officer.post(f"{BASE}/received/en", {**TEXT, "version": "0", "do": "look"}).text
    assert "News of A-0042" in page
    assert place.value(select(func.count()).select_from(t.wordings)) == 0
    officer.post(f"{BASE}/received/en", {**TEXT, "version": "0", "do": "save"})
    assert officer.status == 200
    assert audit(place, "letter_worded") == [{"version": 1, "how": "written"}]
    letter = received(place)
    assert letter.subject == "News of AZ-2600"
    plain, html = bodies(letter)
    assert "We have it: Rivers that remember." in plain
    assert "<strong>Rivers that remember</strong>" in html
    officer.get(f"{BASE}/received/en")
    officer.post(f"{BASE}/received/en", {**TEXT, "version": "1", "do": "save"})  # the same again
    assert len(audit(place, "letter_worded")) == 1


def received(place: Place) -> letters.Letter:
    from laurea.store import applications

    with reading(place.engine) as connection:
        record = rounds.round_by_id(connection, place.round_id)
        one = applications.load(connection, place.round_id, ids=[place.applications[0]])[0]
        desk = letters.Desk.of(connection, record, place.settings, place.now)
    return letters.received(desk, letters.to_applicant(one, desk), one.ref, one.unit_name, (one.id, "key"))


def test_look_at_it_with_an_application_of_the_round(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/received/en")
    form = {**TEXT, "version": "0", "do": "look"}
    assert "News of AZ-2603" in officer.post(f"{BASE}/received/en", {**form, "of": "AZ-2603"}).text
    assert "no such letter of this application" in officer.post(f"{BASE}/received/en", {**form, "of": "LV-1"}).text
    decision = {**form, "of": "AZ-2600", "body": "{{ outcome_title }}|{{ points }}"}
    assert "no such letter" in officer.post(f"{BASE}/decision/en", decision).text  # not proposed yet
    seeding.fill(place, 1.0, settle=True)
    page = officer.post(f"{BASE}/decision/en", decision).text
    assert "no such letter" not in page
    assert "News of AZ-2600" in page


def test_restore_and_reset_are_new_versions(officer: Browser, place: Place) -> None:
    keep(place)
    keep(place, Wording("Second", "H", "B"), 1)
    officer.get(f"{BASE}/received/en?number=1")
    assert "News of {{ application }}" in officer.text
    officer.post(f"{BASE}/received/en/restore", {"version": "2", "number": "1"})
    assert received(place).subject == "News of AZ-2600"
    officer.post(f"{BASE}/received/en/reset", {"version": "3"})
    assert received(place).subject == "Your application AZ-2600 was handed in"
    assert [one["how"] for one in audit(place, "letter_worded")] == ["written", "written", "restored", "reset"]
    with reading(place.engine) as connection:
        assert [one.house for one in wordings.versions(connection, place.round_id, "received", "en")] == [
            True, False, False, False,
        ]  # fmt: skip
    assert officer.post(f"{BASE}/received/en/restore", {"version": "3", "number": "1"}).status == 409
    assert officer.post(f"{BASE}/received/en/restore", {"version": "4", "number": "9"}).status == 404
    assert officer.post(f"{BASE}/received/en/burn", {"version": "4"}).status == 404


def test_two_officers_do_not_overwrite_each_other(officer: Browser, place: Place) -> None:
    keep(place)
    officer.get(f"{BASE}/received/en")
    officer.post(f"{BASE}/received/en", {**TEXT, "subject": "Mine", "version": "0", "do": "save"})
    assert officer.status == 409
    assert 'value="Mine"' in officer.text  # nothing typed is lost
    with pytest.raises(Conflict):
        keep(place, Wording("Other", "H", "B"), 0)


def test_hostile_texts_are_refused_at_the_door(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/decision/en")
    for source in HOSTILE.values():
        for part in ("subject", "body"):
            form = {"subject": "S", "heading": "H", "body": "B", "version": "0", "do": "save", part: source}
            assert officer.post(f"{BASE}/decision/en", form).status == 422, source
            assert "This text cannot be used yet" in officer.text
    assert place.value(select(func.count()).select_from(t.wordings)) == 0


def test_a_text_that_fails_in_one_branch_of_the_samples_is_refused(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/decision/en")
    for body in (
        "{{ certificate.number }}",
        "{% if letter == 'granted' %}{{ certificate.valid_until }}{% endif %}x",
        "{% if letter == 'reserve' %}[x]({{ round }}){% endif %}x",
        "{% if comments %}see {{ the_comments }}{% endif %}x",
        "{% if unit %}x{% endif %}",
    ):
        form = {"subject": "S", "heading": "H", "body": body, "version": "0", "do": "save"}
        assert officer.post(f"{BASE}/decision/en", form).status == 422, body


@pytest.mark.parametrize(
    "inject", ["\r\nBcc: all@example.org\r\n\r\n<b>", "\u2028Bcc: all@example.org", "\x01\x0b\x85"]
)
def test_headers_cannot_be_injected_through_the_door(officer: Browser, place: Place, inject: str) -> None:
    officer.get(f"{BASE}/received/en")
    form = {**TEXT, "subject": f"News {{{{ unit }}}}{inject}", "version": "0", "do": "save"}
    assert officer.post(f"{BASE}/received/en", form).status == 200
    with writing(place.engine) as connection:
        connection.execute(t.applications.update().values(unit_name=f"Unit{inject}"))
    letter = received(place)
    assert letter.fault == ""
    head = letter.content.split(b"\r\n\r\n")[0].lower()
    assert not any(line.startswith(b"bcc") for line in head.split(b"\r\n"))
    assert head.count(b"subject:") == 1


def test_letter_of_later_code_falls_back_and_the_officer_is_told(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        wordings.add(
            connection, authority_id=1, round_id=place.round_id, kind="received", language="en", version=1,
            text=Wording("{{ gone }}", "H", "B"), person_id=place.officers[0], now=place.now,
        )  # fmt: skip
        wordings.add(
            connection, authority_id=1, round_id=place.round_id, kind="no_more", language="en", version=1,
            text=OWN, person_id=place.officers[0], now=place.now,
        )  # fmt: skip
    letter = received(place)
    assert letter.subject == "Your application AZ-2600 was handed in"
    assert "gone" in letter.fault
    from laurea import ledger

    with writing(place.engine) as connection:
        ledger.post(connection, [letter], authority_id=1, round_id=place.round_id, now=place.now)
    assert audit(place, "wording_set_aside") == [{"letters": 1}]
    page = officer.get(BASE).text
    assert "cannot be used" in page
    assert "1 letter went out with the usual text" in page
    assert "no_more" in page
    assert "2 letters of your own can no longer be used" in officer.get("/rounds/example-2026").text
    assert "There is no gone in this letter" in officer.get(f"{BASE}/received/en").text
    with pytest.raises(BadInput):
        deeds.restore(
            place.engine, place.round_id, "received", "en", number=1, version=1, person_id=place.officers[0],
            now=place.now,
        )  # fmt: skip
    officer.get(BASE)
    officer.post(f"{BASE}/no_more/en/reset", {"version": "1"})
    officer.post(f"{BASE}/received/en/reset", {"version": "1"})
    assert "can no longer be used" not in officer.get("/rounds/example-2026").text


def test_others_do_not_learn_of_it(browsers, place: Place) -> None:
    keep(place)
    for person in (place.officers[2], place.jurors[0]):
        one = browsers().sign_in(place, person)
        for path in (BASE, f"{BASE}/received/en"):
            assert one.get(path).status == 404
        assert one.post(f"{BASE}/received/en", {**TEXT, "version": "1", "do": "save"}).status == 404
        assert one.post(f"{BASE}/received/en/reset", {"version": "1"}).status == 404
    officer = browsers().sign_in(place, place.officers[0])
    for path in ("sign_in/en", "received/lv", "nothing/en", "received/xx"):
        assert officer.get(f"{BASE}/{path}").status == 404
    with pytest.raises(NotFound):
        keep(place, kind="sign_in")
    with pytest.raises(NotFound):
        keep(place, language="lv")


MARKED = "<b>Ana</b> \u202e" + "שלום " + "x" * 190


def test_names_with_html_direction_and_length_stay_names(place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(t.people.update().values(name=MARKED))
        connection.execute(t.applications.update().values(unit_name=MARKED))
    keep(place, Wording("{{ unit }}", "{{ unit }}", "- {{ unit }}\n\n**{{ unit }}** [{{ unit }}]({{ link }})"))
    letter = received(place)
    plain, html = bodies(letter)
    assert len(letter.subject) <= 200
    assert "<b>Ana" not in html
    assert "&lt;b&gt;Ana&lt;/b&gt;" in html
    assert "\u202e" not in html + plain + letter.subject
    assert "שלום" in plain
