"""The clock: one turn looks at everything that may be due."""

from __future__ import annotations

import logging
import time

from prefect import flow

from flows.desk import (
    engine,
    erase_due,
    look_at_watched,
    remind_round,
    renew_all,
    run_steps,
    send_all_due,
    settings,
    sign_audit,
)
from laurea import anchors, clock
from laurea.actions.remind import due as reminders_due
from laurea.actions.renew import waiting as renewals_wait
from laurea.actions.retain import awaited as erasures_wait
from laurea.actions.take_register import due as watched_due
from laurea.actions.turn import turned
from laurea.store import locks, rounds
from laurea.store.engine import reading

LOG = logging.getLogger(__name__)


@flow(name="clockwork")
def clockwork() -> int:
    """One turn, unless another machine's clock turns already; how many tasks that took."""
    with locks.sole(engine(), settings().workspace, locks.CLOCK) as mine:
        return turn() if mine else 0


def turn() -> int:
    """Exports looked at, rounds advanced, jurors reminded, labels renewed, audit signed, letters sent, data erased.

    Gives how many tasks that took. Tasks are made only for what is due, so that a quiet minute costs a flow run and
    nothing else. A round whose step fails holds up neither the others nor the post; the run fails at its end.
    """
    now, began = clock.now(), time.monotonic()
    turned(engine(), now)
    tasks = 0
    failed: list[Exception] = []
    if watched_due(engine(), settings=settings(), now=now):  # before the rounds: what is new may be asked for there
        look_at_watched()
        tasks += 1
    with reading(engine()) as connection:
        running = rounds.all_rounds(connection, unreleased=True)
    for record in running:
        try:
            tasks += run_steps(record.id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is kept with the round
            failed.append(error)
        if reminders_due(engine(), record.id, now=now):
            remind_round(record.id)
            tasks += 1
    if renewals_wait(engine(), now):
        renew_all()
        tasks += 1
    with reading(engine()) as connection:
        unsigned = anchors.waiting(connection, settings=settings(), now=now)
    if unsigned:
        sign_audit()
        tasks += 1
    tasks += send_all_due()
    if erasures_wait(engine(), now):
        erase_due()
        tasks += 1
    turned(engine(), now, clock.now())
    ms = round((time.monotonic() - began) * 1000)
    LOG.info("turn", extra={"tasks": tasks, "failed": len(failed), "ms": ms})
    if failed:
        raise ExceptionGroup("Steps of rounds failed.", failed)
    return tasks
