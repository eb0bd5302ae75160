"""The officer's plan on the portal: made, looked at, mended row by row, saved or thrown away; pins, and who routes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators.assignment import AssignmentPlan
from evaluators.plan_check import PlanProblem
from laurea import further, ledger, routing
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.routing import Changes
from laurea.settings import Settings
from laurea.standing import Pair, Standing, look
from laurea.store import drafts, plans, rounds
from laurea.store.drafts import Draft
from laurea.store.engine import reading, writing
from notifications.filled import Filled

KINDS = {"fill": routing.filled, "repair": routing.repaired, "afresh": routing.afresh}
"""What a plan may be for: what is missing; that, moving as few as possible; everything that nobody has begun."""

THIRD = "third"
"""The other kind: one more review for each application whose first ones the rules do not take as enough."""

PINS = ("must", "never", "")
AGAIN = "Look at the plan again."


class MayNotStand(BadInput):
    """A plan that breaks what an assignment must keep; `found` is the first breach."""

    def __init__(self, found: PlanProblem) -> None:
        super().__init__(found.problem, remedy=found.remedy)
        self.found = found


def make(engine: Engine, round_id: int, kind: str, *, actor: ledger.Actor, settings: Settings, now: datetime) -> None:
    """Make a plan and keep it to be looked at, in place of the one before. Nothing is assigned.

    Raises NotNow before the applications are screened and once decisions are proposed, BadInput for another kind.
    """
    if kind not in KINDS and kind != THIRD:
        raise BadInput(
            "There is no such kind of plan.",
            remedy=Filled("It is one of {choices}.", choices=", ".join([*KINDS, THIRD])),
        )
    with reading(engine) as connection:
        standing = look(connection, round_id, settings, now)
        due = further.due_further(connection, standing) if kind == THIRD else {}
    standing.must_be_open()
    proposal = further.further(standing, due) if kind == THIRD else KINDS[kind](standing)
    changes = routing.changes_to(standing, proposal, whole=kind in ("repair", "afresh"))
    rows: list[drafts.Row] = [
        ("add", standing.refs[application], standing.juror_refs[juror], int(quality))
        for application, juror, quality in changes.add
    ]
    pairs = [
        (standing.refs[one.application_id], standing.juror_refs[one.juror_id], one.quality) for one in changes.take
    ]
    rows += [("take", *pair) for pair in sorted(pairs)]
    record = standing.record
    with writing(engine) as connection:
        drafts.keep_draft(
            connection, authority_id=record.authority_id, round_id=round_id, kind=kind, rests_on=standing.footing,
            rows=rows, told=_told(standing, proposal, changes), made_by=actor.person_id, now=now,
        )  # fmt: skip


def leave_out(engine: Engine, round_id: int, mark: str, pairs: Sequence[Pair], *, back: bool) -> None:
    """Take additions out of the plan that waits, or with `back` put them in again."""
    with writing(engine) as connection:
        draft = _waiting(connection, round_id, mark)
        known = {(one[1], one[2]) for one in draft.rows if one[0] == "add"}
        some = known & set(pairs)
        out = draft.left_out - some if back else draft.left_out | some
        if out != draft.left_out and not drafts.change_draft(connection, draft, frozenset(out)):
            raise Conflict("Somebody else changed this plan meanwhile.", AGAIN)


def save(
    engine: Engine, round_id: int, mark: str, *, by_hand: bool, actor: ledger.Actor, settings: Settings, now: datetime
) -> None:
    """Make the plan that waits what stands, in one transaction. Who has new reviews, or lost one, is told once.

    `by_hand`: whether the clock leaves routing to the officer from now on. Raises Conflict, with nothing changed, where
    the round or the plan has changed since; MayNotStand (a BadInput) where what was taken out may not be.
    """
    with reading(engine) as connection:
        draft = _waiting(connection, round_id, mark)
        standing = look(connection, round_id, settings, now)
        due = further.due_further(connection, standing) if draft.kind == THIRD else {}
    standing.must_be_open()
    changed = Conflict("The round has changed since this plan was made; nothing was saved.", "Make the plan again.")
    if draft.rests_on != standing.footing:
        raise changed
    taken = {(one[1], one[2]) for one in draft.taken}
    pairs = sorted({(one[1], one[2]) for one in draft.added} | (standing.pairs(standing.kept) - taken))
    new = {(one[1], one[2]) for one in draft.added}  # what stands is not this plan's to question
    if draft.kind == THIRD and not {standing.ids[application] for application, _ in new} <= due.keys():
        raise changed
    wrong = [one for one in standing.wrong_with(pairs, due) if one.row is None or pairs[one.row] in new]
    if wrong:
        raise MayNotStand(wrong[0])
    changes, missing = routing.becomes(standing, pairs)
    told = {name: draft.told[name] for name in ("objective", "gaps", "seats")} | {"plan": draft.kind}
    if not routing.save(
        engine,
        standing,
        changes,
        complete=routing.complete(standing, missing),
        actor=actor,
        now=now,
        settings=settings,
        told=told,
        by_hand=by_hand,
        event=ledger.Event.THIRD_REVIEWS_ASKED if draft.kind == THIRD else ledger.Event.JURORS_ASSIGNED,
    ):
        raise changed
    discard(engine, round_id)


def discard(engine: Engine, round_id: int) -> None:
    """Throw the plan that waits away; nothing else changes."""
    with writing(engine) as connection:
        drafts.drop_draft(connection, round_id)


def pin(engine: Engine, round_id: int, pairs: Sequence[Pair], wish: str, *, actor: ledger.Actor, now: datetime) -> None:
    """Say that pairs (application, juror) must meet, may never meet, or with an empty wish take what was said back.

    It holds for every plan that is made from then on. Raises NotFound for an unknown application or juror, NotNow once
    decisions are proposed.
    """
    if wish not in PINS:
        raise BadInput("A pair is pinned, barred or free.", remedy="Choose one of them.")
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if record.proposed_at:
            raise NotNow(
                Filled("Decisions of the round {code} have been proposed; its jury is closed.", code=record.code)
            )
        found = plans.pair_ids(connection, round_id, pairs)
        if len(found) < len(set(pairs)):
            raise NotFound("The round has no such application or juror.", "Check both references.")
        if wish:
            changed = plans.set_pins(connection, record.authority_id, round_id, dict.fromkeys(found, wish), now)
        else:
            changed = sum(plans.unpin(connection, one) for one in found)
        if changed:
            rounds.change_round(connection, record)
            for application, juror in found:
                details = {"juror": juror, "pin": wish}
                ledger.record_of(
                    connection, record, actor=actor, event=ledger.Event.PAIR_PINNED, now=now,
                    subject=f"application:{application}", details=details,
                )  # fmt: skip


def hand_over(engine: Engine, round_id: int, *, by_hand: bool, actor: ledger.Actor, now: datetime) -> None:
    """Say whether the clock leaves routing to the officer. Raises NotNow once decisions are proposed."""
    with writing(engine) as connection:
        record = rounds.held(connection, round_id)
        if record.proposed_at:
            raise NotNow(
                Filled("Decisions of the round {code} have been proposed; its jury is closed.", code=record.code)
            )
        if record.routed_by_hand != by_hand:
            rounds.change_round(connection, record, routed_by_hand=by_hand)
            details = {"by_hand": by_hand}
            ledger.record_of(
                connection, record, actor=actor, event=ledger.Event.ROUTING_HANDED_OVER, now=now, details=details
            )


def table(engine: Engine, round_id: int, *, planned: bool, settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """What stands as the rows of a plan's file; with `planned`, as the plan that waits would leave it."""
    with reading(engine) as connection:
        draft = drafts.draft_of(connection, round_id) if planned else None
        standing = look(connection, round_id, settings, now)
    if planned and draft is None:
        raise NotFound("No plan waits.", "Make one.")
    rows = [standing.row(one) for one in standing.kept]
    if draft is not None:
        taken = {(one[1], one[2]) for one in draft.taken}
        rows = [row for row in rows if (row["application_id"], row["juror_id"]) not in taken]
        for _, application, juror, quality in draft.added:
            pair = {"application_id": application, "juror_id": juror}
            rows.append(pair | {"score": quality, "state": "new", "plan": standing.mark})
    return sorted(rows, key=lambda row: (row["application_id"], row["juror_id"]))


def _waiting(connection: Connection, round_id: int, mark: str) -> Draft:
    draft = drafts.draft_of(connection, round_id)
    if draft is None:
        raise Conflict("This plan has been saved or discarded meanwhile.", "Make a plan.")
    if draft.mark != mark:
        raise Conflict("Somebody else changed this plan meanwhile.", AGAIN)
    return draft


def share(fit: int, reviews: int, asked: int) -> float:
    """How well an application's reviews fit it, in per cent of the best possible; `fit` is what they come to.

    A review that is missing fits by nothing; one more than the rules ask for counts like the others.
    """
    return fit / (10 * max(asked, reviews))


def _told(standing: Standing, proposal: AssignmentPlan, changes: Changes) -> dict[str, Any]:
    """What is to be said of a plan: its figures, loads, gaps, seats and pins that cannot be kept."""
    add = {(standing.refs[a], standing.juror_refs[j]) for a, j, _ in changes.add}
    taken = {one.id for one in changes.take}
    after = standing.pairs(one for one in standing.kept if one.id not in taken) | add
    _, unkept = standing.musts(standing.papers({}), standing.bench(), after)
    shares = _shares(standing, changes, taken)
    return {
        "version": standing.record.version,
        "objective": proposal.objective,
        "bound": proposal.bound,
        "gap": proposal.gap,
        "worst": shares[0] if shares else None,
        "fifth": shares[len(shares) // 20] if shares else None,
        "reviews": len(after),
        "loads": dict(sorted(Counter(juror for _, juror in after).items())),
        "least_changed": proposal.least_changed,
        "freed": [[standing.refs[one.application_id], standing.juror_refs[one.juror_id], changes.free[one.id]]
                  for one in standing.reviews if one.id in changes.free and one.application_id in standing.refs],
        "gaps": [one.as_data() for one in proposal.gaps],
        "seats": [one.as_data() for one in proposal.unmet_seats],
        "unkept": [one.as_data() for one in unkept],
    }  # fmt: skip


def _shares(standing: Standing, changes: Changes, taken: set[int]) -> list[float]:
    """How well each application's reviews fit it after a plan, see `share`; the lowest first."""
    assert standing.plan.jury is not None
    fits: dict[int, list[int]] = defaultdict(list)
    for one in standing.kept:
        if one.id not in taken:
            fits[one.application_id].append(one.quality)
    for application, _, quality in changes.add:
        fits[application].append(quality)
    asked = standing.plan.jury.reviews
    return sorted(share(sum(found), len(found), asked) for found in fits.values())
