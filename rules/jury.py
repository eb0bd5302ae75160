"""The blocks of a rule set that are about its jury, as closed models; docs/rule-language.md shows each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rules.words import Closed, Expr, Name, Scale, Text


class Discrepancy(Closed):
    """When the first sheets of an application differ too much. True means: they differ."""

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    when: Expr
    unless: Expr | None = None


class Trim(Closed):
    """What a trimmed mean leaves out of each criterion's marks, at the top and as much at the bottom.

    `each_end`: so many marks; `share`: that share of them, rounded down.
    """

    each_end: Expr | None = None
    share: Expr | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Trim:
        if (self.each_end is None) == (self.share is None):
            raise ValueError("a trimmed mean leaves out either a number of marks at each end, or a share")
        return self


class Quality(Closed):
    """How well a juror suits an application: what each reason weighs, beside the others. 0: it does not count.

    `affinity`: declared or computed expertise, in full. `first_language`, `other_language`: the application is in the
    first language the juror names, or in another of them. `other_region`, `other_institution`: they share none.
    """

    first_language: int = Field(default=0, ge=0, le=1000)
    other_language: int = Field(default=0, ge=0, le=1000)
    other_region: int = Field(default=0, ge=0, le=1000)
    other_institution: int = Field(default=0, ge=0, le=1000)
    affinity: int = Field(default=0, ge=0, le=1000)

    @model_validator(mode="after")
    def _something(self) -> Quality:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("at least one reason weighs more than 0")
        return self


class Calibration(Closed):
    """Whether totals are corrected for how severe each juror was. It is a clause of its own: corrected or not.

    `use`: none, advisory (told, and nothing is decided by it) or prescribed (the corrected total counts),
    rounded half to even to `decimals`. What was found: `{measured}` corrected, `{threshold}` before.
    """

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    use: Expr
    decimals: Scale


class Jury(Closed):
    """Who marks: reviews an application, what becomes of several marks, who may not, and when a third must look.

    `trim` stands with a trimmed mean. `per_institution`: at most so many jurors of one institution at an application.
    `fair`: the application worst off is routed as well as can be before the total is. `shuffle`: the largest share of
    the best quality that chance may take from a pair, so that nobody can foresee who reviews what.
    `third_by: experienced`: only an experienced juror gives the third review. `feedback`: who may read what the jury
    says, once an officer has gone over it: none, not_granted (only where the award is not granted) or everybody; not
    given: the source does not say, and the office decides.
    """

    cite: str
    reviews: Expr
    consolidation: Expr
    conflicts: list[Name] = Field(default_factory=list)
    languages: bool = False
    experienced: Expr = "0"
    per_institution: Expr | None = None
    quality: Quality | None = None
    fair: bool = False
    shuffle: Expr = "0"
    trim: Trim | None = None
    calibration: Calibration | None = None
    discrepancy: list[Discrepancy] = Field(default_factory=list)
    third: Expr | None = None
    equal_pairs: Expr | None = None
    third_by: Literal["any", "experienced"] = "any"
    feedback: Literal["none", "not_granted", "everybody"] | None = None

    @model_validator(mode="after")
    def _third(self) -> Jury:
        if bool(self.discrepancy) != (self.third is not None):
            raise ValueError("`discrepancy` and `third` stand together: when marks differ, and what a third sheet does")
        if self.third_by != "any" and self.third is None:
            raise ValueError("`third_by` stands with `third`: there is no third review without it")
        if self.consolidation == "trimmed" and self.trim is None:
            raise ValueError("a trimmed mean says in `trim` how much is left out")
        if self.trim is not None and self.consolidation in ("mean", "median", "sum", "consensus"):
            raise ValueError("`trim` stands with `consolidation: trimmed`")
        if self.calibration is not None and self.calibration.use not in ("none", "advisory"):
            if self.consolidation in ("median", "trimmed", "sum", "consensus"):
                raise ValueError("a prescribed calibration corrects a mean: `consolidation: mean`")
            if self.third not in (None, "mean_of_all"):
                raise ValueError("a prescribed calibration counts every sheet: `third: mean_of_all`")
        return self
