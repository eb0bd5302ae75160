"""People, applications, their evidence and the rows that were refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from laurea.errors import NotFound, Refusal
from laurea.store import tables as t
from laurea.store.batches import batches
from laurea.store.engine import upsert
from rules import canonical

WAITING = ("submitted", "needs_evidence", "undecided")  # states without a verdict


@dataclass(frozen=True)
class ApplicationRecord:
    """An application with its facts as they stand now and the person who applied."""

    id: int
    ref: str
    applicant_id: int
    applicant_ref: str
    unit_ref: str
    unit_name: str
    country: str | None
    region: str
    institution: str
    language: str
    topics: list[str]
    submitted_at: datetime
    state: str
    facts: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    gathered_at: datetime | None
    name: str
    email: str
    reads: str  # language the applicant reads
    role: str  # applicant, or authority where labels were handed over

    def row(self) -> dict[str, Any]:
        """The application as evaluators.facts takes it."""
        return {
            "application_id": self.ref,
            "submitted_at": self.submitted_at,
            "applicant_id": self.applicant_ref,
            "unit_id": self.unit_ref,
            "country": self.country,
            "facts": self.facts,
            "children": self.children,
        }


_COLUMNS = [c for c in t.applications.c if c.name not in {"authority_id", "round_id", "version", "key", "files"}]


def ensure_people(
    connection: Connection, authority_id: int, role: str, people: Iterable[tuple[str, str, str]], now: datetime
) -> dict[str, int]:
    """Ids by e-mail of (name, email, language); who is not there yet is added, by whoever comes first.

    They are added in the order of their addresses, so that two that add the same never wait crosswise.
    """
    wanted = {email: (name, language) for name, email, language in people}
    known: dict[str, int] = {}
    query = select(t.people.c.email, t.people.c.id).where(
        t.people.c.authority_id == authority_id, t.people.c.role == role
    )
    for row in connection.execute(query):
        known[row.email] = row.id
    new = [
        {
            "authority_id": authority_id,
            "role": role,
            "email": email,
            "name": name,
            "language": language,
            "created_at": now,
        }
        for email, (name, language) in sorted(wanted.items())
        if email not in known
    ]
    if new:
        adding = upsert(connection, t.people)
        connection.execute(adding.on_conflict_do_nothing(index_elements=["authority_id", "role", "email"]), new)
        known = {row.email: row.id for row in connection.execute(query)}
    return {email: known[email] for email in wanted}


def is_officer(connection: Connection, authority_id: int, email: str) -> bool:
    """Whether somebody with this address is an officer of an authority."""
    return _officer(connection, authority_id, email) is not None


def _officer(connection: Connection, authority_id: int, email: str) -> int | None:
    c = t.people.c
    query = select(c.id).where(
        c.authority_id == authority_id, c.role == "officer", c.email == email, c.ended_at.is_(None)
    )
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def officer(connection: Connection, authority_id: int, email: str) -> int:
    """The id of an officer of an authority."""
    found = _officer(connection, authority_id, email)
    if found is None:
        raise NotFound(f"{email} is not an officer of this authority.", "Let them in with: laurea officer")
    return found


def add_applications(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write applications in one batch."""
    if rows:
        connection.execute(insert(t.applications), list(rows))


def refuse_rows(
    connection: Connection, authority_id: int, round_id: int, refusals: Sequence[Refusal], now: datetime
) -> None:
    """Keep what was refused, so that the officer can mend it; the same refusal is kept once."""
    columns = (t.refused_rows.c.file, t.refused_rows.c.row, t.refused_rows.c.field)
    kept = {tuple(row) for row in connection.execute(select(*columns).where(t.refused_rows.c.round_id == round_id))}
    new = {
        (r.file, r.row, r.field): {
            "authority_id": authority_id,
            "round_id": round_id,
            "file": r.file,
            "row": r.row,
            "field": r.field,
            "problem": r.problem,
            "remedy": r.remedy,
            "refused_at": now,
        }
        for r in refusals
        if (r.file, r.row, r.field) not in kept
    }
    if new:
        connection.execute(insert(t.refused_rows), list(new.values()))


def refused_count(connection: Connection, round_id: int) -> int:
    """How many rows of a round's files were refused (a row with two faults counts once)."""
    refused = (
        select(t.refused_rows.c.file, t.refused_rows.c.row).where(t.refused_rows.c.round_id == round_id).distinct()
    )
    return int(connection.execute(select(func.count()).select_from(refused.subquery())).scalar_one())


def load(
    connection: Connection, round_id: int, *, ids: Sequence[int] | None = None, states: Sequence[str] | None = None
) -> list[ApplicationRecord]:
    """Applications of a round, in the order of their ids; all, some, or those in certain states."""
    query = (
        select(*_COLUMNS, t.people.c.name, t.people.c.email, t.people.c.language.label("reads"), t.people.c.role)
        .join(t.people, t.people.c.id == t.applications.c.applicant_id)
        .where(t.applications.c.round_id == round_id)
        .order_by(t.applications.c.id)
    )
    if states is not None:
        query = query.where(t.applications.c.state.in_(states))
    if ids is None:
        return [ApplicationRecord(**row._mapping) for row in connection.execute(query)]
    found: list[ApplicationRecord] = []
    for some in batches(ids):
        part = query.where(t.applications.c.id.in_(some))
        found += [ApplicationRecord(**row._mapping) for row in connection.execute(part)]
    return found


def versions(connection: Connection, ids: Sequence[int], *, hold: bool = False) -> dict[int, int]:
    """The versions of these applications, by id; with `hold`, nobody changes them until this transaction ends."""
    c = t.applications.c
    found: dict[int, int] = {}
    for some in batches(sorted(ids)):
        query = select(c.id, c.version).where(c.id.in_(some)).order_by(c.id)
        found |= {row.id: row.version for row in connection.execute(query.with_for_update() if hold else query)}
    return found


def portions(connection: Connection, round_id: int) -> Iterator[list[ApplicationRecord]]:
    """Every application of a round that was not withdrawn, in the order of their ids, some at a time."""
    c = t.applications.c
    query = select(c.id).where(c.round_id == round_id, c.state != "withdrawn").order_by(c.id)
    for some in batches(list(connection.execute(query).scalars())):
        yield [one for one in load(connection, round_id, ids=some) if one.state != "withdrawn"]


def ids_to_gather(connection: Connection, round_id: int, among: Sequence[int] | None = None) -> list[int]:
    """Applications whose sources have not been asked yet, of a round or among some of it."""
    c = t.applications.c
    query = select(c.id).where(c.round_id == round_id, c.gathered_at.is_(None), c.state != "withdrawn").order_by(c.id)
    parts = [query] if among is None else [query.where(c.id.in_(some)) for some in batches(among)]
    return [one for part in parts for one in connection.execute(part).scalars()]


def state_counts(connection: Connection, round_id: int) -> Counter[str]:
    """How many applications stand in each state."""
    c = t.applications.c
    query = select(c.state, func.count().label("n")).where(c.round_id == round_id).group_by(c.state)
    return Counter({row.state: row.n for row in connection.execute(query)})


def set_states(connection: Connection, states: Mapping[int, str]) -> None:
    """Move applications to new states."""
    alike: dict[str, list[int]] = defaultdict(list)
    for application_id, state in states.items():
        alike[state].append(application_id)
    c = t.applications.c
    for state, ids in alike.items():
        for some in batches(ids):
            connection.execute(update(t.applications).where(c.id.in_(some)).values(state=state, version=c.version + 1))


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a value in canonical JSON: the name evidence is kept under."""
    return canonical.digest(content)


def add_evidence(
    connection: Connection,
    authority_id: int,
    source: str,
    pieces: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> int:
    """Keep what a source answered per application, each piece once under its digest; how many were new."""
    kept: set[tuple[int, str]] = set()
    for some in batches(list(pieces)):
        query = select(t.evidence.c.application_id, t.evidence.c.digest).where(
            t.evidence.c.source == source, t.evidence.c.application_id.in_(some)
        )
        kept |= {(row.application_id, row.digest) for row in connection.execute(query)}
    rows = [
        {
            "authority_id": authority_id,
            "application_id": application_id,
            "source": source,
            "digest": digest,
            "content": dict(content),
            "observed_at": now,
        }
        for application_id, content in pieces.items()
        if (application_id, digest := digest_of(content)) not in kept
    ]
    if rows:
        connection.execute(insert(t.evidence), rows)
    return len(rows)


def set_facts(
    connection: Connection,
    facts: Mapping[int, tuple[dict[str, Any], dict[str, Any]]],
    asked_at: datetime | None,
    seen: Mapping[int, int] | None = None,
) -> None:
    """Write facts and child facts of applications; `asked_at` when their sources gave them, None when a file did.

    With `seen`, the versions they were read at, those that changed since are left alone.
    """
    c = t.applications.c
    query = update(t.applications).where(c.id == bindparam("b_id"))
    if seen is not None:
        query = query.where(c.version == bindparam("b_version"))
    asked = {} if asked_at is None else {"gathered_at": asked_at}
    values = {"facts": bindparam("b_facts"), "children": bindparam("b_children"), "version": c.version + 1, **asked}
    rows = [
        {"b_id": key, "b_facts": of_it, "b_children": lists} | ({} if seen is None else {"b_version": seen[key]})
        for key, (of_it, lists) in facts.items()
    ]
    if rows:
        connection.execute(query.values(values), rows)
