"""Errors of the house. Each carries what its reader needs to go on.

LaureaError                      something a person can put right; `says` and `remedy` are shown as they are
 ├─ NotFound                     no such round, application, certificate …
 ├─ NotAllowed                   the actor may not do this
 ├─ NotNow                       right deed, wrong phase (a closed round, a released decision)
 ├─ Conflict                     somebody else was quicker; nothing was changed
 ├─ TooOften                     asked for again and again; later it may be asked for once more
 ├─ BadInput                     rows or fields that cannot be used, each with file, row, field, remedy
 └─ SetupMissing                 a part of the machine is not there (database, Prefect, relay)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One thing in an input that cannot be used, and the way out.

    `row` is the line number in the file (the header is line 1), or None when the whole file is meant.
    """

    file: str
    row: int | None
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        field = f", field {self.field}" if self.field else ""
        return f"{place}{field}: {self.problem} {self.remedy}"


class LaureaError(Exception):
    """A problem a person can put right. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, says: str, remedy: str = "") -> None:
        super().__init__(f"{says} {remedy}".strip())
        self.says = says
        self.remedy = remedy


class NotFound(LaureaError):
    """There is no such thing (or the reader may not know of it)."""


class NotAllowed(LaureaError):
    """The actor may not do this."""


class NotNow(LaureaError):
    """The deed is right but the phase is not."""


class Conflict(LaureaError):
    """Another actor changed the same thing first; nothing of this deed was kept."""


class TooOften(LaureaError):
    """It was asked for too often of late; after so many `seconds` it may be asked for again."""

    def __init__(self, says: str, remedy: str = "", seconds: int = 600) -> None:
        super().__init__(says, remedy)
        self.seconds = max(1, seconds)


class SetupMissing(LaureaError):
    """A part that must run or exist does not."""


class BadInput(LaureaError):
    """Input that cannot be used; `refusals` names each place."""

    def __init__(self, says: str, refusals: Sequence[Refusal] = (), remedy: str = "") -> None:
        super().__init__(says, remedy)
        self.refusals = tuple(refusals)

    def __str__(self) -> str:
        lines = [super().__str__(), *(f"  {refusal}" for refusal in self.refusals[:20])]
        if len(self.refusals) > 20:
            lines.append(f"  … and {len(self.refusals) - 20} more")
        return "\n".join(lines)
