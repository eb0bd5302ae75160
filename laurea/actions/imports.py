"""Take a file of applications into a round.

Each import is one transaction. A wrong row is refused with its place and the remedy and kept for the
officer; the other rows come in. A file that cannot be read at all changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from laurea import ledger, statute
from laurea.errors import BadInput, Refusal
from laurea.intake import ORDINARY, Asked, Change, Imported, import_line, must_take
from laurea.sources import files
from laurea.store import applications, locks, rounds
from laurea.store.engine import reading, writing
from notifications.filled import Filled
from rules.ruleset import RuleSet


def import_applications(
    engine: Engine,
    round_id: int,
    path: Path,
    children: Mapping[str, Path],
    *,
    actor: ledger.Actor,
    now: datetime,
    asked: Asked = ORDINARY,
) -> Imported:
    """Take applications in.

    An application the round already holds is completed: what was not known of it and stands in the file now
    is added, and it is screened again. What was known stays as it is, and a verdict that stands stays too.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        ruleset = statute.rule_set_of(connection, record)
    must_take(record, now)
    _check_lists(children, ruleset)
    read = files.read_applications(path, ruleset, dict(children))
    with writing(engine, keep=asked.keep) as connection:
        locks.in_turn(connection, round_id)
        must_take(asked.into(connection, round_id), now)
        known = {a.ref: a for a in applications.load(connection, round_id)}
        people = applications.ensure_people(
            connection,
            record.authority_id,
            "applicant",
            [(row["applicant_name"], row["applicant_email"], row["language"] or "en") for row in read.rows],
            now,
        )
        wrong = {row["application_id"]: _wrong_time(path, row, record, ruleset, now) for row in read.rows}
        rows = [row for row in read.rows if wrong[row["application_id"]] is None]
        refusals = [*read.refusals, *(refusal for refusal in wrong.values() if refusal)]
        new = [row for row in rows if row["application_id"] not in known]
        applications.add_applications(connection, [_application(record, row, people) for row in new])
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        completed = _complete(connection, rows, known)
        changes = (*(Change(True, row["application_id"], row["unit_name"]) for row in new), *completed)
        done = Imported(len(new), len(rows) - len(new), tuple(refusals), len(completed), changes)
        import_line(connection, record, actor, ledger.Event.APPLICATIONS_IMPORTED, path, done, now, asked)
    return done


def _check_lists(children: Mapping[str, Path], ruleset: RuleSet) -> None:
    lists = [name for name, fact in ruleset.facts.items() if fact.type == "list"]
    unknown = [name for name in children if name not in lists]
    if unknown:
        raise BadInput(
            Filled("The rules have no list of facts called {names}.", names=", ".join(unknown)),
            remedy=Filled("They have: {names}.", names=", ".join(lists) or "none"),
        )


def _complete(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    known: Mapping[str, applications.ApplicationRecord],
) -> list[Change]:
    """Add what these rows know and the records do not, to applications without a verdict; what it changed."""
    changes = []
    merged: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for row in rows:
        here = known.get(row["application_id"])
        if here is None or here.state not in applications.WAITING:
            continue
        facts = {
            name: value for name, value in row["facts"].items() if value is not None and here.facts.get(name) is None
        }
        lists = {name: found for name, found in row["children"].items() if found and not here.children.get(name)}
        if facts or lists:
            merged[here.id] = ({**here.facts, **facts}, {**here.children, **lists})
            counted = {name: len(found) for name, found in lists.items()}
            changes.append(Change(False, here.ref, here.unit_name, {**facts, **counted}))
    applications.set_facts(connection, merged, None)
    applications.set_states(connection, dict.fromkeys(merged, "submitted"))
    return changes


def _wrong_time(
    path: Path, row: Mapping[str, Any], record: rounds.RoundRecord, ruleset: RuleSet, now: datetime
) -> Refusal | None:
    """Why an application cannot come in for its time, if so. A rule set with a window of its own decides itself."""
    at = row["submitted_at"]
    if at > now:
        problem, remedy = "lies in the future.", "Check the date and its zone."
    elif at > record.closes_at and not any(clause.window for clause in ruleset.admission):
        problem = f"is after the round closed ({record.closes_at:%d %B %Y %H:%M} UTC)."
        remedy = "The application belongs to the next round."
    else:
        return None
    return Refusal(path.name, row["row"], "submitted_at", f"{at:%d %B %Y %H:%M} UTC {problem}", remedy)


def _application(record: rounds.RoundRecord, row: Mapping[str, Any], people: Mapping[str, int]) -> dict[str, Any]:
    return {
        "authority_id": record.authority_id,
        "round_id": record.id,
        "ref": row["application_id"],
        "applicant_id": people[row["applicant_email"]],
        "applicant_ref": row["applicant_id"],
        "unit_ref": row["unit_id"],
        "unit_name": row["unit_name"] or "",
        "country": row["country"] or record.country,
        "region": row["region"] or "",
        "institution": row["institution"] or "",
        "language": row["language"] or "en",
        "topics": list(row["topics"]),
        "submitted_at": row["submitted_at"],
        "state": "submitted",
        "facts": row["facts"],
        "children": row["children"],
    }
