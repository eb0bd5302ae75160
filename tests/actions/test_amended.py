"""What the office changed by hand stays when the sources are asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select

from laurea.actions import gather
from laurea.store import applications, requests
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


def test_source_does_not_overwrite_what_somebody_confirmed_by_link_and_the_difference_is_found(small: Small) -> None:
    here = small()
    here.bring_in()
    with reading(here.engine) as connection:
        ids = list(connection.execute(select(t.applications.c.id).order_by(t.applications.c.id)).scalars())

    def ask() -> dict[str, Any]:
        gather.gather(here.engine, here.round_id, ids, addresses=here.settings.sources, now=here.after_deadline)
        with reading(here.engine) as connection:
            return applications.load(connection, here.round_id, ids=ids[:1])[0].facts

    ask()
    with reading(here.engine) as connection:
        row = connection.execute(select(t.evidence.c.content).where(t.evidence.c.application_id == ids[0])).first()
    assert row is not None
    (fact, source_says), *_ = row.content["facts"].items()

    def answered(counts: bool, answer: str, value: object) -> None:
        with writing(here.engine) as connection:
            connection.execute(t.fact_requests.delete())
            connection.execute(
                insert(t.fact_requests).values(
                    authority_id=here.record().authority_id, round_id=here.round_id, application_id=ids[0], fact=fact,
                    stated=None, capacity="principal", person_id=here.actor.person_id, name="Head",
                    asked_by=here.actor.person_id, asked_at=here.after_deadline, counts=counts, token_digest="d" * 64,
                    expires_at=here.after_deadline, answer=answer, value=value, answered_at=here.after_deadline,
                )
            )  # fmt: skip
            one = applications.load(connection, here.round_id, ids=ids[:1])[0]
            applications.set_facts(connection, {ids[0]: (one.facts | {fact: "confirmed"}, one.children)}, None)

    for counts, answer, value, stands in (
        (True, "supplied", "confirmed", "confirmed"),
        (True, "confirmed", "confirmed", "confirmed"),
        (True, "refused", "confirmed", "confirmed"),  # of a yes-or-no fact nobody knew, the refusal is its no
        (True, "refused", None, source_says),  # it changed nothing, so nothing of it can stand
        (False, "supplied", "confirmed", source_says),  # a word beside the fact
    ):
        answered(counts, answer, value)
        assert ask()[fact] == stands
        with reading(here.engine) as connection:
            found = [(one.fact, one.value) for one in requests.otherwise(connection, ids[0])]
        assert found == ([(fact, source_says)] if stands == "confirmed" else [])
