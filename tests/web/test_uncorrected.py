"""What an officer reads where totals must be corrected for severity and cannot be."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evaluators.calibration import Bridge, Refusal
from laurea.web.attention import _uncorrected
from notifications.catalogues import translator

LANGUAGES = ("en", "az", "ka", "lv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_jurors_who_must_share_an_application_are_named(language: str) -> None:
    reader = SimpleNamespace(words=translator(language))
    bridges = (Bridge("J07", "A 12", "J01"), Bridge("J09", "A13", "J02"))
    need = _uncorrected(Refusal("not_connected", "…", bridges), "/rounds/r", reader)  # type: ignore[arg-type]
    assert (need.count, need.weight, need.link) == (2, "now", "/rounds/r/applications?q=A%2012")
    assert all(name in need.says for name in ("J07", "J01", "A 12", "J09", "J02", "A13"))
    assert "{" not in need.says


@pytest.mark.parametrize("code", ["not_connected", "one_juror", "too_few", "too_large"])
def test_each_reason_is_said_in_every_language(code: str) -> None:
    refused = Refusal(code, "…")
    readers = [SimpleNamespace(words=translator(language)) for language in LANGUAGES]
    said = {_uncorrected(refused, "", reader).says for reader in readers}  # type: ignore[arg-type]
    assert len(said) == len(LANGUAGES)
