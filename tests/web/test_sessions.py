"""Links and their codes, sessions, and how often one may ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from litestar import Litestar
from sqlalchemy import func, insert, select, update

from laurea import clock
from laurea.actions import sessions, sign_in
from laurea.store import meters
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.store.keeping import token_digest
from laurea.web import door, limits
from tests.web.conftest import Browser
from tests.web.seeding import Place

CODE = re.compile(r"\b(\d{3}) (\d{3})\b")


def asked(browser: Browser, place: Place, who: str = "juror1") -> tuple[str, str]:
    """Ask for a link at the door: its path, and the code beside it in the letter."""
    browser.get("/sign-in")
    link = re.search(r"/enter/[\w-]+", browser.post("/sign-in", {"email": f"{who}@example.org"}).text)
    assert link
    content = place.value(select(t.messages.c.content).order_by(t.messages.c.id.desc()).limit(1))
    text = content if isinstance(content, str) else content.decode()
    code = CODE.search(text)
    assert code
    return link.group(), f"{code[1]}{code[2]}"


def test_link_opens_in_the_browser_alone_that_asked(browsers: Callable[[], Browser], place: Place) -> None:
    mine, other = browsers(), browsers()
    path, _ = asked(mine, place)
    other.get(path)
    assert other.post(path).status == 409  # somebody who was sent a link they did not ask for
    assert "You asked for this link in another browser" in other.text
    mine.get(path)
    assert mine.post(path).address == "/juror/example-2026"
    assert mine.post(path).status == 410


def test_code_is_typed_where_the_link_was_asked_for_and_nowhere_else(
    browsers: Callable[[], Browser], place: Place
) -> None:
    mine, other = browsers(), browsers()
    path, code = asked(mine, place)
    other.get("/sign-in")
    assert other.post("/sign-in/code", {"code": code}).status == 422
    assert mine.post("/sign-in/code", {"code": f"{code[:3]} {code[3:]}"}).address == "/juror/example-2026"
    mine.post("/sign-out")
    mine.get("/sign-in")
    assert mine.post("/sign-in/code", {"code": code}).status == 422  # once
    mine.get(path)
    assert mine.post(path).status == 410  # and the link is used up with it


def test_few_codes_can_be_guessed_and_the_link_still_opens(browser: Browser, place: Place) -> None:
    path, code = asked(browser, place)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(sign_in.WRONG_CODES):
        assert browser.post("/sign-in/code", {"code": wrong}).status == 422
    assert browser.post("/sign-in/code", {"code": code}).status == 422  # guessed at too often
    found = [browser.post("/sign-in/code", {"code": wrong}) and browser.status for _ in range(6)]
    assert found[-1] == 429
    assert 0 < int(browser.headers["retry-after"]) <= 600
    browser.get(path)
    assert browser.post(path).address == "/juror/example-2026"  # nobody is locked out by another's guesses


def test_codes_of_a_person_are_guessed_at_twenty_times_a_day(place: Place) -> None:
    browser = sign_in.Browser("b" * 64)
    for place_in_day in range(5):
        now = place.now + timedelta(hours=place_in_day)
        sign_in.request_link(place.engine, "juror1@example.org", None, now, place.settings, browser=browser.digest)
        for _ in range(sign_in.WRONG_CODES):
            assert sign_in.open_by_code(place.engine, "x", place.settings, now, browser) is None
    tries = place.value(select(func.sum(t.sign_in_links.c.tries)))
    assert tries == 25  # counted, and from the twenty-first on compared with nothing
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in.hmac, "compare_digest", lambda *_: True)
        now = place.now + timedelta(hours=4)
        assert sign_in.open_by_code(place.engine, "x", place.settings, now, sign_in.Browser("b" * 64)) is None


def test_link_dies_with_the_address_it_was_mailed_to(browser: Browser, place: Place) -> None:
    path, code = asked(browser, place)
    with writing(place.engine) as connection:
        connection.execute(update(t.people).where(t.people.c.id == place.jurors[0]).values(email="n@example.org"))
    browser.get(path)
    assert browser.post(path).status == 410
    assert browser.post("/sign-in/code", {"code": code}).status == 422


def test_answer_takes_its_time_for_known_and_unknown_addresses(
    app: Litestar, browser: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of a fixed time is waited for: the sums are equal, whatever was done meanwhile."""
    app.state.settings = place.settings.model_copy(update={"show_links": False})
    waited: list[float] = []
    clocks = iter([0.0, 0.2, 0.0, 0.01])

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(door, "sleep", wait)
    monkeypatch.setattr(door, "monotonic", lambda: next(clocks))
    browser.get("/sign-in")
    pages = []
    for who, spent in (("juror1", 0.2), ("nobody", 0.01)):
        browser.post("/sign-in", {"email": f"{who}@example.org"})
        pages.append((browser.status, browser.text.replace(who, "…").replace(browser.token, "")))
        assert waited.pop() + spent == pytest.approx(door.ANSWER_SECONDS)
    assert pages[0] == pages[1]


def test_two_hundred_jurors_of_one_school_come_in_within_ten_minutes(place: Place) -> None:
    jurors = 200
    since = meters.window(place.now, sign_in.NETWORK_SECONDS)
    with writing(place.engine) as connection:
        key = f"sign_in:{token_digest(sign_in.network_of('192.0.2.7'))[:32]}"
        connection.execute(insert(t.meters).values(key=key, since=since, count=jurors - 1))
    sign_in.count_asker(place.engine, "192.0.2.7", place.now, place.settings)
    assert place.value(select(t.meters.c.count)) == jurors


def test_signing_in_again_ends_the_session_the_browser_had(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    first = browser.client.cookies["laurea"]
    path = urlsplit(place.link(place.jurors[0])).path
    browser.get(path)
    browser.post(path)
    assert browser.client.cookies["laurea"] != first
    assert sign_in.session_of(place.engine, first, place.now) is None
    assert place.value(select(func.count()).select_from(t.sessions)) == 1


@pytest.mark.parametrize(("who", "minutes"), [("officers", 30), ("jurors", 120)])
def test_session_ends_unused_and_after_twelve_hours(
    browser: Browser, place: Place, monkeypatch: pytest.MonkeyPatch, who: str, minutes: int
) -> None:
    browser.sign_in(place, getattr(place, who)[0])
    home = browser.address
    start = clock.now()

    def at(after: timedelta) -> str:
        monkeypatch.setattr(clock, "now", lambda: start + after)
        return browser.get("/account").address

    with writing(place.engine) as connection:  # used all day
        connection.execute(update(t.sessions).values(seen_at=start + timedelta(hours=11, minutes=55)))
    assert at(timedelta(hours=11, minutes=58)) == "/account"
    assert at(timedelta(hours=12, minutes=1)) == "/sign-in"
    monkeypatch.undo()
    browser.sign_in(place, getattr(place, who)[0])
    assert browser.address == home
    start = clock.now()
    assert at(timedelta(minutes=minutes - 1)) == "/account"
    assert at(timedelta(minutes=2 * minutes)) == "/sign-in"  # unused, it does not


def test_use_is_written_down_every_five_minutes_at_most(
    browser: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in(place, place.jurors[0])
    seen = place.value(select(t.sessions.c.seen_at))
    browser.get("/account")
    assert place.value(select(t.sessions.c.seen_at)) == seen
    later = clock.now() + sessions.SEEN_EVERY
    monkeypatch.setattr(clock, "now", lambda: later)
    browser.get("/account")
    assert place.value(select(t.sessions.c.seen_at)) == later


def test_one_sees_where_one_is_signed_in_and_signs_out_elsewhere(browsers: Callable[[], Browser], place: Place) -> None:
    here, there, third, stranger = browsers(), browsers(), browsers(), browsers()
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8", "curl/8", "curl/8")
    people = (place.jurors[0],) * 3 + (place.jurors[1],)
    for one, agent, person in zip((here, there, third, stranger), agents, people, strict=True):
        one.client.headers["user-agent"] = agent
        one.sign_in(place, person)
    page = here.get("/account").text
    assert "Firefox, Linux" in page
    assert page.count("Unknown browser") == 2
    keys = re.findall(r'name="session" value="(\w+)"', page)
    assert len(keys) == 2
    here.post("/account/sessions", {"session": "0" * 16})
    strange = place.value(select(t.sessions.c.token_digest).where(t.sessions.c.person_id == place.jurors[1]))
    here.post("/account/sessions", {"session": strange[:16]})  # somebody else's stays
    assert stranger.get("/juror").address == "/juror/example-2026"
    assert place.value(select(func.count()).select_from(t.sessions)) == 4
    here.post("/account/sessions", {"session": keys[0]})
    assert place.value(select(func.count()).select_from(t.sessions)) == 3
    here.post("/account/sessions")
    assert {there.get("/juror").address, third.get("/juror").address} == {"/sign-in"}
    assert here.get("/juror").address == "/juror/example-2026"
    ended = select(func.count()).where(t.audit.c.event == "sessions_ended")
    assert place.value(ended) == 2


def test_an_ended_officer_is_out_at_once_and_may_come_back(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    sessions.end_officer(place.engine, "AZ", "officer1@example.org", place.now)
    assert browser.get("/rounds").address == "/sign-in"
    assert sign_in.request_link(place.engine, "officer1@example.org", None, place.now, place.settings) == []
    assert place.value(select(func.count()).where(t.audit.c.event == "account_ended")) == 1


def test_searches_and_files_have_a_measure(app: Litestar, place: Place) -> None:
    search, file = "/rounds/example-2026/applications?q=x", "/rounds/example-2026/exports/applications.csv"
    now = clock.now().replace(second=0, minute=0)
    for at, times in ((search, 60), (file, 60)):
        limit = next(one for path, one in limits.PLACES.items() if matches(path, at))
        for _ in range(times):
            assert app.state.limits.count(limit, str(place.officers[0]), limit.person, now) == 0
        assert app.state.limits.count(limit, str(place.officers[0]), limit.person, now) == limit.seconds
        assert app.state.limits.count(limit, str(place.officers[1]), limit.person, now) == 0
        assert app.state.limits.count(limit, str(place.officers[0]), limit.person, now + timedelta(hours=1)) == 0


def matches(path: str, at: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+:\w+\}", "[^/]+", path), at.partition("?")[0]) is not None


def test_too_many_searches_are_told_when_to_come_back(
    app: Litestar, browser: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now().replace(second=10)
    monkeypatch.setattr(clock, "now", lambda: now)
    browser.sign_in(place, place.officers[0])
    for _ in range(59):
        assert app.state.limits.count(limits.SEARCH, str(place.officers[0]), 60, now) == 0
    assert browser.get("/rounds/example-2026/refused?q=x").status == 200
    answer = browser.get("/rounds/example-2026/refused?q=x&lang=lv")
    assert (answer.status, answer.headers["retry-after"]) == (429, "50")
    assert "Pārāk daudz pieprasījumu." in answer.text
    assert "Mēģiniet vēlreiz pēc 1 minūtes." in answer.text
    assert browser.get("/rounds/example-2026/refused").status == 200  # the page itself is no search
