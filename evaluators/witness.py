"""Somebody is asked for one fact by a link of their own: what they are asked, and what their answer makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evaluators.facts import read_value
from rules.ruleset import Fact

CAPACITIES = ("applicant", "principal", "partner", "colleague", "other")


class Answer(StrEnum):
    """What can be said to a request."""

    CONFIRMED = "confirmed"
    SUPPLIED = "supplied"
    REFUSED = "refused"


class WrongAnswer(ValueError):
    """An answer that does not fit what was asked."""


@dataclass(frozen=True)
class Effect:
    """What an answer makes of a fact. `sets`: it becomes `value`; else the fact stays as it is."""

    sets: bool
    value: Any = None


def asks_value(fact: Fact, stated: Any) -> bool:
    """Whether a value is asked for; else a yes or no to what is stated (of an unknown yes-or-no fact, to itself)."""
    return stated is None and fact.type != "bool"


def effect(fact: Fact, stated: Any, answer: Answer, value: Any, *, counts: bool) -> Effect:
    """What an answer makes of a fact. Raises WrongAnswer where it does not fit the question or cannot be read.

    To confirm keeps what is stated. To refuse what was known changes nothing by itself: the office decides. Where a
    yes-or-no fact was unknown, the refusal is its no. `counts`: the answer may become the fact at all.
    """
    if asks_value(fact, stated):
        if answer is Answer.CONFIRMED or (answer is Answer.SUPPLIED and value in (None, "", [])):
            raise WrongAnswer("The answer is empty.")
        if answer is Answer.SUPPLIED:
            _must_read(fact, value)
        return Effect(counts and answer is Answer.SUPPLIED, value)
    if answer is Answer.SUPPLIED:
        raise WrongAnswer("A yes or a no is asked for.")
    if stated is None:
        return Effect(counts, "true" if answer is Answer.CONFIRMED else "false")
    return Effect(counts and answer is Answer.CONFIRMED, stated)


def _must_read(fact: Fact, value: Any) -> None:
    items = [(fact.fields[key], text) for row in value for key, text in row.items()] if fact.fields else [(fact, value)]
    try:
        for one, text in items:
            read_value(one, text)
    except ValueError as wrong:
        raise WrongAnswer(*wrong.args) from None
