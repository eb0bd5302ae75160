"""Correct the names on labels of a released round. Numbers stay; papers made from then on bear the new name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from evaluators.permissions import Deed, Role, may
from laurea import ledger
from laurea.documents.papers.engine import plain
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.store import papers, rounds, terms
from laurea.store.engine import writing
from notifications.filled import Filled

LONGEST = 200


def reissue(
    engine: Engine, round_id: int, names: Mapping[str, str], *, actor: ledger.Actor, now: datetime
) -> list[str]:  # fmt: skip
    """Give labels, by their number, the name their holder has; the numbers whose name was another before.

    All or none. Raises NotFound for a number that is none of the round's, BadInput for a name that cannot be one,
    NotNow before the release or for a label that was withdrawn.
    """
    with writing(engine) as connection:
        held = rounds.round_by_id(connection, round_id)
        if not may(Role.OFFICER, Deed.REISSUE, held.timetable, now):
            raise NotNow("The results are not released yet.", "Correct the application itself.")
        found = {grant.number: grant for grant in papers.granted(connection, round_id, list(names))}
        terms.standing(connection, [grant.id for grant in found.values()])  # first and in order, as all who change some
        done = []
        for number, typed in names.items():
            if number not in found:
                raise NotFound(f"This round has no label with the number {number}.", "Copy it from the list.")
            grant, name = found[number], plain(typed)
            if not 0 < len(name) <= LONGEST:
                raise BadInput(
                    Filled(
                        "The new name of {number} is empty or longer than {n} characters.", number=number, n=LONGEST
                    ),
                    remedy="Write it as it should stand on the certificate.",
                )
            if grant.withdrawn_at is not None:
                raise NotNow(
                    Filled("The label {number} was withdrawn.", number=number), "Nothing is issued for it any more."
                )
            if name == grant.holder:
                continue
            if not papers.rename(connection, grant, name, actor.person_id, now):
                raise Conflict("The name was changed meanwhile.", "Look at it again; nothing was corrected.")
            done.append(number)
        for number in done:  # when all are renamed: whoever holds one of their applications may wait for the lines
            ledger.record_of(
                connection, held, actor=actor, event=ledger.Event.CERTIFICATE_REISSUED, now=now,
                subject=f"grant:{found[number].id}",
            )  # fmt: skip
    return done
