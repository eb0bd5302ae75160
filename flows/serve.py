"""Run the flows: on their schedule (`python -m flows.serve`), or on orders from another process (`--orders`).

With `--orders` each line on standard input is one JSON object such as
`{"flow": "advance_round", "round_id": 3}`; the flow runs in this process, and one JSON line answers it.
The demo and the tests of faults drive the clock that way: one process, one import of the engine.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, cast

import prefect
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow

from flows.advance_round import advance_round
from flows.clockwork import clockwork
from flows.deliver_post import deliver_post
from flows.desk import settings
from flows.gather_evidence import gather_evidence
from flows.remind import remind
from flows.renew import renew

FLOWS: dict[str, Flow[Any, int]] = {
    found.name: found for found in (clockwork, advance_round, gather_evidence, deliver_post, remind, renew)
}


def schedule() -> None:
    """Serve every flow; the clock turns by itself, the others wait to be asked."""
    prefect.serve(
        _deployment(clockwork, interval=settings().clock_every, concurrency_limit=1),
        *(_deployment(found) for found in FLOWS.values() if found is not clockwork),
        pause_on_shutdown=False,
        print_starting_message=False,
    )


def _deployment(found: Flow[Any, int], **options: Any) -> RunnerDeployment:
    """A deployment of a flow; the call is synchronous here, whatever its type says."""
    return cast(RunnerDeployment, found.to_deployment("laurea", **options))


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
    take_orders() if "--orders" in sys.argv[1:] else schedule()
