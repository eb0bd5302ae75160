"""Certificates and letters as their holders get them: every name as it is written, whole, tagged, the same for ever."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from laurea import papers
from laurea.documents.papers import words
from laurea.documents.papers.engine import HERE, NoSuchSign, draw, plain
from laurea.errors import BadInput
from laurea.papers import KINDS, OURS
from laurea.settings import Settings
from notifications.catalogues import LANGUAGES, LOCALES, messages
from notifications.dates import locale
from notifications.filled import Untranslated

NUMBER = "kJ3_9dkLmW0ePq8sTzYxVw"
LABEL = words.Label(
    number=NUMBER,
    address=f"https://laurea.example.org/certificates/{NUMBER}",
    authority="National Support Organisation",
    title="National Quality Label",
    round="Quality labels 2026",
    holder="Rivers that remember",
    unit_name="Rivers that remember",
    institution="School No. 6, Sumqayıt",
    country="AZ",
    awarded_on=date(2026, 6, 2),
    valid_from=date(2026, 6, 2),
    valid_until=date(2028, 6, 2),
    reissued_on=None,
)
NAMES = {
    "Latin": "Xalçaların riyaziyyatı: ilmə, İşıq, ğ, ő, ř, ș, ķ, ż və naxış",
    "Georgian": "ხმები ბაზრიდან №55: ჩვენი ქალაქის სიმღერები",
    "Greek": "Τα ποτάμια θυμούνται: ᾠδὴ εἰς τὸ ὕδωρ",
    "Cyrillic": "Лист без марки: українські ґанки й болгарські пѝсма",
    "Armenian": "Աստղային գիշերվա օրագիր և այլն",
    "markup": '<b>Rivers</b> & *stars* #let x = 1 $a^2$ \\ `raw` @cite "q" // no {{ x }}',
}
LONG = ("How we and our friends from five countries walked along rivers and wrote a book about the water that " * 3)[
    :200
]


def made(label: words.Label, kind: str = "certificate", language: str = "en") -> bytes:
    values = words.certificate if kind == "certificate" else words.thanks
    return draw(OURS.templates[kind], values(label, words.Look(), language))


def text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    found = document[0].get_textpage().get_text_range().replace("\u200b", "")
    return unicodedata.normalize("NFC", " ".join(found.split()))


def picture(pdf: bytes) -> np.ndarray:
    return pypdfium2.PdfDocument(pdf)[0].render(scale=1, grayscale=True).to_numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("script", NAMES)
def test_every_script_and_markup_stand_as_written(script: str, kind: str) -> None:
    found = text(made(replace(LABEL, holder=NAMES[script]), kind))
    assert NAMES[script] in found
    assert NUMBER in found
    assert "laurea.example.org/certificates" in found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str, kind: str) -> None:
    label = replace(LABEL, reissued_on=date(2026, 7, 1))
    found = text(made(label, kind, language))
    values = words.certificate(label, words.Look(), language)
    assert " ".join(values["words"]["reissued"].split()) in found
    assert LABEL.title in found
    if kind == "certificate":
        assert " ".join(values["words"]["term"].split()) in found
        assert values["words"]["heading"] in found
    assert [name for name, said in values["words"].items() if isinstance(said, Untranslated)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_a_language_is_in_the_fonts(language: str) -> None:
    """Of its catalogues, its samples, its months and countries, small and large."""
    place = locale(language)
    said = [
        *(form for domain in ("laurea", "public") for forms in messages(language, domain).values() for form in forms),
        (LOCALES / language / "samples.yaml").read_text(encoding="utf-8"),
        *place.territories.values(),
        *place.months["format"]["wide"].values(),
    ]
    letters = {sign for text in said for sign in text if sign.isalpha()}
    letters |= set() if language == "ka" else {sign for letter in letters for sign in letter.upper()}
    letters = {sign for sign in letters if sign.isalpha()}
    assert len(letters) > 40
    found = text(made(replace(LABEL, institution="".join(sorted(letters))), "certificate", language))
    assert set(found.replace(" ", "")) >= {unicodedata.normalize("NFC", sign) for sign in letters}


def test_archive_and_accessibility_are_declared() -> None:
    pdf = made(LABEL, language="ka")
    for flag in (b"<pdfaid:part>2<", b"<pdfaid:conformance>B<", b"<pdfuaid:part>1<", b"/StructTreeRoot", b"/Lang"):
        assert flag in pdf, flag
    assert b"Certificate" not in pypdfium2.PdfDocument(pdf).get_metadata_value("Title").encode()
    assert "სერტიფიკატი" in pypdfium2.PdfDocument(pdf).get_metadata_value("Title")


def test_same_records_same_bytes_and_another_name_others() -> None:
    assert made(LABEL) == made(LABEL)
    assert made(LABEL) != made(replace(LABEL, holder="Another"))


@pytest.mark.parametrize("holder", [LONG, "Ab" * 100, "ᾠ" * 200, "Ж" * 60 + " " + "ш" * 139])
def test_200_signs_fit_between_their_neighbours(holder: str) -> None:
    """Nothing but the name differs from the certificate of a short one: it keeps to its place on the sheet."""
    assert len(holder) == 200
    pdf = made(replace(LABEL, holder=holder))
    assert holder.replace(" ", "") in text(pdf).replace(" ", "")
    differs = np.argwhere(picture(pdf) != picture(made(replace(LABEL, holder="A"))))
    points = 72 / 25.4
    top, left = differs.min(axis=0)
    bottom, right = differs.max(axis=0)
    assert top >= 69 * points
    assert bottom <= 105 * points
    assert left >= 25 * points
    assert right <= 272 * points


def test_long_everything_stays_on_one_page() -> None:
    filled = replace(LABEL, title="T" * 200, round=LONG, authority=LONG, institution="ქ" * 200, holder=LONG)
    for kind in KINDS:
        for language in ("de", "el", "en", "hy", "ka", "lv", "uk"):
            assert NUMBER in text(made(filled, kind, language))


def test_missing_sign_is_named_with_its_holder() -> None:
    with pytest.raises(NoSuchSign, match=r"Smile 😀 school .* 😀 \(U\+1F600\)"):
        made(replace(LABEL, holder="Smile 😀 school"))
    with pytest.raises(NoSuchSign) as found:
        made(replace(LABEL, institution="漢字"))
    assert found.value.sign == "漢"


def test_text_that_turns_or_breaks_a_line_is_neutralised() -> None:
    assert plain("  a\u202eb\r\nc\t\u2066d\u200f\x00\u2028e ") == "ab c d e"
    assert plain("n\u0303" + "\u0301" * 40) == "ñ\u0301\u0301"
    assert len(plain("x" * 10_000)) == 400
    assert "School abc def" in text(made(replace(LABEL, holder="School\nabc\u202e def")))


def test_code_leads_to_the_public_page() -> None:
    """The picture of the code is the one of the address, and of no other."""
    values = words.certificate(LABEL, words.Look(), "en")
    other = words.certificate(replace(LABEL, address=LABEL.address + "x"), words.Look(), "en")
    assert values["qr"] != other["qr"]
    assert LABEL.address.encode() in made(LABEL)  # the code is a link too


def own(tmp_path: Path, told: str, **files: bytes) -> papers.Style:
    folder = tmp_path / "papers" / "AZ" / "example-label"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "paper.yaml").write_text(told, encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return papers.style(Settings(workspace=tmp_path), "AZ", "example-label")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#a00"/></svg>'


def test_authority_has_a_look_of_its_own_by_award(tmp_path: Path) -> None:
    style = own(
        tmp_path,
        'colour: "#7a1f2b"\nplace: {en: Baku}\nseal: seal.svg\nlogo: seal.svg\n'
        "signatories: [{name: Leyla Hacıyeva, office: {en: Head of office}}]\n"
        'thanks: {en: ["Thank you for {title}, *dear* friends."]}\n',
        seal_svg=SVG,
    )
    for kind, says in (
        ("certificate", "Baku, 2 June 2026"),
        ("letter", "Thank you for National Quality Label, *dear*"),
    ):
        values = (words.certificate if kind == "certificate" else words.thanks)(LABEL, style.look, "en")
        found = text(draw(style.templates[kind], values, style.root))
        assert says in found
        assert "Leyla Hacıyeva" in found
        assert "Head of office" in found
    assert papers.style(Settings(workspace=tmp_path), "AZ", "another-label") is OURS
    assert papers.style(Settings(workspace=tmp_path), "../AZ", "example-label") is OURS


def test_authority_may_bring_a_template(tmp_path: Path) -> None:
    template = b'#set document(title: "T")\n#set text(font: fonts)\nSimply #paper.holder'
    style = own(tmp_path, "certificate: mine.typ\n", mine_typ=template)
    values = words.certificate(replace(LABEL, holder="#panic() *x*"), style.look, "en")
    assert text(draw(style.templates["certificate"], values, style.root)) == "Simply #panic() *x*"
    outside = b'#set document(title: "T")\n#read("../../../../../../etc/hostname")'
    style = own(tmp_path, "certificate: mine.typ\n", mine_typ=outside)
    with pytest.raises(BadInput, match="root"):
        draw(style.templates["certificate"], values, style.root)


@pytest.mark.parametrize(
    ("told", "files", "says"),
    [
        ("seal: seal.png", {"seal_png": b"hello"}, "not a PNG picture"),
        ("seal: seal.svg", {"seal_svg": b"<html/>"}, "not a SVG picture"),
        ("seal: seal.svg", {"seal_svg": b'<!DOCTYPE s [<!ENTITY a "b">]><svg>&a;</svg>'}, "not a SVG picture"),
        ("seal: seal.png", {"seal_png": b"\x89PNG\r\n\x1a\n" + b"0" * 2_000_000}, "at most 2 MB"),
        ("logo: seal.png", {}, "There is no file"),
        ("seal: ../seal.png", {}, "seal"),
        ("colour: red", {}, "colour"),
        ("colours: '#aabbcc'", {}, "colours"),
        ("signatories: [{name: A}, {name: B}, {name: C}]", {}, "signatories"),
        ("a: [", {}, "cannot be read"),
    ],
)
def test_wrong_folder_is_told(tmp_path: Path, told: str, files: dict[str, bytes], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        own(tmp_path, told, **files)


def test_broken_picture_inside_is_told(tmp_path: Path) -> None:
    style = own(tmp_path, "seal: seal.png", seal_png=b"\x89PNG\r\n\x1a\nrubbish")
    with pytest.raises(BadInput, match="decode"):
        draw(style.templates["certificate"], words.certificate(LABEL, style.look, "en"), style.root)


def test_fonts_come_with_their_licence() -> None:
    fonts = list((HERE / "fonts").glob("*.ttf"))
    assert sum(font.stat().st_size for font in fonts) < 3_000_000
    assert "SIL OPEN FONT LICENSE" in (HERE / "fonts" / "OFL.txt").read_text()
