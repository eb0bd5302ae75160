"""The band around a cut line, planned: who is in it, what settles it, and what that needs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import polars as pl

from rules.compiling import Compiling, number
from rules.juries import ResolvedJury
from rules.planned import PlannedBand, PlannedClause, PlannedKey
from rules.ruleset import Band, Order
from rules.scopes import NEEDS, ROUND, SETTLES
from rules.values import LIMIT, Num


def keys(work: Compiling, orders: Iterable[Order], place: str) -> tuple[tuple[PlannedKey, ...], set[str]]:
    """The keys of an order, and every name they use."""
    found: list[PlannedKey] = []
    every: set[str] = set()
    for one in orders:
        value, names = work.num(one.by, place)
        found.append(PlannedKey(value, one.best == "highest", work.facts(names)))
        every |= names
    return tuple(found), every


def plan(work: Compiling, band: Band, place: str, jury: ResolvedJury | None) -> tuple[PlannedBand, set[str]]:
    """A band with the policies of `work` answered, and every name it uses. Raises RuleSetError for a bad answer."""
    settle = work.word(band.settle, SETTLES)
    texts = [text for text in (band.settle,) if text not in SETTLES]
    if settle != "none":
        texts += [text for text in (band.sure, band.within) if text is not None]
    for way, key in NEEDS.items():
        text = getattr(band, key)
        if settle in (way, None) and isinstance(text, str) and text != ROUND:
            texts.append(text)
    names = {name for text in texts if not text.isdigit() for name in work.use(text, "constants").names}
    inside: tuple[PlannedKey, ...] = ()
    if settle in ("tie_break", None):
        inside, more = keys(work, band.order or [], place)
        names |= more
    sure, within = number(work.constant(band.sure)), number(work.constant(band.within))
    reviews = number(work.constant(band.reviews))
    seed = None if band.seed == ROUND else number(work.constant(band.seed))
    found = PlannedBand(
        band.id, settle, sure, within, 0 if reviews is None else int(reviews), inside,
        None if seed is None else int(seed), work.open(names),
    )  # fmt: skip
    _check(work, band, found, jury, seed, reviews)
    return found, names


def clause(work: Compiling, band: Band, planned: PlannedBand, names: set[str], chosen: PlannedClause) -> PlannedClause:
    """The clause of a band: true of whom it settled; measured is the place inside it, against the places for it."""
    policies = tuple(sorted(one[7:] for one in names if one.startswith("policy.")))
    place, room = (Num.of(pl.col(f"{kind}.{band.id}"), 1, LIMIT) for kind in ("measured", "threshold"))
    return PlannedClause(
        band.id, "band", band, pl.lit(None, dtype=pl.Boolean), work.open(names), policies, planned.facts,
        chosen.points, place, room, planned.settle if planned.settle in ("tie_break", "lot") else None,
    )  # fmt: skip


def _check(
    work: Compiling,
    band: Band,
    found: PlannedBand,
    jury: ResolvedJury | None,
    seed: Fraction | None,
    reviews: Fraction | None,
) -> None:
    """What a fixed figure is told with its line, an answer to a policy can still get wrong."""
    place = next((*path, "band") for path, one in work.ruleset.chosen() if one.band is band)
    if found.settle in (None, "none"):
        return
    if found.sure is not None and not Fraction(1, 2) < found.sure <= 1:
        says = f"Nobody is sure at a probability of {found.sure}."
        raise work.refuse(place, says, "Give one above 1/2 and at most 1, such as 0.95.")
    if found.within is not None and found.within < 0:
        raise work.refuse(place, f"Nothing is within {found.within} of the line.", "Give 0 or more.")
    for what, value in (("a number of reviews", reviews), ("a seed", seed)):
        if value is not None and (value.denominator != 1 or value < 0):
            raise work.refuse(place, f"{value} cannot be {what}.", "Give a whole number from 0 on.")
    if band.sure is not None and jury is not None and jury.asked_consolidation not in (None, "mean"):
        says = f"How sure the scores are is known of means, but marks are put together by '{jury.asked_consolidation}'."
        raise work.refuse(place, says, "Answer 'mean', or say who is in the band with `within`.")
