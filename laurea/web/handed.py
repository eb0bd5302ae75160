"""What waits for an office because another one handed something over, in sentences with the page that clears them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evaluators.permissions import Deed, Phase, Role, may, phase
from laurea.store import handovers, rounds
from laurea.store.engine import Connection
from laurea.store.handovers import AWARDS, LABELS, LIST, NOMINATIONS, Handover
from laurea.store.pages_round import RoundPage
from laurea.web.attention import Need
from laurea.web.reader import Reader
from rules.plan import Plan


def takes_labels(plan: Plan) -> bool:
    """Whether a round's applications come from labels that others hand over."""
    return "averaging" in plan.ruleset.policies


def hands_over(plan: Plan, at: Phase) -> bool:
    """Whether a round has something to do with other offices in a phase."""
    return at is Phase.RELEASED or takes_labels(plan)


def standing(one: Handover, every: Sequence[Handover], now: datetime) -> str:
    """Where a hand-over stands: replaced, taken, waits; a list: answered, open or closed; awards: done."""
    if not one.newest:
        return "replaced"
    if one.kind == AWARDS:
        return "done"
    if one.kind != LIST:
        return "taken" if one.taken_at else "waits"
    if answer_to(one, every):
        return "answered"
    return "closed" if now >= datetime.fromisoformat(one.about["until"]) else "open"


def answer_to(offered: Handover, every: Sequence[Handover]) -> Handover | None:
    """The nominations that answer a list, the latest word of its office."""
    sides = (offered.receiver, offered.giver, offered.round_code)
    for one in every:
        if one.kind == NOMINATIONS and one.newest and (one.giver, one.receiver, one.round_code) == sides:
            return one
    return None


def waiting(every: Sequence[Handover], reader: Reader) -> list[Need]:
    """What an office was handed and has not dealt with."""
    _ = reader.words.gettext
    found = []
    for one in every:
        if one.receiver != reader.authority_id or standing(one, every, reader.now) not in ("waits", "open"):
            continue
        says = {
            LIST: _("{office} asks which projects you nominate: {round}."),
            NOMINATIONS: _("{office} has nominated projects: {round}."),
            LABELS: _("{office} has handed over labels and scores: {round}."),
        }[one.kind]
        link = f"/rounds/{one.round_code}/handovers" if one.kind == NOMINATIONS else f"/handovers/{one.id}"
        found.append(Need(1, says.format(office=one.giver_name, round=one.title), link, _("Look"), "now"))
    return found


def needs(connection: Connection, record: RoundPage, plan: Plan, reader: Reader) -> list[Need]:
    """What a round's officer has to take in or to hand over."""
    if not hands_over(plan, phase(record.timetable, reader.now)):
        return []
    _, say = reader.words.gettext, reader.words.ngettext
    every = handovers.of_authority(connection, reader.authority_id)
    link = f"/rounds/{record.code}/handovers"
    about = [one for one in every if one.round_code == record.code and one.newest]
    found = []
    if takes_labels(plan) and may(Role.OFFICER, Deed.TAKE_IN, record.timetable, reader.now):
        if n := sum(o.kind == LABELS and o.receiver == reader.authority_id and o.taken_into is None for o in every):
            says = say("{n} office has handed over labels that no round has taken in.",
                       "{n} offices have handed over labels that no round has taken in.", n)  # fmt: skip
            found.append(Need(n, says.format(n=reader.number(n)), link, _("Take in"), "now"))
        if n := sum(o.kind == NOMINATIONS and o.receiver == reader.authority_id and not o.taken_at for o in about):
            says = say("The nominations of {n} office are not taken in yet.",
                       "The nominations of {n} offices are not taken in yet.", n)  # fmt: skip
            found.append(Need(n, says.format(n=reader.number(n)), link, _("Take in"), "now"))
    elif phase(record.timetable, reader.now) is Phase.RELEASED:
        if takes_labels(plan):
            givers = {o.giver for o in every if o.kind == LABELS and o.taken_into == record.id}
            if n := len(givers - {o.receiver for o in about if o.kind == AWARDS}):
                says = say("{n} office does not have the decisions about its nominations yet.",
                           "{n} offices do not have the decisions about their nominations yet.", n)  # fmt: skip
                found.append(Need(n, says.format(n=reader.number(n)), link, _("Hand over"), "now"))
        else:
            had = {o.receiver for o in about if o.kind == LABELS}
            central = [one for one in rounds.authorities(connection) if one.kind == "central"]
            found += [
                Need(1, _("The labels of this round were not handed over to {office}.").format(office=one.name), link,
                     _("Hand over"), "note")
                for one in central
                if one.id not in had | {reader.authority_id}
            ]  # fmt: skip
    return found
