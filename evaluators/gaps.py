"""Why a review or an experienced seat could not be given out, in words an officer can act on.

When jurors are full, the reason is the smallest closed circle around the application: the jurors it may still go
to, the applications those jurors hold, the jurors *they* may go to, and so on. All jurors of the circle are full,
so only more room inside it, or a juror from outside, closes the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.conflicts import Candidate, Juror, name_key
from evaluators.flow import Booleans, Ints

NAMED = 5  # how many jurors a sentence names
BLOCK = 2_000_000  # pairs looked at in one piece

LANGUAGES = {
    "az": "Azerbaijani", "bg": "Bulgarian", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish",
    "fr": "French", "ga": "Irish", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "is": "Icelandic",
    "it": "Italian", "ka": "Georgian", "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian",
    "mk": "Macedonian", "mt": "Maltese", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Gap:
    """`missing` reviews of an application that nobody can give, and why."""

    application: str
    missing: int
    reason: str


@dataclass(frozen=True, order=True)
class UnmetSeat:
    """`missing` seats of an application that no experienced juror can take, and why. The reviews are given all the
    same, by others; whether that is enough is the officer's to say.
    """

    application: str
    missing: int
    reason: str


@dataclass(frozen=True)
class Standing:
    """Where a plan ended, over rows and columns. `allowed` gives who may review some applications, as a table.

    `barred` and `held` are columns by row: conflicts, and reviews that stand or are given now. `given` are only those
    given now (and may move), by row and column side by side. `limit` is the most reviews by one institution, `apart`
    says of which jurors an application is kept apart as a whole.
    """

    applications: Sequence[Candidate]
    jurors: Sequence[Juror]
    languages: bool
    allowed: Callable[[Ints], Booleans]
    barred: Mapping[int, Sequence[int]]
    held: Mapping[int, Sequence[int]]
    given: tuple[Ints, Ints]
    missing: Ints
    unmet: Ints
    loads: Ints
    limit: int | None = None
    apart: Callable[[int], Booleans] | None = None


def explain(standing: Standing) -> list[Gap]:
    """One gap for each application with reviews missing, sorted by id."""
    circles: dict[bytes, tuple[int, list[int]]] = {}
    return sorted(
        Gap(
            standing.applications[row].ref,
            int(standing.missing[row]),
            _reason(standing, row, circles),
        )
        for row in np.flatnonzero(standing.missing > 0).tolist()
    )


def explain_seats(standing: Standing) -> list[UnmetSeat]:
    """One line for each application with seats that no experienced juror can take, sorted by id."""
    return sorted(
        UnmetSeat(
            standing.applications[row].ref,
            int(standing.unmet[row]),
            _seat(standing, row),
        )
        for row in np.flatnonzero(standing.unmet > 0).tolist()
    )


def _reason(standing: Standing, row: int, circles: dict[bytes, tuple[int, list[int]]]) -> str:
    if not standing.jurors:
        return "The round has no jurors."
    left = _left(standing, row)
    if not left.any():
        return _nobody_left(standing, row)
    key = left.tobytes()
    if key not in circles:
        circles[key] = _circle(standing, left)
    shared, full = circles[key]
    rooms = np.array([juror.max_load for juror in standing.jurors], dtype=np.int64)
    start = _full(standing, row, left)
    if (standing.loads[full] < rooms[full]).any():
        return f"{start} Others could take over from them only against the limit of an institution. Add a juror."
    circle = f"{_count(len(full), 'juror')} who could take over from them"
    if len(full) > int(left.sum()):
        start = f"{start[:-1]}, and so {_are(len(full))} the {circle}."
    return (
        f"{start} {_names(standing, full)} may hold {_count(int(rooms[full].sum()), 'review')} in all, and "
        f"{_count(shared, 'application')} {'depends' if shared == 1 else 'depend'} on them. "
        "Raise their load or add a juror."
    )


def _full(standing: Standing, row: int, left: Booleans) -> str:
    """That everybody who may still review it is full, counted among those who read its language."""
    language = standing.applications[row].language
    if not (standing.languages and language):
        count = int(left.sum())
        return f"No juror has free capacity: {_count(count, 'further juror')} may review it, {_all(count)} full."
    readers = _readers(standing, row)
    parts = [
        f"{int(left.sum())} {_are(int(left.sum()))} full",
        *_kept_away(standing, row, readers),
    ]
    if len(parts) == 1:
        parts = [f"{_all(int(left.sum()))} full"]
    said = f"{int(readers.sum())} {'reads' if readers.sum() == 1 else 'read'} it"
    return f"No juror reads {_language(language)} with free capacity: {said}, {', '.join(parts)}."


def _nobody_left(standing: Standing, row: int) -> str:
    """No juror is left whatever the loads: count what keeps each away, first reason first."""
    readers = _readers(standing, row)
    language = _language(standing.applications[row].language)
    if not readers.any():
        return f"No juror reads {language}. Add a juror who does."
    away = int((~readers).sum())
    parts = [f"{away} {'does' if away == 1 else 'do'} not read {language}"] if away else []
    parts += _kept_away(standing, row, readers)
    return f"Nobody else may review it: of {_count(len(standing.jurors), 'juror')}, {', '.join(parts)}. Add a juror."


def _kept_away(standing: Standing, row: int, among: Booleans) -> list[str]:
    """How many of some jurors have a conflict, review it already, or share an institution at its limit."""
    has, conflicted = (
        _mark(standing, standing.held, row),
        _mark(standing, standing.barred, row),
    )
    if standing.apart is not None:
        conflicted |= standing.apart(row)
    at_limit = _at_limit(standing, row) & ~has & ~conflicted & among
    parts = []
    if away := int((among & conflicted & ~has).sum()):
        parts.append(f"{away} {'has' if away == 1 else 'have'} a conflict")
    if away := int((has & among).sum()):
        parts.append(f"{away} {'reviews' if away == 1 else 'review'} it already")
    if away := int(at_limit.sum()):
        limit = f"an institution that gives {_count(standing.limit or 0, 'review')} of it already"
        parts.append(f"{away} {_are(away)} of {limit}")
    return parts


def _seat(standing: Standing, row: int) -> str:
    experienced = np.array([juror.experienced for juror in standing.jurors], dtype=np.bool_)
    if not experienced.any():
        return "No juror is experienced. Name experienced jurors."
    left = _left(standing, row) & experienced
    rooms = np.array([juror.max_load for juror in standing.jurors], dtype=np.int64)
    count = int(experienced.sum())
    start = f"of {_count(count, 'experienced juror')}"
    readers = _readers(standing, row)
    parts = []
    if away := int((experienced & ~readers).sum()):
        language = _language(standing.applications[row].language)
        parts.append(f"{away} {'does' if away == 1 else 'do'} not read {language}")
    parts += _kept_away(standing, row, experienced & readers)
    if full := int((left & (standing.loads >= rooms)).sum()):
        parts.append(f"{full} {_are(full)} full")
    if free := int((left & (standing.loads < rooms)).sum()):
        parts.append(f"{free} could come only at the price of another seat, review or minimum load")
    return f"No experienced juror is free for it: {start}, {', '.join(parts)}. Raise their load or name another."


def _left(standing: Standing, row: int) -> Booleans:
    """Who may still review an application, loads aside."""
    left = standing.allowed(np.array([row]))[0].copy()
    left &= ~_mark(standing, standing.held, row) & ~_at_limit(standing, row)
    return np.asarray(left)


def _readers(standing: Standing, row: int) -> Booleans:
    language = standing.applications[row].language
    if not standing.languages or not language:
        return np.ones(len(standing.jurors), dtype=np.bool_)
    return np.array([language in juror.languages for juror in standing.jurors], dtype=np.bool_)


def _mark(standing: Standing, columns: Mapping[int, Sequence[int]], row: int) -> Booleans:
    marked = np.zeros(len(standing.jurors), dtype=np.bool_)
    marked[list(columns.get(row, ()))] = True
    return marked


def _at_limit(standing: Standing, row: int) -> Booleans:
    """Jurors whose institution gives as many reviews of the application as it may."""
    if standing.limit is None:
        return np.zeros(len(standing.jurors), dtype=np.bool_)
    names = [name_key(juror.institution) for juror in standing.jurors]
    held = [names[column] for column in standing.held.get(row, ())]
    return np.array(
        [bool(name) and held.count(name) >= standing.limit for name in names],
        dtype=np.bool_,
    )


def _circle(standing: Standing, start: Booleans) -> tuple[int, list[int]]:
    """How many applications share the closed circle reached from the jurors in `start`, and its jurors."""
    rows, columns = standing.given
    jurors, applications = (
        start.copy(),
        np.zeros(len(standing.applications), dtype=np.bool_),
    )
    step = max(1, BLOCK // len(standing.jurors))

    def may(some: Ints) -> list[Booleans]:
        tables = []
        for first in range(0, len(some), step):
            table = standing.allowed(some[first : first + step]).copy()
            for place, row in enumerate(some[first : first + step].tolist()):
                table[place, list(standing.held.get(row, ()))] = False
            tables.append(table)
        return tables

    while True:
        reached = np.unique(rows[jurors[columns]])
        reached = reached[~applications[reached]]
        if not len(reached):
            break
        applications[reached] = True
        for table in may(reached):
            jurors |= table.any(axis=0)
    short = np.flatnonzero((standing.missing > 0) & ~applications)
    waiting = sum(int(table[:, jurors].any(axis=1).sum()) for table in may(short))
    full = sorted(np.flatnonzero(jurors).tolist(), key=lambda juror: standing.jurors[juror].ref)
    return int(applications.sum()) + waiting, full


def _names(standing: Standing, jurors: list[int]) -> str:
    names = [standing.jurors[juror].ref for juror in jurors[:NAMED]]
    more = len(jurors) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _language(code: str) -> str:
    return LANGUAGES.get(code, code)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _all(number: int) -> str:
    return "it is" if number == 1 else "all"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
