"""When letters go: quiet hours, the undo window, several in one, and the facts of the moment they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from laurea import ledger
from laurea.actions import digest, outbox, post_rules, release, remind, unsubscribe
from laurea.actions.deliver import deliver
from laurea.errors import Conflict
from laurea.store import invariants, letter_deeds, unsubscribed
from laurea.store import outbox as stored
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from notifications import rewrite
from notifications.compose import message_id
from notifications.outbox import Move

Small = Callable[..., Any]
DAY = timedelta(days=1)
AGAIN = "review_reminder_again"


@pytest.fixture
def here(small: Small) -> Any:
    """A round that has been routed; its jurors have been told."""
    made = small()
    made.bring_in()
    made.advance()
    return made


def rows(here: Any, *where: Any) -> list[Any]:
    with reading(here.engine) as connection:
        return list(connection.execute(select(t.messages).where(*where).order_by(t.messages.c.id)).all())


def change(here: Any, table: Any, **values: Any) -> None:
    with writing(here.engine) as connection:
        connection.execute(update(table).values(**values))


def send(here: Any, now: datetime) -> dict[str, int]:
    return dict(deliver(here.engine, settings=here.settings, now=now))


def rules(here: Any, **values: Any) -> None:
    usual = {"quiet_from": "", "quiet_until": "", "digest_minutes": 0, "undo_minutes": None}
    post_rules.set_rules(here.engine, here.round_id, **usual | values, actor=here.actor, now=here.after_deadline)


def finish(here: Any, juror: int) -> None:
    with writing(here.engine) as connection:
        connection.execute(update(t.assignments).where(t.assignments.c.juror_id == juror).values(state="submitted"))


def lines(here: Any, number: int) -> list[tuple[str, str]]:
    with reading(here.engine) as connection:
        return [(one.what, one.outcome or one.note) for one in letter_deeds.happened(connection, number)]


def test_whoever_finished_a_minute_ago_gets_no_reminder_and_it_is_seen_why(here: Any) -> None:
    send(here, here.after_deadline)
    at = here.scene.review_until - 7 * DAY
    count = remind.remind(here.engine, here.round_id, settings=here.settings, now=at)
    first, *_others = found = rows(here, t.messages.c.kind == "review_reminder")
    assert len(found) == count > 1
    finish(here, int(first.key.split(":")[2]))
    assert send(here, at + timedelta(minutes=1)) == {"sent": count - 1}
    gone = rows(here, t.messages.c.id == first.id)[0]
    assert (gone.state, gone.reply, gone.sent_at) == ("cancelled", stored.FINISHED, None)
    assert lines(here, first.id) == [("cancelled", stored.FINISHED)]
    assert lines(here, found[1].id) == [("try", "sent")]


def test_in_quiet_hours_only_what_cannot_wait_goes(here: Any) -> None:
    rules(here, quiet_from="21:00", quiet_until="07:00")
    with reading(here.engine) as connection:
        zone = connection.execute(select(t.authorities.c.timezone)).scalars().first()
    assert zone == "Asia/Baku", "four hours before UTC"
    night = datetime(2027, 1, 10, 18, 30, tzinfo=UTC)  # half past ten there
    change(here, t.messages, not_before=night)
    first = rows(here)[0]
    with writing(here.engine) as connection:
        sign_in = dict(first._mapping) | {"kind": "sign_in", "key": "sign_in:x", "message_id": message_id("x", "y")}
        del sign_in["id"]
        connection.execute(t.messages.insert().values(sign_in))
    outbox.move(here.engine, here.round_id, first.id, Move.SEND, actor=here.actor, now=night)
    assert send(here, night) == {"sent": 2}, "the link to sign in, and the one an officer sent"
    waiting = rows(here, t.messages.c.state == "due")
    morning = datetime(2027, 1, 11, 3, 0, tzinfo=UTC)
    assert {one.not_before for one in waiting} == {morning}
    assert send(here, morning - timedelta(seconds=1)) == {}
    assert remind.remind(here.engine, here.round_id, settings=here.settings, now=night) == 0
    assert send(here, morning) == {"sent": len(waiting)}


def test_letters_of_a_release_wait_for_the_undo_window_and_decisions_do_not(small: Small) -> None:
    here = small()
    digest_ = here.settle()
    at = here.scene.review_until + DAY
    change(here, t.messages, state="sent", sent_at=at)
    rules(here, undo_minutes=15)
    done = release.release(
        here.engine, here.round_id, actor=here.actor, expected_digest=digest_, settings=here.settings, now=at
    )
    assert here.record().released_at == at
    assert send(here, at + timedelta(minutes=14)) == {}
    held = outbox.stop_release(here.engine, here.round_id, actor=here.actor, now=at + timedelta(minutes=14))
    assert held == done.letters > 1
    assert send(here, at + DAY) == {}
    one = rows(here, t.messages.c.state == "held")[0]
    outbox.move(here.engine, here.round_id, one.id, Move.RELEASE, actor=here.actor, now=at + DAY)
    assert send(here, at + DAY) == {"sent": 1}
    with pytest.raises(Conflict):
        outbox.stop_release(here.engine, here.round_id, actor=here.actor, now=at + DAY)
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def test_the_installation_says_how_long_where_the_round_does_not(small: Small) -> None:
    here = small()
    digest_ = here.settle()
    at = here.scene.review_until + DAY
    settings = here.settings.model_copy(update={"undo_minutes": 5})
    release.release(here.engine, here.round_id, actor=here.actor, expected_digest=digest_, settings=settings, now=at)
    told = {one.not_before for one in rows(here, t.messages.c.kind == "decision")}
    assert told == {at + timedelta(minutes=5)}


def copy_of(here: Any, one: Any, key: str, **more: Any) -> int:
    """A further letter of the same sort to the same person."""
    values = dict(one._mapping) | {"key": key, "message_id": message_id(key, "example.org")} | more
    del values["id"]
    with writing(here.engine) as connection:
        return int(connection.execute(t.messages.insert().values(values).returning(t.messages.c.id)).scalar_one())


def test_news_of_one_juror_become_one_letter_that_counts_what_is_open(here: Any) -> None:
    now = here.after_deadline
    letters = rows(here)
    one = next(one for one in letters if one.kind == "assignment")
    juror = int(one.key.split(":")[2])
    copy_of(here, one, f"assignment:{here.round_id}:{juror}:later")
    assert len(rows(here)) == len(letters) + 1
    assert digest.join(here.engine, settings=here.settings, now=now) == 2
    assert digest.join(here.engine, settings=here.settings, now=now) == 0
    parts = rows(here, t.messages.c.state == "cancelled")
    assert {part.reply for part in parts} == {digest.JOINED}
    made = rows(here, t.messages.c.key.contains(":joined-"))
    with reading(here.engine) as connection:
        held = select(t.assignments.c.id).where(t.assignments.c.juror_id == juror, t.assignments.c.state == "open")
        count = len(connection.execute(held).all())
    assert [(one.kind, one.person_id, one.state) for one in made] == [("assignment", parts[0].person_id, "due")]
    assert rewrite.read(made[0].content).subject.startswith(f"{count} ")
    assert send(here, now) == {"sent": len(letters)}, "one a juror, as if it had been said once"


def test_news_waits_for_more_and_rounds_are_told_together(here: Any) -> None:
    now = here.after_deadline
    one = rows(here, t.messages.c.kind == "assignment")[0]
    with writing(here.engine) as connection:
        record = dict(connection.execute(select(t.rounds)).one()._mapping)
        second = {k: v for k, v in record.items() if k != "id"} | {"code": "second-round", "title": "The second round"}
        number = connection.execute(t.rounds.insert().values(second).returning(t.rounds.c.id)).scalar_one()
        seat = dict(connection.execute(select(t.jurors).where(t.jurors.c.person_id == one.person_id)).one()._mapping)
        old = seat.pop("id")
        seat |= {"round_id": number}
        made = connection.execute(t.jurors.insert().values(seat).returning(t.jurors.c.id)).scalar_one()
        review = select(t.assignments).where(t.assignments.c.juror_id == old)
        paper = dict(connection.execute(review).first()._mapping)  # type: ignore[union-attr]
        del paper["id"]
        connection.execute(t.assignments.insert().values(paper | {"juror_id": made, "round_id": number}))
    copy_of(here, one, f"assignment:{number}:{made}:x", round_id=number, not_before=now + timedelta(minutes=10))
    change(here, t.messages, not_before=now + timedelta(minutes=10))
    assert digest.join(here.engine, settings=here.settings, now=now) == 0, "none of them is due"
    assert digest.join(here.engine, settings=here.settings, now=now + timedelta(minutes=10)) == 2
    (told,) = rows(here, t.messages.c.kind == "assignments")
    assert told.round_id == here.round_id
    assert b"second-round" in told.content
    assert record["code"].encode() in told.content


def test_what_was_taken_back_meanwhile_is_not_told(here: Any) -> None:
    one = rows(here, t.messages.c.kind == "assignment")[0]
    juror = int(one.key.split(":")[2])
    copy_of(here, one, f"assignment:{here.round_id}:{juror}:later")
    finish(here, juror)
    assert digest.join(here.engine, settings=here.settings, now=here.after_deadline) == 0
    assert {part.reply for part in rows(here, t.messages.c.state == "cancelled")} == {stored.FINISHED}


def test_decisions_and_changed_letters_are_never_joined(here: Any) -> None:
    one = rows(here, t.messages.c.kind == "assignment")[0]
    twin = copy_of(here, one, f"assignment:{here.round_id}:{one.key.split(':')[2]}:later")
    outbox.move(here.engine, here.round_id, twin, Move.HOLD, actor=here.actor, now=here.after_deadline)
    outbox.move(here.engine, here.round_id, twin, Move.RELEASE, actor=here.actor, now=here.after_deadline)
    assert digest.join(here.engine, settings=here.settings, now=here.after_deadline) == 0
    change(here, t.messages, kind="decision")
    assert digest.join(here.engine, settings=here.settings, now=here.after_deadline) == 0


def test_an_office_that_gathers_news_lets_them_wait(here: Any) -> None:
    rules(here, digest_minutes=10)
    now = here.after_deadline + DAY
    one = replace_juror(here)
    ledger_post(here, one, now)
    (waits,) = rows(here, t.messages.c.key == "assignment:1:1:new")
    assert waits.not_before == now + timedelta(minutes=10)


def replace_juror(here: Any) -> Any:
    from laurea import letters
    from laurea.store import juries, rounds

    with reading(here.engine) as connection:
        record = rounds.round_by_id(connection, here.round_id)
        desk = letters.Desk(
            record, rounds.authority_of(connection, record.authority_id), here.settings, record.created_at
        )
        juror = juries.jurors(connection, here.round_id)[0]
    return replace(letters.assignment(desk, juror, [1, 2], "new"), key="assignment:1:1:new")


def ledger_post(here: Any, letter: Any, now: datetime) -> None:
    with writing(here.engine) as connection:
        ledger.post(connection, [letter], authority_id=here.record().authority_id, round_id=here.round_id, now=now)


def test_only_further_reminders_can_be_ended_and_then_are(here: Any) -> None:
    send(here, here.after_deadline)
    end = here.scene.review_until
    remind.remind(here.engine, here.round_id, settings=here.settings, now=end - 7 * DAY)
    for one in rows(here, t.messages.c.kind == "review_reminder"):
        assert b"List-Unsubscribe" not in one.content
    send(here, end - 7 * DAY)
    count = remind.remind(here.engine, here.round_id, settings=here.settings, now=end - 2 * DAY)
    found = rows(here, t.messages.c.kind == AGAIN)
    assert len(found) == count > 1
    assert all(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in one.content for one in found)
    with reading(here.engine) as connection:
        token = connection.execute(
            select(t.unsubscribed.c.token).where(t.unsubscribed.c.person_id == found[0].person_id)
        ).scalar_one()
    assert f"/unsubscribe/{token}".encode() in found[0].content.replace(b"=\r\n", b"")
    unsubscribe.say(here.engine, token, wanted=False, now=end - 2 * DAY)
    assert send(here, end - 2 * DAY) == {"sent": count - 1}, "the one that waited is cancelled at its turn"
    assert rows(here, t.messages.c.id == found[0].id)[0].reply == stored.UNSUBSCRIBED
    assert remind.remind(here.engine, here.round_id, settings=here.settings, now=end) == count - 1
    with writing(here.engine) as connection:
        assert unsubscribed.token_of(connection, 1, found[0].person_id, AGAIN, end) is None


def test_who_stays_silent_becomes_the_officers_matter_once(here: Any) -> None:
    end = here.scene.review_until
    send(here, here.after_deadline)
    for step in (7 * DAY, 2 * DAY, 0 * DAY, -2 * DAY):
        remind.remind(here.engine, here.round_id, settings=here.settings, now=end - step)
    assert rows(here, t.messages.c.kind == "reviews_silent") == []
    at = end + 3 * DAY
    remind.remind(here.engine, here.round_id, settings=here.settings, now=at)
    remind.remind(here.engine, here.round_id, settings=here.settings, now=at + DAY)
    told = rows(here, t.messages.c.kind == "reviews_silent")
    with reading(here.engine) as connection:
        officers = list(connection.execute(select(t.people.c.id).where(t.people.c.role == "officer")).scalars())
        heard = list(connection.execute(select(t.audit.c.event).where(t.audit.c.event == "jurors_silent")).scalars())
    assert [one.person_id for one in told] == officers
    assert heard == ["jurors_silent"]


def test_a_letter_on_its_way_is_nobodys_to_hold(here: Any) -> None:
    one, two = rows(here)[:2]
    with writing(here.engine) as connection:
        stored.claim_due(connection, here.after_deadline, 1)
    with pytest.raises(Conflict):
        outbox.move(here.engine, here.round_id, one.id, Move.HOLD, actor=here.actor, now=here.after_deadline)
    with pytest.raises(Conflict, match="more or fewer"):
        outbox.move_found(
            here.engine, here.round_id, [t.messages.c.id.in_([one.id, two.id])], [], Move.HOLD, expected=2,
            newest=two.id, actor=here.actor, now=here.after_deadline,
        )  # fmt: skip
    assert rows(here, t.messages.c.id == two.id)[0].state == "due"
    assert lines(here, one.id) == [("try", "")]
