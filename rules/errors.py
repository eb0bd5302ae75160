"""What is wrong with a rule set, said so that its author can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one place. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    says: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place + ': ' if place else ''}{self.says} {self.remedy}".rstrip()


class RuleSetError(Exception):
    """A rule set, or an answer to one of its policies, that cannot be used. `problems` names each place."""

    exit_code = 1

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def says(self) -> str:
        """All problems as one text, a line each."""
        return str(self)


def refuse(says: str, remedy: str = "", file: str = "", line: int = 0, column: int = 0) -> RuleSetError:
    """A RuleSetError with a single problem, ready to raise."""
    return RuleSetError([Problem(file, line, column, says, remedy)])
