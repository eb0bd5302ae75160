"""What the jury says: chosen and edited by an officer, in the letter and on the applicant's page, naming nobody."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select, update

from laurea.actions import moderate as deeds
from laurea.actions import release
from laurea.errors import BadInput, NotNow
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026/feedback"
WORDS = "The pupils measured well.\nWe missed a word on the results."


@pytest.fixture
def decided(place: Place) -> Place:
    """Proposed decisions, every sheet with a comment, one of which names its juror."""
    seeding.fill(place, 1.0, settle=True)
    with writing(place.engine) as connection:
        connection.execute(update(t.sheets).values(comment=WORDS))
    return place


@pytest.fixture
def officer(browser: Browser, decided: Place) -> Browser:
    return browser.sign_in(decided, decided.officers[0])


def sheets(place: Place, application: int) -> list[int]:
    s, a = t.sheets.c, t.assignments.c
    query = select(s.id).join(t.assignments, a.id == s.assignment_id).where(a.application_id == application)
    with reading(place.engine) as connection:
        return list(connection.execute(query.order_by(s.id)).scalars())


def jury(place: Place) -> list[tuple[str, str, str]]:
    query = select(t.people.c.name, t.people.c.email, t.jurors.c.ref).join(
        t.jurors, t.jurors.c.person_id == t.people.c.id
    )
    with reading(place.engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def choose(place: Place, application: int, choices: dict[str, deeds.Choice], seen: int = 0) -> int:
    return deeds.moderate(
        place.engine, place.round_id, application, choices, seen=seen, person_id=place.officers[0], now=place.now
    )


def let_go(place: Place) -> None:
    digest = place.value(select(t.rounds.c.digest))
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]), expected_digest=digest,
        settings=place.settings, now=place.now,
    )  # fmt: skip


def decision_letters(place: Place) -> dict[int, str]:
    """Every part of every decision letter as its reader has it, by the person's id."""
    with reading(place.engine) as connection:
        rows = connection.execute(select(t.messages.c.person_id, t.messages.c.content)).all()
    found = {}
    for person, content in rows:
        message = message_from_bytes(content, policy=policy.default)
        parts = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
        found[person] = "\n".join([*map(str, message.values()), *parts])
    return found


def test_officer_chooses_edits_and_the_original_is_kept(officer: Browser, decided: Place) -> None:
    first = decided.applications[0]
    one, two = sheets(decided, first)
    page = officer.get(BASE).text
    assert "12 applications have comments" in page
    page = officer.get(f"{BASE}/{first}").text
    assert all(juror[0] not in page and juror[1] not in page for juror in jury(decided))
    form = {f"words.sheet:{one}": "They measured well.", f"sent.sheet:{one}": "1", f"words.sheet:{two}": WORDS,
            "words.office": "", "version": "0"}  # fmt: skip
    officer.post(f"{BASE}/{first}", form)
    assert officer.status == 200
    with reading(decided.engine) as connection:
        rows = connection.execute(select(t.feedback).order_by(t.feedback.c.id)).all()
    assert [(row.source, row.original, row.words, row.sent) for row in rows] == [
        (f"sheet:{one}", WORDS, "They measured well.", True),
        (f"sheet:{two}", WORDS, WORDS, False),
    ]
    assert decided.value(select(t.sheets.c.comment).where(t.sheets.c.id == one)) == WORDS
    assert decided.value(select(t.audit.c.details).where(t.audit.c.event == "feedback_moderated")) == {"sent": 1}
    assert officer.get(f"{BASE}/{first}").text.count("not looked at yet") == 0
    assert officer.post(f"{BASE}/{first}", form).status == 409  # version 0 is not what stands
    form["version"] = "2"
    form["words.sheet:999999"] = "x"
    assert officer.post(f"{BASE}/{first}", form).status == 404


def test_letter_and_page_carry_what_was_chosen_and_nothing_else(browsers, decided: Place) -> None:
    first, second = decided.applications[:2]
    one, two = sheets(decided, first)
    choose(decided, first, {
        f"sheet:{one}": deeds.Choice("They measured well.\n\nGo on!", sent=True),
        f"sheet:{two}": deeds.Choice("Not to be sent", sent=False),
        "office": deeds.Choice("All in all: a fine project.", sent=True),
    })  # fmt: skip
    let_go(decided)
    letters = decision_letters(decided)
    query = select(t.applications.c.applicant_id).where(t.applications.c.id == first)
    mine = letters.pop(decided.value(query))
    for words in ("They measured well.", "Go on!", "All in all: a fine project."):
        assert mine.count(words) == 2  # text and HTML
        assert not any(words in other for other in letters.values())
    assert not any("Not to be sent" in one for one in [mine, *letters.values()])
    assert not any(WORDS.splitlines()[0] in one for one in [mine, *letters.values()])
    with writing(decided.engine) as connection:
        for number in (first, second):
            connection.execute(update(t.applications).where(t.applications.c.id == number).values(key=f"key{number}"))
    applicant = browsers().sign_in(decided, decided.value(query))
    page = applicant.get(f"/my/key{first}").text
    assert "What the jury says" in page
    assert "They measured well." in page
    assert "Not to be sent" not in page
    theirs = decided.value(select(t.applications.c.applicant_id).where(t.applications.c.id == second))
    other = browsers().sign_in(decided, theirs)
    assert "What the jury says" not in other.get(f"/my/key{second}").text


def test_no_letter_of_a_released_round_names_anybody_of_the_jury(decided: Place) -> None:
    for application in decided.applications:
        choices = {f"sheet:{one}": deeds.Choice(WORDS, sent=True) for one in sheets(decided, application)}
        choose(decided, application, choices)
    let_go(decided)
    letters = decision_letters(decided)
    assert len(letters) >= 12
    assert sum("measured well" in one for one in letters.values()) == 12
    with reading(decided.engine) as connection:
        readers = dict(connection.execute(select(t.people.c.id, t.people.c.name)).tuples().all())
    for person, text in letters.items():
        for name, email, ref in jury(decided):
            if readers[person] != name:  # the seeding has applicants of the same names
                assert name not in text
            assert email not in text
            assert ref not in text


def test_an_officer_chooses_for_applications_of_the_own_round_alone(browsers, decided: Place) -> None:
    first = decided.applications[0]
    (one, _) = sheets(decided, first)
    choose(decided, first, {f"sheet:{one}": deeds.Choice("They measured well.", sent=True)})
    with writing(decided.engine) as connection:
        same = dict(connection.execute(select(t.rounds).where(t.rounds.c.id == decided.round_id)).one()._mapping)
        home = select(t.people.c.authority_id).where(t.people.c.id == decided.officers[2])
        other = {"id": None, "code": "other-2026", "authority_id": connection.execute(home).scalar_one()}
        connection.execute(t.rounds.insert().values({**same, **other}))
    stranger = browsers().sign_in(decided, decided.officers[2])
    there = "/rounds/other-2026/feedback"
    assert stranger.get(there).status == 200
    for source in (f"sheet:{one}", "office"):
        form = {f"words.{source}": "Written by another office", f"sent.{source}": "1", "version": "1"}
        assert stranger.post(f"{there}/{first}", form).status == 404
    assert decided.value(select(t.feedback.c.words)) == "They measured well."


@pytest.mark.parametrize("way", ["name", "turned", "email", "ref", "first", "ending", "accents"])
def test_words_that_name_a_juror_are_refused(decided: Place, way: str) -> None:
    first = decided.applications[0]
    one = sheets(decided, first)[0]
    name, email, ref = jury(decided)[0]  # marked the first application
    given, family = name.split()
    words = {
        "name": name, "turned": f"{family} {given}", "email": email.upper(), "ref": f"says {ref}.", "first": given,
        "ending": f"{family}nın fikri", "accents": "Aygun Memmedova".replace("Memmedova", family.upper()),
    }[way]  # fmt: skip
    with pytest.raises(BadInput, match="name somebody of the jury"):
        choose(decided, first, {f"sheet:{one}": deeds.Choice(f"Good. {words} – well done", sent=True)})
    assert decided.value(select(func.count()).select_from(t.feedback)) == 0
    choose(decided, first, {f"sheet:{one}": deeds.Choice(f"Good. {words}", sent=False)})  # kept aside, it may stand


def test_only_while_decisions_are_proposed(browsers, place: Place) -> None:
    officer = browsers().sign_in(place, place.officers[0])
    first = place.applications[0]
    assert officer.get(BASE).status == 404  # jurors are at work
    assert officer.get(f"{BASE}/{first}").status == 404
    with pytest.raises(NotNow):
        choose(place, first, {})
    seeding.fill(place, 1.0, settle=True)
    assert officer.get(BASE).status == 200
    let_go(place)
    assert officer.get(f"{BASE}/{first}").status == 200  # still to be seen
    assert officer.post(f"{BASE}/{first}", {"version": "0"}).status == 404
    for person in (place.officers[2], place.jurors[0]):
        assert browsers().sign_in(place, person).get(BASE).status == 404
