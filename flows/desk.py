"""What every flow needs: the settings and one engine per process, and the deeds as retried tasks.

A task takes ids and figures, does one deed of the house and is done. One task per chunk, never per
application; nothing is cached and no result is kept, since the database is the only memory.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from functools import cache
from typing import Any

from prefect import task
from prefect.deployments import run_deployment
from prefect.settings import get_current_settings

from laurea import anchors, clock, collector, steps
from laurea.actions import bounces, deliver, digest, remind, renew, retain, take_register, webhooks
from laurea.settings import Settings
from laurea.store import migrate, outbox
from laurea.store import webhooks as store_webhooks
from laurea.store.engine import Engine, open_engine, reading

NAME = "laurea"  # of the work pool, and of each flow's deployment on it
LOG = logging.getLogger(__name__)
# Who has died is known by the records, whose claims lapse; waiting for the last beat would end each run a second later.
get_current_settings().flows.heartbeat_frequency = None
collector.settled()


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


@cache
def engine() -> Engine:
    """The one engine of this process. Raises SetupMissing where the database waits to be upgraded."""
    made = open_engine(settings().url)
    migrate.must_be_usable(made)
    return made


@task(name="gather evidence for a chunk", retries=5, retry_delay_seconds=[1, 5, 30, 120, 300])
def gather_chunk(round_id: int, ids: list[int]) -> dict[str, Any] | None:
    """Ask the sources about those of these applications that no other worker has taken."""
    step = steps.Step(steps.GATHER, round_id, tuple(ids))
    return steps.share(engine(), step, settings=settings(), now=clock.now())


@task(name="do a step of a round", retries=2, retry_delay_seconds=5)
def do_step(round_id: int, kind: str) -> dict[str, Any] | None:
    """Screen, route or settle one round, unless another worker is at it."""
    return steps.share(engine(), steps.Step(kind, round_id), settings=settings(), now=clock.now())


@task(name="send a chunk of letters", retries=2, retry_delay_seconds=10)
def send_chunk() -> dict[str, int]:
    """Send at most one chunk of the letters that are due."""
    return dict(deliver.deliver(engine(), settings=settings(), now=clock.now(), limit=settings().chunk))


@task(name="take in reports about letters", retries=2, retry_delay_seconds=10)
def take_reports() -> dict[str, int]:
    """Read what mail servers say of letters that have left."""
    return dict(bounces.take_in(engine(), settings=settings(), now=clock.now()))


@task(name="make a chunk of webhook calls", retries=2, retry_delay_seconds=10)
def call_chunk() -> dict[str, int]:
    """Make at most one chunk of the calls to other programs that are due."""
    return dict(webhooks.deliver(engine(), settings=settings(), now=clock.now(), limit=settings().chunk))


@task(name="remind jurors", retries=2, retry_delay_seconds=10)
def remind_round(round_id: int) -> int:
    """Queue the reminders of one round that are due."""
    return remind.remind(engine(), round_id, settings=settings(), now=clock.now())


@task(name="look at watched exports", retries=2, retry_delay_seconds=10)
def look_at_watched() -> dict[str, int]:
    """Look at every watched export that is due; how many were in which state."""
    now = clock.now()
    due = take_register.due(engine(), settings=settings(), now=now)
    return dict(Counter(take_register.look(engine(), one, settings=settings(), now=now) for one in due))


@task(name="sign the audit", retries=2, retry_delay_seconds=10)
def sign_audit() -> int:
    """Write the signed head of every authority's audit that its day still lacks; how many."""
    with reading(engine()) as connection:
        return anchors.write_daily(connection, settings=settings(), now=clock.now())


@task(name="renew labels", retries=2, retry_delay_seconds=10)
def renew_all() -> int:
    """Tell holders what is due about the terms of their awards and mark lapses; how many steps were told."""
    return len(renew.renew(engine(), as_of=None, settings=settings(), now=clock.now()).told)


@task(name="erase what is due", retries=2, retry_delay_seconds=10)
def erase_due() -> int:
    """Write down what is due to be erased, and do what was confirmed; of how many offices."""
    return retain.keep_house(engine(), settings=settings(), now=clock.now())


def run_steps(round_id: int, *, helping: bool = False) -> int:
    """Do what is due for a round, step after step; how many tasks that took.

    Where there are several chunks, other workers are called to help: theirs is the same flow, and the records know who
    has taken what. Whoever helps stays while there are chunks, so that nobody's is left lying.
    """
    if settings().helpers and not helping:
        due = steps.due(engine(), round_id, settings=settings(), now=clock.now())
        call_help(round_id, min(settings().helpers, sum(bool(step.ids) for step in due) - 1))
    wait = (steps.GATHER,) if helping else steps.ALL
    return len(steps.advance(engine(), round_id, settings=settings(), now=clock.now(), do=as_task, wait=wait))


def as_task(step: steps.Step) -> dict[str, Any] | None:
    """One step as a task."""
    began = time.monotonic()
    if step.kind == steps.GATHER:
        done = gather_chunk(step.round_id, list(step.ids))
    else:
        done = do_step(step.round_id, step.kind)
    ms = round((time.monotonic() - began) * 1000)
    LOG.info("step", extra={"round": step.round_id, "step": step.kind, "applications": len(step.ids), "ms": ms})
    return done


def call_help(round_id: int, many: int) -> None:
    """Ask the work pool for workers; a round goes on without those that do not come."""
    for _ in range(many):
        try:
            wanted = {"round_id": round_id, "helping": True}
            run_deployment(f"advance_round/{NAME}", parameters=wanted, timeout=0, as_subflow=False)
        except Exception as error:  # noqa: BLE001 - help is welcome, never needed
            LOG.warning("no help for round %s: %s", round_id, type(error).__name__)
            return


def send_all_due() -> int:
    """Send everything that is due, chunk after chunk, joined first where it belongs together; how many tasks."""
    tasks = 0
    if settings().bounces_from.get_secret_value():
        take_reports()
        tasks += 1
    digest.join(engine(), settings=settings(), now=clock.now())
    for due, send in ((outbox.due_count, send_chunk), (store_webhooks.due_count, call_chunk)):
        while True:
            with reading(engine()) as connection:
                waiting = due(connection, clock.now())
            if not waiting:
                break
            tasks += 1
            if not send():
                break
    return tasks
