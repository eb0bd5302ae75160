"""The rule set: one dated edition of one award's rules, as a closed model.

What each block means stands in its class; what a condition may say stands in rules.expressions.
A model holds what the file says and nothing is worked out here: rules.plan answers and compiles it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from rules.declarations import Fact, Item, Parameter, Policy, Source, Window
from rules.loader import Document
from rules.words import Closed, Day, Expr, Key, Name, Scalar, Scale, Text, say

__all__ = ["Fact", "Item", "Parameter", "Policy", "RuleSet", "RuleSetKey", "Source", "Window", "say"]


class First(Closed):
    """Only the first `count` of each applicant or unit (in each `period`), in order of submission.

    `earlier` counts those handed in before this round.
    """

    count: Expr
    per: Literal["applicant", "unit"]
    period: Expr | None = None
    earlier: Expr | None = None


class Clause(Closed):
    """One condition. `says` is what an applicant reads, `finds` what was found, `cite` where it is written."""

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    require: Expr | None = None
    window: Window | None = None
    first: First | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Clause:
        if sum(part is not None for part in (self.require, self.window, self.first)) != 1:
            raise ValueError("a clause has exactly one condition: require, window or first")
        return self


class Criterion(Closed):
    """What a juror marks. `counts`: adds to the total. `part_of`: what it is a part of. `optional`: may stay open."""

    id: Name
    title: Text
    help: Text | None = None
    counts: bool = True
    part_of: Name | None = None
    weight: Expr = "1"
    minimum: Expr = "0"
    maximum: Expr | None = None
    step: Expr = "1"
    levels: dict[Scalar, Text] | None = None
    optional: bool = False


class Rubric(Closed):
    """The criteria, and the clauses their points must meet (gates, pass marks)."""

    cite: str
    criteria: list[Criterion] = Field(min_length=1)
    gates: list[Clause] = Field(default_factory=list)
    show_decimals: Scale = 2


class Jury(Closed):
    """Who marks: reviews an application, what becomes of several marks, who may not."""

    cite: str
    reviews: Expr
    consolidation: Expr
    conflicts: list[Name] = Field(default_factory=list)
    languages: bool = False
    experienced: Expr = "0"


class Order(Closed):
    """One key of a ranking; `best` says which end comes first."""

    by: Expr
    best: Literal["highest", "lowest"]


class Ties(Closed):
    """What becomes of equals at the cut line. `readings` says for each answer: in, out, or ordered by a further key."""

    answer: Expr
    readings: dict[Name, Literal["in", "out"] | Order]


class Quota(Closed):
    """How many are chosen: a number, or a share of a base, counted per group."""

    count: Expr | None = None
    share: Expr | None = None
    base: Expr | None = None
    rounding: Literal["up_to", "nearest", "at_least"] | None = None
    minimum: Expr = "0"

    @model_validator(mode="after")
    def _one_of(self) -> Quota:
        if (self.count is None) == (self.share is None):
            raise ValueError("a quota is either a count or a share")
        if (self.share is None) != (self.rounding is None):
            raise ValueError("a share names its rounding: up_to, nearest or at_least")
        return self


class Selection(Closed):
    """Who is chosen among those who compete. It is a clause of its own: chosen or not."""

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    group: Expr | None = None
    having: Expr = "true"
    order: list[Order] = Field(min_length=1)
    ties: Ties
    quota: Quota


class Outcome(Closed):
    """One possible end, tried in the order of the file. `otherwise` stands last."""

    id: Name
    title: Text
    when: Expr | None = None
    otherwise: Literal[True] | None = None
    grants: bool = False
    letter: Literal["granted", "not_granted", "reserve"] = "not_granted"

    @model_validator(mode="after")
    def _one_of(self) -> Outcome:
        if (self.when is None) == (self.otherwise is None):
            raise ValueError("an outcome has either `when` or `otherwise: true`")
        return self


class Validity(Closed):
    """From when until when a granted outcome holds; expressions over `awarded_on`, parameters and policies."""

    cite: str
    says: Text | None = None
    starts: Expr = "awarded_on"
    until: Expr | None = None
    renewal_opens: Expr | None = None


class InForce(Closed):
    """First and last day on which this edition applies; None: no such end is known."""

    starts: Day | None = None
    ends: Day | None = None
    cite: str


@dataclass(frozen=True, order=True)
class RuleSetKey:
    """The name of an edition in the library."""

    award: str
    edition: str
    country: str | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.award}/{self.edition}"


class RuleSet(Closed):
    """One edition. `text` is the file as read, `digest` names it in every decision record."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    award: Key
    edition: Key
    title: Text
    authority: Text | None = None
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    in_force: InForce | None = None
    notes: Text | None = None
    sources: dict[Key, Source] = Field(min_length=1)
    facts: dict[Name, Fact] = Field(min_length=1)
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    policies: dict[Name, Policy] = Field(default_factory=dict)
    admission: list[Clause] = Field(default_factory=list)
    eligibility: list[Clause] = Field(default_factory=list)
    rubric: Rubric | None = None
    jury: Jury | None = None
    selection: Selection | None = None
    outcomes: list[Outcome] = Field(min_length=1)
    validity: Validity | None = None

    _document: Document = PrivateAttr(default_factory=lambda: Document("", None))
    _text: str = PrivateAttr(default="")

    def keep(self, document: Document, text: str) -> None:
        """Remember the file this was read from; called once, by the library."""
        self._document, self._text = document, text

    @property
    def key(self) -> str:
        """The edition's name in the library: award/edition."""
        return f"{self.award}/{self.edition}"

    @property
    def text(self) -> str:
        """The file, exactly as it was read."""
        return self._text

    @property
    def document(self) -> Document:
        """The plain data and the place of each part of it in the file."""
        return self._document

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what the file says: the same rules give the same name, whatever the layout or comments."""
        canonical = json.dumps(self._document.data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def blocks(self) -> list[tuple[str, list[Clause]]]:
        """The blocks that hold plain clauses, in order of evaluation."""
        gates = self.rubric.gates if self.rubric else []
        return [("admission", self.admission), ("eligibility", self.eligibility), ("rubric", gates)]
