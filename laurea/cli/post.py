"""`laurea post`: send what is due, in this process and without Prefect."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from cyclopts import Parameter

from laurea import clock
from laurea.actions import bounces, digest, webhooks
from laurea.actions.deliver import deliver
from laurea.cli.console import engine_of, err, out, show, step
from laurea.errors import Conflict
from laurea.settings import Settings
from laurea.store import outbox, relay_rate
from laurea.store.engine import reading

AT_A_TIME = 500


def post(*, json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False) -> None:
    """Send the letters and make the webhook calls that are due.

    Without a relay (LAUREA_SMTP_URL) letters are written to files instead.

    Ends with 1 when a letter failed for good or nobody knows what became of it. Example: laurea post
    """
    settings, now = Settings(), clock.now()
    engine = engine_of(settings)
    told_of = bounces.take_in(engine, settings=settings, now=now)
    digest.join(engine, settings=settings, now=now)
    with reading(engine) as connection:
        waiting = outbox.due_count(connection, now)
    done: Counter[str] = Counter()
    with step(err, f"Sending {waiting} letters") as told:
        while found := deliver(engine, settings=settings, now=now, limit=AT_A_TIME):
            done += found
            told(f"Sending letters: {sum(done.values())} of {waiting}")
    calls = webhooks.deliver(engine, settings=settings, now=now)
    with reading(engine) as connection:
        left, states = outbox.due_count(connection, now), outbox.state_counts(connection)
        paced = left > 0 and relay_rate.take(connection, now, 1, settings.mail_per_minute) == 0
    if left and not done and not paced:
        raise Conflict("Another process is sending letters now.", "Wait for it, or stop it first.")
    figures = {name: done[state] for name, state in (("sent", "sent"), ("again later", "due"), ("failed", "failed"))}
    figures["uncertain"] = states["uncertain"]
    if json:
        made = {f"calls_{state}": calls[state] for state in ("sent", "due", "failed")}
        made |= {f"reports_{kind}": number for kind, number in told_of.items()}
        show([{name.replace(" ", "_"): number for name, number in figures.items()} | made], as_json=True)
    elif not done and not figures["uncertain"]:
        out.print("No letter is due.")
    else:
        where = "" if settings.smtp_url else f" The files are in {settings.workspace / 'outbox'}."
        out.print(f"Letters: {', '.join(f'{number} {name}' for name, number in figures.items())}.{where}")
    if paced and not json:
        out.print(f"{left} wait for the next minute: the relay is given only so many at a time.")
    if told_of and not json:
        out.print(f"Reports about letters: {', '.join(f'{n} {kind}' for kind, n in sorted(told_of.items()))}.")
    if calls and not json:
        out.print(f"Webhook calls: {calls['sent']} made, {calls['due']} again later, {calls['failed']} failed.")
    if figures["failed"] or figures["uncertain"]:
        raise SystemExit(1)
