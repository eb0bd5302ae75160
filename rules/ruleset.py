"""The rule set: one dated edition of one award's rules, as a closed model.

What each block means stands in its class; what a condition may say stands in rules.expressions.
A model holds what the file says and nothing is worked out here: rules.plan answers and compiles it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from rules import canonical
from rules.blocks import (
    Appeals,
    Band,
    Clause,
    Criterion,
    Derived,
    First,
    Milestone,
    Order,
    Outcome,
    Place,
    Quota,
    Rubric,
    Selection,
    Ties,
    Validity,
)  # fmt: skip
from rules.declarations import Fact, Item, Parameter, Policy, Source, Window
from rules.jury import Calibration, Discrepancy, Jury, Quality, Trim
from rules.loader import Document
from rules.words import Closed, Day, Key, Name, Text, say

__all__ = [
    "Appeals", "Band", "Calibration", "Clause", "Criterion", "Derived", "Discrepancy", "Fact", "First", "InForce",
    "Item", "Jury", "Milestone", "Order", "Outcome", "Parameter", "Place", "Policy", "Quality", "Quota", "Rubric",
    "RuleSet", "RuleSetKey", "Selection", "Source", "Ties", "Trim", "Validity", "Window", "say",
]  # fmt: skip

_Found = TypeVar("_Found")


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
    derived: dict[Name, Derived] = Field(default_factory=dict)
    admission: list[Clause] = Field(default_factory=list)
    eligibility: list[Clause] = Field(default_factory=list)
    rubric: Rubric | None = None
    jury: Jury | None = None
    selection: Selection | None = None
    selections: list[Selection] = Field(default_factory=list)
    outcomes: list[Outcome] = Field(min_length=1)
    validity: Validity | None = None
    milestones: list[Milestone] = Field(default_factory=list)
    appeals: Appeals | None = None

    @model_validator(mode="after")
    def _one_of(self) -> RuleSet:
        if self.selection is not None and self.selections:
            raise ValueError("write either `selection` or `selections`")
        return self

    _document: Document = PrivateAttr(default_factory=lambda: Document("", None))
    _text: str = PrivateAttr(default="")

    def keep(self, document: Document, text: str) -> None:
        """Remember the file this was read from; called once, by the library."""
        self._document, self._text = document, text

    @cached_property
    def _worked_out(self) -> dict[Hashable, Any]:
        return {}

    def once(self, what: Hashable, work: Callable[[], _Found]) -> _Found:
        """What follows from the rule set alone, worked out the first time it is asked for; `what` names it."""
        kept = self._worked_out
        if what not in kept:
            kept[what] = work()
        found: _Found = kept[what]
        return found

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
        return canonical.digest(self._document.data)

    def blocks(self) -> list[tuple[str, list[Clause]]]:
        """The blocks that hold plain clauses, in order of evaluation."""
        gates = self.rubric.gates if self.rubric else []
        return [("admission", self.admission), ("eligibility", self.eligibility), ("rubric", gates)]

    def chosen(self) -> list[tuple[tuple[str | int, ...], Selection]]:
        """All selections in turn, each with its place in the file."""
        if self.selection is not None:
            return [(("selection",), self.selection)]
        return [(("selections", number), one) for number, one in enumerate(self.selections)]

    @property
    def correction(self) -> Calibration | None:
        """The calibration of the jury, where it may be prescribed: then it is a clause."""
        found = self.jury.calibration if self.jury else None
        return None if found is None or found.use in ("none", "advisory") else found

    def bands(self) -> list[tuple[tuple[str | int, ...], Selection, Band]]:
        """The bands by which something may be settled, each with its place in the file and its selection."""
        chosen = [((*path, "band"), one, one.band) for path, one in self.chosen()]
        return [(path, one, band) for path, one, band in chosen if band is not None and band.settle != "none"]

    def spoken(self) -> dict[str, Clause | Selection | Place | Discrepancy | Calibration | Band]:
        """Whatever can be true or false of an application, by id."""
        found: dict[str, Clause | Selection | Place | Discrepancy | Calibration | Band] = {
            clause.id: clause for _, clauses in self.blocks() for clause in clauses
        }
        found |= {one.id: one for one in (self.jury.discrepancy if self.jury else [])}
        if self.correction is not None:
            found[self.correction.id] = self.correction
        for _, one in self.chosen():
            found[one.id] = one
            found |= {place.id: place for place in one.places or []}
        return found | {band.id: band for _, _, band in self.bands()}
