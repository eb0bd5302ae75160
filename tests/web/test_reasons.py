"""Why something cannot be given out, in the reader's language: every kind of reason, and every page that shows one."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from evaluators.conflicts import KINDS
from evaluators.reasons import SENTENCES, Clause, Why, said
from laurea.actions import route
from laurea.store import audit, drafts
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.pages_gaps import Recorded
from laurea.web import shortage
from laurea.web.reader import Reader
from notifications.catalogues import STAFF, translator
from notifications.filled import Untranslated
from notifications.plurals import PLURALS
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_assigning import BASE, PLAN, added, ask, mark

OTHERS = STAFF[1:]
GEORGIAN = {"en": "Georgian", "az": "gürcü", "ka": "ქართული", "lv": "gruzīnu"}
NUMBERS = (1, 2, 10, 21, 1234)
OLD = "No juror reads ka. Add a juror who does."


def reader(language: str) -> Any:
    one = SimpleNamespace(language=language, words=translator(language))
    one.number = lambda value: Reader.number(one, value)
    one.tongue = lambda code: Reader.tongue(one, code)
    return one


def clause(key: Why, n: int) -> Clause:
    parts = (Clause(Why.UNREAD, n=n, language="ka"), Clause(Why.FULL, n=n))
    return Clause(
        key, n=n, limit=3, language="ka", kind="nepotism", application="A7", juror="J8", institution="Lyceum 9",
        names=("J1", "J2"), more=n, parts=parts,
    )  # fmt: skip


@pytest.mark.parametrize("language", STAFF)
@pytest.mark.parametrize("key", Why)
def test_every_reason_is_said_of_one_and_of_several(key: Why, language: str) -> None:
    forms = (key.value,) if isinstance(key.value, str) else key.value
    names = [name for name in ("application", "juror", "institution") if f"{{{name}}}" in forms[0]]
    for n in NUMBERS:
        text = shortage.why((clause(key, n),), reader(language))
        assert "{" not in text
        assert not isinstance(text, Untranslated)
        assert all({"application": "A7", "juror": "J8", "institution": "Lyceum 9"}[name] in text for name in names)
        assert ("{language}" in forms[0] or "{parts}" in forms[0]) == (GEORGIAN[language] in text)
        assert ("J1, J2" in text) == ("{names}" in forms[0])
        if "{n}" in forms[0]:
            assert reader(language).number(n) in text
        english = said((clause(key, n),))
        assert (text == english) == (language == "en") or n > 999


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_all_forms_of_the_language(language: str) -> None:
    known = translator(language).known
    for one in SENTENCES:
        forms = known[one if isinstance(one, str) else one[0]]
        assert len(forms) == (1 if isinstance(one, str) else len(PLURALS[language].classes))


@pytest.mark.parametrize("language", STAFF)
def test_kinds_of_conflict_are_said_too(language: str) -> None:
    known = [shortage.why((Clause(Why.KIND, kind=kind),), reader(language)) for kind in KINDS]
    assert len(set(known)) == len(KINDS)
    assert (known == [*KINDS.values()]) == (language == "en")
    pinned = shortage.why((Clause(Why.PIN_CONFLICT, kind="handed_back"),), reader(language))
    assert ("given back" in pinned) == (language == "en")
    assert "handed_back" not in pinned
    assert "nepotism" in shortage.why((Clause(Why.PIN_CONFLICT, kind="nepotism"),), reader(language))


@pytest.mark.parametrize("language", STAFF)
def test_an_older_record_is_shown_as_it_is_and_marked_as_english(language: str) -> None:
    one = reader(language)
    for text in (
        shortage.recorded(Recorded(1, OLD), one),
        shortage.left_open({"application": "A7", "missing": 1, "reason": OLD}, one),
        shortage.left_open({"application": "A7", "missing": 1, "reason": OLD, "why": [{"key": "of_tomorrow"}]}, one),
        shortage.unkept(OLD, {}, one),
    ):
        assert text == OLD
        assert isinstance(text, Untranslated) == (language != "en")
    assert shortage.recorded(None, one) == ""
    assert not isinstance(shortage.recorded(Recorded(1, ""), one), Untranslated)


def english(text: str) -> list[str]:
    """What a page marks as English."""
    body = text[text.index("<main") :]
    return re.findall(r'<\w+[^>]*(?:lang="en"|class="english")[^>]*>([^<]*)<', body)


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    """Of a round that lacks jurors in every way, with a plan that says so."""
    ask(place, "  languages: true\n  experienced: 1\n")
    with writing(place.engine) as connection:
        refs = connection.execute(select(t.applications.c.ref).order_by(t.applications.c.id)).scalars().all()
        first = select(t.applications.c.id).order_by(t.applications.c.id).limit(5)
        connection.execute(delete(t.assignments).where(t.assignments.c.application_id.in_(first)))
        some = select(t.applications.c.id).order_by(t.applications.c.id).limit(3)
        connection.execute(update(t.applications).where(t.applications.c.id.in_(some)).values(language="ka"))
        loads = select(func.count()).where(t.assignments.c.juror_id == t.jurors.c.id).scalar_subquery()
        connection.execute(update(t.jurors).values(languages=["en"], max_load=loads, experienced=False))
        connection.execute(
            update(t.jurors).where(t.jurors.c.id == 1).values(languages=["ka"], max_load=t.jurors.c.max_load + 1)
        )
        connection.execute(update(t.jurors).where(t.jurors.c.id == 2).values(experienced=True))
        connection.execute(update(t.jurors).where(t.jurors.c.id > 2).values(max_load=t.jurors.c.max_load + 2))
        juror = connection.execute(select(t.jurors.c.ref).where(t.jurors.c.id == 3)).scalar_one()
    browser.sign_in(place, place.officers[0]).get(f"{BASE}/assignment?lang=en")
    browser.post(f"{BASE}/assignment/pins", {"application": refs[0], "juror": juror, "wish": "must"})
    browser.post(PLAN, {"kind": "fill"})
    return browser


def test_pages_of_a_plan_say_every_reason_in_the_language_of_the_page(officer: Browser, place: Place) -> None:
    with reading(place.engine) as connection:
        draft = drafts.draft_of(connection, place.round_id)
        assert draft is not None
        gap, seat, pin = (draft.told[one][-1] for one in ("gaps", "seats", "unkept"))
        application = connection.execute(
            select(t.applications.c.id).where(t.applications.c.ref == gap["application"])
        ).scalar_one()
    route.route(place.engine, place.round_id, settings=place.settings, now=place.now)
    shown = {}
    addresses = (
        PLAN, f"{BASE}/assignment", f"{BASE}/applications?reviews=missing", f"{BASE}/applications/{application}",
        f"{BASE}/jurors/1/leave",
    )  # fmt: skip
    for address in addresses:
        for language in STAFF:
            text = officer.get(f"{address}{'&' if '?' in address else '?'}lang={language}").text
            assert officer.status == 200
            shown[address, language] = html.unescape(text)
            assert english(text) == [], (address, language)
    for one, addresses in (
        (gap, (PLAN, f"{BASE}/assignment", f"{BASE}/applications/{application}")),
        (seat, (PLAN, f"{BASE}/assignment")),
        (pin, (PLAN,)),
    ):
        told = {language: shortage.left_open(one, reader(language)) for language in STAFF}
        assert len(set(told.values())) == len(STAFF)
        assert told["en"] == one["reason"]
        for language in STAFF:
            assert all(told[language] in shown[address, language] for address in addresses)


def test_a_plan_that_may_not_stand_is_refused_in_the_language_of_the_page(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.jurors).values(max_load=20))
        connection.execute(delete(t.pins))
    officer.post(PLAN, {"kind": "fill"})
    number, application, juror = added(officer.text)[0]
    officer.post(f"{BASE}/assignment/pins", {"application": application, "juror": juror, "wish": "must"})
    officer.post(PLAN, {"kind": "fill"})
    number = next(one for one, *pair in added(officer.text) if pair == [application, juror])
    officer.post(f"{PLAN}/rows", {"mark": mark(officer.text), "row": number, "do": "out"})
    for language in STAFF:
        officer.get(f"{PLAN}?lang={language}")
        answer = officer.post(f"{PLAN}/save", {"mark": mark(officer.text)})
        assert answer.status == 422
        breach = (Clause(Why.MUST, application=application, juror=juror),)
        assert html.escape(shortage.why(breach, reader(language))) in answer.text
        assert english(answer.text) == []


def test_what_an_older_routing_wrote_down_is_marked_on_the_page(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        ref = connection.execute(select(t.applications.c.ref).order_by(t.applications.c.id).limit(1)).scalar_one()
        gaps = [{"application": ref, "missing": 2, "reason": OLD}]
        audit.add_line(
            connection, authority_id=1, round_id=place.round_id, at=place.now, actor="clock",
            event="jurors_assigned", subject="round:1", details={"pairs": 0, "gaps": gaps},
        )  # fmt: skip
    assert english(officer.get(f"{BASE}/assignment?lang=lv").text) == [OLD]
    assert english(officer.get(f"{BASE}/assignment?lang=en").text) == []
    assert OLD in officer.text
