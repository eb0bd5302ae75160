"""The same round in the ordinary way, for benchmarks/round.py: `_ordinary.py FOLDER`; prints seconds, CPU seconds.

One Prefect task per application and step, submitted with `map`, with retries where something outside is asked, each in
its own transaction; the evaluators, tables, letters and the database are the house's own. Routing looks at everybody
and is one task in both. Jurors, conflicts and the world are laid before, as in `_round.py`.
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from _round import Round

from prefect import flow, task  # isort: skip
from prefect.settings import get_current_settings  # isort: skip
from sqlalchemy import insert, select, update

from evaluators import decide, facts, trace
from evaluators.sheets import taken
from laurea import clock, collector, granting, ledger, letters, routing, statute
from laurea.actions import gather as gathering
from laurea.actions import import_jury, imports, settle
from laurea.sources import files
from laurea.store import applications, juries, outcomes, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing

HERE = Round(Path(sys.argv[1]))
ENGINE, SETTINGS = HERE.engine, HERE.settings
get_current_settings().flows.heartbeat_frequency = None  # as the house does: neither waits for the last beat


def verdict(application_id: int) -> Any:
    """What the bench makes of one application: the round, its plan, the application, its frames, its decision."""
    with reading(ENGINE) as connection:
        record = rounds.round_by_id(connection, HERE.id)
        plan = statute.plan_of(connection, record)
        one = applications.load(connection, HERE.id, ids=[application_id])[0]
        a, s, j = t.assignments.c, t.sheets.c, t.jurors.c
        query = select(j.ref, s.marks).join_from(t.sheets, t.assignments).join(t.jurors, j.id == a.juror_id)
        marks = connection.execute(query.where(a.application_id == application_id)).all()
    frames, points = facts.to_frames(plan.ruleset, [one.row()]), None
    if marks:
        frames, points = taken(plan, frames, [(one.ref, row.ref, row.marks) for row in marks])
    return record, plan, one, frames, decide.decide(plan, frames, points, seed=record.seed)


@task
def take_in(row: dict[str, Any]) -> int:
    """One row of the file."""
    with writing(ENGINE) as connection:
        record = rounds.round_by_id(connection, HERE.id)
        person = [(row["applicant_name"], row["applicant_email"], row["language"] or "en")]
        people = applications.ensure_people(connection, record.authority_id, "applicant", person, clock.now())
        made = insert(t.applications).values(**imports._application(record, row, people))  # noqa: SLF001 - the house's own row
        return int(connection.execute(made.returning(t.applications.c.id)).scalar_one())


@task(retries=5, retry_delay_seconds=[1, 5, 30, 120, 300])
def gather(application_id: int) -> None:
    """Ask the register about one application."""
    gathering.gather(ENGINE, HERE.id, [application_id], addresses=SETTINGS.sources, now=clock.now())


@task
def screen(application_id: int) -> str:
    """Whether one application goes on."""
    *_, found = verdict(application_id)
    state = str(found["screening"][0])
    with writing(ENGINE) as connection:
        applications.set_states(connection, {application_id: state})
    return state


@task
def route() -> None:
    """Everybody's jurors."""
    routing.fill(ENGINE, HERE.id, settings=SETTINGS, now=clock.now())


@task
def mark(sheets: dict[int, dict[str, str]]) -> None:
    """The sheets of one application."""
    with writing(ENGINE) as connection:
        record = rounds.round_by_id(connection, HERE.id)
        juries.add_submitted_sheets(connection, record.authority_id, record.id, sheets, clock.now())


@task
def propose(application_id: int) -> None:
    """The decision about one application."""
    record, plan, one, frames, found = verdict(application_id)
    packed = trace.pack(plan, found, frames)[one.ref]
    row = settle._decision(record, plan, found.to_dicts()[0], one.id, packed, clock.now())  # noqa: SLF001 - as above
    with writing(ENGINE) as connection:
        connection.execute(insert(t.decisions).values(**row))
        applications.set_states(connection, {application_id: "decided"})


@task
def let_go(application_id: int) -> None:
    """One decision released, with its grant and its letter."""
    now = clock.now()
    with reading(ENGINE) as connection:
        record = rounds.round_by_id(connection, HERE.id)
        plan = statute.plan_of(connection, record)
        desk = letters.Desk.of(connection, record, SETTINGS, now)
        one = applications.load(connection, HERE.id, ids=[application_id])[0]
        found = outcomes.decision_of(connection, application_id)
    assert found is not None
    rows, _ = granting.grants(record, plan, [found], {one.id: one}, now.date())
    paper = [letters.Certificate(row["number"], row["valid_from"], row["valid_until"]) for row in rows]
    letter = letters.decision(desk, one, found, plan.ruleset, paper[0] if paper else None)
    with writing(ENGINE) as connection:
        connection.execute(
            update(t.decisions).where(t.decisions.c.id == found.id).values(state="released", released_at=now)
        )
        outcomes.add_grants(connection, rows)
        ledger.post(connection, [letter], authority_id=record.authority_id, round_id=record.id, now=now)


@task(retries=2, retry_delay_seconds=10)
def send(message_id: int) -> None:
    """One letter."""
    with reading(ENGINE) as connection:
        row = connection.execute(select(t.messages).where(t.messages.c.id == message_id)).one()
    relay = urlsplit(SETTINGS.smtp_url)
    with smtplib.SMTP(str(relay.hostname), int(relay.port or 25)) as server:
        server.sendmail(SETTINGS.mail_from, row.address, row.content)
    with writing(ENGINE) as connection:
        connection.execute(
            update(t.messages).where(t.messages.c.id == message_id).values(state="sent", sent_at=clock.now())
        )


def drawn() -> list[dict[int, dict[str, str]]]:
    """The sheets of each application, by assignment, from the file that `draw` wrote."""
    HERE.draw()
    a, p, j = t.assignments.c, t.applications.c, t.jurors.c
    query = select(a.id, p.ref, j.ref.label("juror")).join_from(t.assignments, t.applications).join(t.jurors)
    with reading(ENGINE) as connection:
        known = {(row.ref, row.juror): row.id for row in connection.execute(query)}
    found: dict[str, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in files.read_sheets(HERE.folder / "sheets.csv").rows:
        place = known[row["application_id"], row["juror_id"]]
        found[row["application_id"]][place][row["criterion"]] = row["points"]
    return [{place: dict(marks) for place, marks in one.items()} for one in found.values()]


@flow
def ordinary() -> None:
    """The round, step after step."""
    with reading(ENGINE) as connection:
        ruleset = statute.rule_set_of(connection, rounds.round_by_id(connection, HERE.id))
    rows = files.read_applications(HERE.folder / "world" / "applications.csv", ruleset, {}).rows
    ids = take_in.map(list(rows)).result()
    gather.map(ids).result()
    screen.map(ids).result()
    route.submit().result()
    mark.map(drawn()).result()
    HERE.go_to(HERE.scene.review_until)
    propose.map(ids).result()
    HERE.go_to(HERE.scene.released_at)
    let_go.map(ids).result()
    with reading(ENGINE) as connection:
        due = list(connection.execute(select(t.messages.c.id).where(t.messages.c.state == "due")).scalars())
    send.map(due).result()


if __name__ == "__main__":
    import_jury.import_jurors(ENGINE, HERE.id, HERE.folder / "world" / "jurors.csv", **HERE.by())
    collector.settled()
    wall, cpu = time.perf_counter(), time.process_time()
    ordinary()
    told = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**told, "stands": HERE.look()}))
