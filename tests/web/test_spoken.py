"""Templates prepared for one language say what the plain ones say; no kept piece knows more than it is given."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, TemplateAssertionError
from markupsafe import Markup

from laurea.web.render import ENVIRONMENT
from laurea.web.spoken import LONGEST, ROOM, Kept, Pieces, Spoken
from notifications.catalogues import translator
from notifications.filled import marked

MACROS = "{% macro double(x) %}{{ x }}{{ x }}{% endmacro %}{% macro mine() %}{{ reader }}{% endmacro %}"
ROW = "{% kept word, n %}<i>{{ word }} {{ n }} {{ _('Sign out') }}</i>{% endkept %}"


def spoken(language: str, **templates: str) -> tuple[Environment, Spoken]:
    plain = Environment(
        loader=DictLoader({"_m.html": MACROS, **templates}),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[Kept],
    )
    return plain, Spoken(plain, language)


def drawn(environment: Environment, language: str, **values: Any) -> str:
    words = translator(language)
    given = {"_": words.gettext, "ngettext": words.ngettext, **values}
    return marked(environment.get_template("page").render(given))


@pytest.mark.parametrize("language", ["en", "lv", "ka", "fr"])  # the last knows few sentences of the rooms
def test_a_page_says_the_same_as_the_plain_template(language: str) -> None:
    page = (
        "<p title=\"{{ _('Sign out') }}\">{{ _('Earlier versions') }} & {{ _('{n} of it').format(n=n) }}</p>"
        "{% for word in words %}{% include 'row' %}{% endfor %}{% include 'row' %}"
    )
    plain, ready = spoken(language, page=page, row=ROW)
    values: dict[str, Any] = {"n": 3, "words": ["<b>", "x", "<b>"], "word": "last"}
    assert drawn(ready, language, **values) == drawn(plain, language, **values)
    assert drawn(ready, language, **values) == drawn(plain, language, **values)  # out of what was kept


def test_a_piece_is_rendered_once_for_the_same_values() -> None:
    asked: list[object] = []

    class Word(str):
        __slots__ = ()

        def __html__(self) -> str:
            asked.append(self)
            return str(self)

    _, ready = spoken("en", page=ROW)
    for word, n in (("a", 1), ("a", 1), ("a", 2), ("b", 1), ("a", 1)):
        assert f"<i>{word} {n} " in drawn(ready, "en", word=Word(word), n=n)
    assert asked == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("body", "others"),
    [
        ("{{ word }}{{ reader.csrf }}", "reader"),
        ("{% include 'row' %}", "other templates"),
        ("{% import '_m.html' as m with context %}", "other templates"),
        ("{% from '_m.html' import mine with context %}{{ mine() }}", "reader"),
    ],
)
def test_a_piece_that_looks_at_more_than_it_is_given_is_refused(body: str, others: str) -> None:
    _, ready = spoken("en", page=f"{{% kept word %}}{body}{{% endkept %}}", row=ROW)
    with pytest.raises(TemplateAssertionError, match=f"looks at {others}"):
        ready.get_template("page")


def test_a_piece_may_use_macros_that_know_no_more_than_it() -> None:
    page = "{% kept word %}{% from '_m.html' import double with context %}{{ double(word) }}{% endkept %}"
    plain, ready = spoken("en", page=page)
    assert drawn(ready, "en", word="x") == drawn(plain, "en", word="x") == "xx"


def test_every_template_with_kept_pieces_can_be_prepared() -> None:
    ready = Spoken(ENVIRONMENT, "ka")
    assert ready.loader is not None
    names = [one for one in ready.list_templates(["html"]) if "{% kept" in ready.loader.get_source(ready, one)[0]]
    assert len(names) >= 5
    for name in names:
        ready.get_template(name)


def test_pieces_take_no_more_room_than_they_have() -> None:
    kept, made = Pieces(), Counter[str]()

    def ask(key: str, size: int) -> None:
        def make() -> Markup:
            made[key] += 1
            return Markup("x" * size)

        kept.of(key, make)

    for number in range(1_000):
        ask(str(number), 50_000)
        ask("always", 50_000)  # never let go
    held = {**kept.before, **kept.lately}
    assert ROOM // 4 < sum(map(len, held.values())) <= ROOM  # a piece counts twice, with its key
    for _ in range(2):
        ask("long", LONGEST + 1)
    assert (made["always"], made["long"], made["0"]) == (1, 2, 1)
    ask("0", 50_000)
    assert made["0"] == 2


def test_languages_that_keep_their_pieces_together_keep_them_apart() -> None:
    like, _ = spoken("en", page="{% kept n %}{{ _('Sign out') }} {{ n }}{% endkept %}")
    together = Pieces()
    said = [drawn(Spoken(like, one, together), one, n=1) for one in ("en", "lv", "en")]
    assert (said[0], len(together.lately)) == (said[2], 2)
    assert said[0] != said[1]
