"""What a citation points to: its sources, and the place in the first of them."""

from __future__ import annotations

import pytest

from evaluators.trace import Sentence
from laurea.letters import _basis
from rules.check import cited, place_in


@pytest.mark.parametrize(
    ("cite", "sources", "place"),
    [
        ("call", ["call"], ""),
        ("call section 2", ["call"], "section 2"),
        ("call (does not say)", ["call"], ""),
        ("guide §1 (a remark); call", ["guide", "call"], "§1"),
        ("tr-nql; ie-2017", ["tr-nql", "ie-2017"], ""),
    ],
)
def test_a_citation_is_taken_apart(cite: str, sources: list[str], place: str) -> None:
    assert (cited(cite), place_in(cite)) == (sources, place)


@pytest.mark.parametrize(
    ("cite", "address", "says"),
    [
        ("call section 2", None, "Call 2030, section 2"),
        ("call (does not say)", "https://award.example", "Call 2030, https://award.example"),
        ("call art. 4", "https://award.example", "Call 2030, art. 4, https://award.example"),
    ],
)
def test_an_applicant_is_told_the_place_and_no_remark(cite: str, address: str | None, says: str) -> None:
    assert _basis(Sentence("passed", "gates", "false", "Says.", None, cite, "Call 2030", address)) == says
