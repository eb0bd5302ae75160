"""When the clock last ran, in the reader's words, and the way out where it stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request

from laurea.store import turns
from laurea.store.engine import reading
from laurea.web.reader import Reader


@dataclass(frozen=True)
class ClockSays:
    """A sentence, whether it is a warning, and what to do then."""

    says: str
    late: bool = False
    remedy: str = ""


def clock_says(request: Request[Any, Any, Any], reader: Reader) -> ClockSays:
    """What an officer is told about the clock."""
    _, say = reader.words.gettext, reader.words.ngettext
    remedy = _("Whoever runs this installation starts it with “laurea up”; “laurea doctor” tells more.")
    with reading(request.app.state.engine) as connection:
        turn = turns.last(connection)
    if turn is None:
        return ClockSays(_("The clock has never run here: nothing happens by itself, no letter leaves."), True, remedy)
    if turn.late(reader.now, request.app.state.settings.clock_every):
        says = _("The clock has not run since {moment}: nothing happens by itself, no letter leaves.")
        return ClockSays(says.format(moment=reader.moment(turn.ended_at or turn.began_at)), True, remedy)
    minutes = int((reader.now - turn.began_at).total_seconds() // 60)
    if minutes < 1:
        return ClockSays(_("The clock ran within the last minute."))
    says = say("The clock last ran {n} minute ago.", "The clock last ran {n} minutes ago.", minutes)
    return ClockSays(says.format(n=reader.number(minutes)))
