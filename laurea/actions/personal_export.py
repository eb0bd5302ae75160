"""Everything the records hold of a person, as one file for them; nothing in it is about anybody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators.personal import pseudonyms
from laurea import ledger
from laurea.documents.handing_out import csv_text
from laurea.errors import NotFound
from laurea.settings import Settings
from laurea.store import personal
from laurea.store.engine import reading, writing
from laurea.store.personal import Someone
from laurea.store.personal_register import APPLICATION

_SEATS = ("juror_id", "written_by")
_PEOPLE = {
    "person_id", "applicant_id", "begun_by", "saved_by", "settled_by", "invited_by", "asked_by", "moderated_by",
    "viewing", "decided_by", "renamed_by", "confirmed_by", "named_by", "taken_by", "written_by",
    "reader_id", "added_by",
}  # fmt: skip
_LOGGED = {
    "people": "person", "applications": "application", "grants": "grant", "messages": "message", "jurors": "juror",
    "appeals": "appeal", "statements": "statement",
}  # fmt: skip
_OF_ROUND = {"applications_imported", "applications_screened", "decisions_released", "round_exported", "papers_taken"}
Rows = list[dict[str, Any]]


def people(engine: Engine, who: str, authority_id: int | None = None) -> list[Someone]:
    """Whom is meant: a number, or an address in every role it has. Raises NotFound for nobody."""
    with reading(engine) as connection:
        one = personal.someone(connection, int(who), authority_id) if who.isascii() and who.isdecimal() else None
        found = [one] if one else personal.alike(connection, who, authority_id) if "@" in who else []
    if not found:
        raise NotFound(f"There is nobody here who is {who}.", "Give an e-mail address, or a number.")
    return found


def export(
    engine: Engine,
    whom: Sequence[Someone],
    path: Path,
    about: str,
    *,
    settings: Settings,
    actor: ledger.Actor,
    now: datetime,
) -> dict[str, int]:
    """Write what is stored of these people (one human, in several roles) to a zip file; rows by table.

    `about` is what the file says of itself. The audit says who took it.
    """
    ids = [one.id for one in whom]
    with reading(engine) as connection:
        told = list(personal.handed_out(connection, ids))
        names = _names(connection, ids, told, settings.signing_key())
        listed = [
            row for office in {one.authority_id for one in whom}
            for row in personal.listed(connection, office, [one.email for one in whom])
        ]  # fmt: skip
        log = _log(connection, ids, told)
    tables: dict[str, Rows] = {}
    letters: list[bytes] = []
    for table, side, rows in told:
        letters += [row["content"] for row in rows if table == "messages" and row["content"]]
        tables.setdefault(table, []).extend(_row(row, table, side, names) for row in rows)
    if listed:
        tables["register_rows"] = listed
    head = {"written_at": now.isoformat(), "people": ids}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("read-me.txt", about)
        packed.writestr(
            "data.json", json.dumps(head | {"tables": tables}, ensure_ascii=False, indent=1, default=_plain)
        )
        for number, content in enumerate(letters, 1):
            packed.writestr(f"letters/{number:04}.eml", content)
        packed.writestr("log.csv", log)
    counts = {table: len(rows) for table, rows in tables.items()}
    with writing(engine) as connection:
        for one in whom:
            ledger.record(
                connection, authority_id=one.authority_id, actor=actor, event=ledger.Event.PERSON_EXPORTED,
                subject=f"person:{one.id}", now=now, details={"rows": counts, "letters": len(letters)},
            )  # fmt: skip
    return counts


class Names:
    """How a file calls people and seats: `you`, a role, or juror 1, juror 2 by lot within an application."""

    def __init__(self, mine: set[int], roles: Mapping[int, str], seats: Mapping[tuple[int, int], str], own: set[int]):
        self.mine, self.roles, self.seats, self.own = mine, roles, seats, own

    def person(self, number: int | None) -> str | None:
        return None if number is None else "you" if number in self.mine else self.roles.get(number, "somebody")

    def seat(self, application: int, juror: int | None) -> str | None:
        if juror is None:
            return None
        return "you" if juror in self.own else self.seats.get((application, juror), "a juror")


def _names(connection: Connection, ids: Sequence[int], told: Iterable[tuple[str, str, Rows]], key: bytes) -> Names:
    others: set[int] = set()
    seats: dict[int, set[int]] = {}
    own: set[int] = set()
    for table, side, rows in told:
        for row in rows:
            if table == "jurors":
                own.add(row["id"])
            others |= {row[name] for name in _PEOPLE & row.keys() if row[name] and not _is_seat(name, table)}
            if side == APPLICATION:
                for name in _SEATS:
                    if row.get(name) and _is_seat(name, table):
                        seats.setdefault(row["application_id"], set()).add(row[name])

    def lot(application: int, juror: int) -> bytes:
        return hmac.new(key, f"export:{application}:{juror}".encode(), hashlib.sha256).digest()

    labels = {}
    for application, jurors in seats.items():
        order = sorted(jurors, key=lambda one: lot(application, one))
        for juror, label in pseudonyms(map(str, order), "juror").items():
            labels[application, int(juror)] = label
    return Names(set(ids), personal.roles(connection, others), labels, own)


def _is_seat(name: str, table: str) -> bool:
    return name == "juror_id" or (name == "written_by" and table == "joint_sheets")


def _row(row: Mapping[str, Any], table: str, side: str, names: Names) -> dict[str, Any]:
    """A row as it is handed out: bytes left out, people and seats called by what they are."""
    shown = {}
    for name, value in row.items():
        if isinstance(value, bytes) or name == "authority_id":
            continue
        if _is_seat(name, table):
            shown["juror"] = names.seat(row.get("application_id", 0), value)
        elif name in _PEOPLE:
            shown[name] = names.person(value)
        elif name == "actor":
            shown[name] = _actor(value, names.mine)
        else:
            shown[name] = value
    if side == APPLICATION and "juror" in shown:
        shown.pop("id", None)  # numbers tell in which order jurors began
    return shown


def _actor(actor: str, mine: set[int]) -> str:
    """Who did something, without saying who: you, somebody, a program, the clock."""
    kind, _, number = actor.partition(":")
    if kind == "person":
        return "you" if number.isdecimal() and int(number) in mine else "somebody"
    return "a program" if kind == "token" else kind


def _log(connection: Connection, ids: Sequence[int], told: Iterable[tuple[str, str, Rows]]) -> str:
    """What the audit says of somebody: what they did, what was done to what is theirs, and who took files of their
    rounds away, as CSV.

    Of what jurors did with an application nothing stands here, and of another's deed no details.
    """
    subjects = [f"person:{one}" for one in ids]
    subjects += [
        f"{_LOGGED[table]}:{row['id']}" for table, _, rows in told if table in _LOGGED for row in rows if "id" in row
    ]
    rounds = {row["round_id"] for table, _, rows in told if table == "applications" for row in rows}
    subjects += [f"round:{one}" for one in sorted(rounds)]
    actors = [f"person:{one}" for one in ids]
    lines = [
        line for line in personal.log(connection, list(dict.fromkeys(subjects)), actors)
        if not line["subject"].startswith("round:") or line["event"] in _OF_ROUND or line["actor"] in actors
    ]  # fmt: skip
    authors = {int(line["actor"][7:]) for line in lines if line["actor"].startswith("person:")}
    roles = personal.roles(connection, authors)
    rows: list[tuple[str, ...]] = [("at", "who", "what", "about", "details")]
    for line in lines:
        author = int(line["actor"][7:]) if line["actor"].startswith("person:") else 0
        mine = author in ids
        if not mine and roles.get(author) == "juror":
            continue
        who = "you" if mine else roles.get(author, _actor(line["actor"], set(ids)))
        details = json.dumps(line["details"], ensure_ascii=False) if mine else ""
        rows.append((line["at"].astimezone(UTC).isoformat(), who, line["event"], line["subject"], details))
    return csv_text(rows)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
