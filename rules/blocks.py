"""The blocks of a rule set that demand something, as closed models; docs/rule-language.md shows each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rules.declarations import Fact, Window
from rules.words import Closed, Expr, Name, Scalar, Scale, Text

OnesOrMany = Expr | list[Expr]


class Derived(Closed):
    """A value with a name, used wherever the names in it may be used."""

    value: Expr
    meaning: Text | None = None
    cite: str | None = None


class First(Closed):
    """Only the first `count` of each `per` (applicant, unit or an expression), in each `period`, as submitted.

    `earlier` counts those handed in before this round. `counts: last`: the newest count instead.
    """

    count: Expr
    per: Expr
    period: Expr | None = None
    earlier: Expr | None = None
    counts: Literal["first", "last"] = "first"


class Clause(Closed):
    """One condition. `says` is what an applicant reads, `finds` what was found, `cite` where it is written.

    `advice`: a recommendation. It is traced and can be named, but its block holds without it.
    """

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    require: Expr | None = None
    window: Window | None = None
    first: First | None = None
    advice: bool = False

    @model_validator(mode="after")
    def _one_condition(self) -> Clause:
        if sum(part is not None for part in (self.require, self.window, self.first)) != 1:
            raise ValueError("a clause has exactly one condition: require, window or first")
        return self


class Criterion(Closed):
    """What a juror marks. `counts`: adds to the total. `part_of`: what it is a part of. `optional`: may stay open.

    Instead of a juror's points: `ladder` (how many conditions hold, from the first on) or `computed` (a figure from
    facts). `words`: marked with a word, and the points behind each. `not_applicable`: what a mark of n/a becomes.
    `evidence`: the facts a juror looks at for it.
    """

    id: Name
    title: Text
    help: Text | None = None
    evidence: list[Name] | None = Field(default=None, min_length=1)
    counts: bool = True
    part_of: Name | None = None
    weight: Expr = "1"
    minimum: Expr = "0"
    maximum: Expr | None = None
    step: Expr = "1"
    levels: dict[Scalar, Text] | None = None
    optional: bool = False
    ladder: list[Expr] | None = Field(default=None, min_length=1)
    computed: Expr | None = None
    words: dict[Name, Scalar] | None = Field(default=None, min_length=1)
    not_applicable: Expr | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Criterion:
        if sum(part is not None for part in (self.ladder, self.computed, self.words)) > 1:
            raise ValueError("a criterion has at most one of ladder, computed and words")
        if self.not_applicable is not None and (self.ladder or self.computed):
            raise ValueError("only what a juror marks can be marked n/a")
        return self


class Rubric(Closed):
    """The criteria, and the clauses their points must meet (gates, pass marks)."""

    cite: str
    criteria: list[Criterion] = Field(min_length=1)
    gates: list[Clause] = Field(default_factory=list)
    show_decimals: Scale = 2


class Order(Closed):
    """One key of a ranking; `best` says which end comes first."""

    by: Expr
    best: Literal["highest", "lowest"]


class Ties(Closed):
    """What becomes of equals at the cut line. `readings` says for each answer: in, out, or ordered by further keys."""

    answer: Expr
    readings: dict[Name, Literal["in", "out"] | Order | list[Order]] = Field(default_factory=dict)


class Quota(Closed):
    """How many are chosen, counted per group: a number, a share of a base, or as far as a sum goes."""

    count: Expr | None = None
    share: Expr | None = None
    sum: Expr | None = None
    limit: Expr | None = None
    base: Expr | None = None
    rounding: Expr | None = None
    minimum: Expr = "0"

    @model_validator(mode="after")
    def _one_of(self) -> Quota:
        if sum(part is not None for part in (self.count, self.share, self.sum)) != 1:
            raise ValueError("a quota is either a count, a share, or a sum with its limit")
        if (self.sum is None) != (self.limit is None):
            raise ValueError("a sum has a limit, and only a sum has")
        if (self.count is not None) != (self.rounding is None):
            raise ValueError("a share or a sum names its rounding: up_to, nearest or at_least")
        return self


class Place(Closed):
    """One class of places: the next `count`, a clause of its own."""

    id: Name
    says: Text
    count: Expr
    finds: Text | None = None


class Band(Closed):
    """What becomes of those around the cut line who cannot be told apart. It is a clause: in the band or not.

    In it is whoever is neither `sure` (a probability) to belong above the line nor to belong below it, by the jurors'
    sheets; or who stands `within` so much of the last place, by the first key of the order.
    `settle`: none (the order decides), third_review (at most `reviews` get one more, where it helps most), tie_break
    (`order` decides inside the band), or lot, drawn from `seed`: `round` for the round's own, or a figure.
    """

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    settle: Expr
    sure: Expr | None = None
    within: Expr | None = None
    reviews: Expr | None = None
    order: list[Order] | None = Field(default=None, min_length=1)
    seed: Expr | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Band:
        if (self.sure is None) == (self.within is None):
            raise ValueError("who is in a band is said by either `sure` or `within`")
        return self


class Selection(Closed):
    """Who is chosen among those who compete. It is a clause of its own: chosen or not."""

    id: Name
    says: Text
    cite: str
    finds: Text | None = None
    group: OnesOrMany | None = None
    having: Expr = "true"
    order: list[Order] = Field(min_length=1)
    ties: Ties
    quota: Quota | None = None
    places: list[Place] | None = Field(default=None, min_length=1)
    band: Band | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Selection:
        if (self.quota is None) == (self.places is None):
            raise ValueError("a selection has either a quota or places")
        return self

    @property
    def groups(self) -> list[Expr]:
        """The keys of a group; none: all compete together."""
        return [] if self.group is None else [self.group] if isinstance(self.group, str) else self.group


class Outcome(Closed):
    """One possible end, tried in the order of the file. `otherwise` stands last. `interim`: it is not an end yet."""

    id: Name
    title: Text
    when: Expr | None = None
    otherwise: Literal[True] | None = None
    grants: bool = False
    interim: bool = False
    letter: Literal["granted", "not_granted", "reserve"] = "not_granted"

    @model_validator(mode="after")
    def _one_of(self) -> Outcome:
        if (self.when is None) == (self.otherwise is None):
            raise ValueError("an outcome has either `when` or `otherwise: true`")
        return self


class Validity(Closed):
    """From when until when a granted outcome holds; dates over `awarded_on`, facts, parameters and policies.

    `reminders`: the days on which a holder is reminded that the term ends; not given: the house's own ladder.
    """

    cite: str
    says: Text | None = None
    starts: Expr = "awarded_on"
    until: Expr | None = None
    renewal_opens: Expr | None = None
    renewal_closes: Expr | None = None
    grace_until: Expr | None = None
    reminders: list[Expr] | None = None
    withdrawn: Expr | None = None


class Milestone(Closed):
    """A day that follows from the others; `when`: only where this holds; `tells`: who is told that it comes."""

    id: Name
    says: Text
    cite: str
    on: Expr
    when: Expr | None = None
    tells: Literal["holder", "office"] = "holder"


class Appeals(Closed):
    """A small proceeding of its own: its facts, its clauses, its outcomes, and what a successful one repeats.

    `lowers`: yes or no, or a policy that says so: whether a result may be worse after what was contested is judged
    again. Not given: the source does not say, and nothing is judged again before it is decided.
    """

    cite: str
    says: Text | None = None
    lowers: Expr | None = None
    replays: list[Literal["admission", "eligibility", "rubric", "jury", "selection"]] = Field(default_factory=list)
    facts: dict[Name, Fact] = Field(min_length=1)
    clauses: list[Clause] = Field(min_length=1)
    outcomes: list[Outcome] = Field(min_length=1)
