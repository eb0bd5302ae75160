"""Why an application has too few jurors, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laurea.ledger import Event
from laurea.store.pages_gaps import Shortage
from laurea.web.reader import Reader
from rules.plan import Plan


def asked(plan: Plan) -> dict[str, Any]:
    """What `pages_gaps.shortages` must know of the rules: how many reviews, whether languages matter, what a routing
    is called in the audit.
    """
    jury = plan.jury
    return {
        "reviews": int(jury.asked_reviews or 0) if jury is not None else 0,
        "languages": jury is not None and jury.languages,
        "event": Event.JURORS_ASSIGNED.value,
    }


def asked_further(plan: Plan) -> dict[str, Any]:
    """The same for an application whose first sheets differ: one review more, by whoever may give it."""
    assert plan.jury is not None
    return {
        "reviews": plan.jury.reviews + 1,
        "languages": plan.jury.languages,
        "event": Event.THIRD_REVIEWS_ASKED.value,
        "experienced": plan.jury.third_by == "experienced",
    }


def said(found: Mapping[int, Shortage], reader: Reader, *, by_hand: bool = False) -> dict[int, tuple[str, str]]:
    """Of each application why it has too few jurors: in the last routing's own words, and in the reader's."""
    return {number: (one.reason, sentence(one, reader, by_hand=by_hand)) for number, one in found.items()}


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
