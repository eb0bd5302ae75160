"""Who competes and who is asked again: applications that take a place though they are refused, pairs that are equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.checks.common import Reading, inside, problem
from rules.checks.formulas import Formula, can_hold
from rules.checks.world import World
from rules.errors import Problem
from rules.loader import Path
from rules.ruleset import RuleSet, Selection


def found(ruleset: RuleSet, read: list[Reading], world: World) -> Iterator[Problem]:
    """Selections in which refused applications compete or are counted, and a third review that leaves equals open."""
    jury = ruleset.jury
    if jury is not None and jury.third == "closest_pair" and jury.equal_pairs is None:
        says = "It is not said which pair counts when the third sheet stands as near to one as to the other."
        remedy = "Add equal_pairs: higher, lower, all, or a policy with these options."
        yield problem(ruleset, ("jury", "third"), says, remedy)
    trees = {one.condition.path: one for one in read}
    refused = _refused_before(ruleset, trees, world)
    chosen: dict[str, Formula] = {}
    for path, one in ruleset.chosen():
        mine = world.knowing({**world.clauses, **chosen})
        for part in ((*path, "having"), (*path, "quota", "base")):
            reading = trees.get(part)
            if reading is None or any(name.startswith("policy.") for name in reading.names):
                continue  # who competes is an open question, and asked
            formula = mine.formula(reading.tree)
            if part[-1] == "having":
                chosen[one.id] = formula  # whoever is chosen here has at least competed
            if _meant(ruleset, path, str(part[-1]), reading):
                continue
            for name, ends in refused.get(one.id, {}).items():
                if can_hold((formula, ends), world.quantities.limits, world.options):
                    word = "compete here too and can take a place" if part[-1] == "having" else "are counted here too"
                    says = f"Applications that end as '{name}' {word}."
                    remedy = f"Ask for admission && eligibility too; if it is meant so, write {part[-1]}: true."
                    written = one.having != "true" or part[-1] == "base"
                    yield (
                        inside(ruleset, reading.condition, 0, says, remedy)
                        if written
                        else problem(ruleset, path, says, remedy)
                    )
                    break


def _meant(ruleset: RuleSet, path: Path, part: str, reading: Reading) -> bool:
    """Whether the file itself says that everybody does."""
    here = ruleset.document.data
    for step in path:
        here = here[step]
    if part == "base":
        here = here["quota"]
    return reading.condition.text == "true" and part in here


def _refused_before(ruleset: RuleSet, trees: Mapping[Path, Reading], world: World) -> dict[str, dict[str, Formula]]:
    """For each selection, the outcomes that refuse for admission or eligibility before it is looked at."""
    early = {clause.id for block, many in ruleset.blocks() if block != "rubric" for clause in many}
    words = {"admission", "eligibility", *(f"clause.{name}" for name in early)}
    found: dict[str, dict[str, Formula]] = {one.id: {} for _, one in ruleset.chosen()}
    for _, one in ruleset.chosen():
        for number, outcome in enumerate(ruleset.outcomes):
            reading = trees.get(("outcomes", number, "when"))
            if reading is None or outcome.grants or reading.names & _names(one):
                break
            if reading.names and reading.names <= words and not outcome.interim:
                found[one.id][outcome.id] = world.formula(reading.tree)
    return found


def _names(one: Selection) -> set[str]:
    """How outcomes speak of a selection."""
    return {"selected", f"clause.{one.id}", *(f"clause.{place.id}" for place in one.places or ())}
