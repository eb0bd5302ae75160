"""The table of the kills: a line each, and what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.kills import Playing

MOST_TOLD = 12  # faults of one playing
HEAD = ("kill", "round", "records", "phase", "at", "victim", "under way", "records at that moment", "digest", "once")
WIDTHS = (4, 5, 10, 21, 6, 23, 32, 46, 6, 4)


def row(cells: Sequence[object]) -> str:
    return "  ".join(str(cell)[:width].ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def rows(playing: Playing, first: int) -> Iterator[str]:
    """The lines of the table about one playing."""
    digest, once = "no" if playing.decided or playing.broken else "equal", "no" if playing.post else "yes"
    for number, kill in enumerate(playing.kills, first):
        of = (number, playing.number, playing.database, kill.phase, f"{kill.after:.2f}")
        yield row((*of, kill.victim, kill.under_way, kill.stood, digest, once))
    for fault in (*playing.decided, *playing.post, *playing.broken)[:MOST_TOLD]:
        yield f"      ! {fault}"


def summary(played: Sequence[Playing], wanted: int) -> int:
    """What it came to, last of all `200 of 200`; 1 where that is not so."""
    kills = [kill for one in played for kill in one.kills]
    for name in ("phase", "victim", "under_way"):
        counted = Counter(str(getattr(kill, name)) for kill in kills).most_common()
        print(f"by {name.replace('_', ' ')}: {', '.join(f'{what} {n}' for what, n in counted)}")
    per = Counter(one.database for one in played for _ in one.kills)
    print(f"by records: {', '.join(f'{what} {n}' for what, n in per.most_common())}; rounds played: {len(played)}")
    letters, wrong = sum(one.letters for one in played), sum(len(one.post) for one in played)
    print(f"letters: {letters} taken by the relay, {wrong} of them not exactly once")
    good = sum(len(one.kills) for one in played if one.good)
    print(f"{good} of {wanted}")
    return int(good != wanted)
