"""Route eligible applications to jurors: conflicts found first, then a plan, then saved; jurors told once."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from evaluators import assignment, conflicts
from laurea import ledger, letters, statute
from laurea.settings import Settings
from laurea.store import applications, juries, rounds
from laurea.store.engine import reading, writing

ROUTED = ("eligible", "assigned")


@dataclass(frozen=True)
class Routed:
    """What routing did: pairs saved and the gaps that stay, each with its reason in words."""

    pairs: int
    gaps: tuple[assignment.Gap, ...]


def route(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Routed:
    """Fill every missing review of the eligible applications, as far as the jury allows.

    Pairs that stand are kept. An application becomes `assigned` when it has all its reviewers. The plan is
    made outside the transaction and saved only if no pair has been added meanwhile.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        desk = letters.Desk(record, rounds.authority_of(connection, record.authority_id), settings, now)
        everyone = applications.load(connection, round_id, states=ROUTED)
        jury = juries.jurors(connection, round_id)
        barred = juries.conflicts(connection, round_id)
        standing = [a for a in juries.assignments(connection, round_id) if a.state != "handed_back"]
        handed_back = {
            (a.application_id, a.juror_id) for a in juries.assignments(connection, round_id) if a.state == "handed_back"
        }
    if plan.jury is None:
        return Routed(0, ())
    counts = Counter(a.application_id for a in standing)
    refs = {a.id: a.ref for a in everyone}
    juror_refs = {juror.id: juror.ref for juror in jury}
    candidates = [
        assignment.Candidate(
            ref=a.ref,
            unit_ref=a.unit_ref,
            institution=a.institution,
            country=a.country or "",
            region=a.region,
            language=a.language,
            applicant_email=a.email,
            needed=max(0, plan.jury.reviews - counts[a.id]),
        )
        for a in everyone
    ]
    bench = [
        assignment.Juror(
            ref=juror.ref,
            country=juror.country or "",
            region=juror.region,
            institution=juror.institution,
            languages=tuple(juror.languages),
            expertise=tuple(juror.expertise),
            experienced=juror.experienced,
            min_load=juror.min_load,
            max_load=juror.max_load,
            email=juror.email,
        )
        for juror in jury
    ]
    ids = {ref: key for key, ref in refs.items()}
    juror_ids = {ref: key for key, ref in juror_refs.items()}
    found = conflicts.find(plan.jury.conflicts, candidates, bench)
    closed = {
        (refs[application], juror_refs[juror]) for application, juror in barred | handed_back if application in refs
    } | {(f.application, f.juror) for f in found}
    existing = {(refs[a.application_id], juror_refs[a.juror_id]) for a in standing if a.application_id in refs}
    proposal = assignment.plan(
        candidates,
        bench,
        conflicts=closed,
        existing=existing,
        languages=plan.jury.languages,
        seed=record.seed,
    )
    pairs = [(ids[p.application], juror_ids[p.juror], p.quality) for p in proposal.pairs]
    gaps = {gap.application for gap in proposal.gaps}
    complete = {a.id: "assigned" for a in everyone if a.state == "eligible" and a.ref not in gaps}
    new_by_juror: dict[int, list[int]] = defaultdict(list)
    for application, juror, _ in pairs:
        new_by_juror[juror].append(application)
    post = [
        letters.assignment(desk, juror, new_by_juror[juror.id], _batch(new_by_juror[juror.id]))
        for juror in jury
        if juror.id in new_by_juror
    ]
    if not pairs and not complete and record.routed_at:
        return Routed(0, tuple(proposal.gaps))
    with writing(engine) as connection:
        current = rounds.round_by_id(connection, round_id)
        if current.version != record.version or current.proposed_at:
            return Routed(0, ())
        juries.add_conflicts(
            connection,
            record.authority_id,
            round_id,
            [(ids[f.application], juror_ids[f.juror], f.kind) for f in found],
            "found",
            now,
        )
        juries.add_assignments(
            connection,
            [
                {
                    "authority_id": record.authority_id,
                    "round_id": round_id,
                    "application_id": application,
                    "juror_id": juror,
                    "quality": quality,
                    "state": "open",
                    "assigned_at": now,
                }
                for application, juror, quality in pairs
            ],
        )
        applications.set_states(connection, complete)
        ledger.post(connection, post, authority_id=record.authority_id, round_id=round_id, now=now)
        rounds.change_round(connection, current, routed_at=now)
        ledger.record(
            connection,
            authority_id=record.authority_id,
            round_id=round_id,
            actor=ledger.CLOCK,
            event=ledger.Event.JURORS_ASSIGNED,
            subject=f"round:{round_id}",
            now=now,
            details={
                "pairs": len(pairs),
                "objective": proposal.objective,
                "gaps": [
                    {"application": g.application, "missing": g.missing, "reason": g.reason} for g in proposal.gaps
                ],
            },
        )
    return Routed(len(pairs), tuple(proposal.gaps))


def _batch(application_ids: list[int]) -> str:
    """A name for a set of new applications, so that a juror hears of each set once."""
    return hashlib.sha256(",".join(map(str, sorted(application_ids))).encode()).hexdigest()[:12]
