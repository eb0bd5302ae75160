"""What letters need of an officer: those that wait, those that came to nothing, jurors whom none of them reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.permissions import Phase, phase
from laurea.store import bounces, juries, letter_deeds
from laurea.store.pages_round import Counts, RoundPage
from laurea.web.attention import Need
from laurea.web.reader import Reader

if TYPE_CHECKING:
    from laurea.store.engine import Connection


def needs(connection: Connection, record: RoundPage, counts: Counts, reader: Reader) -> tuple[list[Need], list[Need]]:
    """What cannot wait, and what only should be known."""
    say, _ = reader.words.ngettext, reader.words.gettext
    here, states = f"/rounds/{record.code}", counts.messages
    pressing: list[Need] = []
    known: list[Need] = []
    at = phase(record.timetable, reader.now)
    released = at is Phase.RELEASED and states.get("due", 0)
    if released and (waits := letter_deeds.stoppable(connection, record.id, reader.now)):
        n = len(waits)
        says = say(
            "{n} letter of the release goes out not before {moment}.",
            "{n} letters of the release go out not before {moment}.",
            n,
        ).format(n=reader.number(n), moment=reader.moment(waits[0][1]))
        pressing.append(Need(n, says, f"{here}/outbox", _("Look or stop"), "now"))
    silent = 0
    if at is Phase.REVIEWING:
        silent = juries.silent(connection, record.id, record.timetable.review_until, reader.now)
    if silent:
        says = say(
            "{n} juror did not answer the last reminder and gets no further one.",
            "{n} jurors did not answer the last reminder and get no further one.",
            silent,
        )
        link = f"{here}/jurors?show=late"
        pressing.append(Need(silent, says.format(n=reader.number(silent)), link, _("More time, or others"), "now"))
    if n := len(bounces.stopped(connection, record.authority_id)):
        says = say(
            "Letters to {n} address came back, and no more are sent there.",
            "Letters to {n} addresses came back, and no more are sent there.",
            n,
        )
        pressing.append(Need(n, says.format(n=reader.number(n)), f"{here}/outbox/returned", _("Look"), "now"))
    failed, bounced, unsure, held = (states.get(one, 0) for one in ("failed", "bounced", "uncertain", "held"))
    told = {
        "failed": say("{n} letter could not be delivered.", "{n} letters could not be delivered.", failed),
        "bounced": say("{n} letter came back.", "{n} letters came back.", bounced),
        "uncertain": say(
            "The fate of {n} letter is not known: the connection broke.",
            "The fate of {n} letters is not known: the connection broke.",
            unsure,
        ),
        "held": say("{n} letter is held back.", "{n} letters are held back.", held),
    }
    for state, says in told.items():
        if n := states.get(state, 0):
            weight, place = ("note", known) if state == "held" else ("now", pressing)
            place.append(Need(n, says.format(n=reader.number(n)), f"{here}/outbox?state={state}", _("Look"), weight))
    return pressing, known
