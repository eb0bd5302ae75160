"""What a round has come to, and whether it is what it came to where nothing was disturbed."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from laurea import bundle
from laurea.cli.demo import outside
from laurea.store import rounds
from laurea.store import tables as t
from laurea.store.engine import reading
from tests.faults.school import School

MOMENT = re.compile(r'"\d{4}-\d\d-\d\dT[^"]*"')
"""A round that was disturbed may come to the same result half an hour later."""
AGAIN = {"step_failed", "applications_imported", "jurors_imported", "conflicts_imported", "sheets_imported"}
"""Audit lines that a disturbed round may have more of: a file sent again is told again, though nothing of it is new.
Every other one stands there exactly as often."""


@dataclass(frozen=True)
class Told:
    """The result of a round."""

    digest: str
    lines: Counter[str]  # of its bundle: applications, sheets, assignments, decisions, each by its digest
    letters: Counter[tuple[str, str, str]]  # kind, address, subject
    events: Counter[str]  # of the audit


def told(school: School) -> Told:
    """The result as the records hold it."""
    with school.place.engine() as engine, reading(engine) as connection:
        record = school.record(connection)
        content = bundle.write(connection, record, settings=school.place.settings, now=school.place.moment())
        m = t.messages.c
        letters = connection.execute(select(m.kind, m.address, m.subject).where(m.kind != "sign_in")).tuples().all()
    lines: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for line in map(json.loads, content.splitlines()):
        if line["of"] == "audit":
            events[line["event"]] += 1
        elif line["of"] not in ("digests", "signature"):
            what = MOMENT.sub('""', json.dumps(line, sort_keys=True))
            name = line.get("application") or line.get("row", {}).get("application_id", "")
            lines[f"{line['of']} {name} {hashlib.sha256(what.encode()).hexdigest()[:16]}"] += 1
    return Told(record.digest or "", lines, Counter(letters), events)


def decided_otherwise(school: School, calm: Told) -> list[str]:
    """How the result differs from that of the undisturbed round; each sentence is a fault."""
    found = told(school)
    faults = [f"the digest is {found.digest[:12]}"] if found.digest != calm.digest else []
    for name, one, other in (("bundle", found.lines, calm.lines), ("letters", found.letters, calm.letters)):
        faults += [f"{name}: {what} came to be" for what in (one - other)]
        faults += [f"{name}: {what} is missing" for what in (other - one)]
    events = {event: n for event, n in (found.events - calm.events).items() if event not in AGAIN}
    events |= {event: -n for event, n in (calm.events - found.events).items()}
    return faults + [f"audit: {event} stands there {n:+} times" for event, n in events.items()]


def broken(school: School) -> list[str]:
    """What `laurea db check`, `laurea audit check` and the file of the database itself say; each is a fault."""
    place, faults = school.place, []
    for words in (("db", "check"), ("audit", "check")):
        process = place.command(*words)
        if process.wait(120):
            faults.append(f"laurea {' '.join(words)}: {process.tail()[-600:]}")
    place.database.sound(place.folder)
    with place.engine() as engine, reading(engine) as connection:
        record = rounds.round_by_code(connection, school.scene.code)
        content = bundle.write(connection, record, settings=place.settings, now=place.moment())
    faults += [f"bundle line {number}: {says}" for number, says in bundle.check(content).faults]
    return faults + [f"the portal had said it has sheet {number}" for number in school.lost()]


def delivered(school: School) -> tuple[list[str], int]:
    """Letters that did not arrive exactly once, as the receiving relay tells; and how many arrived."""
    log = (school.place.worlds / "relay.log").read_text()
    taken = Counter(f"<{one}>" for one in re.findall(r"message-id=<?([^\s>]+)", log))
    with school.place.engine() as engine, reading(engine) as connection:
        m = t.messages.c
        states = dict(connection.execute(select(m.message_id, m.state)).tuples().all())
    faults = [f"{one} arrived {n} times" for one, n in taken.items() if n > 1]
    faults += [f"{one} is not in the records" for one in taken if one not in states]
    for one, state in states.items():
        if (state == "sent") != (one in taken):
            faults.append(f"{one} is {state}, and arrived {taken[one]} times")
    return faults, sum(taken.values())


def in_the_boxes(school: School) -> Counter[str]:
    """How often each letter lies in the relay's mailbox: a relay killed between box and log takes one twice."""
    with closing(outside.letters(school.place.worlds)) as box:
        return Counter(str(one["Message-ID"]).strip() for one in box)
