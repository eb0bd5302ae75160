"""What a released decision grants: the label's row, its days, and what there is to tell its holder until it ends."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from evaluators import renewal, validity
from evaluators.facts import to_frames
from laurea.errors import NotNow
from notifications.filled import Filled
from rules.ruleset import say

if TYPE_CHECKING:
    from laurea.store.applications import ApplicationRecord
    from laurea.store.outcomes import DecisionRecord
    from laurea.store.rounds import RoundRecord
    from rules.plan import Plan

Grant = tuple[dict[str, Any], tuple[renewal.Step, ...]]
"""The row of a grant, and the schedule of its term."""
Undated = tuple[str, tuple[str, ...]]
"""The reference of an application, and the facts without which nobody can say until when its label holds."""
NUMBER_LENGTH = 22  # 131 bits: nothing to enumerate
NUMBER_SIGNS = string.ascii_letters + string.digits  # a leading dash would be an option, and a formula in a table


def grants(
    record: RoundRecord,
    plan: Plan,
    found: list[DecisionRecord],
    by_id: Mapping[int, ApplicationRecord],
    today: date,
) -> tuple[list[dict[str, Any]], dict[int, tuple[renewal.Step, ...]]]:
    """The rows of what is granted, and the schedule of each term by its decision.

    Raises NotNow where the rules name an end that a missing fact hides: no certificate may say that there is none.
    """
    new, lacking = portion(record, plan, found, by_id, today)
    must_be_dated(lacking)
    return [row for row, _ in new], {row["decision_id"]: steps for row, steps in new}


def must_be_dated(lacking: Sequence[Undated]) -> None:
    """Raises NotNow where the end of some labels depends on missing facts."""
    if lacking:
        raise NotNow(
            Filled(
                "Nobody can say until when {n} of the labels hold, {ref} for one: it depends on {facts}.",
                n=len(lacking), ref=lacking[0][0], facts=", ".join(lacking[0][1]),
            ),
            "Add what is missing to the applications, then release.",
        )  # fmt: skip


def portion(
    record: RoundRecord,
    plan: Plan,
    found: list[DecisionRecord],
    by_id: Mapping[int, ApplicationRecord],
    today: date,
) -> tuple[list[Grant], list[Undated]]:
    """What some of a round's decisions grant, and which of their labels nobody can say the end of."""
    won = [one for one in found if one.granted]
    papers = [by_id[one.application_id] for one in won]
    frames = to_frames(plan.ruleset, [one.row() for one in papers])
    days = validity.each(plan, frames, [record.award_on] * len(won))
    lacking = [(one.ref, validity.undated(plan, term)) for one, term in zip(papers, days, strict=True)]
    titles = {outcome.id: outcome.title for outcome in plan.ruleset.outcomes}
    for_office = {one.id for one in plan.milestones if one.model.tells == "office"}
    rows = [
        {
            "authority_id": record.authority_id,
            "round_id": record.id,
            "decision_id": decision.id,
            "application_id": application.id,
            "person_id": application.applicant_id,
            "number": "".join(secrets.choice(NUMBER_SIGNS) for _ in range(NUMBER_LENGTH)),
            "award": plan.ruleset.award,
            "title": say(titles[decision.outcome], record.languages[0]),
            "holder": application.unit_name or application.institution,
            "country": application.country,
            "valid_from": term.valid_from,
            "valid_until": term.valid_until,
            "renewal_opens": term.renewal_opens,
            "renewal_closes": term.renewal_closes,
            "grace_until": term.grace_until,
            "told_on": today,
        }
        for decision, application, term in zip(won, papers, days, strict=True)
    ]
    schedules = [renewal.schedule(term, for_office) for term in days]
    return list(zip(rows, schedules, strict=True)), [one for one in lacking if one[1]]
