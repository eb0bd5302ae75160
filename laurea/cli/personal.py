"""`laurea personal …`: what is stored of people: the register, a file for a person, making anonymous, retention."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from evaluators.personal import SETTABLE
from laurea import clock, ledger
from laurea.actions import anonymise, personal_export, retain
from laurea.cli.console import engine_of, out, show
from laurea.cli.places import must_be_writable
from laurea.errors import BadInput, NotNow
from laurea.settings import Settings
from laurea.store import retention, rounds
from laurea.store.engine import Engine, reading
from laurea.store.personal import Someone
from laurea.store.personal_register import REGISTER
from laurea.web import personal_words

app = App(name="personal", help="What is stored of people: hand it out, take it out, say how long it is kept.")
Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]
Office = Annotated[str, Parameter(help="The office's code, where the address is known to several.")]


@app.command
def register(*, json: Json = False) -> None:
    """Every column of the records: of whom, what, what for, how long, and what becomes of it.

    Example: laurea personal register --json
    """
    rows = [
        {
            "column": f"{table}.{name}", "of": ", ".join(entry.whose), "kind": column.kind.value,
            "purpose": entry.purpose.value, "kept_as": entry.keep.value, "in_the_end": column.way.value,
        }
        for table, entry in REGISTER.items()
        for name, column in entry.columns.items()
    ]  # fmt: skip
    show(rows, as_json=json)


@app.command
def export(
    who: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="A .zip file.")],
    office: Office = "",
) -> None:
    """Write everything the records hold of a person to a file for them; nothing in it is about anybody else.

    Example: laurea personal export nino@school.example -o nino.zip

    WHO is an e-mail address (in every role it has in one office) or a person's number.
    """
    engine = engine_of(Settings())
    must_be_writable("--output", output, inputs=(), endings=(".zip",))
    whom = _whom(engine, who, office)
    growing = output.with_name(f".{output.name}.part")
    try:
        counts = personal_export.export(
            engine, whom, growing, personal_words.about(str), settings=Settings(), actor=ledger.SYSTEM, now=clock.now()
        )
        growing.replace(output)
    finally:
        growing.unlink(missing_ok=True)
    out.print(f"{output}: {sum(counts.values())} rows of {len(counts)} tables.", highlight=False)


@app.command(name="anonymise")
def make_anonymous(
    who: str,
    /,
    *,
    why: Annotated[str, Parameter(help="asked, ended or mistake.")] = "",
    office: Office = "",
    yes: Annotated[bool, Parameter(name="--yes", help="Do it; without it, only what would be done is told.")] = False,
    json: Json = False,
) -> None:
    """Take a person's name, address, answers and words out of the records; scores, decisions and the audit stay.

    Example: laurea personal anonymise 12 --why asked --yes
    """
    engine, now = engine_of(Settings()), clock.now()
    (one, *more) = _whom(engine, who, office)
    if more:
        raise BadInput(
            f"{who} has several roles.", remedy=f"Give one number: {', '.join(str(x.id) for x in [one, *more])}."
        )
    would = anonymise.look(engine, one.id, one.authority_id, now)
    if would.needed:
        words = personal_words.needed(str)
        raise NotNow("It cannot be done yet.", " ".join(words[why] for why in words if why in would.needed))
    done = would.rows
    if yes:
        done = anonymise.anonymise(
            engine, one.id, one.authority_id, why, settings=Settings(), actor=ledger.SYSTEM, now=now
        )
    show([{"table": table, "rows": number} for table, number in done.items()], as_json=json)
    if not yes and not json:
        out.print("Nothing was done. Repeat it with --why and --yes.")


@app.command
def keep(
    office: str,
    /,
    *,
    of: Annotated[str, Parameter(help=f"A class: {', '.join(SETTABLE)}.")] = "",
    days: Annotated[int | None, Parameter(help="How long; without it, nothing of the class is erased.")] = None,
    by_clock: Annotated[bool, Parameter(help="The clock may erase without an officer's word.")] = False,
    json: Json = False,
) -> None:
    """How long an office keeps what; with --of, set it.

    Example: laurea personal keep north --of letters --days 730
    """
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        authority = rounds.authority(connection, office)
        known = retention.policies(connection, authority.id)
    if of:
        seen = {one.value: policy.version for one, policy in known.items()}.get(of, 0)
        retain.set_days(
            engine, authority.id, of, days=days, by_clock=by_clock, version=seen, actor=ledger.SYSTEM, now=now
        )
        with reading(engine) as connection:
            known = retention.policies(connection, authority.id)
    words = personal_words.keeps(str)
    rows = []
    for one in SETTABLE:
        policy = known.get(one)
        set_to = None if policy is None else policy.days
        told = "not set: nothing is erased" if set_to is None else set_to
        rows.append({"class": one.value, "is": words[one][0], "days": told, "counted": words[one][1]})
    show(rows, as_json=json)


@app.command
def due(office: str, /, *, json: Json = False) -> None:
    """What is due to be erased of an office by the days it has set; nothing is changed.

    Example: laurea personal due north
    """
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        authority = rounds.authority(connection, office)
        found = retain.due(connection, authority.id, now, Settings())
    show(
        [{"class": one.value, "older_than": f"{before:%Y-%m-%d}", "count": n} for one, (before, n) in found.items()],
        as_json=json,
    )


def _whom(engine: Engine, who: str, office: str) -> list[Someone]:
    authority = None
    if office:
        with reading(engine) as connection:
            authority = rounds.authority(connection, office).id
    found = personal_export.people(engine, who, authority)
    if len({one.authority_id for one in found}) > 1:
        raise BadInput(f"{who} is known to several offices.", remedy="Say which with --office CODE.")
    return found
