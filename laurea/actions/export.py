"""Hand out what a round holds, as far as its phase lets the one who asks see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from evaluators import trace
from evaluators.permissions import Field, phase
from laurea import bundle, ledger, statute
from laurea.documents import handing_out
from laurea.documents.handing_out import Table
from laurea.errors import BadInput, NotNow
from laurea.settings import Settings
from laurea.store import exports, rounds, searching_lists
from laurea.store.engine import reading, writing
from laurea.store.searching import Where
from rules.plan import Plan
from rules.ruleset import RuleSet

TABLES = {
    "applications": Field.EVIDENCE,
    "assignments": Field.ASSIGNMENT,
    "sheets": Field.OTHER_SHEETS,
    "marks": Field.OTHER_SHEETS,
    "decisions": Field.PROPOSED,
    "outbox": Field.OUTBOX,
}
"""What can be handed out, and what one must see for it. List facts come beside, as `applications.NAME`."""


def names(ruleset: RuleSet) -> list[str]:
    """The tables of a round under these rules."""
    lists = [f"applications.{name}" for name, fact in ruleset.facts.items() if fact.type == "list"]
    first, *rest = TABLES
    return [first, *lists, *rest]


def _needs(name: str) -> Field:
    return TABLES[name.partition(".")[0]]


def export(
    engine: Engine,
    round_id: int,
    path: Path,
    kind: str,
    wanted: Sequence[str] = (),
    *,
    where: Where = (),
    letters: Where | None = None,
    seen: Collection[Field],
    actor: ledger.Actor,
    now: datetime,
) -> dict[str, int]:
    """Write tables of a round to a file; rows by table. Without `wanted`, a workbook holds all that may be seen.
    `where` (a search) keeps the rows of the applications it finds, and the letters to whoever works on them unless
    `letters` are conditions of their own.

    Raises BadInput when there is no such table or format, NotNow when a table is still closed.
    """
    if kind not in handing_out.KINDS or (kind != "xlsx" and len(wanted) != 1):
        raise BadInput(
            f"Nothing was written: {kind!r} is no format of ours, or one table was not named.",
            remedy=f"Take {', '.join(handing_out.KINDS)}; all but xlsx hold one table.",
        )
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        plan = statute.plan_of(connection, record)
        known = names(plan.ruleset)
        held = [name for name in known if name != "marks"]  # `sheets` holds every mark too, a column a criterion
        for name in wanted:
            if name not in known:
                raise BadInput(f"There is no table {name!r}.", remedy=f"The round has: {', '.join(known)}.")
            if _needs(name) not in seen:
                raise NotNow(
                    f"The table {name} of the round {record.code} is closed in this phase.",
                    "Marks open when decisions are proposed; decisions open to programs when they are released.",
                )
        tables = [
            _table(connection, round_id, plan, name, where, letters) for name in wanted or held if _needs(name) in seen
        ]
        if kind == "xlsx":
            counts = handing_out.write_xlsx(path, tables, _about(record, plan.ruleset, now), now)
        else:
            write = handing_out.write_csv if kind == "csv" else handing_out.write_jsonl
            counts = {one.name: write(path, one) for one in tables}
    _exported(engine, record, kind, counts, actor, now)
    return counts


def export_bundle(
    engine: Engine,
    round_id: int,
    path: Path,
    *,
    settings: Settings,
    seen: Collection[Field],
    actor: ledger.Actor,
    now: datetime,
) -> int:
    """Write the signed bundle of a round (laurea.bundle) to a file; its lines. Raises NotNow while marks are closed."""
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        if not {Field.OTHER_SHEETS, Field.PROPOSED} <= set(seen):
            raise NotNow(
                f"The round {record.code} cannot be bundled in this phase: marks are closed.",
                "Marks open when decisions are proposed.",
            )
        content = bundle.write(connection, record, settings=settings, now=now)
    path.write_bytes(content)
    lines = content.count(b"\n")
    _exported(engine, record, "bundle", {"bundle": lines}, actor, now)
    return lines


def _exported(
    engine: Engine, record: rounds.RoundRecord, kind: str, rows: Mapping[str, int], actor: ledger.Actor, now: datetime
) -> None:
    details = {"format": kind, "rows": dict(rows)}
    with writing(engine) as connection:
        ledger.record_of(connection, record, actor=actor, event=ledger.Event.ROUND_EXPORTED, now=now, details=details)


def _about(record: rounds.RoundRecord, ruleset: RuleSet, now: datetime) -> list[tuple[str, str]]:
    return [
        ("title", record.title),
        ("round", record.code),
        ("rule set", ruleset.key),
        ("rule set digest", record.rule_set),
        ("phase", phase(record.timetable, now).value),
        ("decisions digest", record.digest or "" if record.released_at else ""),
        ("written at", now.isoformat()),
    ]


def _table(connection: Connection, round_id: int, plan: Plan, name: str, where: Where, letters: Where | None) -> Table:
    ruleset = plan.ruleset
    here = partial(partial, connection=connection, round_id=round_id, where=where)
    first, _, listed = name.partition(".")
    if listed:
        fields = tuple(ruleset.facts[listed].fields)
        rows = here(exports.items, name=listed, fields=fields)
        return Table(name, ("application_id", *fields), rows, _numbers(ruleset.facts[listed].fields))
    match first:
        case "applications":
            scalars = {
                key: fact
                for key, fact in ruleset.facts.items()
                if fact.type != "list" and key not in exports.APPLICATION
            }
            rows = here(exports.applications, facts=tuple(scalars))
            return Table(name, (*exports.APPLICATION, *scalars), rows, _numbers(scalars))
        case "assignments":
            return Table(name, exports.ASSIGNMENT, here(exports.assignments))
        case "sheets":
            criteria = tuple(one.id for one in ruleset.rubric.criteria) if ruleset.rubric else ()
            rows = here(exports.sheets, criteria=criteria)
            return Table(name, (*exports.SHEET, *criteria, "comment"), rows, frozenset(criteria))
        case "marks":
            return Table(name, exports.MARK, here(exports.marks), frozenset({"points"}))
        case "decisions":
            rows = here(exports.decisions, cites=trace.cites(ruleset))
            return Table(name, exports.DECISION, rows, frozenset({"points", "rank"}))
        case _:
            to = searching_lists.about(where) if letters is None else letters
            return Table(name, exports.LETTER, partial(exports.letters, connection, round_id, to))


def _numbers(facts: object) -> frozenset[str]:
    return frozenset(name for name, fact in facts.items() if fact.type in ("int", "decimal"))  # type: ignore[attr-defined]
