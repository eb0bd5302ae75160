"""What makes a rule set unusable in its newer blocks: words that are no answers, ids used twice, ends that are none."""

from __future__ import annotations

from collections.abc import Iterator

from rules import moments
from rules.checks.common import problem
from rules.conditions import (
    CALIBRATIONS,
    LATE,
    LOWERS,
    METHODS,
    NOT_APPLICABLE,
    PAIRS,
    RESERVED,
    ROUNDINGS,
    SETTLES,
    THIRDS,
)
from rules.errors import Problem
from rules.loader import Path
from rules.ruleset import Clause, RuleSet, Selection

_WORDS = ("admission", "eligibility", "gates", "selected", "next_round", "discrepancy", "settled", "advised", "clauses")


def found(ruleset: RuleSet) -> list[Problem]:
    """All contradictions of a rule set that these blocks can have."""
    return [
        *_names(ruleset),
        *_ids(ruleset),
        *_answers(ruleset),
        *_trim(ruleset),
        *_windows(ruleset),
        *_ties(ruleset),
        *_appeals(ruleset),
    ]


def _names(ruleset: RuleSet) -> Iterator[Problem]:
    for name in ruleset.derived:
        if name in RESERVED or name in _WORDS:
            yield problem(
                ruleset, ("derived", name), f"'{name}' is a word of the language.", "Choose another name.", True
            )
        elif name in ruleset.facts or name in ruleset.parameters:
            yield problem(ruleset, ("derived", name), f"'{name}' is already a name.", "Choose another name.", True)
    for name in ruleset.facts:
        if name in _WORDS[4:]:
            yield problem(
                ruleset, ("facts", name), f"'{name}' is a word of the language.", "Choose another name.", True
            )


def _ids(ruleset: RuleSet) -> Iterator[Problem]:
    """Clauses that share an id, across all blocks whose clauses outcomes can name."""
    seen: set[str] = {clause.id for _, clauses in ruleset.blocks() for clause in clauses}
    named: list[tuple[Path, str]] = []
    for number, one in enumerate(ruleset.jury.discrepancy if ruleset.jury else []):
        named.append((("jury", "discrepancy", number, "id"), one.id))
    if ruleset.correction is not None:
        named.append((("jury", "calibration", "id"), ruleset.correction.id))
    for path, chosen in ruleset.chosen():
        named += [((*path, "places", n, "id"), place.id) for n, place in enumerate(chosen.places or [])]
        if ruleset.selections:
            named.append(((*path, "id"), chosen.id))
        else:
            seen.discard(chosen.id)
    for group in (named, [(("milestones", n, "id"), one.id) for n, one in enumerate(ruleset.milestones)]):
        for path, name in group:
            if name in seen:
                yield problem(ruleset, path, f"The id '{name}' is used twice.", "Give each its own id.")
            seen.add(name)
        seen = set()


def _answers(ruleset: RuleSet) -> Iterator[Problem]:
    """Words of the language, or policies whose answers are such words."""
    asked: list[tuple[Path, str | None, tuple[str, ...]]] = []
    if ruleset.jury:
        words: dict[str, tuple[str, ...]] = {"consolidation": METHODS, "third": THIRDS, "equal_pairs": PAIRS}
        asked += [(("jury", key), getattr(ruleset.jury, key), known) for key, known in words.items()]
        if ruleset.jury.calibration:
            asked.append((("jury", "calibration", "use"), ruleset.jury.calibration.use, CALIBRATIONS))
    for number, criterion in enumerate(ruleset.rubric.criteria if ruleset.rubric else []):
        asked.append((("rubric", "criteria", number, "not_applicable"), criterion.not_applicable, NOT_APPLICABLE))
    for path, chosen in ruleset.chosen():
        if chosen.quota:
            roundings = ROUNDINGS if chosen.quota.sum is None else ("up_to", "at_least")
            asked.append(((*path, "quota", "rounding"), chosen.quota.rounding, roundings))
        if chosen.band:
            asked.append(((*path, "band", "settle"), chosen.band.settle, SETTLES))
    for path, clause in _clauses(ruleset):
        if clause.window:
            asked.append(((*path, "window", "late"), clause.window.late, LATE))
    if ruleset.appeals:
        asked.append((("appeals", "lowers"), ruleset.appeals.lowers, LOWERS))
    for path, text, known in asked:
        if text is None or text.strip("'\"") in known:
            continue
        if text[:1] in ("'", '"') or text in ("true", "false"):
            says = f"{text} cannot be an answer here."
            yield problem(ruleset, path, says, f"Write {', '.join(known)}, or a policy that chooses among them.")
            continue
        policy = ruleset.policies.get(text.removeprefix("policy.")) if text.startswith("policy.") else None
        strange = sorted(set(policy.options) - set(known)) if policy is not None else []
        if policy is not None and policy.type != "choice":
            yield problem(ruleset, path, "This policy is not a choice.", f"Let it choose among {', '.join(known)}.")
        elif strange:
            says = f"'{strange[0]}' cannot be an answer here."
            yield problem(ruleset, path, says, f"The answers of this policy can be {', '.join(known)}.")


def _trim(ruleset: RuleSet) -> Iterator[Problem]:
    """A policy that may answer `trimmed`, and what is left out then."""
    jury = ruleset.jury
    if jury is None or not jury.consolidation.startswith("policy."):
        return
    policy = ruleset.policies.get(jury.consolidation.removeprefix("policy."))
    possible = policy is not None and "trimmed" in policy.options
    if possible and jury.trim is None:
        says = "The policy has the answer 'trimmed', but nothing says how much is left out."
        yield problem(ruleset, ("jury", "consolidation"), says, "Add `trim` to the jury.")
    if jury.trim is not None and policy is not None and not possible:
        says = "Nothing is ever left out: the policy has no answer 'trimmed'."
        yield problem(ruleset, ("jury", "trim"), says, "Leave it out, or add the answer.", True)


def _windows(ruleset: RuleSet) -> Iterator[Problem]:
    """Ends of windows that name something which is no day and no local time."""
    for path, clause in _clauses(ruleset):
        for key in ("opens", "closes"):
            text = getattr(clause.window, key) if clause.window else None
            if text is None or not moments.is_name(text):
                continue
            policy = ruleset.policies.get(text.removeprefix("policy.")) if text.startswith("policy.") else None
            kind = policy.type if policy else ruleset.parameters[text].type if text in ruleset.parameters else "date"
            if kind not in ("date", "moment"):
                says = f"'{text}' is neither a date nor a local time."
                yield problem(ruleset, (*path, "window", key), says, "Let it be of type date or moment.")


def _ties(ruleset: RuleSet) -> Iterator[Problem]:
    for path, chosen in ruleset.chosen():
        if not ruleset.selections:
            break
        yield from _readings(ruleset, path, chosen)


def _readings(ruleset: RuleSet, path: Path, chosen: Selection) -> Iterator[Problem]:
    answer = chosen.ties.answer
    policy = ruleset.policies.get(answer.removeprefix("policy.")) if answer.startswith("policy.") else None
    if policy is None:
        return
    for name in sorted(set(policy.options) ^ set(chosen.ties.readings)):
        known = name in policy.options
        says = f"The answer '{name}' has no reading here." if known else f"'{name}' is not an answer of the policy."
        yield problem(ruleset, (*path, "ties", "readings"), says, "Give each answer of the policy one reading.")


def _appeals(ruleset: RuleSet) -> Iterator[Problem]:
    block = ruleset.appeals
    if block is None:
        return
    for name in block.facts:
        if name in ruleset.facts or name in ruleset.parameters or name in ruleset.derived:
            says = f"'{name}' is already a name of the edition."
            yield problem(ruleset, ("appeals", "facts", name), says, "Leave it out here; it can be used.", True)
        elif name in RESERVED or name in _WORDS:
            says = f"'{name}' is a word of the language."
            yield problem(ruleset, ("appeals", "facts", name), says, "Choose another name.", True)
    last = len(block.outcomes) - 1
    for number, outcome in enumerate(block.outcomes):
        if bool(outcome.otherwise) != (number == last):
            says = "The last outcome of an appeal, and only the last, says `otherwise: true`."
            yield problem(ruleset, ("appeals", "outcomes", number), says, "Let the last one say so.")
    seen: set[str] = set()
    for kind, names in (
        ("clauses", [one.id for one in block.clauses]),
        ("outcomes", [one.id for one in block.outcomes]),
    ):
        for number, name in enumerate(names):
            if name in seen:
                path: Path = ("appeals", kind, number, "id")
                yield problem(ruleset, path, f"The id '{name}' is used twice.", "Give each its own id.")
            seen.add(name)
        seen = set()


def _clauses(ruleset: RuleSet) -> Iterator[tuple[Path, Clause]]:
    for block, clauses in ruleset.blocks():
        base: Path = ("rubric", "gates") if block == "rubric" else (block,)
        yield from (((*base, number), clause) for number, clause in enumerate(clauses))
    if ruleset.appeals:
        yield from ((("appeals", "clauses", number), clause) for number, clause in enumerate(ruleset.appeals.clauses))
