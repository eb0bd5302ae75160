"""Look after labels with a term."""

from __future__ import annotations

from prefect import flow

from flows.desk import renew_all


@flow(name="renew")
def renew() -> int:
    """Tell holders whose renewal has opened and mark what has lapsed; how many grants were touched."""
    opening, lapsing = renew_all()
    return opening + lapsing
