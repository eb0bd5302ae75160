"""Bring one round as far as the records allow."""

from __future__ import annotations

from prefect import flow

from flows.desk import run_steps


@flow(name="advance_round", log_prints=False)
def advance_round(round_id: int, helping: bool = False) -> int:
    """Do the due steps of a round; how many there were. Running it again changes nothing that was done.

    With `helping` another run sees the round through, and this one takes part in what comes in chunks.
    """
    return run_steps(round_id, helping=helping)
