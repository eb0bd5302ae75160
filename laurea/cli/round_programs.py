"""`laurea round token`, `laurea round webhook` and `laurea round export`: programs, and files out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from evaluators.permissions import Role, phase, sees
from laurea import clock, ledger
from laurea.actions import export as exporting
from laurea.actions import tokens, webhooks
from laurea.cli.console import engine_of, err, out, show
from laurea.cli.places import must_be_writable
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.store import pages_round, programs, rounds
from laurea.store import webhooks as store_webhooks
from laurea.store.engine import Engine, reading

token = App(name="token", help="Let programs into a round: make, list and revoke tokens.")
webhook = App(name="webhook", help="Tell other programs of a round's events: add, list and stop webhooks.")
Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]


def _round(code: str) -> tuple[Engine, rounds.RoundRecord]:
    engine = engine_of(Settings())
    with reading(engine) as connection:
        return engine, rounds.round_by_code(connection, code)


@token.command(name="new")
def new_token(
    code: str,
    /,
    *,
    name: str,
    scope: Annotated[tuple[str, ...], Parameter(help="import, read, export or proposals; repeat it.")],
    days: int = 90,
) -> None:
    """Make a token for a program. It is printed once and kept only as a digest.

    Example: laurea round token new spring-2024 --name "Data warehouse" --scope read --scope export
    """
    engine, record = _round(code)
    number, made = tokens.give(
        engine, record.id, name=name, scopes=scope, days=days, actor=ledger.SYSTEM, now=clock.now()
    )
    err.print(f"Token {number} of the round {code}, valid for {days} days. It is shown only this once:")
    print(made)


@token.command(name="list")
def list_tokens(code: str, /, *, json: Json = False) -> None:
    """The tokens of a round: what each is for, and until when.

    Example: laurea round token list spring-2024
    """
    engine, record = _round(code)
    now = clock.now()
    with reading(engine) as connection:
        found = programs.tokens_of(connection, record.id)
    rows = [
        {
            "number": one.id,
            "name": one.name,
            "begins_with": one.hint,
            "scopes": ", ".join(one.scopes),
            "state": "revoked" if one.revoked_at else "valid" if one.lives(now) else "expired",
            "until": f"{one.expires_at:%Y-%m-%d}",
            "last_used": f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else None,
        }
        for one in found
    ]
    show(rows, as_json=json)


@token.command(name="revoke")
def revoke_token(code: str, number: int, /) -> None:
    """End a token at once.

    Example: laurea round token revoke spring-2024 3
    """
    engine, record = _round(code)
    tokens.revoke(engine, record.id, number, actor=ledger.SYSTEM, now=clock.now())
    out.print(f"Token {number} is revoked.")


@webhook.command(name="add")
def add_webhook(
    code: str,
    address: str,
    /,
    *,
    event: Annotated[tuple[str, ...], Parameter(help="What to be told of; repeat it.")] = ("decisions_released",),
) -> None:
    """Have an address called when something happens in a round. The secret that signs the calls is printed once.

    Example: laurea round webhook add spring-2024 https://example.org/hook --event decisions_released
    """
    engine, record = _round(code)
    number, secret = webhooks.add(
        engine,
        record.id,
        address=address,
        events=event,
        settings=Settings(),
        actor=ledger.SYSTEM,
        now=clock.now(),
    )
    err.print(f"Webhook {number} of the round {code}. Its secret is shown only this once:")
    print(secret)


@webhook.command(name="list")
def list_webhooks(code: str, /, *, json: Json = False) -> None:
    """The webhooks of a round and what became of their last calls.

    Example: laurea round webhook list spring-2024
    """
    engine, record = _round(code)
    with reading(engine) as connection:
        hooks = store_webhooks.of_round(connection, record.id)
        calls = store_webhooks.calls_of(connection, record.id, limit=1000)
    rows = [
        {
            "number": one.id,
            "address": one.address,
            "events": ", ".join(one.events),
            "state": "stopped" if one.stopped_at else "on",
            **{
                state: sum(call.webhook_id == one.id and call.state == state for call in calls)
                for state in ("sent", "due", "failed")
            },
        }
        for one in hooks
    ]
    show(rows, as_json=json)


@webhook.command(name="stop")
def stop_webhook(code: str, number: int, /) -> None:
    """Call an address no more.

    Example: laurea round webhook stop spring-2024 2
    """
    engine, record = _round(code)
    webhooks.stop(engine, record.id, number, actor=ledger.SYSTEM, now=clock.now())
    out.print(f"Webhook {number} is stopped.")


def export(
    code: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    table: str | None = None,
) -> None:
    """Write a round to a file: a workbook (.xlsx), one table as CSV or JSON lines, or a signed bundle (.bundle).

    A bundle holds all of it, so that anybody can check the decisions: laurea round verify FILE.

    Example: laurea round export spring-2024 -o spring.xlsx

    Tables: applications, applications.NAME for each list of facts, assignments, sheets (a column a criterion), marks
    (a row a mark), decisions, outbox. Marks and decisions open when decisions are proposed.
    """
    engine, record = _round(code)
    must_be_writable("--output", output, inputs=(), endings=(".xlsx", ".bundle", ".csv", ".jsonl", ".ndjson"))
    now = clock.now()
    kind = {".ndjson": "jsonl"}.get(output.suffix.lower(), output.suffix.lower().removeprefix("."))
    if kind not in ("xlsx", "bundle") and table is None:
        raise BadInput("It is not said which table.", remedy="Name it with --table, or write a workbook: -o FILE.xlsx")
    if kind == "bundle" and table is not None:
        raise BadInput("A bundle holds every table.", remedy="Leave --table out.")
    with reading(engine) as connection:
        found = pages_round.round_of(connection, record.authority_id, code)
    if found is None:
        raise NotFound(f"There is no round {code!r}.")
    growing = output.with_name(f".{output.name}.part")
    seen = sees(Role.OFFICER, phase(found.timetable, now))
    try:
        if kind == "bundle":
            lines = exporting.export_bundle(
                engine, record.id, growing, settings=Settings(), seen=seen, actor=ledger.SYSTEM, now=now
            )
            counts = {"lines": lines}
        else:
            named = [table] if table else []
            counts = exporting.export(engine, record.id, growing, kind, named, seen=seen, actor=ledger.SYSTEM, now=now)
        growing.replace(output)
    finally:
        growing.unlink(missing_ok=True)
    told = ", ".join(f"{number} {name}" for name, number in counts.items())
    out.print(f"{output}: {told}.", highlight=False)
