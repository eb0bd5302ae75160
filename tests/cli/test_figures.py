"""`laurea figures`: the figures of an office in a terminal and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from laurea.store import migrate
from laurea.store.engine import open_engine
from tests.web import seeding
from tests.web.programme import add_year

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def _programme(tmp_path: Path) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 'workspace' / 'laurea.db'}"
    engine = open_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    place = seeding.seed(tmp_path / "workspace", database_url=url)
    add_year(place, 2024, applications=8, granted=4)
    place.engine.dispose()


@pytest.mark.usefixtures("_programme")
def test_figures_in_a_terminal_and_as_a_file(laurea: Say, tmp_path: Path) -> None:
    code, told, _ = laurea("figures", "AZ", "--json")
    assert code == 0
    rows = {(row["figure"], row["by"], row["year"]): row["number"] for row in json.loads(told)}
    assert rows["applications", "all", None] == 20
    assert rows["applications", "year", 2024] == 8
    assert rows["trained", "all", None] is None
    _, told, _ = laurea("figures", "AZ", "--year", "2024")
    assert "applications │ 8" in told
    assert "trained │ not known" in told
    file = tmp_path / "figures.csv"
    code, told, _ = laurea("figures", "AZ", "--country", "GE", "-o", file)
    assert (code, file.read_text().splitlines()[:2]) == (
        0,
        ["figure,by,year,country,region,number", "applications,all,,,,2"],
    )


@pytest.mark.usefixtures("_programme")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("XX",), "There is no authority 'XX'."),
        (("AZ", "--year", "20"), "is no year"),
        (("AZ", "--country", "Latvia"), "is not a country code"),
        (("AZ", "-o", "figures.pdf"), "the ending .pdf is not known"),
    ],
)
def test_what_cannot_be_meant_is_refused(laurea: Say, words: tuple[str, ...], says: str) -> None:
    code, _, told = laurea("figures", *words)
    assert code == 1
    assert says in told
