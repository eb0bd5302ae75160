"""What the office changed by hand stays when the sources are asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select

from laurea.actions import gather
from laurea.store import applications
from laurea.store import tables as t
from laurea.store.engine import reading, writing

Small = Callable[..., Any]


def test_source_does_not_overwrite_what_the_office_changed(small: Small) -> None:
    here = small()
    here.bring_in()

    def ask() -> dict[int, dict[str, Any]]:
        with reading(here.engine) as connection:
            ids = list(connection.execute(select(t.applications.c.id)).scalars())
        gather.gather(here.engine, here.round_id, ids, addresses=here.settings.sources, now=here.after_deadline)
        with reading(here.engine) as connection:
            return {one.id: one.facts for one in applications.load(connection, here.round_id)}

    known = ask()
    with reading(here.engine) as connection:
        row = connection.execute(select(t.evidence.c.application_id, t.evidence.c.content)).first()
    assert row is not None
    fact = next(iter(row.content["facts"]))
    changed = known[row.application_id] | {fact: "by hand"}
    with writing(here.engine) as connection:
        applications.set_facts(connection, {row.application_id: (changed, {})}, here.after_deadline)
        connection.execute(
            insert(t.statements).values(
                authority_id=here.record().authority_id, application_id=row.application_id,
                person_id=here.actor.person_id, fact=fact, kind="amended", after="by hand", said_at=here.after_deadline,
            )
        )  # fmt: skip
    again = ask()
    assert again[row.application_id][fact] == "by hand"
    others = {key: facts for key, facts in again.items() if key != row.application_id}
    assert others == {key: facts for key, facts in known.items() if key != row.application_id}
