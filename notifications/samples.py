"""Sample data for every kind of letter: for previews, and for checking templates before a letter needs them.

Names, titles and sentences of a language stand with its catalogues, in `locales/<language>/samples.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from notifications.catalogues import LANGUAGES, LOCALES

PORTAL = "https://laurea.example"
TIMEZONE = "Asia/Baku"
DEADLINE = "2025-06-16T14:00:00+00:00"

_WORDS = {
    language: yaml.safe_load((LOCALES / language / "samples.yaml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
ROUNDS, NAMES, UNITS, PLACES = (
    {language: said[key] for language, said in _WORDS.items()} for key in ("round", "name", "unit", "place")
)
OUTCOMES = {
    letter: {language: said[letter] for language, said in _WORDS.items()}
    for letter in ("granted", "not_granted", "reserve")
}
CLAUSES = {
    language: ((said["clause1"], "AZ, LV"), (said["clause2"], said["points"])) for language, said in _WORDS.items()
}
NEEDS = {language: [said["need1"], said["need2"]] for language, said in _WORDS.items()}
COMMENTS = {language: [said["comment1"], said["comment2"]] for language, said in _WORDS.items()}


def samples(language: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Pairs of kind and data in `language`, every branch of every template at least once."""
    round_title, unit = ROUNDS[language], UNITS[language]
    open_case = {"round": round_title, "application": "A-0042", "unit": unit}
    case = open_case | {"link": f"{PORTAL}/my/A-0042"}
    reasons = [
        {"says": says, "met": True, "measured": measured, "cite": "rules, B.2"} for says, measured in CLAUSES[language]
    ]
    reasons.append({"says": CLAUSES[language][0][0], "met": False, "measured": None, "cite": None})
    certificate = {
        "number": "LR-7F3K-92QD",
        "link": f"{PORTAL}/check/LR-7F3K-92QD",
        "valid_from": "2025-06-30",
        "valid_until": "2027-06-30",
    }
    review = {"round": round_title, "deadline": DEADLINE, "link": f"{PORTAL}/jury"}
    decision = case | {"points": "19.5 / 25", "reasons": reasons}
    return [
        ("sign_in", {"link": f"{PORTAL}/enter#4f1d", "minutes": 10, "place": PLACES[language], "code": "048 213"}),
        ("sign_in", {"link": f"{PORTAL}/enter#4f1d", "minutes": 1, "place": "", "code": ""}),
        *(("assignment", review | {"count": count}) for count in (1, 2, 10, 21)),
        *(("review_reminder", review | {"open": count}) for count in (1, 2, 10, 21)),
        *_jury(review, NAMES[language]),
        *(
            ("reviews_withdrawn", {"round": round_title, "applications": names, "link": f"{PORTAL}/jury"})
            for names in ([unit], [unit, "A-0042"])
        ),
        *(
            ("invited", {"round": round_title, "unit": named, "host": "Nino", "link": f"{PORTAL}/drafts/4f1d"})
            for named in (unit, "")
        ),
        ("appeal_received", case | {"filed": DEADLINE}),
        ("appeal_answered", case | {"answer": COMMENTS[language], "stands": True}),
        ("appeal_answered", case | {"answer": COMMENTS[language][:1], "stands": False, "unit": ""}),
        ("received", case | {"handed_in": DEADLINE}),
        ("evidence_needed", open_case | {"needs": NEEDS[language], "contact": "awards@example.org"}),
        ("evidence_needed", open_case | {"needs": NEEDS[language][:1], "unit": ""}),
        *(
            (
                "fact_asked",
                open_case
                | {"host": NAMES[language], "fact": NEEDS[language][1], "words": words, "until": DEADLINE}
                | {"link": f"{PORTAL}/confirm/4f1d"},
            )
            for words in (CLAUSES[language][0][0], "")
        ),
        *(
            ("decision", decision | {"letter": letter, "outcome_title": OUTCOMES[letter][language]} | paper)
            for letter, paper in (
                ("granted", {"certificate": certificate}),
                ("granted", {"certificate": certificate | {"valid_until": None}}),
                ("not_granted", {"comments": COMMENTS[language]}),
                ("reserve", {}),
            )
        ),
        (
            "decision",
            case
            | {"letter": "not_granted", "outcome_title": OUTCOMES["not_granted"][language], "certificate": None}
            | {"points": None, "reasons": [], "unit": ""},
        ),
        *(
            ("nominations", {"round": round_title, "link": f"{PORTAL}/results"} | {"granted": granted, "considered": n})
            for granted, n in (([unit, "Solar Clock"], 2), ([unit], 21), ([], 10), ([], 1))
        ),
        *_held(language, {"title": round_title, "holder": unit, "valid_until": "2027-06-30"}),
    ]


def _jury(review: dict[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Further letters about the work of a jury."""
    silent: list[Any] = [{"name": name, "open": n} for n in (1, 3, 21)]
    one: dict[str, Any] = {"round": review["round"], "link": review["link"]}
    return [
        *(
            ("assignments", {"count": n + 1, "link": review["link"], "rounds": [review | {"count": k} for k in (n, 1)]})
            for n in (1, 4, 20)
        ),
        *(("review_reminder_again", review | {"open": n, "unsubscribe": f"{PORTAL}/unsubscribe/4f1d"}) for n in (1, 7)),
        *(("reviews_silent", one | {"count": 4, "jurors": jurors}) for jurors in (silent[:1], silent)),
    ]


def _held(language: str, held: dict[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Letters to the holder of an award with a term."""
    page: dict[str, Any] = {"link": f"{PORTAL}/my/A-0042"}
    call: dict[str, Any] = {"round": ROUNDS[language]}
    looks = (
        call | {"finding": "pass", "round_until": DEADLINE},
        call | {"finding": "missing", "missing": NEEDS[language], "round_from": DEADLINE},
        page,
    )
    why: dict[str, Any] = {"reason": NEEDS[language][1]}
    case: dict[str, Any] = {"title": held["title"], "holder": held["holder"]}
    moved = {"was_until": "2026-06-30", "grace_until": "2027-12-31", "opens": "2027-01-15"}
    return [
        *(("renewal", held | page | look | {"opens": "2027-01-15"}) for look in looks),
        *(("renewal_reminder", held | page | looks[0] | {"days": days}) for days in (1, 2, 10, 21)),
        ("grace", held | page | looks[1] | {"grace_until": "2027-12-31"}),
        ("milestone", case | page | {"says": CLAUSES[language][1][0], "on": "2026-12-30"}),
        ("extended", held | page | why | moved),
        ("extended", held | page | why),
        ("withdrawn", case | why | {"withdrawn_on": "2026-12-30", "contact": "awards@example.org"}),
        ("withdrawn", case | why | {"withdrawn_on": "2026-12-30"}),
        ("lapsed", held),
        *_ceremonies(language),
    ]


def _ceremonies(language: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Letters about a ceremony."""
    told = {"round": ROUNDS[language], "ceremony": UNITS[language], "place": "Nizami 1", "begins": DEADLINE}
    told |= {"until": DEADLINE, "link": f"{PORTAL}/invitation/4f1d", "calendar": f"{PORTAL}/invitation/4f1d/entry.ics"}
    programme = {"programme": [NAMES[language], UNITS[language]]}
    return [("ceremony", {**told, **programme, "state": state}) for state in ("invited", "changed", "cancelled")] + [
        ("ceremony", {**told, "state": "invited"})
    ]
