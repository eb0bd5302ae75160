"""The names that can be used in each kind of place of a rule set, with their types."""

from __future__ import annotations

from functools import lru_cache

from rules.expressions import BOOL, DATE, KINDS, MOMENT, NUMBER, TEXT, Scope, Type
from rules.nodes import Node
from rules.ruleset import Fact, Item, Parameter, Policy, RuleSet
from rules.syntax import ExpressionError, parse

RESERVED = (
    "policy",
    "points",
    "mark",
    "applies",
    "clause",
    "total",
    "possible",
    "criteria",
    "sheets",
    "submitted_at",
    "country",
    "awarded_on",
    "starts",
    "until",
    "as_of",
    "in",
    "true",
    "false",
)
METHODS = ("mean", "median", "trimmed", "sum", "consensus")
THIRDS = (
    "closest_pair", "replaces_farthest", "replaces_first", "replaces_second", "final", "mean_of_all", "median_of_all",
    "convene",
)  # fmt: skip
CALIBRATIONS = ("none", "advisory", "prescribed")
PAIRS = ("higher", "lower", "all")
SETTLES = ("none", "third_review", "tie_break", "lot")
NEEDS = {"third_review": "reviews", "tie_break": "order", "lot": "seed"}  # what a band must say to be settled so
ROUND = "round"  # the seed recorded when a round opens
ROUNDINGS = ("up_to", "nearest", "at_least")
LATE = ("refused", "next_round")
LOWERS = ("yes", "no")
NOT_APPLICABLE = ("excluded", "zero", "full")
BLOCKS = ("admission", "eligibility", "gates")
DAYS = ("starts", "until", "renewal_opens", "renewal_closes", "grace_until")


def clause_ids(ruleset: RuleSet) -> list[tuple[str, str]]:
    """All clauses in order of evaluation, as (id, block)."""
    found = [(clause.id, block) for block, clauses in ruleset.blocks() for clause in clauses]
    found += [(one.id, "jury") for one in (ruleset.jury.discrepancy if ruleset.jury else [])]
    if ruleset.correction is not None:
        found.append((ruleset.correction.id, "calibration"))
    for _, one in ruleset.chosen():
        found += [(place.id, "place") for place in one.places or []]
        found.append((one.id, "selection"))
        found += [(band.id, "band") for _, selection, band in ruleset.bands() if selection is one]
    return found


def parameter_type(parameter: Parameter) -> Type:
    """The type a parameter has in conditions."""
    if parameter.type not in ("code", "list"):
        return _constant(parameter.type)
    given = [parameter.value] if isinstance(parameter.value, str) else parameter.value
    text = TEXT if parameter.overridable else Type("text", values=tuple(given))
    return Type("list", item=text) if parameter.type == "list" else text


def policy_type(policy: Policy) -> Type:
    """The type the answer to a policy has in conditions."""
    return Type("text", options=tuple(policy.options)) if policy.type == "choice" else _constant(policy.type)


def _constant(kind: str) -> Type:
    return TEXT if kind == "moment" else KINDS[kind]  # a local time without its zone: windows read it


def fact_type(fact: Fact) -> Type:
    """The type a fact has in conditions."""
    if fact.type == "list":
        return Type("list", fields={key: _worded(item) for key, item in fact.fields.items()})
    return _worded(fact)


def _worded(one: Fact | Item) -> Type:
    return Type("text", options=tuple(one.words)) if one.words else KINDS[one.type]


@lru_cache(maxsize=20_000)
def read(text: str) -> Node:
    """The tree of an expression; the same text is parsed once. Raises ExpressionError."""
    return parse(text)


def derived(ruleset: RuleSet) -> dict[str, Node]:
    """The trees behind derived names; one that cannot be read, or that names itself or a later one, is left out."""
    found: dict[str, Node] = {}
    for name, one in ruleset.derived.items():
        try:
            found[name] = read(one.value)
        except ExpressionError:
            continue
    return found


def scope(ruleset: RuleSet, place: str) -> Scope:
    """The names that can be used in one kind of place; `derived.<name>` is the place of that derived value."""
    return ruleset.once(("scope", place), lambda: _scope(ruleset, place))


def _scope(ruleset: RuleSet, place: str) -> Scope:
    names: dict[str, Type] = {f"policy.{name}": policy_type(policy) for name, policy in ruleset.policies.items()}
    names |= {name: parameter_type(parameter) for name, parameter in ruleset.parameters.items()}
    fixed = frozenset(names)
    trees = derived(ruleset) if ruleset.derived else {}
    if place.startswith("derived."):
        earlier = list(ruleset.derived)[: list(ruleset.derived).index(place[8:])]
        trees = {name: tree for name, tree in trees.items() if name in earlier}
        place = "derived"

    def made(more: dict[str, Type], words: str) -> Scope:
        return Scope(names | more, words, fixed, trees)

    if place == "constants":
        return made({}, "in a constant")
    every = clause_ids(ruleset)
    clauses = {f"clause.{name}": BOOL for name, _ in every} | dict.fromkeys(BLOCKS, BOOL)
    if place == "outcomes":
        return Scope(clauses | _words(ruleset), "in an outcome", fixed)
    if place == "appeal outcomes":
        appeal = ruleset.appeals.clauses if ruleset.appeals else []
        return Scope({f"clause.{one.id}": BOOL for one in appeal} | {"clauses": BOOL}, "in an appeal's outcome", fixed)
    facts = {name: fact_type(fact) for name, fact in ruleset.facts.items()}
    facts |= {"submitted_at": MOMENT, "country": TEXT}
    if place == "facts":
        return made(facts, "in admission and eligibility")
    appealed = {name: fact_type(fact) for name, fact in (ruleset.appeals.facts if ruleset.appeals else {}).items()}
    if place == "appeals":
        return made(facts | appealed, "in an appeal")
    dates = {"awarded_on": DATE, "starts": DATE, "until": DATE, "as_of": DATE}
    if place == "validity":
        return made(facts | dates, "in validity and milestones")
    sheets = {"sheets": Type("list", fields=_sheet(ruleset))} if ruleset.jury else {}
    if place == "jury":
        return made(facts | sheets, "in a discrepancy rule")
    points = facts | sheets | _rubric(ruleset)
    if place == "points":
        return made(points, "in a gate")
    if place == "derived":
        return made(points | dates | appealed, "in a derived value")
    here = ruleset.chosen()
    if place.startswith("selection."):
        at = [one.id for _, one in here].index(place[10:])
        hidden = {f"clause.{place.id}" for _, one in here[at:] for place in one.places or []}
        hidden |= {f"clause.{one.id}" for _, one in here[at:]}
        hidden |= {f"clause.{one.band.id}" for _, one in here[at:] if one.band is not None}
        clauses = {name: kind for name, kind in clauses.items() if name not in hidden}
    words = {key: kind for key, kind in _words(ruleset).items() if key != "selected"}
    return made(points | clauses | words, "in the selection")


def _words(ruleset: RuleSet) -> dict[str, Type]:
    """What outcomes may name beside clauses."""
    found: dict[str, Type] = {}
    if len(ruleset.chosen()) == 1:
        found["selected"] = BOOL
    if any(clause.window and clause.window.late != "refused" for clause in ruleset.admission):
        found["next_round"] = BOOL
    if ruleset.jury and ruleset.jury.discrepancy:
        found |= {"discrepancy": BOOL, "settled": BOOL}
    if any(clause.advice for _, clauses in ruleset.blocks() for clause in clauses):
        found["advised"] = BOOL
    return found


def _sheet(ruleset: RuleSet) -> dict[str, Type]:
    criteria = ruleset.rubric.criteria if ruleset.rubric else []
    fields = {one.id: NUMBER for one in criteria if one.ladder is None and one.computed is None}
    return fields | {"total": NUMBER, "place": NUMBER, "agreed": BOOL}


def _rubric(ruleset: RuleSet) -> dict[str, Type]:
    if ruleset.rubric is None:
        return {}
    found: dict[str, Type] = {"total": NUMBER, "possible": NUMBER}
    for one in ruleset.rubric.criteria:
        found[f"points.{one.id}"] = NUMBER
        found[f"applies.{one.id}"] = BOOL
        if one.words:
            found[f"mark.{one.id}"] = Type("text", options=tuple(one.words))
    fields = {"id": TEXT, "part_of": TEXT, "mark": TEXT, "counts": BOOL, "applies": BOOL}
    fields |= dict.fromkeys(("points", "minimum", "maximum", "weight"), NUMBER)
    return found | {"criteria": Type("list", fields=fields)}
