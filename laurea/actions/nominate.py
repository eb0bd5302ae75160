"""Lists go to the offices, their nominations come back, and the round takes them in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from evaluators import handover
from laurea import handing, ledger, statute
from laurea.errors import BadInput, Conflict, NotFound, NotNow, Refusal
from laurea.handing import Given
from laurea.intake import must_take
from laurea.store import applications, handovers, rounds
from laurea.store.engine import writing
from notifications.filled import Filled

if TYPE_CHECKING:
    from laurea.store.handovers import Handover

SCREENED = ("eligible", "ineligible", "needs_evidence", "undecided")


def send_lists(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> list[str]:
    """Give each office that handed labels over the list of its projects, with averages and its places; who got one.

    An office whose list is as it was gets none. Raises NotNow once the round is closed, BadInput where its rules leave
    the offices no choice.
    """
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        must_take(record, now)
        if now >= record.closes_at:
            raise NotNow(
                Filled("The round {code} is closed.", code=record.code),
                "Lists are sent while offices can still answer.",
            )
        everyone = [a for a in applications.load(connection, round_id) if a.role == "authority"]
        plan = statute.plan_of(connection, record)
        choices = handover.choices(plan, [a.row() for a in everyone])
        if not choices:
            raise BadInput(
                Filled("The rules of {code} leave offices no choice of projects.", code=record.code),
                remedy="Go on without.",
            )
        countries: dict[str, set[str]] = {}
        for one in everyone:
            countries.setdefault(one.unit_ref, set()).add(str(one.country))
        sent = handovers.given(connection, record.authority_id, handovers.LIST)
        reached = []
        for office in sorted({a.applicant_ref for a in everyone}):
            mine = [a for a in everyone if a.applicant_ref == office]
            choice = choices[str(mine[0].country)]
            receiver = rounds.authority(connection, office)
            rows = [
                {
                    "project_id": a.unit_ref,
                    "title": a.unit_name,
                    "average": a.facts["average_score"],
                    "countries": sorted(countries[a.unit_ref]),
                    "bar": choice.bars[a.ref],
                }
                for a in mine
            ]
            about = {
                "round": record.title,
                "code": record.code,
                "until": record.closes_at.isoformat(),
                "clause": choice.clause,
                "places": choice.places,
                "of": choice.base,
                **handing.terms(record),
            }
            before = [one for one in sent if one.receiver == receiver.id and one.round_code == record.code]
            if before and list(before[0].rows) == rows and before[0].about == {**about, "count": len(rows)}:
                continue
            label = handing.numbered(record.code, len(before))
            given = Given(record.authority_id, receiver.id, handovers.LIST, label, rows, about, record.id)
            handing.give(connection, given, actor=actor, now=now)
            reached.append(receiver.name)
    return reached


@dataclass(frozen=True)
class Nominated:
    """How many projects an office nominated, and whether this takes the place of what it said before."""

    projects: int
    replaces: bool


def nominate(
    engine: Engine, authority_id: int, list_id: int, picked: Collection[str], *, actor: ledger.Actor, now: datetime
) -> Nominated:
    """Nominate projects of a list that an authority was given: all of them are handed over, or none.

    Said again before they are taken in, the later word counts. Raises BadInput with the clause where a project cannot
    be nominated or there are more than the places, NotNow after the last day, NotFound for another's list.
    """
    with writing(engine) as connection:
        offered = handovers.one_of(connection, authority_id, list_id)
        if offered is None or offered.kind != handovers.LIST or offered.receiver != authority_id:
            raise NotFound("There is no such list.")
        about = offered.about
        if not offered.newest:
            raise NotNow("There is a newer list.", "Choose from the newer one.")
        if now >= datetime.fromisoformat(about["until"]):
            raise NotNow(
                Filled("Nominations for {round} were due by {day}.", round=about["round"], day=about["until"]),
                "Ask the central office.",
            )
        refused = _refused(connection, offered, picked)
        if refused:
            raise BadInput("Nothing was handed over.", refused)
        said = [
            one
            for one in handovers.given(connection, authority_id, handovers.NOMINATIONS, rows=False)
            if one.receiver == offered.giver and one.round_code == offered.round_code
        ]
        if any(one.taken_at for one in said):
            raise NotNow("Your nominations are taken in already.", "Ask the central office.")
        rows = [
            {name: row[name] for name in ("project_id", "title", "average")}
            for row in offered.rows
            if row["project_id"] in picked
        ]
        handed = {name: about[name] for name in ("round", "code", "clause", "places", "of")} | {"list": offered.id}
        label = handing.numbered(offered.round_code, len(said))
        given = Given(authority_id, offered.giver, handovers.NOMINATIONS, label, rows, handed)
        if not handing.give(connection, given, actor=actor, now=now):
            raise Conflict("Somebody has dealt with this meanwhile.", "Look at it again; nothing was changed.")
    return Nominated(len(rows), bool(said))


def _refused(connection: Connection, offered: Handover, picked: Collection[str]) -> list[Refusal]:
    """Why these projects cannot be nominated, each with its clause; nothing where they can."""
    try:
        found = handover.wrong(offered.rows, offered.about["places"], offered.about["clause"], picked)
    except ValueError as strange:
        return [Refusal("nominations", None, "project_id", f"{strange}.", "Choose from the list.")]
    ruleset = handing.rule_set_of(connection, offered.about)
    assert ruleset is not None
    refusals = []
    for one in found:
        said = handing.clause(ruleset, offered.about, one.clause, "en")
        what = (
            f"{', '.join(one.projects)} cannot be nominated."
            if one.projects
            else f"{len(picked)} projects, and {offered.about['places']} of {offered.about['of']} can be nominated."
        )
        refusals.append(Refusal("nominations", None, one.clause, f"{what} {said.says}", f"({said.cite})"))
    return refusals


def waiting(found: Sequence[Handover], code: str) -> list[Handover]:
    """The nominations for a round that are not taken in: of each office its latest word."""
    return [one for one in found if one.round_code == code and one.newest and one.taken_at is None]


@dataclass(frozen=True)
class TakenIn:
    """What became of nominations: offices heard, projects nominated, projects their offices did not nominate."""

    offices: int
    nominated: int
    passed_over: int


def take_nominations(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> TakenIn:
    """Make facts of the nominations that came in: what an office named is nominated, its other projects are not.

    What the round's places have become since the list went out is for the rules to say, when it is decided.
    """
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        must_take(record, now)
        came = waiting(handovers.received(connection, record.authority_id, handovers.NOMINATIONS), record.code)
        if not came:
            raise NotNow(
                Filled("No nominations for {code} wait to be taken in.", code=record.code), "Wait for the offices."
            )
        everyone = applications.load(connection, round_id)
        facts: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        yes = 0
        for one in came:
            named = {row["project_id"] for row in one.rows}
            answers = {a.id: a.unit_ref in named for a in everyone if a.applicant_ref == one.giver_code}
            yes += sum(answers.values())
            facts |= {
                a.id: ({**a.facts, handover.PROPOSED: answers[a.id]}, a.children) for a in everyone if a.id in answers
            }
            pieces = {key: {"facts": {handover.PROPOSED: answer}, "children": {}} for key, answer in answers.items()}
            applications.add_evidence(connection, record.authority_id, one.giver_code, pieces, now)
        applications.set_facts(connection, facts, None)
        again = [a.id for a in everyone if a.id in facts and a.state in SCREENED]
        applications.set_states(connection, dict.fromkeys(again, "submitted"))
        ids = [one.id for one in came]
        handovers.take(connection, ids, round_id=round_id, person_id=actor.person_id, now=now)
        ledger.record_of(
            connection,
            record,
            actor=actor,
            event=ledger.Event.HANDOVER_TAKEN_IN,
            now=now,
            details={"kind": handovers.NOMINATIONS, "offices": len(came), "nominated": yes},
        )
    return TakenIn(len(came), yes, len(facts) - yes)
