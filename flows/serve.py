"""Run the flows: as a worker of the pool (`python -m flows.serve`), or on orders from another process (`--orders`).

A worker makes the pool and the deployments where they are not there yet, and takes what is due: the clock on its
schedule, the others when they are asked. Any number of machines may run one.

With `--orders` each line on standard input is one JSON object such as
`{"flow": "advance_round", "round_id": 3}`; the flow runs in this process, and one JSON line answers it.
The demo and the tests of faults drive the clock that way: one process, one import of the engine.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import Flow
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows.advance_round import advance_round
from flows.clockwork import clockwork
from flows.deliver_post import deliver_post
from flows.desk import NAME, settings
from flows.gather_evidence import gather_evidence
from flows.remind import remind
from flows.renew import renew

FLOWS: dict[str, Flow[Any, int]] = {
    found.name: found for found in (clockwork, advance_round, gather_evidence, deliver_post, remind, renew)
}


def work() -> None:
    """Take what is due from the pool until SIGTERM or SIGINT; what is under way then ends with this process.

    Where workers help each other, each takes one run at a time, so that help is somebody else.
    """
    with get_client(sync_client=True) as client:
        try:
            template = ProcessWorker.get_default_base_job_template()
            client.create_work_pool(WorkPoolCreate(name=NAME, type=ProcessWorker.type, base_job_template=template))
        except ObjectAlreadyExists:
            pass
    for found in FLOWS.values():
        schedule: dict[str, Any] = {"interval": settings().clock_every} if found is clockwork else {}
        made: Any = found.to_deployment(
            NAME, work_pool_name=NAME, entrypoint_type=EntrypointType.MODULE_PATH, **schedule
        )
        made.apply()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))  # which asyncio knows how to end on
    asyncio.run(ProcessWorker(NAME, limit=1 if settings().helpers else None).start())


def take_orders(lines: Any = sys.stdin, answer: Callable[[str], object] = print) -> None:
    """Run a flow for each order until the input ends."""
    for line in lines:
        order = json.loads(line)
        began = time.monotonic()
        try:
            tasks = FLOWS[order.pop("flow")](**order)
            found: dict[str, Any] = {"tasks": tasks}
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the answer; the desk stays open
            found = {"error": f"{type(error).__name__}: {error}"}
        answer(json.dumps({**found, "seconds": round(time.monotonic() - began, 3)}))
        sys.stdout.flush()


if __name__ == "__main__":
    take_orders() if "--orders" in sys.argv[1:] else work()
