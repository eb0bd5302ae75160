"""Who may see what, and do what, in which phase of a round. The one place that decides it.

The tables below are the law; the queries of the portal take what they allow and ask for nothing else.
A person who may not see a thing must not learn that it exists: the portal answers "not found".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """In which capacity somebody reads. One person with two tasks signs in twice."""

    ANYONE = "anyone"
    APPLICANT = "applicant"
    JUROR = "juror"
    OFFICER = "officer"


class Phase(StrEnum):
    """Where a round stands, computed from its records and the time, never stored."""

    COLLECTING = "collecting"
    SCREENING = "screening"
    REVIEWING = "reviewing"
    DECIDING = "deciding"
    RELEASED = "released"


class Field(StrEnum):
    """What can be seen. A juror's rows are always the juror's own assignments without a conflict."""

    ROUND = "round"  # title, dates, phase
    HEADING = "heading"  # unit, institution, country, applicant's name: what a conflict is judged by
    EVIDENCE = "evidence"  # facts, children and their sources
    OWN_SHEET = "own sheet"
    OTHER_SHEETS = "other sheets"
    PROGRESS = "progress"  # how many sheets of whom are in
    CONFLICTS = "conflicts"  # who has one with which application, of which kind, and the juror's note on it
    REFUSED_ROWS = "refused rows"
    PROPOSED = "proposed decisions"
    OUTBOX = "outbox"
    RELEASED_GRANTS = "released grants"  # holder, institution, country, title


class Deed(StrEnum):
    """What can be done through the portal."""

    DECLARE = "declare"  # a conflict, or that there is none
    MARK = "mark"
    SKIP = "skip"
    HAND_BACK = "hand back"  # or abstain
    DELIBERATE = "deliberate"  # write the joint sheet of a jury, or agree to it
    EXTEND = "extend"  # give a juror more time
    ADVANCE = "advance"
    RELEASE = "release"


_ALL = frozenset(Field)
_JUROR_ALWAYS = frozenset({Field.ROUND, Field.HEADING, Field.EVIDENCE, Field.OWN_SHEET})
_OFFICER_ALWAYS = _ALL - {Field.RELEASED_GRANTS, Field.PROPOSED, Field.OTHER_SHEETS}

SEES: Mapping[tuple[Role, Phase], frozenset[Field]] = MappingProxyType(
    {
        **{(Role.ANYONE, phase): frozenset[Field]() for phase in Phase},
        (Role.ANYONE, Phase.RELEASED): frozenset({Field.RELEASED_GRANTS}),
        **{(Role.APPLICANT, phase): frozenset({Field.ROUND}) for phase in Phase},
        (Role.APPLICANT, Phase.RELEASED): frozenset({Field.ROUND, Field.RELEASED_GRANTS}),
        **{(Role.JUROR, phase): frozenset({Field.ROUND}) for phase in Phase},
        (Role.JUROR, Phase.REVIEWING): _JUROR_ALWAYS,
        (Role.JUROR, Phase.DECIDING): _JUROR_ALWAYS,
        (Role.JUROR, Phase.RELEASED): _JUROR_ALWAYS | {Field.RELEASED_GRANTS},
        **{(Role.OFFICER, phase): _OFFICER_ALWAYS for phase in Phase},
        (Role.OFFICER, Phase.DECIDING): _OFFICER_ALWAYS | {Field.PROPOSED, Field.OTHER_SHEETS},
        (Role.OFFICER, Phase.RELEASED): _ALL,
    }
)

MAY: Mapping[tuple[Role, Phase], frozenset[Deed]] = MappingProxyType(
    {
        (Role.JUROR, Phase.REVIEWING): frozenset({Deed.DECLARE, Deed.MARK, Deed.SKIP, Deed.HAND_BACK, Deed.DELIBERATE}),
        (Role.OFFICER, Phase.COLLECTING): frozenset({Deed.ADVANCE}),
        (Role.OFFICER, Phase.SCREENING): frozenset({Deed.ADVANCE}),
        (Role.OFFICER, Phase.REVIEWING): frozenset({Deed.ADVANCE, Deed.EXTEND}),
        (Role.OFFICER, Phase.DECIDING): frozenset({Deed.ADVANCE, Deed.RELEASE}),
        (Role.OFFICER, Phase.RELEASED): frozenset({Deed.ADVANCE}),
    }
)


@dataclass(frozen=True)
class Viewer:
    """Who reads: a role, and for people who signed in, their id and the authority they belong to."""

    role: Role
    person_id: int | None = None
    authority_id: int | None = None


@dataclass(frozen=True)
class Timetable:
    """The moments of a round that its phase depends on; None means: not yet."""

    closes_at: datetime
    review_until: datetime
    routed_at: datetime | None
    proposed_at: datetime | None
    released_at: datetime | None


def phase(timetable: Timetable, now: datetime) -> Phase:
    """The phase of a round at `now`. Records weigh more than the clock: what is released stays released."""
    if timetable.released_at is not None:
        return Phase.RELEASED
    if timetable.proposed_at is not None:
        return Phase.DECIDING
    if timetable.routed_at is not None:
        return Phase.REVIEWING
    return Phase.COLLECTING if now < timetable.closes_at else Phase.SCREENING


def sees(role: Role, at: Phase) -> frozenset[Field]:
    """What `role` may see of a round in phase `at` (within its own authority, panel and conflicts)."""
    return SEES[role, at]


def may(role: Role, deed: Deed, timetable: Timetable, now: datetime) -> bool:
    """Whether `role` may do `deed` at `now`. Score sheets close with the review period; what the jurors of an
    application still have to agree on after it stays open until decisions are proposed.
    """
    at = phase(timetable, now)
    if deed not in MAY.get((role, at), frozenset()):
        return False
    return not (role is Role.JUROR and deed is not Deed.DELIBERATE and now >= timetable.review_until)


def opens_content(*, declared: bool, conflicted: bool, handed_back: bool) -> bool:
    """Whether a juror may read an assigned application: after declaring, and never with a conflict."""
    return declared and not conflicted and not handed_back
