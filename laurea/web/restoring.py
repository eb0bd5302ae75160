"""An officer's room: reviews and proposals of a round as they stood at an earlier moment, to be let stand again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from evaluators.permissions import Deed, Phase, Role, may, phase
from laurea import clock
from laurea import restoring as rules
from laurea.actions import restore as deeds
from laurea.errors import BadInput, LaureaError
from laurea.ledger import Actor, Event
from laurea.restoring import DECISIONS, KINDS, Change, Preview
from laurea.store import pages_assignment
from laurea.store import restoring as records
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web import field_words
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import say

OPT = {"role": Role.OFFICER}
SHOWN = 200  # changes told one by one
MOMENTS = (Event.JURORS_ASSIGNED, Event.THIRD_REVIEWS_ASKED, Event.DECISIONS_PROPOSED, Event.ROUND_RESTORED)


@dataclass(frozen=True)
class Asked:
    """What is to be looked at: a moment on the office's clock, kinds, references; as typed."""

    at: str
    kinds: tuple[str, ...]
    some: str

    def moment(self, reader: Reader) -> datetime:
        """The moment. Raises BadInput where the text is none."""
        try:
            found = datetime.fromisoformat(self.at.strip())
        except ValueError:
            raise BadInput("This is not a moment.", remedy="Write it as 2026-12-31T18:30.") from None
        return found if found.tzinfo else clock.meant(found, reader.zone)

    @property
    def refs(self) -> list[str]:
        """The references of the applications; none: all of them."""
        return self.some.replace(",", " ").split()


@get("/rounds/{code:str}/restore", opt=OPT)
@noted()
def look(
    request: Request[Any, Any, Any],
    reader: Who,
    *,
    code: FromPath[str],
    at: FromQuery[str] = "",
    sheets: FromQuery[str] = "",
    assignments: FromQuery[str] = "",
    decisions: FromQuery[str] = "",
    some: FromQuery[str] = "",
) -> Response[Any]:
    """Choose a moment, and see what stood otherwise then; nothing is changed by looking."""
    record, plan = round_of(request, reader, code)
    chosen = tuple(kind for kind, on in zip(KINDS, (sheets, assignments, decisions), strict=True) if on)
    asked = Asked(at, chosen, some)
    found, wrong = None, None
    if at:
        try:
            found = deeds.preview(
                request.app.state.engine, record.id, at=asked.moment(reader), kinds=chosen, some=asked.refs,
                now=reader.now,
            )  # fmt: skip
        except LaureaError as refused:
            wrong = refused
    return _page(request, reader, record, plan, asked, found, wrong)


@post("/rounds/{code:str}/restore", opt=OPT)
@in_thread
def restore(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any] | Redirect:
    """Let what was looked at stand again, for a reason."""
    record, plan = round_of(request, reader, code, Deed.RESTORE)
    state = request.app.state
    asked = Asked(first(data, "at"), tuple(kind for kind in KINDS if first(data, kind)), first(data, "some"))
    given: dict[str, Any] = {"at": asked.moment(reader), "kinds": asked.kinds, "some": asked.refs, "now": reader.now}
    try:
        deeds.restore(
            state.engine, record.id, reason=first(data, "reason"), expected=first(data, "digest") or "none",
            actor=Actor.person(reader.person_id), settings=state.settings, **given,
        )  # fmt: skip
    except LaureaError as refused:
        found = deeds.preview(state.engine, record.id, **given)
        return _page(request, reader, record, plan, asked, found, refused)
    return go(f"/rounds/{code}/restore#done")


def _page(
    request: Request[Any, Any, Any], reader: Reader, record: RoundPage, plan: Plan, asked: Asked,
    found: Preview | None, wrong: LaureaError | None,
) -> Response[Any]:  # fmt: skip
    with reading(request.app.state.engine) as connection:
        done = records.restorations(connection, record.id)
        moments = records.moments(connection, record.id, [one.value for one in MOMENTS])
        shown = found.changes[:SHOWN] if found else ()
        titles = pages_assignment.titles(connection, record.id, {one.application for one in shown})
    return page(
        request,
        "office/restore.html",
        status=422 if isinstance(wrong, BadInput) else 409 if wrong else 200,
        **frame(record, plan, reader),
        asked=asked,
        shown_at=_local(found.at, reader) if found else asked.at,
        found=found,
        rows=[_told(one, titles, plan, record, reader) for one in shown],
        counted=[(kind, name, sum(one.kind == kind for one in found.can)) for kind, name in kinds(reader).items()]
        if found
        else [],
        more=len(found.changes) - len(shown) if found else 0,
        left=len(found.changes) - len(found.can) if found else 0,
        wrong=wrong,
        may_restore=may(Role.OFFICER, Deed.RESTORE, record.timetable, reader.now),
        released=phase(record.timetable, reader.now) is Phase.RELEASED,
        kinds=kinds(reader),
        done=done,
        moments=[(_event(event, reader), at, _before(at, reader)) for event, at in moments],
    )


def kinds(reader: Reader) -> dict[str, str]:
    """What can be restored, as an officer reads it."""
    _ = reader.words.gettext
    return {"sheets": _("Score sheets"), "assignments": _("Assignments"), "decisions": _("Proposed decisions")}


def _event(name: str, reader: Reader) -> str:
    _ = reader.words.gettext
    return {
        Event.JURORS_ASSIGNED: _("Reviews were given out"),
        Event.THIRD_REVIEWS_ASKED: _("Further reviews were asked for"),
        Event.DECISIONS_PROPOSED: _("Decisions were proposed"),
        Event.ROUND_RESTORED: _("Something was restored"),
    }[Event(name)]


def _before(at: datetime, reader: Reader) -> str:
    """The last moment before a deed, as the field of the form takes it."""
    last = at.replace(microsecond=0) - timedelta(seconds=not at.microsecond)
    return _local(last, reader)


def _local(moment: datetime, reader: Reader) -> str:
    """A moment as the field of the form takes it, on the office's clock."""
    return moment.astimezone(reader.zone).replace(tzinfo=None).isoformat()


def _told(
    one: Change, titles: dict[str, tuple[int, str]], plan: Plan, record: RoundPage, reader: Reader
) -> dict[str, Any]:
    """A change as a row: what it is about, and each difference, as far as the phase lets an officer see it."""
    number, unit = titles[one.application]
    open_ = rules.SEES[one.kind] in seen(record, reader)
    names = [name for name in one.then if open_ or name == "state"]
    words = _words(plan, reader)
    sides = [
        (words.get(name, name), *(_value(one.kind, name, side.get(name), plan, reader) for side in (one.then, one.now)))
        for name in names
    ]
    return {
        "kind": kinds(reader)[one.kind],
        "application": one.application,
        "id": number,
        "unit": unit,
        "juror": one.juror,
        "sides": sides,
        "hidden": len(one.then) - len(names),
        "bar": _bar(one.bar, reader),
    }


def _words(plan: Plan, reader: Reader) -> dict[str, str]:
    _ = reader.words.gettext
    criteria = plan.ruleset.rubric.criteria if plan.ruleset.rubric else []
    words = {"state": _("State"), "comment": _("Comment"), "trace": _("Findings")} | field_words.decision(_)
    return {one.id: say(one.title, reader.language) for one in criteria} | words


def _value(kind: str, name: str, value: str | None, plan: Plan, reader: Reader) -> str:
    _ = reader.words.gettext
    if name == "state":
        return {
            "none": _("not given"), "open": _("not opened"), "draft": _("open"), "submitted": _("done"),
            "handed_back": _("given back"),
        }.get(str(value), str(value))  # fmt: skip
    if name == "outcome":
        titles = {one.id: say(one.title, reader.language) for one in plan.ruleset.outcomes}
        return titles.get(str(value), _("none"))
    if kind == DECISIONS and name == "trace":
        return "…"
    return "–" if value in (None, "") else str(value)


def _bar(name: str, reader: Reader) -> str:
    _ = reader.words.gettext
    return {
        "conflict": _("It stays as it is: the juror has a conflict with this application."),
        "left": _("It stays as it is: the juror left the round."),
        "load": _("It stays as it is: the juror has as many applications as they may."),
        "joint": _("It stays as it is: the jury has written its joint sheet since."),
        "withdrawn": _("It stays as it is: the application was withdrawn."),
    }.get(name, "")


HANDLERS = [look, restore]
