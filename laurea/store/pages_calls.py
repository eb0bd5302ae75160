"""What everybody may ask of rounds that take applications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from evaluators.permissions import Timetable
from laurea.store import tables as t


@dataclass(frozen=True)
class Call:
    """A round that has opened and whose applications are not yet with jurors."""

    id: int
    code: str
    title: str
    authority_id: int
    authority: str
    contact: str
    timezone: str
    country: str | None
    opens_at: datetime
    closes_at: datetime
    review_until: datetime
    routed_at: datetime | None
    proposed_at: datetime | None
    released_at: datetime | None
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]

    @property
    def timetable(self) -> Timetable:
        """What its phase depends on."""
        return Timetable(self.closes_at, self.review_until, self.routed_at, self.proposed_at, self.released_at)


CALL = tuple(
    t.rounds.c[name]
    for name in (
        "id", "code", "title", "authority_id", "country", "opens_at", "closes_at", "review_until", "routed_at",
        "proposed_at", "released_at", "rule_set", "policies", "parameters",
    )
)  # fmt: skip
OFFICE = (
    t.authorities.c.name.label("authority"), t.authorities.c.email.label("contact"), t.authorities.c.timezone,
)  # fmt: skip


def calls(connection: Connection, now: datetime, code: str = "") -> list[Call]:
    """Rounds that have opened and are not yet with their jurors, the one that closes first before the others.

    Whether one still takes applications is for evaluators.permissions to say.
    """
    c = t.rounds.c
    query = (
        select(*CALL, *OFFICE)
        .join(t.authorities, t.authorities.c.id == c.authority_id)
        .where(c.opens_at <= now, c.routed_at.is_(None), c.proposed_at.is_(None), c.released_at.is_(None))
        .order_by(c.closes_at, c.id)
    )
    if code:
        query = query.where(c.code == code)
    return [Call(**row._mapping) for row in connection.execute(query)]
