"""The sorts of fields the data of a letter is made of: text without line breaks, addresses, whole numbers."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from notifications.text import clean


def _link(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or clean(value) != value or " " in value:
        raise ValueError("must be an address beginning with http:// or https://")
    return value


def _absent(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, AfterValidator(clean), Field(max_length=5000)]
Said = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=5000)]
Perhaps = Annotated[Text, BeforeValidator(_absent)]
Link = Annotated[str, AfterValidator(_link), Field(max_length=2000)]
Number = Annotated[int, Field(strict=True, ge=0)]


class Data(BaseModel):
    """Data of a kind of letter: nothing missing, nothing extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")
