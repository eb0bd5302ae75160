"""What a national page prints about its programme: by year, country and region, one query each."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web.conftest import Browser
from tests.web.programme import add_year
from tests.web.seeding import Place


@pytest.fixture
def programme(place: Place) -> Place:
    """The seeded round of 2026 with 12 applications, and two years before it; another office has its own."""
    add_year(place, 2024, applications=8, granted=4)
    add_year(place, 2025, applications=10, granted=5)
    add_year(place, 2025, applications=40, granted=40, authority=2)
    return place


def numbers(text: str) -> dict[str, str]:
    found = re.findall(r"<dt>([^<]+)</dt>\s*<dd><b>([^<]*)</b>", text)
    return dict(found)


def test_the_page_says_what_is_not_known_and_where_a_figure_comes_from(
    browsers: Callable[[], Browser], programme: Place
) -> None:
    officer = browsers().sign_in(programme, programme.officers[0])
    shown = numbers(officer.get("/figures").text)
    assert shown["Applications"] == "30"
    assert shown["Labels, prizes and statuses granted"] == "9"
    assert shown["Teachers in the register"] == "not known"
    assert shown["Participations in trainings"] == "not known"
    assert "No register was imported." in officer.text
    assert "<svg" in officer.text
    assert numbers(officer.get("/figures?year=2025").text)["Applications"] == "10"
    assert "the term ends in 2025" in officer.text
    assert numbers(officer.get("/figures?country=GE&region=Kaxeti").text)["Applications"] == "4"
    assert numbers(officer.get("/figures?country=ZZ").text)["Applications"] == "0"
    assert officer.get("/figures?year=20x5").status == 404
    assert officer.get("/figures/figures.exe").status == 404


def test_another_office_has_its_own_figures_and_nobody_else_has_any(
    browsers: Callable[[], Browser], programme: Place
) -> None:
    other = browsers().sign_in(programme, programme.officers[2])
    shown = numbers(other.get("/figures").text)
    assert (shown["Applications"], shown["Schools that applied"]) == ("40", "6")
    assert "2024" not in re.sub(r"<head>.*?</head>", "", other.text, flags=re.DOTALL)
    for person in (programme.jurors[0],):
        visitor = browsers().sign_in(programme, person)
        assert [visitor.get(path).status for path in ("/figures", "/figures/figures.csv", "/figures/figures.xlsx")] == [
            404
        ] * 3
    assert browsers().get("/figures").address == "/sign-in"


def test_the_file_holds_what_the_page_shows_and_the_audit_who_took_it(
    browsers: Callable[[], Browser], programme: Place
) -> None:
    with writing(programme.engine) as connection:
        connection.execute(update(t.applications).where(t.applications.c.region == "Bakı").values(region="=1+1"))
    officer = browsers().sign_in(programme, programme.officers[0])
    answer = officer.client.get("/figures/figures.csv", params={"year": "2025"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    whole = {row["figure"]: row["number"] for row in rows if row["by"] == "all"}
    assert (whole["applications"], whole["granted"], whole["trained"]) == ("10", "5", "")
    assert "'=1+1" in {row["region"] for row in rows}
    book = officer.client.get("/figures/figures.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as opened:
        sheets = "".join(opened.read(name).decode() for name in opened.namelist() if "worksheets/" in name)
        assert "<f>" not in sheets
        assert opened.read("xl/workbook.xml").decode().count("<sheet ") == 3
    lines = select(t.audit.c.actor, t.audit.c.details).where(t.audit.c.event == "figures_exported")
    with reading(programme.engine) as connection:
        told = connection.execute(lines).all()
    assert [(one.actor, one.details["format"]) for one in told] == [
        (f"person:{programme.officers[0]}", "csv"),
        (f"person:{programme.officers[0]}", "xlsx"),
    ]


def test_one_query_a_figure(
    browsers: Callable[[], Browser], programme: Place, count_queries: Callable[[], list[str]]
) -> None:
    officer = browsers().sign_in(programme, programme.officers[0])
    officer.get("/figures")
    seen = count_queries()
    officer.get("/figures")
    assert len(seen) <= 18, seen
    before = len(seen)
    for year in range(2010, 2020):
        add_year(programme, year, applications=6, granted=3)
    seen.clear()
    officer.get("/figures")
    assert len(seen) == before
