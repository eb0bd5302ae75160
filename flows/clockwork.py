"""The clock: one turn looks at everything that may be due."""

from __future__ import annotations

from prefect import flow

from flows.desk import engine, remind_round, renew_all, run_steps, send_all_due, settings
from laurea import clock, steps
from laurea.actions.remind import due as reminders_due
from laurea.actions.renew import due as renewals_due
from laurea.store import rounds
from laurea.store.engine import reading


@flow(name="clockwork")
def clockwork() -> int:
    """One turn: rounds advanced, jurors reminded, labels renewed, letters sent; how many tasks it took.

    Tasks are made only for what is due, so that a quiet minute costs a flow run and nothing else.
    """
    now = clock.now()
    tasks = 0
    with reading(engine()) as connection:
        running = rounds.all_rounds(connection, unreleased=True)
    for record in running:
        if steps.due(engine(), record.id, settings=settings(), now=now):
            tasks += run_steps(record.id)
        if reminders_due(engine(), record.id, now=now):
            remind_round(record.id)
            tasks += 1
    found = renewals_due(engine(), now.date())
    if found.opening or found.lapsing:
        renew_all()
        tasks += 1
    return tasks + send_all_due()
