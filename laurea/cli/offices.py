"""`laurea office …`: the offices of an installation, and what they hand to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from laurea import clock, ledger
from laurea.actions import hand_back, hand_over, nominate, set_office
from laurea.cli import typed
from laurea.cli.console import engine_of, err, out, show
from laurea.errors import NotFound
from laurea.intake import NewAuthority
from laurea.settings import Settings
from laurea.store import handovers, rounds
from laurea.store.engine import reading

app = App(name="office", help="The offices of this installation, and what they hand to each other.")
Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]
Officer = Annotated[str | None, Parameter(help="The address of the officer who does it, for the records.")]


@app.command(name="set")
def set_(
    code: str,
    /,
    *,
    name: str | None = None,
    email: Annotated[str | None, Parameter(help="Where other offices write to.")] = None,
    country: str | None = None,
    kind: Annotated[
        Literal["national", "central"] | None, Parameter(help="A central office takes labels from the others.")
    ] = None,
    language: str | None = None,
    timezone: str | None = None,
) -> None:
    """Make an office, or change what is known of it. Its officers are let in by `laurea officer`.

    Example: laurea office set north --name "Northern Office" --email desk@north.example.org --country LV
    """
    if email is not None:
        typed.address(email)
    if language is not None:
        typed.languages([language])
    if timezone is not None:
        typed.zone(timezone)
    given = {"name": name, "email": email, "country": typed.country(country), "kind": kind, "language": language}
    values = {what: value for what, value in (given | {"timezone": timezone}).items() if value}
    engine = engine_of(Settings())
    office = set_office.set_office(engine, code, values, actor=ledger.SYSTEM, now=clock.now())
    out.print(f"{office.code}: {office.name}, {office.kind}.", highlight=False)


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """The offices of this installation.

    Example: laurea office list
    """
    with reading(engine_of(Settings())) as connection:
        found = rounds.authorities(connection)
    columns = ("code", "name", "kind", "country", "email", "language", "timezone")
    show([{name: getattr(one, name) for name in columns} for one in found], as_json=json)


@app.command(name="handovers")
def handovers_(code: str, /, *, json: Json = False) -> None:
    """What an office gave and was given: by whom, when, and whether it is taken in.

    Example: laurea office handovers north
    """
    with reading(engine_of(Settings())) as connection:
        found = handovers.of_authority(connection, rounds.authority(connection, code).id)
    show(
        [
            {
                "id": one.id,
                "what": one.kind,
                "round": one.round_code,
                "from": one.giver_code,
                "to": one.receiver_code,
                "rows": one.about.get("count"),
                "released_by": one.about.get("released_by"),
                "handed_by": one.handed_by,
                "handed_at": one.handed_at,
                "taken_in": one.taken_at,
            }
            for one in found
        ],
        as_json=json,
    )


@app.command
def labels(code: str, /, *, to: str, officer: Officer = None) -> None:
    """Hand the labels of a released round, with their scores, to a central office of this installation.

    Example: laurea office labels national-2026 --to central --officer nino@example.org
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    done = hand_over.hand_over_round(engine, record.id, to, actor=actor, now=clock.now())
    out.print(f"Labels handed over: {done.labels}." if done.new else "They were handed over before; nothing was done.")


@app.command
def receive(code: str, file: Path, /, *, giver: str, officer: Officer = None) -> None:
    """Put down the labels that an office which works elsewhere sent as a file: project_id, title, country, score.

    Example: laurea office receive european-2026 labels-lv.csv --giver north
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    with reading(engine) as connection:
        known = rounds.authority(connection, giver)
    office = NewAuthority(known.code, known.name, known.email, known.country, known.language, known.timezone)
    done, refusals = hand_over.receive(engine, record.id, file, office, actor=actor, now=clock.now())
    out.print(f"Labels received: {done.labels}." if done.new else "This file was received before; nothing was done.")
    for refusal in refusals:
        err.print(f"  {refusal}", style="yellow", highlight=False, markup=False)


@app.command(name="take-in")
def take_in(code: str, /, *, officer: Officer = None) -> None:
    """Make applications of a round out of the labels that came in and that no round uses yet.

    Example: laurea office take-in european-2026
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    done = hand_over.take_in(engine, record.id, actor=actor, now=clock.now())
    out.print(f"Applications: {done.new} new, {done.changed} with other figures than before.")


@app.command
def lists(code: str, /, *, officer: Officer = None) -> None:
    """Give each office the list of its projects, with their averages and its places.

    Example: laurea office lists european-2026
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    reached = nominate.send_lists(engine, record.id, actor=actor, now=clock.now())
    out.print(f"Sent to: {', '.join(reached) or 'nobody; every office has its list'}.", highlight=False)


@app.command(name="nominate")
def nominate_(code: str, /, *projects: str, office: str, officer: Officer = None) -> None:
    """Nominate projects from the list that an office was given for a round; more than its places are refused.

    Example: laurea office nominate european-2026 PRJ-1 PRJ-7 --office north
    """
    engine = engine_of(Settings())
    with reading(engine) as connection:
        authority = rounds.authority(connection, office)
        given = handovers.received(connection, authority.id, handovers.LIST, rows=False)
        listed = next((one for one in given if one.round_code == code), None)
        actor = typed.actor(connection, authority.id, officer)
    if listed is None:
        raise NotFound(f"{office} was given no list for {code}.", "Lists are sent with: laurea office lists")
    done = nominate.nominate(engine, authority.id, listed.id, projects, actor=actor, now=clock.now())
    again = ", in place of what was said before" if done.replaces else ""
    out.print(f"Projects nominated: {done.projects}{again}.")


@app.command
def nominations(code: str, /, *, officer: Officer = None) -> None:
    """Take the nominations in that came for a round.

    Example: laurea office nominations european-2026
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    done = nominate.take_nominations(engine, record.id, actor=actor, now=clock.now())
    out.print(
        f"Offices heard: {done.offices}; projects nominated: {done.nominated}, not nominated: {done.passed_over}."
    )


@app.command
def awards(code: str, /, *, officer: Officer = None) -> None:
    """Hand each office what became of its nominations, once the round is released.

    Example: laurea office awards european-2026
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    reached = hand_back.hand_back(engine, record.id, actor=actor, now=clock.now())
    out.print(f"Handed to: {', '.join(reached) or 'nobody; every office has its own'}.", highlight=False)
