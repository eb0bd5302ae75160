"""`laurea round release`, `confirm` and `second-person`: decisions go out, by one officer or by two."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from laurea import clock, ledger
from laurea.actions import confirm as confirm_action
from laurea.actions import release
from laurea.cli import typed
from laurea.cli.console import engine_of, out
from laurea.settings import Settings
from laurea.store import rounds
from laurea.store.engine import reading

Officer = Annotated[str, Parameter(help="The address of the officer who does it; it stands in the audit.")]
Digest = Annotated[str, Parameter(help="Which decisions were looked at; `laurea` alone and `round status` say it.")]


def release_(code: str, /, *, officer: Officer, digest: Digest) -> None:
    """Release the proposed decisions of a round, all or none. The digest says which decisions you looked at.

    Example: laurea round release spring-2024 --officer nino@example.org --digest 3f9c…
    """
    settings = Settings()
    engine = engine_of(settings)
    record, actor = typed.round_and_actor(engine, code, officer)
    done = release.release(engine, record.id, actor=actor, expected_digest=digest, settings=settings, now=clock.now())
    out.print(f"Released: {done.decisions} decisions, {done.grants} granted, {done.letters} letters queued.")
    if done.left:
        out.print(f"{done.left} applications are left without a decision; nothing more happens to them in this round.")


def confirm(code: str, /, *, officer: Officer, digest: Digest) -> None:
    """Confirm the proposed decisions of a round whose release needs two officers. Another officer releases them.

    Example: laurea round confirm spring-2024 --officer leyla@example.org --digest 3f9c…
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    confirm_action.confirm(engine, record.id, actor=actor, expected_digest=digest, now=clock.now())
    out.print(f"Confirmed: the decisions {digest[:12]} of {code}. Another officer can release them.", highlight=False)


def second_person(
    code: str,
    /,
    *,
    off: Annotated[bool, Parameter(negative="", help="One officer is enough again; say why.")] = False,
    why: Annotated[str, Parameter(help="Stands in the audit.")] = "",
) -> None:
    """Have two officers release a round: one confirms the decisions, another one releases them.

    Example: laurea round second-person spring-2024
    """
    engine = engine_of(Settings())
    with reading(engine) as connection:
        round_id = rounds.round_by_code(connection, code).id
    changed = confirm_action.ask_second_person(
        engine, round_id, asked=not off, why=why, actor=ledger.SYSTEM, now=clock.now()
    )
    says = "one officer releases it" if off else "one officer confirms, another one releases"
    out.print(f"{code}: {says}{'.' if changed else ', as before.'}", highlight=False)
