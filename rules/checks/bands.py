"""Bands around a cut line: those nothing can settle, and those that settle nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rules.checks.common import problem
from rules.checks.world import World
from rules.errors import Problem
from rules.loader import Path
from rules.ruleset import Band, RuleSet, Selection
from rules.scopes import NEEDS, ROUND, SETTLES

_LACKS = {
    "third_review": ("nothing says for how many at most", "Add reviews, such as reviews: 10."),
    "tie_break": ("no key says who comes first in the band", "Add order, as in the selection itself."),
    "lot": (
        "nothing says from which seed it is drawn",
        "Add seed: round, for the seed recorded when the round opens, or a policy that gives one.",
    ),
}


def impossible(ruleset: RuleSet) -> Iterator[Problem]:
    """What makes a band unusable."""
    for path, one, band in ruleset.bands():
        ways = _ways(ruleset, band)
        if one.quota is None or one.quota.sum is not None:
            says = "A band lies around one cut line, and a quota of a sum or classes of places have none."
            yield problem(ruleset, path, says, "Give a quota by count or share, or leave the band out.", True)
        for way, key in NEEDS.items():
            if way in ways and getattr(band, key) is None:
                says, remedy = _LACKS[way]
                yield problem(ruleset, (*path, "settle"), f"The band may be settled by {way}, but {says}.", remedy)
        if "third_review" in ways and band.sure is None:
            says = "Where one more review helps depends on how sure the scores are, and the band does not ask for it."
            yield problem(ruleset, (*path, "within"), says, "Write sure, such as sure: 0.95.", True)
        if band.sure is not None:
            yield from _unsure(ruleset, path, one)


def _unsure(ruleset: RuleSet, path: Path, one: Selection) -> Iterator[Problem]:
    """Nobody can tell how sure scores are without sheets, of another figure than the total, or of no mean."""
    here = (*path, "sure")
    first = one.order[0]
    if ruleset.jury is None:
        says = "How sure scores are is known from the sheets of a jury, and there is none."
        yield problem(ruleset, here, says, "Add a jury, or say who is in the band with `within`.", True)
    elif ruleset.jury.consolidation in ("median", "trimmed", "sum", "consensus"):
        says = f"How sure scores are is known of means, not of consolidation: {ruleset.jury.consolidation}."
        yield problem(ruleset, here, says, "Write consolidation: mean, or say who is in the band with `within`.", True)
    if first.by != "total" or first.best != "highest":
        says = "How sure scores are is known of the total, but another figure comes first in the order."
        yield problem(ruleset, here, says, "Order by the highest total first, or write `within`.", True)


def found(ruleset: RuleSet, world: World) -> Iterator[Problem]:
    """What is suspicious in a band that can be used."""
    for path, chosen in ruleset.chosen():
        if chosen.band is not None and chosen.band.settle == "none":
            says = "Nothing ever settles this band: the order decides."
            yield problem(ruleset, (*path, "band", "settle"), says, "Leave the band out, or say what settles it.")
    for path, one, band in ruleset.bands():
        yield from _figures(ruleset, path, band, world)
        ways = _ways(ruleset, band)
        for way, key in NEEDS.items():
            if ways and way not in ways and getattr(band, key) is not None:
                says = f"`{key}` does nothing: the band is never settled by {way}."
                yield problem(ruleset, (*path, key), says, "Leave it out, or let the band be settled so.", True)
        reviews = world.constant(ruleset.jury.reviews).high if ruleset.jury else None
        if band.sure is not None and reviews is not None and reviews < 2:
            what = "a further one would stand against it alone" if "third_review" in ways else "no two can be compared"
            says = f"With one review of each application nobody knows how sure the scores are, and {what}."
            yield problem(ruleset, (*path, "sure"), says, "Ask for two reviews, or write `within`.", True)
        if band.order and [(key.by, key.best) for key in band.order] == [(key.by, key.best) for key in one.order]:
            says = "Inside the band the same keys decide as outside it."
            yield problem(ruleset, (*path, "order"), says, "Name the keys that shall decide inside it.", True)


def _figures(ruleset: RuleSet, path: Path, band: Band, world: World) -> Iterator[Problem]:
    sure, within, reviews = (world.constant(text) for text in (band.sure, band.within, band.reviews))
    if (sure.high is not None and sure.high <= Fraction(1, 2)) or (sure.low is not None and sure.low > 1):
        says = f"Nobody is sure at a probability of {band.sure}."
        yield problem(ruleset, (*path, "sure"), says, "Give one above 1/2 and at most 1, such as 0.95.")
    if within.high is not None and within.high < 0:
        yield problem(ruleset, (*path, "within"), f"Nothing is within {band.within} of the line.", "Give 0 or more.")
    if reviews.high is not None and (reviews.high < 1 or (reviews.high == reviews.low and reviews.high % 1)):
        says = f"{band.reviews} is no number of reviews."
        yield problem(ruleset, (*path, "reviews"), says, "Write a whole number from 1 on.")
    seed = world.constant(None if band.seed == ROUND else band.seed)
    if seed.low is not None and seed.low == seed.high:
        says = "This seed is known before anybody applies, so that everybody can work out the lot."
        yield problem(ruleset, (*path, "seed"), says, "Write seed: round, or a policy that is answered for the round.")


def _ways(ruleset: RuleSet, band: Band) -> set[str]:
    """The ways in which a band may be settled; empty where the policy is not known."""
    if band.settle in SETTLES:
        return {band.settle}
    policy = ruleset.policies.get(band.settle.removeprefix("policy."))
    return set() if policy is None else set(policy.options) & {*SETTLES}
