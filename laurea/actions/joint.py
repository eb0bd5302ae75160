"""The sheet a jury writes together: any of its jurors writes it, every one of them agrees, or it settles nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from evaluators import marks as mark_rules
from evaluators.deliberation import Waits
from evaluators.marks import MarkProblem
from evaluators.permissions import Deed, Role, may
from laurea import deliberation
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event, record
from laurea.statute import plan_for
from laurea.store import pages_jury, panels, rounds
from laurea.store.engine import reading, writing
from laurea.store.pages_jury import Desk
from laurea.store.panels import Colleague, JointSheet
from rules.plan import Plan

LONGEST_COMMENT = 20_000


@dataclass(frozen=True)
class Table:
    """What the jurors of an application have before them. `open`: whether a joint sheet is asked for and not agreed.

    `sheet` is the joint sheet as it stands, `all_agreed` whether every juror agreed to it.
    """

    desk: Desk
    plan: Plan
    colleagues: list[Colleague]
    sheet: JointSheet | None
    open: bool

    @property
    def agreed(self) -> bool:
        """Whether this juror agreed to the joint sheet as it stands."""
        return self.sheet is not None and self.desk.juror_id in self.sheet.agreed

    @property
    def all_agreed(self) -> bool:
        return self.sheet is not None and all(one.juror_id in self.sheet.agreed for one in self.colleagues)

    @property
    def version(self) -> int:
        """The version that stands; 0: there is none yet."""
        return self.sheet.version if self.sheet else 0


class Rewritten(Conflict):
    """Somebody else wrote the joint sheet meanwhile; `table` is what stands, and nothing was changed."""

    def __init__(self, table: Table) -> None:
        super().__init__(
            "Another juror has changed the joint sheet meanwhile.", "Look at both texts, then choose or agree."
        )
        self.table = table


def table(engine: Engine, *, person_id: int, assignment_id: int) -> Table | None:
    """The table of an application's jurors; None where this juror has not submitted, or no joint sheet is asked for."""
    with reading(engine) as connection:
        return _table(connection, person_id, assignment_id)


def write(
    engine: Engine,
    *,
    person_id: int,
    assignment_id: int,
    marks: Mapping[str, str],
    comment: str,
    version: int,
    now: datetime,
) -> list[MarkProblem]:
    """Write the joint sheet and agree to it; the others' consent to an earlier text no longer counts.

    `version` is the one the juror saw, 0 for none. Gives what is wrong with the marks; then nothing is written. Raises
    `Rewritten` when another version stands by now.
    """
    if len(comment) > LONGEST_COMMENT:
        raise BadInput("The comment is too long.", remedy="Shorten it to 20,000 characters.")
    try:
        with writing(engine) as connection:
            here = _open(connection, person_id, assignment_id, version, now)
            given = {name: value.strip() for name, value in marks.items() if value.strip()}
            problems = mark_rules.problems(here.plan, given, complete=True)
            if problems:
                return problems
            number = panels.add_joint_sheet(
                connection,
                authority_id=here.desk.authority_id,
                round_id=here.desk.round_id,
                application_id=here.desk.application_id,
                version=version + 1,
                marks=given,
                comment=comment,
                written_by=here.desk.juror_id,
                now=now,
            )
            _audit(connection, here, person_id, Event.JOINT_SHEET_WRITTEN, now, version + 1)
            panels.add_consent(connection, here.desk.authority_id, number, here.desk.juror_id, now)
            _audit(connection, here, person_id, Event.CONSENT_GIVEN, now, version + 1)
    except IntegrityError:  # two jurors wrote in the same moment: the first one's text stands
        found = table(engine, person_id=person_id, assignment_id=assignment_id)
        if found is None:
            raise
        raise Rewritten(found) from None
    return []


def agree(engine: Engine, *, person_id: int, assignment_id: int, version: int, now: datetime) -> None:
    """Agree to the joint sheet as it stands. Raises `Rewritten` when it is no longer the one the juror saw."""
    with writing(engine) as connection:
        here = _open(connection, person_id, assignment_id, version, now)
        if here.sheet is None:
            raise NotNow("There is no joint sheet yet.", "Write it, or wait until another juror has.")
        if panels.add_consent(connection, here.desk.authority_id, here.sheet.id, here.desk.juror_id, now):
            _audit(connection, here, person_id, Event.CONSENT_GIVEN, now, version)


def _table(connection: Connection, person_id: int, assignment_id: int) -> Table | None:
    desk = pages_jury.desk(connection, person_id, assignment_id)
    if desk is None:
        raise NotFound("There is no such page.")
    plan = plan_for(connection, desk.rule_set, desk.policies, desk.parameters)
    if desk.state != "submitted" or not deliberation.deliberates(plan):
        return None
    owed = deliberation.waiting(connection, desk.round_id, plan, desk.application_id)
    sheet = panels.joint_sheets(connection, desk.round_id, desk.application_id).get(desk.application_id)
    asked = owed.get(desk.application_id, ("", Waits.NOTHING))[1] is Waits.JOINT
    if not asked and sheet is None:
        return None
    return Table(desk, plan, panels.colleagues(connection, desk.application_id), sheet, asked)


def _open(connection: Connection, person_id: int, assignment_id: int, version: int, now: datetime) -> Table:
    found = _table(connection, person_id, assignment_id)
    if (
        found is None
        or not may(Role.JUROR, Deed.DELIBERATE, found.desk.timetable, now)
        or not rounds.undecided(connection, found.desk.round_id)
    ):
        raise NotNow("The jury has no joint sheet to write here.", "Go back to the list of your applications.")
    if found.version != version:
        raise Rewritten(found)
    if not found.open:
        raise NotNow("Every juror has agreed; the joint sheet is closed.", "Go back to the list of your applications.")
    return found


def _audit(connection: Connection, here: Table, person_id: int, event: Event, now: datetime, version: int) -> None:
    record(
        connection,
        authority_id=here.desk.authority_id,
        actor=Actor.person(person_id),
        event=event,
        subject=f"application:{here.desk.application_id}",
        now=now,
        round_id=here.desk.round_id,
        details={"version": version},
    )
