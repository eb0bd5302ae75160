"""Open a round: the rule set is frozen into the records, every open question is answered first."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from laurea import intake, ledger
from laurea.errors import BadInput, Conflict, Refusal
from laurea.store import accounts, applications, rounds, wordings
from laurea.store.engine import writing
from notifications.catalogues import LANGUAGES
from notifications.filled import Filled
from rules.plan import compile_plan
from rules.ruleset import Policy, RuleSet, say


@dataclass(frozen=True)
class NewRound:
    """What an officer says when opening a round. Moments carry a zone.

    `seed` None: the house draws one where the rules may draw a lot, and takes 0 elsewhere.
    """

    code: str
    title: str
    authority: str
    country: str | None
    opens_at: datetime
    closes_at: datetime
    review_until: datetime
    award_on: date
    policies: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    languages: Sequence[str] = ("en",)
    routed_by_hand: bool = False  # the clock leaves routing to the officer
    second_person: bool = False  # its release needs two officers
    after: str = ""  # code of the round it was made from


MOST_SEEDS = 2**31  # what a column of whole numbers holds
WORDS = {"int": "a whole number", "decimal": "a number", "date": "a date", "day": "a day such as 09-01"}


def _choices(policy: Policy) -> str:
    """The answers a policy takes, in a few words."""
    if policy.options:
        return " or ".join(policy.options)
    bounds = [f"{word} {bound}" for word, bound in (("from", policy.minimum), ("to", policy.maximum)) if bound]
    return " ".join([WORDS.get(policy.type, "a value"), *bounds])


def _check(new: NewRound, ruleset: RuleSet, zone: str) -> None:
    wrong: list[Refusal] = []
    unknown = [language for language in new.languages if language not in LANGUAGES]
    if unknown or not new.languages:
        problem = f"Laurea has no language {unknown[0]!r}." if unknown else "No language is named."
        wrong.append(Refusal("round", None, "languages", problem, f"It has {', '.join(LANGUAGES)}."))
    if ruleset.country and new.country != ruleset.country:
        problem = f"The rule set is that of {ruleset.country}, the round would be of {new.country}."
        wrong.append(Refusal("round", None, "country", problem, f"Leave the country out, or give {ruleset.country}."))
    last = new.closes_at.astimezone(ZoneInfo(zone)).date()
    if new.opens_at < new.closes_at and new.award_on < last:
        problem = f"The round would award on {new.award_on:%d %B %Y}, before it closes on {last:%d %B %Y}."
        wrong.append(Refusal("round", None, "award_on", problem, "Award on a later day, or close on an earlier one."))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,58}", new.code):
        wrong.append(
            Refusal("round", None, "code", f"{new.code!r} cannot stand in an address.", "Use a-z, 0-9 and hyphens.")
        )
    if not new.opens_at < new.closes_at <= new.review_until:
        wrong.append(
            Refusal(
                "round",
                None,
                "timetable",
                "The round must open before it closes, and reviews end after that.",
                "Put opens, closes and review until in this order.",
            )
        )
    plan = compile_plan(ruleset, new.policies, new.parameters)
    for name in plan.unanswered:
        policy = ruleset.policies[name]
        wrong.append(
            Refusal(
                "round",
                None,
                f"policy {name}",
                f"The source leaves this open: {say(policy.asks, 'en')}",
                f"Answer it with --policy {name}=… ({_choices(policy)}).",
            )
        )
    if wrong:
        raise BadInput("The round was not opened.", wrong)


def open_round(
    engine: Engine,
    new: NewRound,
    authority: intake.NewAuthority,
    ruleset: RuleSet,
    *,
    actor: ledger.Actor,
    now: datetime,
) -> int:
    """Open a round under a rule set and give its id. After a round of the same office its own texts of letters stand.

    Raises BadInput when a question the source leaves open is not answered or the timetable does not hold,
    Conflict when the code is taken.
    """
    _check(new, ruleset, authority.timezone)
    seed = new.seed
    if seed is None:
        seed = secrets.randbelow(MOST_SEEDS) if ruleset.bands() else 0
    with writing(engine) as connection:
        owner = intake.ensure_authority(connection, authority)
        known = {one.code: one for one in rounds.all_rounds(connection)}
        if new.code in known:
            raise Conflict(Filled("There is already a round {code}.", code=new.code), "Choose another code.")
        rounds.keep_rule_set(
            connection,
            digest=ruleset.digest,
            award=ruleset.award,
            edition=ruleset.edition,
            text=ruleset.text,
            now=now,
        )
        round_id = rounds.add_round(
            connection,
            authority_id=owner.id,
            code=new.code,
            title=new.title,
            rule_set=ruleset.digest,
            country=new.country,
            opens_at=new.opens_at,
            closes_at=new.closes_at,
            review_until=new.review_until,
            award_on=new.award_on,
            policies=dict(new.policies),
            parameters=dict(new.parameters),
            seed=seed,
            languages=list(new.languages),
            routed_by_hand=new.routed_by_hand,
            second_person=new.second_person,
            opened_by=actor.person_id,
            created_at=now,
        )
        before = known.get(new.after)
        texts = 0
        if before is not None and before.authority_id == owner.id:
            texts = wordings.carry_over(connection, before.id, round_id, now)
        ledger.record(
            connection,
            authority_id=owner.id,
            round_id=round_id,
            actor=actor,
            event=ledger.Event.ROUND_OPENED,
            subject=f"round:{round_id}",
            now=now,
            details={"rule_set": ruleset.digest, "policies": dict(new.policies), "seed": seed}
            | ({"after": new.after, "texts": texts} if new.after else {}),
        )
    return round_id


def ensure_officer(
    engine: Engine, authority: intake.NewAuthority, *, name: str, email: str, language: str, now: datetime
) -> int:
    """The id of an officer of an authority; both are made when new."""
    with writing(engine) as connection:
        owner = intake.ensure_authority(connection, authority)
        let_in = not applications.is_officer(connection, owner.id, email)
        people = applications.ensure_people(connection, owner.id, "officer", [(name, email, language)], now)
        if let_in:
            accounts.begin_account(connection, people[email])  # where it had ended
            ledger.record(
                connection, authority_id=owner.id, actor=ledger.SYSTEM, event=ledger.Event.OFFICER_LET_IN,
                subject=f"person:{people[email]}", now=now,
            )  # fmt: skip
    return people[email]
