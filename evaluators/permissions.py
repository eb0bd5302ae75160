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
    WITNESS = "witness"  # whoever holds a link that asks one thing; nobody signs in as one


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
    HEADING = "heading"  # unit, institution, country, applicant's name (names of files): what a conflict is judged by
    EVIDENCE = "evidence"  # facts, children and their sources; files, of which a juror sees pictures alone
    OWN_SHEET = "own sheet"
    OTHER_SHEETS = "other sheets"
    JOINT_SHEET = "joint sheet"  # what jurors who handed in show each other of an application, where they must agree
    PROGRESS = "progress"  # how many sheets of whom are in
    ASSIGNMENT = "assignment"  # who reviews what, plans for it, gaps and loads
    COMPARISON = "comparison"  # what the sheets come to: ranking, cut line, severity, agreement
    MEETING = "meeting"  # of a jury: its agenda; of what it discusses, the sheets and comments without names
    CONFLICTS = "conflicts"  # who has one with which application, of which kind, and the juror's note on it
    REFUSED_ROWS = "refused rows"
    PROPOSED = "proposed decisions"
    OUTBOX = "outbox"  # which letters go to whom, and what became of them
    LETTER = "letter"  # what one of them says, and what happened to it
    WORDINGS = "wordings"  # the office's own texts of a round's letters
    FEEDBACK = "feedback"  # of the jury's words about an application, what its applicant is to read
    HANDOVERS = "hand-overs"  # what the officer's own office gave others and was given; never another's
    HEARD = "heard"  # appeals, and what applicants said of facts and of the round
    PROGRAMS = "programs"  # which programs come in, and which addresses are told of what
    CERTIFICATES = "certificates"  # papers of labels to take away: an applicant's own, an officer's all of the round
    KIT = "award kit"  # what is sent to holders and where it is, who comes to which ceremony
    RELEASED_GRANTS = "released grants"  # holder, what the label is for, institution, country, title
    REGISTERS = "registers"  # of an office: the exports it took in, and who took part in what
    UNKNOWN = "unknown facts"  # which facts of whom are missing, and who was asked for them
    ASKED = "asked"  # of one application, the fact its link asks for
    INVITATION = "invitation"  # what a link to a ceremony, or one that asks where to send a parcel, says to one holder
    TERMS = "terms"  # until when an office's labels hold, and what falls on which day
    PERSONAL = "personal data"  # of an office's people: what is stored of one, how long, what is due, who looked at it
    FIGURES = "figures"  # how many applications, schools, labels … an office's rounds hold; never who


class Deed(StrEnum):
    """What can be done through the portal."""

    APPLY = "apply"  # write a draft with others, add files to it and hand it in
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
    MEET = "meet"  # call a meeting of the jury, lead it, write its minutes
    IMPORT = "import"  # take files in: applications, jurors, conflicts, pins, sheets
    CLONE = "clone"  # open the next round from this one
    TRY = "try"  # see who would come out otherwise under other rules; nothing of it can be kept
    RESTORE = "restore"  # let reviews, who has them, and proposals stand as they did at an earlier moment
    AMEND = "amend"  # change a fact as an applicant asked
    WORD = "word"  # write a letter of a round in the office's own words
    MODERATE = "moderate"  # choose and edit what of the jury's words an applicant reads
    CONFIRM = "confirm"  # ask that two officers release; as the first of them say that the decisions may go out
    REGISTER = "register"  # take in a portal's exports, write participations down
    GATHER = "gather"  # have sources and pages asked again, name a page
    ASK = "ask"  # somebody, by a link of their own, to confirm or supply a fact
    VOUCH = "vouch"  # answer that
    ADVANCE = "advance"
    RELEASE = "release"
    REPLAY = "replay"  # have what an appeal contests judged again, and take the result over
    JUDGE_AGAIN = "judge again"  # what an appeal contests, as a juror who had nothing to do with it
    DATE = "date"  # give labels another term, by a decision
    WITHDRAW = "withdraw"  # a label, for a reason
    RENEW = "renew"  # apply again from the award one holds
    REISSUE = "reissue"  # correct the name on a label, so that its papers are made out anew
    HAND_OUT = "hand out"  # say what belongs to an award and where its parcels are; call a ceremony and invite to it
    COME = "come"  # answer an invitation, or where a parcel should go
    HAND_OVER = "hand over"  # give lists, labels or awards to another office
    TAKE_IN = "take in"  # use what another office handed over
    POST = "post"  # hold letters, let them go, change their words, cancel them; say when letters go
    CONNECT = "connect"  # let programs in: tokens and webhooks
    ACCOUNT = "account"  # hand out what is stored of a person, correct or erase it, say how long what is kept
    SECURE = "secure"  # need a second factor of every officer of the office
    VIEW = "view"  # look at the portal as a juror or an applicant, and change nothing


class Scope(StrEnum):
    """What a program's token is for. It never opens more than an officer of the round sees."""

    IMPORT = "import"
    READ = "read"
    EXPORT = "export"
    PROPOSALS = "proposals"  # decisions before they are released


_BY_LINK = frozenset({Field.ASKED, Field.INVITATION})
_OWN = frozenset({Field.OWN_APPLICATION, Field.OWN_RESULT, Field.OWN_SHEET, Field.JOINT_SHEET}) | _BY_LINK
_ALL = frozenset(Field) - {Field.CALL} - _OWN  # an officer has none of their own
_APPLICANT_ALWAYS = frozenset({Field.ROUND, Field.OWN_APPLICATION})
_JUROR_ALWAYS = frozenset({Field.ROUND, Field.HEADING, Field.EVIDENCE, Field.OWN_SHEET, Field.JOINT_SHEET})
_AFTER_THE_JURY = frozenset({Field.PROPOSED, Field.OTHER_SHEETS, Field.COMPARISON, Field.FEEDBACK})
_OPEN_TO_EVIDENCE = (Phase.COLLECTING, Phase.SCREENING, Phase.REVIEWING)
_OFFICER_ALWAYS = _ALL - {Field.RELEASED_GRANTS, Field.CERTIFICATES, Field.KIT} - _AFTER_THE_JURY

SEES: Mapping[tuple[Role, Phase], frozenset[Field]] = MappingProxyType(
    {
        **{(Role.ANYONE, phase): frozenset[Field]() for phase in Phase},
        (Role.ANYONE, Phase.COLLECTING): frozenset({Field.CALL}),
        (Role.ANYONE, Phase.SCREENING): frozenset({Field.CALL}),
        (Role.ANYONE, Phase.RELEASED): frozenset({Field.RELEASED_GRANTS}),
        **{(Role.APPLICANT, phase): _APPLICANT_ALWAYS for phase in Phase},
        (Role.APPLICANT, Phase.RELEASED): _APPLICANT_ALWAYS
        | {Field.OWN_RESULT, Field.CERTIFICATES, Field.RELEASED_GRANTS},
        **{(Role.JUROR, phase): frozenset({Field.ROUND}) for phase in Phase},
        (Role.JUROR, Phase.REVIEWING): _JUROR_ALWAYS | {Field.MEETING},
        (Role.JUROR, Phase.DECIDING): _JUROR_ALWAYS | {Field.MEETING},
        (Role.JUROR, Phase.RELEASED): _JUROR_ALWAYS | {Field.RELEASED_GRANTS},
        **{(Role.WITNESS, phase): frozenset({Field.ASKED}) for phase in _OPEN_TO_EVIDENCE},
        (Role.WITNESS, Phase.DECIDING): frozenset[Field](),
        (Role.WITNESS, Phase.RELEASED): frozenset({Field.INVITATION}),
        **{(Role.OFFICER, phase): _OFFICER_ALWAYS for phase in Phase},
        (Role.OFFICER, Phase.DECIDING): _OFFICER_ALWAYS | _AFTER_THE_JURY,
        (Role.OFFICER, Phase.RELEASED): _ALL,
    }
)

_OFFICER_MAY = frozenset(
    {
        Deed.ADVANCE,
        Deed.ANSWER,
        Deed.POST,
        Deed.CONNECT,
        Deed.CLONE,
        Deed.TRY,
        Deed.REGISTER,
        Deed.VIEW,
        Deed.WORD,
        Deed.SECURE,
        Deed.ACCOUNT,
    }
)
_EVIDENCE = frozenset({Deed.GATHER, Deed.ASK})

MAY: Mapping[tuple[Role, Phase], frozenset[Deed]] = MappingProxyType(
    {
        (Role.APPLICANT, Phase.COLLECTING): frozenset({Deed.APPLY, Deed.CORRECT, Deed.ASK}),
        (Role.APPLICANT, Phase.SCREENING): frozenset({Deed.APPLY, Deed.ASK}),
        (Role.APPLICANT, Phase.RELEASED): frozenset({Deed.APPEAL, Deed.REPLY, Deed.SHOW, Deed.RENEW}),
        (Role.JUROR, Phase.REVIEWING): frozenset({Deed.DECLARE, Deed.MARK, Deed.SKIP, Deed.HAND_BACK, Deed.DELIBERATE}),
        (Role.JUROR, Phase.RELEASED): frozenset({Deed.JUDGE_AGAIN}),
        **{(Role.WITNESS, phase): frozenset({Deed.VOUCH}) for phase in _OPEN_TO_EVIDENCE},
        (Role.WITNESS, Phase.RELEASED): frozenset({Deed.COME}),
        (Role.OFFICER, Phase.COLLECTING): _OFFICER_MAY
        | _EVIDENCE
        | {Deed.IMPORT, Deed.AMEND, Deed.SEAT, Deed.ROUTE, Deed.HAND_OVER, Deed.TAKE_IN},
        (Role.OFFICER, Phase.SCREENING): _OFFICER_MAY
        | _EVIDENCE
        | {Deed.IMPORT, Deed.AMEND, Deed.SEAT, Deed.ROUTE, Deed.TAKE_IN},
        (Role.OFFICER, Phase.REVIEWING): _OFFICER_MAY
        | _EVIDENCE
        | {Deed.IMPORT, Deed.AMEND, Deed.CONFIRM, Deed.EXTEND, Deed.SEAT, Deed.ROUTE, Deed.MEET, Deed.RESTORE},
        (Role.OFFICER, Phase.DECIDING): _OFFICER_MAY
        | {Deed.AMEND, Deed.CONFIRM, Deed.RELEASE, Deed.MEET, Deed.MODERATE, Deed.RESTORE},
        (Role.OFFICER, Phase.RELEASED): _OFFICER_MAY
        | {Deed.REPLAY, Deed.REISSUE, Deed.DATE, Deed.WITHDRAW, Deed.HAND_OUT, Deed.HAND_OVER},
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


def sees_at_home(role: Role) -> frozenset[Field]:
    """What `role` sees of its own office outside any round: what it sees whatever the phase."""
    return frozenset.intersection(*(SEES[role, at] for at in Phase))


def may_at_home(role: Role, deed: Deed) -> bool:
    """Whether `role` may do `deed` outside any round: what it may do whatever the phase."""
    return all(deed in MAY.get((role, at), frozenset()) for at in Phase)


_COUNTERPARTS = {  # what an officer must be allowed to see, to see another person's own
    Field.OWN_SHEET: Field.OTHER_SHEETS,
    Field.JOINT_SHEET: Field.OTHER_SHEETS,
    Field.OWN_APPLICATION: Field.EVIDENCE,
    Field.OWN_RESULT: Field.PROPOSED,
}


def viewer_sees(role: Role, at: Phase) -> frozenset[Field]:
    """What an officer sees who looks at the portal as somebody in `role`: what that person sees, without what officers
    do not see in this phase, such as marks while jurors work.
    """
    officers = sees(Role.OFFICER, at)
    return frozenset(one for one in sees(role, at) if _COUNTERPARTS.get(one, one) in officers)


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
    late = (Deed.DELIBERATE, Deed.JUDGE_AGAIN)
    return not (role is Role.JUROR and deed not in late and now >= timetable.review_until)


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
