"""What a handler is given: the reader, the form, and single fields out of it."""

from __future__ import annotations

from typing import Any

from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from laurea.web.reader import Reader

Who = NamedDependency[Reader]
Form = URLEncodedBody[dict[str, Any]]


def first(data: dict[str, Any], name: str) -> str:
    """A field of a form as text; the first where it was sent twice, nothing where it was not sent."""
    value = data.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value)


def several(data: dict[str, Any], name: str) -> list[str]:
    """Every value of a field that may be sent more than once."""
    value = data.get(name, [])
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def whole(text: str, digits: int = 9) -> int | None:
    """A number of at most so many digits; None where the text is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def marks(data: dict[str, Any]) -> dict[str, str]:
    """The marks a score sheet was sent with, by criterion, as typed."""
    return {name[5:]: first(data, name) for name in data if name.startswith("mark.")}


def version(data: dict[str, Any]) -> int:
    """The version of a sheet that somebody saw when they wrote; -1 where the field is no number, which no sheet has."""
    number = whole(first(data, "version"))
    return -1 if number is None else number
