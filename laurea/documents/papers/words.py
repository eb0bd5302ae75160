"""What stands on a certificate, on a letter of thanks and on the letter that goes with an award, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from laurea.documents.papers.engine import code, plain
from notifications.catalogues import translator
from notifications.dates import day, locale

COLOUR = "#1f4e79"


@dataclass(frozen=True)
class Signatory:
    """Who signs: name, office by language, and a picture of the signature (a path below the style's root)."""

    name: str
    office: Mapping[str, str] = field(default_factory=dict)
    image: str = ""


@dataclass(frozen=True)
class Look:
    """How an authority's papers look, and what they say of its own. Texts are by language."""

    colour: str = COLOUR
    place: Mapping[str, str] = field(default_factory=dict)
    signatories: Sequence[Signatory] = ()
    logo: str = ""
    seal: str = ""
    thanks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cover: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """A label somebody holds, as its paper tells it; `address` is that of its page in the portal."""

    number: str
    address: str
    authority: str
    title: str
    round: str
    holder: str
    unit_name: str
    institution: str
    country: str | None
    awarded_on: date
    valid_from: date
    valid_until: date | None
    reissued_on: date | None


def certificate(label: Label, look: Look, language: str) -> dict[str, Any]:
    """The values of a certificate."""
    _ = translator(language, "laurea").gettext
    return _values(label, look, language, _("Certificate"))


def thanks(label: Label, look: Look, language: str) -> dict[str, Any]:
    """The values of a letter of thanks: the authority's own sentences where it has some in this language."""
    _ = translator(language, "laurea").gettext
    says = look.thanks.get(language) or (
        _("We congratulate you on this award: {title} ({round})."),
        _("It was earned by patience, good ideas and the work of many. We thank everybody who took part."),
        _("Tell others how you did it: your example helps those who begin. We look forward to what you do next."),
    )
    filled = [_filled(one, {"title": label.title, "round": label.round}) for one in says]
    return _values(label, look, language, _("Letter of thanks")) | {"paragraphs": filled}


def cover(label: Label, look: Look, language: str, pieces: Sequence[str]) -> dict[str, Any]:
    """The values of the letter that goes to the head of a holder's institution with the award; `pieces` lie beside it.

    A paragraph of the authority's own that names {items} is left out where there are none.
    """
    _ = translator(language, "laurea").gettext
    says = look.cover.get(language) or (
        _("It is our pleasure to hand over this award: {title} ({round})."),
        _("With this letter you receive: {items}."),
        _("Please show it where pupils, parents and guests can see it, and thank everybody who took part in our name."),
    )
    words = {"title": label.title, "round": label.round, "holder": label.holder, "items": ", ".join(pieces)}
    filled = [_filled(one, words) for one in says if pieces or "{items}" not in one]
    values = _values(label, look, language, _("Congratulations"))
    if not label.institution:
        return values | {"paragraphs": filled}
    of = [plain(label.holder)] if label.holder != label.institution else []
    if label.unit_name not in ("", label.holder, label.institution):
        of.append(plain(label.unit_name))
    to = _("To the head of: {institution}").format(institution=plain(label.institution))
    return values | {"paragraphs": filled, "holder": to, "of": of + values["of"][-1:] * bool(label.country)}


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return plain(text)


def _values(label: Label, look: Look, language: str, heading: str) -> dict[str, Any]:
    _ = translator(language, "laurea").gettext
    dated = label.reissued_on or label.awarded_on
    place = _said(look.place, language)
    awarded = day(label.awarded_on, language)
    begins = day(label.valid_from, language)
    held = [label.unit_name, label.institution]
    of = [plain(one) for place_, one in enumerate(held) if one and one not in (label.holder, *held[:place_])]
    if label.country:
        of.append(locale(language).territories.get(label.country, label.country))
    values: dict[str, Any] = {
        "language": language,
        "colour": look.colour,
        "authority": plain(label.authority),
        "holder": plain(label.holder),
        "of": of,
        "title": plain(label.title),
        "round": plain(label.round),
        "number": label.number,
        "address": label.address,
        "site": label.address.removesuffix(f"/{label.number}").removeprefix(f"{urlsplit(label.address).scheme}://"),
        "qr": code(label.address),
        "dated": {"year": dated.year, "month": dated.month, "day": dated.day},
        "signatories": [_signed(one, language) for one in look.signatories],
        "words": {
            "heading": heading,
            "to": _("awarded to"),
            "term": _("Valid: {first} – {last}").format(first=begins, last=day(label.valid_until, language))
            if label.valid_until
            else _("Valid from: {first}").format(first=begins),
            "given": f"{plain(place)}, {awarded}" if place else awarded,
            "check": _("See whether it is valid:"),
            "reissued": _("Reissued with a corrected name: {day}").format(day=day(label.reissued_on, language))
            if label.reissued_on
            else "",
            "scan": _("QR code with the address of this certificate"),
            "signature": _("Signature"),
            "seal": _("Seal"),
        },
    }
    return values | {name: path for name, path in (("logo", look.logo), ("seal", look.seal)) if path}


def _signed(one: Signatory, language: str) -> dict[str, str]:
    found = {"name": plain(one.name), "office": plain(_said(one.office, language))}
    return found | ({"image": one.image} if one.image else {})


def _said(texts: Mapping[str, str], language: str) -> str:
    """A text of the authority's in this language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
