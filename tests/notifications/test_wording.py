"""A text of one's own: what it may say, what it becomes, and that whatever else is tried is refused unseen."""

from __future__ import annotations

import dataclasses
import tracemalloc

import pytest

from notifications import catalogue, grammar, marks, wording
from notifications.catalogue import KINDS
from notifications.catalogues import LANGUAGES
from notifications.errors import BadTemplate
from notifications.samples import samples
from notifications.starts import start
from notifications.wording import Wording

pytestmark = pytest.mark.slow

PLAIN = Wording("A word on {{ application }}", "A word", "Good day {{ name }}.")
HOSTILE = {
    "attribute walk": "{{ name.__class__.__mro__ }}",
    "attribute walk in a condition": "{% if name.__class__ %}x{% endif %}",
    "attribute walk of text": "{{ ''.__class__ }}",
    "attribute walk of a part": "{{ certificate.__init__ }}",
    "attribute walk of a list": "{{ reasons.append }}",
    "attribute walk in an item": "{% for one in reasons %}{{ one.says.format }}{% endfor %}",
    "item by name": "{{ certificate['number'] }}",
    "item by number": "{{ reasons[0] }}",
    "slice": "{{ name[::-1] }}",
    "call": "{{ name.upper() }}",
    "call of a name": "{{ name() }}",
    "gettext": "{{ _('Round') }}",
    "endless range": "{% for i in range(10**9) %}x{% endfor %}",
    "range": "{% for i in range(3) %}x{% endfor %}",
    "loop over text": "{% for i in name %}x{% endfor %}",
    "loop over its own list": "{% for i in [1, 2] %}x{% endfor %}",
    "loop in a loop": "{% for a in reasons %}{% for b in reasons %}x{% endfor %}{% endfor %}",
    "loop in a condition in a loop": (
        "{% for a in reasons %}{% if a.met %}{% for b in comments %}x{% endfor %}{% endif %}{% endfor %}"
    ),
    "loop in the rest of a loop": "{% for a in reasons %}{% for b in comments %}{% else %}x{% endfor %}{% endfor %}",
    "recursive loop": "{% for a in reasons recursive %}{{ loop(reasons) }}{% endfor %}",
    "loop with a condition": "{% for a in reasons if a.met %}x{% endfor %}",
    "loop over pairs": "{% for a, b in reasons %}x{% endfor %}",
    "loop that hides a name": "{% for name in comments %}{{ name }}{% endfor %}",
    "loop that hides itself": "{% for loop in comments %}x{% endfor %}",
    "cycle": "{% for a in comments %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "power": "{{ 10 ** 10 ** 8 }}",
    "product": "{{ 'a' * 1000000000 }}",
    "sum": "{{ name + name }}",
    "formatting": "{{ '%1000000000d' % 1 }}",
    "joined text": "{{ name ~ name }}",
    "huge number": "{% if 99999999999999999999 > 1 %}x{% endif %}",
    "number without end": "{{ " + "9" * 9000 + " }}",
    "fraction": "{{ 1.5 }}",
    "include": "{% include '_layout.txt' %}",
    "include out of the folder": "{% include '../../../etc/passwd' %}",
    "extends": "{% extends '_layout.txt' %}",
    "import": "{% import '_parts.html' as p %}{{ p.button }}",
    "from import": "{% from '_parts.html' import button %}{{ button }}",
    "macro": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "call block": "{% call name() %}{% endcall %}",
    "set": "{% set x = 1 %}",
    "set block": "{% set x %}y{% endset %}",
    "block": "{% block content %}{% endblock %}",
    "block by itself": "{% block a %}{{ self.a() }}{% endblock %}",
    "with": "{% with %}{% endwith %}",
    "filter block": "{% filter upper %}a{% endfilter %}",
    "autoescape": "{% autoescape false %}{{ name }}{% endautoescape %}",
    "condition in an expression": "{{ 'a' if name else 'b' }}",
    "safe": "{{ name|safe }}",
    "attr": "{{ name|attr('__class__') }}",
    "map": "{{ reasons|map(attribute='__class__')|join }}",
    "join by attribute": "{{ reasons|join(', ', attribute='__class__') }}",
    "join by attribute in turn": "{{ reasons|join(', ', '__class__') }}",
    "join with much": "{{ comments|join(comments) }}",
    "wordwrap": "{{ name|wordwrap(1) }}",
    "center": "{{ name|center(1000000000) }}",
    "indent": "{{ name|indent(1000000000) }}",
    "filesizeformat": "{{ 1|filesizeformat }}",
    "xmlattr": "{{ {'a': 1}|xmlattr }}",
    "random": "{{ comments|random }}",
    "tojson": "{{ reasons|tojson }}",
    "pprint": "{{ reasons|pprint }}",
    "batch": "{% for a in comments|batch(1) %}x{% endfor %}",
    "filter that is none": "{{ name|nothing }}",
    "test that is none": "{% if name is nothing %}x{% endif %}",
    "test of the sandbox": "{% if name is callable %}x{% endif %}",
    "plural of text": "{% if name is one %}x{% endif %}",
    "divisible": "{% if 5 is divisibleby(0) %}x{% endif %}",
    "unlike things": "{% if name < 5 %}x{% endif %}",
    "in": "{% if 'a' in name %}x{% endif %}",
    "globals": "{{ config }}",
    "self": "{{ self }}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "cycler": "{{ cycler('a') }}",
    "name of another kind": "{{ deadline }}",
    "name of another kind where no sample comes": "{% if letter == 'nowhere' %}{{ deadline }}{% endif %}",
    "misspelt": "{{ aplication }}",
    "name of the house": "{{ own_blocks }}",
    "whole list": "{{ reasons }}",
    "whole part": "{{ certificate }}",
    "piece in a condition": "{% if the_reasons %}x{% endif %}",
    "part of a piece": "{{ the_reasons.name }}",
    "unclosed": "{% if name %}",
    "half": "{{ name",
    "deep brackets": "{{ " + "(" * 3000 + "name" + ")" * 3000 + " }}",
    "deep conditions": "{% if name %}" * 400 + "{% endif %}" * 400,
    "chain of nots": "{% if " + "not " * 1500 + "name %}x{% endif %}",
    "chain of parts": "{{ name" + ".a" * 3000 + " }}",
    "chain of filters": "{{ name" + "|length" * 1200 + " }}",
    "chain of ands": "{% if " + "name and " * 1000 + "name %}x{% endif %}",
    "chain of comparisons": "{% if 1" + " < 1" * 2400 + " %}x{% endif %}",
    "many names": "{{ name }}" * 990 + "{{ x }}",
    "too long": "x" * 10_001,
    "line statement": "{% raw %}{{ x }}{% endraw %}{{ y }}",
    "trans": "{% trans %}x{% endtrans %}",
    "debug": "{% debug %}",
    "do": "{% do name %}",
    "continue": "{% for a in comments %}{% continue %}{% endfor %}",
}


def values(language="en", place=0, kind="decision", **more):
    data = [one for name, one in samples(language) if name == kind][place]
    found = catalogue.words(catalogue.read(catalogue.kind_of(kind), {**data, **more}), language, "Asia/Baku")
    return found | {"name": "Maria", "house": "The office", "written_on": "1 May 2026"}


def write(body, **more):
    return wording.write("decision", "en", Wording("A word", "A word", body), values(**more))


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("part", ["subject", "heading", "body"])
def test_hostile_text_is_refused_before_it_runs(source, part):
    own = dataclasses.replace(PLAIN, **{part: source})
    assert [one.part for one in wording.faults("decision", own)][:1] == [part]
    with pytest.raises(BadTemplate):
        wording.write("decision", "en", own, values())


def test_refusing_takes_little_memory():
    tracemalloc.start()
    for source in HOSTILE.values():
        grammar.faults("decision", source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


def test_most_that_is_allowed_stays_small():
    """The longest text over the longest list is cut off while it is written, not after."""
    body = "{% for one in comments %}" + "{{ one }}" * 1000 + "{% endfor %}"
    assert wording.faults("decision", dataclasses.replace(PLAIN, body=body)) == []
    tracemalloc.start()
    with pytest.raises(BadTemplate, match="too long"):
        write(body, comments=["x" * 5000] * 300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_of_the_house_can_be_begun_with(kind, language):
    own = start(kind, language)
    assert wording.faults(kind, own) == []
    for place in range(sum(name == kind for name, _ in samples(language))):
        said = wording.write(kind, language, own, values(language, place, kind))
        assert "%(" not in said.text + said.subject


def test_text_and_html_say_the_same():
    said = write(
        "# Heading\n\nHello **{{ name }}**,\nsee [our page](https://example.org/a).\n\n- one\n- {{ round }}\n\n"
        "[Open it]({{ link }})\n\n{{ the_reasons }}"
    )
    title = values()["round"]
    assert "Heading\n\nHello Maria,\nsee our page (https://example.org/a).\n\n- one\n- " + title in said.text
    assert "Open it:\nhttps://laurea.example/my/A-0042\n\nHow the decision was reached\n\n1. Met:" in said.text
    assert ">Heading</h2>" in said.html
    assert "<strong>Maria</strong>,<br>see <a" in said.html
    assert f">{title}</li></ul>" in said.html
    assert 'class="button" href="https://laurea.example/my/A-0042"' in said.html
    assert said.html.count("<li class=") == 2 + 3  # the list and the reasons


BAIT = "- # **x** [y](https://evil.example) {{ 7 * 7 }} {% if %} <b>z</b> \u202ework\ue000\ue002the_reasons\ue003"


def test_what_is_filled_in_is_never_a_mark():
    said = write("{{ unit }}\n\n**{{ unit }}**\n\n- {{ unit }}\n\n[{{ unit }}]({{ link }})", unit=BAIT)
    assert "<b>" not in said.html
    assert "49" not in said.text
    assert 'href="https://evil.example"' not in said.html
    assert "How the decision was reached" not in said.text
    assert said.text.count("- # **x** [y](https://evil.example) {{ 7 * 7 }} {% if %} <b>z</b> work") == 4


@pytest.mark.parametrize("between", ["\n", "\r\n", "\u2028", "\x0b", "\ue003\n"])
def test_what_is_joined_by_line_ends_is_never_a_mark(between):
    said = write(f'{{{{ comments|join("{between}") }}}}', comments=["Fine", "- **x** [y](https://evil.example)", "# z"])
    assert 'href="https://evil.example"' not in said.html
    assert "<b>" not in said.html
    assert "Fine - **x** [y](https://evil.example) # z" in said.text


def test_text_in_quotes_holds_no_sign_without_shape():
    assert "\na b\n" in write(r'a{{ "\ud800\x00\u202e\r\n" }}b').text


@pytest.mark.parametrize(
    "target",
    ["{{ name }}", "{{ unit }}", "javascript:alert(1)", "data:text/html,x", "http://example.org", "//example.org",
     "https://", "https://[a", "https://a\u2100b.example", "https://{{ name }}", "https://example.org/{{ link }}",
     "{{ link }}{{ link }}", "mailto:a@b.example"],
)  # fmt: skip
def test_links_lead_only_to_addresses_of_the_letter_or_written_out(target):
    with pytest.raises(BadTemplate):
        write(f"[Open]({target})", unit="https://evil.example/")


def test_markup_of_a_person_is_text():
    said = write("<script>alert(1)</script> & <a href='x'>y</a>")
    assert "<script" not in said.html
    assert "&lt;script&gt;" in said.html
    assert "<script>alert(1)</script> &" in said.text


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "%0d%0a"])
def test_subject_stays_one_line(breaks, write, opened):
    own = wording.tidied(Wording(f"Hello{breaks}Bcc: all@example.org{{{{ name }}}}", "H", "B"))
    kind, data = next(one for one in samples("en") if one[0] == "received")
    letter = write(kind, data, wordings={("received", "en"): own}, name=f"A{breaks}Cc: x@example.org")
    message = opened(letter)
    assert letter.fault == ""
    assert message["Bcc"] is None
    assert message["Cc"] is None
    assert "Bcc: all@example.org" in message["Subject"]
    head = letter.content.split(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith((b"bcc", b"cc")) for line in head.split(b"\r\n"))


def test_tidy_takes_out_what_has_no_shape():
    assert wording.tidy("a\u202eb\u200bc\ufeff\ue000d\x00\r\ne\tf\u200dg") == "abcd\ne f\u200dg"


def test_nothing_filled_in_is_refused_where_it_comes_to_it():
    own = dataclasses.replace(PLAIN, body="{{ certificate.number }}")
    assert wording.faults("decision", own) == []  # there are letters with one
    with pytest.raises(BadTemplate, match="Ask first"):
        wording.write("decision", "en", own, values(place=2))
    assert "LR-7F3K" in wording.write("decision", "en", own, values(place=0)).text
    asked = dataclasses.replace(PLAIN, body="x{% if certificate %}{{ certificate.valid_until }}{% endif %}")
    with pytest.raises(BadTemplate):
        wording.write("decision", "en", asked, values(place=1))  # a certificate without end


def test_broken_text_gives_way_to_the_house_and_says_so(write, opened):
    kind, data = next(one for one in samples("en") if one[0] == "received")
    broken = Wording("Gone {{ no_longer }}", "H", "B")
    letter = write(kind, data, wordings={("received", "en"): broken})
    assert "no_longer" in letter.fault
    house = write(kind, data)
    assert (letter.subject, letter.content) == (house.subject, house.content)
    assert house.fault == ""


def test_only_the_kind_and_language_it_was_written_for(write):
    kind, data = next(one for one in samples("en") if one[0] == "received")
    own = {("received", "az"): PLAIN, ("decision", "en"): PLAIN}
    assert write(kind, data, wordings=own).content == write(kind, data).content


@pytest.mark.parametrize(
    ("language", "number", "word"),
    [("en", 1, "one"), ("en", 2, "other"), ("lv", 21, "one"), ("lv", 10, "zero"), ("lv", 3, "other"),
     ("ka", 5, "other")],
)  # fmt: skip
def test_forms_of_numbers(language, number, word):
    body = "".join(f"{{% if count is {one} %}}[{one}]{{% endif %}}" for one in ("one", "other", "zero"))
    data = values(language, 0, "assignment", count=number)
    assert f"[{word}]" in wording.write("assignment", language, Wording("S", "H", body), data).text


def test_a_piece_needs_a_line_of_its_own():
    with pytest.raises(BadTemplate, match="line of its own"):
        write("See {{ the_reasons }} here")
    own = dataclasses.replace(PLAIN, subject="{{ the_reasons }}")
    assert wording.faults("decision", own)[0].part == "subject"


def test_marks_in_great_number_are_read_in_one_pass():
    """Would take minutes if reading went back over them; the count is of steps, not of time."""
    for text in ("[" * 10_000, "**" * 5_000, "[a](" * 2_500, "](" + "x" * 9_000, "[" + "a" * 9_998):
        try:
            marks.read(text)
        except BadTemplate:
            continue
