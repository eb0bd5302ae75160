"""The award kit in the world of the leak matrix."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from evaluators.permissions import Field
from laurea.store import tables as t
from tests.web.leak_types import DAY, NOW, OURS, Owner, World


def kit(connection: Connection, world: World, number: int) -> None:
    """A parcel with its address, and a ceremony with its guest."""
    base = {"authority_id": 1, "round_id": number}
    ours = Owner(OURS)

    def hidden(word: str) -> str:
        return world.hide(word, ours, Field.KIT)

    things = [{"name": hidden("Zqplaque"), "outcomes": [], "quantity": 1, "engraving": hidden("Zqengraved")}]
    connection.execute(insert(t.kits).values(**base, items=things))
    grant = connection.execute(select(t.grants.c.id).where(t.grants.c.round_id == number)).scalar_one()
    connection.execute(
        insert(t.parcels).values(
            **base, grant_id=grant, address=hidden("Zqaddress"), note=hidden("Zqtracking"), state="sent",
            key="zqparcel" + "k" * 14, asked_at=NOW, expires_at=NOW + 9 * DAY,
        )
    )  # fmt: skip
    held = insert(t.ceremonies).values(
        **base, title=hidden("Zqceremony"), regions=[], place=hidden("Zqplace"), programme="", begins_at=NOW + 30 * DAY,
        ends_at=NOW + 31 * DAY, timezone="Asia/Baku", reply_until=NOW + 20 * DAY, uid="zq@laurea", changed_at=NOW,
    )  # fmt: skip
    ceremony = connection.execute(held.returning(t.ceremonies.c.id)).scalar_one()
    connection.execute(
        insert(t.guests).values(
            authority_id=1, ceremony_id=ceremony, person_id=world.applicants[0], key="zqguest" + "k" * 15,
            invited_at=NOW, comes=True, people=3, sounds=hidden("Zqsounds"), words=hidden("Zqguestwords"),
        )
    )  # fmt: skip
