"""`laurea` alone: where this workspace stands, and the command that comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from laurea import clock, overview
from laurea.cli.console import in_words, out
from laurea.settings import Settings
from laurea.store import copies, migrate, outbox, pages_heard, rounds, turns, vitals
from laurea.store.engine import Connection, open_engine, reading

START = """There is no installation in {workspace} yet.

See it work, on sample data, nothing is kept    laurea demo
Look at this machine                            laurea doctor
Begin one here                                  laurea officer YOU@EXAMPLE.ORG --name NAME --authority CODE \
--authority-name NAME
An installation elsewhere                       set LAUREA_WORKSPACE or LAUREA_DATABASE_URL"""
ALL = "All commands: laurea --help"
WANT_SOMEBODY = ("uncertain", "failed", "bounced")


def first() -> None:
    """Say what to do next in this workspace."""
    settings, now = Settings(), clock.now()
    file = copies.place_of(settings.url)
    if file is not None and not file.exists():
        _say(START.format(workspace=settings.workspace))
    else:
        engine = open_engine(settings.url)
        migrate.must_be_newest(engine)
        with reading(engine) as connection:
            for line in _standing(connection, settings, now):
                _say(line)
        engine.dispose()
    _say(f"\n{ALL}")


def _say(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)


def _standing(connection: Connection, settings: Settings, now: datetime) -> Iterator[str]:
    if not vitals.officers(connection):
        yield "Nobody can sign in as an officer yet."
        yield "  → laurea officer YOU@EXAMPLE.ORG --name NAME --authority CODE --authority-name NAME"
    records = rounds.all_rounds(connection)
    if not records:
        yield "There is no round yet. Choose its rules or write your own, then open it:"
        yield "  → laurea rules list, or laurea rules new FILE.yaml"
        yield "  → laurea round open CODE --rules AWARD/EDITION --authority CODE --opens DAY --closes DAY …"
    running = [one for one in records if one.released_at is None]
    for record in running:
        yield from _next(connection, record, now)
    for record in records:
        if appeals := pages_heard.waiting(connection, record.id)["appeal"]:
            yield f"{record.code}: {appeals} {'appeal waits' if appeals == 1 else 'appeals wait'} for an answer."
            yield "  → on the portal, the round's page “From applicants” (docs/how-to/appeal.md)"
    if records and not running:
        yield "Every round is released. The next one, from this one: the portal's page of the round, or"
        yield f"  → laurea round open CODE --from {records[-1].code}"
    turn = turns.last(connection)
    letters = outbox.state_counts(connection)
    if (running or letters["due"]) and (turn is None or turn.late(now, settings.clock_every)):
        since = "has never run here" if turn is None else f"has not run since {turn.began_at:%Y-%m-%d %H:%M} UTC"
        waits = f" ({letters['due']} wait)" if letters["due"] else ""
        yield f"The clock {since}: nothing happens by itself, no letter leaves{waits}."
        yield "  → laurea up, with the portal; or by hand: laurea round advance CODE, then laurea post"
    for state in WANT_SOMEBODY:
        if letters[state]:
            yield f"{letters[state]} letters are {state}; somebody must look at them (docs/outbox.md)."
            yield f"  → laurea outbox ROUND --state {state}"


def _next(connection: Connection, record: rounds.RoundRecord, now: datetime) -> Iterator[str]:
    """Where a round stands in a sentence, and what comes next in it."""
    zone = rounds.authority_of(connection, record.authority_id).timezone
    found = overview.figures(connection, record, now)
    code, applications = record.code, found["applications"]
    then = ""
    match found["phase"]:
        case "collecting":
            when = f"opens on {in_words(record.opens_at, zone)}" if now < record.opens_at else "is open"
            says = f"{when}, until {in_words(record.closes_at, zone)}; {applications} applications so far."
        case "screening":
            missing = found["needs_evidence"]
            needs = f", {missing} {'needs' if missing == 1 else 'need'} evidence" if missing else ""
            says = f"is closed with {applications} applications{needs}."
            then = f"laurea round advance {code}"
            if record.routed_by_hand and record.screened_at and missing:
                then = f"laurea round import {code} --applications FILE, its empty cells filled in, then: {then}"
            elif record.routed_by_hand and record.screened_at:
                then = f"laurea round assign {code} -o plan.csv, then: laurea round assign {code} --from plan.csv"
        case "reviewing":
            until = in_words(record.review_until, zone)
            says = f"is with its jurors until {until}: {found['sheets']} of {found['assigned']} score sheets are in."
            if found["sheets"] >= found["assigned"] or now >= record.review_until:
                then = f"laurea round advance {code}"
            if found["sheets"] >= found["assigned"]:
                from laurea import statute
                from laurea.cli import waiting  # tables are heavy, and most calls need none

                owed = waiting.of_the_jury(connection, record, statute.plan_of(connection, record))
                says = " ".join([says, *(one for one, _ in owed)])
                then = ", and ".join(way for _, way in owed) or then
        case _:
            says = f"{found['proposed']} decisions are proposed and wait to be released."
            look = f"laurea round export {code} -o {code}.xlsx"
            then = f"{look}, then: laurea round release {code} --officer EMAIL --digest {record.digest}"
    if not applications:
        then = f"laurea round import {code} --applications FILE --jurors FILE, or let them apply on the portal"
    yield f"{code}: {says}"
    if then:
        yield f"  → {then}"
