"""Rule sets from text, from files and from the library that is part of the package."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path as File

from pydantic import BaseModel, ValidationError

from rules import loader, words
from rules.check import contradictions
from rules.errors import Problem, RuleSetError, refuse
from rules.ruleset import RuleSet, RuleSetKey

LIBRARY = File(__file__).parent / "library"
_COUNTRY = re.compile(r"^country: ([A-Z]{2})\s*(?:#.*)?$", re.MULTILINE)


def load_text(text: str, file: str) -> RuleSet:
    """Read a rule set. Raises RuleSetError with every problem found, each with line, column and remedy."""
    ruleset = _formed(text, file)
    problems = contradictions(ruleset)
    if problems:
        raise RuleSetError(sorted(problems))
    return ruleset


def _formed(text: str, file: str) -> RuleSet:
    """A rule set that is formed as the language asks; what contradicts itself in it is not looked for."""
    document = loader.read(text, file)
    if not isinstance(document.data, dict):
        raise refuse("A rule set is a list of named parts.", "Begin with `award:` and `edition:`.", file, 1, 1)
    try:
        ruleset = RuleSet.model_validate(document.data)
    except ValidationError as error:
        raise RuleSetError(sorted(_problem(document, dict(one)) for one in error.errors(include_url=False))) from None
    ruleset.keep(document, text)
    return ruleset


def load(path: File | str) -> RuleSet:
    """Read a rule set from a file. Raises RuleSetError, also when there is no such file or it is not UTF-8."""
    path = File(path)
    return load_text(_text(path), path.name)


def worked(path: File | str) -> loader.Document:
    """The worked cases in a file, for `evaluators.cases`. Raises RuleSetError for a file that cannot be read."""
    path = File(path)
    return loader.read(_text(path, "There are no worked cases here.", "Write them beside the rule set."), path.name)


def _text(path: File, missing: str = "There is no such file.", remedy: str = "Check the path.") -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise refuse(missing, remedy, str(path)) from None
    except UnicodeDecodeError:
        raise refuse("The file is not UTF-8.", "Save it as UTF-8 text.", str(path)) from None


def named(key: str) -> RuleSet:
    """The edition of that name (`award/edition`), or the file of that path."""
    if key.endswith((".yaml", ".yml")):
        return load(key)
    path = LIBRARY / f"{key}.yaml"
    if not path.resolve().is_relative_to(LIBRARY.resolve()) or not path.is_file():
        raise _no_such(key)
    return _kept(path)


def _no_such(key: str) -> RuleSetError:
    """There is no edition of that name: it may be an award, an edition without its award, or misspelt."""
    known = [str(one) for one in editions()]
    mine = [one for one in known if one.startswith(f"{key}/")]
    if mine:
        return refuse(f"'{key}' is an award.", f"Name one of its editions: {', '.join(mine)}.")
    last = {one.split("/")[1]: one for one in known}
    near = difflib.get_close_matches(key, known, n=1) if "/" in key else []
    near = near or [last[one] for one in difflib.get_close_matches(key.rsplit("/", maxsplit=1)[-1], last, n=1)]
    near = near or difflib.get_close_matches(key, sorted({one.split("/")[0] for one in known}), n=1)
    other = "See all of them with: laurea rules list; or name a .yaml file."
    return refuse(f"There is no rule set '{key}'.", f"Did you mean {near[0]}?" if near else other)


def cases_file(key: str) -> File:
    """The worked cases that stand beside a rule set."""
    path = File(key) if key.endswith((".yaml", ".yml")) else LIBRARY / f"{key}.yaml"
    return path.with_name(path.stem + ".cases.yaml")


def editions() -> list[RuleSetKey]:
    """All editions of the library, sorted by name."""
    return sorted(
        RuleSetKey(one.award, one.edition, one.country, words.say(one.title))
        for one in (_kept(path) for path in _files())
    )


def of_award(award: str) -> list[RuleSet]:
    """The editions of one award, which stand in the folder of its name; nothing else is read."""
    return [one for one in (_kept(path) for path in _files() if path.parent.name == award) if one.award == award]


def siblings(award: str, country: str | None) -> list[RuleSet]:
    """The editions of an award for a country, for comparing when they are in force: each is formed, and not looked
    through further; one that plainly names another country is not read at all.
    """
    texts = ((path.name, _text(path)) for path in _files() if path.parent.name == award)
    near = (
        _formed(text, name) for name, text in texts if (said := _COUNTRY.search(text)) is None or said[1] == country
    )
    return [one for one in near if (one.award, one.country) == (award, country)]


def matching(award: str | None = None, country: str | None = None, on: date | None = None) -> list[RuleSet]:
    """The editions that apply in a country (its own and the common ones) and on a day, sorted by name.

    With both, a country's own edition of an award stands alone, as `find` takes it.
    """
    every = of_award(award) if award is not None else [_kept(path) for path in _files()]
    found = [one for one in every if (country is None or one.country in (None, country)) and _in_force(one, on)]
    own = {one.award for one in found if one.country} if country is not None and on is not None else set()
    return sorted((one for one in found if one.country or one.award not in own), key=lambda one: one.key)


def find(award: str, country: str | None, on: date, authority: str | None = None) -> RuleSet:
    """The edition of an award in force that day. Raises RuleSetError where there is none, or more than one.

    A country's own edition comes before the common one, an authority's own before one that names none (or another).
    """
    found = [one for one in of_award(award) if one.country in (None, country) and _in_force(one, on)]
    found = [one for one in found if authority is not None and _of(one, authority)] or found
    own = [one for one in found if one.country is not None] or found
    if len(own) == 1:
        return own[0]
    if not own:
        raise refuse(
            f"No edition of {award} is in force on {on} for {country or 'all countries'}.", "Name the edition."
        )
    names = ", ".join(one.key for one in own)
    whose = sorted({words.say(one.authority) for one in own if one.authority})
    remedy = f"Name the authority ({' or '.join(whose)}), or the edition." if len(whose) > 1 else "Name the edition."
    raise refuse(f"More than one edition of {award} is in force on {on}: {names}.", remedy)


def _of(ruleset: RuleSet, authority: str) -> bool:
    """Whether an edition is that authority's, by its name in any language."""
    return ruleset.authority is not None and authority in ruleset.authority.values()


def _in_force(ruleset: RuleSet, on: date | None) -> bool:
    force = ruleset.in_force
    return force is None or on is None or (force.starts or date.min) <= on <= (force.ends or date.max)


def _files() -> Iterator[File]:
    return (path for path in sorted(LIBRARY.glob("*/*.yaml")) if not path.name.endswith(".cases.yaml"))


@cache
def _kept(path: File) -> RuleSet:
    return load(path)


_SAYS = {
    "extra_forbidden": "The key '{key}' is not part of the language.",
    "missing": "The key '{key}' is missing here.",
    "string_type": "A text is needed here.",
    "dict_type": "A block with names is needed here.",
    "list_type": "A list is needed here; begin each entry with '-'.",
    "int_type": "A whole number is needed here.",
    "bool_type": "Write true or false here.",
    "string_pattern_mismatch": "'{value}' is not a name that can stand here.",
}


def _problem(document: loader.Document, error: dict[str, object]) -> Problem:
    kind, path = str(error["type"]), tuple(part for part in error["loc"] if part != "[key]")  # type: ignore[attr-defined]
    key = str(path[-1]) if path else ""
    bad_key = kind == "extra_forbidden" or "[key]" in error["loc"]  # type: ignore[operator]
    mark = document.where(path, key=bad_key)
    message = str(error["msg"]).removeprefix("Value error, ")
    says = f"{message[:1].upper()}{message[1:]}."
    if kind in _SAYS:
        says = _SAYS[kind].format(key=key, value=str(error.get("input"))[:60])
    remedy = "Correct it; `laurea rules schema` shows what can stand here."
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, _known_keys(), n=1)
        remedy = (
            f"Did you mean '{near[0]}'?" if near else "Remove it, or see `laurea rules schema` for what can stand here."
        )
    elif kind == "missing":
        remedy = f"Add `{key}:`."
    elif kind == "string_pattern_mismatch":
        remedy = "Use small letters, digits and _ and begin with a letter."
        if " " in str(error.get("input")):  # a comma in braces ended a sentence
            remedy = "If it belongs to a sentence, put the whole sentence in quotation marks."
    return Problem(document.file, mark.line, mark.column, says, remedy)


@cache
def _known_keys() -> frozenset[str]:
    def below(model: type[BaseModel]) -> Iterator[str]:
        yield from model.model_fields
        for one in model.__subclasses__():
            yield from below(one)

    return frozenset(below(words.Closed))
