"""The search language of every list: `country:LV,GE state:assigned missing:>0 -region:north "two words"`.

Words stand side by side and must all hold. A word without a colon is looked for in names and references; `field:value`
asks one field, commas divide values of which one must hold, `<`, `<=`, `>`, `>=` compare numbers and days, `none` means
that nothing is there, a minus in front turns a word round, quotation marks keep spaces together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from evaluators.permissions import Field

MOST_WORDS = 20
LONGEST = 400  # signs
NONE = "none"


class Kind(StrEnum):
    """How the values of a field are compared."""

    TEXT = "text"  # is part of it
    CODE = "code"  # is it, letter case aside
    NUMBER = "number"
    DAY = "day"


class Wrong(StrEnum):
    """What can be wrong with a word."""

    FIELD = "there is no such field"
    VALUE = "the value is missing"
    NUMBER = "this is not a number"
    DAY = "this is not a day such as 2026-03-31"
    ORDER = "only numbers and days are compared with < and >"
    CLOSED = "this is not to be seen yet"
    LONG = "the search is too long"


@dataclass(frozen=True)
class Asks:
    """A field that can be asked for: how it is compared, and what one must be allowed to see for it."""

    kind: Kind
    needs: Field


FIELDS: Mapping[str, Asks] = MappingProxyType(
    {
        "id": Asks(Kind.TEXT, Field.HEADING),
        "unit": Asks(Kind.TEXT, Field.HEADING),
        "applicant": Asks(Kind.TEXT, Field.HEADING),
        "institution": Asks(Kind.TEXT, Field.HEADING),
        "region": Asks(Kind.TEXT, Field.HEADING),
        "country": Asks(Kind.CODE, Field.HEADING),
        "language": Asks(Kind.CODE, Field.HEADING),
        "state": Asks(Kind.CODE, Field.HEADING),
        "submitted": Asks(Kind.DAY, Field.HEADING),
        "juror": Asks(Kind.CODE, Field.ASSIGNMENT),
        "reviews": Asks(Kind.NUMBER, Field.PROGRESS),
        "done": Asks(Kind.NUMBER, Field.PROGRESS),
        "missing": Asks(Kind.NUMBER, Field.PROGRESS),
        "outcome": Asks(Kind.CODE, Field.PROPOSED),
        "points": Asks(Kind.NUMBER, Field.PROPOSED),
        "rank": Asks(Kind.NUMBER, Field.PROPOSED),
        "group": Asks(Kind.TEXT, Field.PROPOSED),
    }
)
LETTERS: Mapping[str, Asks] = MappingProxyType(
    {
        "to": Asks(Kind.TEXT, Field.OUTBOX),
        "kind": Asks(Kind.CODE, Field.OUTBOX),
        "sent": Asks(Kind.DAY, Field.OUTBOX),
        "class": Asks(Kind.CODE, Field.OUTBOX),
    }
)
"""What letters can be asked for besides: their other words are about the applications of whom they go to."""
ROWS: Mapping[str, Asks] = MappingProxyType(
    {
        "file": Asks(Kind.TEXT, Field.REFUSED_ROWS),
        "row": Asks(Kind.NUMBER, Field.REFUSED_ROWS),
        "field": Asks(Kind.TEXT, Field.REFUSED_ROWS),
        "problem": Asks(Kind.TEXT, Field.REFUSED_ROWS),
    }
)
"""What rows of files that could not be used can be asked for: there is no application behind them."""
_WORD = re.compile(r'\s*(-?)(?:([A-Za-z_]+):)?((?:"[^"]*"?|[^\s"])*)')
_ORDER = re.compile(r"(<=|>=|<|>|=)?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Value:
    """One value a field is compared with; None stands for nothing at all."""

    order: str  # = < <= > >=
    value: str | Fraction | date | None


@dataclass(frozen=True)
class Term:
    """One word: of a field (empty: names and references), one of these values, turned round or not."""

    field: str
    values: tuple[Value, ...]
    negated: bool = False


class SearchProblem(ValueError):
    """A search that cannot be understood: the word, and what is wrong with it."""

    def __init__(self, word: str, wrong: Wrong) -> None:
        super().__init__(f"“{word}”: {wrong.value}.")
        self.word = word
        self.wrong = wrong


def parse(text: str, seen: frozenset[Field], fields: Mapping[str, Asks] = FIELDS) -> tuple[Term, ...]:
    """The words of a search, for somebody who may see these fields. Raises SearchProblem at the first wrong word.

    `fields` are those that the list that is searched has.
    """
    if len(text) > LONGEST:
        raise SearchProblem(text[:20] + "…", Wrong.LONG)
    terms: list[Term] = []
    place = 0
    while found := _WORD.match(text, place):
        if found.end() == place:
            break
        place = found.end()
        word = found.group().strip()
        if word:
            terms.append(_term(word, found[1], found[2] or "", found[3], seen, fields))
    if len(terms) > MOST_WORDS:
        raise SearchProblem(text[:20] + "…", Wrong.LONG)
    return tuple(terms)


def _term(word: str, minus: str, name: str, rest: str, seen: frozenset[Field], fields: Mapping[str, Asks]) -> Term:
    name = name.lower()
    if not name:
        plain = rest.replace('"', "").strip()
        if not plain:
            raise SearchProblem(word, Wrong.VALUE)
        return Term("", (Value("=", plain),), bool(minus))
    asks = fields.get(name)
    if asks is None:
        raise SearchProblem(word, Wrong.FIELD)
    if asks.needs not in seen:
        raise SearchProblem(word, Wrong.CLOSED)
    return Term(name, tuple(_value(word, part, asks.kind) for part in _parts(rest)), bool(minus))


def _parts(rest: str) -> list[str]:
    """The values between commas; a comma in quotation marks divides nothing."""
    return [
        part.replace('"', "").strip() for part in re.findall(r'(?:"[^"]*"?|[^,"])+|(?<=,)(?=,|\Z)|\A(?=,|\Z)', rest)
    ]


def _value(word: str, part: str, kind: Kind) -> Value:
    found = _ORDER.fullmatch(part)
    order, plain = (found[1] or "=", found[2].strip()) if found else ("=", part)
    if not plain:
        raise SearchProblem(word, Wrong.VALUE)
    if kind in (Kind.TEXT, Kind.CODE):
        if order != "=":
            raise SearchProblem(word, Wrong.ORDER)
        return Value("=", None if plain.lower() == NONE else plain)
    if plain.lower() == NONE and order == "=":
        return Value("=", None)
    if kind is Kind.DAY:
        try:
            return Value(order, date.fromisoformat(plain))
        except ValueError:
            raise SearchProblem(word, Wrong.DAY) from None
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", plain, re.ASCII):
        raise SearchProblem(word, Wrong.NUMBER)
    return Value(order, Fraction(plain))
