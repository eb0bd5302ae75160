"""An officer's outbox by its pages: what can be seen of a letter, and each deed with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from laurea.store import tables as t
from laurea.store import unsubscribed
from laurea.store.engine import reading, writing
from notifications.compose import Recipient, compose
from tests.web.conftest import Browser
from tests.web.seeding import Place

ROUND = "/rounds/example-2026"
REVIEW = {"round": "Example", "count": 3, "deadline": "2026-12-01T12:00:00+00:00", "link": "https://x.example/juror"}


def put(place: Place, key: str, *, kind: str = "assignment", state: str = "due", person: int = 0, **more: Any) -> int:
    """A letter in the outbox, composed as the house composes them."""
    person = person or place.jurors[0]
    data = {"link": "https://x.example/enter/zqsecret", "minutes": 10} if kind == "sign_in" else REVIEW
    reader = Recipient(person, "Ayla <b>", "ayla@example.org", "en")
    made = compose(kind, key, reader, data, sender="x@example.org", now=place.now)
    values = {
        "authority_id": 1, "round_id": place.round_id, "key": key, "message_id": made.message_id, "kind": kind,
        "person_id": person, "address": "ayla@example.org", "language": "en", "subject": made.subject,
        "content": made.content, "state": state, "not_before": place.now, "created_at": place.now,
    }  # fmt: skip
    with writing(place.engine) as connection:
        query = insert(t.messages).values({**values, **more}).returning(t.messages.c.id)
        return int(connection.execute(query).scalar_one())


def row(place: Place, number: int) -> Any:
    with reading(place.engine) as connection:
        return connection.execute(select(t.messages).where(t.messages.c.id == number)).one()


def events(place: Place) -> list[tuple[str, str, dict[str, Any]]]:
    c = t.audit.c
    with reading(place.engine) as connection:
        rows = connection.execute(select(c.event, c.actor, c.details).order_by(c.id)).all()
    return [(one.event, one.actor, one.details) for one in rows if one.event.startswith(("letter", "post"))]


@pytest.fixture
def officer(browsers: Callable[[], Browser], place: Place) -> Browser:
    return browsers().sign_in(place, place.officers[0])


def test_a_letter_shows_what_it_says_in_a_frame_that_can_do_nothing(officer: Browser, place: Place) -> None:
    number = put(place, "assignment:1:1:a")
    page = officer.get(f"{ROUND}/outbox/{number}")
    assert "waiting for your review" in page.text
    assert "assignment:1:1:a" in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert 'sandbox=""' in page.text
    sheet = officer.client.get(f"{ROUND}/outbox/{number}/sheet")
    assert "Open my reviews" in sheet.text
    rules = sheet.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "script-src" not in rules
    assert "frame-ancestors 'self'" in rules


def test_a_letter_with_a_key_is_shown_to_nobody(officer: Browser, place: Place) -> None:
    number = put(place, "sign_in:1", kind="sign_in")
    assert "zqsecret" not in officer.get(f"{ROUND}/outbox/{number}").text
    assert officer.get(f"{ROUND}/outbox/{number}/sheet").status == 404
    assert officer.get(f"{ROUND}/outbox/{number}/edit").status == 404
    officer.post(f"{ROUND}/outbox/{number}/edit", {"subject": "a", "comment": "b", "seen": "c"})
    assert officer.status == 404


def test_letters_of_others_do_not_exist(browsers: Callable[[], Browser], place: Place) -> None:
    number = put(place, "assignment:1:1:a")
    with writing(place.engine) as connection:
        connection.execute(t.messages.update().where(t.messages.c.id == number).values(round_id=None))
    officer, other = browsers().sign_in(place, place.officers[0]), browsers().sign_in(place, place.officers[2])
    juror = browsers().sign_in(place, place.jurors[0])
    here = f"{ROUND}/outbox/{number}"
    for one in (officer, other, juror):
        for path in ("", "/sheet", "/edit"):
            assert one.get(here + path).status == 404
        assert one.post(f"{here}/cancel").status == 404
    assert row(place, number).state == "due"


def test_hold_let_go_cancel_and_send_leave_a_line_each(officer: Browser, place: Place) -> None:
    number = put(place, "assignment:1:1:a")
    here, who = f"{ROUND}/outbox/{number}", f"person:{place.officers[0]}"
    officer.get(here)
    states = []
    for deed in ("hold", "release", "cancel", "send"):
        officer.post(f"{here}/{deed}", {"why": f"because {deed}"})
        assert officer.address == here
        states.append(row(place, number).state)
    assert states == ["held", "due", "cancelled", "due"]
    assert row(place, number).at_once
    assert [(event, actor) for event, actor, _ in events(place)] == [
        ("letters_held", who), ("letters_let_go", who), ("letters_cancelled", who), ("letters_sent_now", who)
    ]  # fmt: skip
    assert "because cancel" in officer.text
    assert "Leyla Hacıyeva" in officer.text
    with writing(place.engine) as connection:
        line = {"message_id": number, "at": place.now, "actor": "relay", "what": "reported", "outcome": "hard"}
        connection.execute(insert(t.letter_events).values(**line))
    assert "the mail server" in officer.get(here).text


def test_what_left_cannot_be_taken_back(officer: Browser, place: Place) -> None:
    for state in ("sending", "sent", "delivered"):
        number = put(place, f"assignment:1:1:{state}", state=state)
        here = f"{ROUND}/outbox/{number}"
        officer.get(here)
        for deed in ("hold", "release", "cancel", "send", "arrived", "again"):
            assert officer.post(f"{here}/{deed}").status == 409
        assert officer.get(f"{here}/edit").status == 404
        assert row(place, number).state == state
    assert events(place) == []


def test_changed_words_stand_beside_the_original_and_carry_no_markup(officer: Browser, place: Place) -> None:
    number = put(place, "decision:1:x")
    here = f"{ROUND}/outbox/{number}"
    before = row(place, number)
    officer.get(f"{here}/edit")
    seen = officer.text.split('name="seen" value="')[1].split('"')[0]
    text = "Dear Ayla,\n\n<script>alert(1)</script> see https://x.example/a?b=1&c=2.\n"
    typed = {"subject": "Another\r\nBcc: evil@example.org", "comment": text, "seen": seen}
    officer.post(f"{here}/edit", typed)
    assert officer.address == here
    after = row(place, number)
    assert (after.kind, after.key, after.message_id, after.address) == (
        before.kind, before.key, before.message_id, before.address
    )  # fmt: skip
    assert after.content.count(b"Subject:") == 1
    assert b"\r\nBcc:" not in after.content
    sheet = officer.client.get(f"{here}/sheet").text
    assert "<script>" not in sheet
    assert 'href="https://x.example/a?b=1&amp;c=2">' in sheet
    assert "As it was written" in officer.text
    assert before.subject in officer.text
    assert "Leyla Hacıyeva" in officer.text
    earlier = officer.client.get(f"{here}/sheet?version=1").text
    assert "Open my reviews" in earlier
    assert [event for event, _, _ in events(place)] == ["letter_edited"]
    stale = officer.post(f"{here}/edit", typed | {"subject": "Once more"})
    assert stale.status == 409
    assert row(place, number).subject == after.subject


def test_words_that_cannot_be_kept_come_back(officer: Browser, place: Place) -> None:
    number = put(place, "assignment:1:1:a")
    officer.get(f"{ROUND}/outbox/{number}/edit")
    seen = officer.text.split('name="seen" value="')[1].split('"')[0]
    officer.post(f"{ROUND}/outbox/{number}/edit", {"subject": "  ", "comment": "What I wrote", "seen": seen})
    assert officer.status == 422
    assert "What I wrote" in officer.text
    assert events(place) == []


def test_a_doubt_is_settled_by_hand(officer: Browser, place: Place) -> None:
    first, second = (put(place, f"decision:{n}:x", state="uncertain", reply="Lost after DATA") for n in (1, 2))
    page = officer.get(f"{ROUND}/outbox/{first}").text
    assert "Lost after DATA" in page
    assert row(place, first).message_id.strip("<>") in page
    officer.post(f"{ROUND}/outbox/{first}/arrived", {"why": "She wrote back"})
    assert (row(place, first).state, row(place, first).sent_at is not None) == ("sent", True)
    assert "She wrote back" in officer.text
    officer.get(f"{ROUND}/outbox/{second}")
    officer.post(f"{ROUND}/outbox/{second}/again")
    assert (row(place, second).state, row(place, second).at_once) == ("due", True)
    assert [one[2]["as"] for one in events(place)] == ["arrived", "again"]


def test_many_letters_are_counted_before_they_are_touched(officer: Browser, place: Place) -> None:
    mine = [put(place, f"assignment:1:1:{n}") for n in range(3)]
    other = put(place, "assignment:1:2:x", person=place.jurors[1])
    sent = put(place, "assignment:1:1:sent", state="sent", sent_at=place.now)
    with reading(place.engine) as connection:
        name = connection.execute(select(t.people.c.name).where(t.people.c.id == place.jurors[0])).scalar_one()
    words = f'to:"{name}"'
    page = officer.get(f"{ROUND}/outbox/all", params={"deed": "hold", "q": words})
    assert "3 letters will be held back" in page.text
    typed = {
        one.split('"')[0]: one.split('value="')[1].split('"')[0]
        for one in page.text.split('<input type="hidden" name="')[1:]
        if not one.startswith("_csrf")
    }
    typed["q"] = words
    late = put(place, "assignment:1:1:late")  # written after the officer looked
    officer.post(f"{ROUND}/outbox/all", typed)
    assert officer.address == f"{ROUND}/outbox"
    assert [row(place, one).state for one in (*mine, other, sent, late)] == ["held"] * 3 + ["due", "sent", "due"]
    assert events(place)[-1] == ("letters_held", f"person:{place.officers[0]}", {"letters": 3})
    officer.post(f"{ROUND}/outbox/all", typed)  # the same again: they are others by now
    assert officer.status == 409
    assert len(events(place)) == 1
    assert officer.get(f"{ROUND}/outbox/all", params={"deed": "arrived"}).status == 404


def test_one_button_stops_the_letters_of_a_release(officer: Browser, place: Place) -> None:
    later = place.now + timedelta(minutes=30)
    waiting = [put(place, f"decision:{n}:x", kind="assignment", not_before=later) for n in range(2)]
    with writing(place.engine) as connection:
        connection.execute(t.messages.update().where(t.messages.c.id.in_(waiting)).values(kind="decision"))
    reminder = put(place, "assignment:1:1:a", not_before=later)
    assert "2 letters of the release go out not before" in officer.get(f"{ROUND}/outbox").text
    officer.post(f"{ROUND}/outbox/stop")
    assert [row(place, one).state for one in (*waiting, reminder)] == ["held", "held", "due"]
    assert row(place, waiting[0]).not_before == later, "let go again, they wait for their time"
    officer.post(f"{ROUND}/outbox/stop")
    assert officer.status == 409


def test_how_letters_go_is_set_and_checked(officer: Browser, place: Place) -> None:
    base = f"{ROUND}/outbox/rules"
    officer.get(base)
    good = {"quiet_from": "21:00", "quiet_until": "07:00", "digest_minutes": "10", "undo_minutes": "15"}
    for name, wrong in (
        ("quiet_from", "25:00"), ("quiet_from", ""), ("digest_minutes", "x"), ("undo_minutes", "1441"),
        ("undo_minutes", "-1"),
    ):  # fmt: skip
        officer.post(base, good | {name: wrong})
        assert officer.status == 422, (name, wrong)
    assert events(place) == []
    officer.post(base, good)
    assert (officer.status, officer.address) == (200, base)
    office = select(t.authorities.c.quiet_from).where(t.authorities.c.code == "AZ")
    assert place.value(office) == "21:00"
    assert place.value(select(t.authorities.c.quiet_from).where(t.authorities.c.code == "LV")) == ""
    assert place.value(select(t.rounds.c.undo_minutes)) == 15
    officer.post(base, good)
    assert [event for event, _, _ in events(place)] == ["post_rules_set"], "the same again is no deed"


def test_ten_thousand_letters_cost_a_few_questions(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    values = {
        "authority_id": 1, "round_id": place.round_id, "kind": "decision", "person_id": place.jurors[0],
        "address": "x@example.org", "language": "en", "subject": "x", "content": b"x", "state": "due",
        "not_before": place.now, "created_at": place.now,
    }  # fmt: skip
    with writing(place.engine) as connection:
        many = [{**values, "key": f"k{n}", "message_id": f"k{n}"} for n in range(10_000)]
        connection.execute(insert(t.messages), many)
    seen = count_queries()
    assert "10,000 letters" in officer.get(f"{ROUND}/outbox").text
    assert len(seen) <= 12
    seen.clear()
    officer.get(f"{ROUND}/outbox/all", params={"deed": "cancel"})
    assert "10,000 letters will be cancelled" in officer.text
    assert len(seen) <= 12


def test_a_link_ends_further_reminders_with_one_click_from_anywhere(browser: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        token = unsubscribed.token_of(connection, 1, place.jurors[0], "review_reminder_again", place.now)
    path, since = f"/unsubscribe/{token}", select(t.unsubscribed.c.since)
    assert browser.get(path).status == 200
    assert place.value(since) is None, "looking changes nothing"
    for how in (
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ):
        with writing(place.engine) as connection:
            connection.execute(t.unsubscribed.update().values(since=None))
        answer = browser.client.post(path, headers={"origin": "https://mail.example"}, **how)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert place.value(since) is not None
    assert browser.get(path).status == 200
    assert "You get no further reminders" in browser.text
    browser.post(path, {"again": "1"})
    assert place.value(since) is None
    with reading(place.engine) as connection:
        said = list(connection.execute(select(t.audit.c.event, t.audit.c.actor)).all())
    who = f"person:{place.jurors[0]}"
    assert [one for one in said if "ubscribed" in one[0]] == [
        ("unsubscribed", who), ("unsubscribed", who), ("subscribed_again", who)
    ]  # fmt: skip
    assert browser.get("/unsubscribe/" + "x" * 32).status == 404


def test_the_round_says_what_letters_need_of_its_officer(officer: Browser, place: Place) -> None:
    for n, state in enumerate(("failed", "bounced", "bounced", "uncertain", "held")):
        put(place, f"assignment:1:1:{n}", state=state)
    with writing(place.engine) as connection:
        connection.execute(t.rounds.update().values(review_until=place.now - timedelta(days=2)))
    text = officer.get(ROUND).text
    for says in ("1 letter could not be delivered.", "2 letters came back.", "The fate of 1 letter is not known"):
        assert says in text
    assert "1 letter is held back." in text
    assert "did not answer the last reminder" not in text
    with writing(place.engine) as connection:
        connection.execute(t.rounds.update().values(review_until=place.now - timedelta(days=4)))
        mine = select(t.jurors.c.id).where(t.jurors.c.person_id == place.jurors[0])
        more = t.assignments.update().where(t.assignments.c.juror_id.in_(mine))
        connection.execute(more.values(until=place.now + timedelta(days=4)))
    assert "3 jurors did not answer the last reminder and get no further one." in officer.get(ROUND).text
