"""What a plan would change: pairs added, removed and kept, and what becomes of each juror's load, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

NAMED = 8  # how many pairs or jurors a sentence names

PairIds = tuple[str, str]


@dataclass(frozen=True, order=True)
class LoadChange:
    """How many applications a juror holds before and after."""

    juror: str
    before: int
    after: int


@dataclass(frozen=True)
class PlanDiff:
    """Pairs (application, juror), sorted; `loads` of the jurors whose number of applications changes."""

    added: tuple[PairIds, ...]
    removed: tuple[PairIds, ...]
    kept: tuple[PairIds, ...]
    loads: tuple[LoadChange, ...]


def diff(before: Iterable[PairIds], after: Iterable[PairIds]) -> PlanDiff:
    """The difference between two assignments."""
    old, new = set(before), set(after)
    had, has = Counter(juror for _, juror in old), Counter(juror for _, juror in new)
    changed = [LoadChange(one, had[one], has[one]) for one in had.keys() | has.keys() if had[one] != has[one]]
    return PlanDiff(
        tuple(sorted(new - old)), tuple(sorted(old - new)), tuple(sorted(old & new)), tuple(sorted(changed))
    )


def say(found: PlanDiff) -> list[str]:
    """The difference in sentences."""
    if not found.added and not found.removed:
        return [f"Nothing changes: {_reviews(len(found.kept))} stand as they are."]
    lines = [
        f"{_reviews(len(found.added))} added, {_count(len(found.removed))} removed, {_count(len(found.kept))} kept."
    ]
    if found.added:
        lines.append(f"Added: {_list([f'{application} to {juror}' for application, juror in found.added])}.")
    if found.removed:
        lines.append(f"Removed: {_list([f'{application} from {juror}' for application, juror in found.removed])}.")
    if found.loads:
        far = sorted(found.loads, key=lambda one: (-abs(one.after - one.before), one.juror))
        moves = [f"{one.juror} {one.before} → {one.after}" for one in far]
        lines.append(f"Loads that change: {_list(moves)}.")
    return lines


def _reviews(number: int) -> str:
    return f"{_count(number)} {'review' if number == 1 else 'reviews'}"


def _count(number: int) -> str:
    return f"{number:,}"


def _list(parts: list[str]) -> str:
    more = len(parts) - NAMED
    return ", ".join(parts[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
