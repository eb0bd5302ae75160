"""Files of applicants: known by what is in them, refused for a reason, copied without what they say of themselves."""

from __future__ import annotations

import io
import subprocess
import zipfile

import pytest
from PIL import Image

from laurea.sources import attached, copying
from laurea.sources.attached import LONG_SIDE, Unfit
from tests.web import filing


def drawn(copy: attached.Copied) -> list[Image.Image]:
    """The pictures of a copy."""
    found, begins = [], 0
    for width, height, size in copy.pages:
        one = Image.open(io.BytesIO(copy.content[begins : begins + size]))
        assert (one.format, one.size) == ("WEBP", (width, height))
        found.append(one)
        begins += size
    assert begins == len(copy.content)
    return found


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's work done here: a process for each of many files would take its time."""

    def run(command: list[str], *, input: bytes, **_: object) -> subprocess.CompletedProcess[bytes]:  # noqa: A002
        try:
            pages, whole = copying._out(input, command[-1])
        except Unfit as wrong:
            return subprocess.CompletedProcess(command, 1, f"{wrong.why} {wrong.n}\n".encode())
        except Exception:  # noqa: BLE001 - as the child does
            return subprocess.CompletedProcess(command, 1, b"damaged 0\n")
        return subprocess.CompletedProcess(command, 0, repr([list(one) for one in pages]).encode() + b"\n" + whole)

    monkeypatch.setattr(attached.subprocess, "run", run)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("word/document.xml", "<x/>")
    return out.getvalue()


def bomb(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("1", (6400, 6400)).save(out, kind)
    return out.getvalue()


REFUSED: dict[str, tuple[bytes, str, int]] = {
    "empty": (b"", "empty", 0),
    "too large": (b"%PDF-" + bytes(attached.LARGEST), "large", 0),
    "a ZIP, and so every Word document": (archive(), "unknown", 0),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "unknown", 0),
    "HTML": (b"<!doctype html><script>alert(1)</script>", "unknown", 0),
    "HTML in front of a PDF": (b"<html>" + filing.pdf(1), "unknown", 0),
    "GIF": (b"GIF89a" + bytes(40), "unknown", 0),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(40), "unknown", 0),
    "a ZIP behind a PDF": (filing.pdf(1) + archive(), "two", 0),
    "a ZIP behind a picture": (filing.picture("PNG") + archive(), "two", 0),
    "a PDF in the head of a picture": (filing.picture()[:20] + b"%PDF-1.4" + filing.picture()[20:], "two", 0),
    "a PDF with a password": (filing.locked(), "locked", 0),
    "a PDF of 41 pages": (filing.pdf(41, (21, 30)), "pages", 41),
    "a picture of 41 megapixels": (bomb(), "pixels", 41),
    "half a PDF": (filing.pdf(1)[:900], "damaged", 0),
    "half a JPEG": (filing.picture()[:-400], "damaged", 0),
    "half a PNG": (filing.picture("PNG")[:-400], "damaged", 0),
    "a head alone": (b"RIFF\0\0\0\0WEBPVP8 ", "damaged", 0),
    "a PNG that says JPEG": (b"\xff\xd8\xff" + filing.picture("PNG"), "damaged", 0),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_no_such_file_is_refused_for_a_reason(name: str, at_once: None) -> None:
    content, why, n = REFUSED[name]
    with pytest.raises(Unfit) as found:
        attached.copied(content)
    assert (found.value.why, found.value.n) == (why, n)


def test_a_copy_holds_the_pages_and_nothing_the_file_says_of_itself(at_once: None) -> None:
    files = [filing.pdf(), filing.picture("JPEG"), filing.picture("PNG"), filing.picture("WEBP")]
    copies = [attached.copied(one) for one in files]
    assert [(one.kind, len(one.pages)) for one in copies] == [("pdf", 3), ("jpeg", 1), ("png", 1), ("webp", 1)]
    for content, copy in zip(files, copies, strict=True):
        telling = (filing.AUTHOR.encode("utf-16-be"), filing.AUTHOR.encode(), filing.CAMERA.encode(), b"Exif")
        assert any(word in content for word in telling)
        for word in (*telling, b"Zq", b"EXIF", b"XMP", b"ICCP"):
            assert word not in copy.content
        for one in drawn(copy):
            assert not dict(one.getexif())
            assert set(one.info) <= {"loop", "background", "timestamp", "duration"}
    assert drawn(copies[1])[0].size == (240, 320)  # upright, though nothing says any more that it lay on its side
    assert drawn(copies[0])[0].convert("L").getextrema()[0] < 90  # there is something on the page


def test_copies_are_at_most_so_long_and_small_pages_are_not_blown_up(at_once: None) -> None:
    wide = attached.copied(filing.picture("PNG", (3000, 40)))
    assert max(max(page[:2]) for page in wide.pages) == LONG_SIDE
    (sheet,) = attached.copied(filing.pdf(1, (2480, 3508))).pages
    assert (sheet[1], 1125 <= sheet[0] <= 1135) == (LONG_SIDE, True)
    (stamp,) = attached.copied(filing.pdf(1, (21, 30), 72)).pages
    assert stamp[:2] == (84, 120)


def test_a_child_does_it_with_limits_and_without_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREA_SECRET", "x" * 40)
    asked: list[dict[str, str]] = []
    run = subprocess.run
    monkeypatch.setattr(attached.subprocess, "run", lambda *a, **k: asked.append(k["env"]) or run(*a, **k))
    assert [page[:2] for page in attached.copied(filing.picture()).pages] == [(240, 320)]
    assert "LAUREA_SECRET" not in asked[0]
    assert "PATH" in asked[0]
    with pytest.raises(Unfit, match="locked"):
        attached.copied(filing.locked())


def test_a_child_that_dies_or_says_what_is_not_so_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for done in (
        subprocess.CompletedProcess([], -9, b"", b""), subprocess.CompletedProcess([], 0, b"[]\n", b""),
        subprocess.CompletedProcess([], 0, b"[[1, 1, 9]]\nshort", b""),
        subprocess.CompletedProcess([], 1, b"nonsense \xff", b""),
    ):  # fmt: skip
        monkeypatch.setattr(attached.subprocess, "run", lambda *_, done=done, **__: done)
        with pytest.raises(Unfit, match="damaged"):
            attached.copied(filing.picture())


def test_files_wait_for_their_turn_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "PATIENCE", 0.01)
    for _ in range(attached.AT_ONCE):
        assert attached._TURNS.acquire()
    try:
        with pytest.raises(Unfit, match="busy"):
            attached.copied(filing.picture())
    finally:
        for _ in range(attached.AT_ONCE):
            attached._TURNS.release()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Project diary.pdf", "Project diary.pdf"),
        ("C:\\Users\\Nino\\diary.pdf", "diary.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x\u202efdp.exe", "aSet-Cookie: xfdp.exe"),
        ("Gündəlik.pdf", "Gündəlik.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("  ", ""),
    ],
)
def test_names_are_one_line_of_signs_that_can_be_seen(given: str, name: str) -> None:
    assert attached.name_of(given) == name
