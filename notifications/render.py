"""Templates to text: sandboxed, strict, HTML escaped, css written into the tags once per template.

A template sees text, numbers, lists and dictionaries, `_` and `ngettext`, and a handful of filters. It can call
nothing else, and a name it was not given is an error. The style sheet is put into the *source* of a template when it
is loaded (block tags stand in HTML comments there, `<!--{% … %}-->`, so that the HTML parser leaves them where they
are); a letter then pays nothing for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import BlockReference, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from notifications.catalogues import Translator, translator
from notifications.errors import BadTemplate
from notifications.filled import marked

TEMPLATES = Path(__file__).parent / "templates"
PARTS = ("subject.txt", "body.txt", "body.html")
FILTERS = ("e", "escape", "join", "length")
# What a template can go wrong with: its own errors, and Python's for a sentence or an operator used wrongly.
_TROUBLE = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_PLAIN = re.compile(r"\{\{ _\('([^'\\%]*)'\) \}\}")  # a sentence and nothing else
_COMMENTED_TAG = re.compile(r"<!--\s*(\{%.*?%\})\s*-->", re.DOTALL)


class Speaker:
    """Says the sentences of one letter: the functions a template may call."""

    def __init__(self, voice: Translator) -> None:
        self._voice = voice

    @pass_eval_context
    def gettext(self, context: EvalContext, message: str, **values: object) -> str:
        """The sentence in the reader's language with `%(name)s` filled in, escaped where the letter is HTML."""
        return _filled(self._voice.gettext(message), values, html=bool(context.autoescape))

    @pass_eval_context
    def ngettext(self, context: EvalContext, singular: str, plural: str, num: int, **values: object) -> str:
        """The same, in the form that goes with the number `num`."""
        form = self._voice.ngettext(singular, plural, num)
        return _filled(form, {"num": num, **values}, html=bool(context.autoescape))


def _filled(sentence: str, values: Mapping[str, object], *, html: bool) -> str:
    if html:
        return escape(sentence) % dict(values)
    return sentence % values


class _Sandbox(ImmutableSandboxedEnvironment):
    """Nothing may be called but the speaker, blocks and macros; no power, product or formatting operator."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, (Macro, BlockReference)) or isinstance(getattr(obj, "__self__", None), Speaker)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of a letter's data at once; Jinja would first fail to find an attribute of that name, each time."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: object, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  # the signature is Jinja's
        raise SecurityError(f"the operator {operator} is not for templates")


class _Loader(BaseLoader):
    """Reads templates from the package; HTML gets the style sheet written into its tags on the way.

    A sentence without a gap becomes a name, whose text `_said` knows in every language: a round's thousand letters
    then pay next to nothing for it, and a template is compiled once for all languages.
    """

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002  # the signature is Jinja's
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        path = TEMPLATES / f"{template}.j2"
        if not path.is_file():
            raise TemplateNotFound(template)
        source = path.read_text(encoding="utf-8")
        if ".html" in template:
            source = inlined(source)
        names = _plain()
        return _PLAIN.sub(lambda said: f"{{{{ {names[said[1]]} }}}}", source), str(path), lambda: True


@functools.cache
def _plain() -> dict[str, str]:
    """The sentences without a gap of all templates, and the name each has in them."""
    sources = (path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.rglob("*.j2")))
    found = dict.fromkeys(said[1] for source in sources for said in _PLAIN.finditer(source))
    return {sentence: f"said_{number}" for number, sentence in enumerate(found)}


@functools.cache
def _said(language: str, *, html: bool) -> dict[str, str]:
    """Those sentences in a language, by their names."""
    voice = translator(language, "laurea")
    return {name: _filled(voice.gettext(sentence), {}, html=html) for sentence, name in _plain().items()}


@functools.cache
def _style_sheet() -> str:
    return (TEMPLATES / "_letter.css").read_text(encoding="utf-8")


@functools.cache
def screen_sheet() -> str:
    """The style sheet of letters with its rules for narrow and dark screens, for showing a letter on a page."""
    screens = (TEMPLATES / "_screens.css.j2").read_text(encoding="utf-8")
    return _style_sheet() + screens.replace("<style>", "").replace("</style>", "")


def inlined(source: str) -> str:
    """The source of an HTML template with the style sheet in its tags and the block tags out of their comments."""
    if source.lstrip().lower().startswith("<!doctype"):
        inliner = css_inline.CSSInliner(load_remote_stylesheets=False, extra_css=_style_sheet())
        source = inliner.inline(source)
    else:
        source = css_inline.inline_fragment(source, _style_sheet(), load_remote_stylesheets=False)
    return _COMMENTED_TAG.sub(r"\1", source)


@functools.cache
def environment() -> Environment:
    """The Jinja environment of the post room; compiled templates stay in it."""
    made = _Sandbox(
        loader=_Loader(),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and ".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


@functools.cache
def _speaker(language: str) -> Speaker:
    return Speaker(translator(language, "laurea"))


def render(template: str, language: str, values: Mapping[str, Any]) -> str:
    """One part of a letter (`decision/body.html`). Raises BadTemplate for anything a template may not do."""
    speaker, html = _speaker(language), ".html" in template
    said = _said(language, html=html)
    try:
        compiled = environment().get_template(template)
        made = compiled.render(values, language=language, _=speaker.gettext, ngettext=speaker.ngettext, **said)
    except _TROUBLE as error:
        raise BadTemplate(
            f"The template {template} ({language}) cannot be used: {error}.",
            "Correct the template; the names it may use are the fields of its kind in notifications/catalogue.py.",
        ) from error
    return marked(made) if html else made


def render_subject(kind: str, language: str, values: Mapping[str, Any]) -> str:
    """The subject of a letter on one line."""
    return " ".join(render(f"{kind}/subject.txt", language, values).split())
