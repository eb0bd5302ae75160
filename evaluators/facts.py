"""Facts as frames: what is known of each application, in columns, with unknown kept as null.

Values come as text (from files) or as JSON (from records). What is absent or empty is unknown. What cannot be read
as its type is reported with a remedy and stays unknown: nothing is guessed, and no number becomes a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from rules.answers import word_problem
from rules.ruleset import Fact, Item, RuleSet
from rules.values import LIMIT

Value = str | int | bool | date | datetime | None
_INTEGER = re.compile(r"[-+]?[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,9}(\.[0-9]+)?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_HANDFUL = 20
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
TYPES: Mapping[str, Any] = {  # a column of each type of fact
    "bool": pl.Boolean,
    "int": pl.Int64,
    "decimal": pl.Int64,
    "code": pl.String,
    "text": pl.String,
    "date": pl.Date,
    "moment": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True)
class FactProblem:
    """A value that cannot be used. `row_index` counts the rows given, from 0."""

    row_index: int
    field: str
    problem: str
    remedy: str


@dataclass
class Frames:
    """Applications (one row each, `_row` numbers them) and the items of their lists, each with the `_row` it is of."""

    applications: pl.DataFrame
    children: dict[str, pl.DataFrame]
    problems: list[FactProblem] = field(default_factory=list)


class _Wrong(Exception):
    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy


def to_frames(ruleset: RuleSet, rows: Sequence[Mapping[str, Any]]) -> Frames:
    """The frames a plan runs over.

    A row holds application_id, applicant_id, unit_id, country, submitted_at, `facts` {name: value} and `children`
    {list: [{field: value}]}. A list that is absent is unknown; an empty one is known to be empty. The jurors' sheets
    are no facts: evaluators.sheets.with_sheets adds them.
    """
    reader = Reader(ruleset)
    columns: dict[str, list[Any]] = {
        name: [row.get(name) for row in rows] for name in ("application_id", "applicant_id", "unit_id")
    }
    columns["country"] = [row.get("country") or None for row in rows]
    columns["submitted_at"] = [reader.moment(number, row.get("submitted_at")) for number, row in enumerate(rows)]
    schema: dict[str, Any] = dict.fromkeys((*columns,), pl.String) | {"submitted_at": TYPES["moment"]}
    facts = [row.get("facts") or {} for row in rows]
    lists = [row.get("children") or {} for row in rows]
    for name, fact in ruleset.facts.items():
        if fact.type == "list":
            columns[f"known.{name}"] = [True if isinstance(one.get(name), list | tuple) else None for one in lists]
            schema[f"known.{name}"] = pl.Boolean
        else:
            columns[f"fact.{name}"] = reader.column(name, fact, [(i, one.get(name)) for i, one in enumerate(facts)])
            schema[f"fact.{name}"] = TYPES[fact.type]
    for number, (known, children) in enumerate(zip(facts, lists, strict=True)):
        reader.strangers(number, known, children)
    applications = _frame(columns, schema).with_row_index("_row")
    children = {name: reader.items(name, lists) for name, fact in ruleset.facts.items() if fact.type == "list"}
    return Frames(applications, children, sorted(reader.problems, key=lambda one: (one.row_index, one.field)))


def _frame(columns: Mapping[str, list[Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Values of the types of the schema as a frame; a handful is sooner given row by row."""
    few = len(next(iter(columns.values()))) < _HANDFUL
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] if few else []
    return pl.DataFrame(rows or columns, schema=schema)


def read_value(fact: Fact | Item, value: Any) -> Value:
    """One value as its type says; None when it is absent. Raises ValueError with problem and remedy."""
    try:
        return _read(fact.type, fact.scale, value, fact.words)
    except _Wrong as wrong:
        raise ValueError(wrong.problem, wrong.remedy) from None


class Reader:
    """Reads values as a rule set says, and keeps what is wrong with them in `problems`."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.problems: list[FactProblem] = []
        self.plain = {name for name, fact in ruleset.facts.items() if fact.type != "list"}

    def column(self, name: str, fact: Fact | Item, values: Sequence[tuple[int, Any]]) -> list[Value]:
        """The values of one fact; the same text is read once."""
        read: Callable[[Any], Value] = lambda value: _read(fact.type, fact.scale, value, fact.words)  # noqa: E731
        kept: dict[tuple[type, Any], Value] = {}
        found: list[Value] = []
        for number, value in values:
            if value is None or value == "":
                found.append(None)
                continue
            try:
                key = (type(value), value)
                if key not in kept:
                    kept[key] = read(value)
                found.append(kept[key])
            except TypeError:
                found.append(None)
                self.report(number, name, "A single value is needed here.", "Give one value, not a list.")
            except _Wrong as wrong:
                found.append(None)
                self.report(number, name, wrong.problem, wrong.remedy)
        return found

    def moment(self, number: int, value: Any) -> datetime | None:
        try:
            found = _read("moment", 0, value)
        except _Wrong as wrong:
            self.report(number, "submitted_at", wrong.problem, wrong.remedy)
            return None
        return found if isinstance(found, datetime) else None

    def items(self, name: str, lists: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        fields = self.ruleset.facts[name].fields
        flat = [(number, item) for number, one in enumerate(lists) for item in one.get(name) or ()]
        columns: dict[str, list[Any]] = {"_row": [number for number, _ in flat]}
        schema: dict[str, Any] = {"_row": pl.UInt32}
        for key, item in fields.items():
            columns[f"item.{key}"] = self.column(
                f"{name}.{key}", item, [(number, one.get(key)) for number, one in flat]
            )
            schema[f"item.{key}"] = TYPES[item.type]
        return _frame(columns, schema)

    def strangers(self, number: int, facts: Mapping[str, Any], children: Mapping[str, Any]) -> None:
        if not (facts.keys() <= self.plain):
            for name in sorted(set(facts) - self.plain):
                known = ", ".join(sorted(self.plain))
                self.report(number, name, "The rule set has no such fact.", f"Its facts are {known}.")
        for name in sorted(set(children) - set(self.ruleset.facts)):
            self.report(number, name, "The rule set has no such list.", "Correct its name, or leave it out.")

    def report(self, number: int, name: str, problem: str, remedy: str) -> None:
        self.problems.append(FactProblem(number, name, problem, remedy))


def _read(kind: str, scale: int, value: Any, words: Sequence[str] = ()) -> Value:
    if value is None or value == "":
        return None
    if isinstance(value, float):
        raise _Wrong("A number with a floating point is not exact.", "Give it as text, such as '20.5'.")
    text = value.strip() if isinstance(value, str) else value
    if text == "":
        return None
    match kind:
        case "bool":
            if isinstance(text, bool):
                return text
            if isinstance(text, str) and text.lower() in _WORDS:
                return _WORDS[text.lower()]
            raise _Wrong(f"'{_short(value)}' is not yes or no.", "Write true or false.")
        case "int":
            return _whole(text)
        case "decimal":
            return _decimal(text, scale)
        case "date":
            return _day(text)
        case "moment":
            return _moment(text)
    if not isinstance(text, str):
        raise _Wrong(f"'{_short(value)}' is not a text.", "Give it as text.")
    if len(text) > 5_000 or "\0" in text:
        raise _Wrong("The text is too long or holds a character that cannot be kept.", "Shorten it.")
    if wrong := word_problem(words, text):
        raise _Wrong(*wrong)
    return text


def _whole(value: Any) -> int:
    number: Any = int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise _Wrong(f"'{_short(value)}' is not a whole number.", "Write plain digits, such as 12.")
    if abs(number) >= LIMIT:
        raise _Wrong(f"{_short(value)} is too large.", "Numbers have at most nine digits.")
    return int(number)


def _decimal(value: Any, scale: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value) * int(10**scale)
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise _Wrong(f"'{_short(value)}' is not a number.", "Write it with a point, such as 20.5.")
    whole, _, digits = value.partition(".")
    digits = digits.rstrip("0")
    if len(digits) > scale:
        raise _Wrong(
            f"'{_short(value)}' has more than {scale} decimals.",
            f"Give it with at most {scale} decimals, not rounded here.",
        )
    return int(whole + digits.ljust(scale, "0"))


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _Wrong(f"'{_short(value)}' is not a date.", "Write it as 2024-02-29.")


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, datetime):
        raise _Wrong(f"'{_short(value)}' is not a moment.", "Write it as 2024-02-29T18:30:00+04:00.")
    if found.tzinfo is None:
        raise _Wrong(f"'{_short(value)}' has no offset from UTC.", "Write it as 2024-02-29T18:30:00+04:00.")
    return found.astimezone(UTC)


def _short(value: Any) -> str:
    return str(value)[:60]
