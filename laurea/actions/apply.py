"""An applicant's deeds before the close: begin a draft, save it, invite others, hand it in.

Each is one transaction. A draft of other people does not exist for a person (`NotFound`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from evaluators.precheck import precheck
from laurea import drafting, letters
from laurea.errors import BadInput, Conflict, NotFound
from laurea.ledger import Event, post
from laurea.settings import Settings
from laurea.statute import plan_for
from laurea.store import applying, attached, pages_applicant, pages_calls, rounds
from laurea.store.engine import writing
from laurea.store.pages_applicant import Draft
from rules.plan import Plan

KEEP_EVERY = timedelta(seconds=60)
HEADING = {"unit_name": 200, "unit_ref": 80, "institution": 200, "region": 120}  # fields and the longest text of each
MOST_MEMBERS = 12
LONGEST_NAME = 200
LARGEST_DRAFT = 200_000  # characters, of all answers together


class Elsewhere(Conflict):
    """The draft was changed by somebody else or in another window; `theirs` is what stands in the records."""

    def __init__(self, theirs: Draft) -> None:
        super().__init__("This draft was changed meanwhile.", "Your text is kept; choose which one is to stand.")
        self.theirs = theirs


@dataclass(frozen=True)
class Saved:
    """A draft as it now stands."""

    draft: Draft
    plan: Plan
    version: int
    saved_at: datetime


def begin(engine: Engine, *, person_id: int, authority_id: int, code: str, name: str, now: datetime) -> str:
    """Begin a draft in a round of the person's authority, or go on with the one begun before; gives its key.

    `name` is what the person is called.
    """
    with writing(engine) as connection:
        found = [one for one in pages_calls.calls(connection, now, code) if one.authority_id == authority_id]
        if not found:
            raise NotFound("There is no such page.")
        call = found[0]
        drafting.must_take(call, plan_for(connection, call.rule_set, call.policies, call.parameters), now)
        if name.strip():
            applying.name_person(connection, person_id, _name(name))
        key = pages_applicant.begun(connection, person_id, call.id)
        if key is None:
            key = applying.add_draft(
                connection, authority_id=authority_id, round_id=call.id, person_id=person_id, heading={}, now=now
            )
    return key


def save(
    engine: Engine,
    *,
    person_id: int,
    key: str,
    content: Mapping[str, Any],
    version: int,
    now: datetime,
    over: bool = False,
) -> Saved:
    """Save a draft: `content` holds heading, facts and children. Raises `Elsewhere` when it no longer is at `version`.

    `over` says that the person saw the other text and wants this one; the other stays among the earlier versions.
    Answers are kept as they were typed, also those that cannot be read: nothing typed is lost.
    """
    kept = {**content, "heading": _heading(content["heading"])}
    if len(repr(kept)) > LARGEST_DRAFT:
        raise BadInput("This is more text than an application can hold.", remedy="Shorten the longest answers.")
    with writing(engine) as connection:
        draft, plan = drafting.open_draft(connection, person_id, key, now)
        if kept == draft.content:
            return Saved(draft, plan, draft.version, draft.saved_at)
        if draft.version != version:
            raise Elsewhere(draft)
        if not applying.change_draft(connection, draft, kept, _typed(draft, kept, person_id, now), person_id, now):
            raise Elsewhere(pages_applicant.draft(connection, person_id, key) or draft)
        if over or draft.saved_by != person_id or draft.kept_at is None or now - draft.kept_at >= KEEP_EVERY:
            applying.keep_version(connection, draft, now)
    return Saved(draft, plan, draft.version + 1, now)


def invite(engine: Engine, *, person_id: int, key: str, address: str, now: datetime, settings: Settings) -> None:
    """Let somebody else work on a draft, and tell them by mail. Who works on it already is not told again."""
    with writing(engine) as connection:
        # Held: who is invited to one that is being handed in would have no part in the application.
        draft, _ = drafting.open_draft(connection, person_id, key, now, held=True)
        people = pages_applicant.members(connection, draft_id=draft.id)
        host = pages_applicant.recipient(connection, person_id)
        known = applying.ensure_applicant(connection, draft.authority_id, address, host.language, now)
        if any(one.person_id == known for one in people):
            return
        if len(people) >= MOST_MEMBERS:
            raise BadInput("No more people can work on this application.", remedy="Twelve are the most.")
        applying.add_member(
            connection, authority_id=draft.authority_id, person_id=known, draft_id=draft.id, invited_by=person_id,
            now=now,
        )  # fmt: skip
        desk = _desk(connection, draft, settings, now)
        invited = pages_applicant.recipient(connection, known)
        letter = letters.invited(desk, invited, draft.heading.get("unit_name", ""), host.name, draft.key)
        post(connection, [letter], authority_id=draft.authority_id, round_id=draft.call.id, now=now)
        drafting.line(connection, draft, person_id, Event.APPLICANT_INVITED, f"draft:{draft.id}", now)


def hand_in(
    engine: Engine, *, person_id: int, key: str, version: int, now: datetime, settings: Settings,
    files: Sequence[str] | None = None,
) -> str:  # fmt: skip
    """Hand a draft in: it becomes an application of the round, and everybody who works on it is told. Gives its key.

    What the rules say of it does not stand in the way, what cannot be read does. Twice gives the same application.
    `files` are the digests of those somebody saw: with others it is not handed in (`Elsewhere`).
    """
    with writing(engine) as connection:
        before = pages_applicant.draft(connection, person_id, key)
        if before is not None:
            if before.application is not None:
                return before.application
            rounds.undecided(connection, before.call.id)  # what is being decided now comes first
        draft, plan = drafting.open_draft(connection, person_id, key, now)
        if draft.version != version:
            raise Elsewhere(draft)
        people = pages_applicant.members(connection, draft_id=draft.id)
        values = _application(connection, draft, now)
        check = precheck(plan, {**draft.content, "submitted_at": now, "country": draft.call.country})
        if not draft.heading.get("unit_name") or check.problems:
            raise BadInput("This application is not complete.", remedy="Go back to the draft: it says what is missing.")
        made = applying.hand_in(connection, draft, values)
        if made is None:
            raise Elsewhere(pages_applicant.draft(connection, person_id, key) or draft)
        held = attached.hand_in(connection, draft.id, made[0])
        if files is not None and held != list(files):
            raise Elsewhere(draft)
        applying.add_statements(connection, _provenance(draft, made[0], now))
        desk = _desk(connection, draft, settings, now)
        post(
            connection,
            [
                letters.received(
                    desk, pages_applicant.recipient(connection, one.person_id), values["ref"], values["unit_name"], made
                )
                for one in people
            ],
            authority_id=draft.authority_id, round_id=draft.call.id, now=now,
        )  # fmt: skip
        told = {"files": held} if held else {}
        drafting.line(connection, draft, person_id, Event.APPLICATION_HANDED_IN, f"application:{made[0]}", now, told)
    return made[1]


def _heading(given: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, most in HEADING.items() if (text := given.get(name, "").strip()[:most])}


def _name(text: str) -> str:
    name = " ".join(text.split())[:LONGEST_NAME]
    if not name or not name.isprintable():
        raise BadInput("This name cannot be used.", remedy="Write it without line ends or control characters.")
    return name


def _typed(draft: Draft, kept: Mapping[str, Any], person_id: int, now: datetime) -> dict[str, Any]:
    """Who typed each answer last."""
    mine = [person_id, now.isoformat()]
    found = {}
    for part, before in (("facts", draft.facts), ("children", draft.children)):
        for name, value in kept[part].items():
            same = before.get(name) == value and name in draft.typed
            found[name] = draft.typed[name] if same else mine
    return found


def _application(connection: Connection, draft: Draft, now: datetime) -> dict[str, Any]:
    """The row a draft becomes. Its reference is random: it stands in letters and says nothing of how many there are."""
    country = draft.call.country
    ref = f"{country or 'P'}-{secrets.token_hex(4).upper()}"
    person = draft.begun_by
    return {
        "authority_id": draft.authority_id,
        "round_id": draft.call.id,
        "ref": ref,
        "applicant_id": person,
        "applicant_ref": applying.applicant_ref(connection, person) or f"portal-{person}",
        "unit_ref": draft.heading.get("unit_ref") or ref,
        "unit_name": draft.heading.get("unit_name", ""),
        "country": country,
        "region": draft.heading.get("region", ""),
        "institution": draft.heading.get("institution", ""),
        "language": pages_applicant.recipient(connection, person).language,
        "topics": [],
        "submitted_at": now,
        "state": "submitted",
        "facts": draft.facts,
        "children": draft.children,
    }


def _provenance(draft: Draft, application_id: int, now: datetime) -> list[dict[str, Any]]:
    """One statement an answer: who typed it, and when."""
    return [
        {
            "authority_id": draft.authority_id,
            "application_id": application_id,
            "person_id": person,
            "fact": name,
            "kind": "carried" if origin else "typed",
            "before": None,
            "after": draft.facts.get(name, draft.children.get(name)),
            "words": "",
            "said_at": datetime.fromisoformat(at) if at else now,
        }
        for name, (person, at, *origin) in draft.typed.items()
    ]


def _desk(connection: Connection, draft: Draft, settings: Settings, now: datetime) -> letters.Desk:
    record_ = rounds.round_by_id(connection, draft.call.id)
    return letters.Desk.of(connection, record_, settings, now)
