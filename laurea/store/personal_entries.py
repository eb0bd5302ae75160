"""How an entry of the register of personal data is written: one word a column, by kind."""

from __future__ import annotations

from evaluators.personal import Column, Entry, Keep, Kind, Purpose, Way, Whose

OWN, APPLICATION, JURY = "own", "application", "jury"
"""A person's sides: rows that name them; rows about an application of theirs; rows of their seat in a jury."""
EVERY = frozenset({OWN, APPLICATION, JURY})
_EMPTIED = (Kind.NAME, Kind.CONTACT, Kind.ANSWERS, Kind.WORDS, Kind.FILE)
A, H, J, O, G = Whose.APPLICANT, Whose.HOLDER, Whose.JUROR, Whose.OFFICER, Whose.GUEST  # noqa: E741
K, P = Keep, Purpose


def entry(
    whose: tuple[Whose, ...],
    purpose: Purpose,
    keep: Keep,
    through: str = "",
    *,
    erased: frozenset[str] = EVERY,
    shown: frozenset[str] = EVERY,
    after: bool = False,
    goes: bool = False,
    **kinds: str,
) -> Entry:
    """An entry; the columns of a kind are words of one text: `name`, or `name>way` if it is not the usual one."""
    columns = {}
    for kind in map(Kind, kinds):
        usual = Way.GOES if goes else Way.EMPTY if kind in _EMPTIED else Way.STAYS
        for word in kinds[kind].split():
            name, _, way = word.partition(">")
            columns[name] = Column(kind, Way(way) if way else usual)
    return Entry(whose, purpose, keep, columns, tuple(through.split()), erased, shown, after)
