"""A list of things asked for at once, as one parameter: JSON, which both databases open to rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Integer, String, bindparam, cast, func, literal_column
from sqlalchemy.dialects.postgresql import JSON

_KINDS: dict[type, Any] = {int: Integer, str: String}


def opened(name: str, *kinds: type, on_postgresql: bool) -> tuple[FromClause, tuple[ColumnElement[Any], ...]]:
    """The rows of the list in the parameter `name`, to select from, and their columns of these kinds (int, str)."""
    given: BindParameter[str] = bindparam(name)
    places = list(enumerate(kinds))
    if on_postgresql:
        rows = func.json_array_elements(cast(given, JSON(none_as_null=True))).table_valued("value", name="asked")
        cell = rows.c.value
        return rows, tuple([cast(cell.op("->>")(literal_column(str(at))), _KINDS[kind]) for at, kind in places])
    rows = func.json_each(given).table_valued("value", name="asked")
    return rows, tuple([func.json_extract(rows.c.value, literal_column(f"'$[{at}]'")) for at, _ in places])


def written(rows: Iterable[tuple[Any, ...]]) -> str:
    """The value of such a parameter."""
    return json.dumps(list(rows))
