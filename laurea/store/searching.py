"""The search language (`evaluators.search`) as conditions on applications, for lists and files alike."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, and_, case, cast, false, func, not_, or_, select

from evaluators.search import Term, Value
from laurea.store import tables as t

Where = Sequence[ColumnElement[bool]]
NOTHING: Where = (false(),)
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_A, _D, _S = t.applications.c, t.decisions.c, t.assignments.c
_TEXTS = {"id": _A.ref, "unit": _A.unit_name, "institution": _A.institution, "region": _A.region}
_CODES = {"country": _A.country, "language": _A.language, "state": _A.state}
_DECIDED = {"outcome": _D.outcome, "points": cast(_D.points, Float), "rank": _D.rank, "group": _D.group_name}


def conditions(terms: Sequence[Term], condition: Callable[[str, Value], ColumnElement[bool]]) -> Where:
    """A condition a term: of its values one must hold, turned round where the term is."""
    found = [or_(*(condition(term.field, one) for one in term.values)) for term in terms]
    return [not_(one) if term.negated else one for term, one in zip(terms, found, strict=True)]


def where(terms: Sequence[Term], *, reviews: int, zone: ZoneInfo) -> Where:
    """Conditions that hold for the applications a search means.

    `reviews`: how many each is to have; `zone`: whose days are meant.
    """
    return conditions(terms, lambda name, value: _condition(name, value, reviews, zone))


def _condition(name: str, value: Value, reviews: int, zone: ZoneInfo) -> ColumnElement[bool]:
    """One value of one field. It is true or false and never unknown, so that it can be turned round."""
    if name == "":
        return or_(*(func.coalesce(one.icontains(value.value, autoescape=True), false()) for one in _plain()))
    if name in _TEXTS or name == "applicant":
        return text(_applicant() if name == "applicant" else _TEXTS[name], value)
    if name in _CODES:
        return code(_CODES[name], value)
    if name == "submitted":
        return day(_A.submitted_at, value, zone)
    if name == "juror":
        return _juror(value)
    if name in _DECIDED:
        return _decided(name, value)
    counts = {"reviews": _count(_S.state != "handed_back"), "done": _count(_S.state == "submitted")}
    if name == "missing":
        short = and_(_A.state.in_(("eligible", "assigned")), counts["reviews"] < reviews)
        counts["missing"] = case((short, reviews - counts["reviews"]), else_=0)
    return compared(counts[name], value)


def _plain() -> tuple[Any, ...]:
    return (_A.ref, _A.unit_name, _A.institution, _applicant())


def _applicant() -> Any:
    mine = select(t.people.c.name).where(t.people.c.id == _A.applicant_id)
    return mine.correlate(t.applications).scalar_subquery()


def text(column: Any, value: Value) -> ColumnElement[bool]:
    """The value is part of it, letter case aside."""
    filled = func.coalesce(column, "")
    return filled == "" if value.value is None else filled.icontains(value.value, autoescape=True)


def code(column: Any, value: Value) -> ColumnElement[bool]:
    """It is the value, letter case aside."""
    filled = func.lower(func.coalesce(column, ""))
    return filled == ("" if value.value is None else str(value.value).lower())


def day(column: Any, value: Value, zone: ZoneInfo) -> ColumnElement[bool]:
    """A moment lies on that day of the zone, before or after it."""
    if value.value is None:
        return false()
    assert isinstance(value.value, date)
    begins = datetime.combine(value.value, time(0), zone)
    ends = datetime.combine(value.value + timedelta(days=1), time(0), zone)
    found: dict[str, ColumnElement[bool]] = {
        "=": and_(column >= begins, column < ends),
        "<": column < begins,
        "<=": column < ends,
        ">": column >= ends,
        ">=": column >= begins,
    }
    return found[value.order]


def _juror(value: Value) -> ColumnElement[bool]:
    """Somebody has it to review, or has reviewed it: by number or by name."""
    live = select(_S.id).where(_S.application_id == _A.id, _S.state != "handed_back")
    if value.value is not None:
        name = or_(
            func.lower(t.jurors.c.ref) == str(value.value).lower(),
            t.people.c.name.icontains(value.value, autoescape=True),
        )
        live = live.join(t.jurors, t.jurors.c.id == _S.juror_id).join(t.people, t.people.c.id == t.jurors.c.person_id)
        return live.where(name).correlate(t.applications).exists()
    return not_(live.correlate(t.applications).exists())


def _decided(name: str, value: Value) -> ColumnElement[bool]:
    decision = select(_D.id).where(_D.application_id == _A.id)
    column = _DECIDED[name]
    if value.value is None:
        return not_(decision.where(column.is_not(None)).correlate(t.applications).exists())
    match name:
        case "outcome":
            asked = func.lower(column) == str(value.value).lower()
        case "group":
            asked = column.icontains(value.value, autoescape=True)
        case _:
            asked = compared(column, value)
    return decision.where(asked).correlate(t.applications).exists()


def _count(which: ColumnElement[bool]) -> Any:
    mine = select(func.count()).where(_S.application_id == _A.id, which)
    return mine.correlate(t.applications).scalar_subquery()


def compared(column: Any, value: Value) -> ColumnElement[bool]:
    """A number stands so to the value."""
    if value.value is None:
        return column.is_(None)  # type: ignore[no-any-return]
    assert isinstance(value.value, Fraction)
    return _ORDERS[value.order](column, float(value.value))  # type: ignore[no-any-return]
