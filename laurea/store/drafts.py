"""The plan an officer looks at before it is saved: one a round, replaced by the next, gone once it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from laurea.store import tables as t

Row = tuple[str, str, str, int]  # add or take, application, juror (by reference), quality


@dataclass(frozen=True)
class Draft:
    """A plan as it was made. `rests_on` names what stood then; `left_out` are additions the officer took out."""

    id: int
    kind: str
    rests_on: str
    rows: list[Row]
    left_out: frozenset[tuple[str, str]]
    told: dict[str, Any]
    made_at: datetime
    made_by: str | None
    version: int

    @property
    def mark(self) -> str:
        """A name for the plan as it stands with what was taken out of it; no two plans share one."""
        return f"{self.made_at.timestamp():.6f}-{self.version}"

    @property
    def added(self) -> list[Row]:
        """Reviews it gives out, without those taken out."""
        return [one for one in self.rows if one[0] == "add" and (one[1], one[2]) not in self.left_out]

    @property
    def taken(self) -> list[Row]:
        """Reviews it takes from their juror."""
        return [one for one in self.rows if one[0] == "take"]


def draft_of(connection: Connection, round_id: int) -> Draft | None:
    """The plan of a round that waits to be saved, or None."""
    c = t.plan_drafts.c
    query = (
        select(
            c.id, c.kind, c.rests_on, c.rows, c.left_out, c.told, c.made_at, t.people.c.name.label("made_by"), c.version
        )
        .outerjoin_from(t.plan_drafts, t.people, t.people.c.id == c.made_by)
        .where(c.round_id == round_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    found = dict(row._mapping)
    found["rows"] = [tuple(one) for one in found["rows"]]
    found["left_out"] = frozenset((one[0], one[1]) for one in found["left_out"])
    return Draft(**found)


def keep_draft(
    connection: Connection,
    *,
    authority_id: int,
    round_id: int,
    kind: str,
    rests_on: str,
    rows: Sequence[Row],
    told: dict[str, Any],
    made_by: int | None,
    now: datetime,
) -> None:
    """Keep a plan in place of the one before."""
    drop_draft(connection, round_id)
    connection.execute(
        insert(t.plan_drafts).values(
            authority_id=authority_id, round_id=round_id, kind=kind, rests_on=rests_on, left_out=[], told=told,
            rows=[list(one) for one in rows], made_by=made_by, made_at=now,
        )
    )  # fmt: skip


def change_draft(connection: Connection, draft: Draft, left_out: frozenset[tuple[str, str]]) -> bool:
    """Say which additions are taken out; false when somebody else changed the plan since it was read."""
    c = t.plan_drafts.c
    query = update(t.plan_drafts).where(c.id == draft.id, c.version == draft.version)
    values = {"left_out": [list(one) for one in sorted(left_out)], "version": draft.version + 1}
    return connection.execute(query.values(values)).rowcount == 1


def drop_draft(connection: Connection, round_id: int) -> bool:
    """Forget the plan of a round; tells whether there was one."""
    return connection.execute(delete(t.plan_drafts).where(t.plan_drafts.c.round_id == round_id)).rowcount > 0
