"""Files come in through the portal: looked at first, taken in exactly as looked at, refused rows told to mend by."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from sqlalchemy import func, select, update

from laurea.store import tables as t
from laurea.store.engine import writing
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
HEADER = (
    "application_id,applicant_id,unit_id,unit_name,submitted_at,applicant_name,applicant_email,founder_one,pupils\n"
)
WHEN = "2026-01-10T10:00:00+04:00"
TWO = (
    HEADER
    + f"AZ-3001,T1,P1,Wind over the steppe,{WHEN},Aygün,aygun@example.org,AZ,30\n"
    + f"AZ-3002,T2,P2,The old bridge,{WHEN},Rəşad,rashad@example.org,AZ,many\n"
)
APPLICATIONS = select(func.count()).select_from(t.applications)


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def send(who: Browser, text: str | bytes, kind: str = "applications", name: str = "", **more: object) -> Browser:
    who.get(f"{BASE}/import?kind={kind}")
    content = text if isinstance(text, bytes) else text.encode()
    return who.post(f"{BASE}/import", {"kind": kind, **more}, files={"file": (name or f"{kind}.csv", content)})


def workbook(rows: list[list[object]]) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return held.getvalue()


def test_preview_says_what_comes_in_and_what_is_refused_and_changes_nothing(officer: Browser, place: Place) -> None:
    seen = send(officer, TWO)
    assert seen.status == 200
    assert seen.address.startswith(f"{BASE}/import/")
    assert "Wind over the steppe" in seen.text
    assert "AZ-3002" not in seen.text
    assert '<b class="num">1</b> row comes in' in seen.text
    assert "“many”" in seen.text
    assert place.value(APPLICATIONS) == 12
    assert place.value(select(func.count()).where(t.people.c.email == "aygun@example.org")) == 0
    assert place.value(select(func.count()).where(t.refused_rows.c.problem.contains("many"))) == 0


def test_what_was_seen_comes_in_once_even_when_pressed_twice(officer: Browser, place: Place) -> None:
    page = send(officer, TWO).address
    token = officer.token
    assert officer.post(page).address == page
    assert "Taken in on" in officer.text
    assert officer.post(page, {"_csrf": token}).status == 200
    assert place.value(APPLICATIONS) == 13
    assert place.value(select(func.count()).where(t.audit.c.event == "applications_imported")) == 1
    assert place.value(select(func.count()).where(t.audit.c.event == "file_sent")) == 1
    assert place.value(select(t.uploads.c.content)) == b""
    assert "“many”" in officer.get(f"{BASE}/refused").text


def test_refused_rows_are_a_file_to_mend_by(officer: Browser) -> None:
    page = send(officer, TWO).address
    rows = list(csv.DictReader(io.StringIO(officer.get(f"{page}/refused.csv").text)))
    assert [(row["file"], row["row"], row["field"]) for row in rows] == [("applications.csv", "3", "pupils")]
    assert all(row["remedy"] for row in rows)


def test_cell_that_a_spreadsheet_would_run_is_harmless_in_the_refused_file(officer: Browser) -> None:
    text = HEADER.replace("\n", ",=cmd()\n") + f"AZ-3001,T1,P1,x,{WHEN},A,a@example.org,AZ,3,1\n"
    page = send(officer, text).address
    assert "'=cmd()" in officer.get(f"{page}/refused.csv").text


def test_nothing_comes_in_that_was_not_looked_at(browsers: Callable[[], Browser], place: Place) -> None:
    first, second = (browsers().sign_in(place, one) for one in place.officers[:2])
    page = send(first, TWO).address
    other = HEADER + f"AZ-3001,T1,P1,Another title,{WHEN},Aygün,aygun@example.org,AZ,30\n"
    second.post(send(second, other).address)
    assert place.value(APPLICATIONS) == 13
    first.get(page)
    answer = first.post(page)
    assert answer.status == 409
    assert "Below is what the files would do now." in answer.text
    assert "is in the round already and stays as it is" in answer.text
    assert place.value(select(t.applications.c.unit_name).where(t.applications.c.ref == "AZ-3001")) == "Another title"


def test_completing_an_application_says_which_facts_it_gets(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:
        one = t.applications.c.id == place.applications[0]
        connection.execute(
            update(t.applications).where(one).values(facts={"founder_one": "AZ"}, state="needs_evidence")
        )
    text = HEADER + f"AZ-2600,T0,P0,Rivers that remember,{WHEN},A,a@example.org,LV,44\n"
    page = send(officer, text)
    assert "1</b> application gets what was not known of it" in page.text
    assert "<code>pupils</code>: 44" in page.text
    assert "<code>founder_one</code>: LV" not in page.text
    officer.post(page.address)
    known = place.value(select(t.applications.c.facts).where(t.applications.c.ref == "AZ-2600"))
    assert (int(known["pupils"]), known["founder_one"]) == (44, "AZ")


def test_files_wait_until_taken_in_or_thrown_away(officer: Browser, place: Place) -> None:
    page = send(officer, TWO).address
    assert page in officer.get(f"{BASE}/import").text
    assert send(officer, TWO).address != page
    assert place.value(select(func.count()).select_from(t.uploads)) == 1
    page = officer.address
    officer.post(page, {"do": "discard"})
    assert officer.get(page).status == 404
    assert place.value(select(func.count()).select_from(t.uploads)) == 0
    assert place.value(select(func.count()).where(t.audit.c.event == "file_thrown_away")) == 1


def test_file_that_cannot_be_read_is_refused_whole_with_its_place(officer: Browser, place: Place) -> None:
    answer = send(officer, "juror_id;name\n1;x\n", "jurors")
    assert answer.status == 422
    assert "Nothing was taken in." in answer.text
    assert "max_load" in answer.text
    assert send(officer, b"\xff\xfehello", "jurors").status == 422
    assert send(officer, "x", "nonsense").status == 422
    officer.get(f"{BASE}/import")
    assert officer.post(f"{BASE}/import", {"kind": "jurors"}, files={"file": ("", b"")}).status == 422
    assert place.value(select(func.count()).select_from(t.uploads)) == 0


def test_jurors_come_from_a_workbook(officer: Browser, place: Place) -> None:
    columns = ["juror_id", "name", "email", "languages", "max_load"]
    book = workbook([columns, ["J90", "Nino Beridze", "nino@example.org", "ka;en", 7]])
    page = send(officer, book, "jurors", "jury.xlsx")
    assert "Nino Beridze" in page.text
    officer.post(page.address)
    assert place.value(select(t.jurors.c.max_load).where(t.jurors.c.ref == "J90")) == 7


def test_conflicts_pins_and_sheets_say_whom_they_concern(officer: Browser, place: Place) -> None:
    page = send(officer, "application_id,juror_id,kind\nAZ-2600,J02,family\nNOBODY,J02,family\n", "conflicts")
    assert "<code>kind</code>: family" in page.text
    assert "NOBODY" in page.text
    page = send(officer, "application_id,juror_id,pin\nAZ-2603,J01,never\n", "pins")
    assert "<code>pin</code>: never" in page.text
    officer.post(page.address)
    assert place.value(select(func.count()).select_from(t.pins)) == 1


def test_list_of_facts_comes_beside_its_applications(officer: Browser, place: Place) -> None:
    officer.get(f"{BASE}/import")
    partners = b"application_id,school,country,joined_on\nAZ-3001,Ausma,LV,2025-10-01\nAZ-9999,x,LV,2025-10-01\n"
    files = {"file": ("a.csv", TWO.encode()), "children.partners": ("p.csv", partners)}
    page = officer.post(f"{BASE}/import", {"kind": "applications"}, files=files)
    assert "There is no accepted application AZ-9999." in page.text
    officer.post(page.address)
    held = place.value(select(t.applications.c.children).where(t.applications.c.ref == "AZ-3001"))
    assert [one["school"] for one in held["partners"]] == ["Ausma"]


def test_empty_file_of_each_kind_names_its_columns(officer: Browser) -> None:
    for kind, column in (("applications", "founder_one"), ("jurors", "max_load"), ("children.partners", "joined_on")):
        assert column in officer.get(f"{BASE}/import.csv?kind={kind}").text
    assert officer.get(f"{BASE}/import.csv?kind=children.nothing").status == 404


def test_files_too_large_are_refused_with_the_limit(officer: Browser, place: Place) -> None:
    answer = send(officer, b"x" * 50_100_000, "jurors")
    assert answer.status == 413
    assert "larger than 50 MB" in answer.text


def test_nobody_else_and_no_later_phase(browsers: Callable[[], Browser], officer: Browser, place: Place) -> None:
    page = send(officer, TWO).address
    for person in (place.officers[2], place.jurors[0]):
        other = browsers().sign_in(place, person)
        assert other.get(f"{BASE}/import").status == 404
        assert other.get(page).status == 404
        assert other.post(page).status == 404
        assert other.get(f"{page}/refused.csv").status == 404
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=place.now, digest="0" * 64))
    assert officer.get(f"{BASE}/import").status == 404
    assert officer.post(page).status == 404
    assert f"{BASE}/import" not in officer.get(BASE).text
    assert place.value(APPLICATIONS) == 12
