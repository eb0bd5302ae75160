"""What a round does by itself, in plain words: what it waits for, which step fails, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.permissions import Phase
from laurea import steps
from laurea.store.failures import Failure
from laurea.web.attention import Need, Situation
from laurea.web.reader import Reader


@dataclass(frozen=True)
class Failing:
    """A failing step in words: what fails, why, the way out, and how often it was tried."""

    says: str
    reason: str
    remedy: str
    tried: str


def failing(found: Sequence[Failure], reader: Reader) -> list[Failing]:
    """The failing steps of a round."""
    _, say = reader.words.gettext, reader.words.ngettext
    told = []
    for one in found:
        tried = say(
            "Tried {n} time since {first}, last on {last}.", "Tried {n} times since {first}, last on {last}.", one.tries
        )
        unknown = _("An error on our side ({error}). Whoever runs this installation finds more in the log.")
        told.append(
            Failing(
                _fails(one.step, reader),
                _(one.says) if one.says else unknown.format(error=one.error),
                _(one.remedy) if one.remedy else "",
                tried.format(
                    n=reader.number(one.tries), first=reader.moment(one.first_at), last=reader.moment(one.last_at)
                ),
            )
        )
    return told


def needs(found: Sequence[Failure], code: str, reader: Reader) -> list[Need]:
    """A sentence for each failing step among what needs attention."""
    button = reader.words.gettext("See why")
    return [Need(1, _fails(one.step, reader), f"/rounds/{code}#engine", button, "now") for one in found]


def _fails(step: str, reader: Reader) -> str:
    _ = reader.words.gettext
    return {
        steps.GATHER: _("The sources of evidence cannot be asked."),
        steps.FREEZE: _("The web pages of the applications cannot be looked at."),
        steps.SCREEN: _("The applications cannot be checked."),
        steps.ROUTE: _("The applications cannot be given to jurors."),
        steps.RELIEVE: _("The reserves cannot be asked."),
        steps.THIRD: _("Further reviews cannot be asked for."),
        steps.SETTLE: _("The decisions cannot be worked out."),
    }.get(step, step)


def waits(s: Situation, reader: Reader) -> str:
    """What the round waits for, or does next."""
    _, say = reader.words.gettext, reader.words.ngettext
    match s.phase:
        case Phase.COLLECTING:
            when = reader.deadline(s.round.timetable.closes_at)
            return _("The round takes applications until {when}; then they are checked.").format(when=when)
        case Phase.SCREENING if s.round.routed_by_hand and s.round.screened_at is not None:
            return _("The round waits for your plan of who reviews what.")
        case Phase.SCREENING if s.round.routed_by_hand:
            return _("The sources are asked and the applications checked; who reviews what waits for your plan.")
        case Phase.SCREENING:
            return _("The sources are asked, the applications checked and given to jurors.")
        case Phase.REVIEWING:
            return _reviewing(s, reader)
        case Phase.DECIDING:
            return _("The decisions are worked out. They wait for you to release them.")
        case _:
            n = s.counts.messages.get("due", 0) + s.counts.messages.get("sending", 0)
            if n:
                told = say("{n} letter is on its way.", "{n} letters are on their way.", n)
                return told.format(n=reader.number(n))
            return _("The round is finished. Holders are written to when a renewal opens or a term ends.")


def _reviewing(s: Situation, reader: Reader) -> str:
    _, say = reader.words.gettext, reader.words.ngettext
    missing = sum(juror.all - juror.done for juror in s.progress)
    if missing:
        told = say(
            "The round waits for {n} score sheet; then the decisions are worked out.",
            "The round waits for {n} score sheets; then the decisions are worked out.",
            missing,
        )
        return told.format(n=reader.number(missing))
    if s.owed:
        return _(
            "All score sheets are in. Some applications wait for a further review or for what their jurors agree on."
        )
    if s.uncorrected is not None:
        return _("All score sheets are in, and too few of them belong together for what the rules prescribe.")
    open_facts = s.counts.applications.get("needs_evidence", 0) + s.counts.applications.get("undecided", 0)
    if open_facts and reader.now < s.round.timetable.review_until:
        when = reader.deadline(s.round.timetable.review_until)
        return _("The round waits for missing evidence until {when}.").format(when=when)
    return _("All score sheets are in. The decisions are worked out next.")
