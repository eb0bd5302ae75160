"""What an appeal contests judged again: asked for by the office, marked by a fresh juror, taken over by the office.

The decision as it was released is kept with its trace, beside the one that comes out; nothing changes for anybody
before an officer takes that over, and never more than the rules let an appeal do (`appeals: replays`, `lowers`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from evaluators import conflicts, replay
from evaluators import marks as mark_rules
from evaluators.facts import read_value
from evaluators.marks import MarkProblem
from evaluators.permissions import Deed, Role, may
from laurea import appeal_letters, deliberation, granting, ledger, letters, statute, term_letters
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.ledger import Actor, Event
from laurea.settings import Settings
from laurea.store import applications, juries, outcomes, pages_heard, panels, replays, rounds, terms
from laurea.store.engine import writing
from laurea.store.replays import Replay, Task
from notifications.filled import Filled

if TYPE_CHECKING:
    from laurea.store.juries import JurorRecord
    from laurea.store.rounds import RoundRecord
    from rules.plan import Plan

LONGEST = 10_000
CONFLICT_KINDS = ("own_school", "own_project", "own_region", "family", "other")


def ask(
    engine: Engine,
    *,
    authority_id: int,
    round_id: int,
    appeal: int,
    contested: Sequence[str],
    facts: Mapping[str, str],
    juror: str = "",
    person_id: int,
    settings: Settings,
    now: datetime,
) -> Replay:
    """Have the contested clauses (by the facts the office corrects) or criteria (by a fresh juror) judged again.

    With `juror` empty the fresh juror with the fewest such tasks is asked; whoever had to do with the application, or
    has a conflict, never is. Clauses alone are judged at once. Raises NotNow where the rules repeat nothing like that
    or do not say whether a result may become lower, Conflict where it is judged again already.
    """
    with writing(engine) as connection:
        record, plan = _round(connection, authority_id, round_id, now)
        about = replays.appeal(connection, round_id, appeal, hold=True)
        if about is None:
            raise NotFound("There is no such page.")
        live = any(one.state in replays.LIVE for one in replays.of_appeal(connection, appeal))
        if live or about.settled_at is not None:
            raise Conflict("This appeal is answered, or judged again already.", "Look at it again.")
        clauses, criteria = replay.contestable(plan)
        if replay.may_lower(plan) is None:
            raise NotNow(
                "The rules do not say whether an appeal may lower a result.",
                "It is decided in the edition (`appeals: lowers`), or by the answer to its policy.",
            )
        wanted = list(dict.fromkeys(contested))
        if not wanted or not set(wanted) <= {*clauses, *criteria}:
            raise BadInput("The rules let no appeal repeat this.", remedy="Choose a clause or criterion of the list.")
        marked = [one for one in wanted if one in criteria]
        given = _corrected(plan, [one for one in wanted if one in clauses], facts)
        if not marked and not given:
            raise BadInput("Nothing would be judged otherwise.", remedy="Give the fact that was taken wrongly.")
        chosen = _fresh(connection, plan, record, about.application_id, juror) if marked else None
        until = now + timedelta(days=settings.review_days) if chosen else None
        number = replays.add(
            connection, authority_id=authority_id, round_id=round_id, appeal_id=appeal,
            application_id=about.application_id, contested=wanted, juror_id=chosen and chosen.id, until=until,
            state="asked" if chosen else "open", facts=given, marks={}, asked_by=person_id, asked_at=now,
            policies={"lowers": replay.may_lower(plan)},
        )  # fmt: skip
        _line(connection, record, Actor.person(person_id), Event.APPEAL_REPLAYED, number, now, {"asked": len(wanted)})
        if chosen is None:
            _decide(connection, record, plan, replays.one(connection, number), {}, "", now)
        else:
            desk = letters.Desk.of(connection, record, settings, now)
            letter = letters.assignment(desk, chosen, [about.application_id], f"appeal-{number}", until=until)
            ledger.post(connection, [letter], authority_id=authority_id, round_id=round_id, now=now)
        return replays.one(connection, number)


def declare(engine: Engine, *, person_id: int, number: int, kind: str | None, note: str = "", now: datetime) -> str:
    """The juror's word that there is no conflict (None), or which; gives the code of the round."""
    if kind is not None and kind not in CONFLICT_KINDS:
        raise BadInput("This kind of conflict is not known.", remedy="Choose one of the list.")
    with writing(engine) as connection:
        task, record, _ = _task(connection, person_id, number, now)
        if task.state == "asked":
            state = "open" if kind is None else "handed_back"
            replays.change(connection, number, task.version, state=state, reason=note.strip()[:2000])
            if kind is not None:
                new = [(task.application_id, task.juror_id, kind)]
                juries.add_conflicts(connection, task.authority_id, task.round_id, new, "declared", now)
            event = Event.NO_CONFLICT_DECLARED if kind is None else Event.CONFLICT_DECLARED
            _line(connection, record, Actor.person(person_id), event, number, now, {"kind": kind} if kind else {})
    return task.code


def mark(
    engine: Engine, *, person_id: int, number: int, marks: Mapping[str, str], comment: str, version: int, now: datetime
) -> list[MarkProblem]:
    """Mark the contested criteria, once; then it is decided again. What cannot stand is told, and nothing is kept."""
    if len(comment) > LONGEST:
        raise BadInput("The comment is too long.", remedy="Shorten it to 10,000 characters.")
    with writing(engine) as connection:
        task, record, plan = _task(connection, person_id, number, now)
        if task.state != "open" or task.version != version:
            raise Conflict("This was marked already, or is not asked for any more.", "Look at it again.")
        wanted = [one for one in task.contested if one in replay.contestable(plan)[1]]
        given = {name: marks.get(name, "").strip() for name in wanted}
        problems = [one for one in mark_rules.problems(plan, given, complete=True) if one.criterion in wanted]
        if problems:
            return problems
        _decide(connection, record, plan, replays.one(connection, number), given, comment.strip(), now)
        _line(connection, record, Actor.person(person_id), Event.SHEET_SUBMITTED, number, now, {})
    return []


def hand_back(engine: Engine, *, person_id: int, number: int, reason: str, now: datetime) -> str:
    """Give it back without a conflict, for a reason; the office asks somebody else. Gives the code of the round."""
    if not reason.strip():
        raise BadInput("A reason is missing.", remedy="Say in a few words why, for the office.")
    with writing(engine) as connection:
        task, record, _ = _task(connection, person_id, number, now)
        if task.state not in ("asked", "open"):
            raise NotNow("This was marked already.", "Write to the office if something in it is wrong.")
        replays.change(connection, number, task.version, state="handed_back", reason=reason.strip()[:2000])
        _line(connection, record, Actor.person(person_id), Event.REVIEW_RETURNED, number, now, {})
    return task.code


def take(
    engine: Engine, *, authority_id: int, round_id: int, appeal: int, words: str, person_id: int, settings: Settings,
    now: datetime,
) -> None:  # fmt: skip
    """Let the decision stand as it was decided again, and answer the appeal with `words`.

    A label that is granted now gets its certificate and letter, one that is not any more is withdrawn, one that was
    withdrawn stays so; whoever appealed is told. Raises NotNow where the rules do not let an appeal lower the result.
    """
    words = words.strip()
    if not appeal_letters.paragraphs(words) or len(words) > LONGEST:
        raise BadInput("An appeal needs an answer.", remedy="Write what was decided, and why.")
    with writing(engine) as connection:
        record, plan = _round(connection, authority_id, round_id, now)
        about = replays.appeal(connection, round_id, appeal, hold=True)
        found = next((one for one in replays.of_appeal(connection, appeal) if one.state == "replayed"), None)
        if found is None or about is None or about.settled_at is not None:
            raise Conflict("There is nothing to take over, or it was done meanwhile.", "Look at it again.")
        assert found.before is not None
        assert found.after is not None
        if not replay.differences(found.before, found.after):
            raise BadInput("It was decided again as before.", remedy="Answer the appeal; nothing is corrected.")
        if replay.lowered(found.before, found.after) and not replay.may_lower(plan):
            raise NotNow("The rules let no appeal lower a result.", "Answer the appeal; the decision stays as it is.")
        if not pages_heard.settle(connection, "appeal", appeal, words, person_id, now):
            raise Conflict("There is nothing to take over, or it was done meanwhile.", "Look at it again.")
        decision = replays.correct(connection, found.application_id, found.after, now)
        _labels(connection, record, plan, found, words, person_id, settings, now)
        replays.change(connection, found.id, found.version, state="taken", taken_by=person_id, taken_at=now)
        _line(connection, record, Actor.person(person_id), Event.DECISION_CORRECTED, found.id, now,
              {"decision": decision, "granted": bool(found.after["granted"])})  # fmt: skip


def _labels(
    connection: Connection, record: RoundRecord, plan: Plan, again: Replay, words: str, person_id: int,
    settings: Settings, now: datetime,
) -> None:  # fmt: skip
    """What follows for the label: granted, withdrawn, or as it is; and the letter about the decision."""
    (found,) = (one for one in outcomes.decisions(connection, record.id) if one.application_id == again.application_id)
    (paper,) = applications.load(connection, record.id, ids=[again.application_id])
    desk = letters.Desk.of(connection, record, settings, now)
    today = now.astimezone(ZoneInfo(desk.authority.timezone)).date()
    held, post, certificate = terms.of_application(connection, paper.id), [], None
    rows, schedules = granting.grants(record, plan, [found], {paper.id: paper}, today)
    if found.granted and found.id not in terms.granted(connection, record.id):  # one withdrawn stays so
        outcomes.add_grants(connection, rows)
        new = terms.granted(connection, record.id)[found.id]
        terms.add_steps(connection, record.authority_id, {new: schedules[found.id]})
        row = rows[0]
        certificate = letters.Certificate(row["number"], row["valid_from"], row["valid_until"])
    elif not found.granted and held is not None:
        if not terms.change(connection, held, withdrawn_at=now, told_on=today):
            raise Conflict("A label was changed meanwhile.", "Look at it again.")
        act = {"authority_id": record.authority_id, "round_id": record.id, "grant_id": held.id,
               "act": secrets.token_urlsafe(16), "kind": "withdrawn", "before": held.valid_until, "after": None,
               "reason": words, "decided_by": person_id, "decided_at": now}  # fmt: skip
        terms.add_acts(connection, [act])
        post.append(term_letters.withdrawn(desk, held, today, words))
    post += appeal_letters.corrected(connection, desk, paper, found, plan.ruleset, certificate, again, words)
    ledger.post(connection, post, authority_id=record.authority_id, round_id=record.id, now=now)


def _decide(
    connection: Connection, record: RoundRecord, plan: Plan, found: Replay, marks: Mapping[str, str], comment: str,
    now: datetime,
) -> None:  # fmt: skip
    """Decide the round again with what is new, and keep the appellant's decision before and after."""
    everyone = [one for one in applications.load(connection, record.id) if one.state != "withdrawn"]
    (ref,) = (one.ref for one in everyone if one.id == found.application_id)
    sheets, joint = juries.submitted_sheets(connection, record.id), panels.joint_by_ref(connection, record.id)
    papers = replay.Papers([one.row() for one in everyone], sheets, joint, record.seed)
    try:
        after = replay.again(plan, papers, ref, marks=marks, given=found.facts)
    except ValueError as wrong:
        raise NotNow(Filled("It cannot be decided again: {why}", why=str(wrong)), "Give every fact it needs.") from None
    before = replays.standing(connection, found.application_id)
    values = {"marks": dict(marks), "comment": comment, "before": before, "after": after, "replayed_at": now}
    replays.change(connection, found.id, found.version, state="replayed", **values)


def _fresh(connection: Connection, plan: Plan, record: RoundRecord, application_id: int, wanted: str) -> JurorRecord:
    """The juror who is asked, or the one wanted, as far as they may judge this application afresh."""
    found = fresh(connection, plan, record.id, application_id)
    if wanted:
        found = [one for one in found if one.ref == wanted]
    if not found:
        raise NotNow(
            "No juror is left who had nothing to do with this application and has no conflict with it.",
            "Take another juror into the round, then ask again.",
        )
    return found[0]


def fresh(connection: Connection, plan: Plan, round_id: int, application_id: int) -> list[JurorRecord]:
    """The jurors who may judge an application afresh, those with the fewest such tasks first."""
    (paper,) = applications.load(connection, round_id, ids=[application_id])
    known, busy = replays.known_to(connection, application_id), replays.loads(connection, round_id)
    rules, candidate = plan.jury, deliberation.candidate(paper, 1)
    found = []
    for one in juries.jurors(connection, round_id):
        juror = deliberation.juror(one)
        if one.id in known or one.left_at is not None or one.email.casefold() == paper.email.casefold():
            continue
        if rules is not None:
            listed = [kind for kind in rules.conflicts if kind not in conflicts.BROAD]
            if conflicts.find(listed, [candidate], [juror]) or conflicts.share_place(rules.conflicts, candidate, juror):
                continue
            if rules.languages and paper.language and paper.language not in one.languages:
                continue
        found.append(one)
    return sorted(found, key=lambda one: (busy[one.id], one.ref))


def _corrected(plan: Plan, clauses: Sequence[str], facts: Mapping[str, str]) -> dict[str, str]:
    """The facts given, where a contested clause looks at them. Raises BadInput for any other, or a wrong value."""
    given = {name: text.strip() for name, text in facts.items() if text.strip()}
    known = replay.looked_at(plan, clauses)
    for name, text in given.items():
        if name not in known:
            raise BadInput("No contested clause looks at this fact.", remedy="Leave it out.")
        try:
            read_value(plan.ruleset.facts[name], text)
        except ValueError as wrong:
            raise BadInput(str(wrong.args[0]), remedy=str(wrong.args[1])) from None
    return given


def _round(connection: Connection, authority_id: int, round_id: int, now: datetime) -> tuple[RoundRecord, Plan]:
    record = rounds.round_by_id(connection, round_id)
    if record.authority_id != authority_id or not may(Role.OFFICER, Deed.REPLAY, record.timetable, now):
        raise NotNow("The results of this round are not released.", "An appeal comes after them.")
    return record, statute.plan_of(connection, record)


def _task(connection: Connection, person_id: int, number: int, now: datetime) -> tuple[Task, RoundRecord, Plan]:
    task = replays.task(connection, person_id, number)
    if task is None or not may(Role.JUROR, Deed.JUDGE_AGAIN, task.timetable, now):
        raise NotFound("There is no such page.")
    record = rounds.round_by_id(connection, task.round_id)
    return task, record, statute.plan_of(connection, record)


def _line(
    connection: Connection, record: RoundRecord, actor: Actor, event: Event, number: int, now: datetime,
    details: dict[str, Any],
) -> None:  # fmt: skip
    ledger.record_of(
        connection, record, actor=actor, event=event, subject=f"replay:{number}", now=now, details=details
    )  # fmt: skip
