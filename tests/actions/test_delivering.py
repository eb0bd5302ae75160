"""Sending from the records: how many a minute, how slowly after a complaint, what a letter carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, select, update

from laurea.actions.deliver import deliver, recover
from laurea.settings import Settings
from laurea.store import outbox
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from notifications import journal, postmark
from notifications.delivery import Delivery
from notifications.errors import BadKey
from notifications.signing import Signer
from tests.faults import outboxes
from tests.notifications.scripted import Script, serving

NOW = outboxes.WRITTEN + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Answer = Callable[[str, int], str | None]


@contextmanager
def relay(settings: Settings, answer: Answer, **others: Any) -> Iterator[tuple[Script, Settings]]:
    """A server with a script, and settings that send to it."""
    with serving(Script(answer, ("PIPELINING", "DSN"))) as (script, port):
        yield (
            script,
            settings.model_copy(
                update={"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": outboxes.SENDER, **others}
            ),
        )


def states(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        return outbox.state_counts(connection)


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(t.messages).order_by(t.messages.c.id)))


def well(_phase: str, _number: int) -> str | None:
    return None


def test_the_relay_is_given_only_so_many_a_minute(engine: Engine, settings: Settings) -> None:
    outboxes.put(engine, range(25))
    with relay(settings, well, mail_per_minute=10) as (script, mine):
        sent = [deliver(engine, settings=mine, now=NOW + n * MINUTE / 2)["sent"] for n in range(8)]
    assert sent == [10, 0, 10, 0, 5, 0, 0, 0]
    assert Counter(script.stored) == Counter(range(25))


@pytest.mark.parametrize("reply", ["450 4.7.1 too many messages, slow down", "421 4.7.28 our rate limit was reached"])
def test_after_a_complaint_it_goes_slowly_and_then_faster(reply: str, engine: Engine, settings: Settings) -> None:
    outboxes.put(engine, range(200))
    fed_up = [40]

    def answer(phase: str, _number: int) -> str | None:
        if phase == "MAIL":
            fed_up[0] -= 1
        return reply if phase == "MAIL" and fed_up[0] < 0 else None

    with relay(settings, answer) as (script, mine):
        first = deliver(engine, settings=mine, now=NOW)
        assert first["sent"] == 40
        tried = first["due"]
        assert 1 <= tried <= mine.mail_connections
        waiting = [row for row in rows(engine) if row.state == "due"]
        assert sorted(Counter(row.attempts for row in waiting).items()) == [(0, 160 - tried), (1, tried)]
        assert all(row.not_before > NOW for row in waiting)
        assert not any(deliver(engine, settings=mine, now=NOW + MINUTE / 2).values())
        fed_up[0] = 10_000
        later = [deliver(engine, settings=mine, now=NOW + n * MINUTE)["sent"] for n in range(1, 6)]
    assert later[0] < 60
    assert later[1] <= 2 * later[0]
    assert 40 + sum(later) + states(engine)["due"] == 200
    assert max(Counter(script.stored).values()) == 1


def test_a_mailbox_that_is_full_slows_nobody_down(engine: Engine, settings: Settings) -> None:
    outboxes.put(engine, range(30))
    full = "452 4.2.2 too many letters in this mailbox"
    with relay(settings, lambda phase, n: full if phase == "RCPT" and n == 3 else None) as (_, mine):
        assert deliver(engine, settings=mine, now=NOW) == {"sent": 29, "due": 1}


def test_a_letter_carries_its_mark_and_a_signature(engine: Engine, settings: Settings, tmp_path: Any) -> None:
    outboxes.put(engine, range(3))
    key, path = ed25519.Ed25519PrivateKey.generate(), tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    more = {"dkim": {"Laurea.example": f"s1:{path}"}, "bounces_to": "bounces@laurea.example"}
    with relay(settings, well, **more) as (script, mine):
        assert deliver(engine, settings=mine, now=NOW) == {"sent": 3}
    public = Signer.read("laurea.example", f"s1:{path}").public().encode()
    marks = {postmark.mark(mine.signing_key(), row.id, row.message_id) for row in rows(engine)}
    assert set(script.envelopes) == {
        f"MAIL FROM:<bounces+{one}@laurea.example> RET=HDRS ENVID={one}".encode() for one in marks
    }

    def dns(name: bytes, **_: object) -> bytes | None:
        return public if name == b"s1._domainkey.laurea.example." else None

    for content in script.letters:
        assert dkim.verify(content, dnsfunc=dns)
        assert set(postmark.marks_in(content).values()) <= marks
        assert content.count(b"X-Laurea-Letter: ") == 1
        kept = next(row.content for row in rows(engine) if content.endswith(row.content))
        assert kept.startswith(b"From:")


def test_a_key_that_cannot_be_used_stops_the_sending_before_it_begins(engine: Engine, settings: Settings) -> None:
    outboxes.put(engine, range(3))
    with relay(settings, well, dkim={"laurea.example": "s1:/nowhere.pem"}) as (script, mine):
        with pytest.raises(BadKey, match=r"laurea\.example"):
            deliver(engine, settings=mine, now=NOW)
        assert not script.stored
    assert states(engine) == {"due": 3}


@pytest.mark.parametrize("claim", ["c1", "another", ""])
def test_a_sender_that_was_ended_left_its_journal(claim: str, engine: Engine, settings: Settings) -> None:
    outboxes.put(engine, range(6))
    mine = settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})
    with writing(engine) as connection:
        ids = [one.id for one in outbox.claim_due(connection, NOW, 5, "c1")]
    with journal.Journal(mine.workspace / "sender.journal", claim) as notes:
        for one in ids[:4]:
            notes.begun(one)
        for one, state in zip(ids, ("sent", "deferred", "failed"), strict=False):
            notes.ended(one, Delivery(state, "said so"))  # type: ignore[arg-type]
    recover(engine, settings=mine, now=NOW)
    found = [row.state for row in rows(engine)]
    if claim == "c1":
        assert found == ["sent", "due", "failed", "uncertain", "due", "due"]
        assert [row.attempts for row in rows(engine)] == [1, 1, 1, 1, 0, 0]
    else:
        assert found == ["uncertain"] * 5 + ["due"]


def test_a_letter_whose_fate_the_relays_log_knows_is_not_uncertain(
    engine: Engine, settings: Settings, tmp_path: Any
) -> None:
    outboxes.put(engine, range(10))
    log = tmp_path / "log"
    log.write_text("".join(f"message-id={row.message_id}\n" for row in rows(engine)[:5]))
    drop: Answer = lambda phase, number: "drop" if phase == "content" and number in {2, 7} else None  # noqa: E731
    with relay(settings, drop, relay_log=log) as (_, mine):
        assert deliver(engine, settings=mine, now=NOW) == {"sent": 9, "uncertain": 1}
    assert [row.state for row in rows(engine)][7] == "uncertain"
    with writing(engine) as connection:
        connection.execute(update(t.messages).values(not_before=NOW))
    assert not deliver(engine, settings=mine, now=NOW + timedelta(days=9))
