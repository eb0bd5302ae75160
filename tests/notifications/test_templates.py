"""Every template in every language, with sample data that takes every branch."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from jinja2 import meta

from notifications.catalogue import KINDS
from notifications.catalogues import LANGUAGES
from notifications.extract import sentences
from notifications.render import PARTS, TEMPLATES, environment, inlined
from notifications.samples import samples

VOID = {"br", "meta", "hr", "img", "link"}
EVERY = [
    pytest.param(kind, data, language, id=f"{kind}-{place}-{language}")
    for language in LANGUAGES
    for place, (kind, data) in enumerate(samples(language))
]


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


@pytest.mark.parametrize(("kind", "data", "language"), EVERY)
def test_letter_in_every_language(kind, data, language, write, opened):
    letter = write(kind, data, language)
    message = opened(letter)
    text = message.get_body(("plain",)).get_content()
    page = Page(message.get_body(("html",)).get_content())

    assert letter.language == language
    assert message["Content-Language"] == language
    assert [dict(attributes)["lang"] for tag, attributes in page.tags if tag == "html"] == [language]
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "form", "iframe"})
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert links == set(_links(data))
    for part in (text, page.text):
        assert "%(" not in part
        assert "{{" not in part
        assert "{%" not in part
    assert all(link in text for link in links)
    # Both parts say the same: each paragraph of the HTML's text stands in the plain text.
    for need in _texts(data):
        assert need in flat(text), need
        assert need in flat(page.text), need


def _links(data):
    for name, value in data.items():
        if name == "link":
            yield value
        elif isinstance(value, dict):
            yield from _links(value)


def _texts(data):
    for name, value in data.items():
        if (
            name in {"link", "letter", "deadline", "valid_from", "valid_until", "opens", "handed_in", "filed", "until"}
            or value is None
        ):
            continue
        if isinstance(value, dict):
            yield from _texts(value)
        elif isinstance(value, list):
            for each in value:
                yield from _texts(each) if isinstance(each, dict) else (each,)
        elif isinstance(value, str):
            yield value


ENGLISH = [
    re.compile(rf"\b{re.escape(form)}\b" if form[-1].isalnum() else re.escape(form))
    for sentence in sentences("laurea")
    for form in ([sentence] if isinstance(sentence, str) else sentence)
    if "%(" not in form
] + [re.compile(r"\b(the|your|you|and|this|of|with|please|until)\b", re.IGNORECASE)]


@pytest.mark.parametrize(("kind", "data", "language"), [each for each in EVERY if each.values[2] != "en"])
def test_no_english_is_left(kind, data, language, write, opened):
    letter = write(kind, data, language)
    message = opened(letter)
    page = Page(message.get_body(("html",)).get_content())
    for part in (letter.subject, message.get_body(("plain",)).get_content(), page.text):
        without_data = re.sub(r"https?://\S+|Solar Clock", " ", part)
        assert [pattern.pattern for pattern in ENGLISH if pattern.search(without_data)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_template_uses_only_names_its_kind_offers(kind):
    offered = set(KINDS[kind].data.model_fields)
    offered |= {"name", "house", "written_on", "subject", "language", "_", "ngettext"}
    for part in PARTS:
        source = (TEMPLATES / kind / f"{part}.j2").read_text(encoding="utf-8")
        used = meta.find_undeclared_variables(
            environment("en").parse(inlined(source) if part.endswith("html") else source)
        )
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
