"""Awards with terms in a database, as a release leaves them; days are asked of them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, insert, select

from evaluators.renewal import schedule
from evaluators.validity import Term
from laurea.store import tables as t
from laurea.store import terms
from laurea.store.engine import writing
from rules.library import load

RULES = Path(__file__).parents[1] / "web" / "call.yaml"
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)


def hold(engine: Engine, given: Sequence[Term], timezone: str = "Asia/Baku", code: str = "AZ") -> list[int]:
    """One round of a new authority whose labels have these terms; their ids, in the order of the terms."""
    rules = load(RULES)
    with writing(engine) as connection:

        def add(table: object, **values: object) -> int:
            query = insert(table).values(**values).returning(table.c.id)  # type: ignore[arg-type, attr-defined]
            return int(connection.execute(query).scalar_one())

        if connection.execute(select(t.rule_sets.c.digest)).first() is None:
            connection.execute(
                insert(t.rule_sets).values(
                    digest=rules.digest, award=rules.award, edition=rules.edition, text=rules.text, kept_at=LONG_AGO
                )
            )
        office = add(t.authorities, code=code, name=f"Office {code}", language="en", timezone=timezone)
        moments = dict.fromkeys(("opens_at", "closes_at", "review_until", "created_at", "released_at"), LONG_AGO)
        round_id = add(
            t.rounds, authority_id=office, code=f"held-{code}", title="Held", rule_set=rules.digest,
            award_on=date(2010, 1, 1), policies={}, parameters={}, seed=1, languages=["en"], routed_at=LONG_AGO,
            proposed_at=LONG_AGO, **moments,
        )  # fmt: skip
        base = {"authority_id": office, "round_id": round_id}
        people = [
            {"authority_id": office, "name": f"P{n}", "email": f"p{n}@example.org", "language": "en",
             "role": "applicant", "created_at": LONG_AGO}
            for n in range(len(given))
        ]  # fmt: skip
        connection.execute(insert(t.people), people)
        of_office = select(t.people.c.id).where(t.people.c.authority_id == office).order_by(t.people.c.id)
        holders = list(connection.execute(of_office).scalars())
        papers = [
            base | {"ref": f"A-{n}", "applicant_id": holders[n], "applicant_ref": f"p{n}", "unit_ref": f"u{n}",
                    "unit_name": f"School {n}", "submitted_at": LONG_AGO, "state": "decided", "facts": {},
                    "children": {}, "key": f"key-{code}-{n}"}
            for n in range(len(given))
        ]  # fmt: skip
        connection.execute(insert(t.applications), papers)
        mine = select(t.applications.c.id).where(t.applications.c.round_id == round_id).order_by(t.applications.c.id)
        applications = list(connection.execute(mine).scalars())
        connection.execute(
            insert(t.decisions),
            [base | {"application_id": one, "state": "released", "outcome": "label", "granted": True, "trace": [],
                     "rule_set": rules.digest, "policies": {}, "proposed_at": LONG_AGO} for one in applications],
        )  # fmt: skip
        decided = (
            select(t.decisions.c.id).where(t.decisions.c.round_id == round_id).order_by(t.decisions.c.application_id)
        )
        decisions = list(connection.execute(decided).scalars())
        connection.execute(
            insert(t.grants),
            [base | {"decision_id": decisions[n], "application_id": applications[n], "person_id": holders[n],
                     "number": f"number-{code}-{n}", "award": rules.award, "title": "Label", "holder": f"School {n}",
                     "country": "AZ", "valid_from": term.valid_from, "valid_until": term.valid_until,
                     "renewal_opens": term.renewal_opens, "grace_until": term.grace_until,
                     "told_on": term.valid_from} for n, term in enumerate(given)],
        )  # fmt: skip
        ids = list(
            connection.execute(
                select(t.grants.c.id).where(t.grants.c.round_id == round_id).order_by(t.grants.c.id)
            ).scalars()
        )
        terms.add_steps(connection, office, {one: schedule(term) for one, term in zip(ids, given, strict=True)})
    return ids
