"""A round of the example label whose rules let an appeal have one clause or criterion judged again, released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from laurea import ledger, steps
from laurea.actions import release, sheet
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.seeding import LABEL, Place

POLICY = """  appeal_lowers:
    type: choice
    asks: May an appeal lower a result?
    cite: house
    options: {"yes": A result may be lower afterwards., "no": A result is never lower afterwards.}
"""
APPEALS = """appeals:
  cite: house
  replays: [eligibility, rubric]
  lowers: policy.appeal_lowers
  facts:
    filed_on: {type: date, meaning: Day of the appeal, supplied_by: applicant}
    published_on: {type: date, meaning: Day of the results, supplied_by: officer}
  clauses:
    - id: within_days
      says: The appeal came within 15 days of the results.
      cite: house
      require: filed_on <= days_after(published_on, 15)
  outcomes:
    - {id: not_considered, title: Not considered, when: "!clauses"}
    - {id: considered, title: Considered, otherwise: true, grants: true}
"""
FACTS = {"founder_one": "AZ", "founder_two": "LV", "finished_on": "2026-04-10", "consent": "true", "pupils": "40"}
LOW = {"teaching": "2", "cooperation": "1", "data": "4", "results": "4", "overall": "1"}  # 2·2 + 1 + 4 + 1 = 10


def rules(folder: Path) -> Path:
    """The example label with an appeal that repeats."""
    text = LABEL.read_text(encoding="utf-8").replace("policies:\n", f"policies:\n{POLICY}", 1) + APPEALS
    text = text.replace("The pass mark is reached.", "The points reach {policy.pass_mark}.")
    path = folder / "appealed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def released(
    folder: Path, *, lowers: str | None = "no", database_url: str = "", marks: Mapping[str, str] | None = None,
    **more: Any,
) -> Place:  # fmt: skip
    """Four applications, all marked alike by two of four jurors, with 15 points to pass; told."""
    policies = {"pass_mark": "15"} | ({"appeal_lowers": lowers} if lowers else {})
    place = seeding.seed(
        folder, rule_file=rules(folder), policies=policies, applications=4, jurors=4, facts=FACTS,
        database_url=database_url, **more,
    )  # fmt: skip
    for person in place.jurors:
        for assignment in place.assignments(person):
            one = {"person_id": person, "assignment_id": assignment, "now": place.now}
            sheet.declare(place.engine, kind=None, **one)
            sheet.submit_sheet(place.engine, marks=dict(marks or LOW), comment="", version=1, **one)
    now = place.now + timedelta(days=20)
    steps.advance(place.engine, place.round_id, settings=place.settings, now=now)
    with reading(place.engine) as connection:
        digest = rounds.round_by_id(connection, place.round_id).digest
    assert digest
    release.release(
        place.engine, place.round_id, actor=ledger.Actor.person(place.officers[0]), expected_digest=digest,
        settings=place.settings, now=now,
    )  # fmt: skip
    place.now = now
    return place


def appealed(place: Place, application: int = 0, contested: tuple[str, ...] = ()) -> int:
    """The applicant appeals; the appeal's number."""
    with writing(place.engine) as connection:
        a = t.applications.c
        row = connection.execute(select(a.applicant_id).where(a.id == place.applications[application])).one()
        query = insert(t.appeals).values(
            authority_id=1, round_id=place.round_id, application_id=place.applications[application],
            person_id=row.applicant_id, facts={}, words="The teaching idea was overlooked.", contested=list(contested),
            finding="considered", filed_at=place.now,
        )  # fmt: skip
        return int(connection.execute(query.returning(t.appeals.c.id)).scalar_one())


def decision(place: Place, application: int = 0) -> Any:
    """A decision as it stands."""
    with reading(place.engine) as connection:
        d = t.decisions.c
        query = select(t.decisions).where(d.application_id == place.applications[application])
        return connection.execute(query).one()


def without_a_juror(place: Place, person: int) -> None:
    """Let a juror leave the round."""
    with writing(place.engine) as connection:
        j = t.jurors.c
        connection.execute(update(t.jurors).where(j.person_id == person).values(left_at=place.now))
