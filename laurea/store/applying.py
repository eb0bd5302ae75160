"""What applying writes: people who come new, drafts and their versions, who works on them, what is said of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from laurea.store import tables as t
from laurea.store.pages_applicant import Draft, Own

d = t.application_drafts.c


def ensure_applicant(connection: Connection, authority_id: int, address: str, language: str, now: datetime) -> int:
    """The applicant of an authority with this address (letter case does not count), made when new.

    A new one is called by the address until they say their name: whoever types an address need not be its owner.
    """
    c = t.people.c
    known = connection.execute(
        select(c.id)
        .where(c.authority_id == authority_id, c.role == "applicant", func.lower(c.email) == address.lower())
        .order_by(c.id)
        .limit(1)
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    made = insert(t.people).values(
        authority_id=authority_id, name=address[:200], email=address, language=language, role="applicant",
        created_at=now,
    )  # fmt: skip
    return int(connection.execute(made.returning(c.id)).scalar_one())


def name_person(connection: Connection, person_id: int, name: str) -> None:
    """Write down how somebody is called."""
    connection.execute(update(t.people).where(t.people.c.id == person_id).values(name=name))


def add_draft(
    connection: Connection, *, authority_id: int, round_id: int, person_id: int, heading: dict[str, str], now: datetime
) -> str:
    """Begin a draft, with its first member; gives its key."""
    made = insert(t.application_drafts).values(
        authority_id=authority_id, round_id=round_id, heading=heading, facts={}, children={}, typed={},
        begun_by=person_id, begun_at=now, saved_by=person_id, saved_at=now,
    )  # fmt: skip
    row = connection.execute(made.returning(d.id, d.key)).one()
    add_member(connection, authority_id=authority_id, person_id=person_id, draft_id=row.id, invited_by=None, now=now)
    return str(row.key)


def change_draft(
    connection: Connection,
    draft: Draft,
    content: Mapping[str, Any],
    typed: Mapping[str, Any],
    person_id: int,
    now: datetime,
) -> bool:
    """Save a draft if nobody else did since it was read; tells whether it was saved."""
    query = update(t.application_drafts).where(d.id == draft.id, d.version == draft.version)
    values = {**content, "typed": dict(typed), "saved_by": person_id, "saved_at": now, "version": draft.version + 1}
    return connection.execute(query.values(**values)).rowcount == 1


def keep_version(connection: Connection, draft: Draft, now: datetime) -> None:
    """Keep a draft as it stands among its earlier versions."""
    connection.execute(
        insert(t.draft_versions).values(
            authority_id=draft.authority_id, draft_id=draft.id, version=draft.version, content=draft.content,
            saved_by=draft.saved_by, saved_at=draft.saved_at,
        )
    )  # fmt: skip
    connection.execute(update(t.application_drafts).where(d.id == draft.id).values(kept_at=now))


def add_member(
    connection: Connection,
    *,
    authority_id: int,
    person_id: int,
    invited_by: int | None,
    now: datetime,
    draft_id: int | None = None,
    application_id: int | None = None,
) -> None:
    """Let somebody work on a draft or an application."""
    connection.execute(
        insert(t.application_members).values(
            authority_id=authority_id, person_id=person_id, draft_id=draft_id, application_id=application_id,
            invited_by=invited_by, joined_at=now,
        )
    )  # fmt: skip


def hand_in(connection: Connection, draft: Draft, values: Mapping[str, Any]) -> tuple[int, str] | None:
    """Make a draft an application, with all who work on it; its id and key, or None when the draft was changed."""
    made = insert(t.applications).values(**values).returning(t.applications.c.id, t.applications.c.key)
    row = connection.execute(made).one()
    query = update(t.application_drafts).where(d.id == draft.id, d.version == draft.version, d.application_id.is_(None))
    if connection.execute(query.values(application_id=row.id, version=draft.version + 1)).rowcount != 1:
        return None
    members = t.application_members
    connection.execute(update(members).where(members.c.draft_id == draft.id).values(application_id=row.id))
    return int(row.id), str(row.key)


def applicant_ref(connection: Connection, person_id: int) -> str | None:
    """How the office's files call this person, if one did."""
    c = t.applications.c
    query = select(c.applicant_ref).where(c.applicant_id == person_id).order_by(c.id.desc()).limit(1)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def add_statements(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what was said of facts."""
    if rows:
        connection.execute(insert(t.statements), list(rows))


def add_appeal(
    connection: Connection,
    own: Own,
    *,
    person_id: int,
    facts: Mapping[str, Any],
    words: str,
    finding: str | None,
    contested: Sequence[str],
    now: datetime,
) -> None:
    """Take an appeal down."""
    connection.execute(
        insert(t.appeals).values(
            authority_id=own.authority_id, round_id=own.call.id, application_id=own.id, person_id=person_id,
            facts=dict(facts), words=words, finding=finding, contested=list(contested), filed_at=now,
        )
    )  # fmt: skip


def show_grant(connection: Connection, application_id: int, person_id: int, public: bool) -> bool:
    """Say whether a label is named in public, if it is this person's; tells whether it is."""
    c = t.grants.c
    query = update(t.grants).where(c.application_id == application_id, c.person_id == person_id)
    return connection.execute(query.values(public=public)).rowcount > 0


def change_facts(
    connection: Connection, application_id: int, version: int, facts: Mapping[str, Any], children: Mapping[str, Any],
    states: Iterable[str],
) -> bool:  # fmt: skip
    """Correct the facts of an application that is in one of `states` and was not changed since it was read."""
    c = t.applications.c
    query = update(t.applications).where(c.id == application_id, c.version == version, c.state.in_(list(states)))
    values = {"facts": dict(facts), "children": dict(children), "version": version + 1, "state": "submitted"}
    return connection.execute(query.values(**values)).rowcount == 1


def amend_facts(
    connection: Connection, application_id: int, version: int, facts: Mapping[str, Any], children: Mapping[str, Any],
    state: str,
) -> bool:  # fmt: skip
    """Change the facts of an application by the office's hand, if it was not changed since it was read."""
    c = t.applications.c
    query = update(t.applications).where(c.id == application_id, c.version == version, c.state != "withdrawn")
    values = {"facts": dict(facts), "children": dict(children), "version": version + 1, "state": state}
    return connection.execute(query.values(**values)).rowcount == 1


def amended(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the office changed by hand, by application and fact: no source's word replaces it."""
    c = t.statements.c
    query = select(c.application_id, c.fact, c.after).where(c.kind == "amended", c.application_id.in_(ids))
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query.order_by(c.id)):
        found.setdefault(row.application_id, {})[row.fact] = row.after
    return found
