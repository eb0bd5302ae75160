"""What `laurea round open --from CODE` carries over from the round before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluators import carried as stale
from laurea import statute
from laurea.errors import BadInput
from laurea.store import rounds, wordings
from laurea.store.engine import Engine, reading
from notifications.wording import Wording
from rules import answers
from rules.library import named
from rules.ruleset import RuleSet


@dataclass(frozen=True)
class Carried:
    """What a new round has where the command does not say otherwise. `last_year` is that of the round before."""

    ruleset: RuleSet
    authority: str
    country: str | None
    policies: Mapping[str, str]
    parameters: dict[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    routed_by_hand: bool = False
    second_person: bool = False
    last_year: int = 0
    texts: Mapping[tuple[str, str], Wording] = field(default_factory=dict)

    def stale(self, title: str, code: str) -> list[str]:
        """What the new round holds that names a year of the round before, or an earlier one."""
        held = {"title": title, "code": code, **self.policies, **self.parameters}
        told = [f"{name}: {value}" for name, value in held.items() if stale.old_years(value, self.last_year)]
        told += [f"{one.place}: {one.text}" for one in stale.said(self.ruleset, self.last_year)]
        told += [
            f"the text of {kind} in {language}"
            for (kind, language), text in sorted(self.texts.items())
            if stale.old_years(f"{text.subject} {text.heading} {text.body}", self.last_year)
        ]
        return [f"It names {self.last_year} or an earlier year: {one}" for one in told] if self.last_year else []


def carried(
    engine: Engine, code: str | None, rules: str | None, authority: str | None, given: Mapping[str, str]
) -> Carried:
    """What the round `code` hands on; the rule set, the authority and the answers named come before it."""
    if code is None:
        if rules is None or authority is None:
            raise BadInput(
                "It is not said under which rules, or for whom.", remedy="Give --rules and --authority, or --from CODE."
            )
        ruleset = named(rules)
        return Carried(ruleset, authority, ruleset.country, given)
    with reading(engine) as connection:
        last = rounds.round_by_code(connection, code)
        office = rounds.authority_of(connection, last.authority_id)
        ruleset = named(rules) if rules is not None else statute.rule_set_of(connection, last)
        texts = wordings.standing(connection, last.id) if authority in (None, office.code) else {}
    kept = {
        name: value
        for name, value in last.policies.items()
        if name in ruleset.policies and answers.policy_problem(ruleset.policies[name], value) is None
    }
    changed = {name: value for name, value in last.parameters.items() if name in ruleset.parameters}
    return Carried(
        ruleset, authority or office.code, last.country, kept | dict(given), changed, tuple(last.languages),
        last.routed_by_hand, last.second_person, last.award_on.year, texts,
    )  # fmt: skip
