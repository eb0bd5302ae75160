"""Small types every rule-set model is made of: sentences in several languages, scalars, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

LANGUAGES = ("en", "az", "ka", "lv")
LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Z]{2})?$"


class Closed(BaseModel):
    """A part of a rule set: frozen, strict, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


def _text(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        raise ValueError("a sentence is missing here; put words such as true, no or null in quotes")
    return {"en": str(value)} if isinstance(value, str | int) else value


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value}' is not a date; write it as 2024-02-29") from None
    return value


_PLAIN = Annotated[str, StringConstraints(min_length=1, max_length=5_000)]

Text = Annotated[
    dict[Annotated[str, StringConstraints(pattern=LANGUAGE_TAG)], _PLAIN],
    BeforeValidator(_text),
    WithJsonSchema(
        {
            "description": "A sentence, or one a language ({en: …, lv: …}); en stands in for a missing one.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "patternProperties": {LANGUAGE_TAG: {"type": "string"}},
                    "additionalProperties": False,
                    "required": ["en"],
                },
            ],
        }
    ),
]
Scalar = Annotated[
    str,
    BeforeValidator(_scalar),
    StringConstraints(min_length=1, max_length=2_000),
    WithJsonSchema({"type": ["string", "integer", "boolean"]}),
]
Expr = Annotated[
    str,
    BeforeValidator(_scalar),
    StringConstraints(min_length=1, max_length=2_000),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "description": "An expression of the rule language."}),
]
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,79}$")]
Word = Annotated[
    str,
    BeforeValidator(_scalar),
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}$"),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "description": "A code a fact may have."}),
]
Scale = Annotated[int, Field(ge=0, le=9)]


def say(text: Mapping[str, str] | str, language: str = "en") -> str:
    """A sentence in the reader's language; English (or the first there is) where it is not translated."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en") or next(iter(text.values()), "")
