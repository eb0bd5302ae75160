"""The jury's terms once the round's policies are answered: how many mark, who, and what becomes of several marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from rules.compiling import Compiling, number
from rules.conditions import CALIBRATIONS, METHODS, PAIRS, THIRDS
from rules.errors import refuse
from rules.ruleset import Jury, Quality

QUALITY = tuple(Quality.model_fields)


@dataclass(frozen=True)
class ResolvedJury:
    """How many mark each application, who they are, and what becomes of several marks.

    `reviews`, `consolidation`, `experienced`, `per_institution` and `shuffle` raise RuleSetError while the policy
    behind them is open: nobody may route or settle on a figure that was never decided. `trim_count` or `trim_share`
    is what a trimmed mean leaves out at each end. `third_by` is any or experienced. `quality` are the weights that
    say how well a juror suits an application; None: the house's own. `deliberates`: whether first sheets that
    differ are looked at. `fair` lifts the worst-off application first; `shuffle` is what chance may take from a
    pair's quality, 0 to 1. `calibration` is none, advisory or prescribed (None while open), its totals rounded to
    `decimals`.
    """

    conflicts: tuple[str, ...]
    languages: bool
    file: str
    asked_reviews: Fraction | None
    asked_consolidation: str | None
    asked_experienced: Fraction | None
    third: str | None = None
    equal_pairs: str | None = None
    open: tuple[str, ...] = ()
    trim_count: Fraction | None = None
    trim_share: Fraction | None = None
    third_by: str = "any"
    limited: bool = False
    asked_per_institution: Fraction | None = None
    quality: Mapping[str, int] | None = None
    deliberates: bool = False
    calibration: str | None = "none"
    decimals: int = 0
    fair: bool = False
    asked_shuffle: Fraction | None = Fraction(0)

    @property
    def discrepancy_open(self) -> bool:
        """Whether nobody has decided yet what a third review does."""
        return self.deliberates and self.third is None

    @property
    def reviews(self) -> int:
        """Reviews an application gets."""
        return self._whole(self.asked_reviews, "how many jurors mark each application")

    @property
    def experienced(self) -> int:
        """How many of them must be experienced jurors."""
        return self._whole(self.asked_experienced, "how many experienced jurors are needed")

    @property
    def per_institution(self) -> int | None:
        """How many jurors of one institution may mark the same application; None: as many as there are."""
        if not self.limited:
            return None
        return self._whole(self.asked_per_institution, "how many jurors of one institution may mark an application")

    @property
    def shuffle(self) -> float:
        """What chance may take from a pair, as a share of the best quality."""
        if self.asked_shuffle is None:
            raise refuse("It has not been decided how much is left to chance.", "Answer the policy first.", self.file)
        if not 0 <= self.asked_shuffle <= 1:
            says = f"A share of {self.asked_shuffle} cannot be left to chance."
            raise refuse(says, "Give a share between 0 and 1.", self.file)
        return float(self.asked_shuffle)

    @property
    def consolidation(self) -> str:
        """How several marks become one: mean, median, trimmed, sum or consensus."""
        if self.asked_consolidation is None:
            raise refuse("It has not been decided how several marks become one.", "Answer the policy first.", self.file)
        if self.asked_consolidation not in METHODS:
            says = f"Marks cannot be consolidated by '{self.asked_consolidation}'."
            raise refuse(says, f"Choose one of {', '.join(METHODS)}.", self.file)
        return self.asked_consolidation

    def _whole(self, value: Fraction | None, what: str) -> int:
        if value is None:
            raise refuse(f"It has not been decided {what}.", "Answer the policy first.", self.file)
        if value.denominator != 1 or value < 0:
            raise refuse(f"{value} cannot be the answer to {what}.", "Give a whole number.", self.file)
        return int(value)


def resolve_jury(work: Compiling, jury: Jury | None, file: str) -> ResolvedJury | None:
    """The jury with the policies of `work` answered. Raises RuleSetError for an answer that cannot be used."""
    if jury is None:
        return None
    trim = jury.trim
    ends = None if trim is None else trim.each_end
    share = None if trim is None else trim.share
    use = None if jury.calibration is None else jury.calibration.use
    names: set[str] = set()
    for text, known in (
        (jury.reviews, ()),
        (jury.consolidation, METHODS),
        (jury.third, THIRDS),
        (jury.equal_pairs, PAIRS),
        (ends, ()),
        (share, ()),
        (use, CALIBRATIONS),
    ):
        if text is not None and text not in known and not text.isdigit():
            names |= work.use(text, "constants").names
    quality: dict[str, int] | None = None
    if jury.quality is not None:
        quality = {name: getattr(jury.quality, name) for name in QUALITY}
    reviews = number(work.constant(jury.reviews))
    count, part = number(work.constant(ends)), number(work.constant(share))
    method = work.word(jury.consolidation, METHODS)
    if method == "trimmed":
        _check_trim(work, reviews, count, part)
        if trim is not None and count is None and part is None:
            method = None  # how much is left out is not decided yet
    found = work.word(use, CALIBRATIONS)
    if found == "prescribed" and method not in (None, "mean"):
        says = f"A prescribed calibration corrects a mean, but marks are put together by '{method}'."
        remedy = "Answer 'mean', or do not prescribe the calibration."
        raise work.refuse(("jury", "calibration", "use"), says, remedy)
    limit = jury.per_institution
    return ResolvedJury(
        tuple(jury.conflicts), jury.languages, file, reviews, method, number(work.constant(jury.experienced)),
        work.word(jury.third, THIRDS), work.word(jury.equal_pairs, PAIRS), work.open(names), count, part,
        jury.third_by, limit is not None, number(work.constant(limit)), quality,
        bool(jury.discrepancy), "none" if use is None else found,
        0 if jury.calibration is None else jury.calibration.decimals, jury.fair, number(work.constant(jury.shuffle)),
    )  # fmt: skip


def _check_trim(work: Compiling, reviews: Fraction | None, count: Fraction | None, share: Fraction | None) -> None:
    place = ("jury", "trim")
    if count is not None and (count.denominator != 1 or count < 1):
        raise work.refuse(place, f"{count} marks cannot be left out at each end.", "Give a whole number of at least 1.")
    if share is not None and not 0 < share < Fraction(1, 2):
        raise work.refuse(
            place, f"A share of {share} cannot be left out at each end.", "Give a share between 0 and 1/2."
        )
    if count is not None and reviews is not None and 2 * count >= reviews:
        says = f"Of {reviews} marks nothing is left when {count} are left out at each end."
        raise work.refuse(place, says, "Ask for more reviews, or leave out fewer marks.")
