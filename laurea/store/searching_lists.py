"""The search language (`evaluators.search`) on lists that hold no applications: letters, and rows of files."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select

from evaluators.search import LETTERS, Term, Value
from laurea.store import searching
from laurea.store import tables as t
from laurea.store.searching import Where
from notifications.outbox import of_class

_M, _A, _R = t.messages.c, t.applications.c, t.refused_rows.c


def letters(terms: Sequence[Term], *, reviews: int, zone: ZoneInfo) -> Where:
    """Conditions on letters: their own fields, and applications of whoever they go to that the other words find.

    A word without a field also finds a recipient by name, so that letters to jurors and offices are found too.
    """
    own = [term for term in terms if term.field in LETTERS]
    about_applications = [term for term in terms if term.field not in LETTERS]
    found = list(searching.conditions(own, lambda name, value: _of_letter(name, value, zone)))
    if not about_applications:
        return found
    plain = [term for term in about_applications if not term.field]
    named = searching.conditions(plain, lambda _, value: searching.text(_recipient(), value))
    has_one = _has_one(searching.where(about_applications, reviews=reviews, zone=zone))
    return [*found, or_(has_one, and_(*named)) if len(plain) == len(about_applications) else has_one]


def about(found: Where) -> Where:
    """Conditions on letters: they go to somebody who works on an application that these conditions find."""
    return [_has_one(found)] if found else []


def _has_one(found: Where) -> ColumnElement[bool]:
    member = t.application_members.c
    works = select(member.id).where(member.application_id == _A.id, member.person_id == _M.person_id)
    theirs = or_(_A.applicant_id == _M.person_id, works.correlate(t.applications, t.messages).exists())
    return select(_A.id).where(_A.round_id == _M.round_id, theirs, *found).correlate(t.messages).exists()


def _of_letter(name: str, value: Value, zone: ZoneInfo) -> ColumnElement[bool]:
    match name:
        case "to":
            return searching.text(_recipient(), value)
        case "kind":
            return searching.code(_M.kind, value)
        case "class":
            return _M.kind.in_(of_class(str(value.value).lower()))
        case _:
            if value.value is None:
                return _M.sent_at.is_(None)
            return func.coalesce(searching.day(_M.sent_at, value, zone), False)


def _recipient() -> ColumnElement[str]:
    who = select(t.people.c.name).where(t.people.c.id == _M.person_id)
    return who.correlate(t.messages).scalar_subquery()


def rows(terms: Sequence[Term]) -> Where:
    """Conditions on rows that could not be used; a word without a field is looked for in all that is shown."""
    return searching.conditions(terms, _of_row)


def _of_row(name: str, value: Value) -> ColumnElement[bool]:
    texts = {"file": _R.file, "field": _R.field, "problem": _R.problem}
    if name == "row":
        return func.coalesce(searching.compared(_R.row, value), False)
    if name:
        return searching.text(texts[name], value)
    return or_(*(searching.text(one, value) for one in (*texts.values(), _R.remedy)))
