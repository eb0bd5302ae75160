"""Hand labels and scores from one authority to another, and make applications of what was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators import handover
from laurea import ledger, statute
from laurea.errors import BadInput, NotNow, Refusal
from laurea.intake import NewAuthority, ensure_authority, must_take
from laurea.sources import files
from laurea.store import applications, outcomes, rounds
from laurea.store.engine import writing
from rules.ruleset import RuleSet

KIND = "labels_and_scores"


@dataclass(frozen=True)
class HandedOver:
    """How many labels changed hands; `new` is False when they had been handed over before."""

    labels: int
    new: bool


def hand_over_round(
    engine: Engine, round_id: int, to: NewAuthority, *, actor: ledger.Actor, now: datetime
) -> HandedOver:
    """Hand the labels of a released round, with their exact scores, to another authority."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not record.released_at:
            raise NotNow(f"The round {record.code} is not released.", "Labels are handed over after release.")
        labels = [
            {
                "project_id": row["unit_ref"],
                "title": row["unit_name"],
                "country": row["country"],
                "score": row["exact_points"],
            }
            for row in outcomes.labels_of(connection, round_id)
        ]
        receiver = ensure_authority(connection, to)
        given = _Given(record.authority_id, receiver.id, record.code, labels, record.id)
        new = _keep(connection, given, subject=f"authority:{receiver.id}", actor=actor, now=now)
    return HandedOver(len(labels), new)


def receive(
    engine: Engine, round_id: int, path: Path, giver: NewAuthority, *, actor: ledger.Actor, now: datetime
) -> tuple[HandedOver, tuple[Refusal, ...]]:
    """Take in, for a round, the labels of an authority that works elsewhere: CSV with project_id, country, score.

    They go to the authority of the round. Wrong rows are refused and kept with that round.
    """
    read = files.read_labels(path)
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        applications.refuse_rows(connection, record.authority_id, round_id, read.refusals, now)
        from_authority = ensure_authority(connection, giver).id
        rows = [{key: row[key] for key in ("project_id", "title", "country", "score")} for row in read.rows]
        given = _Given(from_authority, record.authority_id, path.name, rows)
        new = _keep(connection, given, subject=f"authority:{from_authority}", actor=actor, now=now)
    return HandedOver(len(rows), new), tuple(read.refusals)


@dataclass(frozen=True)
class _Given:
    giver: int
    receiver: int
    label: str
    rows: list[dict[str, Any]]
    round_id: int | None = None


def _keep(connection: Connection, given: _Given, *, subject: str, actor: ledger.Actor, now: datetime) -> bool:
    """Record a hand-over with its audit line; False when it was recorded before."""
    new = outcomes.add_handover(
        connection,
        from_authority=given.giver,
        to_authority=given.receiver,
        round_id=given.round_id,
        kind=KIND,
        label=given.label,
        rows=given.rows,
        digest=applications.digest_of({"rows": given.rows}),
        handed_at=now,
    )
    if new:
        ledger.record(
            connection,
            authority_id=given.giver if given.round_id else given.receiver,
            round_id=given.round_id,
            actor=actor,
            event=ledger.Event.HANDED_OVER,
            subject=subject,
            now=now,
            details={"labels": len(given.rows), "label": given.label},
        )
    return new


def nominate(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> int:
    """Make the applications of a round out of the labels handed to its authority; how many are new.

    One application for each project in each country that granted it a label. Nobody applies here: the
    authority that handed the label over stands as the applicant and hears of the result.
    """
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        must_take(record, now)
        ruleset = statute.rule_set_of(connection, record)
        averaging = record.policies.get("averaging", "")
        if averaging not in handover.AVERAGING:
            raise BadInput(
                f"The rules of {record.code} do not say how a project's average is formed.",
                remedy=f"Answer the policy 'averaging' with one of: {', '.join(handover.AVERAGING)}.",
            )
        handed = outcomes.handovers_to(connection, record.authority_id, KIND)
        received = [row for _, rows in handed for row in rows]
        rows = _rows(ruleset, received, averaging)
        known = applications.known_refs(connection, round_id)
        contacts = _contacts(connection, record, {giver for giver, _ in handed}, now)
        new = [row for row in rows if row["ref"] not in known]
        applications.add_applications(
            connection,
            [
                {
                    **row,
                    "authority_id": record.authority_id,
                    "round_id": round_id,
                    "applicant_id": contacts[row["country"]],
                    "submitted_at": now,
                    "state": "submitted",
                    "children": {},
                }
                for row in new
            ],
        )
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.APPLICATIONS_IMPORTED,
            now=now,
            details={"added": len(new), "known": len(rows) - len(new), "labels": len(received)},
        )
    return len(new)


def _contacts(connection: Connection, record: rounds.RoundRecord, givers: set[int], now: datetime) -> dict[str, int]:
    """The contact of each authority that handed labels over, by its country."""
    authorities = [rounds.authority_of(connection, giver) for giver in sorted(givers)]
    silent = [a.code for a in authorities if not a.email or not a.country]
    if silent:
        raise BadInput(
            f"No address or country is known of: {', '.join(silent)}.",
            remedy="Give the authority's e-mail and country.",
        )
    people = applications.ensure_people(
        connection, record.authority_id, "authority", [(a.name, a.email, a.language) for a in authorities], now
    )
    return {str(a.country): people[a.email] for a in authorities}


def _rows(ruleset: RuleSet, received: Sequence[Mapping[str, Any]], averaging: str) -> list[dict[str, Any]]:
    labels = [handover.Label(row["project_id"], row["country"], Fraction(row["score"])) for row in received]
    titles = {row["project_id"]: row.get("title") or row["project_id"] for row in received}
    scale = ruleset.facts["average_score"].scale or 0
    return [
        {
            "ref": f"{standing.project}-{country}",
            "applicant_ref": country,
            "unit_ref": standing.project,
            "unit_name": titles[standing.project],
            "country": country,
            "facts": {
                "nominating_country": country,
                "nql_countries": len(standing.countries),
                "average_score": handover.decimal_text(standing.average, scale),
            },
        }
        for standing in handover.standings(labels, averaging)
        for country in standing.countries
    ]
