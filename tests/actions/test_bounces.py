"""Reports about letters: what they change, what they must not, and how an address is written to again."""

from __future__ import annotations

import mailbox
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from laurea import ledger
from laurea.actions import bounces as deeds
from laurea.actions.deliver import deliver
from laurea.errors import NotFound
from laurea.settings import Settings
from laurea.store import bounces, outbox
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from notifications import postmark
from tests.faults import outboxes
from tests.notifications.test_reports import HEAD, dsn

NOW = outboxes.WRITTEN + timedelta(hours=1)


@pytest.fixture
def sent(engine: Engine, settings: Settings) -> Settings:
    """Five letters of one office that were sent, one of another."""
    outboxes.put(engine, range(5), state="sent")
    outboxes.put(engine, range(1), code="EE", state="sent")
    return settings


def letter(engine: Engine, number: int = 0, code: str = "LV") -> Any:
    with reading(engine) as connection:
        return connection.execute(select(t.messages).where(t.messages.c.key == f"received:{code}:{number}")).one()


def mark_of(engine: Engine, settings: Settings, number: int = 0) -> bytes:
    row = letter(engine, number)
    return postmark.header(postmark.mark(settings.signing_key(), row.id, row.message_id))


def take(engine: Engine, settings: Settings, content: bytes) -> str:
    return deeds.take(engine, content, settings=settings, now=NOW)


def audited(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(t.audit.c.event).order_by(t.audit.c.id)).scalars())


@pytest.mark.parametrize(
    ("action", "status", "kind", "state"),
    [
        ("failed", "5.1.1", "hard", "bounced"),
        ("failed", "4.4.7", "given_up", "bounced"),
        ("delayed", "4.4.1", "soft", "sent"),
        ("delivered", "2.0.0", "delivered", "delivered"),
    ],
)
def test_what_a_report_makes_of_a_letter(
    action: str, status: str, kind: str, state: str, engine: Engine, sent: Settings
) -> None:
    content = dsn(action, status, carried=mark_of(engine, sent))
    assert take(engine, sent, content) == kind
    assert letter(engine).state == state
    assert {letter(engine, number).state for number in range(1, 5)} == {"sent"}
    with reading(engine) as connection:
        lines = connection.execute(select(t.letter_events.c.what, t.letter_events.c.outcome)).all()
        stopped = bounces.stopped(connection, letter(engine).authority_id)
    assert [tuple(line) for line in lines] == [("reported", kind)]
    assert [one.address for one in stopped] == ([outboxes.address_of(0)] if kind == "hard" else [])
    assert audited(engine) == ["letter_reported"]
    assert take(engine, sent, content) == "known"
    assert audited(engine) == ["letter_reported"]


def test_what_came_back_stays_so(engine: Engine, sent: Settings) -> None:
    for action, status in (("failed", "5.1.1"), ("delivered", "2.0.0"), ("delayed", "4.4.1")):
        take(engine, sent, dsn(action, status, carried=mark_of(engine, sent)))
    assert letter(engine).state == "bounced"


@pytest.mark.parametrize(("action", "state"), [("failed", "bounced"), ("delivered", "delivered")])
def test_a_report_that_is_quicker_than_the_sender_stays(action: str, state: str, engine: Engine) -> None:
    outboxes.put(engine, range(2))
    with writing(engine) as connection:
        ids = [one.id for one in outbox.claim_due(connection, NOW, 2, "c1")]
    event = {"message_id": letter(engine).message_id, "action": action, "status": "5.1.1"}
    deeds.take_told(engine, "msg_1", [event], now=NOW)
    with writing(engine) as connection:
        said = {"state": "sent", "reply": "250 ok", "sent_at": NOW, "not_before": NOW}
        outbox.settle(connection, [said | {"id": one} for one in reversed(ids)])
    assert [(letter(engine, n).state, letter(engine, n).sent_at) for n in (0, 1)] == [(state, NOW), ("sent", NOW)]
    with reading(engine) as connection:
        tries = select(t.letter_events.c.outcome).where(t.letter_events.c.what == "try")
        assert connection.execute(tries).scalars().all() == ["sent", "sent"]


def test_a_report_is_not_believed_without_the_mark(engine: Engine, sent: Settings) -> None:
    row, other = letter(engine), mark_of(engine, sent, 1)
    number, code = other.strip().rsplit(b" ", 1)[1].split(b"-")
    forged = [
        b"Message-ID: " + row.message_id.encode() + b"\r\n",  # follows from what anybody may know
        postmark.header(f"{row.id}-{'0' * postmark.DIGITS}"),
        postmark.header(f"{row.id}-{code.decode()}"),  # the code of another letter
        postmark.header(postmark.mark(b"a guess", row.id, row.message_id)),
        b"X-Laurea-Letter: 999999-" + code + b"\r\n",
        b"",
    ]
    assert int(number) != row.id
    for carried in forged:
        assert take(engine, sent, dsn("failed", "5.1.1", carried=carried)) in {"aside", "known"}
    both = mark_of(engine, sent, 1) + mark_of(engine, sent, 2)
    assert take(engine, sent, dsn("failed", "5.1.1", carried=both)) == "aside"
    assert {letter(engine, number).state for number in range(5)} == {"sent"}
    assert audited(engine) == []
    assert all(one["reason"] for one in deeds.aside(engine))


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, HEAD, HEAD + b"Content-Type: multipart/report\r\n\r\n--x"])
def test_rubbish_is_kept_aside(content: bytes, engine: Engine, sent: Settings) -> None:
    assert take(engine, sent, content) == "aside"
    assert len(deeds.aside(engine)) == 1


def test_an_address_is_written_to_again_when_somebody_says_that_it_is_right(engine: Engine, sent: Settings) -> None:
    take(engine, sent, dsn("failed", "5.1.1", carried=mark_of(engine, sent)))
    outboxes.put(engine, [10, 11, 12, 13], address=outboxes.address_of(0).upper())
    outboxes.put(engine, [10], code="EE", address=outboxes.address_of(0))  # another office finds out for itself
    with writing(engine) as connection:
        c = t.messages.c
        connection.execute(update(t.messages).where(c.key == "received:LV:11").values(kind="sign_in"))
        connection.execute(update(t.messages).where(c.key == "received:LV:12").values(at_once=True))
    assert deliver(engine, settings=sent, now=NOW) == {"sent": 3}
    assert [letter(engine, number).state for number in (10, 11, 12, 13)] == ["held", "sent", "sent", "held"]
    with reading(engine) as connection:
        (stop,) = bounces.stopped(connection, letter(engine).authority_id)
        assert outbox.due_count(connection, NOW) == 0
    assert (stop.address, stop.held, stop.person) == (outboxes.address_of(0), 2, "Anna")
    round_id = a_round(engine)
    actor = ledger.Actor.person(letter(engine).person_id)
    with pytest.raises(NotFound):
        deeds.confirm(engine, round_id, "another@school.example", actor=actor, now=NOW)
    deeds.confirm(engine, round_id, stop.address, actor=actor, now=NOW)
    assert audited(engine)[-1] == "address_confirmed"
    with pytest.raises(NotFound):
        deeds.confirm(engine, round_id, stop.address, actor=actor, now=NOW)
    assert deliver(engine, settings=sent, now=NOW) == {"sent": 2}


def a_round(engine: Engine) -> int:
    """A round of the office, with nothing in it."""
    office = letter(engine).authority_id
    with writing(engine) as connection:
        rule_set = {"digest": "0" * 64, "award": "a", "edition": "e", "text": "", "kept_at": NOW}
        connection.execute(insert(t.rule_sets).values(rule_set))
        values = {column.name: value for column in t.rounds.c if (value := _value(column)) is not None}
        values |= {"authority_id": office, "code": "r", "rule_set": "0" * 64}
        return int(connection.execute(insert(t.rounds).values(values).returning(t.rounds.c.id)).scalar_one())


def _value(column: Any) -> Any:
    if column.nullable or column.primary_key or column.server_default is not None or column.default is not None:
        return None
    kind = column.type.python_type if not hasattr(column.type, "impl") else None
    return {str: "x", int: 0, bool: False, list: [], dict: {}}.get(kind, NOW)


def test_a_mailbox_is_read_once(engine: Engine, sent: Settings, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(dsn("failed", "5.1.1", carried=mark_of(engine, sent)))
    box.add(dsn("delayed", "4.4.1", carried=mark_of(engine, sent, 1)))
    box.add(b"Subject: Out of office\r\n\r\nBack on Monday.\r\n")
    (tmp_path / "box" / "cur" / "1.opened:2,R").write_bytes(dsn("delivered", "2.0.0", carried=mark_of(engine, sent, 2)))
    mine = sent.model_copy(update={"bounces_from": type(sent.bounces_from)(f"maildir:{tmp_path / 'box'}")})
    assert deeds.take_in(engine, settings=mine, now=NOW) == {"hard": 1, "soft": 1, "aside": 1, "delivered": 1}
    assert not deeds.take_in(engine, settings=mine, now=NOW)
    assert not list((tmp_path / "box" / "new").iterdir())
    assert len(list((tmp_path / "box" / "cur").glob("*:2,*S*"))) == 4


@pytest.mark.parametrize(
    "where", ["maildir:/nowhere/at/all", "pop3://x", "imap://a:b@mail.example/x", "imaps://127.0.0.1"]
)
def test_a_mailbox_that_cannot_be_read_stops_nothing(where: str, engine: Engine, sent: Settings) -> None:
    mine = sent.model_copy(update={"bounces_from": type(sent.bounces_from)(where)})
    assert deeds.take_in(engine, settings=mine, now=NOW) == {"unreachable": 1}


def test_what_a_relay_service_tells(engine: Engine, sent: Settings) -> None:
    first, second = letter(engine), letter(engine, 1)
    events = [
        {"message_id": first.message_id, "action": "failed", "status": "5.1.1", "reason": "550 nobody\r\nhere"},
        {"message_id": second.message_id.strip("<>"), "action": "delivered"},
        {"message_id": "unknown@laurea.example", "action": "failed", "status": "5.0.0"},
        {"action": {"odd": 1}},
    ]
    done = deeds.take_told(engine, "msg_1", events, now=NOW)
    assert done == {"hard": 1, "delivered": 1, "aside": 2}
    assert (letter(engine).state, letter(engine, 1).state) == ("bounced", "delivered")
    assert letter(engine).reply == "5.1.1 550 nobody here"
    assert deeds.take_told(engine, "msg_1", events, now=NOW) == {"known": 4}
