"""A world for the leak matrix: what it consists of, and what the permission table lets each of its readers see.

A `Secret` is a text with the fields of the table that show it; a `Change` is something that happens in the records,
with the fields that show it. Who may see none of these fields must not be able to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from evaluators.permissions import Field, Phase, Role, Scope, program_sees, sees
from tests.web.seeding import Place

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OURS, SECOND, THEIRS = "example-2026", "second-2026", "theirs-2026"


@dataclass(frozen=True)
class Owner:
    """Whose a thing is: its round, its application (0: of none), the person whose own it is (0: nobody's)."""

    code: str
    application: int = 0
    person: int = 0


@dataclass(frozen=True)
class Secret:
    """A text that stands nowhere else."""

    word: str
    fields: frozenset[Field]
    owner: Owner


@dataclass(frozen=True)
class Change:
    """What happens in the records."""

    name: str
    fields: frozenset[Field]
    owner: Owner
    make: Callable[[Connection], object]


@dataclass(frozen=True)
class Viewer:
    """Somebody who reads: a person, or a program with a token.

    `heads` and `reads` are the applications a juror knows by their heading, and may read; `own` an applicant's.
    """

    name: str
    role: Role
    person: int = 0
    rounds: tuple[str, ...] = ()
    heads: frozenset[int] = frozenset()
    reads: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    token: str = ""


@dataclass
class World:
    """Three rounds: `OURS` in the phase under test, `SECOND` of the same authority and `THEIRS` with their jurors.

    Applications by place: 0 to 5 ours, 6 and 7 of the second round, 8 and 9 theirs. Jurors likewise: 0 to 3, 4 and 5,
    6 and 7.
    """

    place: Place
    phase: Phase
    rounds: dict[str, int]
    apps: list[int]
    applicants: list[int] = field(default_factory=list)
    seats: list[int] = field(default_factory=list)
    jurors: list[int] = field(default_factory=list)  # their people
    keys: list[str] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    viewers: list[Viewer] = field(default_factory=list)

    def at(self, code: str) -> Phase:
        """The phase a round of this world is in."""
        return self.phase if code == OURS else Phase.REVIEWING

    def hide(self, word: str, owner: Owner, *fields: Field) -> str:
        """Note a word that only these fields show; the word."""
        self.secrets.append(Secret(word, frozenset(fields), owner))
        return word

    def allowed(self, viewer: Viewer, fields: Iterable[Field], owner: Owner) -> frozenset[Field]:
        """By which of these fields the table lets a viewer see something; none where it does not."""
        at, wanted = self.at(owner.code), frozenset(fields)
        if viewer.person and viewer.person == owner.person:
            return wanted
        open_ = wanted & sees(Role.ANYONE, at)
        if owner.code not in viewer.rounds:
            return open_
        if viewer.scopes:
            return open_ | (wanted & program_sees(viewer.scopes, at))
        seen = set(wanted & sees(viewer.role, at))
        if viewer.role is Role.APPLICANT and owner.application not in viewer.own:
            seen -= {Field.OWN_APPLICATION, Field.OWN_RESULT}
        if viewer.role is Role.JUROR:
            seen -= {Field.HEADING} if owner.application not in viewer.heads else set()
            seen -= {Field.EVIDENCE} if owner.application not in viewer.reads else set()
            seen -= {Field.OWN_SHEET, Field.JOINT_SHEET}  # another person's: this one's own is let through above
        return open_ | seen
