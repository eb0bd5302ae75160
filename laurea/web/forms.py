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


def marks(data: dict[str, Any]) -> dict[str, str]:
    """The marks a score sheet was sent with, by criterion, as typed."""
    return {name[5:]: first(data, name) for name in data if name.startswith("mark.")}


def version(data: dict[str, Any]) -> int:
    """The version of a sheet that somebody saw when they wrote; -1 where the field is no number, which no sheet has."""
    text = first(data, "version")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
