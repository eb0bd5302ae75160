"""All papers of a round in one ZIP: it grows while they are made, and holds what there is and nothing else."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.web.bundles import zipped
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_certificates import let_go

ROOM = "/rounds/example-2026/bundles"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = seeding.seed(tmp_path)
    seeding.fill(found, 1.0, settle=True)
    let_go(found)
    yield found
    found.engine.dispose()


def taken(browser: Browser, name: str) -> tuple[zipfile.ZipFile, list[dict[str, str]]]:
    answer = browser.client.get(f"{ROOM}/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    assert book.testzip() is None
    return book, list(csv.DictReader(io.StringIO(book.read("list.csv").decode())))


def test_bundle_holds_every_paper_but_withdrawn_ones_and_says_what_could_not_be_made(
    browser: Browser, place: Place
) -> None:
    with writing(place.engine) as connection:
        numbers = list(connection.execute(select(t.grants.c.number).order_by(t.grants.c.id)).scalars())
        gone, robot, azeri, *rest = numbers
        g = t.grants.c
        connection.execute(update(t.grants).where(g.number == gone).values(withdrawn_at=place.now))
        connection.execute(update(t.grants).where(g.number == robot).values(holder="Robots 🤖"))
        person = select(g.person_id).where(g.number == azeri).scalar_subquery()
        connection.execute(update(t.people).where(t.people.c.id == person).values(language="az"))
    browser.sign_in(place, place.officers[0])
    book, rows = taken(browser, "certificates.zip")
    assert set(book.namelist()) == {f"certificate-{one}.pdf" for one in (azeri, *rest)} | {"list.csv"}
    assert {row["number"] for row in rows} == set(numbers) - {gone}
    told = next(row for row in rows if row["number"] == robot)
    assert told["file"] == ""
    assert "U+1F916" in told["not_made"]
    page = pypdfium2.PdfDocument(book.read(f"certificate-{azeri}.pdf"))[0].get_textpage().get_text_range()
    assert "Sertifikat" in page
    assert next(row for row in rows if row["number"] == azeri)["language"] == "az"
    assert f"{ROOM}/certificates.zip" in browser.get("/rounds/example-2026/certificates").text
    assert browser.client.get(f"{ROOM}/letters.zip").status_code == 200
    assert browser.get(f"{ROOM}/everything.zip").status == 404
    with place.engine.connect() as connection:
        c = t.audit.c
        lines = connection.execute(select(c.details).where(c.event == "papers_taken").order_by(c.id)).scalars().all()
    assert lines == [{"kind": kind, "labels": len(numbers) - 1} for kind in ("certificate", "letter")]


def test_nothing_is_kept_while_it_grows_and_the_same_files_give_the_same_bytes() -> None:
    made: list[str] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for number in range(50):
            made.append(f"{number}.pdf")
            yield made[-1], bytes(range(256)) * 400 * (number % 3 + 1)

    growing = zipped(files(), (2026, 12, 15))
    first = next(growing)
    assert made == ["0.pdf"]  # the next one is made when somebody wants it
    assert first.startswith(b"PK")
    parts = [first, *growing]
    assert max(map(len, parts)) < 330_000
    whole = b"".join(parts)
    with zipfile.ZipFile(io.BytesIO(whole)) as book:
        assert book.testzip() is None
        assert book.namelist() == made
    assert whole == b"".join(zipped(files(), (2026, 12, 15)))


def test_a_reader_who_leaves_stops_the_making() -> None:
    made: list[int] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for number in range(50):
            made.append(number)
            yield f"{number}", b"x"

    growing = zipped(files(), (2026, 12, 15))
    next(growing)
    growing.close()
    assert made == [0]
