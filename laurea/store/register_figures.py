"""Figures out of the registers an authority has imported, one query each; None where no such register ever was.

A register says how things stand now and counts for no year; a participation counts for the year it was held in.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, case, cast, func, literal, null, select

from laurea.store import tables as t
from laurea.store.figures import Asked, Figure, counted

_C = t.register_rows.c


def teachers(connection: Connection, asked: Asked) -> Figure | None:
    """Teachers in the register, each once."""
    return _standing(connection, asked, "teachers", _C.key)


def schools(connection: Connection, asked: Asked) -> Figure | None:
    """Schools in the register."""
    return _standing(connection, asked, "schools", _C.unit_ref)


def projects(connection: Connection, asked: Asked) -> Figure | None:
    """Projects in the register."""
    return _standing(connection, asked, "projects", _C.unit_ref)


def participations(connection: Connection, asked: Asked) -> Figure | None:
    """Who took part in what on which day."""
    return _held(connection, asked, _C.unit_ref + literal(" ") + _C.key)


def trained(connection: Connection, asked: Asked) -> Figure | None:
    """People who took part in something, each once."""
    return _held(connection, asked, _text("person"))


def _standing(connection: Connection, asked: Asked, kind: str, thing: Any) -> Figure | None:
    return _rows(connection, asked, kind, thing, cast(null(), String), [])


def _held(connection: Connection, asked: Asked, thing: Any) -> Figure | None:
    year = func.substr(_text("held_on"), 1, 4)
    dated = [] if asked.year is None else [year == str(asked.year)]
    return _rows(connection, asked, "participations", thing, year, dated)


def _rows(
    connection: Connection, asked: Asked, kind: str, thing: Any, year: Any, dated: list[ColumnElement[bool]]
) -> Figure | None:
    """What stands in a register; what is gone, or not asked for, only shows that the register is there."""
    country, region = _text("country"), _text("region")
    meant: list[ColumnElement[bool]] = [_C.gone_at.is_(None), *dated]
    if asked.country:
        meant.append(country == asked.country)
    if asked.region:
        meant.append(region == asked.region)
    return counted(
        connection,
        select(
            case((and_(*meant), thing), else_=null()).label("thing"),
            year.label("year"),
            country.label("country"),
            region.label("region"),
        ).where(_C.authority_id == asked.authority_id, _C.kind == kind),
    )


def _text(name: str) -> ColumnElement[str]:
    return func.coalesce(_C.content[name].as_string(), "")
