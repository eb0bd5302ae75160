"""What changed between two editions, in sentences: figures and dates, conditions, criteria, quotas, open questions.

Both files are compared as they are written, part by part: entries with an id or a name are matched by it, a condition
that only changed its name is recognised by what it asks. Comments, layout and the order of names do not count; the
order of outcomes and of a ranking does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from rules import diff_words
from rules.ruleset import RuleSet
from rules.speech import PLACEHOLDER, chosen, day
from rules.words import LANGUAGES, say

_IDENTITY = ("award", "edition", "title", "authority", "country", "notes")
_CLAUSES = ("admission", "eligibility", "gates", "clauses", "discrepancy")
_SILENT = ("seen", "note", "finds", "help", "address")  # told as changed, without both texts
_KINDS = {"parameters": "parameter", "policies": "policy", "facts": "fact", "criteria": "criterion"}
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+|/[1-9][0-9]*)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")


@dataclass(frozen=True)
class Difference:
    """One thing that changed. `kind`: added, removed, changed, renamed, order, or source (where it is written).

    `touches` are the conditions that rest on it. `before` and `after` are the texts of the files; `says` is the
    sentence for a reader.
    """

    block: str
    name: str
    kind: str
    before: str | None
    after: str | None
    says: str
    touches: tuple[str, ...] = ()


def diff(old: RuleSet, new: RuleSet, language: str = "en") -> list[Difference]:
    """Everything that differs from the old edition to the new one, in order of the blocks; empty when nothing does."""
    return list(_Comparison(old, new, language).run())


def nothing(language: str = "en") -> str:
    """What is said when nothing differs."""
    return diff_words.phrase("same", language)


class _Comparison:
    def __init__(self, old: RuleSet, new: RuleSet, language: str) -> None:
        self.language = language
        self.old, self.new = _several(old.document.data), _several(new.document.data)

    def run(self) -> Iterator[Difference]:
        for key in _IDENTITY:
            yield from self.value("identity", (key,), self.old.get(key), self.new.get(key))
        for block in dict.fromkeys((*self.old, *self.new)):
            if block in _IDENTITY:
                continue
            before, after = self.old.get(block), self.new.get(block)
            name = "selection" if block == "selections" else block
            yield from self.part(name, (block,), before, after)

    def part(self, block: str, path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
        """Compare one part of the files: entries by name, others by value."""
        if before == after:
            return
        b, a = _entries(before), _entries(after)
        if b is None or a is None or (not b and not a):
            yield from self.value(block, path, before, after)
            return
        renamed = self.renamed(block, path, b, a)
        yield from renamed.values()
        gone = {one.before for one in renamed.values()}
        for name in dict.fromkeys((*b, *a)):
            here = (*path, name)
            if name in renamed or name in gone:
                continue
            if name in b and name in a:
                yield from self.part(block, here, b[name], a[name])
            elif name == "band" or _is_entry(path, (b if name in b else a)[name]):
                yield self.entry(block, here, b.get(name), a.get(name))
            else:
                yield from self.part(block, here, b.get(name), a.get(name))
        if path[-1] in ("outcomes", "places", "selections"):
            kept = [[one for one in side if one in b and one in a] for side in (b, a)]
            if kept[0] != kept[1]:
                texts = [", ".join(side) for side in kept]
                says = self.words("order", what=self.what(block, path), before=texts[0], after=texts[1])
                yield Difference(block, path[-1], "order", texts[0], texts[1], says)

    def renamed(
        self, block: str, path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> dict[str, Difference]:
        """Conditions that ask the same under another name, by their new name."""
        found: dict[str, Difference] = {}
        if path[-1] not in _CLAUSES:
            return found
        gone = {_asked(one): name for name, one in before.items() if name not in after}
        for name, one in after.items():
            was = gone.get(_asked(one))
            if name not in before and was:
                says = self.words("clause renamed", before=was, after=name, says=self.text(self.new, one["says"]))
                found[name] = Difference(block, name, "renamed", was, name, says)
        return found

    def entry(self, block: str, path: tuple[str, ...], before: Any, after: Any) -> Difference:
        """An entry that is only in one of the files."""
        kind = "added" if before is None else "removed"
        one, file = (after, self.new) if before is None else (before, self.old)
        sort = _sort(path)
        word = f"{sort} {kind}" if sort else kind
        told = one if isinstance(one, dict) else {"value": one}
        text = next((told[key] for key in ("says", "asks", "meaning", "title") if key in told), None)
        value = self.plain(told.get("value"))
        words = self.text(file, text) if text is not None else _short(told)
        says = self.words(word, what=self.what(block, path, entry=True), says=words, before=value, after=value)
        kind = "source" if block == "sources" else kind
        return Difference(block, path[-1], kind, _whole(before), _whole(after), says, self.touches(path, file))

    def value(self, block: str, path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
        """A value that differs."""
        if before == after:
            return
        texts = [self.told(*one).rstrip(".") for one in ((path, before, self.old), (path, after, self.new))]
        if texts[0] == texts[1] and path[-1] not in _SILENT:
            return  # only another language's text changed
        word = "set" if before is None else "unset" if after is None else "instead"
        says = self.words(word, what=self.what(block, path), before=texts[0], after=texts[1])
        touches = self.touches(path, self.new)
        if touches and path[0] in ("parameters", "derived"):
            says += diff_words.phrase("touches", self.language).format(names=", ".join(touches))
        kind = "source" if block == "sources" or path[-1] == "cite" else "changed"
        yield Difference(block, ".".join(path[1:]) or path[0], kind, _whole(before), _whole(after), says, touches)

    def told(self, path: tuple[str, ...], value: Any, file: Any) -> str:
        if value is not None and path[-1] in ("says", "asks", "meaning", "title", "notes", "finds", "help"):
            return f"“{self.text(file, value)}”"
        return self.plain(value)

    def what(self, block: str, path: tuple[str, ...], entry: bool = False) -> str:
        """What a difference is about: the block, then the entry by its meaning or title, then the key."""
        parts = [diff_words.block(block, self.language)]
        place: Any = None
        names = [one for one in path if one not in (block, "selections", "criteria", "gates", "value")]
        for file in (self.new, self.old):
            place = file
            for step in path[:2]:
                entries = _entries(place) if not isinstance(place, dict) else place
                place = (entries or {}).get(step) if isinstance(entries, dict) else None
            if isinstance(place, dict):
                break
        if isinstance(place, dict) and len(path) > 1 and names:
            title = place.get("meaning") or place.get("title")
            if title is not None and path[0] in ("parameters", "facts", "sources", "derived"):
                names[0] = f"{say(title, self.language).rstrip('.')} ({names[0]})"
        if entry and path[0] in ("sources", "parameters"):
            return names[0] if path[0] == "parameters" else path[-1]
        return ", ".join([*parts, *(name.replace("_", " ") if number else name for number, name in enumerate(names))])

    @staticmethod
    def touches(path: tuple[str, ...], file: Any) -> tuple[str, ...]:
        """The conditions that speak of a parameter, a fact, a policy or a derived value."""
        if path[0] not in ("parameters", "facts", "policies", "derived") or len(path) < 2:
            return ()
        wanted = f"policy.{path[1]}" if path[0] == "policies" else path[1]
        word = re.compile(rf"(?<![\w.]){re.escape(wanted)}(?!\w)")
        found = [
            one["id"]
            for one in _dictionaries(file)
            if "id" in one and any(isinstance(text, str) and word.search(text) for text in _texts(one))
        ]
        return tuple(dict.fromkeys(found))

    def words(self, word: str, **fills: str) -> str:
        return diff_words.phrase(word, self.language).format(**fills)

    def text(self, file: Any, text: Any) -> str:
        """A sentence of a file in the reader's language, its figures filled in."""
        values = {name: one.get("value") for name, one in (file.get("parameters") or {}).items()}
        sentence = say(text if isinstance(text, dict) else str(text), self.language)

        def figure(match: re.Match[str]) -> str:
            name, forms = match[1], match[2]
            if forms is not None:  # the word that goes with the figure
                text = str(values.get(name))
                return chosen(Fraction(text if _FIGURE.fullmatch(text) else 2), forms.split("|"), self.language)
            return self.plain(values[name]) if name in values else f"[{name.removeprefix('policy.')}]"

        return PLACEHOLDER.sub(figure, sentence)

    def plain(self, value: Any) -> str:
        if isinstance(value, dict) and set(value) <= {*LANGUAGES}:
            return f"“{say(value, self.language)}”"
        if isinstance(value, dict | list):
            return _short(value)
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else value
        if isinstance(text, str) and _DAY.fullmatch(text):
            return day(date.fromisoformat(text), self.language)
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            return f"{day(date.fromisoformat(text[:10]), self.language)}, {text[11:]}"
        return " ".join(str(text).split())


def _entries(value: Any) -> dict[str, Any] | None:
    """The named parts of a value: a map by its keys, a list of entries by their ids; None where it has none."""
    if value is None:
        return {}
    if isinstance(value, dict):
        languages = set(value) <= {*LANGUAGES} and "en" in value
        return None if languages else {str(key): one for key, one in value.items()}
    if isinstance(value, list) and value and all(isinstance(one, dict) and "id" in one for one in value):
        return {str(one["id"]): {key: item for key, item in one.items() if key != "id"} for one in value}
    return None


def _several(data: Mapping[str, Any]) -> dict[str, Any]:
    """The file with its one selection written as the first of several."""
    return {
        "selections" if key == "selection" else key: [one] if key == "selection" else one for key, one in data.items()
    }


def _is_entry(path: tuple[str, ...], value: Any) -> bool:
    """Whether this is told as one new or vanished thing, not key by key."""
    named = ("sources", "facts", "parameters", "policies", "derived", "outcomes", "criteria", "milestones", "places")
    return isinstance(value, dict) and path[-1] in (*named, *_CLAUSES, "selections", "fields")


def _sort(path: tuple[str, ...]) -> str:
    if len(path) < 2:
        return ""
    if path[-1] == "band" or path[-2] in (*_CLAUSES, "selections", "places"):
        return "clause"
    return _KINDS.get(path[-2], "outcome" if path[-2] == "outcomes" else "")


def _asked(clause: Any) -> str:
    """What a condition asks, whatever it is called."""
    keys = ("require", "window", "first", "when", "unless")
    return _short({key: clause[key] for key in keys if key in clause}) if isinstance(clause, dict) else ""


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_short(one)}" for key, one in value.items())
    if isinstance(value, list):
        return (
            "; ".join(_short(one) for one in value)
            if any(isinstance(one, dict) for one in value)
            else ", ".join(map(str, value))
        )
    return " ".join(str(value).split())


def _whole(value: Any) -> str | None:
    return None if value is None else _short(value)


def _dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _dictionaries(one)
    elif isinstance(value, list):
        for one in value:
            yield from _dictionaries(one)


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield value
