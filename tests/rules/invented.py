"""Invented rule sets and applications: small figures, so that thresholds are met exactly again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import yaml

from rules.syntax import parse
from tests.rules.reference import Paper, conjunction, evaluate, number

PLAIN = {"a": "int", "b": "int", "p": "decimal", "f": "bool", "g": "bool", "k": "code", "d": "date", "e": "date"}
FIELDS = {"n": "int", "m": "decimal", "s": "code", "w": "date", "ok": "bool"}
SCALES = {"p": 1, "m": 2}
CALENDARS = ["'none'", "'LV'"]
ZONES = ["Europe/Riga", "Etc/GMT-1", "America/Lima"]
ENDS = {
    "opens": ["2024-02-28", "2024-02-29T00:00", "2024-02-29T12:00:00"],
    "closes": ["2024-02-29", "2024-02-29T12:00", "2024-02-29T11:59:59"],
}
WORDS = {"pass": "2", "part": "0.5", "none": "0"}
LEFT_OUT = ["excluded", "zero", "full"]
MOMENTS = [
    *("2024-02-28T21:59:59Z", "2024-02-28T22:00:00Z", "2024-02-28T23:00:00Z", "2024-02-29T04:59:59Z"),
    *("2024-02-29T10:00:00Z", "2024-02-29T10:00:59Z", "2024-02-29T11:01:00Z", "2024-02-29T17:00:30Z"),
]
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
    derived: dict[str, str]
    window: dict[str, str]
    first: dict[str, str]
    ladder: list[str]
    left_out: str

    def touches(self, text: str, policy: str) -> bool:
        """Whether a condition, or what it names (a derived value, points from a ladder), asks for a policy."""
        parts = [text]
        if any(word in text for word in ("points.c4", "total", "possible", "criteria")):
            parts += self.ladder
        parts += [one for name, one in self.derived.items() if any(name in part for part in parts)]
        return any(f"policy.{policy}" in part for part in parts)


class Author:
    """Writes conditions of every kind the language knows."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.inside = False
        self.points = False
        self.derived = False

    def number(self, depth: int) -> str:
        pick = self.chance.choice
        simple = [str(self.chance.randrange(5)), "0.5", "2.5", "a", "b", "p", "two", "policy.q"]
        simple += ["x.n", "x.m"] if self.inside else [] if self.derived else ["xs.size()", "q1"]
        if self.points and not self.inside:
            simple += ["points.c1", "points.c2", "points.c3", "points.c4", "total", "possible"]
        if depth <= 0:
            return pick(simple)
        lower = depth - 1
        kinds = [
            lambda: pick(simple),
            lambda: f"({self.number(lower)} {pick('+-*')} {self.number(0)})",
            lambda: f"(-{self.number(lower)})",
            lambda: f"({self.truth(lower)} ? {self.number(lower)} : {self.number(lower)})",
            lambda: f"days_between({self.day(lower)}, {self.day(lower)})",
            lambda: f"year({self.day(lower)})",
            lambda: f"school_year({self.day(lower)}, '02-28')",
            lambda: f"abs({self.number(lower)})",
            lambda: f"{pick(['max', 'min'])}({self.number(lower)}, {self.number(0)})",
            lambda: f"working_days_between({self.day(lower)}, {self.day(0)}, {pick(CALENDARS)})",
        ]
        if not self.inside and not self.derived:
            kinds += [self.size, self.size, self.figure, self.figure]
            kinds += [self.of_criteria] if self.points else []
        return pick(kinds)()

    def figure(self) -> str:
        """One figure of a list: of its numbers, some of them, or what they become."""
        self.inside = True
        body, value = self.truth(1), self.chance.choice(["x.n", "x.m", "x.n * 2 - a", "(x.ok ? x.n : x.m)"])
        self.inside = False
        word = self.chance.choice(["sum", "max", "min", "mean", "median", "spread"])
        chosen = self.chance.choice(["xs", f"xs.filter(x, {body})"])
        return f"{chosen}.map(x, {value}).{word}()"

    def of_criteria(self) -> str:
        body = self.criterion()
        word = self.chance.choice(["sum", "max", "min", "spread"])
        value = self.chance.choice(["c.points", "c.points * c.weight", "c.maximum"])
        chosen = self.chance.choice(["criteria", f"criteria.filter(c, {body})"])
        return self.chance.choice([f"criteria.filter(c, {body}).size()", f"{chosen}.map(c, {value}).{word}()"])

    def criterion(self) -> str:
        compare, self.derived = self.chance.choice(["<", ">=", "=="]), True  # no list inside a list
        other = self.number(0)
        self.derived = False
        return self.chance.choice(
            [f"2 * c.points {compare} c.maximum", f"c.points {compare} {other}", "c.id == 'c3'", "c.applies"]
        )

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
        simple += ["x.w"] * 2 if self.inside else [] if self.derived else ["q2"]
        if depth <= 0 or self.chance.random() < 0.4:
            return self.chance.choice(simple)
        pick, lower = self.chance.choice, depth - 1
        count = pick(["0", "1", "2", "3", "a", "b"])
        span = pick(["years", "months", "weeks", "days"])
        kinds = [
            lambda: f"{span}_{pick(['before', 'after'])}({self.day(lower)}, {count})",
            lambda: f"working_days_{pick(['before', 'after'])}({self.day(lower)}, {count}, {pick(CALENDARS)})",
            lambda: f"next_working_day({self.day(lower)}, {pick(CALENDARS)})",
            lambda: f"{pick(['max', 'min'])}({self.day(lower)}, {self.day(0)})",
            lambda: f"{pick(['end_of_year', 'end_of_month'])}({self.day(lower)})",
            lambda: f"day_in(2022 + {pick(['a', 'b', '2'])}, '{pick(['02-28', '12-31'])}')",
            lambda: f"({self.truth(0)} ? {self.day(lower)} : {self.day(0)})",
            lambda: f"day_of(submitted_at, '{pick(ZONES)}')",
        ]
        if not self.inside and not self.derived:
            kinds.append(lambda: f"xs.map(x, x.w).{pick(['max', 'min'])}()")
        return pick(kinds)()

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
            lambda: f"multiple_of({self.number(lower)}, {pick(['0.5', '2', '3'])})",
        ]
        if self.points and not self.inside:
            kinds += [lambda: "applies.c3", lambda: f"mark.c3 {pick(['==', '!='])} '{pick([*WORDS])}'"]
        if depth > 0:
            kinds += [
                lambda: f"({self.truth(lower)} && {self.truth(lower)})",
                lambda: f"({self.truth(lower)} || {self.truth(lower)})",
                lambda: f"!({self.truth(lower)})",
                lambda: f"({self.truth(lower)} ? {self.truth(lower)} : {self.truth(lower)})",
            ]
            if not self.inside and not self.derived:
                kinds += [self.quantified] * 2
                if self.points:
                    kinds.append(lambda: f"criteria.{pick(['all', 'exists'])}(c, {self.criterion()})")
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
    author.derived = True
    derived = {"q1": author.number(2), "q2": author.day(2)}
    author.derived = False
    clauses = {f"e{n}": ("eligibility", author.truth(2)) for n in range(1, size + 1)}
    ladder = [author.truth(1) for _ in range(chance.randrange(1, 4))]
    author.points = True
    clauses |= {f"g{n}": ("rubric", author.truth(2)) for n in (1, 2)}
    names = [f"clause.{name}" for name in (*clauses, "w1", "t1")]
    names += ["eligibility", "gates", "admission", "next_round", "advised"]
    moments = {key: chance.choice(texts) for key, texts in ENDS.items() if chance.random() < 0.8}
    window = {**(moments or {"closes": "2024-02-29"}), "zone": chance.choice(ZONES), "late": "next_round"}
    first = {"count": str(chance.randrange(1, 4)), "per": chance.choice(["applicant", "k"])}
    first |= {"earlier": "b"} if chance.random() < 0.3 else {}
    first |= {"counts": "last"} if chance.random() < 0.3 else {}
    first |= {"period": chance.choice(["a", "year(d)", "school_year(e, '02-28')"])} if chance.random() < 0.4 else {}
    left_out = chance.choice(LEFT_OUT)

    def either(depth: int) -> str:
        if not depth:
            return chance.choice(names)
        word = chance.choice(["!{}", "({} && {})", "({} || {})", "({} ? {} : {})"])
        return word.format(*(either(depth - 1) for _ in range(word.count("{}"))))

    outcomes: list[tuple[str, str | None]] = [(f"o{n}", either(chance.randrange(3))) for n in range(1, 4)]
    outcomes.append(("rest", None))
    criteria = [
        ("c1", "1"),
        ("c2", chance.choice(["1", "2", "0.5", "1.5"])),
        ("c3", chance.choice(["1", "2"])),
        ("c4", "1"),
    ]
    kinds: dict[str, dict[str, Any]] = {
        "c3": {"words": WORDS, "not_applicable": left_out},
        "c4": {"ladder": ladder},
    }
    policies = {name: value for name, value in (("q", "2"), ("how", "v")) if chance.random() < 0.7}
    made = {"says": _TEXT, "cite": "own"}
    data: dict[str, Any] = {
        "award": "invented",
        "edition": "one",
        "title": "Invented",
        "sources": {"own": {"title": "Invented", "mark": "OWN"}},
        "facts": {
            name: {"type": kind, "meaning": _TEXT, "supplied_by": "applicant"}
            | ({"scale": SCALES[name]} if kind == "decimal" else {})
            for name, kind in PLAIN.items()
        }
        | {
            "xs": {
                "type": "list",
                "meaning": _TEXT,
                "supplied_by": "applicant",
                "fields": {
                    name: {"type": kind, "meaning": _TEXT} | ({"scale": SCALES[name]} if kind == "decimal" else {})
                    for name, kind in FIELDS.items()
                },
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
        "derived": {name: {"value": text} for name, text in derived.items()},
        "admission": [{"id": "w1", "window": window, **made}, {"id": "t1", "first": first, "advice": True, **made}],
        "eligibility": [{"id": n, "require": t, **made} for n, (block, t) in clauses.items() if block == "eligibility"],
        "rubric": {
            "cite": "own",
            "criteria": [
                {"id": n, "title": n, "weight": w, **kinds.get(n, {"maximum": 4, "step": "0.5"})} for n, w in criteria
            ],
            "gates": [{"id": n, "require": t, **made} for n, (block, t) in clauses.items() if block == "rubric"],
        },
        "outcomes": [
            {"id": name, "title": name, **({"otherwise": True} if text is None else {"when": text})}
            for name, text in outcomes
        ],
    }
    text = yaml.safe_dump(data, sort_keys=False, width=4_000, default_style=None)
    return Invented(text, clauses, outcomes, criteria, policies, derived, window, first, ladder, left_out)


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
    scale = ["0", "1", "1.5", "2", "4"]
    points = {name: chance.choice(scale) if chance.random() < known else None for name in ("c1", "c2")}
    points["c3"] = chance.choice([*WORDS, "n/a"]) if chance.random() < known else None
    return {
        "facts": {name: _any(chance, kind, known) for name, kind in PLAIN.items()},
        "xs": items,
        "submitted_at": chance.choice(MOMENTS) if chance.random() < known else None,
        "applicant_id": chance.choice("rs"),
        "points": points,
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
        "submitted_at": one["submitted_at"] or whole["submitted_at"],
        "applicant_id": one["applicant_id"],
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
    at = one["submitted_at"]
    names["submitted_at"] = None if at is None else datetime.fromisoformat(at)
    items = one["xs"]
    if items is not None:
        items = [{name: _read(FIELDS[name], value) for name, value in item.items()} for item in items]
    found = Paper(names, {"xs": items}, {name: parse(text) for name, text in made.derived.items()})
    reached = [conjunction(*(evaluate(text, found) for text in made.ladder[: n + 1])) for n in range(len(made.ladder))]
    _with_points(made, one["points"], reached, found)
    return found


def _with_points(made: Invented, given: dict[str, str | None], reached: list[bool | None], known: Paper) -> None:
    """Adds points, total and criteria. What is marked n/a is left out, or counts as nothing or as the most."""
    mark, most = given["c3"], {"c1": 4, "c2": 4, "c3": 2, "c4": len(made.ladder)}
    points = {name: number(given[name]) for name in ("c1", "c2")}
    points["c4"] = Fraction(sum(one is True for one in reached)), Fraction(sum(one is not False for one in reached))
    counts = {"excluded": None, "zero": number(0), "full": number(2)}
    points["c3"] = counts[made.left_out] if mark == "n/a" else number(WORDS.get(mark or ""))
    applies = {"c1": True, "c2": True, "c3": None if mark is None else mark != "n/a", "c4": True}
    total, possible = number(0), number(0)
    for name, weight in made.criteria:
        worth, reach = points[name], number(most[name])
        if name == "c3" and made.left_out == "excluded":
            worth = number(0) if mark == "n/a" else worth
            reach = number(0) if mark == "n/a" else (Fraction(0), Fraction(2)) if mark is None else reach
        total = _plus(total, worth, Fraction(weight))
        possible = _plus(possible, reach, Fraction(weight))
    known.names |= {f"points.{name}": one for name, one in points.items()} | {"total": total, "possible": possible}
    known.names |= {"applies.c3": applies["c3"], "mark.c3": _word(points["c3"])}
    known.lists["criteria"] = [
        {
            "id": name,
            "points": points[name],
            "weight": number(weight),
            "maximum": number(most[name]),
            "applies": applies[name],
        }
        for name, weight in made.criteria
    ]


def _plus(total: Any, more: Any, weight: Fraction) -> Any:
    return None if total is None or more is None else (total[0] + more[0] * weight, total[1] + more[1] * weight)


def _word(points: Any) -> str | None:
    """The word that stands for these points; n/a that counts as points is the word for them."""
    return None if points is None else next(word for word, text in WORDS.items() if Fraction(text) == points[0])
