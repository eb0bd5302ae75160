"""What the fields and the roles of the permission table are called on pages and in the handbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaluators.permissions import Field, Role


def fields(_: Callable[[str], str]) -> Mapping[Field, str]:
    """Every field in words, in the order of the table."""
    words = {
        Field.ROUND: _("the round: title, dates, phase"),
        Field.CALL: _("what a round asks that takes applications"),
        Field.OWN_APPLICATION: _("their own application: what is known, from where, and where it stands"),
        Field.OWN_RESULT: _("their own result and its reasons"),
        Field.HEADING: _("what an application is called, its institution, country and applicant"),
        Field.EVIDENCE: _("facts and evidence of an application, with their sources"),
        Field.OWN_SHEET: _("their own score sheets"),
        Field.OTHER_SHEETS: _("score sheets of others"),
        Field.JOINT_SHEET: _("the joint sheet of an application’s jurors, where they must agree"),
        Field.PROGRESS: _("how many score sheets of whom are in"),
        Field.ASSIGNMENT: _("who reviews what"),
        Field.COMPARISON: _("what the score sheets come to: ranking, cut line, severity, agreement"),
        Field.MEETING: _("meetings of the jury"),
        Field.CONFLICTS: _("who has a conflict with which application, and why"),
        Field.REFUSED_ROWS: _("rows of files that could not be used"),
        Field.PROPOSED: _("decisions before they are released"),
        Field.OUTBOX: _("letters of the round"),
        Field.LETTER: _("what a letter says, and what happened to it"),
        Field.WORDINGS: _("letters in the office’s own words"),
        Field.FEEDBACK: _("what of the jury’s words an applicant is to read"),
        Field.HANDOVERS: _("what their own office gave other offices, and was given"),
        Field.HEARD: _("appeals, and what applicants said"),
        Field.PROGRAMS: _("programs that come in, and addresses that are told"),
        Field.CERTIFICATES: _("certificates to take away"),
        Field.KIT: _("the award kit: parcels, ceremonies and their guests"),
        Field.RELEASED_GRANTS: _("labels of a released round"),
        Field.REGISTERS: _("exports that were taken in, and who took part in what"),
        Field.UNKNOWN: _("facts that are missing, and who was asked for them"),
        Field.ASKED: _("the fact that a link asks for"),
        Field.INVITATION: _("what a link to a ceremony or about a parcel says"),
        Field.TERMS: _("until when the office’s labels hold, and what falls on which day"),
        Field.PERSONAL: _("what is stored of a person of the office, and how long what is kept"),
        Field.FIGURES: _("figures of the office’s rounds"),
    }
    return {one: words[one] for one in Field}


def roles(_: Callable[[str], str]) -> Mapping[Role, str]:
    """Every role in words."""
    words = {
        Role.ANYONE: _("anybody"),
        Role.APPLICANT: _("applicant"),
        Role.JUROR: _("juror"),
        Role.WITNESS: _("somebody asked by a link"),
        Role.OFFICER: _("officer"),
    }
    return {one: words[one] for one in Role}


def decision(_: Callable[[str], str]) -> dict[str, str]:
    """The parts of a decision that are shown, by their names in the records."""
    return {
        "outcome": _("Outcome"),
        "points": _("Points"),
        "rank": _("Place"),
        "group_name": _("Group"),
        "first_failing": _("First clause not met"),
    }
