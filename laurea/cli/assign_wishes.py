"""What `laurea assign` was asked: files and options, and whether they can be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from evaluators.assignment import Weights
from laurea.cli.typed import pairs as name_value
from laurea.errors import BadInput
from laurea.sources.routing import Load
from laurea.sources.tables import near


@dataclass(frozen=True)
class Files:
    """What is read; None where it was not given."""

    applications: Path
    jurors: Path
    affinity: Path | None = None
    conflicts: Path | None = None
    pins: Path | None = None
    current: Path | None = None


@dataclass(frozen=True)
class Wishes:
    """How is to be routed, as it was typed."""

    per_application: int
    load: str | None
    kinds: Sequence[str]
    any_language: bool
    experienced: int
    per_institution: int | None
    weights: Sequence[str]
    fair: bool
    shuffle: float
    candidates: int | None
    drop: Sequence[str]
    seed: int


def check(files: Files, wishes: Wishes) -> None:
    """Raises BadInput where a wish cannot be meant."""
    for option, value, least in (
        ("--per-application", wishes.per_application, 1),
        ("--experienced", wishes.experienced, 0),
        ("--per-institution", wishes.per_institution, 1),
        ("--candidates", wishes.candidates, 1),
    ):
        if value is not None and value < least:
            raise BadInput(f"{option} {value} is too small.", remedy=f"Write at least {least}.")
    if wishes.experienced > wishes.per_application:
        says = f"{wishes.experienced} of {wishes.per_application} reviews cannot be by experienced jurors."
        raise BadInput(says, remedy="Lower --experienced or raise --per-application.")
    if not 0 <= wishes.shuffle <= 1:
        raise BadInput(f"--shuffle {wishes.shuffle} is not between 0 and 1.", remedy="Write --shuffle 0.05.")
    if wishes.drop and files.current is None:
        says = "Nobody can leave an assignment that is not there."
        raise BadInput(says, remedy="Give the assignment that stands with --current.")
    if wishes.drop and (wishes.fair or wishes.shuffle):
        says = "After a dropout as little as possible changes, so --fair and --shuffle have nothing to do."
        raise BadInput(says, remedy="Leave them out with --drop.")


def load_of(text: str | None) -> Load | None:
    """MIN:MAX as typed. Raises BadInput where it is no such pair."""
    if text is None:
        return None
    least, colon, most = text.partition(":")
    if not colon or not (least.isascii() and least.isdigit() and most.isascii() and most.isdigit()):
        raise BadInput(f"--load {text!r} is not MIN:MAX.", remedy="Write --load 0:12.")
    if int(least) > int(most):
        raise BadInput(f"--load {text}: the least is above the greatest.", remedy=f"Write --load {most}:{least}.")
    return Load(int(least), int(most))


def weights_of(given: Sequence[str]) -> Weights:
    """The weights as typed, NAME=POINTS each; those not named are the house's own. Raises BadInput."""
    known = [one.name for one in fields(Weights)]
    found: dict[str, int] = {}
    for name, points in name_value(tuple(given), "--weight").items():
        if name not in known:
            raise BadInput(f"There is no weight {name!r}.", remedy=f"{near(name, known)}Known are {', '.join(known)}.")
        if not (points.isascii() and points.isdigit() and int(points) <= 1000):
            raise BadInput(f"--weight {name}={points}: not a whole number from 0 to 1000.", remedy=f"Write {name}=500.")
        found[name] = int(points)
    return Weights(**found)
