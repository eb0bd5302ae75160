"""Web pages as evidence: which links an application holds, the text of a page, whether it is still what it was."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

from rules.ruleset import RuleSet

MOST_LINKS = 20  # of one application
AGAIN = timedelta(days=7)  # between two checks while jurors review
BEFORE = timedelta(days=1)  # a page that was checked this long ago is checked again before the review
_LINK = re.compile(r"https?://[^\s<>\"'“”«»]{3,900}", re.IGNORECASE)
_END = ".,;:!?)]}…"
_UNREAD = {"script", "style", "noscript", "template", "svg", "iframe", "head"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p",
    "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip


class Trouble(StrEnum):
    """Why a page could not be had."""

    MISSING = "missing"  # its server says that it is not there
    REFUSED = "refused"  # its server does not show it to everybody
    SILENT = "silent"  # no answer in time, or none at all
    FORBIDDEN = "forbidden"  # an address no call of ours may go to
    LARGE = "large"
    LOOP = "loop"  # it leads from address to address


class Standing(StrEnum):
    """How a page stands beside what was frozen."""

    WAITS = "waits"  # not yet frozen
    FAILED = "failed"  # could not be frozen
    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Link:
    """An address with the fact it stands in."""

    fact: str
    address: str


@dataclass(frozen=True)
class Told:
    """A page in words: its title and its text, one line a block."""

    title: str
    text: str


def may_hold_links(ruleset: RuleSet) -> bool:
    """Whether anything the rules ask for is free text."""
    facts = ruleset.facts.values()
    return any(one.type == "text" or any(item.type == "text" for item in one.fields.values()) for one in facts)


def links_in(
    ruleset: RuleSet, facts: Mapping[str, Any], children: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Link]:
    """The addresses in the free text of an application, each once, in the order of the rules; at most `MOST_LINKS`."""
    found: dict[str, Link] = {}
    for name, fact in ruleset.facts.items():
        values = [facts.get(name)] if fact.type == "text" else []
        texts = [field for field, item in fact.fields.items() if item.type == "text"]
        values += [row.get(field) for row in children.get(name) or () for field in texts]
        for value in values:
            for address in addresses(value) if isinstance(value, str) else ():
                found.setdefault(address, Link(name, address))
    return list(found.values())[:MOST_LINKS]


def addresses(text: str) -> Iterator[str]:
    """The addresses of pages in a text, without the signs that end the sentence around them."""
    for match in _LINK.finditer(text):
        address = match.group().split("#")[0]
        while address and address[-1] in _END and not (address[-1] == ")" and address.count("(") >= address.count(")")):
            address = address[:-1]
        if len(address) > len("https://"):
            yield address


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self._unread: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag == "body":
            self._unread = []  # whatever the head left open
        elif tag in _UNREAD:
            self._unread.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "img":
            self.parts += [f" {value} " for name, value in attrs if name == "alt" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in self._unread:
            while self._unread.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._unread:
            self.parts.append(data)


def told(html: str) -> Told:
    """What a reader sees of a page: no scripts, no styles, no marks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Told(plain("".join(reader.title)).replace("\n", " ")[:300], plain("".join(reader.parts)))


def plain(text: str) -> str:
    """Text in NFC, one space between words, no empty lines: what layout changes leave alone."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).replace("\0", "").splitlines())
    return "\n".join(line for line in lines if line)


def digest(text: str) -> str:
    """SHA-256 of a page's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def due(checked_at: datetime | None, routed_at: datetime | None, screened_at: datetime | None, now: datetime) -> bool:
    """Whether a page is to be looked at: once to be frozen, again when the review begins, and weekly while it runs."""
    if checked_at is None:
        return True
    if routed_at is not None:
        return checked_at < routed_at or now - checked_at >= AGAIN
    return screened_at is not None and now - checked_at >= BEFORE


def standing(digest: str | None, trouble: str, changed_at: datetime | None, gone_at: datetime | None) -> Standing:
    """How a page stands. What is gone is told before what has changed."""
    if digest is None:
        return Standing.FAILED if trouble else Standing.WAITS
    if gone_at is not None:
        return Standing.GONE
    return Standing.CHANGED if changed_at is not None else Standing.SAME


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that went (`-`), came (`+`) or stand around them (a space); `…` where lines between are left out."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    return [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in lines]
