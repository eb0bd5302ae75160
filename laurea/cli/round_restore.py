"""`laurea round restore`: what stood at an earlier moment stands again, after a look at what would change."""

from __future__ import annotations

import json as plain_json
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from evaluators.permissions import Role, phase, sees
from laurea import clock, restoring
from laurea.actions import restore as action
from laurea.cli import typed
from laurea.cli.console import engine_of, in_words, out, show
from laurea.restoring import KINDS, Preview
from laurea.settings import Settings
from laurea.store import rounds
from laurea.store.engine import reading
from laurea.store.rounds import RoundRecord

Kind = Literal["sheets", "assignments", "decisions"]


def restore(
    code: str,
    /,
    *,
    at: str,
    only: tuple[Kind, ...] = (),
    application: tuple[str, ...] = (),
    preview: Annotated[bool, Parameter(negative="")] = False,
    looked_at: str = "",
    reason: str = "",
    officer: str | None = None,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Let score sheets, assignments or proposed decisions stand again as they stood at a moment.

    Example: `laurea round restore spring-2024 --at 2024-06-01T09:00 --preview`, and when that is what you want:
    `laurea round restore spring-2024 --at 2024-06-01T09:00 --looked-at 4c1e… --reason "Two sheets were mixed up"`

    Nothing is erased: what stands now is kept, and can be restored in turn. Released decisions are never touched.

    Parameters
    ----------
    code
        The round.
    at
        The moment, on the authority's clock, or with an offset.
    only
        sheets, assignments or decisions; repeat it. Without it, all three.
    application
        A reference; repeat it. Without it, all applications.
    preview
        Only tell what would change.
    looked_at
        The digest that the preview told: nothing is restored where something changed since.
    reason
        Why; it is kept.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    settings = Settings()
    engine = engine_of(settings)
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        zone = rounds.authority_of(connection, record.authority_id).timezone
        actor = typed.actor(connection, record.authority_id, officer)
    moment, now = typed.moment("--at", at, typed.zone(zone)), clock.now()
    given: dict[str, Any] = {"at": moment, "kinds": only or KINDS, "some": application, "now": now}
    if preview:
        found = action.preview(engine, record.id, **given)
    else:
        found = action.restore(
            engine, record.id, reason=reason, expected=looked_at, actor=actor, settings=settings, **given
        )
    rows = _rows(found, record, now)
    if json:
        told = {"at": moment.isoformat(), "looked_at": found.digest, "restored": not preview, "changes": rows}
        print(plain_json.dumps(told, ensure_ascii=False))
        return
    if rows:
        show(rows, as_json=False)
    number, left = len(found.can), len(found.changes) - len(found.can)
    says = "would stand" if preview else "stands" if number == 1 else "stand"
    stays = f" {left} stay as they are." if left else ""
    things = "thing" if number == 1 else "things"
    out.print(f"{number} {things} {says} as on {in_words(moment, zone)}.{stays}", highlight=False)
    if preview and number:
        out.print(f"Restore just this: --looked-at {found.digest}", highlight=False, soft_wrap=True)


def _rows(found: Preview, record: RoundRecord, now: Any) -> list[dict[str, Any]]:
    """A row a difference; what an officer does not see in this phase is only said to differ."""
    seen = sees(Role.OFFICER, phase(record.timetable, now))
    rows = []
    for one in found.changes:
        about = {"what": one.kind, "application": one.application, "juror": one.juror}
        for name in one.then:
            open_ = name == "state" or restoring.SEES[one.kind] in seen
            sides = {"now": one.now.get(name), "then": one.then.get(name)} if open_ else {"now": "…", "then": "…"}
            rows.append(about | {"differs": name} | sides | {"stays": one.bar})
    return rows
