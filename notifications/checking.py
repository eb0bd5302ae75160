"""Every template in every language, looked at and written with sample data before a letter needs it."""

from __future__ import annotations

import contextlib
import functools
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes

from notifications import wording
from notifications.catalogue import KINDS, Kind, read, words
from notifications.catalogues import LANGUAGES, SOURCE, catalogue_path
from notifications.compose import LONGEST_SUBJECT, Letter, Recipient, compose
from notifications.errors import BadTemplate, LetterError
from notifications.extract import ROOT, load, placeholders
from notifications.grammar import GrammarFault
from notifications.plurals import PLURALS
from notifications.render import PARTS, TEMPLATES, environment, inlined, render_subject
from notifications.samples import NAMES, TIMEZONE, samples
from notifications.shapes import Shape, names
from notifications.wording import Wording

LONGEST_LINE = 998  # characters of a line on the wire (RFC 5322)
MOMENT = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)
GIVEN = {"subject", "language", "_", "ngettext", "name", "house", "written_on"}
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
_MACROS = nodes.Import, nodes.FromImport


@dataclass(frozen=True)
class Fault:
    """One thing to put right: where it stands, what it is about, what is wrong, the way out."""

    file: str
    line: int
    name: str
    says: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.name}: {self.says} {self.remedy}"


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a template: its two English forms where it has a plural, and what it is filled with."""

    file: str
    line: int
    forms: tuple[str, ...]
    filled: frozenset[str]


def check(languages: Sequence[str] = LANGUAGES) -> list[Fault]:
    """Everything wrong with the house's templates and their translations, by file and line."""
    found = list(_kinds())
    for path in sorted(TEMPLATES.rglob("*.j2")):
        found += _source(path)
    said = list(_said())
    for language in languages:
        if language != SOURCE:
            found += _translations(language, said)
        for kind, data in samples(language):
            if kind in KINDS:
                found += _letter(KINDS[kind], data, language)
    return sorted(set(found), key=lambda one: (one.file, one.line, one.name, one.says))


def check_own(own: Iterable[tuple[str, str, Wording]], where: str) -> list[Fault]:
    """Everything wrong with the texts of a round: kind, language and wording of each; `where` names the round."""
    found: list[Fault] = []
    for kind, language, text in own:
        file, name = f"{where}/{kind}/{language}", f"{kind} ({language})"
        if kind not in KINDS:
            found.append(Fault(file, 1, name, "There is no such letter any more.", "It is not used; reset it."))
            continue
        for one in wrong_with(kind, language, text):
            line, says = one.fault.line, one.fault.says.format(name=one.fault.name)
            found.append(Fault(f"{file}/{one.part}", line, name, says, one.fault.remedy))
    return found


@functools.lru_cache(maxsize=1024)
def wrong_with(kind: str, language: str, text: Wording) -> tuple[wording.PartFault, ...]:
    """What is wrong with one text: by looking at it, then by writing every sample letter with it."""
    found = wording.faults(kind, text)
    if found:
        return tuple(found)
    for values in sample_values(kind, language):
        try:
            said = wording.write(kind, language, text, values)
        except BadTemplate as error:
            plain = "{" not in error.says
            fault = GrammarFault(1, error.says if plain else "{name}", error.remedy, "" if plain else error.says)
            return (wording.PartFault("body", fault),)
        if len(said.subject) > LONGEST_SUBJECT:
            size = str(len(said.subject))
            fault = GrammarFault(1, "A subject would have {name} characters.", "Shorten it to 200.", size)
            return (wording.PartFault("subject", fault),)
    return ()


def sample_values(kind: str, language: str) -> list[dict[str, Any]]:
    """What a template of a kind sees of each sample letter."""
    return [
        words(read(KINDS[kind], data), language, TIMEZONE)
        | {"name": NAMES[language], "house": "Laurea", "written_on": ""}
        for name, data in samples(language)
        if name == kind
    ]


def sample(kind: str, data: Mapping[str, Any], language: str, **more: Any) -> Letter:
    """A sample letter, composed as it would be sent."""
    recipient = Recipient(0, NAMES[language], "reader@school.example", language)
    given: dict[str, Any] = {"sender": "post@laurea.example", "now": MOMENT, "timezone": TIMEZONE} | more
    return compose(kind, f"{kind}:sample", recipient, data, **given)


def bodies(letter: Letter) -> tuple[str, str]:
    """The plain text and the HTML of a letter, out of its bytes."""
    parts = {
        part.get_content_type(): bytes(part.get_payload(decode=True)).decode("utf-8").replace("\r\n", "\n")
        for part in message_from_bytes(letter.content).walk()
        if not part.is_multipart()
    }
    return parts["text/plain"], parts["text/html"]


def _kinds() -> Iterator[Fault]:
    """Folders, parts and samples that should be there."""
    shown = {kind for language in LANGUAGES for kind, _ in samples(language)}
    for kind in KINDS:
        if missing := [part for part in PARTS if not (TEMPLATES / kind / f"{part}.j2").is_file()]:
            says = f"There is no {' and no '.join(missing)}."
            yield Fault(_file(TEMPLATES / kind), 1, kind, says, "Every letter has a subject, a text and its HTML twin.")
        if kind not in shown:
            yield Fault("notifications/samples.py", 1, kind, "There is no sample of it.", "Add one for every branch.")
    for folder in TEMPLATES.iterdir():
        if folder.is_dir() and folder.name not in KINDS:
            says, remedy = "No kind of letter has this name.", "Add it to notifications/catalogue.py, or remove it."
            yield Fault(_file(folder), 1, folder.name, says, remedy)
    for path in TEMPLATES.rglob("*.html.j2"):
        if path.name != "_parts.html.j2" and not path.with_name(path.name.replace(".html.", ".txt.")).is_file():
            yield Fault(_file(path), 1, path.name, "This HTML has no text twin.", "Write the same as plain text.")


def _file(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _source(path: Path) -> Iterator[Fault]:
    """One template without rendering it: can it be read, and does its kind offer the names it uses?"""
    source = path.read_text(encoding="utf-8")
    try:
        tree = environment().parse(inlined(source) if ".html" in path.name else source)
    except (TemplateSyntaxError, BadTemplate) as error:
        line = error.lineno if isinstance(error, TemplateSyntaxError) else 1
        yield Fault(_file(path), line, path.name, f"It cannot be read: {error}.", "Look at its brackets.")
        return
    for one in _sentences(path, tree):
        gaps = {gap for form in one.forms for gap in placeholders(form) if gap != "%"}
        if wanted := (gaps ^ one.filled) - ({"num"} & one.filled):
            says = f"The sentence and what fills it differ in {', '.join(sorted(wanted))}: “{one.forms[0]}”"
            yield Fault(one.file, one.line, path.name, says, "Fill in exactly its placeholders.")
    if path.parent.name not in KINDS:
        return
    offered = set(names(path.parent.name)) | GIVEN
    offered |= {each for node in tree.find_all(_MACROS) for each in _brought(node)}
    for name in sorted(meta.find_undeclared_variables(tree) - offered):
        line = next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)
        says = f"The letter {path.parent.name!r} has no {name!r}."
        yield Fault(_file(path), line, name, says, "Use a field of its kind in notifications/catalogue.py.")


def _brought(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in node.names)


def _sentences(path: Path, tree: nodes.Template) -> Iterator[_Sentence]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
            forms = tuple(one.value for one in call.args if isinstance(one, nodes.Const))
            filled = {one.key for one in call.kwargs} | ({"num"} if len(forms) == 2 else set())
            yield _Sentence(_file(path), call.lineno, forms, frozenset(filled))


def _said() -> Iterator[_Sentence]:
    """Every sentence of the templates; one that cannot be read is told by `_source`."""
    for path in sorted(TEMPLATES.rglob("*.j2")):
        with contextlib.suppress(TemplateSyntaxError):
            yield from _sentences(path, environment().parse(path.read_text(encoding="utf-8")))


def _translations(language: str, sentences: Sequence[_Sentence]) -> Iterator[Fault]:
    """Sentences of the templates that a language lacks, or says with other placeholders or too few forms."""
    catalogue = load(language, "laurea")
    po = _file(catalogue_path(language, "laurea"))
    for one in sentences:
        message = catalogue.get(one.forms[0])
        said = message.string if message is not None and not message.fuzzy else ""
        forms = (said,) if isinstance(said, str) else tuple(said or ("",))
        if not all(forms):
            yield Fault(one.file, one.line, language, f"Not translated: “{one.forms[0]}”", f"Write it into {po}.")
            continue
        line = message.lineno or 1 if message is not None else 1
        if len(one.forms) == 2 and len(forms) != len(PLURALS[language].classes):
            says = f"{len(forms)} forms where the language has {len(PLURALS[language].classes)}: “{one.forms[0]}”"
            yield Fault(po, line, language, says, "Write one for each.")
        elif any(placeholders(form) != placeholders(one.forms[-1]) for form in forms):
            says = f"Other placeholders than “{one.forms[-1]}”"
            yield Fault(po, line, language, says, "Keep every %(name)s as it is.")


def _letter(kind: Kind, data: Mapping[str, Any], language: str) -> Iterator[Fault]:
    """One letter as it would be sent."""
    folder, name = TEMPLATES / kind.name, f"{kind.name} ({language})"
    try:
        letter = sample(kind.name, data, language)
    except LetterError as error:
        file, line = _place(error, folder)
        yield Fault(file, line, name, error.says, error.remedy)
        return
    plain, html = bodies(letter)
    values = next(iter(sample_values(kind.name, language)), {})
    subject = len(render_subject(kind.name, language, values | words(read(kind, data), language, TIMEZONE)))
    if subject > LONGEST_SUBJECT:
        says = f"The subject has {subject} characters; {LONGEST_SUBJECT} are sent."
        yield Fault(_file(folder / "subject.txt.j2"), 1, name, says, "Shorten it.")
    if longest := next((line for line in letter.content.split(b"\r\n") if len(line) > LONGEST_LINE), b""):
        says = f"A line has {len(longest)} characters; {LONGEST_LINE} may be sent."
        yield Fault(_file(folder), 1, name, says, "Break it.")
    known = set(_links(names(kind.name), data))
    for link in _LINK.findall(html):
        address = link.replace("&amp;", "&")
        if address not in known:
            says = f"It links to {address}, which is no address of the letter."
            yield Fault(_file(folder / "body.html.j2"), _line(folder / "body.html.j2", link), name, says, "Use a link of its kind.")  # fmt: skip  # noqa: E501
        elif address not in plain:
            says = f"The HTML has the address {address}, the plain text has not."
            yield Fault(_file(folder / "body.txt.j2"), 1, name, says, "Write it there too.")


def _links(shapes: Mapping[str, Shape], data: Mapping[str, Any]) -> Iterator[str]:
    """The addresses in a letter's data, wherever they stand."""
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            shape = shapes[name].of if isinstance(value, list) else shapes[name]
            if isinstance(one, dict) and shape is not None:
                yield from _links(shape.fields, one)
            elif shape is not None and shape.sort == "link":
                yield one


def _line(path: Path, wanted: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, 1) if wanted in line), 1)


def _place(error: LetterError, folder: Path) -> tuple[str, int]:
    """The file and line of a template in which a letter failed."""
    cause = error.__cause__
    if isinstance(cause, TemplateSyntaxError) and cause.filename:
        return _file(Path(cause.filename)), cause.lineno
    frames = traceback.extract_tb(cause.__traceback__) if cause is not None else []
    found = [one for one in frames if one.filename.endswith(".j2")]
    return (_file(Path(found[-1].filename)), found[-1].lineno or 1) if found else (_file(folder), 1)
