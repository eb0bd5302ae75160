"""Route eligible applications to jurors: conflicts found first, then a plan, then saved; jurors told once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import routing
from laurea.routing import Routed
from laurea.settings import Settings

__all__ = ["Routed", "route"]


def route(engine: Engine, round_id: int, *, settings: Settings, now: datetime) -> Routed:
    """Fill every missing review of the eligible applications, as far as the jury allows.

    Reviews that may not stand any more (their juror left, or has a conflict) are freed first. What stands is kept. An
    application becomes `assigned` when it has all its reviewers.
    """
    return routing.fill(engine, round_id, settings=settings, now=now)
