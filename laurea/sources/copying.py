"""The child that reads a file of an applicant (see `attached`): `python -m laurea.sources.copying KIND`.

The file comes in by standard input. Out goes a line of JSON, width, height and bytes of each picture, and the pictures
one after another; or one word that says why there are none, and an exit code of 1. Nothing is written anywhere else.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image, ImageOps
from pypdfium2 import raw

from laurea.sources.attached import LONG_SIDE, MEGAPIXELS, MOST_PAGES, SECONDS, Unfit

MEMORY = 1_500_000_000  # bytes of address space
SHARPEST = 4.0  # points of a picture to a point of a page: a stamp is not blown up to a poster
QUALITY = 82


def pictures(content: bytes, kind: str) -> Iterator[Image.Image]:
    """A file as pictures of its points alone. Raises Unfit."""
    if kind == "pdf":
        yield from _pages(content)
    else:
        yield _picture(content, kind)


def _pages(content: bytes) -> Iterator[Image.Image]:
    try:
        book = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as wrong:
        raise Unfit("locked" if wrong.err_code == raw.FPDF_ERR_PASSWORD else "damaged") from None
    if len(book) > MOST_PAGES:
        raise Unfit("pages", len(book))
    book.init_forms()  # else what somebody filled into a form is not drawn
    for page in book:
        width, height = page.get_size()
        scale = min(LONG_SIDE / max(width, height, 1), SHARPEST)
        drawn = page.render(scale=scale).to_pil()
        page.close()
        drawn.thumbnail((LONG_SIDE, LONG_SIDE))  # the renderer rounds up
        yield drawn.convert("RGB")


def _picture(content: bytes, kind: str) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=[kind]) as found:
        width, height = found.size
        if width * height > MEGAPIXELS * 1_000_000:
            raise Unfit("pixels", -(-width * height // 1_000_000))
        found.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a JPEG can be read at a part of its size
        found.load()
        turned = ImageOps.exif_transpose(found)
        turned.thumbnail((LONG_SIDE, LONG_SIDE))
        whole = turned.convert("RGBA")
    bare = Image.new("RGB", whole.size, "white")  # made anew: what a file says of itself stays behind
    bare.paste(whole, mask=whole)
    return bare


def _out(content: bytes, kind: str) -> tuple[list[tuple[int, int, int]], bytes]:
    told, whole = [], io.BytesIO()
    for one in pictures(content, kind):
        before = whole.tell()
        one.save(whole, "WEBP", quality=QUALITY, method=2)
        told.append((one.width, one.height, whole.tell() - before))
    return told, whole.getvalue()


def main(kind: str) -> int:
    """Copy what stands on standard input; the exit code."""
    said: Any
    try:
        pages, whole = _out(sys.stdin.buffer.read(), kind)
        said, code = json.dumps(pages), 0
    except Unfit as wrong:
        said, whole, code = f"{wrong.why} {wrong.n}", b"", 1
    except Exception:  # noqa: BLE001 - of a strange file a reader may say anything; a bug of ours would show in its tests
        said, whole, code = "damaged 0", b"", 1
    sys.stdout.buffer.write(said.encode() + b"\n" + whole)
    sys.stdout.buffer.flush()
    return code


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = None  # what is too large is told by its size, before anything is read
    sys.exit(main(sys.argv[1]))
