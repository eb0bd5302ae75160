"""Faults of other libraries, told as what a person can put right."""

from __future__ import annotations

import re

from pydantic import ValidationError
from pydantic_settings import SettingsError

from laurea.errors import BadInput, LaureaError, Refusal, SetupMissing
from laurea.settings import Settings
from laurea.store.engine import trouble
from notifications.errors import BadKey, RelayError


def mended(error: BaseException) -> LaureaError | None:
    """The error a reader can act on, or None when this is a fault of ours that must be seen as it is."""
    if isinstance(error, LaureaError):
        return error
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        wrong = [
            _setting(str(one["loc"][0]), one["msg"].removeprefix("Value error, "))
            for one in error.errors()
            if one["loc"] and one["type"] != "default_factory_not_called"  # it follows from another that is wrong
        ]
        return BadInput("Some settings cannot be used.", wrong)
    if isinstance(error, SettingsError):
        named = re.search(r'field "(\w+)"', str(error))
        return BadInput(
            "Some settings cannot be used.", [_setting(named[1] if named else "", "It is not a JSON object")]
        )
    if isinstance(error, OSError) and error.filename:
        return BadInput(
            f"{error.filename}: {error.strerror}.", remedy="Choose a place that exists and that you may use."
        )
    if isinstance(error, BadKey | RelayError):
        return SetupMissing(error.says, error.remedy)
    return trouble(error)


def _setting(name: str, problem: str) -> Refusal:
    """One setting that cannot be used; its value is not repeated, for it may hold a password."""
    field = Settings.model_fields.get(name)
    if "pattern" in problem:
        problem = "It is not an address of this kind"
    meaning = f" It is: {field.description}" if field and field.description else ""
    remedy = f"Set it anew, or unset it.{meaning}"
    return Refusal("environment", None, f"LAUREA_{name.upper()}", f"{problem.rstrip('.')}.", remedy)
