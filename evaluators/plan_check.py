"""Whether an assignment somebody wrote by hand keeps what an assignment must keep: each breach with its row and remedy.

The rows may come from an officer's spreadsheet, so nothing about them is taken for granted except that their ids are
known. What has been begun is never questioned: it only has to be there still.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from evaluators.conflicts import Candidate, Juror, name_key, shared_place
from evaluators.reasons import Clause, Reason, Why, said

PairIds = tuple[str, str]


@dataclass(frozen=True)
class Terms:
    """What holds: `conflicts` and pins by pair, whether a juror must read the language, how many of one institution.

    `begun` are pairs that must stay; `left` are jurors who have left the round. `apart` (own_region, own_country) are
    conflicts between everybody of a place.
    """

    conflicts: Mapping[PairIds, str]
    pins: Mapping[PairIds, str]
    languages: bool
    per_institution: int | None
    begun: AbstractSet[PairIds]
    left: AbstractSet[str] = frozenset()
    apart: Collection[str] = ()


@dataclass(frozen=True)
class PlanProblem:
    """A breach. `row` is a position in the rows, or None when a row is missing; `field` is a column of the file."""

    row: int | None
    field: str
    wrong: Reason
    way_out: Reason

    @property
    def problem(self) -> str:
        """What is wrong, in English."""
        return said(self.wrong)

    @property
    def remedy(self) -> str:
        """What can be done, in English."""
        return said(self.way_out)


def check(
    rows: Sequence[PairIds], applications: Sequence[Candidate], jurors: Sequence[Juror], terms: Terms
) -> list[PlanProblem]:
    """Every breach, in the order of the rows; pairs that are missing come last.

    `needed` of an application is the most reviews it may have in all. Fewer is no breach: what is missing is routed
    later. The ids of the rows must be among `applications` and `jurors`.
    """
    papers = {one.ref: one for one in applications}
    bench = {one.ref: one for one in jurors}
    found: list[PlanProblem] = []
    seen: dict[PairIds, int] = {}
    reviews: Counter[str] = Counter()
    loads: Counter[str] = Counter()
    of_institution: dict[str, Counter[str]] = defaultdict(Counter)
    begun_first = sorted(range(len(rows)), key=lambda place: (rows[place] not in terms.begun, place))
    for place in begun_first:
        pair = rows[place]
        application, juror = papers[pair[0]], bench[pair[1]]
        if pair in seen:
            found.append(_problem(place, "juror_id", _of(Why.TWICE, pair), Why.KEEP_ONE))
            continue
        seen[pair] = place
        reviews[application.ref] += 1
        loads[juror.ref] += 1
        institution = name_key(juror.institution)
        of_institution[application.ref][institution] += 1
        if pair in terms.begun:
            continue
        found += [_problem(place, "juror_id", *broken) for broken in _alone(application, juror, terms)]
        if reviews[application.ref] > application.needed:
            many = Clause(Why.TOO_MANY_REVIEWS, n=application.needed, application=application.ref)
            found.append(_problem(place, "application_id", many, Why.TAKE_ONE_OUT))
        if loads[juror.ref] > juror.max_load:
            many = Clause(Why.TOO_MANY_APPLICATIONS, n=juror.max_load, juror=juror.ref)
            found.append(_problem(place, "juror_id", many, Why.GIVE_OR_RAISE))
        most = terms.per_institution
        if most is not None and institution and of_institution[application.ref][institution] > most:
            many = Clause(
                Why.TOO_MANY_OF_INSTITUTION, n=most, application=application.ref, institution=juror.institution
            )
            found.append(_problem(place, "juror_id", many, Why.OTHER_INSTITUTION))
    found.sort(key=lambda one: one.row if one.row is not None else len(rows))
    return found + list(_missing(seen.keys(), terms))


def _of(key: Why, pair: PairIds) -> Clause:
    return Clause(key, application=pair[0], juror=pair[1])


def _problem(row: int | None, field: str, wrong: Clause | Reason, way_out: Why | Clause) -> PlanProblem:
    wrong = (wrong,) if isinstance(wrong, Clause) else wrong
    return PlanProblem(row, field, wrong, (way_out if isinstance(way_out, Clause) else Clause(way_out),))


def _alone(application: Candidate, juror: Juror, terms: Terms) -> Iterator[tuple[Clause | Reason, Why]]:
    """What forbids a pair whatever else stands, and the way out."""
    pair = (application.ref, juror.ref)
    if juror.ref in terms.left:
        yield _of(Why.LEFT, pair), Why.OTHER_JUROR
    if kind := terms.conflicts.get(pair, shared_place(terms.apart, application, juror)):
        yield (_of(Why.IN_CONFLICT, pair), Clause(Why.KIND, kind=kind)), Why.OTHER_JUROR
    if terms.pins.get(pair) == "never":
        yield _of(Why.NEVER, pair), Why.OTHER_OR_UNPIN
    if terms.languages and application.language and application.language not in juror.languages:
        yield replace(_of(Why.DOES_NOT_READ, pair), language=application.language), Why.A_READER


def _missing(there: AbstractSet[PairIds], terms: Terms) -> Iterator[PlanProblem]:
    for pair in sorted(terms.begun - there):
        yield _problem(None, "juror_id", _of(Why.BEGUN, pair), _of(Why.PUT_BACK, pair))
    for pair, pin in sorted(terms.pins.items()):
        if pin == "must" and pair not in there | terms.begun:
            yield _problem(None, "juror_id", _of(Why.MUST, pair), _of(Why.PUT_BACK_OR_UNPIN, pair))
