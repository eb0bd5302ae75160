"""How letters go: the quiet hours and digests of an office, the undo window of a round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from laurea import ledger
from laurea.errors import BadInput
from laurea.store import rounds
from laurea.store.engine import writing
from notifications.errors import BadData
from notifications.outbox import read_clock

LONGEST_DIGEST = 24 * 60  # minutes
LONGEST_UNDO = 24 * 60


def set_rules(
    engine: Engine,
    round_id: int,
    *,
    quiet_from: str,
    quiet_until: str,
    digest_minutes: int,
    undo_minutes: int | None,
    actor: ledger.Actor,
    now: datetime,
) -> bool:
    """Set how letters go; false where it is so already. Raises BadInput.

    Quiet hours (both empty: none) and digests hold for the whole office and for letters that wait already; the undo
    window (None: as the installation has it) for this round's next release.
    """
    begins, ends = quiet_from.strip(), quiet_until.strip()
    if bool(begins) != bool(ends):
        raise BadInput("Quiet hours need a beginning and an end.", remedy="Fill in both hours, or neither.")
    try:
        for hour in filter(None, (begins, ends)):
            read_clock(hour)
    except BadData as wrong:
        raise BadInput("Quiet hours are hours of the day.", remedy="Write them as 21:00.") from wrong
    if not 0 <= digest_minutes <= LONGEST_DIGEST or not 0 <= (undo_minutes or 0) <= LONGEST_UNDO:
        raise BadInput("Letters wait for a day at most.", remedy="Give minutes between 0 and 1440.")
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        office = rounds.authority_of(connection, record.authority_id)
        wanted = {"quiet_from": begins, "quiet_until": ends, "digest_minutes": digest_minutes}
        before = {name: getattr(office, name) for name in wanted} | {"undo_minutes": record.undo_minutes}
        if before == wanted | {"undo_minutes": undo_minutes}:
            return False
        rounds.set_authority(connection, office.code, **wanted)
        rounds.set_undo(connection, round_id, undo_minutes)
        ledger.record_of(
            connection, record, actor=actor, event=ledger.Event.POST_RULES_SET, now=now,
            details=wanted | {"undo_minutes": undo_minutes},
        )  # fmt: skip
    return True
