"""Write down by hand that somebody took part in a training or a conference, or take that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from evaluators.registers import key_of
from laurea.errors import BadInput, NotFound
from laurea.ledger import Actor, Event, record
from laurea.sources.portal_exports import participation
from laurea.store import registers
from laurea.store.applications import WAITING
from laurea.store.engine import writing


def enter(
    engine: Engine, *, authority_id: int, typed: Mapping[str, str], person_id: int, now: datetime
) -> int:  # fmt: skip
    """Write a participation down; its number. Raises BadInput that names each field, or says that it is known."""
    content = participation(typed)
    unit = content.pop("unit_id")
    with writing(engine) as connection:
        number = registers.enter_row(
            connection, authority_id, (unit, key_of("participations", content)), content, person_id, now
        )
        if number is None:
            raise BadInput("This participation is written down already.", remedy="Change the day, or leave it.")
        registers.ask_again(connection, authority_id=authority_id, units={unit}, states=WAITING)
        record(
            connection, authority_id=authority_id, actor=Actor.person(person_id), event=Event.PARTICIPATION_ENTERED,
            subject=f"participation:{number}", now=now,
        )  # fmt: skip
    return number


def withdraw(engine: Engine, *, authority_id: int, number: int, person_id: int, now: datetime) -> None:
    """Take a participation away that was entered by hand."""
    with writing(engine) as connection:
        unit = registers.withdraw_row(connection, authority_id, number, now)
        if unit is None:
            raise NotFound("There is no such participation.")
        registers.ask_again(connection, authority_id=authority_id, units={unit}, states=WAITING)
        record(
            connection, authority_id=authority_id, actor=Actor.person(person_id), event=Event.PARTICIPATION_WITHDRAWN,
            subject=f"participation:{number}", now=now,
        )  # fmt: skip
