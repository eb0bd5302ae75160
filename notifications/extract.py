"""Which sentences wait for a translation: `python -m notifications.extract [--write] [domain …]`.

Reads the sentences marked with `_()` and `ngettext()` in templates and code, and those that errors carry to a page,
compares them with the catalogues, and prints what is missing, what is no longer used and what cannot be right (other
placeholders than the English sentence, a wrong number of forms). `--write` adds the missing ones, empty, to the .po
files and takes out the unused. Ends with 1 if anything was printed.
"""

from __future__ import annotations

import argparse
import ast
import functools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from evaluators import reasons
from notifications.catalogues import DOMAINS, LANGUAGES, SOURCE, catalogue_path, domains
from notifications.plurals import PLURALS

ROOT = Path(__file__).parent.parent
WEB = "laurea/web"
SOURCES = {
    "laurea": ("notifications/templates", "laurea/documents/papers"),
    "public": (
        *(f"{WEB}/templates/{one}" for one in ("public", "door", "base.html", "error.html", "_pager.html")),
        f"{WEB}/templates/jury/unsubscribe.html",
        f"{WEB}/templates/applicant/_fields.html",  # what the page behind a link asks for
        *(f"{WEB}/{one}.py" for one in ("public", "credentials", "door", "confirming", "app", "reader")),
    ),
    "portal": (WEB,),
}
"""Folders and files of a domain; what is of `public` is not of `portal`."""
TEXTS = tuple(f"notifications/{one}.py" for one in ("grammar", "marks", "wording", "checking"))  # what is wrong in one
RAISED = {
    "portal": (
        "laurea/actions",
        WEB,
        "laurea/standing.py",
        "laurea/drafting.py",
        "laurea/routing.py",
        "laurea/intake.py",
        "laurea/restoring.py",
        "laurea/granting.py",
        "laurea/marking.py",
        *TEXTS,
    ),
    "public": ("laurea/actions/sign_in.py", f"{WEB}/limits.py"),
}
"""Files whose errors reach pages: their sentences, and what is `Filled`, are those of the catalogue too."""
VALUES = {"portal": reasons.SENTENCES}
"""Sentences that stand in no page: values carry them, and a page says them."""
SHOWN = (
    "NotNow",
    "Conflict",
    "BadInput",
    "TooOften",
    "BadTemplate",
    "_Wrong",
    "GrammarFault",
)  # of the others a page says that there is no such page
METHODS = {".j2": "jinja2.ext:babel_extract", ".html": "jinja2.ext:babel_extract", ".py": "python"}
TAGS = {".html": "laurea.web.spoken.Kept"}  # what the portal's templates know beside Jinja's own tags
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": (1, 2)}  # `say` is how code shortens ngettext
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%|\{(\w+)\}")

Sentence = str | tuple[str, str]


@dataclass(frozen=True)
class Fault:
    """One sentence of one catalogue that needs a translator."""

    language: str
    domain: str
    problem: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.language}/{self.domain}: {self.problem}: {self.sentence}"


@functools.cache
def sentences(domain: str, root: Path = ROOT) -> frozenset[Sentence]:
    """Every sentence of a domain that stands in templates and code; plural ones as a pair."""
    found: set[Sentence] = set(VALUES.get(domain, ()))
    for place in SOURCES[domain]:
        for path in files(root / place):
            options = {} if path.suffix == ".py" else {"silent": "false", "extensions": TAGS.get(path.suffix, "")}
            for _, message, _, _ in extract_from_file(METHODS[path.suffix], path, KEYWORDS, options=options):
                found.add(message if isinstance(message, str) else (message[0], message[1]))
    for place in RAISED.get(domain, ()):
        for path in files(root / place):
            if path.suffix == ".py" and not path.name.startswith("api"):  # what programs are told is English
                found.update(raised(path.read_text(encoding="utf-8")))
    return frozenset(found - sentences("public", root) if domain == "portal" else found)


def files(place: Path) -> Iterator[Path]:
    """The files of a folder that may hold sentences, or the file itself."""
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file() and path.suffix in METHODS:
            yield path


def raised(code: str) -> Iterator[str]:
    """The sentences that the errors of a file carry to a page."""
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        said = [*call.args, *(one.value for one in call.keywords if one.arg == "remedy")] if name in SHOWN else []
        for one in said + (call.args[:1] if name == "Filled" else []):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
                yield one.value


def placeholders(sentence: str) -> list[str]:
    """What is filled in, sorted, each once."""
    return sorted({match.group(1) or match.group(2) or "%" for match in PLACEHOLDER.finditer(sentence)})


def load(language: str, domain: str) -> Catalog:
    """A catalogue as it stands in its file; an empty one where there is no file yet."""
    path = catalogue_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def _faults_of(catalogue: Catalog, key: str, wanted: Sentence, language: str) -> Iterator[str]:
    message = catalogue.get(key)
    if message is None or not message.string or not all(message.string):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    expected = 1 if isinstance(wanted, str) else len(PLURALS[language].classes)
    if len(forms) != expected:
        yield f"{len(forms)} forms where the language has {expected}"
    english = placeholders(key if isinstance(wanted, str) else wanted[1])
    if any(placeholders(form) != english for form in forms):
        yield f"placeholders differ from {english}"


def faults(language: str, domain: str, root: Path = ROOT) -> list[Fault]:
    """Everything in one catalogue that a translator must look at, sorted by sentence."""
    catalogue, used = load(language, domain), sentences(domain, root)
    found: list[Fault] = []
    keys = set()
    for wanted in used:
        key = wanted if isinstance(wanted, str) else wanted[0]
        keys.add(key)
        found += [Fault(language, domain, says, key) for says in _faults_of(catalogue, key, wanted, language)]
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key and key not in keys:
            found.append(Fault(language, domain, "not used any more", key))
    return sorted(found, key=lambda fault: (fault.sentence, fault.problem))


def write(language: str, domain: str, root: Path = ROOT) -> None:
    """Bring a catalogue's file up to date: missing sentences come in empty, unused ones go."""
    old, fresh = load(language, domain), Catalog(locale=language, domain=domain, fuzzy=False)
    fresh.mime_headers = [("Plural-Forms", PLURALS[language].header)]  # Babel keeps fewer
    fresh.header_comment = f"# Laurea, {domain}: {fresh.locale.english_name if fresh.locale else language}."
    for wanted in sorted(sentences(domain, root), key=str):
        known = old.get(wanted if isinstance(wanted, str) else wanted[0])
        fresh.add(wanted, known.string if known is not None else None)
    path = catalogue_path(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, omit_header=True, sort_output=True, width=110)
    body = path.read_text(encoding="utf-8")
    path.write_text(header(language, domain) + "\n" + body, encoding="utf-8")


def header(language: str, domain: str) -> str:
    """The head of a .po file, with the plural forms of our own table."""
    return "\n".join(
        (
            f"# Laurea: the {'letters' if domain == 'laurea' else 'public pages' if domain == 'public' else 'pages'}.",
            'msgid ""',
            'msgstr ""',
            '"Project-Id-Version: Laurea\\n"',
            f'"Language: {language}\\n"',
            '"MIME-Version: 1.0\\n"',
            '"Content-Type: text/plain; charset=utf-8\\n"',
            '"Content-Transfer-Encoding: 8bit\\n"',
            f'"Plural-Forms: {PLURALS[language].header}\\n"',
            "",
        )
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the faults of the named domains (all of them by default) in every language."""
    parser = argparse.ArgumentParser(prog="python -m notifications.extract", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("domains", nargs="*", metavar="domain", help=f"{' or '.join(DOMAINS)}; all if none is named")
    parser.add_argument("--write", action="store_true", help="bring the .po files up to date")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.domains) - set(DOMAINS):
        parser.error(f"no such domain: {', '.join(sorted(unknown))}")
    found: list[Fault] = []
    for domain in chosen.domains or DOMAINS:
        for language in LANGUAGES:
            if language == SOURCE or domain not in domains(language):
                continue
            if chosen.write:
                write(language, domain)
            found += faults(language, domain)
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
