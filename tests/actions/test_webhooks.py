"""Webhooks: a call is written with its deed, signed, tried a number of times, and seen by the officer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from laurea import ledger
from laurea.actions import webhooks
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store import webhooks as store
from laurea.store.engine import Engine, reading, writing
from notifications.webhooks import MOST_TRIES
from tests.web import seeding
from tests.web.seeding import Place

RELEASED = ledger.Event.DECISIONS_RELEASED


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it was sent and answers what it is told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answer = [], 204  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    found.settings = found.settings.model_copy(update={"webhooks_private": True})
    yield found
    found.engine.dispose()


def add(place: Place, receiver: ThreadingHTTPServer, *events: str) -> tuple[int, str]:
    address = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    return webhooks.add(
        place.engine, place.round_id, address=address, events=events or (RELEASED.value,), settings=place.settings,
        actor=ledger.SYSTEM, now=place.now,
    )  # fmt: skip


def happen(place: Place, event: ledger.Event = RELEASED, *, keep: bool = True) -> None:
    """The audit line of a deed, in a transaction that is kept or not."""
    with writing(place.engine, keep=keep) as connection:
        ledger.record(
            connection, authority_id=1, round_id=place.round_id, actor=ledger.SYSTEM, event=event, subject="round:1",
            now=place.now, details={"who": "nobody may read this"},
        )  # fmt: skip


def calls(engine: Engine) -> list[store.CallRow]:
    with reading(engine) as connection:
        return store.calls_of(connection, 1)


def deliver(place: Place, settings: Settings | None = None, now: datetime | None = None) -> dict[str, int]:
    return dict(webhooks.deliver(place.engine, settings=settings or place.settings, now=now or place.now))


def test_a_call_is_signed_and_says_only_what_happened(place: Place, receiver: ThreadingHTTPServer) -> None:
    _, secret = add(place, receiver)
    happen(place)
    assert deliver(place) == {"sent": 1}
    ((headers, body),) = receiver.got  # type: ignore[attr-defined]
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), told, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(code).decode()
    assert json.loads(body) == {
        "type": "decisions_released", "timestamp": place.now.isoformat(), "data": {"round": "example-2026"},
    }  # fmt: skip
    assert deliver(place) == {}, "once is enough"


def test_a_deed_that_was_not_kept_calls_nobody(place: Place, receiver: ThreadingHTTPServer) -> None:
    add(place, receiver)
    happen(place, keep=False)
    assert calls(place.engine) == []


def test_only_the_events_asked_for_are_told(place: Place, receiver: ThreadingHTTPServer) -> None:
    add(place, receiver, "jurors_assigned")
    happen(place)
    happen(place, ledger.Event.JURORS_ASSIGNED)
    happen(place, ledger.Event.JUROR_LEFT)
    assert [call.event for call in calls(place.engine)] == ["jurors_assigned"]


def test_a_real_release_is_told_with_the_release(place: Place, receiver: ThreadingHTTPServer) -> None:
    from laurea.actions import release

    add(place, receiver, "decisions_proposed", "decisions_released")
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    release.release(
        place.engine, place.round_id, actor=ledger.Actor.person(place.officers[0]), expected_digest=digest,
        settings=place.settings, now=place.now,
    )  # fmt: skip
    assert [call.event for call in calls(place.engine)] == ["decisions_released", "decisions_proposed"]


def test_it_is_tried_again_under_the_same_id_and_then_no_more(place: Place, receiver: ThreadingHTTPServer) -> None:
    number, _ = add(place, receiver)
    happen(place)
    receiver.answer = 503  # type: ignore[attr-defined]
    now = place.now
    for turn in range(1, MOST_TRIES + 1):
        assert deliver(place, now=now) == {"due" if turn < MOST_TRIES else "failed": 1}
        assert deliver(place, now=now) == {}, "not before its moment"
        (call,) = calls(place.engine)
        assert (call.attempts, call.reply) == (turn, "503")
        now = max(call.not_before, now)
    assert deliver(place, now=now + timedelta(days=30)) == {}
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1  # type: ignore[attr-defined]
    receiver.answer = 200  # type: ignore[attr-defined]
    assert webhooks.again(place.engine, place.round_id, number, actor=ledger.SYSTEM, now=now) == 1
    assert deliver(place, now=now) == {"sent": 1}


def test_gone_is_gone(place: Place, receiver: ThreadingHTTPServer) -> None:
    add(place, receiver)
    happen(place)
    receiver.answer = 410  # type: ignore[attr-defined]
    assert deliver(place) == {"failed": 1}


def test_a_receiver_that_is_not_there_is_tried_again(place: Place, receiver: ThreadingHTTPServer) -> None:
    add(place, receiver)
    happen(place)
    receiver.shutdown()
    receiver.server_close()
    assert deliver(place) == {"due": 1}
    assert calls(place.engine)[0].reply == "ConnectError"


def test_a_sender_that_was_ended_is_followed_by_another(place: Place, receiver: ThreadingHTTPServer) -> None:
    add(place, receiver)
    happen(place)
    with writing(place.engine) as connection:
        assert len(store.claim_due(connection, place.now, 10)) == 1  # taken, and never reported on
    assert deliver(place) == {}
    assert deliver(place, now=place.now + store.LEASE) == {"sent": 1}


def test_a_stopped_webhook_is_called_no_more(place: Place, receiver: ThreadingHTTPServer) -> None:
    number, _ = add(place, receiver)
    happen(place)
    webhooks.stop(place.engine, place.round_id, number, actor=ledger.SYSTEM, now=place.now)
    happen(place)
    assert deliver(place) == {}
    assert [call.state for call in calls(place.engine)] == ["cancelled"]
    with pytest.raises(NotFound):
        webhooks.stop(place.engine, place.round_id, number, actor=ledger.SYSTEM, now=place.now)


def test_private_addresses_are_refused_when_typed_in_and_when_called(
    place: Place, receiver: ThreadingHTTPServer
) -> None:
    open_only = place.settings.model_copy(update={"webhooks_private": False})
    with pytest.raises(BadInput):
        webhooks.add(
            place.engine, place.round_id, address="https://10.0.0.1/", events=[RELEASED.value], settings=open_only,
            actor=ledger.SYSTEM, now=place.now,
        )  # fmt: skip
    add(place, receiver)  # made while the settings allowed it
    happen(place)
    assert deliver(place, open_only) == {"failed": 1}
    assert receiver.got == []  # type: ignore[attr-defined]


def test_the_secret_is_in_no_audit_line(place: Place, receiver: ThreadingHTTPServer) -> None:
    _, secret = add(place, receiver)
    with reading(place.engine) as connection:
        assert all(secret not in repr(row) for row in connection.execute(select(t.audit)))
