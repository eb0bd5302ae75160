"""Files of applicants for tests and pictures: made here, with all that a file says of itself and nobody should see."""

from __future__ import annotations

import functools
import io
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import insert, select, update

from laurea.sources import attached
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.store.keeping import digest_of
from tests.web.seeding import Place

AUTHOR, CAMERA = "Zqauthor Kalnina", "Zqcamera of hers"
SIZE = (420, 594)


def page(number: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A sheet of paper with some words on it."""
    made = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(made)
    pen.text((size[0] // 9, size[1] // 9), f"Page {number}: our project", fill="#1d2430", font_size=size[0] // 14)
    for line in range(8):
        top = size[1] // 4 + line * size[1] // 14
        pen.line(
            (size[0] // 9, top, size[0] - size[0] // (4 + line % 3), top), fill="#9aa3b2", width=max(2, size[0] // 90)
        )
    return made


@functools.cache
def pdf(pages: int = 3, size: tuple[int, int] = SIZE, dots: float = 0) -> bytes:
    """A PDF that names its author: as large as a sheet of paper, or with so many dots to an inch."""
    out = io.BytesIO()
    first, *rest = (page(number, size) for number in range(1, pages + 1))
    first.save(
        out, "PDF", save_all=True, append_images=rest, author=AUTHOR, title=AUTHOR, resolution=dots or size[0] / 8.4
    )
    return out.getvalue()


@functools.cache
def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 240), shade: int = 90) -> bytes:
    """A picture that says where it was taken, by whom and with what, and that it lies on its side."""
    made = Image.linear_gradient("L").resize(size).convert("RGB").point(lambda point: (point + shade) % 256)
    about = Image.Exif()
    about[0x0112] = 6  # turned by 90 degrees
    about[0x013B], about[0x010F] = AUTHOR, CAMERA
    about.get_ifd(0x8825).update({1: "N", 2: (41.0, 43.0, 17.0), 3: "E", 4: (44.0, 47.0, 34.0)})
    out = io.BytesIO()
    made.save(out, kind, exif=about)
    return out.getvalue()


@functools.cache
def locked() -> bytes:
    """A PDF that opens with a password nobody has."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    keys = b"/O<" + b"4f" * 32 + b">/U<" + b"55" * 32 + b">"
    body += b"4 0 obj<</Filter/Standard/V 1/R 2" + keys + b"/P -4>>endobj\n"
    places = [body.index(f"{number} 0 obj".encode()) for number in range(1, 5)]
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ends = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + ends


def attach(place: Place, application_id: int, *files: tuple[str, bytes]) -> None:
    """Give an application files, as if its applicant had handed them in."""
    a = t.applications.c
    with writing(place.engine) as connection:
        row = connection.execute(select(a.authority_id, a.round_id, a.applicant_id).where(a.id == application_id)).one()
        mine: dict[str, Any] = {"authority_id": row.authority_id, "application_id": application_id}
        draft = insert(t.application_drafts).values(
            **mine, round_id=row.round_id, heading={}, facts={}, children={}, typed={}, begun_by=row.applicant_id,
            begun_at=place.now, saved_by=row.applicant_id, saved_at=place.now,
        )  # fmt: skip
        number = connection.execute(draft.returning(t.application_drafts.c.id)).scalar_one()
        for name, content in files:
            copy = _copied(content)
            connection.execute(
                insert(t.application_files).values(
                    **mine, draft_id=number, name=name, kind=copy.kind, size=len(content), digest=digest_of(content),
                    pages=copy.pages, copies=copy.content, content=content, added_by=row.applicant_id,
                    added_at=place.now,
                )
            )  # fmt: skip
        connection.execute(update(t.applications).where(a.id == application_id).values(files=len(files)))


@functools.cache
def _copied(content: bytes) -> attached.Copied:
    return attached.copied(content)
