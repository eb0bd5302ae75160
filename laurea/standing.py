"""Where the jury of a round stands: who is to be routed, what stands between them, and what may not stand any more."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evaluators import affinity, assignment, conflicts, plan_check
from evaluators.conflicts import Candidate, ConflictFound, Juror, name_key
from evaluators.reasons import Clause, Unkept, Why
from laurea import deliberation, letters, statute
from laurea.errors import NotNow
from laurea.settings import Settings
from laurea.store import applications, juries, plans, rounds
from laurea.store.plans import Review
from notifications.filled import Filled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.applications import ApplicationRecord
    from laurea.store.juries import JurorRecord
    from laurea.store.rounds import RoundRecord
    from rules.plan import Plan

ROUTED = ("eligible", "assigned")
STATES = {"submitted": "submitted", "draft": "begun", "open": "stands"}  # as a plan's file says them
Pair = tuple[str, str]  # references of an application and a juror


@dataclass(frozen=True)
class Standing:
    """The applications to be routed, the jury, and the reviews that stand between them."""

    record: RoundRecord
    plan: Plan
    desk: letters.Desk
    everyone: list[ApplicationRecord]
    jury: list[JurorRecord]
    reviews: list[Review]
    given_up: set[plans.IdPair]
    barred: dict[plans.IdPair, str]
    pinned: dict[plans.IdPair, str]

    @cached_property
    def refs(self) -> dict[int, str]:
        """References of the applications by id."""
        return {one.id: one.ref for one in self.everyone}

    @cached_property
    def juror_refs(self) -> dict[int, str]:
        """References of the jurors by id."""
        return {one.id: one.ref for one in self.jury}

    @cached_property
    def ids(self) -> dict[str, int]:
        """Ids of the applications by reference."""
        return {ref: key for key, ref in self.refs.items()}

    @cached_property
    def juror_ids(self) -> dict[str, int]:
        """Ids of the jurors by reference."""
        return {ref: key for key, ref in self.juror_refs.items()}

    @cached_property
    def left(self) -> set[int]:
        """Jurors who left the round."""
        return {one.id for one in self.jury if one.left_at}

    @cached_property
    def apart(self) -> tuple[str, ...]:
        """Kinds of conflict that hold between everybody of a place: a plan minds them without a list of their pairs."""
        assert self.plan.jury is not None
        return tuple(one for one in conflicts.BROAD if one in self.plan.jury.conflicts)

    @cached_property
    def found(self) -> list[ConflictFound]:
        """Conflicts the rules ask for, found in the papers; those of a place (`apart`) only where a review stands."""
        assert self.plan.jury is not None
        papers = [deliberation.candidate(one, 0) for one in self.everyone]
        jury = [deliberation.juror(one) for one in self.jury]
        listed = [one for one in self.plan.jury.conflicts if one not in conflicts.BROAD]
        paper_of, juror_of = {one.ref: one for one in papers}, {one.ref: one for one in jury}
        held = self.pairs(one for one in self.reviews if one.application_id in self.refs) if self.apart else set()
        met = [
            ConflictFound(*pair, kind)
            for pair in held
            for kind in self.apart
            if conflicts.share_place([kind], paper_of[pair[0]], juror_of[pair[1]])
        ]
        return sorted([*conflicts.find(listed, papers, jury), *met])

    @cached_property
    def conflicts(self) -> dict[Pair, str]:
        """Pairs that may not meet, with the kind; pairs that were given up are `handed_back`."""
        known = {**dict.fromkeys(self.given_up, "handed_back"), **self.barred}
        kinds = {(self.refs[a], self.juror_refs[j]): kind for (a, j), kind in known.items() if a in self.refs}
        for one in self.found:
            kinds.setdefault((one.application, one.juror), one.kind)
        return kinds

    @cached_property
    def pins(self) -> dict[Pair, str]:
        """Pins by reference."""
        return {(self.refs[a], self.juror_refs[j]): pin for (a, j), pin in self.pinned.items() if a in self.refs}

    @cached_property
    def freed(self) -> dict[int, str]:
        """Reviews that may not stand, by id, with why: `left`, `conflict`, or `never` where nobody has begun."""
        found: dict[int, str] = {}
        met = {(self.ids[one.application], self.juror_ids[one.juror]) for one in self.found if one.kind in self.apart}
        for one in self.reviews:
            pair = (one.application_id, one.juror_id)
            if one.state == "submitted":
                continue
            if one.juror_id in self.left:
                found[one.id] = "left"
            elif pair in self.barred or pair in met:
                found[one.id] = "conflict"
            elif self.pinned.get(pair) == "never" and not one.begun:
                found[one.id] = "never"
        return found

    @cached_property
    def kept(self) -> list[Review]:
        """Reviews of these applications that may stand."""
        return [one for one in self.reviews if one.id not in self.freed and one.application_id in self.refs]

    @cached_property
    def mark(self) -> str:
        """A name for what stands: the reviews by juror and application."""
        lines = [f"{application}\t{juror}" for application, juror in sorted(self.pairs(self.kept))]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:10]

    @cached_property
    def footing(self) -> str:
        """A name for all that a plan rests on: what stands, who is to be reviewed, who may review, what bars a pair."""
        found: list[Any] = [self.record.version, self.mark, *sorted(self.ids)]
        found += [(one.ref, one.max_load, one.reserve, one.left_at is not None) for one in self.jury]
        found += [*sorted(self.conflicts.items()), *sorted(self.pins.items())]
        of_place: list[Any] = [*self.everyone, *self.jury] if self.apart else []
        found += [(one.ref, one.country, one.region) for one in of_place]
        return hashlib.sha256(repr(found).encode()).hexdigest()

    def must_be_open(self) -> None:
        """Raises NotNow before the applications are screened, and once decisions are proposed."""
        record, code = self.record, self.record.code
        if self.plan.jury is None:
            raise NotNow(Filled("The rules of the round {code} have no jury.", code=code), "There is nobody to assign.")
        if record.proposed_at:
            raise NotNow(Filled("Decisions of the round {code} have been proposed; its jury is closed.", code=code))
        if record.screened_at is None:
            raise NotNow(
                Filled("The applications of the round {code} have not been screened yet.", code=code),
                Filled("Once the round has closed: laurea round advance {code}", code=code),
            )

    def pairs(self, reviews: Iterable[Review]) -> set[Pair]:
        """Reviews as references."""
        return {(self.refs[one.application_id], self.juror_refs[one.juror_id]) for one in reviews}

    def row(self, one: Review) -> dict[str, Any]:
        """A review that stands as a row of a plan's file."""
        state = "begun" if one.begun and one.state == "open" else STATES[one.state]
        pair = {"application_id": self.refs[one.application_id], "juror_id": self.juror_refs[one.juror_id]}
        return pair | {"score": one.quality, "state": state, "plan": self.mark}

    def papers(self, needed: Mapping[int, int]) -> list[Candidate]:
        """The applications, each with the reviews it is to get."""
        return [deliberation.candidate(one, needed.get(one.id, 0)) for one in self.everyone]

    def bench(self, *, reserves: bool = False) -> list[Juror]:
        """The jury. What is held outside these applications lowers a load; who left keeps what was submitted.

        Reserves keep what they have; they get more only with `reserves`.
        """
        elsewhere = Counter(
            one.juror_id for one in self.reviews if one.application_id not in self.refs and one.id not in self.freed
        )
        here = Counter(one.juror_id for one in self.kept)
        bench = []
        for record in self.jury:
            one = deliberation.juror(record)
            if record.left_at or (record.reserve and not reserves):
                one = replace(one, min_load=0, max_load=here[record.id])
            else:
                away = elsewhere[record.id]
                one = replace(one, min_load=max(0, one.min_load - away), max_load=max(0, one.max_load - away))
            bench.append(one)
        return bench

    def terms(
        self, papers: Sequence[Candidate], bench: Sequence[Juror], held: set[Pair] | None = None, *, whole: bool = False
    ) -> dict[str, Any]:
        """What holds for every plan of this round, as `evaluators.assignment` takes it.

        `held` are the pairs a plan starts from (all that stand, if not said); `whole`: what is needed counts them.
        """
        jury = self.plan.jury
        assert jury is not None
        gone = [self.juror_refs[one] for one in self.left]
        closed = self.conflicts.keys() | {(paper.ref, juror) for paper in papers for juror in gone}
        weights = deliberation.weights(jury)
        asked = jury.quality is not None and weights.affinity > 0
        kept = self.pairs(self.kept)
        never = {pair: pin for pair, pin in self.pins.items() if pin == "never" and pair not in kept}
        must, _ = self.musts(papers, bench, kept if held is None else held, whole=whole)
        return {
            "conflicts": closed - kept,
            "apart": self.apart,
            "languages": jury.languages,
            "seed": self.record.seed,
            "weights": weights,
            "affinity": affinity.from_topics(papers, bench) if asked else None,
            "pins": never | dict.fromkeys(must, "must"),
            "experienced": jury.experienced,
            "per_institution": jury.per_institution,
        }

    def wrong_with(self, pairs: Sequence[Pair], due: Container[int] = ()) -> list[plan_check.PlanProblem]:
        """What a plan of an officer's breaks. Who has more reviews than the rules ask for keeps them; `due` get one."""
        jury = self.plan.jury
        assert jury is not None
        counts = Counter(one.application_id for one in self.kept)
        papers = self.papers({one.id: max(jury.reviews, counts[one.id]) + (one.id in due) for one in self.everyone})
        terms = plan_check.Terms(
            conflicts=self.conflicts,
            pins=self.pins,
            languages=jury.languages,
            per_institution=jury.per_institution,
            begun=self.pairs(one for one in self.kept if one.begun),
            apart=self.apart,
            left=frozenset(self.juror_refs[one] for one in self.left),
        )
        return plan_check.check(pairs, papers, self.bench(reserves=True), terms)

    def worth(self, pairs: Sequence[Pair]) -> list[int]:
        """How well pairs of the officer's choosing suit, as a plan would score them."""
        papers, bench = self.papers({}), self.bench()
        given = self.terms(papers, bench, set())
        return assignment.worth(pairs, papers, bench, weights=given["weights"], affinity=given["affinity"])

    def musts(
        self, papers: Sequence[Candidate], bench: Sequence[Juror], held: set[Pair], *, whole: bool = False
    ) -> tuple[list[Pair], list[Unkept]]:
        """The pins `must` a plan can keep beside the pairs it starts from, and of each other one why it cannot."""
        jury = self.plan.jury
        assert jury is not None
        paper_of, juror_of = {one.ref: one for one in papers}, {one.ref: one for one in bench}
        gone = {self.juror_refs[one] for one in self.left}
        reviews, loads = (Counter(pair[side] for pair in held) for side in (0, 1))
        given = reviews if whole else Counter()
        of_institution = Counter((a, name_key(juror_of[j].institution)) for a, j in held if j in juror_of)
        kept, unkept = list[Pair](), list[Unkept]()
        for pair, pin in sorted(self.pins.items()):
            if pin != "must" or pair in held or pair[0] not in paper_of or pair[1] not in juror_of:
                continue
            paper, juror, limit = paper_of[pair[0]], juror_of[pair[1]], jury.per_institution
            place = (paper.ref, name_key(juror.institution))
            if juror.ref in gone:
                why = Clause(Why.PIN_LEFT)
            elif kind := self.conflicts.get(pair, conflicts.shared_place(self.apart, paper, juror)):
                why = Clause(Why.PIN_CONFLICT, kind=kind)
            elif jury.languages and paper.language and paper.language not in juror.languages:
                why = Clause(Why.PIN_UNREAD, language=paper.language)
            elif given[paper.ref] >= paper.needed:
                why = Clause(Why.PIN_GIVEN)
            elif loads[juror.ref] >= juror.max_load:
                why = Clause(Why.PIN_FULL, n=juror.max_load)
            elif limit is not None and place[1] and of_institution[place] >= limit:
                why = Clause(Why.PIN_INSTITUTION, n=limit, institution=juror.institution)
            else:
                kept.append(pair)
                given[paper.ref] += 1
                loads[juror.ref] += 1
                of_institution[place] += 1
                continue
            unkept.append(Unkept(paper.ref, juror.ref, why))
        return kept, unkept


def look(connection: Connection, round_id: int, settings: Settings, now: datetime) -> Standing:
    """Where the jury of a round stands."""
    record = rounds.round_by_id(connection, round_id)
    return Standing(
        record=record,
        plan=statute.plan_of(connection, record),
        desk=letters.Desk.of(connection, record, settings, now),
        everyone=applications.load(connection, round_id, states=ROUTED),
        jury=juries.jurors(connection, round_id),
        reviews=plans.reviews(connection, round_id),
        given_up=plans.handed_back(connection, round_id),
        barred=plans.conflict_kinds(connection, round_id),
        pinned=plans.pins(connection, round_id),
    )
