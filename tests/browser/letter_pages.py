"""The outbox after a release with an undo window: its pages, for pictures and accessibility."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser
from sqlalchemy import select, update

from laurea.actions import bounces, outbox, post_rules
from laurea.actions.release import release
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store import unsubscribed
from laurea.store.engine import reading, writing
from notifications.outbox import Move
from tests.browser.serving import Look, free_port, served
from tests.web import seeding
from tests.web.seeding import Place

OUTBOX = "/rounds/example-2026/outbox"
PAGES = (
    "letters", "letter", "letter-edit", "letter-changed", "letter-uncertain", "letters-many", "letters-rules",
    "letters-returned", "unsubscribe", "unsubscribed",
)  # fmt: skip


def walk(chromium: Browser, folder: Path, look: Look, scheme: Literal["dark", "light"] = "light") -> None:
    """A release whose letters wait, one held, one changed, one that nobody is certain of; `look` is shown each page."""
    place = seeding.seed(folder, port=free_port())
    numbers = _released(place)
    with writing(place.engine) as connection:
        token = unsubscribed.token_of(connection, 1, place.jurors[0], "review_reminder_again", place.now)
    with served(place.settings) as url:
        page = chromium.new_context(color_scheme=scheme, locale="en-GB", base_url=url).new_page()
        page.goto(place.link(place.officers[0]))
        page.locator("main button").click()

        def show(path: str, name: str) -> None:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            look(page, name)

        show(OUTBOX, "letters")
        show(f"{OUTBOX}/{numbers[3]}", "letter")
        show(f"{OUTBOX}/{numbers[3]}/edit", "letter-edit")
        page.locator("input[name=subject]").fill("About your application, with a word of ours")
        page.locator("textarea[name=comment]").fill(
            "Dear applicant,\n\nWe wrote this by hand.\n\nWith kind regards,\nus"
        )
        page.locator("main form button.primary").click()
        page.wait_for_load_state("networkidle")
        look(page, "letter-changed")
        show(f"{OUTBOX}/{numbers[1]}", "letter-uncertain")
        show(f"{OUTBOX}/all?deed=cancel&q=kind%3Adecision", "letters-many")
        show(f"{OUTBOX}/rules", "letters-rules")
        show(f"{OUTBOX}/returned", "letters-returned")
        show(f"/unsubscribe/{token}", "unsubscribe")
        page.locator("main form button").click()
        look(page, "unsubscribed")
        page.context.close()
    place.engine.dispose()


def _released(place: Place) -> list[int]:
    """Release the round, its letters to go in an hour; the numbers of the letters."""
    seeding.fill(place, 1.0, settle=True)
    officer = Actor.person(place.officers[0])
    post_rules.set_rules(
        place.engine, place.round_id, quiet_from="21:00", quiet_until="07:00", digest_minutes=10, undo_minutes=60,
        actor=officer, now=place.now,
    )  # fmt: skip
    with reading(place.engine) as connection:
        digest = connection.execute(select(t.rounds.c.digest)).scalar_one()
    release(place.engine, place.round_id, actor=officer, expected_digest=digest, settings=place.settings, now=place.now)
    m = t.messages.c
    with writing(place.engine) as connection:
        numbers = list(connection.execute(select(m.id).where(m.round_id == place.round_id).order_by(m.id)).scalars())
        for number, state, reply in (
            (numbers[0], "sent", "250 2.0.0 Ok: queued as 4f1d"), (numbers[1], "uncertain", "Lost after DATA"),
            (numbers[2], "sent", "250 2.0.0 Ok: queued as 7a02"),
        ):  # fmt: skip
            sent = {"sent_at": place.now} if state != "uncertain" else {}
            connection.execute(update(t.messages).where(m.id == number).values(state=state, reply=reply, **sent))
            line = {"message_id": number, "at": place.now, "actor": "clock", "what": "try", "outcome": state}
            connection.execute(t.letter_events.insert().values(**line, note=reply))
        query = select(m.message_id).where(m.id == numbers[2])
        came_back = {"message_id": connection.execute(query).scalar_one(), "action": "failed", "status": "5.1.1"}
    bounces.take_told(place.engine, "call", [came_back | {"reason": "550 No such user"}], now=place.now)
    outbox.move(
        place.engine, place.round_id, numbers[3], Move.HOLD, actor=officer, now=place.now, why="Ask the head first"
    )
    return numbers
