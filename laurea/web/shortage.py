"""Why an application has too few jurors, and what a plan leaves open, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from evaluators import reasons
from evaluators.reasons import Reason
from laurea.ledger import Event
from laurea.store.pages_assignment import Cover
from laurea.store.pages_gaps import Recorded, Shortage
from laurea.web.office_frame import conflict_kinds
from laurea.web.reader import Reader
from notifications.catalogues import SOURCE
from notifications.filled import Untranslated
from rules.plan import Plan

One = TypeVar("One")


@dataclass(frozen=True)
class Alike(Generic[One]):
    """Applications that share a reason; `own` is what each would say of itself, where that is the same too."""

    says: str
    rows: tuple[One, ...]
    own: tuple[str, str] | None = None

    @property
    def many(self) -> int:
        """How many they are."""
        return len(self.rows)


def asked(plan: Plan) -> dict[str, Any]:
    """What `pages_gaps.shortages` must know of the rules: how many reviews, whether languages matter, what a routing
    is called in the audit.
    """
    jury = plan.jury
    return {
        "reviews": int(jury.asked_reviews or 0) if jury is not None else 0,
        "languages": jury is not None and jury.languages,
        "event": Event.JURORS_ASSIGNED.value,
        "apart": jury.conflicts if jury is not None else (),
    }


def asked_further(plan: Plan) -> dict[str, Any]:
    """The same for an application whose first sheets differ: one review more, by whoever may give it."""
    assert plan.jury is not None
    return {
        "reviews": plan.jury.reviews + 1,
        "languages": plan.jury.languages,
        "event": Event.THIRD_REVIEWS_ASKED.value,
        "experienced": plan.jury.third_by == "experienced",
        "apart": plan.jury.conflicts,
    }


@dataclass(frozen=True)
class _Spoken:
    """How a reader's language says a reason (`reasons.Words`)."""

    reader: Reader

    def gettext(self, message: str, /) -> str:
        return self.reader.words.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int, /) -> str:
        return self.reader.words.ngettext(singular, plural, n)

    def number(self, value: int, /) -> str:
        return self.reader.number(value) if value > 999 else str(value)  # what has nothing to group is quicker

    def tongue(self, code: str, /) -> str:
        return self.reader.tongue(code)

    def kind(self, kind: str, /) -> str:
        return conflict_kinds(self.reader).get(kind, kind)


def why(reason: Reason, reader: Reader) -> str:
    """A reason in the reader's language."""
    return reasons.said(reason, _Spoken(reader))


def recorded(found: Recorded | None, reader: Reader) -> str:
    """What was written down; of an older record the English text it holds, marked. Nothing where nothing was."""
    return _why(found.why, found.reason, reader) if found is not None else ""


def left_open(kept: Mapping[str, Any], reader: Reader) -> str:
    """Why a plan that waits leaves something open, as it was kept with the plan."""
    return _why(reasons.read(kept.get("why")), kept["reason"], reader)


def unkept(kept: Mapping[str, Any] | str, names: Mapping[str, str], reader: Reader) -> str:
    """A pin that a plan cannot keep, as it was kept with the plan (with an older one, as text); `names` of jurors."""
    if isinstance(kept, str):
        return _why((), kept, reader)
    return f"{kept['application']} → {names.get(kept['juror'], kept['juror'])}: {left_open(kept, reader)}"


def _why(reason: Reason, english: str, reader: Reader) -> str:
    """A reason in the reader's language, or where there are no clauses its English text, marked."""
    if reason or not english or reader.language == SOURCE:
        return why(reason, reader) or english
    return Untranslated(english)


def said(found: Mapping[int, Shortage], reader: Reader, *, by_hand: bool = False) -> dict[int, tuple[str, str]]:
    """Of each application why it has too few jurors: what the last routing wrote down, and what holds now."""
    return {
        number: (recorded(one.last, reader), sentence(one, reader, by_hand=by_hand)) for number, one in found.items()
    }


def by_reason(found: Iterable[tuple[str, One]]) -> list[Alike[One]]:
    """What has the same reason together, the most frequent first, equals in the order they came."""
    rows: dict[str, list[One]] = {}
    for says, one in found:
        rows.setdefault(says, []).append(one)
    return [Alike(says, tuple(own)) for says, own in sorted(rows.items(), key=lambda item: -len(item[1]))]


def alike(
    covers: Sequence[Cover], found: Mapping[int, Shortage], reader: Reader, *, by_hand: bool = False
) -> list[Alike[Cover]]:
    """Applications that have too few jurors, together where the same thing keeps others away from them."""
    own = said(found, reader, by_hand=by_hand)
    groups = by_reason((shared(found[one.id], reader, by_hand=by_hand), one) for one in covers if one.id in found)
    return [
        replace(group, own=own[group.rows[0].id]) if len({own[one.id] for one in group.rows}) == 1 else group
        for group in groups
    ]


def shared(found: Shortage, reader: Reader, *, by_hand: bool = False) -> str:
    """What keeps other jurors away, and the way out, without the numbers that differ from one to the next."""
    _ = reader.words.gettext
    tongue = reader.tongue(found.language) if found.unread else ""
    if not found.jurors:
        return f"{_('The round has no jurors.')} {_('Add a juror.')}"
    if found.free and by_hand:
        return _("Jurors with room could take them: make a plan.")
    if found.free:
        return _("Jurors with room could take them: they are given out at the next step of the round.")
    if found.full:
        who = _("No juror who reads the language ({language}) has room.") if tongue else _("No juror has room.")
        remedy = _("Add a juror or raise somebody's load.")
    else:
        who = _("No other juror may review them.")
        if tongue:
            who = _("No other juror who reads the language ({language}) may review them.")
        remedy = _("Add a juror.")
    return f"{who.format(language=tongue)} {remedy}"


def sentence(found: Shortage, reader: Reader, *, by_hand: bool = False) -> str:
    """How many jurors are missing and what keeps the others away, with the way out.

    `by_hand`: whether reviews are given out by the officer's plan, not by the clock.
    """
    say, _ = reader.words.ngettext, reader.words.gettext
    start = say("{n} juror is missing.", "{n} jurors are missing.", found.missing).format(n=found.missing)
    if not found.jurors:
        return f"{start} {_('The round has no jurors.')} {_('Add a juror.')}"
    if found.free and by_hand:
        free = say("{n} juror could take it: make a plan.", "{n} jurors could take it: make a plan.", found.free)
        return f"{start} {free.format(n=found.free)}"
    if found.free:
        free = say(
            "{n} juror could take it: it is given out at the next step of the round.",
            "{n} jurors could take it: it is given out at the next step of the round.",
            found.free,
        )
        return f"{start} {free.format(n=found.free)}"
    parts = []
    if n := found.conflicted:
        parts.append(say("{n} has a conflict or gave it back", "{n} have a conflict or gave it back", n).format(n=n))
    if n := found.reviewing:
        parts.append(say("{n} reviews it already", "{n} review it already", n).format(n=n))
    if n := found.unread:
        parts.append(say("{n} does not read its language", "{n} do not read its language", n).format(n=n))
    if n := found.full:
        parts.append(say("{n} holds as many as they may", "{n} hold as many as they may", n).format(n=n))
    whole = say("Of {n} juror: {parts}.", "Of {n} jurors: {parts}.", found.jurors)
    remedy = _("Add a juror or raise somebody's load.") if found.full else _("Add a juror.")
    return f"{start} {whole.format(n=found.jurors, parts='; '.join(parts))} {remedy}"
