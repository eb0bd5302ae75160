"""Ask the sources a rule set names for the evidence of some applications, and keep what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from laurea import ledger, statute
from laurea.sources.registers import as_content, open_register
from laurea.store import applications, rounds
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
    the same fact. Raises SourceUnavailable; nothing is written then.
    """
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        ruleset = statute.rule_set_of(connection, record)
        chunk = applications.load(connection, round_id, ids=ids)
    units = sorted({application.unit_ref for application in chunk})
    answers = {name: open_register(name, addresses).ask(units) for name in sources_of(ruleset)}
    pieces: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in answers}
    for application in chunk:
        for name, answer in answers.items():
            entry = answer.get(application.unit_ref)
            if entry is None:
                continue
            pieces[name][application.id] = as_content(entry, ruleset.facts)
    with writing(engine) as connection:
        merged: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        for one in applications.load(connection, round_id, ids=ids):  # applicants correct while sources answer
            found = [pieces[name][one.id] for name in answers if one.id in pieces[name]]
            facts = {name: value for piece in found for name, value in piece["facts"].items()}
            children = {name: rows for piece in found for name, rows in piece["children"].items()}
            merged[one.id] = ({**one.facts, **facts}, {**one.children, **children})
        new = sum(
            applications.add_evidence(connection, record.authority_id, name, given, now)
            for name, given in pieces.items()
        )
        applications.set_facts(connection, merged, now)
        ledger.record_of(
            connection,
            record,
            actor=ledger.CLOCK,
            event=ledger.Event.EVIDENCE_GATHERED,
            now=now,
            details={"asked": len(chunk), "new": new},
        )
    return Gathered(len(chunk), new)
