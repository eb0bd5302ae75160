"""Rounds of years past for a seeded office: a small programme whose figures can be counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, select

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.seeding import Place

REGIONS = (("AZ", "Bakı"), ("AZ", "Gəncə"), ("AZ", ""), ("GE", "Kaxeti"))


def add_year(
    place: Place,
    year: int,
    *,
    applications: int,
    granted: int,
    authority: int = 1,
    term: int = 3,
    released: bool = True,
) -> int:
    """A round of a year, released where nothing else is said; its id.

    The applications go round over REGIONS and over three schools, two projects each; the first `granted` of them hold
    a label for `term` years.
    """
    now = place.now
    with writing(place.engine) as connection:

        def add(table: object, **values: object) -> int:
            query = insert(table).values(authority_id=authority, **values).returning(table.c.id)  # type: ignore[arg-type, attr-defined]
            return int(connection.execute(query).scalar_one())

        rule_set = connection.execute(select(t.rule_sets.c.digest)).scalar_one()
        person = add(
            t.people, name=f"Of {year}", email=f"of{year}-{authority}@example.org", language="en", role="applicant",
            created_at=now,
        )  # fmt: skip
        moments = {
            "opens_at": now,
            "closes_at": now,
            "review_until": now,
            "created_at": now,
            "released_at": now if released else None,
        }
        round_id = add(
            t.rounds, code=f"label-{year}-{authority}", title=f"Label {year}", rule_set=rule_set,
            award_on=date(year, 6, 1), policies={}, parameters={}, seed=1, languages=["en"], **moments,
        )  # fmt: skip
        for number in range(applications):
            country, region = REGIONS[number % len(REGIONS)]
            application = add(
                t.applications, round_id=round_id, ref=f"A-{number}", applicant_id=person, applicant_ref="x",
                unit_ref=f"U{number // 2}", country=country, region=region, institution=f"School {number % 3}",
                submitted_at=now - timedelta(days=300), state="decided", facts={}, children={},
            )  # fmt: skip
            if number >= granted:
                continue
            decision = add(
                t.decisions, round_id=round_id, application_id=application, state="released", outcome="label",
                granted=True, trace=[], rule_set=rule_set, policies={}, proposed_at=now, released_at=now,
            )  # fmt: skip
            add(
                t.grants, round_id=round_id, decision_id=decision, application_id=application, person_id=person,
                number=f"N-{authority}-{year}-{number}", award="example-label", title="Example label", holder="x",
                country=country, valid_from=date(year, 6, 1), valid_until=date(year + term, 5, 31),
            )  # fmt: skip
    return round_id
