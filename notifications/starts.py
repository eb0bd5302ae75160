"""The house's letter as a text to begin with: what an officer finds in the editor before they change a word.

Made from the house's own template, so that it cannot say something else: its sentences in the language, the names they
are filled with as placeholders, an address under a line of words as a link, what the template includes as a piece.
"""

from __future__ import annotations

import functools
import re

from jinja2 import nodes

from notifications.catalogues import Translator, translator
from notifications.plurals import PLURALS
from notifications.render import TEMPLATES, environment
from notifications.shapes import PIECE
from notifications.wording import Wording, tidied

_HEADING = re.compile(r"\{% block heading %\}(.*?)\{% endblock %\}", re.DOTALL)
_CONTENT = re.compile(r"\{% block content %\}\n?(.*?)\{% endblock %\}", re.DOTALL)
_SENTENCE = re.compile(r"\{\{\s*((?:_|ngettext)\(.*?\))\s*\}\}", re.DOTALL)
_PIECE = re.compile(r"\n*\{% include '(?:[\w]+/)?_?(\w+)\.txt' %\}\n*")
_BUTTON = re.compile(r"^([^\n{}]+):\n(\{\{ [\w.]*link \}\})$", re.MULTILINE)
_GAP = re.compile(r"%\((\w+)\)s")
_FOLLOWS = re.compile(r"\{% extends '(\w+)/(?:body|subject)\.txt' %\}")
_EMPTY = re.compile(r"\n{3,}")


@functools.cache
def start(kind: str, language: str) -> Wording:
    """The letter of a kind as the house writes it in a language, as a text of one's own."""
    voice = translator(language, "laurea")
    body = _PIECE.sub(lambda one: f"\n\n{{{{ {PIECE}{one[1]} }}}}\n\n", _spoken(_block(kind, _CONTENT), voice))
    body = _EMPTY.sub("\n\n", _BUTTON.sub(r"[\1](\2)", body))
    return tidied(Wording(_spoken(_subject(kind), voice), _spoken(_block(kind, _HEADING), voice), body))


def _source(name: str) -> str:
    return (TEMPLATES / f"{name}.txt.j2").read_text(encoding="utf-8")


def _subject(kind: str) -> str:
    source = _source(f"{kind}/subject")
    follows = _FOLLOWS.search(source)
    return _subject(follows[1]) if follows else source


def _block(kind: str, wanted: re.Pattern[str]) -> str:
    """A block of a kind's plain letter; of the one it follows, where it has none of its own."""
    source = _source(f"{kind}/body")
    if found := wanted.search(source):
        return found[1]
    follows = _FOLLOWS.search(source)
    assert follows is not None, kind
    return _block(follows[1], wanted)


def _spoken(source: str, voice: Translator) -> str:
    return _SENTENCE.sub(lambda found: _sentence(found[1], voice), source)


def _sentence(call: str, voice: Translator) -> str:
    """One sentence of a template, said, with placeholders where it is filled in."""
    found = next(environment().parse(f"{{{{ {call} }}}}").find_all(nodes.Call))
    texts: list[str] = [one.value for one in found.args if isinstance(one, nodes.Const)]
    filled = {one.key: _expression(one.value) for one in found.kwargs}
    if len(texts) == 1:
        return _gaps(voice.gettext(texts[0]), filled)
    number = _expression(found.args[2])
    forms: dict[str, str] = {}
    plurals = PLURALS[voice.language]
    for n in range(200):  # a number of every class
        forms.setdefault(
            plurals.classes[plurals.form(n)], _gaps(voice.ngettext(texts[0], texts[1], n), {**filled, "num": number})
        )
    if len(set(forms.values())) == 1:
        return forms.popitem()[1]
    last = "other" if "other" in forms else next(reversed(forms))
    rest = forms.pop(last)
    asked = "".join(
        f"{{% {'elif' if place else 'if'} {number} is {name} %}}{form}"
        for place, (name, form) in enumerate(forms.items())
    )
    return f"{asked}{{% else %}}{rest}{{% endif %}}" if asked else rest


def _gaps(sentence: str, filled: dict[str, str]) -> str:
    return _GAP.sub(lambda gap: f"{{{{ {filled[gap[1]]} }}}}", sentence).replace("%%", "%")


def _expression(node: nodes.Node) -> str:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{_expression(node.node)}.{node.attr}"
        case nodes.Filter() if node.node is not None:
            return f"{_expression(node.node)}|{node.name}"
        case _:
            raise TypeError(f"a template fills in something that cannot be written down: {node}")
