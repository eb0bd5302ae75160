"""What becomes of the band that cannot be told apart: a third review, a tie-break, or a lot that anybody can repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

POLICIES = ("third_review", "tie_break", "lot")


@dataclass(frozen=True)
class BandOutcome:
    """Who has a place, who has none, and who waits for a further review; `words` say how, with the seed of a lot."""

    placed: tuple[str, ...]
    left_out: tuple[str, ...]
    waiting: tuple[str, ...]
    words: str


def lot(ids: Iterable[str], seed: int | str) -> list[str]:
    """`ids` in the order of a lot: by SHA-256 of the seed, a line break and the id. Raises ValueError on a repeat.

    A pure function of both: whoever has the seed and the ids draws the same, in any order and on any machine.
    """
    given = list(ids)
    if len(set(given)) < len(given):
        raise ValueError("An application stands twice in the lot, which would double its chance.")
    return sorted(given, key=lambda one: (hashlib.sha256(f"{seed}\n{one}".encode()).digest(), one))


def tie_break(ids: Iterable[str], keys: Mapping[str, tuple[int | float | Fraction, ...]], seed: int | str) -> list[str]:
    """`ids` by their keys, highest first, one key after another; equals by lot. Raises KeyError for no key."""
    return sorted(lot(ids, seed), key=lambda one: keys[one], reverse=True)


def settle_band(
    above: Iterable[str],
    band: Iterable[str],
    places: int,
    policy: str,
    seed: int | str,
    *,
    keys: Mapping[str, tuple[int | float | Fraction, ...]] | None = None,
) -> BandOutcome:
    """Who of the `band` gets the places that those `above` the line leave.

    third_review: the whole band waits, unless all or none of it has a place; tie_break: by `keys`; lot: by `seed`.
    Raises ValueError for another policy, for fewer places than `above` needs, and for a tie-break without keys.
    """
    sure, open_ = sorted(above), sorted(band)
    room = places - len(sure)
    if policy not in POLICIES:
        raise ValueError(f"A band goes to one of {', '.join(POLICIES)}, not to {policy}.")
    if room < 0:
        raise ValueError(f"{len(sure)} applications are above the line, but there are only {places} places.")
    if set(sure) & set(open_):
        raise ValueError(f"{min(set(sure) & set(open_))} is both above the line and in the band.")
    if room == 0 or room >= len(open_):
        everybody = room > 0 or not open_
        placed, out = (sure + open_, []) if everybody else (sure, open_)
        return BandOutcome(tuple(placed), tuple(out), (), "The places settle the band: nothing is left to choose.")
    if policy == "third_review":
        said = f"{len(open_)} applications compete for {room} places and wait for a further review."
        return BandOutcome(tuple(sure), (), tuple(open_), said)
    if policy == "tie_break":
        if keys is None:
            raise ValueError("A tie-break needs the keys it goes by.")
        order = tie_break(open_, keys, seed)
        said = f"{room} of {len(open_)} by the tie-break; where its keys are equal, by lot with the seed {seed}."
    else:
        order = lot(open_, seed)
        said = f"{room} of {len(open_)} by lot with the seed {seed}: SHA-256 of the seed, a line break and the id."
    return BandOutcome((*sure, *order[:room]), tuple(order[room:]), (), said)
