"""Correct what somebody is called, or where they are written to; their labels are made out anew with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.documents.papers.engine import plain
from laurea.errors import BadInput, Conflict, NotFound
from laurea.store import papers, people, personal
from laurea.store.engine import writing

LONGEST_NAME, LONGEST_ADDRESS = 200, 320


@dataclass(frozen=True)
class Corrected:
    """What a correction changed: fields, labels that bear the new name, letters still going to the old address."""

    fields: tuple[str, ...]
    labels: tuple[str, ...]
    letters: int


def _changed() -> Conflict:
    """What is told where somebody else corrected it first."""
    return Conflict("The name or the address was changed meanwhile.", "Look at it again; nothing was corrected.")


def correct(
    engine: Engine,
    person_id: int,
    authority_id: int,
    *,
    name: str,
    email: str,
    seen: tuple[str, str],
    actor: ledger.Actor,
    now: datetime,
) -> Corrected:
    """Give somebody the name and address they have; `seen` are those that stood on the page.

    A label whose holder was called so is made out anew under its number, unless it was withdrawn. With another address
    every session of theirs ends, and links that were mailed open nothing any more. Raises NotFound for who is not of
    this office, BadInput for what cannot be a name or an address, Conflict where another has that address in this role
    or somebody changed it meanwhile.
    """
    name, email = plain(name), email.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(
            "The name is empty or too long.", remedy="Write it as it should stand, in at most 200 characters."
        )
    if "@" not in email[1:-1] or len(email) > LONGEST_ADDRESS or not email.isprintable() or " " in email:
        raise BadInput("This is no e-mail address.", remedy="Write it as name@school.example.")
    with writing(engine) as connection:
        who = personal.someone(connection, person_id, authority_id)
        if who is None or who.erased:
            raise NotFound("There is nobody of this number here.", "Look for them again.")
        if (who.name, who.email) != seen:
            raise _changed()
        fields = tuple(
            key for key, before, after in (("name", who.name, name), ("email", who.email, email)) if before != after
        )
        if not fields:
            return Corrected((), (), 0)
        if "email" in fields and people.taken(connection, who.authority_id, who.role, email, person_id):
            raise Conflict(
                "Another person here has this address in the same role.", "Correct theirs first, or ask which is right."
            )
        if not people.correct(connection, person_id, seen, name=name, email=email):
            raise _changed()
        letters = 0
        if "email" in fields:
            people.shut_out(connection, person_id, now)
            letters = people.waiting_letters(connection, person_id)
        labels = people.labels_called(connection, person_id, who.name) if "name" in fields else []
        for one in labels:
            grant = papers.by_number(connection, one.number)
            if grant is not None:
                papers.rename(connection, grant, name, actor.person_id, now)
        places = [(authority_id, None)] + [(grant.authority_id, grant.round_id) for grant in labels]
        ledger.hold(connection, places)
        ledger.record(
            connection, authority_id=authority_id, actor=actor, event=ledger.Event.PERSON_CORRECTED,
            subject=f"person:{person_id}", now=now, details={"fields": list(fields), "labels": len(labels)},
        )  # fmt: skip
        for grant in labels:
            ledger.record(
                connection, authority_id=grant.authority_id, round_id=grant.round_id, actor=actor,
                event=ledger.Event.CERTIFICATE_REISSUED, subject=f"grant:{grant.id}", now=now,
            )  # fmt: skip
    return Corrected(fields, tuple(grant.number for grant in labels), letters)
