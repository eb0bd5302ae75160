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
