"""Lines chained by digest: each carries that of all before it, so that none can be changed, taken out or put between.

Source: the idea of linked time stamps (Haber and Stornetta, 1991); SHA-256 over canonical JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from rules import canonical

SEALED = ("authority_id", "round_id", "at", "actor", "event", "subject", "details")
"""What a seal covers of a line, beside its chain, its number and the seal before."""


@dataclass(frozen=True)
class Fault:
    """A line of a chain that is not what was written: its number, and what is wrong with it."""

    chain: str
    number: int
    problem: str


def chain_of(authority_id: int, round_id: int | None) -> str:
    """The chain a line belongs to: its round's, or its authority's where it is of no round."""
    return f"authority:{authority_id}" if round_id is None else f"round:{round_id}"


def seal(before: str, chain: str, number: int, line: Mapping[str, Any]) -> str:
    """The digest of a line that follows the line sealed `before` (empty for the first)."""
    told = {name: line[name] for name in SEALED} | {"chain": chain, "number": number, "before": before}
    told["at"] = line["at"].astimezone(UTC).isoformat()
    told["details"] = json.loads(json.dumps(line["details"]))  # as it comes back from the records: keys are text
    return canonical.digest(told)


def faults(chain: str, lines: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """What is wrong with a chain, given its lines from the first on, each with `number` and `seal`.

    After a line that does not hold, the next is measured against the seal that stands in the records, so that each
    changed line is named once. That a chain was cut off at its end only a head kept elsewhere shows.
    """
    found = []
    before, expected = "", 1
    for line in lines:
        number, stands = line["number"], line["seal"]
        if number != expected:
            found.append(Fault(chain, expected, f"lines {expected} to {number - 1} are missing"))
        elif stands != seal(before, chain, number, line):
            found.append(Fault(chain, number, "the line does not fit its seal"))
        before, expected = stands, number + 1
    return found


def against(chain: str, number: int, kept: str, stands: str | None) -> Fault | None:
    """What is wrong with a chain beside a head kept outside; `stands` is the seal of that line in the records."""
    if stands is None:
        return Fault(chain, number, "the chain ends before this line, which stood in a signed head")
    if stands != kept:
        return Fault(chain, number, "the line has another seal than in a signed head")
    return None
