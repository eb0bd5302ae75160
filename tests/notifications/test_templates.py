"""Every template in every language, with sample data that takes every branch."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from jinja2 import meta

from notifications.catalogue import KINDS
from notifications.catalogues import LANGUAGES, STAFF
from notifications.extract import sentences
from notifications.render import PARTS, TEMPLATES, environment, inlined
from notifications.samples import samples
from notifications.shapes import names

PARSED = {*STAFF, "el", "fr", "hy", "uk"}  # whose HTML is read tag by tag: every script, and one language that is new
VOID = {"br", "meta", "hr", "img", "link"}


class Page(HTMLParser):
    """Reads a letter's HTML and checks that what opens closes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_in_every_language(language, write, opened):
    for kind, data in samples(language):
        letter = write(kind, data, language)
        message = opened(letter)
        text, html = (message.get_body((part,)).get_content() for part in ("plain", "html"))
        assert 'class="english"' not in html, kind
        assert "%(" not in letter.subject + text + html, kind
        if language in PARSED:
            _right(kind, data, language, letter, message, text, Page(html))
        if language != "en":
            for part in (letter.subject, text):  # the HTML says the same
                without_data = re.sub(r"https?://\S+|Solar Clock", " ", part)
                assert [sentence for sentence in ENGLISH if sentence in without_data] == [], kind
                assert ENGLISH_WORDS.findall(without_data) == [], kind


def _right(kind, data, language, letter, message, text, page):
    assert letter.language == language
    assert message["Content-Language"] == language
    assert [dict(attributes)["lang"] for tag, attributes in page.tags if tag == "html"] == [language]
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "form", "iframe"})
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    unanswered = {data["link"]} if data.get("state") == "cancelled" else set()  # nothing is asked any more
    assert links == _links(kind, data) - unanswered
    for part in (text, page.text):
        assert "%(" not in part
        assert "{{" not in part
        assert "{%" not in part
    assert all(link in text for link in links)
    # Both parts say the same: each paragraph of the HTML's text stands in the plain text.
    for need in _texts(kind, data):
        assert need in flat(text), need
        assert need in flat(page.text), need


def _links(kind, data):
    return {value for shape, value in _values(names(kind), data) if shape.sort == "link"}


def _texts(kind, data):
    """What stands in the letter as it was given: no moments, which are said in words, and no choices."""
    found = _values(names(kind), data)
    return {one for shape, one in found if shape.sort == "text" and one and not shape.moment and not shape.choices}


def _values(shapes, data):
    """Every value of a letter's data with its shape; what stands in lists and records too."""
    for name, value in data.items():
        shape = shapes[name]
        for one in value if isinstance(value, list) else [value]:
            of = shape.of if isinstance(value, list) else shape
            if isinstance(one, dict):
                yield from _values(of.fields, one)
            else:
                yield of, one


ENGLISH = [
    form
    for sentence in sentences("laurea")
    for form in ([sentence] if isinstance(sentence, str) else sentence)
    if "%(" not in form and " " in form  # a single word may be one of another language: fr Points, it Come
]
ENGLISH_WORDS = re.compile(r"\b(the|your|you|and|this|of|with|please|until)\b", re.IGNORECASE)


@pytest.mark.parametrize("kind", KINDS)
def test_template_uses_only_names_its_kind_offers(kind):
    offered = set(KINDS[kind].data.model_fields)
    offered |= {"name", "house", "written_on", "subject", "language", "_", "ngettext"}
    for part in PARTS:
        source = (TEMPLATES / kind / f"{part}.j2").read_text(encoding="utf-8")
        used = meta.find_undeclared_variables(environment().parse(inlined(source) if part.endswith("html") else source))
        assert used - {"button", "address", "facts"} <= offered, part  # those three are macros of _parts


def test_every_template_folder_is_a_kind():
    assert {path.name for path in TEMPLATES.iterdir() if path.is_dir()} == set(KINDS)


def test_samples_show_every_kind():
    for language in LANGUAGES:
        assert {kind for kind, _ in samples(language)} == set(KINDS)


def test_georgian_is_never_upper_cased():
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            assert "uppercase" not in path.read_text(encoding="utf-8"), path


def test_style_sheet_is_in_the_tags_and_the_screens_rules_are_kept(write, opened):
    kind, data = samples("en")[0]
    html = opened(write(kind, data)).get_body(("html",)).get_content()
    assert 'class="button"' in html
    assert "background-color: #1f4d3a" in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
