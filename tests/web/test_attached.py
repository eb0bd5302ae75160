"""Files of an application on its pages: added beside what is typed, shown to jurors as pictures, the originals kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select, update

from evaluators.permissions import Field, Phase, Role, sees
from laurea.sources import attached as reader
from laurea.sources.attached import MOST_FILES, Copied
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.web import limits, viewing
from tests.web import calling, filing
from tests.web.conftest import Browser
from tests.web.seeding import Place
from tests.web.test_applicant_draft import HEADING, come, hand_in, version

OTHER = "notes-of-Zqnino.png"


@pytest.fixture
def calling_place(place: Place) -> Place:
    calling.open_round(place)
    return place


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is in a file is not the question."""
    monkeypatch.setattr(reader, "copied", lambda content: Copied(reader.kind_of(content), [(30, 40, 4)], b"copy"))


def send(browser: Browser, draft: str, *files: tuple[str, bytes], **typed: object) -> Browser:
    """As a browser without JavaScript sends the form with the button beside the files."""
    browser.get(draft)
    data = {**HEADING, "version": version(browser), **typed}
    parts = [("added", (name, content, "application/x-anything")) for name, content in files]
    return browser.post(f"{draft}/files", data, files=parts or [("added", ("", b""))])


def digests(place: Place) -> list[str]:
    return [one.digest for one in calling.rows(place, select(t.application_files.c.digest))]


def test_files_are_added_with_what_is_typed_and_handed_in_with_it(browser: Browser, calling_place: Place) -> None:
    draft = come(browser)
    page = send(browser, draft, ("Diary.pdf", filing.pdf()), (OTHER, filing.picture("PNG")), unit_name="Rivers")
    assert (page.status, page.address) == (200, draft)
    for words in ('value="Rivers"', ">Diary.pdf</a>", "PDF, 3 pages", "at most 5 files of 10 MB each", "PNG"):
        assert words in page.text
    assert re.search(r"PDF, 3 pages, \d+ kB; added by Nino Newcomer", page.text)
    out = re.search(rf'value="([0-9a-f]{{64}})"[^>]*aria-label="Take out {OTHER}"', page.text)
    assert out
    browser.post(f"{draft}/files", {**HEADING, "version": version(page), "out": out[1], "unit_name": "Rivers two"})
    assert OTHER not in browser.text
    assert 'value="Rivers two"' in browser.text
    assert browser.client.get(f"{draft}/files/1").content == filing.pdf()
    assert "Diary.pdf" in browser.get(f"{draft}/summary").text
    status = hand_in(browser, draft)
    assert f'href="{status}/files/1"' in browser.get(status).text
    assert "Take out" not in browser.text
    assert browser.client.get(f"{status}/files/1").content == filing.pdf()
    assert browser.post(f"{draft}/files", {"version": "1", "out": digests(calling_place)[0]}).status == 409
    assert len(digests(calling_place)) == 1


def test_what_is_refused_says_why_and_nothing_typed_is_lost(
    browser: Browser, calling_place: Place, quick: None
) -> None:
    draft = come(browser)
    page = send(
        browser, draft, ("letter.docx", b"PK\x03\x04"), ("good.pdf", filing.pdf(1)), ("empty.pdf", b""),
        ("large.pdf", b"%PDF-" + bytes(reader.LARGEST)), unit_name="Rivers",
    )  # fmt: skip
    assert page.status == 422
    for words in (
        "letter.docx</b>: This is no file of these kinds: PDF, PNG, JPEG, WebP. Save or print it as a PDF",
        "empty.pdf</b>: This file is empty.", "large.pdf</b>: This file is larger than 10 MB.", ">good.pdf</a>",
        'value="Rivers"',
    ):  # fmt: skip
        assert words in page.text
    assert browser.get(f"{draft}/files").address == draft
    assert "No file was sent." in send(browser, draft).text
    assert 'value="Rivers that talk"' in browser.text
    send(browser, draft, *((f"{n}.pdf", b"%PDF-" + bytes([n])) for n in range(6)))
    assert browser.text.count("An application has at most 5 files.") == 2
    assert len(digests(calling_place)) == MOST_FILES
    assert 'type="file"' not in browser.get(draft).text


def test_text_changed_elsewhere_is_told_and_the_file_is_in(browser: Browser, calling_place: Place, quick: None) -> None:
    draft = come(browser)
    browser.get(draft)
    seen = version(browser)
    browser.post(draft, {**HEADING, "version": seen, "unit_name": "From another window"})
    page = browser.post(
        f"{draft}/files", {"version": str(int(seen) - 1), "unit_name": "Mine"},
        files={"added": ("a.pdf", filing.pdf(1))},
    )  # fmt: skip
    assert page.status == 409
    for words in ("From another window", 'value="Mine"', ">a.pdf</a>"):
        assert words in page.text


def test_nobody_else_sends_or_takes_files_of_a_draft(
    browsers: Callable[[], Browser], calling_place: Place, quick: None
) -> None:
    mine, other = browsers(), browsers()
    draft = come(mine)
    send(mine, draft, ("a.pdf", filing.pdf(1)))
    come(other, "other@example.org", "Other")
    files = {"added": ("b.pdf", filing.pdf(1))}
    assert other.post(f"{draft}/files", {"version": "1"}, files=files).status == 404
    assert other.get(f"{draft}/files/1").status == 404
    assert mine.get(f"{draft}/files/2").status == 404
    assert mine.post(f"{draft}/files", {"version": "1", "_csrf": "wrong"}, files=files).status == 403
    assert len(digests(calling_place)) == 1


def test_too_much_at_once_is_refused_in_words_and_sending_has_its_limit(
    browser: Browser, calling_place: Place, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = come(browser)
    heap = [("added", (f"{n}.pdf", b"%PDF-" + bytes(reader.LARGEST))) for n in range(6)]
    page = browser.post(f"{draft}/files", {"version": "1"}, files=heap)
    assert (page.status, "larger than 50 MB together" in page.text) == (413, True)
    few = limits.Limit("sent", 2, 2, limits.HOUR)
    monkeypatch.setattr(limits, "SENT", few)
    monkeypatch.setitem(limits.PLACES, "/drafts/{key:str}/files", few)  # type: ignore[index]
    assert [browser.post(f"{draft}/files", {"version": "1"}).status for _ in range(3)] == [422, 422, 429]


def assignment(place: Place, juror: int = 0) -> tuple[int, int]:
    """The first assignment of a juror, and its application."""
    first = place.assignments(place.jurors[juror])[0]
    return first, place.value(select(t.assignments.c.application_id).where(t.assignments.c.id == first))


@pytest.fixture
def desk(place: Place) -> tuple[int, int]:
    """An assignment of the first juror whose application has files: a PDF of two pages and a picture."""
    found, application = assignment(place)
    filing.attach(place, application, ("Zqname.pdf", filing.pdf(2)), (OTHER, filing.picture()))
    return found, application


def test_a_juror_sees_pages_as_pictures_and_never_the_file(
    browser: Browser, place: Place, desk: tuple[int, int], count_queries: Callable[[], list[str]]
) -> None:
    number, _ = desk
    sheet = f"/sheets/{number}"
    browser.sign_in(place, place.jurors[0])
    for side in (f"{sheet}/files/1/1", f"{sheet}/files/9/1"):  # not yet declared
        assert browser.get(side).status == 404
    browser.get(sheet)
    assert "Zqname" not in browser.text
    browser.post(f"{sheet}/declare", {"kind": "none"})
    seen = count_queries()
    page = browser.get(sheet).text
    assert len(seen) <= 15
    assert "File 1, PDF, 2 pages" in page
    assert "File 2, JPEG" in page
    assert "Zqname.pdf" in page  # who applies is no secret to a juror (evaluators/permissions.py)
    shown = re.findall(
        rf'<img src="({sheet}/files/\d/\d)" alt="([^"]+)" width="\d+" height="\d+" loading="lazy">', page
    )
    assert shown == [
        (f"{sheet}/files/1/1", "Page 1 of file 1"), (f"{sheet}/files/1/2", "Page 2 of file 1"),
        (f"{sheet}/files/2/1", "Page 1 of file 2"),
    ]  # fmt: skip
    for address, _ in shown:
        answer = browser.client.get(address)
        told = answer.headers
        assert (answer.status_code, told["content-type"]) == (200, "image/webp")
        assert (told["x-content-type-options"], told["cache-control"]) == ("nosniff", "private, no-store")
        assert "sandbox" in told["content-security-policy"]
        assert (answer.content[:4], answer.content[8:12]) == (b"RIFF", b"WEBP")
        for telling in (filing.AUTHOR.encode(), filing.CAMERA.encode(), b"Exif", b"EXIF"):
            assert telling not in answer.content
    for nothing in ("1/3", "1/0", "0/1", "3/1"):
        assert browser.get(f"{sheet}/files/{nothing}").status == 404
    assert browser.get(f"{sheet}/paper").text.count("2 files") == 1


def test_a_sheet_without_files_asks_nothing_about_them(
    browser: Browser, place: Place, count_queries: Callable[[], list[str]]
) -> None:
    number, _ = assignment(place)
    browser.sign_in(place, place.jurors[0], f"/sheets/{number}")
    browser.post(f"/sheets/{number}/declare", {"kind": "none"})
    seen = count_queries()
    browser.get(f"/sheets/{number}")
    assert not [one for one in seen if "application_files" in one]
    assert 'id="files"' not in browser.text


def test_names_of_files_are_hidden_where_the_table_hides_the_applicant(
    browser: Browser, place: Place, desk: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in(place, place.jurors[0], f"/sheets/{desk[0]}")
    browser.post(f"/sheets/{desk[0]}/declare", {"kind": "none"})
    monkeypatch.setattr(viewing, "sees", lambda role, at: sees(role, at) - {Field.HEADING})
    page = browser.get(f"/sheets/{desk[0]}").text
    assert "File 1, PDF, 2 pages" in page
    assert "Zqname" not in page
    assert OTHER not in page


def test_whoever_may_not_see_the_evidence_finds_no_picture(
    browsers: Callable[[], Browser], place: Place, desk: tuple[int, int]
) -> None:
    number, application = desk
    address = f"/sheets/{number}/files/1/1"
    a, j = t.assignments.c, t.jurors.c
    seat = place.value(select(j.id).where(j.person_id == place.jurors[0]))
    juror = browsers().sign_in(place, place.jurors[0], f"/sheets/{number}")
    juror.post(f"/sheets/{number}/declare", {"kind": "none"})
    assert juror.get(address).status == 200
    strangers = {
        "another juror": browsers().sign_in(place, place.jurors[3]),
        "an officer": browsers().sign_in(place, place.officers[0]),
        "the applicant": browsers().sign_in(
            place, place.value(select(t.applications.c.applicant_id).where(t.applications.c.id == application))
        ),
    }
    nothing = {who: one.get("/sheets/999/files/1/1").text for who, one in strangers.items()}
    for who, one in strangers.items():
        assert (who, one.get(address).status, one.text) == (who, 404, nothing[who])
    assert browsers().get(address).address == "/sign-in"
    with writing(place.engine) as connection:
        connection.execute(update(t.assignments).where(a.id == number).values(state="handed_back"))
    assert juror.get(address).status == 404
    with writing(place.engine) as connection:
        connection.execute(update(t.assignments).where(a.id == number).values(state="draft"))
        connection.execute(
            insert(t.conflicts).values(
                authority_id=1,
                application_id=application,
                juror_id=seat,
                kind="family",
                source="found",
                note="",
                declared_at=place.now,
            )
        )
    assert juror.get(address).status == 404


def test_an_officer_takes_the_file_away_as_it_came_and_leaves_a_line(
    browsers: Callable[[], Browser], place: Place, desk: tuple[int, int]
) -> None:
    _, application = desk
    room = f"/rounds/example-2026/applications/{application}"
    officer = browsers().sign_in(place, place.officers[0])
    page = officer.get(room).text
    for words in (f'href="{room}/files/1" download>Zqname.pdf</a>', "PDF, 2 pages", "SHA-256", digests(place)[0]):
        assert words in page
    answer = officer.client.get(f"{room}/files/2")
    assert (answer.status_code, answer.content) == (200, filing.picture())
    told = answer.headers
    assert told["content-type"] == "application/octet-stream"
    assert told["content-disposition"] == (
        f"attachment; filename=\"file-2.jpg\"; filename*=UTF-8''{OTHER}.jpg"  # it is a JPEG, whatever it is called
    )
    assert ("sandbox" in told["content-security-policy"], told["x-content-type-options"]) == (True, "nosniff")
    c = t.looks.c
    looked = select(func.count()).where(c.place == "applications/files", c.application_id == application)
    assert place.value(looked) == 1
    assert officer.get(f"{room}/files/3").status == 404
    assert place.value(looked) == 1
    other = next(one for one in place.applications if one != application)
    assert officer.get(f"/rounds/example-2026/applications/{other}/files/1").status == 404
    for who in (place.officers[2], place.jurors[0]):
        stranger = browsers().sign_in(place, who)
        assert [stranger.get(f"{room}/{one}").status for one in ("files/1", "pictures/1/1")] == [404, 404]


def test_an_officer_sees_the_pages_a_juror_sees_and_leaves_a_line(
    browsers: Callable[[], Browser], place: Place, desk: tuple[int, int]
) -> None:
    number, application = desk
    room = f"/rounds/example-2026/applications/{application}"
    officer, juror = browsers().sign_in(place, place.officers[0]), browsers().sign_in(place, place.jurors[0])
    juror.get(f"/sheets/{number}")
    juror.post(f"/sheets/{number}/declare", {"kind": "none"})
    shown = re.findall(rf'<img src="{room}/pictures/(\d/\d)" alt="([^"]+)"', officer.get(room).text)
    assert shown == [("1/1", "Page 1 of file 1"), ("1/2", "Page 2 of file 1"), ("2/1", "Page 1 of file 2")]
    for side, _ in shown:
        one, other = officer.client.get(f"{room}/pictures/{side}"), juror.client.get(f"/sheets/{number}/files/{side}")
        assert (one.status_code, one.content, one.headers["content-type"]) == (200, other.content, "image/webp")
        assert "sandbox" in one.headers["content-security-policy"]
    other_room = next(one for one in place.applications if one != application)
    for nothing in ("1/3", "1/0", "0/1", "3/1"):
        assert officer.get(f"{room}/pictures/{nothing}").status == 404
    assert officer.get(f"/rounds/example-2026/applications/{other_room}/pictures/1/1").status == 404
    c = t.looks.c
    looked = select(func.count()).where(c.place == "applications/pictures", c.application_id == application)
    assert place.value(looked) == len(shown)


def test_an_applicant_takes_their_own_file_and_nobody_elses(
    browsers: Callable[[], Browser], place: Place, desk: tuple[int, int]
) -> None:
    a = t.applications.c
    here = select(a.applicant_id).where(a.id == desk[1])
    own = browsers().sign_in(place, place.value(here))
    key = place.value(select(a.key).where(a.id == desk[1]))
    assert own.client.get(f"/my/{key}/files/1").content == filing.pdf(2)
    assert own.get(f"/my/{key}/files/3").status == 404
    stranger = place.value(select(a.applicant_id).where(a.id != desk[1], a.applicant_id != place.value(here)).limit(1))
    assert browsers().sign_in(place, stranger).get(f"/my/{key}/files/1").status == 404


def test_a_file_whose_time_is_over_is_said_to_be_gone(
    browsers: Callable[[], Browser], place: Place, desk: tuple[int, int]
) -> None:
    calling.change(place, t.application_files, name="", copies=b"", content=b"")
    officer = browsers().sign_in(place, place.officers[0])
    room = f"/rounds/example-2026/applications/{desk[1]}"
    assert officer.get(room).text.count("not kept any more") == 2
    assert officer.get(f"{room}/files/1").status == 404
    juror = browsers().sign_in(place, place.jurors[0], f"/sheets/{desk[0]}")
    juror.post(f"/sheets/{desk[0]}/declare", {"kind": "none"})
    assert (juror.text.count("not kept any more"), "<img" in juror.text) == (2, False)


def test_the_table_lets_a_juror_know_the_applicant_wherever_evidence_is_shown() -> None:
    """What names of files rest on; where this changes, they are hidden by it (`viewing.names_applicants`)."""
    for phase in Phase:
        seen = sees(Role.JUROR, phase)
        assert (Field.EVIDENCE in seen) == (Field.HEADING in seen)
