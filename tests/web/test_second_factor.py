"""The second factor of officers: setting it up, giving it, losing it, and an office that needs it of everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from litestar import Litestar
from pydantic import SecretStr
from sqlalchemy import func, select, update

from laurea import clock
from laurea.actions import second_factor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place

PAGE = "/account/second-factor"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "_SLOW", {"n": 2, "r": 8, "p": 1})


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], datetime]:
    """Set the clock so many seconds after the test began; the moment."""
    start = clock.now().replace(second=0, microsecond=0)

    def move(seconds: float) -> datetime:
        now = start + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: now)
        return now

    move(0)
    return move


def secret_on(page: str) -> str:
    found = re.search(r'class="spelt">([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


def enrolled(browser: Browser, place: Place, now: datetime, who: int = 0) -> tuple[pyotp.TOTP, list[str]]:
    """Sign in as an officer and set up a second factor: the authenticator, and the recovery codes."""
    browser.sign_in(place, place.officers[who])
    totp = pyotp.TOTP(secret_on(browser.get(PAGE).text))
    page = browser.post(PAGE, {"code": totp.at(now)}).text
    codes = re.findall(r"<li><code>([\w-]+)</code></li>", page)
    assert len(codes) == second_factor.CODES
    return totp, codes


def events(place: Place, name: str) -> int:
    return int(place.value(select(func.count()).where(t.audit.c.event == name)))


def test_officer_sets_it_up_and_gives_it_from_then_on(
    browsers: Callable[[], Browser], place: Place, at: Callable[[float], datetime]
) -> None:
    browser, other, before = browsers(), browsers(), browsers()
    before.sign_in(place, place.officers[0])
    browser.sign_in(place, place.officers[0])
    page = browser.get(PAGE).text
    assert 'src="data:image/svg+xml' in page
    assert secret_on(page) == secret_on(browser.get(PAGE).text)
    first = browser.client.cookies["laurea"]
    assert browser.post(PAGE, {"code": "000000"}).status == 422
    assert events(place, "second_factor_set") == 0
    totp = pyotp.TOTP(secret_on(browser.text))
    browser.post(PAGE, {"code": totp.at(at(0))})
    assert browser.client.cookies["laurea"] != first
    assert events(place, "second_factor_set") == 1
    assert browser.get("/rounds").address == "/rounds"
    assert before.get("/rounds").address == "/sign-in"  # other sessions ended
    assert other.sign_in(place, place.officers[0], "/rounds/example-2026").address == "/account/code"
    half = other.client.cookies["laurea"]
    for path in ("/rounds", "/account", "/rounds/example-2026/exports/applications.csv", PAGE):
        assert other.get(path).address == "/account/code"
    assert other.get("/juror").address == "/account/code"
    assert "Leyla" not in other.get("/").text  # half signed in is nobody elsewhere
    other.get("/account/code?to=/rounds/example-2026")
    assert other.post("/account/code", {"code": totp.at(at(60)), "to": "/rounds/example-2026"}).address == (
        "/rounds/example-2026"
    )
    assert other.client.cookies["laurea"] != half
    assert other.get("/account/code").address == "/rounds"


def test_half_signed_in_can_post_nothing_but_the_code(
    browser: Browser, place: Place, at: Callable[[float], datetime]
) -> None:
    enrolled(browser, place, at(0))
    browser.post("/sign-out")
    browser.sign_in(place, place.officers[0])
    for path in ("/rounds/example-2026/advance", "/account/sessions", "/account/office", PAGE, "/account/unlink"):
        assert browser.post(path).status == 403
    assert browser.get("/account/code").post("/sign-out").address == "/"


def test_code_opens_once_and_no_older_one_after_it(
    browser: Browser, place: Place, at: Callable[[float], datetime]
) -> None:
    totp, _ = enrolled(browser, place, at(0))
    settings, person = place.settings, place.officers[0]

    def give(typed: str, seconds: float) -> bool:
        return (
            second_factor.pass_on(place.engine, person, typed, settings, at(seconds), second_factor.Browser())
            is not None
        )

    start = at(0)
    assert not give(totp.at(start), 1)  # it set the factor up: used
    late = totp.at(start + timedelta(seconds=300))
    assert give(f" {late[:3]} {late[3:]} ", 330)  # the step before is taken too
    assert not give(late, 331)
    assert not give(totp.at(start + timedelta(seconds=240)), 332)
    assert give(totp.at(start + timedelta(seconds=630)), 635)
    assert not give(totp.at(start + timedelta(seconds=660)), 636)  # of the future


def test_recovery_code_opens_once(
    browsers: Callable[[], Browser], place: Place, at: Callable[[float], datetime]
) -> None:
    browser, other = browsers(), browsers()
    _, codes = enrolled(browser, place, at(0))
    for number, (typed, status) in enumerate([(codes[0].upper(), 200), (codes[0], 422), ("aaaa-bbbb-cccc", 422)]):
        at(100 * number)  # a link of the beginning opens for ten minutes
        other.sign_in(place, place.officers[0])
        assert other.post("/account/code", {"code": typed}).status == status
        other.post("/sign-out")
    assert events(place, "recovery_code_used") == 1
    assert "9 recovery codes are left." in browser.get("/account").text


def test_guesses_are_few_by_minutes_and_by_day(browser: Browser, place: Place, at: Callable[[float], datetime]) -> None:
    enrolled(browser, place, at(0))
    start = at(86400 - at(0).timestamp() % 86400)  # a day begins
    browser.post("/sign-out")
    told = []
    for step in range(8):
        for _ in range(6):
            try:
                second_factor.pass_on(
                    place.engine, place.officers[0], "000000", place.settings, start + timedelta(seconds=300 * step),
                    second_factor.Browser(),
                )  # fmt: skip
                told.append(0)
            except second_factor.TooOften as error:
                told.append(error.seconds)
    assert told[:6] == [0, 0, 0, 0, 0, 300]
    assert told.count(0) == 30
    assert max(told) > 80000  # tomorrow


def test_changes_ask_for_a_fresh_code(
    browsers: Callable[[], Browser], place: Place, at: Callable[[float], datetime]
) -> None:
    browser, other = browsers(), browsers()
    totp, codes = enrolled(browser, place, at(0))
    for path in ("/account/recovery-codes", "/account/second-factor/remove"):
        assert browser.get("/account").post(path, {"code": totp.at(at(0))}).status == 422  # used already
    fresh = browser.post("/account/recovery-codes", {"code": totp.at(at(60))}).text
    assert codes[0] not in fresh
    assert events(place, "recovery_codes_made") == 1
    other.sign_in(place, place.officers[0])
    assert other.post("/account/code", {"code": codes[0]}).status == 422
    at(400)
    assert other.post("/account/code", {"code": totp.at(at(400))}).address == "/rounds"
    browser.get("/account")
    assert browser.post("/account/second-factor/remove", {"code": totp.at(at(800))}).address == "/account"
    assert events(place, "second_factor_removed") == 1
    assert other.get("/rounds").address == "/sign-in"  # everybody else is out
    assert browser.get("/rounds").address == "/rounds"
    assert secret_on(browser.get(PAGE).text) != totp.secret


def test_office_demands_it_of_every_officer_at_once(
    browsers: Callable[[], Browser], place: Place, at: Callable[[float], datetime]
) -> None:
    chief, other, foreign, juror = browsers(), browsers(), browsers(), browsers()
    other.sign_in(place, place.officers[1])
    foreign.sign_in(place, place.officers[2])
    juror.sign_in(place, place.jurors[0])
    assert other.get("/account").post("/account/office", {"demanded": "yes"}).status == 409  # has none themselves
    enrolled(chief, place, at(0))
    chief.get("/account").post("/account/office", {"demanded": "yes"})
    assert events(place, "second_factor_demanded") == 1
    assert other.get("/rounds/example-2026").address == PAGE
    assert "Your office needs a second factor" in other.text
    assert other.get("/account").address == PAGE
    assert foreign.get("/rounds").address == "/rounds"  # another office's officers are not meant
    assert juror.get("/juror").address == "/juror/example-2026"
    totp = pyotp.TOTP(secret_on(other.get(PAGE).text))
    assert other.post(PAGE, {"code": totp.at(at(0))}).status == 200
    assert other.get("/rounds").address == "/rounds"
    chief.get("/account").post("/account/office", {"demanded": "no"})
    assert place.value(select(t.authorities.c.second_factor).where(t.authorities.c.code == "AZ")) is False


def test_one_human_being_has_one_factor_in_every_office(
    browsers: Callable[[], Browser], place: Place, at: Callable[[float], datetime]
) -> None:
    with writing(place.engine) as connection:
        mine = update(t.people).where(t.people.c.id == place.officers[2])
        connection.execute(mine.values(email="officer1@example.org"))
    browser, other = browsers(), browsers()
    totp, _ = enrolled(browser, place, at(0))
    browser.get("/offices").post("/offices", {"person": str(place.officers[2])})
    assert browser.get("/rounds").address == "/rounds"  # it was given already
    other.sign_in(place, place.officers[2])
    assert other.get("/rounds").address == "/account/code"
    other.post("/offices", {"person": str(place.officers[0])})
    assert other.get("/rounds").address == "/account/code"  # no way round it through another office
    other.post("/account/code", {"code": totp.at(at(60))})
    assert other.get("/rounds").address == "/rounds"


def test_operator_resets_what_was_lost(browser: Browser, place: Place, at: Callable[[float], datetime]) -> None:
    enrolled(browser, place, at(0))
    assert second_factor.reset(place.engine, "AZ", "officer1@example.org", at(0))
    assert browser.get("/rounds").address == "/sign-in"
    assert browser.sign_in(place, place.officers[0]).address == "/rounds"
    assert not second_factor.reset(place.engine, "AZ", "officer1@example.org", at(0))
    assert events(place, "second_factor_removed") == 1


def test_records_hold_neither_secret_nor_codes(
    app: Litestar, browser: Browser, place: Place, at: Callable[[float], datetime]
) -> None:
    totp, codes = enrolled(browser, place, at(0))
    kept = place.settings.workspace / "laurea.db"
    with place.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    held = kept.read_bytes()
    for one in (totp.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert one.encode() not in held
    other = place.settings.model_copy(update={"secret": SecretStr("another key of this installation")})
    now = at(400)
    assert (
        second_factor.pass_on(place.engine, place.officers[0], totp.at(now), other, now, second_factor.Browser())
        is None
    )


def test_only_officers_have_one(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.jurors[0])
    assert browser.get(PAGE).status == 404
    assert "Second factor" not in browser.get("/account").text
    assert browser.post("/account/office", {"demanded": "yes"}).status == 404
