"""Look after labels with a term."""

from __future__ import annotations

from prefect import flow

from flows.desk import renew_all


@flow(name="renew")
def renew() -> int:
    """Tell holders what is due about the terms of their awards and mark what has lapsed; how many steps were told."""
    return renew_all()
