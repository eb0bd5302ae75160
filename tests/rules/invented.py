"""Invented rule sets and applications: small figures, so that thresholds are met exactly again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import yaml

from tests.rules.reference import Paper, number

PLAIN = {"a": "int", "b": "int", "p": "decimal", "f": "bool", "g": "bool", "k": "code", "d": "date", "e": "date"}
FIELDS = {"n": "int", "s": "code", "w": "date", "ok": "bool"}
START = date(2024, 2, 27)
_TEXT = "Invented."


@dataclass
class Invented:
    """A rule set as its author would write it; `clauses` by block, each with its condition."""

    text: str
    clauses: dict[str, tuple[str, str]]
    outcomes: list[tuple[str, str | None]]
    criteria: list[tuple[str, str]]
    policies: dict[str, str]


class Author:
    """Writes conditions of every kind the language knows."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.inside = False
        self.points = False

    def number(self, depth: int) -> str:
        pick = self.chance.choice
        simple = [str(self.chance.randrange(5)), "0.5", "2.5", "a", "b", "p", "two", "policy.q"]
        simple += ["x.n", "x.n"] if self.inside else ["xs.size()"]
        simple += ["points.c1", "points.c2", "total"] if self.points and not self.inside else []
        if depth <= 0:
            return pick(simple)
        lower = depth - 1
        kinds = [
            lambda: pick(simple),
            lambda: f"({self.number(lower)} {pick('+-*')} {self.number(0)})",
            lambda: f"(-{self.number(lower)})",
            lambda: f"({self.truth(lower)} ? {self.number(lower)} : {self.number(lower)})",
            lambda: f"days_between({self.day(lower)}, {self.day(lower)})",
            lambda: f"{pick(['year', 'month'])}({self.day(lower)})".replace("month(", "year("),
            lambda: f"school_year({self.day(lower)}, '02-28')",
        ]
        if not self.inside:
            kinds += [self.size, self.size]
        return pick(kinds)()

    def size(self) -> str:
        self.inside = True
        body, other = self.truth(1), self.chance.choice(["x.n", "x.s", "x.w"])
        self.inside = False
        return self.chance.choice(
            [
                f"xs.filter(x, {body}).size()",
                f"xs.map(x, {other}).distinct().size()",
                f"xs.filter(x, {body}).map(x, {other}).distinct().size()",
            ]
        )

    def day(self, depth: int) -> str:
        simple = ["d", "e", "since", f"date('{START + timedelta(days=self.chance.randrange(4))}')"]
        simple += ["x.w"] * 2 if self.inside else []
        if depth <= 0 or self.chance.random() < 0.5:
            return self.chance.choice(simple)
        step = self.chance.choice(["years_before", "years_after", "months_before", "months_after", "days_before"])
        return f"{step}({self.day(depth - 1)}, {self.chance.randrange(4)})"

    def text(self) -> str:
        return self.chance.choice(["k", "'u'", "'v'", "policy.how", *(["x.s"] * 2 if self.inside else [])])

    def truth(self, depth: int) -> str:
        pick = self.chance.choice
        compare = pick(["<", "<=", ">", ">=", "==", "!="])
        lower = depth - 1
        kinds = [
            lambda: f"{self.number(lower)} {compare} {self.number(lower)}",
            lambda: f"{self.number(lower)} {compare} {self.number(lower)}",
            lambda: f"{self.day(lower)} {compare} {self.day(lower)}",
            lambda: f"{pick(['k', 'x.s'] if self.inside else ['k'])} {pick(['==', '!='])} {self.text()}",
            lambda: ("x.s" if self.inside else "k") + " in " + pick(["kinds", "['u', 'w']"]),
            lambda: f"a in [{self.chance.randrange(3)}, {self.chance.randrange(5)}]",
            lambda: pick(["f", "g", "x.ok"] if self.inside else ["f", "g"]),
        ]
        if depth > 0:
            kinds += [
                lambda: f"({self.truth(lower)} && {self.truth(lower)})",
                lambda: f"({self.truth(lower)} || {self.truth(lower)})",
                lambda: f"!({self.truth(lower)})",
                lambda: f"({self.truth(lower)} ? {self.truth(lower)} : {self.truth(lower)})",
            ]
            if not self.inside:
                kinds += [self.quantified] * 2
        return pick(kinds)()

    def quantified(self) -> str:
        self.inside = True
        body, other = self.truth(1), self.truth(0)
        self.inside = False
        word = self.chance.choice(["exists", "all"])
        return self.chance.choice([f"xs.{word}(x, {body})", f"xs.filter(x, {other}).{word}(x, {body})"])


def rule_set(chance: Random, size: int) -> Invented:
    """A rule set with `size` clauses of eligibility, two criteria, a gate and a few outcomes."""
    author = Author(chance)
    clauses = {f"e{n}": ("eligibility", author.truth(2)) for n in range(1, size + 1)}
    author.points = True
    clauses |= {f"g{n}": ("rubric", author.truth(2)) for n in (1, 2)}
    names = [f"clause.{name}" for name in clauses] + ["eligibility", "gates"]

    def either(depth: int) -> str:
        if not depth:
            return chance.choice(names)
        word = chance.choice(["!{}", "({} && {})", "({} || {})", "({} ? {} : {})"])
        return word.format(*(either(depth - 1) for _ in range(word.count("{}"))))

    outcomes: list[tuple[str, str | None]] = [(f"o{n}", either(chance.randrange(3))) for n in range(1, 4)]
    outcomes.append(("rest", None))
    criteria = [("c1", "1"), ("c2", chance.choice(["1", "2", "0.5", "1.5"]))]
    policies = {name: value for name, value in (("q", "2"), ("how", "v")) if chance.random() < 0.7}
    made = {"says": _TEXT, "cite": "own"}
    data: dict[str, Any] = {
        "award": "invented",
        "edition": "one",
        "title": "Invented",
        "sources": {"own": {"title": "Invented", "mark": "OWN"}},
        "facts": {
            name: {"type": kind, "meaning": _TEXT, "supplied_by": "applicant"}
            | ({"scale": 1} if kind == "decimal" else {})
            for name, kind in PLAIN.items()
        }
        | {
            "xs": {
                "type": "list",
                "meaning": _TEXT,
                "supplied_by": "applicant",
                "fields": {name: {"type": kind, "meaning": _TEXT} for name, kind in FIELDS.items()},
            }
        },
        "parameters": {
            "two": {"type": "int", "value": 2, "cite": "own"},
            "since": {"type": "date", "value": str(START), "cite": "own"},
            "kinds": {"type": "list", "value": ["u", "v"], "cite": "own"},
        },
        "policies": {
            "q": {"type": "int", "asks": "How many?", "cite": "own"},
            "how": {"type": "choice", "asks": "How?", "cite": "own", "options": {"u": "So.", "v": "Or so."}},
        },
        "eligibility": [{"id": n, "require": t, **made} for n, (block, t) in clauses.items() if block == "eligibility"],
        "rubric": {
            "cite": "own",
            "criteria": [{"id": n, "title": n, "maximum": 4, "weight": w, "step": "0.5"} for n, w in criteria],
            "gates": [{"id": n, "require": t, **made} for n, (block, t) in clauses.items() if block == "rubric"],
        },
        "outcomes": [
            {"id": name, "title": name, **({"otherwise": True} if text is None else {"when": text})}
            for name, text in outcomes
        ],
    }
    text = yaml.safe_dump(data, sort_keys=False, width=4_000, default_style=None)
    return Invented(text, clauses, outcomes, criteria, policies)


def _any(chance: Random, kind: str, known: float) -> Any:
    if chance.random() > known:
        return None
    match kind:
        case "int":
            return chance.randrange(4)
        case "decimal":
            return chance.choice(["0.5", "1", "2", "2.5", "3.0"])
        case "bool":
            return chance.random() < 0.5
        case "code":
            return chance.choice("uvw")
    return str(START + timedelta(days=chance.choice([-366, -1, 0, 0, 1, 2, 3, 366])))


def application(chance: Random, known: float) -> dict[str, Any]:
    """One application: facts, items of the list (or None), points."""
    items = None
    if chance.random() < known:
        items = [{name: _any(chance, kind, known) for name, kind in FIELDS.items()} for _ in range(chance.randrange(4))]
    points = {name: chance.choice(["0", "1", "1.5", "2", "4"]) if chance.random() < known else None for name in "12"}
    return {
        "facts": {name: _any(chance, kind, known) for name, kind in PLAIN.items()},
        "xs": items,
        "points": {f"c{name}": mark for name, mark in points.items()},
    }


def completed(chance: Random, one: dict[str, Any]) -> dict[str, Any]:
    """The same application with everything known."""
    whole = application(chance, 1.0)
    items = one["xs"] if one["xs"] is not None else whole["xs"]
    return {
        "facts": {name: whole["facts"][name] if value is None else value for name, value in one["facts"].items()},
        "xs": [
            {name: _any(chance, FIELDS[name], 1.0) if value is None else value for name, value in item.items()}
            for item in items
        ],
        "points": {name: whole["points"][name] if mark is None else mark for name, mark in one["points"].items()},
    }


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind in ("int", "decimal"):
        return number(value)
    return date.fromisoformat(value) if kind == "date" else value


def paper(made: Invented, one: dict[str, Any], policies: dict[str, str]) -> Paper:
    """What the reference knows of an application."""
    names = {name: _read(PLAIN[name], value) for name, value in one["facts"].items()}
    names |= {"two": number(2), "since": START, "kinds": ["u", "v"]}
    names |= {"policy.q": number(policies.get("q")), "policy.how": policies.get("how")}
    marks = {name: number(mark) for name, mark in one["points"].items()}
    names |= {f"points.{name}": mark for name, mark in marks.items()}
    total: tuple[Fraction, Fraction] | None = number(0)
    for name, weight in made.criteria:
        mark = marks[name]
        total = None if total is None or mark is None else number(total[0] + mark[0] * Fraction(weight))
    names["total"] = total
    items = one["xs"]
    if items is not None:
        items = [{name: _read(FIELDS[name], value) for name, value in item.items()} for item in items]
    return Paper(names, {"xs": items})
