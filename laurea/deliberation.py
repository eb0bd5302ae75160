"""What the juries of a round still owe it, and records as the optimiser takes them; shared by actions and pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from evaluators import deliberation, facts
from evaluators.assignment import Candidate, Juror, Weights
from evaluators.deliberation import Waits
from evaluators.fact_columns import joined
from evaluators.sheets import taken
from laurea.store import applications, juries, panels, rounds

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection

    from evaluators.calibration import Refusal
    from evaluators.facts import Frames
    from laurea.store.applications import ApplicationRecord
    from laurea.store.juries import JurorRecord
    from laurea.store.rounds import RoundRecord
    from rules.juries import ResolvedJury
    from rules.plan import Plan
    from rules.ruleset import RuleSet


FURTHER = (Waits.THIRD, Waits.LINE)  # what one further review ends


def deliberates(plan: Plan) -> bool:
    """Whether submitted sheets may still lead to a third review or to a joint sheet."""
    jury = plan.jury
    return jury is not None and (jury.deliberates or jury.asked_consolidation == "consensus")


@dataclass(frozen=True)
class AtHand:
    """All applications of a round that were not withdrawn, and what their juries said, as the bench takes it.

    What is known of `everyone` stands in the frames alone: held twice, a large round would not fit into memory.
    """

    everyone: list[ApplicationRecord]
    frames: Frames
    points: pl.DataFrame | None


def known(connection: Connection, round_id: int, ruleset: RuleSet) -> tuple[list[ApplicationRecord], facts.Frames]:
    """All applications of a round that were not withdrawn, without what is known of them, and the frames of that."""
    everyone: list[ApplicationRecord] = []
    parts: list[facts.Frames] = []
    for some in applications.portions(connection, round_id):
        here = facts.to_frames(ruleset, [one.row() for one in some])
        here.problems = [replace(one, row_index=one.row_index + len(everyone)) for one in here.problems]
        parts.append(here)
        everyone += [replace(one, facts={}, children={}) for one in some]
    return everyone, joined(parts or [facts.to_frames(ruleset, [])])


def at_hand(connection: Connection, round_id: int, plan: Plan) -> AtHand:
    """What a round's decisions rest on, as it stands."""
    everyone, frames = known(connection, round_id, plan.ruleset)
    sheets, joint = juries.submitted_sheets(connection, round_id), panels.joint_by_ref(connection, round_id)
    return AtHand(everyone, *taken(plan, frames, sheets, joint))


def waiting(
    connection: Connection, round_id: int, plan: Plan, application_id: int | None = None
) -> dict[int, tuple[str, Waits]]:
    """What each application all of whose reviews are in still waits for of its jury: its reference and what, by id.

    Whoever waits for nothing is left out, and so is one of which a review is still open; of one application only
    where `application_id` is given.
    """
    if plan.jury is None or not (deliberates(plan) or plan.asks_at_line):
        return {}
    ids = panels.complete(connection, round_id, plan.jury.reviews, application_id)
    some = applications.load(connection, round_id, ids=ids) if ids else []
    if not some:
        return {}
    found = dict.fromkeys((one.ref for one in some), Waits.NOTHING)
    if deliberates(plan):
        if application_id is None:
            sheets = [one for one in juries.submitted_sheets(connection, round_id) if one[0] in found]
        else:
            sheets = [(some[0].ref, one.ref, one.marks) for one in panels.colleagues(connection, application_id)]
        joint = panels.joint_by_ref(connection, round_id)
        frames = facts.to_frames(plan.ruleset, [one.row() for one in some])
        found = deliberation.waits(plan, *taken(plan, frames, sheets, joint))
    if plan.asks_at_line:
        here, seed = at_hand(connection, round_id, plan), rounds.round_by_id(connection, round_id).seed
        asked = deliberation.asked_at_line(plan, here.frames, here.points, seed)
        found |= {ref: Waits.LINE for ref, what in found.items() if what is Waits.NOTHING and ref in asked}
    return {one.id: (one.ref, found[one.ref]) for one in some if found[one.ref] is not Waits.NOTHING}


def uncorrected(connection: Connection, round_id: int, plan: Plan) -> Refusal | None:
    """Why a round's totals cannot be corrected for severity as its rules prescribe; None: they can, or need not be."""
    if plan.jury is None or plan.jury.calibration != "prescribed":
        return None
    here = at_hand(connection, round_id, plan)
    return deliberation.refusal(plan, here.frames, here.points)


def candidate(record: ApplicationRecord, needed: int) -> Candidate:
    """An application for the optimiser, with the reviews it still lacks."""
    return Candidate(
        ref=record.ref,
        unit_ref=record.unit_ref,
        institution=record.institution,
        country=record.country or "",
        region=record.region,
        language=record.language,
        applicant_email=record.email,
        needed=needed,
        applicant_ref=record.applicant_ref,
        topics=tuple(record.topics),
    )


def juror(record: JurorRecord) -> Juror:
    """A juror for the optimiser."""
    return Juror(
        ref=record.ref,
        country=record.country or "",
        region=record.region,
        institution=record.institution,
        languages=tuple(record.languages),
        expertise=tuple(record.expertise),
        experienced=record.experienced,
        min_load=record.min_load,
        max_load=record.max_load,
        email=record.email,
        mentored=tuple(record.mentored),
    )


def weights(jury: ResolvedJury) -> Weights:
    """What the rules say makes a juror suit an application; where they are silent, the house's own weights.

    In the rules affinity weighs beside the other reasons; in `Weights` it is a part of 1000.
    """
    if jury.quality is None:
        return Weights()
    found = Weights(**jury.quality)
    return replace(found, affinity=round(1000 * found.affinity / max(1, found.affinity + found.whole)))


def until(record: RoundRecord, days: int, now: datetime) -> datetime | None:
    """The own deadline of a review given out now; None: the review period leaves it time enough.

    Somebody who is asked late has at least `days` days.
    """
    least = now + timedelta(days=days)
    return least if least > record.review_until else None
