"""Labels and scores go from one authority to another, and become applications of a round there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators import handover
from laurea import handing, ledger, statute
from laurea.errors import BadInput, NotFound, NotNow, Refusal
from laurea.handing import Given
from laurea.intake import NewAuthority, ensure_authority, must_take
from laurea.sources import files
from laurea.store import applications, handovers, rounds
from laurea.store.engine import writing
from notifications.filled import Filled
from rules.ruleset import RuleSet

SOURCE = "hand-overs"
SCREENED = ("eligible", "ineligible", "needs_evidence", "undecided")


@dataclass(frozen=True)
class HandedOver:
    """How many labels changed hands; `new` is False when they had been handed over before."""

    labels: int
    new: bool


def hand_over_round(engine: Engine, round_id: int, to: str, *, actor: ledger.Actor, now: datetime) -> HandedOver:
    """Hand the labels of a released round, with their exact scores, to the central authority with this code."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not record.released_at:
            raise NotNow(
                Filled("The round {code} is not released.", code=record.code), "Labels are handed over after release."
            )
        receiver, giver = rounds.authority(connection, to), rounds.authority_of(connection, record.authority_id)
        if receiver.kind != "central" or receiver.id == giver.id:
            raise BadInput(
                Filled("{office} takes no labels from others.", office=receiver.name), remedy="Name a central office."
            )
        if not giver.country:
            raise BadInput(
                Filled("It is not known which country {office} is of.", office=giver.name),
                remedy="Say it with: laurea office set.",
            )
        labels = [{**row, "country": giver.country} for row in handovers.labels_of(connection, round_id)]
        if any(row["score"] is None for row in labels):
            raise BadInput(
                Filled("The labels of {code} rest on no score.", code=record.code),
                remedy="Only labels with scores can be handed over.",
            )
        about = handing.released(connection, record)
        given = Given(giver.id, receiver.id, handovers.LABELS, record.code, labels, about, record.id)
        new = handing.give(connection, given, actor=actor, now=now)
    return HandedOver(len(labels), new)


def receive(
    engine: Engine, round_id: int, path: Path, giver: NewAuthority, *, actor: ledger.Actor, now: datetime
) -> tuple[HandedOver, tuple[Refusal, ...]]:
    """Take in, for a round, the labels of an authority that works elsewhere: CSV with project_id, country, score.

    They go to the authority of the round. Wrong rows are refused and kept with that round, among them those of another
    country than the giver's.
    """
    read = files.read_labels(path)
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        from_authority = ensure_authority(connection, giver)
        foreign = [row for row in read.rows if from_authority.country not in (None, row["country"])]
        refusals = [
            *read.refusals,
            *(
                Refusal(
                    path.name, row["row"], "country", f"{row['country']} is not the country of {from_authority.name}.",
                    "Each office hands over the labels it granted.",
                )
                for row in foreign
            ),
        ]  # fmt: skip
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        rows = [
            {key: row[key] for key in ("project_id", "title", "country", "score")}
            for row in read.rows
            if row not in foreign
        ]
        given = Given(from_authority.id, record.authority_id, handovers.LABELS, path.name, rows, from_file=True)
        new = handing.give(connection, given, actor=actor, now=now)
    return HandedOver(len(rows), new), tuple(refusals)


@dataclass(frozen=True)
class TakenIn:
    """What became of labels that were taken in: applications that are new, and those whose figures changed."""

    new: int
    changed: int


def take_in(
    engine: Engine, round_id: int, chosen: Sequence[int] | None = None, *, actor: ledger.Actor, now: datetime
) -> TakenIn:
    """Make the applications of a round out of the labels handed to its authority.

    `chosen`: the hand-overs to use, besides those the round uses already; None: all that no round uses yet. One
    application for each project in each country that granted it a label; where more labels came in, a project's figures
    are worked out anew. Nobody applies here: the authority that handed the label over stands as the applicant and hears
    of the result.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        must_take(record, now)
        ruleset = statute.rule_set_of(connection, record)
        averaging = record.policies.get("averaging", "")
        if averaging not in handover.AVERAGING:
            raise BadInput(
                Filled("The rules of {code} do not say how a project's average is formed.", code=record.code),
                remedy=Filled(
                    "Answer the policy 'averaging' with one of: {choices}.", choices=", ".join(handover.AVERAGING)
                ),
            )
        every = handovers.received(connection, record.authority_id, handovers.LABELS)
        free = {one.id for one in every if one.taken_into is None}
        fresh = free if chosen is None else set(chosen)
        if fresh - free:
            raise NotFound("There is no such hand-over, or a round has taken it in already.")
        used = [one for one in reversed(every) if one.id in fresh or one.taken_into == round_id]
        applicants = _applicants(connection, record, {one.giver for one in used}, now)
        wanted = {row["ref"]: row for row in _rows(ruleset, [row for one in used for row in one.rows], averaging)}
        known = {one.ref: one for one in applications.load(connection, round_id)}
        new = [
            {
                **row,
                "applicant_id": applicants[row["country"]][0],
                "applicant_ref": applicants[row["country"]][1],
                "authority_id": record.authority_id,
                "round_id": round_id,
                "submitted_at": now,
                "state": "submitted",
                "children": {},
            }
            for ref, row in wanted.items()
            if ref not in known
        ]
        applications.add_applications(connection, new)
        changed = {
            one.id: ({**one.facts, **wanted[ref]["facts"]}, one.children)
            for ref, one in known.items()
            if ref in wanted and not wanted[ref]["facts"].items() <= one.facts.items()
        }
        applications.set_facts(connection, changed, None)
        again = [one.id for one in known.values() if one.id in changed and one.state in SCREENED]
        applications.set_states(connection, dict.fromkeys(again, "submitted"))
        pieces = {
            one.id: {"facts": wanted[one.ref]["facts"], "children": {}}
            for one in applications.load(connection, round_id)
            if one.ref in wanted
        }
        applications.add_evidence(connection, record.authority_id, SOURCE, pieces, now)
        handovers.take(connection, sorted(fresh), round_id=round_id, person_id=actor.person_id, now=now)
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.APPLICATIONS_IMPORTED,
            now=now,
            details={"added": len(new), "known": len(wanted) - len(new), "changed": len(changed), "labels": len(fresh)},
        )
    return TakenIn(len(new), len(changed))


def _applicants(
    connection: Connection, record: rounds.RoundRecord, givers: set[int], now: datetime
) -> dict[str, tuple[int, str]]:
    """The contact and the code of each authority that handed labels over, by its country."""
    authorities = [rounds.authority_of(connection, giver) for giver in sorted(givers)]
    silent = [a.code for a in authorities if not a.email or not a.country]
    if silent:
        raise BadInput(
            Filled("No address or country is known of: {offices}.", offices=", ".join(silent)),
            remedy="Give the authority's e-mail and country with: laurea office set.",
        )
    countries = {str(a.country): a.code for a in authorities}
    if len(countries) < len(authorities):
        raise BadInput(
            "Two offices of one country handed labels over.", remedy="Take in the labels of one office of each country."
        )
    people = applications.ensure_people(
        connection, record.authority_id, "authority", [(a.name, a.email, a.language) for a in authorities], now
    )
    return {str(a.country): (people[a.email], a.code) for a in authorities}


def _rows(ruleset: RuleSet, received: Sequence[Mapping[str, Any]], averaging: str) -> list[dict[str, Any]]:
    labels = [handover.Label(row["project_id"], row["country"], Fraction(row["score"])) for row in received]
    # Each office's own title: what one office calls a project is nothing for the others.
    titles = {(row["project_id"], row["country"]): row.get("title") or row["project_id"] for row in received}
    scale = ruleset.facts["average_score"].scale or 0
    return [
        {
            "ref": f"{standing.project}-{country}",
            "unit_ref": standing.project,
            "unit_name": titles[standing.project, country],
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
