"""What every page shows that somebody judges an application on: the round with its rules, the heading, the content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from evaluators.permissions import Timetable
from laurea.store import tables as t
from laurea.store.moments import times


@dataclass(frozen=True)
class UnderReview:
    """An application somebody judges, with its round. Whether content may be shown is not said here."""

    application_id: int
    authority_id: int
    round_id: int
    code: str
    title: str
    rule_set: str
    policies: dict[str, str]
    parameters: dict[str, str]
    timetable: Timetable
    ref: str
    unit_name: str
    institution: str
    country: str | None
    region: str
    applicant: str
    facts: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    files: int


def columns() -> list[ColumnElement[Any]]:
    """Its columns, but those that a question takes from its own table: application, authority and round."""
    r, a = t.rounds.c, t.applications.c
    rules = (r.code, r.title, r.rule_set, r.policies, r.parameters, *times())
    heading = (a.ref, a.unit_name, a.institution, a.country, a.region, t.people.c.name.label("applicant"))
    return [*rules, *heading, a.facts, a.children, a.files]
