"""Sample data for every kind of letter: for previews, and for checking templates before a letter needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PORTAL = "https://laurea.example"
TIMEZONE = "Asia/Baku"
DEADLINE = "2025-06-16T14:00:00+00:00"

ROUNDS = {
    "en": "Quality Label for School Projects 2025",
    "az": "Məktəb layihələri üçün keyfiyyət nişanı 2025",
    "ka": "სასკოლო პროექტების ხარისხის ნიშანი 2025",
    "lv": "Skolu projektu kvalitātes zīme 2025",
}
NAMES = {"en": "Maria O’Brien", "az": "Günel Əliyeva", "ka": "ნინო ბერიძე", "lv": "Ilze Kalniņa"}
UNITS = {
    "en": "Rivers without borders",
    "az": "Sərhədsiz çaylar",
    "ka": "მდინარეები საზღვრების გარეშე",
    "lv": "Upes bez robežām",
}
OUTCOMES = {
    "granted": {"en": "Label awarded", "az": "Nişan verilir", "ka": "ნიშანი ენიჭება", "lv": "Sertifikāts piešķirts"},
    "not_granted": {
        "en": "Label not awarded",
        "az": "Nişan verilmir",
        "ka": "ნიშანი არ ენიჭება",
        "lv": "Sertifikāts nav piešķirts",
    },
    "reserve": {"en": "Reserve list", "az": "Ehtiyat siyahısı", "ka": "სარეზერვო სია", "lv": "Rezerves saraksts"},
}
CLAUSES = {
    "en": (
        ("The founders of the project come from two different countries.", "AZ, LV"),
        ("The project reaches at least 15 points in all.", "19.5"),
    ),
    "az": (
        ("Layihənin təsisçiləri iki müxtəlif ölkədəndir.", "AZ, LV"),
        ("Layihə ümumilikdə ən azı 15 bal toplayır.", "19,5"),
    ),
    "ka": (
        ("პროექტის დამფუძნებლები ორი სხვადასხვა ქვეყნიდან არიან.", "AZ, LV"),
        ("პროექტი ჯამში სულ მცირე 15 ქულას აგროვებს.", "19,5"),
    ),
    "lv": (
        ("Projekta dibinātāji ir no divām dažādām valstīm.", "AZ, LV"),
        ("Projekts kopā iegūst vismaz 15 punktus.", "19,5"),
    ),
}
NEEDS = {
    "en": ["the number of partners in the project", "the signed declaration of the school’s head"],
    "az": ["layihədəki tərəfdaşların sayı", "məktəb direktorunun imzaladığı bəyannamə"],
    "ka": ["პროექტში პარტნიორების რაოდენობა", "სკოლის დირექტორის ხელმოწერილი დეკლარაცია"],
    "lv": ["partneru skaits projektā", "skolas direktora parakstīta deklarācija"],
}
PLACES = {"en": "the jury desk", "az": "münsiflər guşəsi", "ka": "ჟიურის ოთახი", "lv": "žūrijas telpa"}


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
    held = {"title": round_title, "holder": unit, "valid_until": "2027-06-30"}
    decision = case | {"points": "19.5 / 25", "reasons": reasons}
    return [
        ("sign_in", {"link": f"{PORTAL}/enter#4f1d", "minutes": 10, "place": PLACES[language]}),
        ("sign_in", {"link": f"{PORTAL}/enter#4f1d", "minutes": 1, "place": ""}),
        *(("assignment", review | {"count": count}) for count in (1, 2, 10, 21)),
        *(("review_reminder", review | {"open": count}) for count in (1, 2, 10, 21)),
        *(
            ("reviews_withdrawn", {"round": round_title, "applications": names, "link": f"{PORTAL}/jury"})
            for names in ([unit], [unit, "A-0042"])
        ),
        *(
            ("invited", {"round": round_title, "unit": named, "host": "Nino", "link": f"{PORTAL}/drafts/4f1d"})
            for named in (unit, "")
        ),
        ("appeal_received", case | {"filed": DEADLINE}),
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
                ("not_granted", {}),
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
        ("renewal", held | {"opens": "2027-01-15", "link": f"{PORTAL}/rounds"}),
        ("lapsed", held),
    ]
