"""What `laurea assign` says of a plan: in sentences for an officer, or as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluators import plan_diff
from evaluators.assignment import AssignmentPlan
from evaluators.conflicts import KINDS
from laurea.cli.assigning import Assigned

BAR = 40  # the longest bar of the histogram, in characters
SHOWN = 50  # reasons told one by one
NAMED = 5  # applications named that share a reason


def lines(done: Assigned, output: Path) -> list[str]:
    """The plan in sentences."""
    made = done.plan
    given = done.asked - sum(gap.missing for gap in made.gaps)
    jurors = "1 juror" if done.jurors == 1 else f"{done.jurors:,} jurors"
    told = [f"{done.applications:,} applications, {jurors}: {given:,} of {done.asked:,} reviews given."]
    if done.fixed:
        stay = "1 review under way stays as it is" if done.fixed == 1 else f"{done.fixed:,} reviews under way stay"
        told.append(f"{stay}; the quality is that of the others.")
    told.append(quality(made))
    told += _fairness(done)
    if made.random_loss:
        told.append(
            f"Drawn by lot among plans nearly as good: at most {made.random_loss:,} of the quality was given up for it "
            "(proven)."
        )
    elif done.shuffled:
        told.append("Drawn by lot among plans that are equally good: the draw cost nothing (proven).")
    told += _grounds(done)
    told += histogram(made.histogram)
    if done.diff is not None:
        told += ["Against the assignment that stood:", *(f"  {one}" for one in plan_diff.say(done.diff))]
    told += repaired(made, done.dropped)
    told += shortages(made)
    told.append(f"Written to {output}.")
    return told


def quality(made: AssignmentPlan) -> str:
    """The total, what is proven about it, and how far it may be from the best."""
    if made.objective == made.bound:
        return f"Quality {made.objective:,}: proven to be the best possible."
    if made.objective == made.fair_bound:
        return f"Quality {made.objective:,}: proven to be the best possible where the worst-off has as much."
    most, where = made.bound, ""
    if 0 < made.fair_bound < made.bound:
        most, where = made.fair_bound, " where the worst-off has as much"
    missing = (most - made.objective) / most
    return f"Quality {made.objective:,} of at most {most:,}{where} (proven): {missing:.2%} may be missing."


def _fairness(done: Assigned) -> Iterator[str]:
    made = done.plan
    if not made.pairs:
        return
    yield (
        f"The application that fares worst has {made.worst:,} in all; 95 of 100 have at least "
        f"{made.fifth_percentile:,}. A pair is worth 0 to {done.best:,}."
    )
    if done.fair:
        before = made.objective + made.fairness_cost
        if made.fairness_cost:
            share = made.fairness_cost / before
            yield f"Lifting the worst-off cost {made.fairness_cost:,} of {before:,} ({share:.2%})."
        else:
            yield "The worst-off has as much as it does at no cost to the total."
        if made.worst == made.worst_bound:
            yield "No plan lifts the worst-off further: proven."
        else:
            yield f"No plan that gives as many reviews lifts the worst-off above {made.worst_bound:,} (proven)."
        if made.gaps:
            yield "Applications that lack reviews (see below) are not lifted; what they have counts all the same."


def _grounds(done: Assigned) -> Iterator[str]:
    if done.computed:
        yield "Affinity: computed, the share of an application's topics that stand in the juror's expertise."
    if not done.languages:
        yield "Languages were not asked for."
    if done.conflicts:
        counted = ", ".join(f"{kind} {number:,}" for kind, number in sorted(done.conflicts.items()))
        yield f"Pairs kept apart by conflict: {counted}."


def histogram(loads: dict[int, int]) -> list[str]:
    """How many jurors hold how many applications, as bars."""
    if not loads:
        return []
    rows = _rows(loads)
    most = max(number for _, number in rows)
    wide = max(len(name) for name, _ in rows)
    lines_ = [f"  {name:>{wide}}  {'█' * max(1, round(number * BAR / most))} {number:,}" for name, number in rows]
    return ["Loads (applications: jurors):", *lines_]


def _rows(loads: dict[int, int]) -> list[tuple[str, int]]:
    """One row a load; where there are many, some loads together."""
    low, high = min(loads), max(loads)
    step = max(1, -(-(high - low + 1) // 15))
    if step == 1:
        return [(str(load), loads[load]) for load in sorted(loads)]
    found = []
    for start in range(low, high + 1, step):
        number = sum(loads.get(load, 0) for load in range(start, start + step))
        end = min(high, start + step - 1)
        if number:
            found.append((str(start) if start == end else f"{start}–{end}", number))
    return found


def repaired(made: AssignmentPlan, dropped: tuple[str, ...]) -> Iterator[str]:
    """What leaving changed for the others, and the proven least."""
    if made.changed is None:
        return
    who = ", ".join(dropped)
    if made.changed == 0:
        yield f"{who} left: nobody else loses a review."
    elif made.changed == made.least_changed:
        pairs = "review goes" if made.changed == 1 else "reviews go"
        yield f"{who} left: {made.changed:,} further {pairs} to somebody else, proven to be the fewest possible."
    else:
        yield f"{who} left: {made.changed:,} further reviews move; at least {made.least_changed:,} must (proven)."


def shortages(made: AssignmentPlan) -> Iterator[str]:
    """What could not be given, each with its reason."""
    for title, found in (
        ("Reviews nobody can give:", made.gaps),
        ("Seats without an experienced juror:", made.unmet_seats),
    ):
        if found:
            yield title
        alike: dict[tuple[int, str], list[str]] = {}
        for one in found:
            alike.setdefault((one.missing, one.reason), []).append(one.application)
        for (missing, reason), who in list(alike.items())[:SHOWN]:
            more = f" and {len(who) - NAMED:,} more" if len(who) > NAMED else ""
            each = " each" if len(who) > 1 else ""
            yield f"  {', '.join(who[:NAMED])}{more}: {missing} missing{each}. {reason}"
        if len(alike) > SHOWN:
            yield f"  … and {len(alike) - SHOWN:,} more reasons; --json names all of them."


def as_data(done: Assigned) -> dict[str, Any]:
    """The same for a machine."""
    made = done.plan
    data: dict[str, Any] = {
        "applications": done.applications,
        "jurors": done.jurors,
        "reviews_asked": done.asked,
        "reviews_given": done.asked - sum(gap.missing for gap in made.gaps),
        "objective": made.objective,
        "bound": made.bound,
        "fair_bound": made.fair_bound if done.fair else None,
        "gap": made.gap,
        "worst": made.worst,
        "worst_bound": made.worst_bound if done.fair else None,
        "pair_worth_at_most": done.best,
        "under_way": done.fixed,
        "fifth_percentile": made.fifth_percentile,
        "fairness_cost": made.fairness_cost,
        "random_loss": made.random_loss,
        "loads": {str(load): number for load, number in sorted(made.histogram.items())},
        "conflicts": done.conflicts,
        "conflict_kinds": {kind: says for kind, says in KINDS.items() if kind in done.conflicts},
        "affinity_computed": done.computed,
        "gaps": [gap.as_data() for gap in made.gaps],
        "unmet_seats": [seat.as_data() for seat in made.unmet_seats],
    }
    if done.diff is not None:
        data["diff"] = {
            "added": done.diff.added,
            "removed": done.diff.removed,
            "kept": len(done.diff.kept),
            "loads": [vars(one) for one in done.diff.loads],
        }
    if made.changed is not None:
        data["repair"] = {"dropped": done.dropped, "changed": made.changed, "least_changed": made.least_changed}
    return data
