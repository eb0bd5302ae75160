"""Addresses that letters came back from: the officer's page, and the calls of a relay service."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from pydantic import SecretStr
from sqlalchemy import select

from laurea import clock
from laurea.actions import bounces as deeds
from laurea.store import tables as t
from laurea.store.engine import reading
from laurea.web.app import state_of
from notifications import webhooks
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_outbox import put

PAGE = "/rounds/example-2026/outbox/returned"
SECRET = webhooks.PREFIX + base64.b64encode(b"k" * 32).decode()


def message_id(place: Place, number: int) -> str:
    with reading(place.engine) as connection:
        query = select(t.messages.c.message_id).where(t.messages.c.id == number)
        return str(connection.execute(query).scalar_one())


def came_back(place: Place, number: int, reason: str = "550 <b>nobody</b>") -> None:
    event = {"message_id": message_id(place, number), "action": "failed", "status": "5.1.1", "reason": reason}
    assert deeds.take_told(place.engine, f"call {number}", [event], now=place.now) == {"hard": 1}


def test_an_officer_sees_the_address_and_lets_it_be_written_to_again(
    place: Place, browsers: Callable[[], Browser]
) -> None:
    officer = browsers().sign_in(place, place.officers[0])
    assert "There are none." in officer.get(PAGE).text
    came_back(place, put(place, "assignment:1", state="sent"))
    put(place, "assignment:2", state="held", reply="An earlier letter to this address came back.")
    desk = officer.get("/rounds/example-2026").text
    assert "Letters to 1 address came back, and no more are sent there." in desk
    page = officer.get(PAGE).text
    assert "ayla@example.org" in page
    assert "&lt;b&gt;nobody" in page
    assert "1 letter is held back." in page
    officer.post(PAGE, {"address": "ayla@example.org"})
    assert "There are none." in officer.get(PAGE).text
    with reading(place.engine) as connection:
        states = dict(connection.execute(select(t.messages.c.key, t.messages.c.state)).tuples().all())
        events = list(connection.execute(select(t.audit.c.event)).scalars())
    assert (states["assignment:1"], states["assignment:2"]) == ("bounced", "due")
    assert events[-1] == "address_confirmed"
    officer.post(PAGE, {"address": "ayla@example.org"})
    assert officer.status == 404


def test_nobody_else_sees_the_page(place: Place, browsers: Callable[[], Browser]) -> None:
    juror = browsers().sign_in(place, place.jurors[0])
    came_back(place, put(place, "assignment:1", state="sent"))
    assert juror.get(PAGE).status == 404
    juror.post(PAGE, {"address": "ayla@example.org"})
    assert juror.status == 404


@pytest.fixture
def call(portal: Litestar, place: Place) -> Any:
    """Call the portal as a relay service does; what is signed can be changed afterwards."""
    settings = place.settings.model_copy(update={"bounces_secret": SecretStr(SECRET)})
    portal.state = state_of(settings)

    def make(body: bytes, secret: str = SECRET, late: timedelta = timedelta(), **changed: str) -> Any:
        headers = webhooks.headers(secret, "msg_1", body, clock.now() - late) | changed
        with TestClient(portal) as client:
            return client.post("/api/v1/bounces", content=body, headers=headers)

    return make


def body_for(place: Place, number: int) -> bytes:
    event = {"message_id": message_id(place, number), "action": "failed", "status": "5.1.1", "reason": "nobody"}
    return json.dumps({"events": [event]}).encode()


def test_a_signed_call_is_believed_once(place: Place, call: Callable[..., Any]) -> None:
    body = body_for(place, put(place, "assignment:1", state="sent"))
    assert call(body).json() == {"hard": 1}
    assert call(body).json() == {"known": 1}


def test_a_call_that_is_not_signed_with_our_key_changes_nothing(place: Place, call: Callable[..., Any]) -> None:
    number = put(place, "assignment:1", state="sent")
    body = body_for(place, number)
    other = webhooks.PREFIX + base64.b64encode(b"x" * 32).decode()
    answers = [
        call(body, other),
        call(body, late=timedelta(minutes=6)),
        call(body, late=-timedelta(minutes=6)),
        call(body, **{"webhook-id": "msg_2"}),
        call(body, **{"webhook-timestamp": "1e9"}),
        call(body, **{"webhook-signature": "v1,"}),
        call(body, **{"webhook-signature": ""}),
    ]
    assert {answer.status_code for answer in answers} == {401}
    with reading(place.engine) as connection:
        assert connection.execute(select(t.messages.c.state).where(t.messages.c.id == number)).scalar_one() == "sent"
        assert connection.execute(select(t.bounces)).all() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"events": 1}',
        b'{"events": [1]}',
        b"\xff",
        b"[" * 90_000,
        b'{"events": [' + b"{}," * 1001 + b"{}]}",
    ],
)
def test_a_signed_call_of_the_wrong_form_is_refused(body: bytes, call: Callable[..., Any]) -> None:
    answer = call(body)
    assert answer.status_code == 422
    assert "events" in answer.json()["remedy"]


def test_signs_that_no_record_takes_are_left_out(call: Callable[..., Any]) -> None:
    body = b'{"events": [{"message_id": "\\ud800\\u0000", "action": "failed", "reason": "\\u0000\\udfff"}]}'
    assert call(body).json() == {"aside": 1}


def test_without_a_key_nothing_is_taken(app: Litestar) -> None:
    body = b'{"events": []}'
    with TestClient(app) as client:
        assert (
            client.post(
                "/api/v1/bounces", content=body, headers=webhooks.headers(SECRET, "m", body, clock.now())
            ).status_code
            == 401
        )
