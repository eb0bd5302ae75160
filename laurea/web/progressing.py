"""How the reviews of a round get on, in words and as a drawing: what is in, the pace, and when the rest may come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from evaluators import forecast
from evaluators.forecast import Course, Forecast, Silent
from laurea.documents import burndown
from laurea.store.pages_progress import Coverage
from laurea.store.pages_round import JurorProgress, RoundPage
from laurea.web.plotted import drawn
from laurea.web.reader import Reader
from rules.plan import Plan

LOOK = {Course.DONE: "good", Course.ON_COURSE: "good", Course.BEHIND: "warn", Course.STILL: "warn"}


@dataclass(frozen=True)
class Outlook:
    """What a round's page shows of it. `courses` are by the juror's id: how they get on, and the chip's look."""

    sentences: tuple[str, ...]
    plot: Markup
    courses: dict[int, tuple[str, str]]
    coverage: Coverage
    reviews: int


def began(record: RoundPage, jurors: Sequence[JurorProgress]) -> datetime | None:
    """When the jury was first asked for what stands; a later plan, third reviews among them, does not move it."""
    asked = [one.asked_at for one in jurors if one.asked_at is not None]
    return min(asked, default=record.timetable.routed_at)


def outlook(
    record: RoundPage,
    plan: Plan,
    jurors: Sequence[JurorProgress],
    submitted: Sequence[tuple[int, datetime]],
    covered: Coverage,
    reader: Reader,
) -> Outlook:
    """How the reviews of a round get on that is with its jurors."""
    due, now = record.timetable.review_until, reader.now
    since = began(record, jurors) or now
    left = sum(juror.all - juror.done for juror in jurors)
    told = forecast.forecast(submitted, left, began=since, now=now)
    says = _says(told, due, reader)
    said = _courses(reader)
    by_juror: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for one in submitted:
        by_juror[one[0]].append(one)
    courses = {}
    for juror in jurors:
        recent = forecast.pace(by_juror[juror.id], since, now)
        how = forecast.course(juror.done, juror.all - juror.done, recent, now=now, due=due)
        if juror.all:
            courses[juror.id] = (said[how], LOOK.get(how, "plain"))
    plot = _plot(told, [at for _, at in submitted], since, due, says, reader) if submitted and left else Markup()
    return Outlook(says, plot, courses, covered, int(plan.jury.asked_reviews or 0) if plan.jury else 0)


def _courses(reader: Reader) -> dict[Course, str]:
    _ = reader.words.gettext
    return {
        Course.DONE: _("done"),
        Course.NOT_BEGUN: _("not begun"),
        Course.STILL: _("nothing for 7 days"),
        Course.BEHIND: _("behind"),
        Course.ON_COURSE: _("on course"),
    }


def _says(told: Forecast, due: datetime, reader: Reader) -> tuple[str, ...]:
    """The pace, what it leads to, and what would be needed."""
    _, say = reader.words.gettext, reader.words.ngettext
    if told.silent is Silent.DONE:
        return (_("All score sheets are in."),)
    n, days = told.pace.sheets, round(told.pace.days)
    found = []
    if told.silent is not Silent.YOUNG:
        came = say(
            "{n} score sheet came in during the last {days} days: {pace} a day.",
            "{n} score sheets came in during the last {days} days: {pace} a day.",
            n,
        )
        found.append(came.format(n=reader.number(n), days=days, pace=reader.decimal(told.pace.daily)))
    if told.silent is Silent.YOUNG:
        found.append(_("The review has only begun: its pace cannot be told yet."))
    elif told.silent is Silent.FEW:
        found.append(_("That is too little to tell when all will be in."))
    else:
        found.append(_ends(told, due, reader))
    needed = forecast.needed_a_day(told.left, reader.now, due)
    if needed is not None:
        found.append(_("To be done in time, {pace} a day must come.").format(pace=reader.decimal(needed)))
    return tuple(found)


def _ends(told: Forecast, due: datetime, reader: Reader) -> str:
    _, say = reader.words.gettext, reader.words.ngettext
    if told.middle is None:
        return _("At this pace the end is out of sight.")
    days = (told.middle.astimezone(reader.zone).date() - due.astimezone(reader.zone).date()).days
    if days == 0:
        text = _("At this pace all are in on {day}, the day they are due.")
    elif days > 0:
        text = say(
            "At this pace all are in on {day}, {n} day after they are due.",
            "At this pace all are in on {day}, {n} days after they are due.",
            days,
        )
    else:
        text = say(
            "At this pace all are in on {day}, {n} day before they are due.",
            "At this pace all are in on {day}, {n} days before they are due.",
            -days,
        )
    text = text.format(day=reader.day(told.middle), n=reader.number(abs(days)))
    if told.early is None or told.late is None:
        return text
    sure = _("In eight of ten such cases it is between {early} and {late}.")
    return text + " " + sure.format(early=reader.day(told.early), late=reader.day(told.late))


def _plot(
    told: Forecast, submitted: list[datetime], began: datetime, due: datetime, says: tuple[str, ...], reader: Reader
) -> Markup:
    """The way down to no sheet, until the interval ends; at most twice as long as the review was meant to take."""
    _ = reader.words.gettext
    longest = max(due, reader.now) + max(due - began, timedelta(days=1))
    expected = None
    until = max(due, reader.now)
    if told.early is not None:
        expected = burndown.Expected(told.early, told.middle, told.late)
        until = min(longest, max(until, told.late or longest))
    words = burndown.Words(
        title=_("Score sheets still to come"),
        described=" ".join(says),
        left=_("score sheets still to come"),
        due=_("due"),
        today=reader.moment(reader.now),
        first=reader.day(began),
        last=reader.day(until),
    )
    svg = burndown.burndown(
        submitted, told.left, began=began, now=reader.now, due=due, until=until, expected=expected, words=words
    )
    return drawn(svg)
