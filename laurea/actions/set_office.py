"""An office of this installation is made, or what is known of it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.errors import BadInput, NotFound
from laurea.store import rounds
from laurea.store.engine import writing

KINDS = ("national", "central")


def set_office(
    engine: Engine, code: str, values: Mapping[str, str], *, actor: ledger.Actor, now: datetime
) -> rounds.AuthorityRecord:
    """Make an office with these values (`name`, `email`, `country`, `language`, `timezone`, `kind`), or change them.

    A new one needs a name. Raises BadInput for a kind that does not exist.
    """
    if values.get("kind", "national") not in KINDS:
        raise BadInput(f"There is no kind of office {values['kind']!r}.", remedy=f"It is {' or '.join(KINDS)}.")
    with writing(engine) as connection:
        known = {one.code for one in rounds.authorities(connection)}
        if code not in known and not values.get("name"):
            raise NotFound(f"There is no office {code!r}.", "Correct the code, or give a name to make a new one.")
        office = rounds.set_authority(connection, code, **values)
        ledger.record(
            connection,
            authority_id=office.id,
            actor=actor,
            event=ledger.Event.OFFICE_SET,
            subject=f"authority:{office.id}",
            now=now,
            details={"new": code not in known, "set": sorted(values)},
        )
    return office
