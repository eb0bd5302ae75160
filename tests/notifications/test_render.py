"""What templates may not do, and that it is said."""

from __future__ import annotations

import shutil

import pytest

from notifications import render
from notifications.errors import BadTemplate

VALUES = {"name": "A", "rows": ["x"], "data": {"a": "<b>"}}


@pytest.fixture
def use(tmp_path, templates_in):
    """Render a template given as text."""
    shutil.copy(render.TEMPLATES / "_letter.css", tmp_path)

    def _use(source: str, suffix: str = "txt") -> str:
        (tmp_path / f"try.{suffix}.j2").write_text(source, encoding="utf-8")
        templates_in(tmp_path)
        return render.render(f"try.{suffix}", "en", VALUES)

    return _use


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ data.missing }}",
        "{{ name.__class__ }}",
        "{{ name.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ _.__self__ }}",
        "{{ _.__globals__ }}",
        "{{ _.__func__.__globals__ }}",
        "{{ name.upper() }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ name|attr('__class__') }}",
        "{{ 'a' * 100000000 }}",
        "{{ 10 ** 10 ** 8 }}",
        "{{ '%s' % name }}",
        "{% for i in range(10) %}{% endfor %}",
        "{{ lipsum(n=100000) }}",
        "{{ cycler }}",
        "{{ config }}",
        "{{ rows.append('y') }}",
        "{{ name|safe }}",
        "{{ name|pprint }}",
        "{{ self.__dict__ }}",
        "{% include '../secrets' %}",
        "{% if %}",
        "{{ _('Hello %(nobody)s') }}",
    ],
)
def test_a_template_may_not(source, use):
    with pytest.raises(BadTemplate):
        use(source)


def test_a_template_says_sentences_and_escapes_what_goes_into_them(use):
    assert use("{{ _('Dear %(name)s,', name=data.a) }}") == "Dear <b>,"
    assert use("<p class='line'>{{ _('Dear %(name)s,', name=data.a) }}</p>", "html") == (
        '<p class="line" style="margin: 0 0 6px;">Dear &lt;b&gt;,</p>'
    )


def test_block_tags_in_comments_stay_where_they_stand():
    source = "<table><tbody><!--{% for row in rows %}--><tr><td>{{ row }}</td></tr><!--{% endfor %}--></tbody></table>"
    assert "<tbody>{% for row in rows %}<tr>" in render.inlined(source)
