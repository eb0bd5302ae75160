"""Credentials in the portal: taken by the holder's side, checked by everybody, withdrawn for programs too."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from sqlalchemy import select, update

from laurea import credentials
from laurea.actions import release
from laurea.documents import credentials as made
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROOM = "/rounds/example-2026/certificates"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    found.settings = found.settings.model_copy(update={"public_url": "https://laurea.example.org"})
    seeding.fill(found, 1.0, settle=True)
    release.release(
        found.engine, found.round_id, actor=Actor.person(found.officers[0]),
        expected_digest=found.value(select(t.rounds.c.digest)), settings=found.settings, now=found.now,
    )  # fmt: skip
    with writing(found.engine) as connection:
        connection.execute(update(t.grants).values(valid_from=found.now.date()))
    yield found
    found.engine.dispose()


@pytest.fixture
def taken(browser: Browser, place: Place) -> tuple[object, str]:
    """A label and its credential, as an officer took it."""
    with place.engine.connect() as connection:
        grant = connection.execute(select(t.grants).order_by(t.grants.c.id).limit(1)).one()
    browser.sign_in(place, place.officers[0])
    answer = browser.client.get(f"{ROOM}/{grant.number}/credential")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vc+jwt")
    assert answer.headers["content-disposition"] == f'attachment; filename="credential-{grant.number}.jwt"'
    return grant, answer.text


def checked(browser: Browser, text: str, *, file: bool = False) -> str:
    """What the public page says of a credential: its stamp and, where it is none, why."""
    browser.get("/certificates")
    sent = {"files": {"file": ("credential.jwt", text.encode())}} if file else {"files": {"file": ("", b"")}}
    browser.post("/credentials/check", {"text": "" if file else text}, **sent)
    assert browser.status == 200
    return browser.text.split('class="stamp">')[1].split("<dl")[0]


def change(place: Place, **values: object) -> None:
    with writing(place.engine) as connection:
        connection.execute(update(t.grants).values(**values))


def test_public_page_says_what_a_credential_is_worth(browsers, place: Place, taken: tuple[object, str]) -> None:
    (grant, text), anyone = taken, browsers()
    assert "Genuine and valid" in checked(anyone, text)
    assert grant.holder in anyone.text
    assert "Genuine and valid" in checked(anyone, f"\n {text[:80]}\n{text[80:]} ")  # pasted out of a letter
    assert "Genuine and valid" in checked(anyone, text, file=True)
    head, body, signature = text.split(".")
    assert "its signature does not fit" in checked(anyone, f"{head}.{body[:-8]}AAAAAAAA.{signature}")
    assert "its signature does not fit" in checked(anyone, f"{head}.{body}.{signature[:-4]}AAAA")
    assert "can be read" in checked(anyone, "hello")
    assert "can be read" in checked(anyone, "<script>alert(1)</script>.💥.x", file=True)
    change(place, withdrawn_at=place.now)
    assert "withdrawn on" in checked(anyone, text)
    change(place, withdrawn_at=None, holder="Another name")
    assert "replaced by a newer one" in checked(anyone, text)
    assert grant.holder in anyone.text
    change(place, holder=grant.holder, valid_until=place.now.date().replace(year=place.now.year - 1))
    assert "expired on" in checked(anyone, text)


def test_signed_by_a_stranger_or_about_nothing_of_ours(
    browser: Browser, place: Place, taken: tuple[object, str], tmp_path: Path
) -> None:
    _grant, text = taken
    claims = made.verify(text, credentials.signing_key(place.settings, "AZ").public)
    ours = credentials.issuer(place.settings, "AZ", "")
    stranger = made.Issuer("https://elsewhere.example/credentials/AZ", "")
    other = credentials.signing_key(place.settings.model_copy(update={"workspace": tmp_path / "other"}), "AZ")
    assert "not signed by an authority of this portal" in checked(browser, made.sign(claims, stranger, other))
    assert "its signature does not fit" in checked(browser, made.sign(claims, ours, other))
    key = credentials.signing_key(place.settings, "AZ")
    for lost in ({**claims, "id": "https://laurea.example.org/certificates/none"}, {}):
        assert "not in the records" in checked(browser, made.sign(lost, ours, key))
    hollow = {**claims, "credentialSubject": {"identifier": []}}
    assert "replaced by a newer one" in checked(browser, made.sign(hollow, ours, key))


def test_another_program_resolves_and_believes_until_it_is_withdrawn(
    browsers, place: Place, taken: tuple[object, str]
) -> None:
    (grant, text), program = taken, browsers()

    def ask(address: str) -> bytes:
        answer = program.client.get(urlsplit(address).path)
        assert answer.status_code == 200, address
        assert answer.headers["access-control-allow-origin"] == "*"
        return bytes(answer.content)

    verifier = OB3Verifier.for_issuer_did("did:web:laurea.example.org:credentials:AZ", download=ask)
    found = verifier.verify(text)
    verifier.check_status(found, verify_list=True, download=ask)
    assert found.raw["id"] == f"https://laurea.example.org/certificates/{grant.number}"
    change(place, withdrawn_at=place.now)
    with pytest.raises(OB3VerificationError, match="revocation"):
        verifier.check_status(found, verify_list=True, download=ask)


def test_nothing_public_before_there_is_a_key_or_for_nobody(browser: Browser, place: Place) -> None:
    for path in ("AZ/did.json", "AZ/status/0", "LV/did.json", "none/did.json", "..%2f/did.json"):
        assert browser.get(f"/credentials/{path}").status == 404, path
    assert not (place.settings.workspace / "keys").exists()


def test_lists_end_where_the_labels_end(browser: Browser, taken: tuple[object, str]) -> None:
    assert browser.get("/credentials/AZ/status/0").status == 200
    for wrong in ("1", "-1", "999999999999999999999", "x"):
        assert browser.get(f"/credentials/AZ/status/{wrong}").status == 404


def test_key_is_made_once_for_its_owner_alone_and_an_earlier_one_still_counts(
    browser: Browser, place: Place, taken: tuple[object, str]
) -> None:
    _grant, text = taken
    folder = place.settings.workspace / "keys" / "AZ"
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    credentials.signing_key(place.settings, "AZ")
    assert (list(folder.iterdir()), file.read_bytes()) == ([file], before)
    later = credentials.signing_key(place.settings.model_copy(update={"workspace": folder / "elsewhere"}), "AZ")
    (folder / "elsewhere" / "keys" / "AZ" / "key-1.pem").rename(folder / "key-2.pem")
    assert credentials.signing_key(place.settings, "AZ").public == later.public
    told = json.loads(browser.get("/credentials/AZ/did.json").text)
    assert [one["id"].rpartition("#")[2] for one in told["verificationMethod"]] == ["key-1", "key-2"]
    assert '"d"' not in browser.text
    assert "Genuine and valid" in checked(browser, text)


def test_check_needs_its_form_token_and_takes_no_giant(browser: Browser, taken: tuple[object, str]) -> None:
    browser.get("/certificates")
    browser.token = "wrong"
    assert browser.post("/credentials/check", {"text": taken[1]}, files={"file": ("", b"")}).status == 403
    assert "can be read" in checked(browser, "A" * 200_000, file=True)
