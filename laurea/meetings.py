"""A jury's meeting as the records and the papers make it: who steps out for what; shared by actions and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators import meetings as order
from evaluators.conflicts import Candidate, Juror, share_place
from laurea.errors import NotFound
from laurea.statute import plan_for
from laurea.store import juries, meetings, rounds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.meetings import Item, Meeting
    from rules.plan import Plan


@dataclass(frozen=True)
class Out:
    """Who steps out: for each application the jurors, and their names. Who has left the jury is in no room at all."""

    jurors: Mapping[int, frozenset[int]]
    names: Mapping[int, str]

    def named(self, application_id: int) -> list[str]:
        """The names of those who step out for an application, in order."""
        return sorted(self.names[one] for one in self.jurors.get(application_id, frozenset()))


@dataclass(frozen=True)
class Sitting:
    """A meeting with its agenda and who steps out for what. `at`: the item in discussion, None before the first."""

    meeting: Meeting
    items: list[Item]
    out: Out

    @property
    def at(self) -> Item | None:
        return next((one for one in self.items if one.place == self.meeting.place), None)

    @property
    def movements(self) -> int:
        """How often somebody goes through the door in the whole meeting."""
        return order.movements([one.application_id for one in self.items], self.out.jurors)


def plan_of(connection: Connection, round_id: int) -> Plan:
    """The rules a round's jury works by."""
    record = rounds.round_by_id(connection, round_id)
    return plan_for(connection, record.rule_set, record.policies, record.parameters)


def stepping_out(connection: Connection, round_id: int, plan: Plan, items: Sequence[Item]) -> Out:
    """Every conflict between the jury and these applications: those on record, and those of place the rules name."""
    kinds = plan.jury.conflicts if plan.jury is not None else ()
    jury = [one for one in juries.jurors(connection, round_id) if one.left_at is None]
    recorded = juries.conflicts(connection, round_id, [one.application_id for one in items])
    places = {one.id: Juror(one.ref, country=one.country or "", region=one.region) for one in jury}
    out = {}
    for item in items:
        paper = Candidate(item.ref, country=item.country or "", region=item.region)
        out[item.application_id] = frozenset(
            one
            for one, place in places.items()
            if (item.application_id, one) in recorded or share_place(kinds, paper, place)
        )
    return Out(out, {one.id: one.name for one in jury})


def sitting_of(connection: Connection, round_id: int, plan: Plan, number: int) -> Sitting:
    """One meeting of a round. Raises NotFound where it has none of this number."""
    found = meetings.meeting(connection, round_id, number)
    if found is None:
        raise NotFound("There is no such page.")
    items = meetings.agenda(connection, number)
    return Sitting(found, items, stepping_out(connection, round_id, plan, items))
