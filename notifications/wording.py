"""A text of one's own for a kind of letter: subject, heading and body as a person writes them, from which the house
makes plain text and HTML alike in its own layout.

Plain text and not HTML: an officer who can write a letter can write one; both parts say the same, because there is one
text; no tag, style or script can come in; and greeting, sender, reason and close stay where the law wants them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications import grammar, marks, shapes
from notifications.errors import BadTemplate
from notifications.grammar import GrammarFault
from notifications.marks import Block
from notifications.plurals import PLURALS
from notifications.render import render

LONGEST_LINE = 600  # characters of a subject or a heading as written
LARGEST = 100_000  # characters of a letter
_TROUBLE = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_GAPS = re.compile(r"\n{3,}")
_KEPT = "\n\u200c\u200d"  # line breaks, and the two joiners some scripts are written with


@dataclass(frozen=True)
class Wording:
    """What an officer wrote for a kind in a language."""

    subject: str
    heading: str
    body: str


@dataclass(frozen=True)
class PartFault:
    """What is wrong in `part` of a wording: subject, heading or body."""

    part: str
    fault: GrammarFault

    def __str__(self) -> str:
        return f"{self.part}, {self.fault}"


class _Address(str):
    """An address of the letter's data: the only filled-in text a link may lead to."""

    __slots__ = ()


class _Piece(str):
    """The name of a piece the house sets itself."""

    __slots__ = ()


def tidy(text: str) -> str:
    """Text as typed or pasted: NFC, plain line breaks, without characters that have no shape or turn directions."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.replace("\t", " ")
    kept = (
        one
        for one in text
        if one in _KEPT or unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def tidied(wording: Wording) -> Wording:
    """The same, tidied; subject and heading on one line."""
    return Wording(" ".join(tidy(wording.subject).split()), " ".join(tidy(wording.heading).split()), tidy(wording.body))


def faults(kind: str, wording: Wording) -> list[PartFault]:
    """What of a wording is not allowed, found by looking at it; nothing of it runs."""
    found = []
    for each in fields(Wording):
        source = getattr(wording, each.name)
        if not source.strip():
            found.append(
                PartFault(each.name, GrammarFault(1, "Nothing is written here.", "Write at least a few words."))
            )
        elif each.name != "body" and len(source) > LONGEST_LINE:
            found.append(PartFault(each.name, GrammarFault(1, "It is longer than 600 characters.", "Shorten it.")))
        else:
            found += [PartFault(each.name, one) for one in grammar.faults(kind, source)]
            if each.name != "body" and (piece := next((one for one in shapes.pieces(kind) if one in source), "")):
                fault = GrammarFault(
                    1, "{name} is a piece for the text below.", "Use it there, on a line of its own.", piece
                )
                found.append(PartFault(each.name, fault))
    return found


def _absent() -> BadTemplate:
    return BadTemplate(
        "Something is filled in that not every letter has.", "Ask first whether it is there: {% if … %}."
    )


def _final(value: object) -> str:
    """What is filled in, between marks; nothing at all is refused, since a letter would say “None”."""
    if value is None:
        raise _absent()
    if isinstance(value, _Piece):
        return marks.filled(value, marks.PIECE)
    return marks.filled(str(value), marks.LINK if isinstance(value, _Address) else marks.TEXT)


def _plural(language: str, name: str) -> Callable[[int], bool]:
    plurals = PLURALS[language]
    return lambda n: plurals.classes[plurals.form(n)] == name


@functools.cache
def _environment(language: str) -> Environment:
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_final, autoescape=False
    )  # plain text by then; the layout escapes it
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in ("length", "join")}
    made.tests = {"none": made.tests["none"]} | {name: _plural(language, name) for name in grammar.PLURAL_TESTS}
    return made


@functools.lru_cache(maxsize=512)
def _compiled(kind: str, language: str, source: str) -> Template:
    """A text that may be used. Raises BadTemplate naming what is wrong with it."""
    wrong = grammar.faults(kind, source)
    if wrong:
        raise BadTemplate(f"The round's own text of {kind!r} ({language}) cannot be used: {wrong[0]}")
    return _environment(language).from_string(source)


def _render(kind: str, language: str, source: str, values: Mapping[str, Any]) -> str:
    said, size = [], 0
    try:
        for chunk in _compiled(kind, language, source).generate(values):
            size += len(chunk)
            if size > LARGEST:
                raise BadTemplate("The letter would become too long.", "Leave something out.")
            said.append(chunk)
    except UndefinedError as error:
        raise _absent() from error
    except _TROUBLE as error:
        raise BadTemplate(f"The round's own text of {kind!r} ({language}) cannot be used: {error}.") from error
    return "".join(said)


def _marked(shape: shapes.Shape, value: Any) -> Any:
    """A value with its addresses known as such."""
    if value is None:
        return None
    match shape.sort:
        case "link":
            return _Address(value)
        case "list":
            assert shape.of is not None
            return [_marked(shape.of, one) for one in value]
        case "record":
            return {name: _marked(shape.fields[name], one) for name, one in value.items()}
        case _:
            return value


@dataclass(frozen=True)
class Said:
    """A wording with a letter's data in it."""

    subject: str
    text: str
    html: str


def write(kind: str, language: str, wording: Wording, values: Mapping[str, Any]) -> Said:
    """A letter in the round's own words. `values` are what the house's template gets (catalogue.words).

    Raises BadTemplate; whatever the wording says, within bounded time and memory.
    """
    known = shapes.names(kind)
    given = {name: _Piece(name) if shape.sort == "piece" else _marked(shape, values[name])
             for name, shape in known.items()}  # fmt: skip
    subject = " ".join(marks.bare(_render(kind, language, wording.subject, given)).split())
    heading = " ".join(marks.bare(_render(kind, language, wording.heading, given)).split())
    blocks = marks.read(_render(kind, language, wording.body, given))
    if not subject or not blocks:
        raise BadTemplate("The letter would be empty.", "Write at least a few words.")
    paths = shapes.pieces(kind)
    own = {
        **values,
        "subject": subject,
        "own_kind": kind,
        "own_heading": heading,
        "own_blocks": [(one, paths.get(one.piece, "")) for one in blocks],
        "own_button": next((one.lines[0][0].link for one in blocks if one.kind == "button"), ""),
        "own_preview": _first(blocks),
    }
    text = _GAPS.sub("\n\n", render("_own.txt", language, own))
    return Said(subject, text, render("_own.html", language, own))


def _first(blocks: list[Block]) -> str:
    return next((one.text for one in blocks if one.kind == "say"), "").replace("\n", " ")[:120]
