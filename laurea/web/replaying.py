"""What an appeal contests judged again: the office's page of an appeal, and the page of the juror who is asked."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators import replay as rules
from evaluators import trace
from evaluators.permissions import Deed, Role, may
from laurea.actions import replay as deeds
from laurea.errors import LaureaError
from laurea.statute import plan_for
from laurea.store import applications, attached, juries, pages_pieces, replays
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.replays import Replay
from laurea.web import declaring, evidence, field_words, forms, rubric, viewing
from laurea.web.applicant_forms import Answers, answers, questions
from laurea.web.forms import Form, Who, first
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from rules.plan import Plan
from rules.ruleset import say

OFFICE, JUROR = {"role": Role.OFFICER}, {"role": Role.JUROR}


@get("/rounds/{code:str}/appeals/{item:int}", opt=OFFICE)
@noted("appeal")
def appeal(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int]) -> Response[Any]:
    """An appeal: what it contests, who judges it again, and the decision before and after beside each other."""
    record, plan = round_of(request, reader, code, Deed.REPLAY)
    return _page(request, reader, record, plan, item)


@post("/rounds/{code:str}/appeals/{item:int}", opt=OFFICE, status_code=200)
@in_thread
def ask(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], item: FromPath[int], data: Form
) -> Response[Any] | Redirect:
    """Have the contested part judged again, or take over what came of it."""
    record, plan = round_of(request, reader, code, Deed.REPLAY)
    state = request.app.state
    who = {"authority_id": reader.authority_id, "round_id": record.id, "person_id": reader.person_id}
    given = answers(plan, data, reader.zone, rules.looked_at(plan, rules.contestable(plan)[0]))
    contested = forms.several(data, "contested")
    try:
        if first(data, "do") == "take":
            deeds.take(
                state.engine, appeal=item, words=first(data, "says"), settings=state.settings, now=reader.now, **who
            )
        else:
            looks = rules.looked_at(plan, contested)
            facts = {name: text for name, text in given.facts.items() if name in looks and text}
            with reading(state.engine) as connection:
                stands = _facts(connection, record.id, item)
            deeds.ask(
                state.engine, appeal=item, contested=contested, juror=first(data, "juror"), settings=state.settings,
                facts={name: text for name, text in facts.items() if str(stands.get(name, "")) != text},
                now=reader.now, **who,
            )  # fmt: skip
    except LaureaError as refused:
        return _page(request, reader, record, plan, item, refused, contested, first(data, "says"))
    return go(f"/rounds/{code}/appeals/{item}")


def _facts(connection: Any, round_id: int, number: int) -> dict[str, Any]:
    """The facts of the application an appeal is about; a page that there is not does not exist."""
    about = replays.appeal(connection, round_id, number)
    if about is None:
        raise NotFoundException
    return applications.load(connection, round_id, ids=[about.application_id])[0].facts


def _page(
    request: Request[Any, Any, Any], reader: Reader, record: RoundPage, plan: Plan, number: int,
    wrong: LaureaError | None = None, contested: list[str] | None = None, says: str = "",
) -> Response[Any]:  # fmt: skip
    with reading(request.app.state.engine) as connection:
        about = replays.appeal(connection, record.id, number)
        if about is None:
            raise NotFoundException
        rounds_ = replays.of_appeal(connection, number)
        facts = _facts(connection, record.id, number)
        clauses, criteria = rules.contestable(plan)
        live = next((one for one in rounds_ if one.state in (*replays.LIVE, "taken")), None)
        free = about.settled_at is None and live is None
        fresh = deeds.fresh(connection, plan, record.id, about.application_id) if free and criteria else []
        called = {one.ref: f"{one.name} ({one.ref})" for one in juries.jurors(connection, record.id)} if rounds_ else {}
    looks = rules.looked_at(plan, clauses)
    known = Answers({name: str(facts[name]) for name in looks if facts.get(name) is not None}, {})
    return page(
        request,
        "office/appeal.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        about=about,
        names=names(plan, reader),
        called=called,
        clauses=clauses,
        criteria=criteria,
        lowers=rules.may_lower(plan),
        chosen=contested if contested is not None else about.contested,
        questions=questions(plan, dict.fromkeys(looks, ()), known, {}, reader, reader.zone) if free else [],
        fresh=fresh,
        free=free,
        live=live,
        past=[one for one in rounds_ if one is not live],
        rows=_rows(live, plan, reader),
        traces=[(name, _trace(side, plan, reader)) for name, side in _sides(live, reader)],
        lowered=bool(live and live.before and live.after and rules.lowered(live.before, live.after)),
        wrong=wrong,
        says=says,
    )


def names(plan: Plan, reader: Reader) -> dict[str, str]:
    """Clauses and criteria in words, by name, with what the round has answered."""
    entry = {"parameters": plan.parameters, "policies": plan.policies, "measured": None, "threshold": None}
    words = trace.words_of(plan.ruleset, entry, reader.language)
    found = {
        name: trace.filled(say(clause.says, reader.language), words, reader.language)
        for name, clause in trace.sources(plan.ruleset).items()
        if clause.says
    }
    return found | {line.id: line.title for line in rubric.lines(plan, reader.language)}


def _sides(live: Replay | None, reader: Reader) -> list[tuple[str, dict[str, Any] | None]]:
    _ = reader.words.gettext
    return [] if live is None else [(_("As it was released"), live.before), (_("As it is decided again"), live.after)]


def _trace(side: dict[str, Any] | None, plan: Plan, reader: Reader) -> list[trace.Sentence]:
    return [] if side is None else list(trace.sentences(plan.ruleset, side["trace"], reader.language))


def _rows(live: Replay | None, plan: Plan, reader: Reader) -> list[tuple[str, str, str]]:
    """What came out otherwise, in words: the decision's own parts, then its clauses."""
    if live is None or live.before is None or live.after is None:
        return []
    _ = reader.words.gettext
    parts = field_words.decision(_)
    words, titles = names(plan, reader), {one.id: say(one.title, reader.language) for one in plan.ruleset.outcomes}
    met = {"true": _("met"), "false": _("not met"), "unknown": _("open"), "waived": _("waived")}
    rows = []
    for one in rules.differences(live.before, live.after):
        sides = []
        for side in (one.before, one.after):
            text = "–" if side is None else side
            if one.clause:
                status, _gap, measured = text.partition(" ")
                text = " ".join([met.get(status, status), measured]).strip()
            elif one.name == "outcome":
                text = titles.get(text, text)
            elif one.name == "first_failing":
                text = words.get(text, text)
            sides.append(text)
        rows.append((words.get(one.name, one.name) if one.clause else parts[one.name], sides[0], sides[1]))
    return rows


@get("/again/{number:int}", opt=JUROR)
@in_thread
def judge(request: Request[Any, Any, Any], reader: Who, number: FromPath[int]) -> Response[Any]:
    """What one juror is asked to mark for an appeal: before the juror declared, only the heading and the question."""
    return _judge(request, reader, number)


@post("/again/{number:int}", opt=JUROR, status_code=200)
@in_thread
def judged(
    request: Request[Any, Any, Any], reader: Who, number: FromPath[int], data: Form
) -> Response[Any] | Redirect:  # fmt: skip
    """Declare, mark, or give it back."""
    engine, do = request.app.state.engine, first(data, "do")
    who: dict[str, Any] = {"person_id": reader.person_id, "number": number, "now": reader.now}
    if do == "mark":
        marks, comment = forms.marks(data), first(data, "comment")
        problems = deeds.mark(engine, marks=marks, comment=comment, version=forms.version(data), **who)
        if problems:
            return _judge(request, reader, number, rubric.gaps(tuple(problems), marks), marks, comment)
    elif do == "back":
        return go(f"/juror/{deeds.hand_back(engine, reason=first(data, 'reason'), **who)}")
    else:
        kind = first(data, "kind")
        code = deeds.declare(engine, kind=None if kind == "none" else kind, note=first(data, "note"), **who)
        if kind != "none":
            return go(f"/juror/{code}")
    return go(f"/again/{number}")


def _judge(
    request: Request[Any, Any, Any], reader: Reader, number: int, problems: dict[str, Any] | None = None,
    marks: dict[str, str] | None = None, comment: str = "",
) -> Response[Any]:  # fmt: skip
    with reading(request.app.state.engine) as connection:
        task = replays.task(connection, reader.person_id, number)
        if task is None or not may(Role.JUROR, Deed.JUDGE_AGAIN, task.timetable, reader.now):
            raise NotFoundException
        plan = plan_for(connection, task.rule_set, task.policies, task.parameters)
        opened = task.state != "asked"
        pieces = pages_pieces.pieces(connection, task.application_id) if opened else []
        files = attached.of_application(connection, task.application_id) if opened and task.files else []
    wanted = set(task.contested) & set(rules.contestable(plan)[1])
    return page(
        request,
        "jury/again.html",
        status=422 if problems else 200,
        desk=task,
        opened=opened,
        kinds=declaring.kinds(reader),
        lines=[one for one in rubric.lines(plan, reader.language) if one.id in wanted],
        known=evidence.known(plan.ruleset, task.facts, pieces, reader) if opened else (),
        listings=evidence.listings(plan.ruleset, task.children, pieces, reader) if opened else (),
        files=files,
        named=viewing.names_applicants(reader, task.timetable),
        marks=task.marks if marks is None else marks,
        comment=task.comment if marks is None else comment,
        problems=problems or {},
        editable=task.state == "open" and reader.viewer is None,
    )


HANDLERS = [appeal, ask, judge, judged]
