"""Certificates and letters of thanks out of the records, as their authority has them look.

An authority's own look lies in the workspace: `papers/<authority>/paper.yaml`, or for one award
`papers/<authority>/<award>/paper.yaml`, with its pictures and templates beside it. Without one, papers look as ours do.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Told

from laurea.documents.papers import words
from laurea.documents.papers.apart import draw
from laurea.documents.papers.engine import HERE
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.statute import plan_for
from rules.errors import RuleSetError
from rules.ruleset import say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.papers import Granted

KINDS = ("certificate", "letter")
COVER = "cover"  # the letter to the head of a holder's institution that goes with the award; an officer takes it
LARGEST_PICTURE = 2_000_000  # bytes
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")  # of a folder: nothing that leads elsewhere
_MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=800)]
_Paragraphs = Annotated[list[_Paragraph], Told(min_length=1, max_length=6)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
_Picture = Annotated[str, StringConstraints(pattern=r"^[\w-]+\.(svg|png|jpg|jpeg)$")]
_Template = Annotated[str, StringConstraints(pattern=r"^[\w-]+\.typ$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Signatory(_Closed):
    name: _Line
    office: dict[_Language, _Line] = Told(default_factory=dict)
    image: _Picture | None = None


class _File(_Closed):
    """`paper.yaml`."""

    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = words.COLOUR
    place: dict[_Language, _Line] = Told(default_factory=dict)
    signatories: list[_Signatory] = Told(default_factory=list, max_length=2)
    logo: _Picture | None = None
    seal: _Picture | None = None
    thanks: dict[_Language, _Paragraphs] = Told(default_factory=dict)
    cover: dict[_Language, _Paragraphs] = Told(default_factory=dict)
    certificate: _Template | None = None
    letter: _Template | None = None


@dataclass(frozen=True)
class Style:
    """How papers look: their texts and pictures, the folder these lie in, and a template a kind."""

    look: words.Look
    root: Path
    templates: Mapping[str, Path]


OURS = Style(words.Look(), HERE, {kind: HERE / f"{kind}.typ" for kind in KINDS})


def style(settings: Settings, authority: str, award: str) -> Style:
    """The look of an authority's papers of one award.

    Raises BadInput that names what is wrong in its folder: an unknown word, a picture that is none, a missing file.
    """
    if not _NAME.fullmatch(authority) or not _NAME.fullmatch(award):
        return OURS
    own = settings.workspace / "papers" / authority
    for folder in (own / award, own):
        if (folder / "paper.yaml").is_file():
            return _read(folder.resolve())
    return OURS


def _read(folder: Path) -> Style:
    file = folder / "paper.yaml"
    try:
        told = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise BadInput(f"{file} cannot be read: {wrong}", remedy="Write it as docs/certificates.md shows.") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"{file}, {place}: {first['msg']}.", remedy="See docs/certificates.md for its words.") from None
    pictures = (told.logo, told.seal, *(one.image for one in told.signatories))
    for picture in filter(None, pictures):
        _must_be_picture(folder / picture)
    templates = dict(OURS.templates)
    for kind, template in (("certificate", told.certificate), ("letter", told.letter)):
        if template:
            templates[kind] = _must_exist(folder / template)
    look = words.Look(
        colour=told.colour,
        place=told.place,
        signatories=[words.Signatory(one.name, one.office, _below(one.image)) for one in told.signatories],
        logo=_below(told.logo),
        seal=_below(told.seal),
        thanks=told.thanks,
        cover=told.cover,
    )
    return Style(look, folder, templates)


def _below(name: str | None) -> str:
    return f"/{name}" if name else ""


def _must_exist(path: Path) -> Path:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", remedy="Put it there, or take its name out of paper.yaml.")
    return path


def _must_be_picture(path: Path) -> None:
    _must_exist(path)
    content = path.read_bytes() if path.stat().st_size <= LARGEST_PICTURE else b""
    if path.suffix == ".svg":
        fine = b"<!" not in content.replace(b"<!--", b"") and _is_svg(content)
    else:
        fine = content.startswith(_MAGIC[path.suffix])
    if not fine:
        raise BadInput(
            f"{path} is not a {path.suffix[1:].upper()} picture of at most {LARGEST_PICTURE // 1_000_000} MB.",
            remedy="Save it again as SVG, PNG or JPEG.",
        )


def _is_svg(content: bytes) -> bool:
    try:
        return ET.fromstring(content).tag.rpartition("}")[2] == "svg"  # noqa: S314 - no document type, so no entities
    except ET.ParseError:
        return False


def paper(
    connection: Connection, grant: Granted, *, kind: str, style: Style, language: str, settings: Settings,
    pieces: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """One paper of a label as PDF; `kind` is certificate, letter or COVER, which names the `pieces` it goes with.

    The same records give the same bytes.
    """
    told = label(connection, grant, language, settings)
    if kind == COVER:
        return draw(style.templates["letter"], words.cover(told, style.look, language, pieces), style.root)
    values = (words.certificate if kind == "certificate" else words.thanks)(told, style.look, language)
    return draw(style.templates[kind], values, style.root)


def language_of(grant: Granted, known: Iterable[str]) -> str:
    """The language a holder's paper is in where nobody says otherwise: their own where the round has it."""
    choice = grant.reads if grant.reads in grant.languages else grant.languages[0]
    return choice if choice in known else "en"


def label(connection: Connection, grant: Granted, language: str, settings: Settings) -> words.Label:
    """A label as its papers tell it in a language."""
    return words.Label(
        number=grant.number,
        address=f"{settings.public_url.rstrip('/')}/certificates/{grant.number}",
        authority=grant.authority,
        title=title(connection, grant, language),
        round=grant.round,
        holder=grant.holder,
        unit_name=grant.unit_name,
        institution=grant.institution,
        country=grant.country,
        awarded_on=grant.award_on,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        reissued_on=grant.reissued_at.astimezone(ZoneInfo(grant.timezone)).date() if grant.reissued_at else None,
    )


def title(connection: Connection, grant: Granted, language: str) -> str:
    """What the label is called in a language; what was written down with it where its rules cannot be read any more."""
    try:
        ruleset = plan_for(connection, grant.rule_set, grant.policies, grant.parameters).ruleset
    except RuleSetError:
        return grant.title
    return next((say(one.title, language) for one in ruleset.outcomes if one.id == grant.outcome), grant.title)
