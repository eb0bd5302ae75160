"""What a text of one's own may name: the fields of a kind's closed model, and the house's pieces, as shapes."""

from __future__ import annotations

import functools
import re
import typing
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import Any, Literal

from pydantic import AwareDatetime

from notifications.catalogue import kind_of
from notifications.fields import Data, Link, Number
from notifications.render import TEMPLATES

Sort = Literal["text", "number", "link", "flag", "list", "record", "piece"]
_INCLUDED = re.compile(r"\{%-?\s*include '([\w/]+)\.txt'\s*-?%\}")
PIECE = "the_"  # begins the name of a piece: {{ the_reasons }}


@dataclass(frozen=True)
class Shape:
    """The sort of a value. `of` is what a list holds; `fields` are those of a record; `choices` all a text can be;
    `moment`: the words of a day or a moment.
    """

    sort: Sort
    of: Shape | None = None
    fields: dict[str, Shape] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    moment: bool = False


_TEXT = Shape("text")
EVERYWHERE = {"name": _TEXT, "house": _TEXT, "written_on": _TEXT}  # of every letter: reader, sender, day


def _shape(said: Any) -> Shape:
    if said == Link:
        return Shape("link")
    if said == Number:
        return Shape("number")
    if typing.get_origin(said) is list:
        return Shape("list", of=_shape(typing.get_args(said)[0]))
    if typing.get_origin(said) is Literal:
        return Shape("text", choices=tuple(one for one in typing.get_args(said) if one))
    parts = [one for one in typing.get_args(said) if one is not NoneType]
    if said != AwareDatetime and typing.get_origin(said) is not typing.Annotated and len(parts) == 1:
        return _shape(parts[0])  # or nothing
    if said is bool:
        return Shape("flag")
    if isinstance(said, type) and issubclass(said, Data):
        return Shape("record", fields=_fields(said))
    return Shape("text", moment=said == AwareDatetime or (isinstance(said, type) and issubclass(said, date)))


def _fields(model: type[Data]) -> dict[str, Shape]:
    hints = typing.get_type_hints(model, include_extras=True)
    return {name: _shape(hints[name]) for name in model.model_fields}


@functools.cache
def pieces(kind: str) -> dict[str, str]:
    """The pieces of a kind's letter that the house sets itself: name to template, without its ending."""
    body = TEMPLATES / kind / "body.txt.j2"
    source = body.read_text(encoding="utf-8") if body.is_file() else ""
    return {PIECE + path.rpartition("/")[2].lstrip("_"): path for path in _INCLUDED.findall(source)}


@functools.cache
def names(kind: str) -> dict[str, Shape]:
    """Everything a text of that kind may name. Raises BadData where there is no such kind."""
    found = _fields(kind_of(kind).data) | EVERYWHERE
    return found | dict.fromkeys(pieces(kind), Shape("piece"))
