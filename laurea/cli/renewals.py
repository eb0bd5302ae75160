"""`laurea renewals`: what the clock does about awards with a term; and an officer's decisions about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from cyclopts import App, Parameter

from laurea import clock
from laurea.actions import dating, renew
from laurea.cli.console import engine_of, out, show
from laurea.errors import BadInput
from laurea.ledger import SYSTEM
from laurea.settings import Settings
from laurea.store import pages_terms, rounds
from laurea.store.engine import Engine, reading
from laurea.store.pages_terms import Wanted

app = App(name="renewals")


@app.default
def renewals(
    *,
    as_of: date | None = None,
    until: Annotated[date | None, Parameter(help="Look ahead to this day; nothing is done.")] = None,
    dry_run: Annotated[bool, Parameter(help="Only show what would be done.")] = False,
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """Tell holders what is due about the terms of their awards and mark what has lapsed, as the clock would on a day.

    With --until: the calendar from one day to another. Example: laurea renewals --as-of 2026-12-31 --dry-run
    """
    settings, now = Settings(), clock.now()
    engine = engine_of(settings)
    if until is not None:
        day = as_of or now.date()
        if until < day:
            raise BadInput("--until is before the first day.", remedy="Name a later day.")
        show(_calendar(engine, day, until), as_json=json)
        return
    found = renew.due(engine, as_of, now) if dry_run else renew.renew(engine, as_of=as_of, settings=settings, now=now)
    rows = [
        {"deed": one.step.kind.value, "day": one.step.day, "holder": one.grant.holder, "award": one.grant.title,
         "valid_until": one.grant.valid_until, "letter": not one.silent}
        for one in found.told
    ]  # fmt: skip
    show(rows, as_json=json)


@app.command
def extend(
    code: str,
    /,
    *,
    until: date,
    reason: Annotated[str, Parameter(help="Why, as the holders should read it.")],
    country: str = "",
    number: Annotated[str, Parameter(help="One label only, by the number of its certificate.")] = "",
    dry_run: Annotated[bool, Parameter(help="Only show what would change.")] = False,
) -> None:
    """Let the labels of a round hold until another day, by a decision.

    Example: laurea renewals extend school-2020 --until 2022-12-31 --country LV --reason "No round was held in 2022."
    """
    settings, now = Settings(), clock.now()
    engine = engine_of(settings)
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
    if dry_run:
        found = dating.preview(engine, record.id, until=until, country=country, number=number)
        changes = zip(found.grants, found.terms, strict=True)
        show([{"holder": one.holder, "was": one.valid_until, "until": term.valid_until,
               "renewal_opens": term.renewal_opens} for one, term in changes], as_json=False)  # fmt: skip
        return
    done = dating.redate(
        engine, record.id, until=until, reason=reason, country=country, number=number, actor=SYSTEM, settings=settings,
        now=now,
    )  # fmt: skip
    out.print(f"{done} labels of {code} hold until {until} now; their holders are told.")


@app.command
def withdraw(code: str, number: str, /, *, reason: str) -> None:
    """Withdraw a label, for a reason its holder is told.

    Example: laurea renewals withdraw school-2024 Xy12… --reason "The school no longer exists."
    """
    settings = Settings()
    engine = engine_of(settings)
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
    dating.withdraw(engine, record.id, number, reason=reason, actor=SYSTEM, settings=settings, now=clock.now())
    out.print(f"The label {number} is withdrawn; its holder is told.")


def _calendar(engine: Engine, since: date, until: date) -> Sequence[dict[str, Any]]:
    """What the schedules hold from one day to another, of all offices, counted by day, round and country."""
    with reading(engine) as connection:
        offices = rounds.authorities(connection)
        found = [
            (one.code, each)
            for one in offices
            for each in pages_terms.counted(connection, Wanted(one.id, since, until))
        ]
    found.sort(key=lambda pair: (pair[1].day, pair[0], pair[1].code, pair[1].country or "", pair[1].kind))
    return [
        {"day": one.day, "office": office, "round": one.code, "country": one.country, "what": one.kind, "labels": one.n}
        for office, one in found
    ]
