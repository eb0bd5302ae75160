"""What a reader typed into a search box, as conditions or as a sentence that says which word cannot be understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from evaluators.permissions import Field
from evaluators.search import FIELDS, LETTERS, ROWS, Asks, SearchProblem, Term, Wrong, parse
from laurea.errors import BadInput, Refusal
from laurea.store import searching, searching_lists
from laurea.store.searching import Where
from laurea.web.reader import Reader
from rules.plan import Plan


def _reviews(plan: Plan) -> int:
    return int(plan.jury.asked_reviews or 0) if plan.jury is not None else 0


def asked(text: str, seen: frozenset[Field], plan: Plan, reader: Reader) -> tuple[Where, str]:
    """The conditions of a search of applications, and nothing; or conditions nothing meets, and why in the reader's
    language.
    """
    make = partial(searching.where, reviews=_reviews(plan), zone=reader.zone)
    return _understood(text, seen, FIELDS, make, reader)


def asked_letters(text: str, seen: frozenset[Field], plan: Plan, reader: Reader) -> tuple[Where, str]:
    """The same of letters."""
    make = partial(searching_lists.letters, reviews=_reviews(plan), zone=reader.zone)
    return _understood(text, seen, {**LETTERS, **FIELDS}, make, reader)


def asked_rows(text: str, seen: frozenset[Field], reader: Reader) -> tuple[Where, str]:
    """The same of rows that could not be used."""
    return _understood(text, seen, ROWS, searching_lists.rows, reader)


def _understood(
    text: str,
    seen: frozenset[Field],
    fields: Mapping[str, Asks],
    make: Callable[[Sequence[Term]], Where],
    reader: Reader,
) -> tuple[Where, str]:
    try:
        return make(parse(text, seen, fields)), ""
    except SearchProblem as problem:
        _ = reader.words.gettext
        says = {
            Wrong.FIELD: _("“{word}”: there is no such field. The fields are {fields}."),
            Wrong.VALUE: _("“{word}”: the value is missing."),
            Wrong.NUMBER: _("“{word}”: this is not a number."),
            Wrong.DAY: _("“{word}”: this is not a day; write it as 2026-03-31."),
            Wrong.ORDER: _("“{word}”: only numbers and days can be compared with < and >."),
            Wrong.CLOSED: _("“{word}”: this is not to be seen yet."),
            Wrong.LONG: _("“{word}”: the search is too long."),
        }[problem.wrong]
        return searching.NOTHING, says.format(word=problem.word, fields=", ".join(_open(seen, fields)))


def asked_by_program(text: str, seen: frozenset[Field], plan: Plan, zone: str) -> Where:
    """The conditions of a search. Raises BadInput that names the word."""
    try:
        return searching.where(parse(text, seen), reviews=_reviews(plan), zone=ZoneInfo(zone))
    except SearchProblem as problem:
        place = Refusal(
            "", None, problem.word, f"{problem.wrong.value}.", f"The fields are {', '.join(_open(seen, FIELDS))}."
        )
        raise BadInput("The search cannot be understood.", [place]) from None


def _open(seen: frozenset[Field], fields: Mapping[str, Asks]) -> list[str]:
    return [name for name, asks in fields.items() if asks.needs in seen]
