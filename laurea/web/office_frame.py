"""What the pages of one round share: the round itself, its frame, its rules in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.exceptions import NotFoundException

from evaluators.permissions import Deed, Field, Phase, Role, may, phase, sees
from laurea.statute import plan_for
from laurea.store import pages_round
from laurea.store.engine import reading
from laurea.store.pages_lists import PAGE, Paged
from laurea.store.pages_round import RoundPage
from laurea.web.handed import hands_over
from laurea.web.reader import Reader
from rules.plan import Plan
from rules.ruleset import say


def round_of(
    request: Request[Any, Any, Any], reader: Reader, code: str, deed: Deed | None = None
) -> tuple[RoundPage, Plan]:
    """A round of the reader's authority with its plan; any other does not exist, and none where a deed is named that
    an officer may not do now.
    """
    with reading(request.app.state.engine) as connection:
        record = pages_round.round_of(connection, reader.authority_id, code)
        if record is None or (deed is not None and not may(Role.OFFICER, deed, record.timetable, reader.now)):
            raise NotFoundException
        return record, plan_for(connection, record.rule_set, record.policies, record.parameters)


def seen(record: RoundPage, reader: Reader) -> frozenset[Field]:
    """What an officer may see in the phase the round is in."""
    return sees(Role.OFFICER, phase(record.timetable, reader.now))


def sees_decisions(record: RoundPage, reader: Reader) -> bool:
    """Whether proposals may be shown in the phase the round is in."""
    return Field.PROPOSED in seen(record, reader)


def frame(record: RoundPage, plan: Plan, reader: Reader) -> dict[str, Any]:
    """What every page of a round shows around its own content."""
    return {
        "round": record,
        "phase": phase(record.timetable, reader.now),
        "phases": Phase,
        "award": say(plan.ruleset.title, reader.language),
        "rule_set": plan.ruleset.key,
        "certificates": Field.CERTIFICATES in seen(record, reader),
        "jury": plan.jury is not None,
        "hands_over": hands_over(plan, phase(record.timetable, reader.now)),
        "imports": may(Role.OFFICER, Deed.IMPORT, record.timetable, reader.now),
        "outcomes": {
            outcome.id: (say(outcome.title, reader.language), outcome.grants) for outcome in plan.ruleset.outcomes
        },
    }


def paged(rows: Sequence[Any], side: int, size: int = PAGE) -> Paged[Any]:
    """One page of rows that are at hand."""
    side = min(max(1, side), max(1, -(-len(rows) // size)))
    return Paged(list(rows[(side - 1) * size : side * size]), len(rows), side, size)


def answers(plan: Plan, record: RoundPage, reader: Reader) -> list[tuple[str, str, str]]:
    """The open questions of the rules: name, question, answer (empty where there is none)."""
    found = []
    for name, policy in plan.ruleset.policies.items():
        answer = record.policies.get(name)
        option = policy.options.get(answer) if answer is not None else None
        shown = say(option, reader.language) if option else (answer or "")
        found.append((name, say(policy.asks, reader.language), shown))
    return found


def conflict_kinds(reader: Reader) -> dict[str, str]:
    """The kinds of conflict the records know, as an officer reads them."""
    _ = reader.words.gettext
    return {
        "own_school": _("own school or institution"),
        "own_project": _("took part in the project"),
        "own_region": _("responsible for the region"),
        "own_country": _("same country"),
        "past_mentor": _("has mentored them"),
        "self": _("is the applicant"),
        "family": _("family or close friendship"),
        "other": _("another reason"),
        "declared": _("declared"),
        "handed_back": _("given back"),
    }
