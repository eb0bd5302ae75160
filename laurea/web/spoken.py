"""Templates prepared for one language: what never changes is worked out once, not once a page.

A sentence that stands in a template, `_('…')`, becomes text when the template is compiled, for each language apart,
and what is included becomes part of what includes it.

`{% kept a, b %}…{% endkept %}` is a piece of a page that is rendered once for the same values of `a` and `b`, and kept.
It may look at nothing else (a template that does is refused): so whoever is shown a kept piece was given by the
records, in this very request, everything that stands in it. It may import macros, where they keep to that as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import BuiltinFunctionType, MethodType
from typing import Any

from jinja2 import Environment, TemplateAssertionError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup

from notifications.catalogues import translator
from notifications.filled import Untranslated

ROOM = 24_000_000  # characters of pieces, twice each for its key; up to twice as many are kept
KEY = 500  # characters of a key beside those
LONGEST = 100_000  # characters of a piece worth keeping
MACROS = "_m.html"
SAID = frozenset({"_", "ngettext", "loop"})


class Kept(Extension):
    """The tag `kept`. Where the environment speaks no language of its own, it is as if the tag were not there."""

    tags = {"kept"}  # noqa: RUF012 - as the class above has it

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """From the tag to what is compiled."""
        line = next(parser.stream).lineno
        given = [parser.parse_assign_target(name_only=True)]
        while parser.stream.skip_if("comma"):
            given.append(parser.parse_assign_target(name_only=True))
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        names = [one.name for one in given]
        imports = [one for one in _parts(body) if isinstance(one, nodes.FromImport)]
        macros = {str(name) for one in imports for name in one.names}
        others = _reads(body) - set(names) - macros - self.environment.globals.keys() - SAID
        if others:
            says = f"a kept piece looks at {', '.join(sorted(others))}"
            raise TemplateAssertionError(says, line, parser.name, parser.filename)
        if not isinstance(self.environment, Spoken):
            return body
        if macros:
            self.environment.must_be_plain(macros)
        values = nodes.Tuple([nodes.Name(name, "load", lineno=line) for name in names], "load", lineno=line)
        place = nodes.Const((self.environment.language, parser.name, line))
        call = self.call_method("_piece", [place, values], lineno=line)
        return nodes.CallBlock(call, [], [], body, lineno=line)

    def _piece(self, place: tuple[str, str, int], values: tuple[Any, ...], caller: Callable[[], Markup]) -> Markup:
        assert isinstance(self.environment, Spoken)
        return self.environment.pieces.of((place, values), caller)


class Pieces:
    """Pieces of pages by what they hang on; those not asked for lately are let go when there is no more room."""

    def __init__(self) -> None:
        self.lately: dict[Any, Markup] = {}
        self.before, self.room = self.lately, ROOM

    def of(self, key: Any, make: Callable[[], Markup]) -> Markup:
        """The piece with this key, made where there is none."""
        found = self.lately.get(key)
        if found is None:
            found = self.before.get(key) or make()
            if len(found) > LONGEST:
                return found
            self.room -= 2 * len(found) + KEY  # what is in the key stands in the piece
            if self.room < 0:
                self.lately, self.before, self.room = {}, self.lately, ROOM
            self.lately[key] = found
        return found


def _parts(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for one in body:
        yield one
        yield from one.find_all(nodes.Node)


def _reads(body: Iterable[nodes.Node]) -> set[str]:
    """The names that a part of a template looks at and does not make itself."""
    parts = list(_parts(body))
    names = [one for one in parts if isinstance(one, nodes.Name)]
    read = {one.name for one in names if one.ctx == "load"} - {one.name for one in names if one.ctx != "load"}
    return read | {"other templates" for one in parts if isinstance(one, nodes.Include | nodes.Import)}


class _Context(Context):
    def call(self, obj: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """As in the class above, without asking plain functions and methods whether they want the context."""
        kind = type(obj)
        if kind is BuiltinFunctionType or (kind is MethodType and not hasattr(obj, "jinja_pass_arg")):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return obj(*args, **kwargs)
        return super().call(obj, *args, **kwargs)


class Spoken(Environment):
    """An environment for the templates of one language, with everything else that `like` has. Those of one set of
    templates may keep their pieces together.
    """

    context_class = _Context

    def __init__(self, like: Environment, language: str, pieces: Pieces | None = None) -> None:
        super().__init__(
            loader=like.loader,
            extensions=[type(one) for one in like.extensions.values()],
            autoescape=like.autoescape,
            undefined=like.undefined,
            trim_blocks=like.trim_blocks,
            lstrip_blocks=like.lstrip_blocks,
            auto_reload=like.auto_reload,
        )
        self.globals, self.filters = like.globals, like.filters  # also those that are added later
        self.language, self.words = language, translator(language, "portal")
        self.pieces = pieces or Pieces()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for parent in [tree, *tree.find_all(nodes.Node)]:
            for field, value in parent.iter_fields():
                if isinstance(value, list):
                    value[:] = [self._prepared(one) for one in value]
                else:
                    setattr(parent, field, self._prepared(value))
        return tree

    def _prepared(self, node: Any) -> Any:
        """What is included, in place; the text of a sentence, where this language has it. One that is not translated is
        marked on the page itself.
        """
        if isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and node.with_context:
            source, filename, _ = self._source(node.template.value)
            return nodes.Scope(self._parse(source, node.template.value, filename).body, lineno=node.lineno)
        if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or node.node.name != "_":
            return node
        if node.kwargs or len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        text = self.words.gettext(node.args[0].value)
        return node if isinstance(text, Untranslated) else nodes.Const(text, lineno=node.lineno, environment=self)

    def _source(self, name: str) -> Any:
        assert self.loader is not None
        return self.loader.get_source(self, name)

    def must_be_plain(self, macros: set[str]) -> None:
        """Raises TemplateAssertionError where one of these macros looks at more than it is given."""
        every = {one.name: one for one in super()._parse(self._source(MACROS)[0], MACROS, None).find_all(nodes.Macro)}
        for name in macros:
            one = every[name]
            known = {argument.name for argument in one.args} | every.keys() | self.globals.keys() | SAID
            others = _reads(one.body) - known
            if others:
                raise TemplateAssertionError(f"{name} looks at {', '.join(sorted(others))}", one.lineno, MACROS)
            if further := (_reads(one.body) & every.keys()) - {name}:
                self.must_be_plain(further)
