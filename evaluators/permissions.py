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
    CALL = "call"  # what a round that takes applications asks: its rules, and the check of one's own case by them
    OWN_APPLICATION = "own application"  # of an applicant: what is known, from where, and where it stands
    OWN_RESULT = "own result"  # of an applicant: the outcome and its reasons
    HEADING = "heading"  # unit, institution, country, applicant's name: what a conflict is judged by
    EVIDENCE = "evidence"  # facts, children and their sources
    OWN_SHEET = "own sheet"
    OTHER_SHEETS = "other sheets"
    PROGRESS = "progress"  # how many sheets of whom are in
    ASSIGNMENT = "assignment"  # who reviews what, plans for it, gaps and loads
    COMPARISON = "comparison"  # what the sheets come to: ranking, cut line, severity, agreement
    CONFLICTS = "conflicts"  # who has one with which application, of which kind, and the juror's note on it
    REFUSED_ROWS = "refused rows"
    PROPOSED = "proposed decisions"
    OUTBOX = "outbox"
    HEARD = "heard"  # appeals, and what applicants said of facts and of the round
    RELEASED_GRANTS = "released grants"  # holder, institution, country, title


class Deed(StrEnum):
    """What can be done through the portal."""

    APPLY = "apply"  # write a draft with others and hand it in
    APPEAL = "appeal"
    REPLY = "reply"  # tell the office what one thinks of the round
    SHOW = "show"  # whether the public gallery names the holder of a label
    ANSWER = "answer"  # deal with an appeal, or with what an applicant said
    CORRECT = "correct"  # say that what is known of one's own application is right, wrong, or needs a word
    DECLARE = "declare"  # a conflict, or that there is none
    MARK = "mark"
    SKIP = "skip"
    HAND_BACK = "hand back"  # or abstain
    DELIBERATE = "deliberate"  # write the joint sheet of a jury, or agree to it
    EXTEND = "extend"  # give a juror more time
    ROUTE = "route"  # plan who reviews what, pin a pair, say who routes
    SEAT = "seat"  # let a juror leave, or return
    ADVANCE = "advance"
    RELEASE = "release"
    CONNECT = "connect"  # let programs in: tokens and webhooks


class Scope(StrEnum):
    """What a program's token is for. It never opens more than an officer of the round sees."""

    IMPORT = "import"
    READ = "read"
    EXPORT = "export"
    PROPOSALS = "proposals"  # decisions before they are released


_ALL = frozenset(Field) - {Field.CALL}
_APPLICANT_ALWAYS = frozenset({Field.ROUND, Field.OWN_APPLICATION})
_JUROR_ALWAYS = frozenset({Field.ROUND, Field.HEADING, Field.EVIDENCE, Field.OWN_SHEET})
_AFTER_THE_JURY = frozenset({Field.PROPOSED, Field.OTHER_SHEETS, Field.COMPARISON})
_OFFICER_ALWAYS = _ALL - {Field.RELEASED_GRANTS} - _AFTER_THE_JURY

SEES: Mapping[tuple[Role, Phase], frozenset[Field]] = MappingProxyType(
    {
        **{(Role.ANYONE, phase): frozenset[Field]() for phase in Phase},
        (Role.ANYONE, Phase.COLLECTING): frozenset({Field.CALL}),
        (Role.ANYONE, Phase.SCREENING): frozenset({Field.CALL}),
        (Role.ANYONE, Phase.RELEASED): frozenset({Field.RELEASED_GRANTS}),
        **{(Role.APPLICANT, phase): _APPLICANT_ALWAYS for phase in Phase},
        (Role.APPLICANT, Phase.RELEASED): _APPLICANT_ALWAYS | {Field.OWN_RESULT, Field.RELEASED_GRANTS},
        **{(Role.JUROR, phase): frozenset({Field.ROUND}) for phase in Phase},
        (Role.JUROR, Phase.REVIEWING): _JUROR_ALWAYS,
        (Role.JUROR, Phase.DECIDING): _JUROR_ALWAYS,
        (Role.JUROR, Phase.RELEASED): _JUROR_ALWAYS | {Field.RELEASED_GRANTS},
        **{(Role.OFFICER, phase): _OFFICER_ALWAYS for phase in Phase},
        (Role.OFFICER, Phase.DECIDING): _OFFICER_ALWAYS | _AFTER_THE_JURY,
        (Role.OFFICER, Phase.RELEASED): _ALL,
    }
)

MAY: Mapping[tuple[Role, Phase], frozenset[Deed]] = MappingProxyType(
    {
        (Role.APPLICANT, Phase.COLLECTING): frozenset({Deed.APPLY, Deed.CORRECT}),
        (Role.APPLICANT, Phase.SCREENING): frozenset({Deed.APPLY}),
        (Role.APPLICANT, Phase.RELEASED): frozenset({Deed.APPEAL, Deed.REPLY, Deed.SHOW}),
        (Role.JUROR, Phase.REVIEWING): frozenset({Deed.DECLARE, Deed.MARK, Deed.SKIP, Deed.HAND_BACK, Deed.DELIBERATE}),
        (Role.OFFICER, Phase.COLLECTING): frozenset({Deed.ADVANCE, Deed.ANSWER, Deed.SEAT, Deed.ROUTE, Deed.CONNECT}),
        (Role.OFFICER, Phase.SCREENING): frozenset({Deed.ADVANCE, Deed.ANSWER, Deed.SEAT, Deed.ROUTE, Deed.CONNECT}),
        (Role.OFFICER, Phase.REVIEWING): frozenset(
            {Deed.ADVANCE, Deed.ANSWER, Deed.EXTEND, Deed.SEAT, Deed.ROUTE, Deed.CONNECT}
        ),
        (Role.OFFICER, Phase.DECIDING): frozenset({Deed.ADVANCE, Deed.ANSWER, Deed.RELEASE, Deed.CONNECT}),
        (Role.OFFICER, Phase.RELEASED): frozenset({Deed.ADVANCE, Deed.ANSWER, Deed.CONNECT}),
    }
)


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


def program_sees(scopes: frozenset[Scope], at: Phase) -> frozenset[Field]:
    """What a program with a token may see: what an officer does, and decisions only when they are released, unless
    its token says otherwise.
    """
    seen = sees(Role.OFFICER, at)
    if at is Phase.RELEASED or Scope.PROPOSALS in scopes:
        return seen
    return seen - {Field.PROPOSED, Field.COMPARISON}


def may(role: Role, deed: Deed, timetable: Timetable, now: datetime) -> bool:
    """Whether `role` may do `deed` at `now`. Score sheets close with the review period; what the jurors of an
    application still have to agree on after it stays open until decisions are proposed.
    """
    at = phase(timetable, now)
    if deed not in MAY.get((role, at), frozenset()):
        return False
    return not (role is Role.JUROR and deed is not Deed.DELIBERATE and now >= timetable.review_until)


def takes_applications(opens_at: datetime, timetable: Timetable, now: datetime, *, own_window: bool) -> bool:
    """Whether a round takes applications through the portal: from its opening to its close.

    Where the rules have a window of their own (`own_window`) it is for them to say what a late one becomes: then the
    round goes on taking applications until their review begins.
    """
    if now < opens_at or not may(Role.APPLICANT, Deed.APPLY, timetable, now):
        return False
    return own_window or phase(timetable, now) is Phase.COLLECTING


def opens_content(*, declared: bool, conflicted: bool, handed_back: bool) -> bool:
    """Whether a juror may read an assigned application: after declaring, and never with a conflict."""
    return declared and not conflicted and not handed_back
