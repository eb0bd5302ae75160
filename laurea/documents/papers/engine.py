"""From a template and its values to a PDF, with the fonts that lie here and nothing of the machine.

Every PDF is PDF/A-2b (it looks the same for ever) and PDF/UA-1 (tagged, so that it can be read out). With these two
the engine stops at a letter no font has, instead of leaving it out. The same values give the same bytes.
"""

from __future__ import annotations

import functools
import io
import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst

from laurea.errors import BadInput

HERE = Path(__file__).parent
STANDARDS: list[typst.PDFStandard] = ["a-2b", "ua-1"]
LONGEST = 400  # signs of one text
_MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_HEAPED = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")


class NoSuchSign(BadInput):
    """No font of ours has a sign of a paper."""

    def __init__(self, holder: str, sign: str) -> None:
        self.holder, self.sign = holder, sign
        super().__init__(
            f"The paper for {holder} cannot be drawn: no font has the sign {sign} (U+{ord(sign):04X}).",
            remedy="Correct the name where the sign is not part of it.",
        )


@functools.cache
def fonts() -> typst.Fonts:
    """The fonts of this folder, read once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])


def source(template: Path) -> bytes:
    """The text of a template, after what all of them share."""
    return (HERE / "common.typ").read_bytes() + b"\n" + template.read_bytes()


def plain(text: str) -> str:
    """A text as one line of signs that can be seen: no line ends, no marks that turn its direction, no heaps of
    accents. What it says is not touched: markup is text here.
    """
    text = unicodedata.normalize("NFC", text)
    kept = (sign if unicodedata.category(sign)[0] != "C" else " " if sign in "\t\n\r\v\f\x85" else "" for sign in text)
    return _HEAPED.sub(r"\1", " ".join("".join(kept).split()))[:LONGEST]


def code(address: str) -> str:
    """A QR code as SVG. One mask for all: to weigh all eight takes five times as long and gains a reader nothing."""
    stream = io.BytesIO()
    made = segno.make(address, error="m", mask=2, boost_error=False, micro=False)
    made.save(stream, kind="svg", border=0, xmldecl=False, nl=False, dark="#1d2430")
    return stream.getvalue().decode()


def draw(template: Path, values: Mapping[str, Any], root: Path = HERE) -> bytes:
    """The PDF of a template with its values, which it reads as data. Pictures and all else lie in `root`.

    Raises NoSuchSign for a sign no font has, BadInput where a template or a picture cannot be used.
    """
    try:
        made = typst.Compiler(source(template), root=root, font_paths=fonts()).compile(
            sys_inputs={"paper": json.dumps(values, ensure_ascii=False)}, pdf_standards=STANDARDS, timestamp=0
        )
    except typst.TypstError as wrong:
        raise _told(wrong, values) from None
    assert isinstance(made, bytes)
    return made


def specimen(text: str) -> bytes:
    """A page with this text in the fonts of every paper, as `draw` would set it.

    Raises BadInput for a sign no font has, or where the fonts are not there.
    """
    families = ", ".join(f'"{name}"' for name in ("Noto Serif", "Noto Serif Georgian"))
    page = f'#set document(title: "-")\n#set text(font: ({families}))\n#sys.inputs.text'
    try:
        made = typst.Compiler(page.encode(), root=HERE, font_paths=fonts()).compile(
            sys_inputs={"text": text}, pdf_standards=STANDARDS, timestamp=0
        )
    except typst.TypstError as wrong:
        raise _told(wrong, {"holder": "a specimen"}) from None
    assert isinstance(made, bytes)
    return made


def _told(wrong: typst.TypstError, values: Mapping[str, Any]) -> BadInput:
    missing = _MISSING.search(wrong.diagnostic) or _MISSING.search(wrong.message)
    holder = values.get("holder", "")
    if missing is None:
        return BadInput(f"The paper for {holder} cannot be drawn: {wrong.message}.", remedy="Mend the template.")
    return NoSuchSign(holder, missing[1][:1])
