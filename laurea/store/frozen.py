"""Web pages an application points to: as they were when they were frozen, and how they stand now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from evaluators.frozen import Link, Standing, standing
from laurea.store import direct
from laurea.store import tables as t
from laurea.store.batches import batches

f = t.frozen_pages.c


@dataclass(frozen=True)
class Page:
    """One page. `digest` is of what was frozen, `now_digest` of what was seen last."""

    id: int
    application_id: int
    address: str
    fact: str
    title: str
    media_type: str
    digest: str | None
    frozen_at: datetime | None
    now_digest: str | None
    checked_at: datetime | None
    changed_at: datetime | None
    gone_at: datetime | None
    trouble: str

    @property
    def standing(self) -> Standing:
        """How it stands beside what was frozen."""
        return standing(self.digest, self.trouble, self.changed_at, self.gone_at)


_COLUMNS = tuple(f[name] for name in Page.__dataclass_fields__)


def name_pages(
    connection: Connection,
    authority_id: int,
    round_id: int,
    links: Mapping[int, Sequence[Link]],
    person_id: int | None,
    now: datetime,
) -> int:
    """Write down pages that are to be frozen, by application; what is known already is left. How many are new."""
    known: set[tuple[int, str]] = set()
    for some in batches(list(links)):
        query = select(f.application_id, f.address).where(f.application_id.in_(some))
        known |= {(row.application_id, row.address) for row in connection.execute(query)}
    rows = [
        {
            "authority_id": authority_id, "round_id": round_id, "application_id": application, "address": one.address,
            "fact": one.fact, "named_by": person_id, "named_at": now,
        }
        for application, found in links.items()
        for one in found
        if (application, one.address) not in known
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.frozen_pages), rows)
    return len(rows)


def pages_of(connection: Connection, application_id: int) -> list[Page]:
    """The pages of an application, in the order they were named."""
    return [Page(*row) for row in direct.ask(connection, _pages_of(), application=application_id)]


@cache
def _pages_of() -> Select[Any]:
    """Built once: every opening of every sheet asks it."""
    return select(*_COLUMNS).where(f.application_id == bindparam("application")).order_by(f.id)


def pages_of_round(connection: Connection, round_id: int) -> list[Page]:
    """All pages of a round."""
    return [Page(**row._mapping) for row in connection.execute(select(*_COLUMNS).where(f.round_id == round_id))]


def count_of(connection: Connection, application_id: int) -> int:
    """How many pages an application points to."""
    return int(connection.execute(select(func.count()).where(f.application_id == application_id)).scalar_one())


def seen(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down how pages were found: each row with `id` and what changes."""
    names = (
        "title",
        "media_type",
        "digest",
        "frozen_at",
        "now_digest",
        "checked_at",
        "changed_at",
        "gone_at",
        "trouble",
    )
    if rows:
        connection.execute(
            update(t.frozen_pages)
            .where(f.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in names}),
            [{"b_id": row["id"], **{f"b_{name}": row[name] for name in names}} for row in rows],
        )
