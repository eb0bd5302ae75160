"""The register of personal data in words: for the portal's pages, the file a person is given, and the handbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluators.personal import BASES, Basis, Keep, Kind, Needed, Purpose, Reason, Way, Whose
from laurea.store.personal_register import REGISTER

Words = Callable[[str], str]


def whose(_: Words) -> Mapping[Whose, str]:
    """Categories of people."""
    return {
        Whose.APPLICANT: _("applicants"),
        Whose.HOLDER: _("holders of labels"),
        Whose.JUROR: _("jurors"),
        Whose.OFFICER: _("officers"),
        Whose.GUEST: _("guests of ceremonies"),
        Whose.WITNESS: _("people asked about a fact"),
        Whose.CONTACT: _("contacts of other offices"),
        Whose.LISTED: _("people in the exports of other portals"),
        Whose.NOBODY: _("nobody"),
    }


def kinds(_: Words) -> Mapping[Kind, str]:
    """What is stored."""
    return {
        Kind.NAME: _("names"),
        Kind.CONTACT: _("addresses"),
        Kind.ANSWERS: _("answers given"),
        Kind.WORDS: _("free text"),
        Kind.PLACE: _("school, region, country, languages"),
        Kind.MARKS: _("marks"),
        Kind.RESULT: _("results"),
        Kind.FILE: _("files and letters"),
        Kind.TIME: _("times"),
        Kind.KEY: _("keys and links"),
        Kind.ID: _("numbers"),
        Kind.WORKINGS: _("states"),
    }


def purposes(_: Words) -> Mapping[Purpose, str]:
    """What it is stored for."""
    return {
        Purpose.KNOW: _("To tell people apart and write to them"),
        Purpose.APPLY: _("To take applications and check them by the rules"),
        Purpose.ASSESS: _("To have applications reviewed by jurors without a conflict"),
        Purpose.DECIDE: _("To decide, to give the reasons, and to hear appeals"),
        Purpose.PROVE: _("To let anybody check a certificate"),
        Purpose.CELEBRATE: _("To send what belongs to an award, and to invite"),
        Purpose.TELL: _("To send letters and know that they arrived"),
        Purpose.GUARD: _("To keep intruders out"),
        Purpose.ACCOUNT: _("To show later that nothing was changed"),
        Purpose.RUN: _("To run the programme"),
    }


def bases(_: Words) -> Mapping[Basis, str]:
    """The grounds of Article 6(1), as they are proposed."""
    return {
        Basis.TASK: _("a task in the public interest"),
        Basis.DUTY: _("a legal obligation"),
        Basis.INTEREST: _("a legitimate interest"),
    }


def keeps(_: Words) -> Mapping[Keep, tuple[str, str]]:
    """Classes of retention: what they are, and from when their time is counted."""
    return {
        Keep.APPLICANTS: (_("Applicants without a label"), _("from the release of their last round")),
        Keep.HOLDERS: (_("Holders of labels"), _("from the end of their last label")),
        Keep.JURORS: (_("Jurors"), _("from the release of their last round")),
        Keep.COMMENTS: (_("What jurors wrote"), _("from the release, never while an appeal is open")),
        Keep.EVIDENCE: (_("Evidence and frozen pages"), _("from the release, never while an appeal is open")),
        Keep.LETTERS: (_("Texts of letters"), _("from the day they left")),
        Keep.FILES: (_("Files that came in"), _("from the day they came")),
        Keep.DRAFTS: (_("Drafts of applications"), _("from the close of their round, or its release")),
        Keep.CEREMONIES: (_("Guests and parcels"), _("from the ceremony, or the parcel’s arrival")),
        Keep.SIGN_IN: (_("Sign-in links and sessions"), _("from the day they ended")),
        Keep.LOOKS: (_("Who looked at whose data"), _("from the look")),
        Keep.LOGS: (_("Log files on disk"), _("from their last line")),
        Keep.PERSON: (_("The person’s own record"), _("as long as the person")),
        Keep.ALWAYS: (_("Decisions and the audit"), _("stays; names nobody")),
    }


def ways(_: Words) -> Mapping[Way, str]:
    """What becomes of it in the end."""
    return {
        Way.STAYS: _("stays"),
        Way.EMPTY: _("is emptied"),
        Way.NUMBER: _("a number takes its place"),
        Way.RULES: _("only what decisions rest on stays"),
        Way.GOES: _("the whole row goes"),
    }


def reasons(_: Words) -> Mapping[Reason, str]:
    """Why somebody is made anonymous."""
    return {
        Reason.ASKED: _("They asked for it"),
        Reason.ENDED: _("Their time is over"),
        Reason.MISTAKE: _("They should never have been recorded"),
    }


def needed(_: Words) -> Mapping[Needed, str]:
    """Why somebody cannot be yet, and whom to ask."""
    return {
        Needed.ROUND: _("A round of theirs is not released yet: the officer who runs it can say when it will be."),
        Needed.APPEAL: _("An appeal is open: whoever decides it needs the data. See what applicants told the office."),
        Needed.LABEL: _("A label of theirs is in force: wait until it ends, or withdraw it first."),
        Needed.LETTER: _("A letter to them has not left yet: let it go or cancel it under the round’s letters."),
        Needed.CEREMONY: _("A ceremony they are invited to is still to come."),
        Needed.LAST_OFFICER: _("They are the office’s last officer: let another one in first."),
    }


@dataclass(frozen=True)
class Line:
    """One purpose with everything that is stored for it."""

    purpose: str
    basis: str
    article: str
    whose: tuple[str, ...]
    kinds: tuple[str, ...]
    keeps: tuple[str, ...]


def register(_: Words) -> list[Line]:
    """The register by purpose: of whom, what, on which ground, and how long."""
    people, held, grounds, classes = whose(_), kinds(_), bases(_), keeps(_)
    found = []
    for purpose, says in purposes(_).items():
        entries = [one for one in REGISTER.values() if one.purpose is purpose and one.whose != (Whose.NOBODY,)]
        stored = {column.kind for one in entries for column in one.columns.values()} - {Kind.ID, Kind.WORKINGS}
        found.append(
            Line(
                says,
                grounds[BASES[purpose]],
                BASES[purpose].value,
                tuple(name for one, name in people.items() if any(one in entry.whose for entry in entries)),
                tuple(name for kind, name in held.items() if kind in stored),
                tuple(name for keep, (name, _when) in classes.items() if any(one.keep is keep for one in entries)),
            )
        )
    return found


def about(_: Words) -> str:
    """What the file a person is given says of itself."""
    lines = [
        _("This is everything the records hold of you."),
        _("data.json holds every row that is about you, letters/ the letters to you, log.csv what was done with it."),
        _("Who reviewed your application is not told: jurors are numbered by lot, anew for every application."),
        _("What is not released yet is not here: ask again after the release."),
        _("If something is wrong, write to the office: it can be corrected."),
        "",
    ]
    for one in register(_):
        lines.append(f"{one.purpose} ({one.basis}, GDPR 6(1)({one.article}))")
        lines.append(f"    {', '.join(one.kinds)} · {', '.join(one.keeps)}")
    return "\n".join(lines) + "\n"
