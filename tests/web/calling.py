"""A round that takes applications beside the seeded one, for the tests of the applicant's side."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from laurea.store import tables as t
from laurea.store.engine import reading, writing
from rules.library import load
from tests.web.seeding import Place

CALL = Path(__file__).parent / "call.yaml"
CODE = "call-2026"
GOOD: dict[str, object] = {  # answers that meet every clause
    "fact.stage": "finished", "fact.finished_on": "2026-06-20", "fact.consent": "true", "fact.hours": "2,5",
    "row.partners.0.school": "Sākumskola Ausma", "row.partners.0.partner_country": "LV",
    "row.partners.1.school": "Scuola Manzoni", "row.partners.1.partner_country": "IT",
}  # fmt: skip


def open_round(place: Place, *, closes_in: timedelta = timedelta(days=9), rule_file: Path = CALL, **more: Any) -> int:
    """Open the round; its id."""
    ruleset = load(rule_file)
    values = {
        "authority_id": 1, "code": CODE, "title": "Example call 2026", "rule_set": ruleset.digest, "country": "AZ",
        "opens_at": place.now - timedelta(days=30), "closes_at": place.now + closes_in,
        "review_until": place.now + closes_in + timedelta(days=40), "award_on": place.now.date() + timedelta(days=90),
        "policies": {}, "parameters": {}, "seed": 3, "languages": ["az", "en", "lv"], "created_at": place.now,
    }  # fmt: skip
    with writing(place.engine) as connection:
        if connection.execute(select(t.rule_sets).where(t.rule_sets.c.digest == ruleset.digest)).first() is None:
            connection.execute(
                insert(t.rule_sets).values(
                    digest=ruleset.digest, award=ruleset.award, edition=ruleset.edition, text=ruleset.text,
                    kept_at=place.now,
                )
            )  # fmt: skip
        made = insert(t.rounds).values(**{**values, **more}).returning(t.rounds.c.id)
        return int(connection.execute(made).scalar_one())


def change(place: Place, table: Any, **values: Any) -> None:
    """Change every row of a table (tests that need one row have one)."""
    with writing(place.engine) as connection:
        connection.execute(update(table).values(**values))


def rows(place: Place, query: Any) -> list[Any]:
    """What a query gives."""
    with reading(place.engine) as connection:
        return list(connection.execute(query).all())
