"""Take the jury's files into a round: jurors, known conflicts, finished score sheets.

Like every import: one transaction, wrong rows refused with place and remedy, the others come in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators import marks
from evaluators.conflicts import share_place
from laurea import deliberation, ledger, routing, statute
from laurea.errors import NotNow, Refusal
from laurea.intake import ORDINARY, Asked, Change, Imported, import_line, other_loads
from laurea.sources import files
from laurea.store import applications, juries, locks, plans, rounds
from laurea.store.engine import writing
from notifications.filled import Filled
from rules.plan import Plan


def import_jurors(
    engine: Engine, round_id: int, path: Path, *, actor: ledger.Actor, now: datetime, asked: Asked = ORDINARY
) -> Imported:
    """Take the jury in. Of a juror the round already holds only the loads are taken, where the file says others."""
    read = files.read_jurors(path)
    with writing(engine, keep=asked.keep) as connection:
        locks.in_turn(connection, round_id)
        record = asked.into(connection, round_id)
        _before_release(record)
        known = {juror.ref: juror for juror in juries.jurors(connection, round_id)}
        people = applications.ensure_people(
            connection,
            record.authority_id,
            "juror",
            [(row["name"], row["email"], _reads(row["languages"], record)) for row in read.rows],
            now,
        )
        new = [row for row in read.rows if row["juror_id"] not in known]
        juries.add_jurors(
            connection,
            [
                {
                    "authority_id": record.authority_id,
                    "round_id": round_id,
                    "person_id": people[row["email"]],
                    "ref": row["juror_id"],
                    "country": row["country"],
                    "region": row["region"] or "",
                    "institution": row["institution"] or "",
                    "languages": list(row["languages"]),
                    "expertise": list(row["expertise"]),
                    "experienced": bool(row["experienced"]),
                    "min_load": row["min_load"] or 0,
                    "max_load": row["max_load"],
                    "reserve": bool(row["reserve"]),
                    "mentored": list(row["mentored"]),
                }
                for row in new
            ],
        )
        held = Counter(one.juror_id for one in plans.reviews(connection, round_id))
        there = [row for row in read.rows if row["juror_id"] in known]
        loads, changed, low = other_loads(path, there, known, held)
        juries.set_loads(connection, loads)
        if loads and asked.keep:  # a plan made before may rest on the loads as they were
            rounds.change_round(connection, record)
        refusals = [*read.refusals, *low]
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        changes = (*(Change(True, row["juror_id"], row["name"]) for row in new), *changed)
        done = Imported(len(new), len(there) - len(low), tuple(refusals), len(loads), changes)
        import_line(connection, record, actor, ledger.Event.JURORS_IMPORTED, path, done, now, asked)
    return done


def _reads(languages: Sequence[str], record: rounds.RoundRecord) -> str:
    return next((language for language in languages if language in record.languages), record.languages[0])


def import_conflicts(
    engine: Engine, round_id: int, path: Path, *, actor: ledger.Actor, now: datetime, asked: Asked = ORDINARY
) -> Imported:
    """Take known conflicts in; a row that names an unknown application or juror is refused."""
    read = files.read_conflicts(path)
    refusals = list(read.refusals)
    with writing(engine, keep=asked.keep) as connection:
        locks.in_turn(connection, round_id)
        record = asked.into(connection, round_id)
        _before_release(record)
        known = _known_pairs(connection, round_id, path, read.rows, refusals)
        found = [(*pair, row["kind"]) for pair, row in known]
        new = set(juries.add_conflicts(connection, record.authority_id, round_id, found, "imported", now))
        if new and asked.keep:  # a plan made before may bring them together
            rounds.change_round(connection, record)
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        changes = [_pair(row, "kind") for pair, row in known if (*pair, row["kind"]) in new]
        done = Imported(len(new), len(found) - len(new), tuple(refusals), changes=tuple(changes))
        import_line(connection, record, actor, ledger.Event.CONFLICTS_IMPORTED, path, done, now, asked)
    return done


def import_pins(
    engine: Engine, round_id: int, path: Path, *, actor: ledger.Actor, now: datetime, asked: Asked = ORDINARY
) -> Imported:
    """Take pins in: who must review what, and who never. A pair pinned otherwise before is changed."""
    read = files.read_pins(path)
    refusals = list(read.refusals)
    with writing(engine, keep=asked.keep) as connection:
        locks.in_turn(connection, round_id)
        record = asked.into(connection, round_id)
        _before_release(record)
        known = _known_pairs(connection, round_id, path, read.rows, refusals)
        wanted = {pair: row["pin"] for pair, row in known}
        before = plans.pins(connection, round_id)
        new = plans.set_pins(connection, record.authority_id, round_id, wanted, now)
        if new and asked.keep:  # a plan made before knows nothing of them
            rounds.change_round(connection, record)
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        other = [(pair, row) for pair, row in known if before.get(pair) != row["pin"]]
        changes = [_pair(row, "pin", new=pair not in before) for pair, row in other]
        done = Imported(new, len(wanted) - new, tuple(refusals), changes=tuple(changes))
        import_line(connection, record, actor, ledger.Event.PINS_IMPORTED, path, done, now, asked)
    return done


def _pair(row: Mapping[str, Any], told: str, *, new: bool = True) -> Change:
    return Change(new, row["application_id"], row["juror_id"], {told: row[told]})


def _known_pairs(
    connection: Connection,
    round_id: int,
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    refusals: list[Refusal],
) -> list[tuple[tuple[int, int], Mapping[str, Any]]]:
    """The rows by their application and juror in the records; a row that names an unknown one is refused."""
    by_ref = {a.ref: a.id for a in applications.load(connection, round_id)}
    jurors = {juror.ref: juror.id for juror in juries.jurors(connection, round_id)}
    found = []
    for row in rows:
        wrong = _unknown(path, row, by_ref, jurors)
        if wrong:
            refusals.append(wrong)
        else:
            found.append(((by_ref[row["application_id"]], jurors[row["juror_id"]]), row))
    return found


def _unknown(
    path: Path, row: Mapping[str, Any], by_ref: Mapping[str, int], jurors: Mapping[str, int]
) -> Refusal | None:
    if row["application_id"] not in by_ref:
        return Refusal(
            path.name,
            row["row"],
            "application_id",
            f"The round has no application {row['application_id']!r}.",
            "Import the application first, or mend the id.",
        )
    if row["juror_id"] not in jurors:
        return Refusal(
            path.name,
            row["row"],
            "juror_id",
            f"The round has no juror {row['juror_id']!r}.",
            "Import the juror first, or mend the id.",
        )
    return None


def import_sheets(
    engine: Engine,
    round_id: int,
    path: Path,
    *,
    assigns: bool = False,
    actor: ledger.Actor,
    now: datetime,
    asked: Asked = ORDINARY,
) -> Imported:
    """Take finished score sheets in, from jurors who worked elsewhere.

    A sheet comes in whole or not at all: one wrong mark refuses that sheet and no other. With `assigns`, a
    sheet also assigns its juror: the panel was formed outside.
    """
    read = files.read_sheets(path)
    refusals = list(read.refusals)
    with writing(engine, keep=asked.keep) as connection:
        locks.in_turn(connection, round_id)
        record = asked.into(connection, round_id)
        if record.proposed_at:
            raise NotNow(
                Filled("Decisions of the round {code} have been proposed; scores are closed.", code=record.code)
            )
        plan = statute.plan_of(connection, record)
        everyone = {a.id: a for a in applications.load(connection, round_id)}
        bench = {juror.id: juror for juror in juries.jurors(connection, round_id)}
        by_ref = {one.ref: number for number, one in everyone.items()}
        jurors = {one.ref: number for number, one in bench.items()}
        sheets, rows = _collect(path, plan, read.rows, by_ref, jurors, refusals)
        kinds = plan.jury.conflicts if plan.jury is not None else ()
        barred = juries.conflicts(connection, round_id) | {
            (a, j) for a, j in sheets
            if share_place(kinds, deliberation.candidate(everyone[a], 0), deliberation.juror(bench[j]))
        }  # fmt: skip
        assigned = {(a.application_id, a.juror_id): a for a in juries.assignments(connection, round_id)}
        begun = juries.begun_sheets(connection, round_id)
        accepted: dict[tuple[int, int], dict[str, str]] = {}
        known = 0
        for pair, sheet in sheets.items():
            place = assigned.get(pair)
            if place and place.state == "submitted":
                known += 1
                continue
            problem = _sheet_problem(plan, sheet, pair in barred, assigns or place is not None)
            if place and begun.get(place.id):  # what a juror has typed is not overwritten by a file
                problem = "juror_id", "The juror has begun this sheet on the portal.", "It is finished there."
            if problem:
                refusals.append(Refusal(path.name, rows[pair], *problem))
            else:
                accepted[pair] = sheet
        if assigns:
            _assign(connection, record, [pair for pair in accepted if pair not in assigned], now)
            assigned = {(a.application_id, a.juror_id): a for a in juries.assignments(connection, round_id)}
        by_assignment = {assigned[pair].id: sheet for pair, sheet in accepted.items()}
        juries.add_submitted_sheets(connection, record.authority_id, round_id, by_assignment, now)
        applications.refuse_rows(connection, record.authority_id, round_id, refusals, now)
        names = {a: ref for ref, a in by_ref.items()}, {j: ref for ref, j in jurors.items()}
        changes = [Change(True, names[0][a], names[1][j], sheet) for (a, j), sheet in accepted.items()]
        done = Imported(len(accepted), known, tuple(refusals), changes=tuple(changes))
        import_line(connection, record, actor, ledger.Event.SHEETS_IMPORTED, path, done, now, asked)
    return done


def _collect(
    path: Path,
    plan: Plan,
    read: Sequence[Mapping[str, Any]],
    by_ref: Mapping[str, int],
    jurors: Mapping[str, int],
    refusals: list[Refusal],
) -> tuple[dict[tuple[int, int], dict[str, str]], dict[tuple[int, int], int]]:
    """Sheets by (application, juror) without those that have a wrong mark, and the row each begins on."""
    sheets: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    rows: dict[tuple[int, int], int] = {}
    bad: set[tuple[int, int]] = set()
    for row in read:
        wrong = _unknown(path, row, by_ref, jurors)
        if wrong:
            refusals.append(wrong)
            continue
        pair = (by_ref[row["application_id"]], jurors[row["juror_id"]])
        rows.setdefault(pair, row["row"])
        problem = _mark_problem(plan, sheets[pair], row)
        if problem:
            bad.add(pair)
            refusals.append(Refusal(path.name, row["row"], *problem))
        sheets[pair][row["criterion"]] = row["points"]
    return {pair: sheet for pair, sheet in sheets.items() if pair not in bad}, rows


def _assign(
    connection: Connection, record: rounds.RoundRecord, pairs: Sequence[tuple[int, int]], now: datetime
) -> None:
    juries.add_assignments(connection, routing.new_reviews(record, [(*pair, 0) for pair in pairs], now))


def _mark_problem(plan: Plan, sheet: Mapping[str, str], row: Mapping[str, Any]) -> tuple[str, str, str] | None:
    if row["criterion"] in sheet:
        return "criterion", f"{row['criterion']!r} stands twice on this sheet.", "Keep one line per criterion."
    for wrong in marks.problems(plan, {row["criterion"]: row["points"]}, complete=False):
        marked = plan.rubric.criteria if plan.rubric is not None else ()
        mine = any(one.id == row["criterion"] and not one.from_facts for one in marked)
        return "points" if mine else "criterion", wrong.problem, wrong.remedy
    return None


def _sheet_problem(plan: Plan, sheet: Mapping[str, str], barred: bool, assigned: bool) -> tuple[str, str, str] | None:
    if barred:
        return "juror_id", "This juror has a conflict with this application.", "Ask another juror."
    if not assigned:
        return "juror_id", "This juror was not assigned to this application.", "Assign the juror first."
    for wrong in marks.problems(plan, sheet, complete=True):
        return wrong.criterion, wrong.problem, wrong.remedy
    return None


def _before_release(record: rounds.RoundRecord) -> None:
    if record.released_at:
        raise NotNow(Filled("The round {code} has been released; its jury is closed.", code=record.code))
