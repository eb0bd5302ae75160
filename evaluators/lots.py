"""A lot that anybody can repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import polars as pl

from rules.plan import Plan


def lot(ids: Iterable[str], seed: int | str) -> list[str]:
    """`ids` in the order of a lot: by SHA-256 of the seed, a line break and the id. Raises ValueError on a repeat.

    A pure function of both: whoever has the seed and the ids draws the same, in any order and on any machine.
    """
    given = list(ids)
    if len(set(given)) < len(given):
        raise ValueError("An application stands twice in the lot, which would double its chance.")
    return sorted(given, key=lambda one: (hashlib.sha256(f"{seed}\n{one}".encode()).digest(), one))


def drawn(plan: Plan, verdicts: pl.DataFrame) -> list[dict[str, Any]]:
    """The lots that were drawn in deciding, one a group: band, group, seed, places, and the ids in the order drawn.

    Whoever orders the ids by SHA-256 of seed, line break, band, line break and id gets the same.
    """
    found = []
    for one in plan.selections:
        band, group = one.band, f"group.{one.id}"
        if band is None:
            continue
        mine = verdicts.filter(pl.col(f"seed.{band.id}").is_not_null()).sort(group, f"measured.{band.id}")
        for part in mine.partition_by(group, maintain_order=True):
            first = part.row(0, named=True)
            told = {"band": band.id, "group": first[group], "seed": first[f"seed.{band.id}"]}
            order = part["application_id"].to_list()
            found.append(told | {"places": first[f"threshold.{band.id}"], "drawn": order})
    return found
