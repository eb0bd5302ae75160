"""Ask the sources a rule set names for the evidence of some applications, and keep what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine

from evaluators.registers import Asked, entry
from laurea import ledger, statute
from laurea.sources.registers import Entry, as_content, open_register
from laurea.store import applications, applying, registers, requests, rounds
from laurea.store.engine import reading, writing
from rules.ruleset import RuleSet


@dataclass(frozen=True)
class Gathered:
    """How many applications were asked about, and how many pieces of evidence are new."""

    asked: int
    pieces: int


def sources_of(ruleset: RuleSet) -> list[str]:
    """The sources a rule set takes evidence from, in a fixed order."""
    return sorted({fact.source for fact in ruleset.facts.values() if fact.source})


def gather(
    engine: Engine, round_id: int, ids: Sequence[int], *, addresses: Mapping[str, str], now: datetime
) -> Gathered:
    """Gather evidence for one chunk of applications.

    The sources are asked outside any transaction; what they say is written in one. Asking twice writes
    nothing twice: evidence stands under its digest. A source's word replaces what the applicant gave for
    the same fact, and neither what the office changed nor what somebody confirmed by link. An application
    that changed while the sources answered stays as it is and is asked about once more: what changed may be
    what they know. Raises SourceUnavailable; nothing is written then.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        ruleset = statute.rule_set_of(connection, record)
        seen = applications.versions(connection, ids)
        chunk = applications.load(connection, round_id, ids=ids)
    units = sorted({application.unit_ref for application in chunk})
    held = partial(on_desk, engine, record.authority_id)
    answers = {name: open_register(name, addresses, held).ask(units) for name in sources_of(ruleset)}
    pieces: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in answers}
    for application in chunk:
        for name, answer in answers.items():
            entry = answer.get(application.unit_ref)
            if entry is None:
                continue
            pieces[name][application.id] = as_content(entry, ruleset.facts)
    with writing(engine) as connection:
        merged: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        by_hand, by_link = applying.amended(connection, ids), requests.settled(connection, ids)
        for one in chunk:
            found = [pieces[name][one.id] for name in answers if one.id in pieces[name]]
            facts = {name: value for piece in found for name, value in piece["facts"].items()}
            children = {name: rows for piece in found for name, rows in piece["children"].items()}
            kept = by_hand.get(one.id, {}).keys() | by_link.get(one.id, frozenset())
            merged[one.id] = (
                {**one.facts, **{name: value for name, value in facts.items() if name not in kept}},
                {**one.children, **{name: rows for name, rows in children.items() if name not in kept}},
            )
        new = sum(
            applications.add_evidence(connection, record.authority_id, name, given, now)
            for name, given in pieces.items()
        )
        applications.set_facts(connection, merged, now, seen)
        ledger.record_of(
            connection,
            record,
            actor=ledger.CLOCK,
            event=ledger.Event.EVIDENCE_GATHERED,
            now=now,
            details={"asked": len(chunk), "new": new},
        )
    return Gathered(len(chunk), new)


def on_desk(engine: Engine, authority_id: int, units: Sequence[str], wanted: Asked) -> dict[str, Entry]:
    """What the evidence desk of an authority holds of these units; one it holds nothing of is absent."""
    with reading(engine) as connection:
        rows = registers.rows_of_units(connection, authority_id, units)
        imported = registers.kinds_imported(connection, authority_id)
    return {unit: Entry(unit_id=unit, **entry(found, imported, wanted)) for unit, found in rows.items()}


def again(engine: Engine, round_id: int, *, actor: ledger.Actor, now: datetime) -> int:
    """Have the sources of a round asked once more about everything without a verdict; how many applications."""
    with writing(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        asked = registers.ask_again(connection, round_id=round_id, states=applications.WAITING)
        event = ledger.Event.SOURCES_ASKED_AGAIN
        ledger.record_of(connection, record, actor=actor, event=event, now=now, details={"applications": asked})
    return asked
