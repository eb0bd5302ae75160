"""The queue of unknown facts, and asking others for them by a link that answers once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from laurea.actions import ask, deliver
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.conftest import SmtpSink
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROOM = "/rounds/example-2026"
QUEUE = f"{ROOM}/unknown"


@pytest.fixture
def waiting(place: Place) -> Place:
    """Of three applications something is unknown."""
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(routed_at=None))
        for number, unknown in ((0, "consent"), (1, "consent"), (2, "founder_two")):
            here = t.applications.c.id == place.applications[number]
            facts = dict(connection.execute(select(t.applications.c.facts).where(here)).scalar_one())
            facts |= {"consent": True, "founder_two": "LV", unknown: None}
            connection.execute(update(t.applications).where(here).values(facts=facts, state="needs_evidence"))
    return place


@pytest.fixture
def officer(browser: Browser, waiting: Place) -> Browser:
    return browser.sign_in(waiting, waiting.officers[0])


def fact_of(place: Place, number: int, name: str) -> tuple[object, str]:
    with reading(place.engine) as connection:
        c = t.applications.c
        row = connection.execute(select(c.facts, c.state).where(c.id == place.applications[number])).one()
    return row.facts.get(name), row.state


def asked(officer: Browser, place: Place, number: int = 0, **more: str) -> str:
    """Ask a principal; the path of the link."""
    path = f"{ROOM}/applications/{place.applications[number]}/ask"
    officer.get(f"{path}?fact=consent")
    form = {"fact": "consent", "capacity": "principal", "name": "Ilze Head", "address": "head@school.example",
            "language": "lv", "words": "Please look."}  # fmt: skip
    officer.post(path, {**form, **more})
    found = re.search(r"/confirm/[\w-]+\?lang=\w\w", officer.text)
    return found.group() if found else ""


def test_unknown_facts_stand_in_a_queue_with_who_would_know(officer: Browser) -> None:
    text = officer.get(ROOM).text
    assert QUEUE in text
    text = officer.get(QUEUE).text
    assert text.index("Every photograph shows only pupils") < text.index("Country of the second founder")
    assert "from the applicant" in text
    assert "from the register “project-register”" in text
    assert "3 applications wait for facts." in text


def test_other_offices_and_other_roles_do_not_find_the_queue(browsers: Callable[[], Browser], waiting: Place) -> None:
    form = {"fact": "consent", "application": str(waiting.applications[0])}
    for person in (waiting.officers[2], waiting.jurors[0]):
        one = browsers().sign_in(waiting, person)
        assert one.get(QUEUE).status == 404
        assert one.post(f"{QUEUE}/ask", form).status == 404
        assert one.get(f"{ROOM}/applications/{waiting.applications[0]}/ask").status == 404


def test_applicants_who_are_ticked_are_asked_by_letter_and_the_queue_says_so(officer: Browser, waiting: Place) -> None:
    officer.get(QUEUE)
    form = {"fact": "consent", "application": [str(one) for one in waiting.applications[:2]]}
    officer.post(f"{QUEUE}/ask", form)
    assert "The letters wait in the outbox." in officer.text
    assert officer.text.count("was asked on") == 2
    with reading(waiting.engine) as connection:
        query = select(t.messages.c.kind, t.messages.c.address).order_by(t.messages.c.id)
        letters = [tuple(row) for row in connection.execute(query) if row.kind == "fact_asked"]
    assert letters == [("fact_asked", "applicant1@example.org"), ("fact_asked", "applicant2@example.org")]


def test_principal_confirms_by_link_once_and_the_fact_has_its_provenance(
    officer: Browser, browsers: Callable[[], Browser], waiting: Place
) -> None:
    link = asked(officer, waiting)
    scanner, head = browsers(), browsers()
    for _ in range(2):
        scanner.get(link)
    assert fact_of(waiting, 0, "consent") == (None, "needs_evidence")  # opening a link changes nothing
    text = head.get(link.split("?")[0] + "?lang=en").text
    assert "Every photograph shows only pupils" in text
    assert "Please look." in text
    path = urlsplit(link).path
    assert "you confirmed it" in head.post(path, {"answer": "confirmed", "says": "I was there."}).text
    assert fact_of(waiting, 0, "consent") == ("true", "submitted")  # it is screened again
    assert head.post(path, {"answer": "refused"}).status == 410
    assert head.get(path).status == 410
    with reading(waiting.engine) as connection:
        query = select(t.evidence.c.source, t.evidence.c.content).order_by(t.evidence.c.id.desc()).limit(1)
        piece = connection.execute(query).one()
        events = connection.execute(select(t.audit.c.event)).scalars().all()
    assert (piece.source, piece.content["facts"]) == ("Ilze Head", {"consent": "true"})
    assert piece.content["said"]["words"] == "I was there."
    assert {"fact_asked_for", "fact_answered"} <= set(events)
    shown = officer.get(f"{ROOM}/applications/{waiting.applications[0]}").text
    assert "Ilze Head (head of the school) confirmed it on" in shown


def test_a_refusal_of_a_known_fact_changes_nothing_and_stands_for_the_office(
    officer: Browser, browsers: Callable[[], Browser], waiting: Place
) -> None:
    link = asked(officer, waiting, fact="founder_one", capacity="partner")
    other = browsers()
    assert "asks you as a partner" in other.get(f"{urlsplit(link).path}?lang=en").text
    other.post(urlsplit(link).path, {"answer": "refused", "says": "It was LV."})
    assert fact_of(waiting, 0, "founder_one") == ("AZ", "needs_evidence")
    shown = officer.get(f"{ROOM}/applications/{waiting.applications[0]}").text
    assert "Ilze Head (partner) did not confirm it" in shown


def test_an_answer_that_does_not_fit_or_comes_from_elsewhere_changes_nothing(
    officer: Browser, browsers: Callable[[], Browser], waiting: Place
) -> None:
    path = urlsplit(asked(officer, waiting)).path
    other = browsers()
    other.get(path)
    assert other.post(path, {"answer": "supplied"}).status == 422
    assert other.post(path, {"answer": "perhaps"}).status == 422
    assert other.post(path, {"answer": "confirmed", "_csrf": "wrong"}).status == 403
    assert other.post(path, {"answer": "confirmed"}, headers={"origin": "https://evil.example"}).status == 403
    assert browsers().get("/confirm/" + "x" * 43).status == 410
    assert fact_of(waiting, 0, "consent") == (None, "needs_evidence")


def test_a_link_expires_and_closes_with_the_proposal(officer: Browser, waiting: Place) -> None:
    token = urlsplit(asked(officer, waiting)).path.split("/")[-1]
    assert ask.opened(waiting.engine, token, waiting.now) is not None
    assert ask.opened(waiting.engine, token, waiting.now + timedelta(days=ask.LINK_DAYS, hours=1)) is None
    with writing(waiting.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=waiting.now))
    assert ask.opened(waiting.engine, token, waiting.now) is None


def test_nobody_is_asked_without_an_address_or_after_the_verdict(officer: Browser, waiting: Place) -> None:
    assert asked(officer, waiting, address="nobody") == ""
    assert officer.status == 422
    assert asked(officer, waiting, fact="no_such_fact") == ""
    assert asked(officer, waiting, number=5) == ""  # with its jurors
    assert officer.status == 409


def test_the_letter_reaches_the_principal_in_their_language(
    officer: Browser, waiting: Place, smtp_sink: SmtpSink
) -> None:
    with writing(waiting.engine) as connection:
        connection.execute(update(t.rounds).values(languages=["en", "lv"]))
    link = asked(officer, waiting)
    settings: Settings = waiting.settings.model_copy(update={"smtp_url": smtp_sink.url})
    deliver.deliver(waiting.engine, settings=settings, now=waiting.now + timedelta(hours=1))
    mine = next(one for one in smtp_sink.messages if one.recipients == ("head@school.example",))
    body = mine.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert link in text
    assert "Apstiprināms fakts" in text
    assert mine.message["subject"] == "National Support Organisation lūdz Jūs apstiprināt faktu"


def test_sources_are_asked_again_at_a_button(officer: Browser, waiting: Place) -> None:
    officer.get(QUEUE)
    officer.post(f"{QUEUE}/again")
    assert "The sources are asked again" in officer.text
    with reading(waiting.engine) as connection:
        c = t.applications.c
        again = connection.execute(select(c.id).where(c.gathered_at.is_(None), c.state == "submitted")).scalars().all()
    assert again == waiting.applications[:3]
