"""Ask the sources again about the applications of a round that have not been asked about."""

from __future__ import annotations

from prefect import flow

from flows.desk import engine, gather_chunk, settings
from laurea import clock, steps


@flow(name="gather_evidence")
def gather_evidence(round_id: int) -> int:
    """Gather what is missing, one task a chunk; how many chunks."""
    wanted = steps.due(engine(), round_id, settings=settings(), now=clock.now())
    chunks = [step for step in wanted if step.kind == steps.GATHER]
    return sum(gather_chunk(round_id, list(step.ids)) is not None for step in chunks)
