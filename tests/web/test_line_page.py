"""What the officer reads of applications that cannot be told apart at the line, in every language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.actions.test_band import RULES, THIRD, give_all
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

SAYS = {
    "en": "need a further juror each, for they cannot be told apart at the line",
    "az": "çünki keçid xəttində bir-birindən ayırd edilmir",
    "ka": "რადგან ზღვართან ერთმანეთისგან ვერ გაირჩევა",
    "lv": "jo pie robežas tos nevar atšķirt",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A round at whose line two projects stand, with two jurors, who have given all their sheets."""
    rules = tmp_path / "fund.yaml"
    rules.write_text(RULES.replace("BAND\n", THIRD), encoding="utf-8")
    found = seeding.seed(
        tmp_path, rule_file=rules, policies={}, facts={"fits": True}, applications=6, jurors=2, reviews=2
    )
    give_all(found)
    yield found
    found.engine.dispose()


def test_the_officer_reads_why_a_further_juror_is_needed(browsers: Callable[[], Browser], place: Place) -> None:
    office = browsers()
    office.sign_in(place, place.officers[0])
    for language, says in SAYS.items():
        assert says in office.get(f"/rounds/example-2026?lang={language}").text
    office.get("/rounds/example-2026?lang=en")
    scores = office.get("/rounds/example-2026/scores").text
    assert "it cannot be told apart at the line; nobody could be asked yet" in scores
    page = office.get(f"/rounds/example-2026/applications/{place.applications[2]}").text
    assert "1 juror is missing." in page
