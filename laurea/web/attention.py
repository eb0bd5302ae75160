"""What a round needs from its officer: sentences, each with its figure and the page that clears it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from evaluators.calibration import Refusal
from evaluators.deliberation import Waits
from evaluators.permissions import Phase
from laurea.store.pages_gaps import Undecided
from laurea.store.pages_round import Counts, JurorProgress, RoundPage
from laurea.web.reader import Reader

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Need:
    """One sentence. `link` leads to where it is settled; `weight` is now, soon or note."""

    count: int
    says: str
    link: str
    button: str
    weight: str


@dataclass(frozen=True)
class Situation:
    """What the sentences are made from."""

    round: RoundPage
    phase: Phase
    counts: Counts
    progress: Sequence[JurorProgress]
    unanswered: Sequence[str]
    uncovered: int  # applications with fewer jurors than the round asks for
    undecided: Undecided  # applications without a decision, once decisions are proposed
    owed: Sequence[tuple[str, Waits]] = ()  # applications, and what they wait for after all their sheets
    uncorrected: Refusal | None = None  # why totals cannot be corrected as prescribed, once all sheets are in
    plan_waits: bool = False  # a plan of who reviews what waits to be saved


def needs(situation: Situation, reader: Reader) -> list[Need]:
    """What to do, the most pressing first; empty when nothing is."""
    found = [*_rules(situation, reader), *_records(situation, reader), *_jury(situation, reader)]
    found += _decisions(situation, reader)
    order = {"now": 0, "soon": 1, "note": 2}
    return sorted(found, key=lambda need: order[need.weight])


def _rules(s: Situation, reader: Reader) -> list[Need]:
    n, say = len(s.unanswered), reader.words.ngettext
    if not n or s.phase is Phase.RELEASED:
        return []
    says = say(
        "{n} question that the rules leave open has no answer yet: {names}.",
        "{n} questions that the rules leave open have no answer yet: {names}.",
        n,
    )
    names = ", ".join(name.replace("_", " ") for name in s.unanswered)
    return [Need(n, says.format(n=n, names=names), f"/rounds/{s.round.code}#rules", reader.words.gettext("See"), "now")]


def _records(s: Situation, reader: Reader) -> list[Need]:
    say, _ = reader.words.ngettext, reader.words.gettext
    base = f"/rounds/{s.round.code}"
    found = []
    if s.phase is Phase.SCREENING and s.round.screened_at is None:
        found.append(
            Need(
                1,
                _("The collection of applications is over and they have not been checked yet."),
                f"{base}#engine",
                _("Continue now"),
                "now",
            )
        )
    if s.phase in (Phase.DECIDING, Phase.RELEASED):
        return found + _left_behind(s, reader)
    if n := s.counts.applications.get("needs_evidence", 0):
        says = say(
            "{n} application waits for evidence that is not there yet.",
            "{n} applications wait for evidence that is not there yet.",
            n,
        )
        found.append(Need(n, says.format(n=n), f"{base}/unknown", _("See which"), "now"))
    if n := s.counts.applications.get("undecided", 0):
        says = say(
            "{n} application hangs on a question that is not answered.",
            "{n} applications hang on a question that is not answered.",
            n,
        )
        found.append(Need(n, says.format(n=n), f"{base}/applications?state=undecided", _("Look"), "now"))
    if n := s.counts.refused_rows:
        says = say(
            "{n} place in the imported files could not be used.",
            "{n} places in the imported files could not be used.",
            n,
        )
        found.append(Need(n, says.format(n=n), f"{base}/refused", _("Look"), "note"))
    return found


def _left_behind(s: Situation, reader: Reader) -> list[Need]:
    """Applications that the proposal or the release left without a decision, by name."""
    say, n = reader.words.ngettext, s.undecided.total
    if not n:
        return []
    says = (
        say(
            "{n} application was left without a decision when the round was released: {names}.",
            "{n} applications were left without a decision when the round was released: {names}.",
            n,
        )
        if s.phase is Phase.RELEASED
        else say(
            "{n} application has no decision and would be left without one: {names}.",
            "{n} applications have no decision and would be left without one: {names}.",
            n,
        )
    )
    names = ", ".join(s.undecided.refs) + (" …" if n > len(s.undecided.refs) else "")
    link = f"/rounds/{s.round.code}/applications?decision=none"
    return [Need(n, says.format(n=reader.number(n), names=names), link, reader.words.gettext("See why"), "now")]


def _jury(s: Situation, reader: Reader) -> list[Need]:
    say, _ = reader.words.ngettext, reader.words.gettext
    base = f"/rounds/{s.round.code}"
    found = _routing(s, reader)
    if s.phase is not Phase.REVIEWING:
        return found
    if n := s.uncovered:
        says = say("{n} application has too few jurors.", "{n} applications have too few jurors.", n)
        found.append(Need(n, says.format(n=n), f"{base}/assignment#gaps", _("See why"), "now"))
    found += _deliberating(s, reader)
    if s.uncorrected is not None:
        found.append(_uncorrected(s.uncorrected, base, reader))
    behind = [juror for juror in s.progress if juror.done < juror.all]
    missing = sum(juror.all - juror.done for juror in behind)
    late = reader.now >= s.round.timetable.review_until
    if missing and (late or s.round.timetable.review_until - reader.now <= SOON):
        when = _when(s.round.timetable.review_until, reader)
        says = (
            say(
                "The review period ended on {when} and {n} score sheet is missing.",
                "The review period ended on {when} and {n} score sheets are missing.",
                missing,
            )
            if late
            else say(
                "{n} score sheet is still open; the review period ends on {when}.",
                "{n} score sheets are still open; the review period ends on {when}.",
                missing,
            )
        )
        found.append(
            Need(
                missing,
                says.format(n=reader.number(missing), when=when),
                f"{base}#progress",
                _("See who"),
                "now" if late else "soon",
            )
        )
    return found


def _routing(s: Situation, reader: Reader) -> list[Need]:
    """A plan that waits for the officer, or that only the officer can make."""
    _, link = reader.words.gettext, f"/rounds/{s.round.code}/assignment"
    if s.phase not in (Phase.SCREENING, Phase.REVIEWING):
        return []
    if s.plan_waits:
        says = _("A plan of who reviews what waits to be saved or discarded.")
        return [Need(1, says, f"{link}/plan", _("Look at it"), "now")]
    if s.round.routed_by_hand and s.phase is Phase.SCREENING and s.round.screened_at is not None:
        return [Need(1, _("The applications wait for your plan of who reviews them."), link, _("Make a plan"), "now")]
    return []


def _deliberating(s: Situation, reader: Reader) -> list[Need]:
    """Applications whose sheets are in and not enough: nobody could be asked yet, or the jurors must agree."""
    say, found = reader.words.ngettext, []
    for what in (Waits.THIRD, Waits.LINE, Waits.JOINT):
        refs = sorted(ref for ref, waits in s.owed if waits is what)
        n = len(refs)
        if what is Waits.THIRD:
            says = say(
                "{n} application needs a further juror, for its score sheets differ too much: {names}.",
                "{n} applications need a further juror each, for their score sheets differ too much: {names}.",
                n,
            )
        elif what is Waits.LINE:
            says = say(
                "{n} application needs a further juror, for it cannot be told apart at the line: {names}.",
                "{n} applications need a further juror each, for they cannot be told apart at the line: {names}.",
                n,
            )
        else:
            says = say(
                "{n} application waits for the joint sheet of its jurors: {names}.",
                "{n} applications wait for the joint sheets of their jurors: {names}.",
                n,
            )
        if refs:
            names = ", ".join(refs[:8]) + (" …" if n > 8 else "")
            link, button = f"/rounds/{s.round.code}/applications?q={quote(refs[0])}", reader.words.gettext("Look")
            if s.round.routed_by_hand and what is not Waits.JOINT:
                link, button = f"/rounds/{s.round.code}/assignment#make", reader.words.gettext("Make a plan")
            says = says.format(n=reader.number(n), names=names)
            found.append(Need(n, says, link, button, "now"))
    return found


def _uncorrected(refused: Refusal, base: str, reader: Reader) -> Need:
    """Totals that must be corrected for severity and cannot be: which jurors must share an application first."""
    _ = reader.words.gettext
    says = {
        "not_connected": _(
            "The totals cannot be corrected for severity as the rules prescribe, for the jury falls into parts that "
            "share no application. These jurors must share one: {names}."
        ),
        "one_juror": _(
            "The totals cannot be corrected for severity as the rules prescribe, for one juror gave all score sheets. "
            "A second juror must review some of the applications."
        ),
        "too_few": _(
            "The totals cannot be corrected for severity as the rules prescribe, for there are too few score sheets to "
            "tell severity from chance. Jurors must share more applications."
        ),
    }.get(refused.code, _("The totals cannot be corrected for severity as the rules prescribe."))
    shown = refused.bridges[:8]
    pair = _("{juror} with {beside} ({juror} also reviews {application})")
    names = "; ".join(pair.format(**vars(one)) for one in shown) + (" …" if len(refused.bridges) > 8 else "")
    link = f"{base}/applications?q={quote(shown[0].application)}" if shown else f"{base}/applications"
    return Need(len(refused.bridges) or 1, says.format(names=names), link, _("Look"), "now")


def _decisions(s: Situation, reader: Reader) -> list[Need]:
    n = sum(s.counts.outcomes.values())
    if s.phase is not Phase.DECIDING or not n:
        return []
    says = reader.words.ngettext(
        "{n} proposed decision is ready to be released.", "{n} proposed decisions are ready to be released.", n
    )
    link = f"/rounds/{s.round.code}/release"
    return [Need(n, says.format(n=reader.number(n)), link, reader.words.gettext("Look and release"), "now")]


def _when(moment: datetime, reader: Reader) -> str:
    return reader.deadline(moment)
