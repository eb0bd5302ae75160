"""An award with a term that somebody holds, while its award's next round is open."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select

from evaluators.renewal import schedule
from evaluators.validity import Term
from laurea.store import tables as t
from laurea.store import terms
from laurea.store.engine import writing
from tests.web import calling
from tests.web.calling import CODE
from tests.web.seeding import Place

OLD = "last-call"
KNOWN = {"stage": "finished", "finished_on": "2026-06-20", "consent": True, "hours": "2.5"}
NUMBER = "n" * 22


def hold(place: Place, days: int = 50) -> str:
    """An award of Tamar's that ends in so many days; the address of its page."""
    calling.open_round(place, closes_in=timedelta(days=20))
    today = place.now.date()
    with writing(place.engine) as connection:
        row = connection.execute(select(t.rounds).where(t.rounds.c.code == CODE)).mappings().one()
        past = dict(row) | {
            "code": OLD, "title": "The last call", "opens_at": place.now - timedelta(days=400),
            "closes_at": place.now - timedelta(days=380), "review_until": place.now - timedelta(days=370),
            "routed_at": place.now - timedelta(days=370), "proposed_at": place.now - timedelta(days=360),
            "released_at": place.now - timedelta(days=350), "award_on": today - timedelta(days=350),
        }  # fmt: skip
        del past["id"]
        round_id = connection.execute(insert(t.rounds).values(**past).returning(t.rounds.c.id)).scalar_one()
        person = connection.execute(
            insert(t.people)
            .values(authority_id=1, name="Tamar Teacher", email="tamar@example.org", language="en", role="applicant",
                    created_at=place.now)
            .returning(t.people.c.id)
        ).scalar_one()  # fmt: skip
        application = connection.execute(
            insert(t.applications)
            .values(
                authority_id=1, round_id=round_id, ref="AZ-1", applicant_id=person, applicant_ref="T1", unit_ref="P1",
                unit_name="Rivers in court", country="AZ", submitted_at=past["closes_at"] - timedelta(days=1),
                state="decided", facts=KNOWN,
                children={"partners": [{"school": "One"}, {"school": "Two"}]},
            )
            .returning(t.applications.c.id, t.applications.c.key)
        ).one()  # fmt: skip
        decision = connection.execute(
            insert(t.decisions)
            .values(authority_id=1, round_id=round_id, application_id=application.id, state="released",
                    outcome="label", granted=True, points="7", trace=[], rule_set="x", policies={},
                    proposed_at=past["proposed_at"], released_at=past["released_at"])
            .returning(t.decisions.c.id)
        ).scalar_one()  # fmt: skip
        term = Term(past["award_on"], today + timedelta(days=days), today - timedelta(days=2))
        grant = connection.execute(
            insert(t.grants)
            .values(authority_id=1, round_id=round_id, decision_id=decision, application_id=application.id,
                    person_id=person, number=NUMBER, award=_award(connection, round_id), title="Label",
                    holder="Rivers in court", country="AZ", valid_from=term.valid_from, valid_until=term.valid_until,
                    renewal_opens=term.renewal_opens)
            .returning(t.grants.c.id)
        ).scalar_one()  # fmt: skip
        terms.add_steps(connection, 1, {grant: schedule(term)})
    return f"/my/{application.key}"


def _award(connection: Connection, round_id: int) -> str:
    query = select(t.rule_sets.c.award).join(t.rounds, t.rounds.c.rule_set == t.rule_sets.c.digest)
    return str(connection.execute(query.where(t.rounds.c.id == round_id)).scalar_one())
