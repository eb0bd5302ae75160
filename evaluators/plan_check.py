"""Whether an assignment somebody wrote by hand keeps what an assignment must keep: each breach with its row and remedy.

The rows may come from an officer's spreadsheet, so nothing about them is taken for granted except that their ids are
known. What has been begun is never questioned: it only has to be there still.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from evaluators.conflicts import KINDS, Candidate, Juror, name_key, shared_place
from evaluators.gaps import LANGUAGES

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
    problem: str
    remedy: str


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
            problem = f"{pair[0]} and {pair[1]} already stand together in another row."
            found.append(PlanProblem(place, "juror_id", problem, "Keep one of the two rows."))
            continue
        seen[pair] = place
        reviews[application.ref] += 1
        loads[juror.ref] += 1
        institution = name_key(juror.institution)
        of_institution[application.ref][institution] += 1
        if pair in terms.begun:
            continue
        found += [PlanProblem(place, *said) for said in _alone(application, juror, terms)]
        if reviews[application.ref] > application.needed:
            problem = f"{application.ref} would have more than its {application.needed} reviews."
            found.append(PlanProblem(place, "application_id", problem, "Take one of its rows out."))
        if loads[juror.ref] > juror.max_load:
            problem = f"{juror.ref} would hold more than {juror.max_load} applications, the most this juror may."
            found.append(PlanProblem(place, "juror_id", problem, "Give this one to another juror, or raise max_load."))
        most = terms.per_institution
        if most is not None and institution and of_institution[application.ref][institution] > most:
            problem = f"{application.ref} would have more than {most} of {juror.institution} among its jurors."
            found.append(PlanProblem(place, "juror_id", problem, "Choose a juror of another institution."))
    found.sort(key=lambda one: one.row if one.row is not None else len(rows))
    return found + list(_missing(seen.keys(), terms))


def _alone(application: Candidate, juror: Juror, terms: Terms) -> Iterator[tuple[str, str, str]]:
    """What forbids a pair whatever else stands: field, problem, remedy."""
    pair = (application.ref, juror.ref)
    if juror.ref in terms.left:
        yield "juror_id", f"{juror.ref} has left the round.", "Choose another juror."
    if kind := terms.conflicts.get(pair, shared_place(terms.apart, application, juror)):
        says = KINDS.get(kind, f"The conflict is kept as “{kind}”.")
        yield "juror_id", f"{juror.ref} has a conflict with {application.ref}. {says}", "Choose another juror."
    if terms.pins.get(pair) == "never":
        yield (
            "juror_id",
            f"{juror.ref} is pinned never to review {application.ref}.",
            "Choose another, or take the pin away.",
        )
    if terms.languages and application.language and application.language not in juror.languages:
        language = LANGUAGES.get(application.language, application.language)
        problem = f"{juror.ref} does not read {language}, the language of {application.ref}."
        yield "juror_id", problem, "Choose a juror who reads it."


def _missing(there: AbstractSet[PairIds], terms: Terms) -> Iterator[PlanProblem]:
    for application, juror in sorted(terms.begun - there):
        problem = f"{juror} has begun the review of {application}; it cannot be taken away."
        yield PlanProblem(None, "juror_id", problem, f"Put the row {application}, {juror} back.")
    for (application, juror), pin in sorted(terms.pins.items()):
        if pin == "must" and (application, juror) not in there | terms.begun:
            problem = f"{juror} is pinned to review {application}, and the row is missing."
            yield PlanProblem(
                None, "juror_id", problem, f"Put the row {application}, {juror} back, or take the pin away."
            )
