"""The functions of the language: what each takes, what it gives, which of its values must be plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules import calendars, moments
from rules.nodes import Node, Ref, String
from rules.syntax import ExpressionError
from rules.types import BOOL, DATE, MOMENT, NUMBER, TEXT, Type

STEPS = tuple(f"{span}_{way}" for span in ("years", "months", "weeks", "days") for way in ("before", "after"))
LARGEST = ("max", "min")
OF_LISTS = ("sum", "max", "min", "mean", "median", "spread")


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives. `plain`: which values are the same for all applications, and what they name."""

    takes: tuple[Type, ...]
    gives: Type
    plain: Mapping[int, str]


FUNCTIONS: Mapping[str, Signature] = {
    **dict.fromkeys(STEPS, Signature((DATE, NUMBER), DATE, {})),
    "working_days_after": Signature((DATE, NUMBER, TEXT), DATE, {2: "calendar"}),
    "working_days_before": Signature((DATE, NUMBER, TEXT), DATE, {2: "calendar"}),
    "working_days_between": Signature((DATE, DATE, TEXT), NUMBER, {2: "calendar"}),
    "next_working_day": Signature((DATE, TEXT), DATE, {1: "calendar"}),
    "end_of_year": Signature((DATE,), DATE, {}),
    "end_of_month": Signature((DATE,), DATE, {}),
    "day_in": Signature((NUMBER, TEXT), DATE, {1: "day"}),
    "days_between": Signature((DATE, DATE), NUMBER, {}),
    "school_year": Signature((DATE, TEXT), NUMBER, {1: "day"}),
    "year": Signature((DATE,), NUMBER, {}),
    "date": Signature((TEXT,), DATE, {0: "date"}),
    "day_of": Signature((MOMENT, TEXT), DATE, {1: "zone"}),
    "abs": Signature((NUMBER,), NUMBER, {}),
    "multiple_of": Signature((NUMBER, NUMBER), BOOL, {1: "number"}),
}
NAMES = (*FUNCTIONS, *LARGEST)

_TESTS = {
    "date": (moments.is_date, "a date", "Write it as date('2024-02-29')."),
    "day": (moments.is_day, "a day of the year", "Write it as '08-01'."),
    "zone": (moments.is_zone, "a time zone", "Write it as 'UTC'."),
    "calendar": (
        calendars.is_calendar,
        "a country whose holidays are known",
        "Write the two capitals of the country in quotes, or none.",
    ),
}


def refuse_literal(node: Node, kind: str) -> None:
    """Refuse a date, a day of the year, a zone or a calendar that does not exist."""
    if kind == "number" or (isinstance(node, Ref) and kind != "date"):
        return
    test, word, remedy = _TESTS[kind]
    if not isinstance(node, String) or not test(node.text):
        raise ExpressionError(node.at, f"This is not {word}.", remedy)
