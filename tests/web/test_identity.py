"""Signing in through a real provider in a process of its own. What forgers would send: tests/sources/test_openid.py."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, select, update

from laurea.cli.ailments_of_identity import identity
from laurea.cli.mending import mended
from laurea.errors import BadInput, SetupMissing
from laurea.settings import Settings
from laurea.sources import openid
from laurea.sources.openid import Proven
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.providing import CLIENT, PASSWORD, SECRET, provided
from tests.web.seeding import Place

PEOPLE = {
    "leyla": {"email": "Officer1@example.org", "verified": True},
    "murad": {"email": "officer2@example.org", "verified": False},
    "stranger": {"email": "stranger@example.org", "verified": True},
    "aygun": {"email": "juror1@example.org", "verified": True},
}
CALLBACK = "http://127.0.0.1:8780/sign-in/back"
ISSUER = "https://identity.example"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with provided(tmp_path_factory.mktemp("provider"), PEOPLE, CALLBACK) as found:
        yield found


@pytest.fixture
def office(app: Litestar, place: Place, issuer: str) -> Litestar:
    """The portal with the provider set."""
    more = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    app.state.settings = place.settings.model_copy(update={**more, "oidc_name": "The ministry"})
    return app


def leave(browser: Browser, to: str = "") -> str:
    """Press the button on the sign-in page: the address at the provider."""
    browser.get("/sign-in")
    data = {"_csrf": browser.token, "to": to}
    answer = browser.client.post("/sign-in/provider", data=data, follow_redirects=False)
    assert answer.status_code == 200  # a redirect would be held to `form-action`: tests/browser/test_provider.py
    seconds, _, address = answer.headers["refresh"].partition("; url=")
    assert seconds == "0"
    assert f'href="{html.escape(address)}"' in answer.text
    return str(address)


def at_provider(address: str, who: str) -> str:
    """Sign in there as somebody: path and query the provider sends the browser back with."""
    with httpx.Client() as client:
        answer = client.get(address)
        login = str(client.base_url.join(address).join(answer.headers["location"]))
        answer = client.post(login, data={"username": who, "password": PASSWORD})
        answer = client.get(httpx.URL(login).join(answer.headers["location"]))
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    return f"{back.path}?{back.query}"


def linked(place: Place) -> int:
    return int(place.value(select(func.count()).select_from(t.identities)))


def test_officer_signs_in_and_is_linked_once(office: Litestar, browsers: Callable[[], Browser], place: Place) -> None:
    browser = browsers()
    assert "Sign in with The ministry" in browser.get("/sign-in").text
    asked = leave(browser, "/rounds/example-2026")
    query = parse_qs(urlsplit(asked).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert {len(query[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}
    assert browser.get(at_provider(asked, "leyla")).address == "/rounds/example-2026"
    row = place.value(select(t.identities.c.person_id))
    assert row == place.officers[0]
    with writing(place.engine) as connection:  # from now on it is the subject that counts, whatever the address
        connection.execute(update(t.people).where(t.people.c.id == row).values(email="new@example.org"))
    again = browsers()
    assert again.get(at_provider(leave(again), "leyla")).address == "/rounds"
    assert linked(place) == 1
    assert "You can sign in there too" in again.get("/account").text
    again.post("/account/unlink")
    assert linked(place) == 0


@pytest.mark.parametrize("who", ["murad", "stranger"])
def test_address_that_is_not_verified_or_not_known_lets_nobody_in(
    office: Litestar, browser: Browser, place: Place, who: str
) -> None:
    answer = browser.get(at_provider(leave(browser), who))
    assert answer.status == 403
    assert browser.get("/rounds").address == "/sign-in"
    assert linked(place) == 0


def test_state_and_code_are_good_once_and_in_the_browser_that_left(
    office: Litestar, browsers: Callable[[], Browser], place: Place
) -> None:
    browser, thief = browsers(), browsers()
    thief.get("/sign-in")
    back = at_provider(leave(browser), "aygun")
    assert thief.get(back).status == 403  # a code planted in somebody else's browser, or stolen
    assert browser.get(back).status == 200
    browser.post("/sign-out")
    assert browser.get(back).status == 403  # the state is used up
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(leave(browser)).query)["state"][0]
    assert browser.get(f"/sign-in/back?code={code}&state={state}").status == 403  # the code is: the provider says so
    assert browser.get("/sign-in/back?code=x&state=y").status == 403
    assert browser.get("/sign-in/back").status == 403


def test_an_ended_account_is_not_let_in_by_its_identity(office: Litestar, browser: Browser, place: Place) -> None:
    browser.get(at_provider(leave(browser), "leyla"))
    with writing(place.engine) as connection:
        ended = update(t.people).where(t.people.c.id == place.officers[0])
        connection.execute(ended.values(ended_at=place.now))
    assert browser.get("/rounds").address == "/sign-in"  # the session ended with it
    assert browser.get(at_provider(leave(browser), "leyla")).status == 403


def test_same_address_at_another_issuer_is_somebody_else(
    office: Litestar, browser: Browser, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(at_provider(leave(browser), "leyla"))
    browser.post("/sign-out")
    for issuer, subject in (("https://other.example", "7"), (office.state.settings.oidc_issuer, "999")):
        who = Proven(issuer, subject, "officer1@example.org", "")
        with monkeypatch.context() as patch:
            patch.setattr(openid, "redeem", lambda *_, who=who, **__: who)
            state = parse_qs(urlsplit(leave(browser)).query)["state"][0]
            assert browser.get(f"/sign-in/back?code=x&state={state}").status == 403
    assert linked(place) == 1


def test_without_a_provider_there_is_no_button_and_no_such_page(browser: Browser) -> None:
    assert "/sign-in/provider" not in browser.get("/sign-in").text
    assert browser.post("/sign-in/provider").status == 404
    assert browser.get("/sign-in/back?code=x&state=y").status == 404


def test_provider_that_is_away_is_said_so(office: Litestar, browser: Browser) -> None:
    office.state.settings = office.state.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9/o"})
    browser.get("/sign-in")
    assert browser.post("/sign-in/provider").status == 503
    assert "cannot be reached" in browser.text


def test_wrong_settings_are_told_apart(issuer: str) -> None:
    assert openid.discover(issuer).problems == ()
    with pytest.raises(SetupMissing, match="calls itself"):
        openid.discover(issuer + "/")
    with pytest.raises(SetupMissing, match="answers 404"):
        openid.discover(issuer + "/nothing")
    settings = Settings(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SecretStr(SECRET))
    assert [one.state for one in identity(settings)] == ["ok"]
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9/o"})
    assert [(one.state, "does not answer" in one.says) for one in identity(away)] == [("wrong", True)]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"OIDC_ISSUER": "http://identity.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": ISSUER}, "OIDC_CLIENT_ID OIDC_CLIENT_SECRET"),
        ({"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "laurea"}, "OIDC_CLIENT_SECRET"),
        (
            {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "laurea", "OIDC_CLIENT_SECRET": "change-me-please"},
            "OIDC_CLIENT_SECRET",
        ),
        ({"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "laurea", "OIDC_CLIENT_SECRET": "k3jd92ks"}, "OIDC_CLIENT_SECRET"),
        ({"SECRET": "changeme"}, "SECRET"),
        ({"SECRET": "your-secret-password-here"}, "SECRET"),
    ],
)
def test_settings_of_a_provider_are_whole_and_no_secret_is_a_default(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wrong: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"LAUREA_{name}", value)
    with pytest.raises(ValidationError) as error:
        Settings()
    told = mended(error.value)
    assert isinstance(told, BadInput)
    assert [one.field for one in told.refusals] == [f"LAUREA_{one}" for one in wrong.split()]
    assert given.get(wrong, "?") not in str(told) or wrong == "OIDC_ISSUER"  # a secret is never repeated


def test_secret_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    settings = Settings(oidc_issuer=ISSUER, oidc_client_id=CLIENT, oidc_client_secret_file=file)
    assert settings.oidc_secret() == SECRET
    assert settings.provider_name == "identity.example"
