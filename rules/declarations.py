"""What a rule set declares before it demands anything: sources, facts, parameters, open questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from rules.words import Closed, Day, Expr, Key, Name, Scalar, Scale, Text, Word

FactKind = Literal["bool", "int", "decimal", "code", "text", "date", "moment"]


class Source(Closed):
    """Where a rule is written. Marks: F official, S secondary, D derived, BK background knowledge, OWN our own."""

    title: Text
    address: str = ""
    seen: Day | None = None
    mark: Literal["F", "S", "D", "BK", "OWN"]
    note: Text | None = None


class Item(Closed):
    """One field of a list fact. `scale` counts the decimals of a decimal; `words` are all the codes it may have."""

    type: FactKind
    meaning: Text
    scale: Scale = 0
    unit: str | None = None
    words: list[Word] = Field(default_factory=list)

    @model_validator(mode="after")
    def _shape(self) -> Item:
        _one_of_words(self.type, self.words)
        return self


class Fact(Closed):
    """Something known of an application, or not yet known. `source` names the register that supplies it.

    `words` are all the codes it may have. `for_information`: people see it, no condition uses it.
    """

    type: Literal["bool", "int", "decimal", "code", "text", "date", "moment", "list"]
    meaning: Text
    supplied_by: Literal["applicant", "register", "officer"]
    source: Name | Key | None = None
    scale: Scale = 0
    unit: str | None = None
    words: list[Word] = Field(default_factory=list)
    fields: dict[Name, Item] = Field(default_factory=dict)
    verified: Text | None = None
    for_information: bool = False

    @model_validator(mode="after")
    def _shape(self) -> Fact:
        if (self.type == "list") != bool(self.fields):
            raise ValueError("a list names its fields, and only a list does")
        if self.scale and self.type != "decimal":
            raise ValueError("scale belongs to type decimal")
        _one_of_words(self.type, self.words)
        if (self.supplied_by == "register") != (self.source is not None):
            raise ValueError(
                "a fact supplied by a register names its source (source: school-register), and only such a fact does"
            )
        return self


def _one_of_words(kind: str, words: Sequence[str]) -> None:
    if words and kind != "code":
        raise ValueError("words belong to type code")
    if len(set(words)) < len(words):
        raise ValueError("a word is named twice")


class Parameter(Closed):
    """A named constant of this edition. `overridable`: a round may set another value."""

    type: Literal["bool", "int", "decimal", "fraction", "code", "date", "day", "moment", "zone", "list"]
    value: Scalar | list[Scalar]
    meaning: Text | None = None
    cite: str
    scale: Scale = 0
    overridable: bool = False


class Policy(Closed):
    """A question the source leaves open. It has no default: somebody answers it before scores open.

    `forms` names facts whose value is computed under the answer before the rules are read.
    """

    type: Literal["choice", "int", "decimal", "fraction", "date", "day", "moment", "zone", "calendar"]
    asks: Text
    cite: str
    options: dict[Name | Scalar, Text] = Field(default_factory=dict)
    scale: Scale = 0
    minimum: Scalar | None = None
    maximum: Scalar | None = None
    forms: list[Name] = Field(default_factory=list)

    @model_validator(mode="after")
    def _shape(self) -> Policy:
        if (self.type == "choice") != bool(self.options):
            raise ValueError("a choice lists its options, and only a choice does")
        return self


class Window(Closed):
    """From `opens` to `closes`, in `zone`; a moment given to the minute includes that whole minute.

    Either end may name a parameter or policy. `of`: the moment tested, the submission unless another is named.
    `late`: what a late one becomes: refused, next_round, or a policy with these answers.
    """

    opens: Scalar | None = None
    closes: Scalar | None = None
    zone: Expr
    of: Expr = "submitted_at"
    late: Expr = "refused"
