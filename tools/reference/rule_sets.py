"""The page of every block and key of a rule set and of worked cases, out of their models."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from evaluators import cases
from rules import words
from rules.ruleset import RuleSet

HEAD = """# Rule sets: every block and key

[The rule language](../rule-language.md) shows each block with an example and says what a condition may contain;
[Rules for officers](../rules-for-officers.md) teaches it. This page lists what there is. Keys in **bold** must be
there. `laurea rules schema` prints the same for editors.

A *sentence* is text, or one a language (`{en: …, lv: …}`); an *expression* is a condition or figure of the rule
language; a *name* has small letters, digits and `_`; a *key* small letters, digits, `.` and `-`.

"""
NAMED = (
    (words.Text, "sentence"), (words.Expr, "expression"), (words.Day, "day"), (words.Name, "name"),
    (words.Key, "key"), (words.Word, "word"), (words.Scale, "0 to 9"),
)  # fmt: skip
"""The small types of a rule set as people call them; `Scalar` is an expression without names and said as a figure."""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for top, title in ((RuleSet, "The file of a rule set"), (cases.CaseFile, "The file of worked cases")):
        for model in _models(top, []):
            level, said = ("##", title) if model is top else ("###", model.__name__)
            parts.append(
                f"{level} {said}\n\n{_told(model)}\n\n| key | what stands there | unless said |\n|---|---|---|\n"
            )
            parts.extend(_rows(model))
            parts.append("\n")
    return "".join(parts)


def _told(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split()) if model.__doc__ else ""


def _models(model: type[BaseModel], seen: list[type[BaseModel]]) -> list[type[BaseModel]]:
    """A model and all that stand in it, each once, in order of appearance."""
    if model not in seen:
        seen.append(model)
        for hint in _hints(model).values():
            for part in _parts(hint):
                _models(part, seen)
    return seen


def _hints(model: type[BaseModel]) -> dict[str, Any]:
    found = get_type_hints(model, include_extras=True)
    return {name: found[name] for name in model.model_fields}


def _parts(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for one in get_args(hint):
        if get_origin(hint) is not Literal:
            yield from _parts(one)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, hint in _hints(model).items():
        field = model.model_fields[name]
        key = f"`{field.alias or name}`"
        shown = f"**{key}**" if field.is_required() else key
        default = field.default
        unless = "" if default is PydanticUndefined or default in (None, "", (), {}) else f"`{_plain(default)}`"
        yield f"| {shown} | {kind(hint)} | {unless} |\n"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def kind(hint: Any) -> str:
    """What may stand at a key, in words."""
    for one, said in NAMED:
        if hint == one:
            return said
    if hint == words.Scalar:
        return "figure or text"
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kind(inner[0])
    if origin is Literal:
        return ", ".join(f"`{_plain(one)}`" for one in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(kind(one) for one in inner if one is not type(None)))
    if origin in (list, tuple):
        return f"list of: {kind(inner[0])}"
    if origin is dict:
        return f"by {kind(inner[0])}: {kind(inner[1])}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return {bool: "yes or no", int: "whole number", str: "text"}.get(hint, getattr(hint, "__name__", str(hint)))
