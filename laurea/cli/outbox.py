"""`laurea outbox`: the letters of a round, and what an officer does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from evaluators.permissions import Role, phase, sees
from evaluators.search import FIELDS, LETTERS, SearchProblem, parse
from laurea import clock, ledger, statute
from laurea.actions import outbox as deeds
from laurea.cli.console import engine_of, out, show
from laurea.errors import BadInput, Refusal
from laurea.settings import Settings
from laurea.store import letter_deeds, pages_lists, rounds, searching_lists
from laurea.store.engine import reading
from notifications.outbox import STATES, Move, from_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from laurea.store.engine import Connection
    from laurea.store.searching import Where

app = App(name="outbox")
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
State = Annotated[str, Parameter(help=f"Only letters in this state: {', '.join(STATES)}.")]
Search = Annotated[str, Parameter(name="--q", help="Only letters that this search finds.")]
Letter = Annotated[int | None, Parameter(help="The number of one letter, out of the list.")]
Yes = Annotated[bool, Parameter(name="--yes", negative="", help="Do it. Without it you are told how many it would be.")]


@app.default
def list_letters(code: str, /, *, state: State = "", q: Search = "", page: int = 1, json: Json = False) -> None:
    """The letters of a round, the newest first; never what they say.

    Example: laurea outbox spring-2024 --state due --q 'kind:decision' --json
    """
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        where = _where(connection, record, q, now)
        found = pages_lists.letters(connection, record.id, state=_state(state), where=where, page=page)
    rows = [
        {
            "letter": one.id,
            "to": one.person,
            "kind": one.kind,
            "language": one.language,
            "state": one.state,
            "not_before": one.not_before.isoformat() if one.state == "due" else None,
            "tries": one.attempts,
            "sent_at": one.sent_at.isoformat() if one.sent_at else None,
            "reply": one.reply,
        }
        for one in found.rows
    ]
    show(rows if json else [_short(row) for row in rows], as_json=json)
    if found.total > len(rows) and not json:
        out.print(f"{len(rows)} of {found.total} letters; more with --page {found.page + 1}.", highlight=False)


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a letter fits a terminal; what the relay said stands where the letter has not simply left."""
    when = (row["sent_at"] or row["not_before"] or "")[:16].replace("T", " ")
    reply = "" if row["state"] in ("sent", "delivered") else row["reply"]
    return {name: row[name] for name in ("letter", "to", "kind", "state")} | {"when (UTC)": when, "reply": reply}


@app.command
def hold(code: str, /, *, letter: Letter = None, state: State = "", q: Search = "", yes: Yes = False) -> None:
    """Hold letters back until somebody lets them go: one, or all that a search finds.

    Example: laurea outbox hold spring-2024 --q kind:decision --yes
    """
    _do(Move.HOLD, code, letter, state, q, yes=yes)


@app.command
def release(code: str, /, *, letter: Letter = None, state: State = "", q: Search = "", yes: Yes = False) -> None:
    """Let letters go that were held back: one, or all that a search finds.

    Example: laurea outbox release spring-2024 --state held --yes
    """
    _do(Move.RELEASE, code, letter, state, q, yes=yes)


@app.command
def cancel(code: str, /, *, letter: Letter = None, state: State = "", q: Search = "", yes: Yes = False) -> None:
    """Cancel letters that have not left: one, or all that a search finds.

    Example: laurea outbox cancel spring-2024 --letter 4711 --yes
    """
    _do(Move.CANCEL, code, letter, state, q, yes=yes)


@app.command
def send(code: str, /, *, letter: Letter = None, state: State = "", q: Search = "", yes: Yes = False) -> None:
    """Have letters sent now, in quiet hours too: one, or all that a search finds. `laurea post` then sends them.

    Example: laurea outbox send spring-2024 --letter 4711 --yes
    """
    _do(Move.SEND, code, letter, state, q, yes=yes)


SAYS = {Move.HOLD: "held back", Move.RELEASE: "let go", Move.CANCEL: "cancelled", Move.SEND: "to be sent now"}


def _do(move: Move, code: str, letter: int | None, state: str, q: str, *, yes: bool) -> None:
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        where = _where(connection, record, q, now)
        states = [_state(state)] if state else []
        may = [one for one in states or STATES if one in from_states(move, many=True)]
        ids = letter_deeds.found(connection, record.id, where, may) if letter is None else [letter]
    if letter is None and not (q or state):
        raise BadInput("It is not said which letters.", remedy="Name one with --letter, or some with --q or --state.")
    if not ids:
        out.print("No letter is in a state for this.")
        return
    if not yes:
        out.print(f"{len(ids)} of the letters of {code} would be {SAYS[move]}. Do it with --yes.", highlight=False)
        return
    if letter is not None:
        deeds.move(engine, record.id, letter, move, actor=ledger.SYSTEM, now=now)
    else:
        deeds.move_found(
            engine, record.id, where, states, move, expected=len(ids), newest=ids[-1], actor=ledger.SYSTEM, now=now
        )
    out.print(f"Letters {SAYS[move]}: {len(ids)}.", highlight=False)


def _state(name: str) -> str:
    if name and name not in STATES:
        raise BadInput(f"There is no state {name!r}.", remedy=f"Take one of: {', '.join(STATES)}.")
    return name


def _where(connection: Connection, record: rounds.RoundRecord, q: str, now: datetime) -> Where:
    """The conditions of a search. Raises BadInput that names the word."""
    fields, seen = {**LETTERS, **FIELDS}, sees(Role.OFFICER, phase(record.timetable, now))
    try:
        terms = parse(q, seen, fields)
    except SearchProblem as problem:
        place = Refusal("", None, problem.word, f"{problem.wrong.value}.", f"The fields are {', '.join(fields)}.")
        raise BadInput("The search cannot be understood.", [place]) from None
    plan = statute.plan_of(connection, record)
    reviews: Any = plan.jury.asked_reviews if plan.jury is not None else 0
    zone = ZoneInfo(rounds.authority_of(connection, record.authority_id).timezone)
    return searching_lists.letters(terms, reviews=int(reviews or 0), zone=zone)
