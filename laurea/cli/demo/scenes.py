"""The rounds of the rehearsal, as data: rule set, authority, timetable, answered policies, sizes.

The one place in the code that names awards and countries. Sizes and rates are published figures; every answer to a
policy is this rehearsal's own, made up so that a round can run, and official nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Owner:
    """The authority a round belongs to, and its officer in the rehearsal."""

    code: str
    name: str
    country: str | None
    language: str
    timezone: str
    officer: str
    officer_email: str
    kind: str = "national"


@dataclass(frozen=True)
class Mess:
    """What is wrong with a round's files and papers, in numbers of applications (or rows)."""

    late: int = 0
    unknown_to_register: int = 0
    ineligible: Mapping[str, int] = field(default_factory=dict)
    second_of_unit: int = 0
    repeated_rows: int = 0
    foreign_school_jurors: int = 0


@dataclass(frozen=True)
class Scene:
    """One round of the rehearsal. `applications` are well-formed rows, whatever becomes of them.

    `released_at` is when the officer releases. `quality` is the mean true quality (0 to 1) of the applications,
    set so that about the published share of them succeeds.
    """

    name: str
    kind: Literal["competition", "schools", "labels", "projects", "panel"]
    rule_set: str
    code: str
    title: str
    owner: Owner
    country: str | None
    languages: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    review_until: datetime
    released_at: datetime
    award_on: date
    policies: Mapping[str, str]
    seed: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    applications: int = 0
    jurors: Mapping[str, int] = field(default_factory=dict)
    load: tuple[int, int] = (0, 0)
    quality: float = 0.6
    mess: Mess = field(default_factory=Mess)
    teachers: int = 0


def _at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


AZ = Owner(
    "az-nso", "Azerbaijan National Support Organisation (rehearsal)", "AZ", "az", "Asia/Baku", "Nərmin Talışlı",
    "officer@az.example.org",
)  # fmt: skip
CSS = Owner(
    "css", "Central Support Service (rehearsal)", None, "en", "Europe/Brussels", "Claire Dumont-Vermeer",
    "officer@css.example.org", kind="central",
)  # fmt: skip
GE = Owner(
    "ge-nso", "Georgia National Support Organisation (rehearsal)", "GE", "ka", "Asia/Tbilisi", "თინათინ ონიანი",
    "officer@ge.example.org",
)  # fmt: skip
LV = Owner(
    "lv-nso", "Latvia National Support Organisation (rehearsal)", "LV", "lv", "Europe/Riga", "Elza Vanaga",
    "officer@lv.example.org",
)  # fmt: skip
PANEL = Owner("panel", "A research funder (rehearsal)", None, "en", "UTC", "Ruth Calloway", "officer@panel.example.org")

NQL = Scene(
    name="nql",
    kind="labels",
    rule_set="etwinning-nql/nql-e",
    code="az-nql-2025",
    title="National Quality Label 2025, Azerbaijan",
    owner=AZ,
    country="AZ",
    languages=("az", "en"),
    opens_at=_at("Asia/Baku", "2025-04-01T00:00:00"),
    closes_at=_at("Asia/Baku", "2025-05-31T23:59:59"),
    review_until=_at("Asia/Baku", "2025-07-11T23:59:59"),
    released_at=_at("Asia/Baku", "2025-09-15T11:00:00"),
    award_on=date(2025, 9, 15),
    policies={
        "points_per_criterion": "5",
        "sub_points": "5",
        "minimum_sub_collaboration": "2.5",
        "minimum_sub_ict": "2",
        "minimum_sub_data_protection": "2",
        "pass_mark": "16",
        "reviews": "3",
        "consolidation": "mean",
        "school_year_start": "09-01",
    },
    seed=2025,
    applications=864,  # 858 in time, as published, and the late ones
    jurors={"az": 44, "az;en": 20},
    load=(10, 48),
    quality=0.61,
    mess=Mess(
        late=6,
        unknown_to_register=11,
        ineligible={"question": 18, "one_country": 12, "running": 15},
        repeated_rows=3,
        foreign_school_jurors=3,
    ),
)

SCHOOL = Scene(
    name="school",
    kind="schools",
    rule_set="etwinning-school/esl-2025-2026",
    code="school-2025-2026",
    title="eTwinning School 2025-2026",
    owner=CSS,
    country=None,
    languages=("en", "az", "ka", "lv"),
    opens_at=_at("Europe/Brussels", "2025-01-20T00:00:00"),
    closes_at=_at("Europe/Brussels", "2025-02-28T23:59:59"),
    review_until=_at("Europe/Brussels", "2025-04-11T23:59:59"),
    released_at=_at("Europe/Brussels", "2025-05-12T12:00:00"),
    award_on=date(2025, 5, 12),
    policies={
        "points_per_principle": "4",
        "minimum_per_principle": "1",
        "minimum_total": "11",
        "reviews": "2",
        "consolidation": "mean",
        "validity_end": "end_of_named_period",
        "renewal_opens_months": "12",
        "deadline": "2025-02-28",
        "while_label_runs": "admissible",
    },
    seed=2026,
    applications=5_377,
    jurors={"en": 230, "az;en": 9, "ka;en": 9, "lv;en": 8},
    load=(8, 48),
    quality=0.568,
    mess=Mess(
        unknown_to_register=14,
        ineligible={"registered_late": 45, "two_teachers": 55, "no_label": 40, "no_esafety": 15, "unsigned": 5},
        second_of_unit=5,
        repeated_rows=4,
        foreign_school_jurors=6,
    ),
    teachers=39_346,
)

CREATIVE = Scene(
    name="creative",
    kind="competition",
    rule_set="az-creative-project/az-mc-2022",
    code="az-creative-2022",
    title="Most creative project of the year 2022",
    owner=AZ,
    country="AZ",
    languages=("az", "en"),
    opens_at=_at("Asia/Baku", "2022-11-04T00:00:00"),
    closes_at=_at("Asia/Baku", "2022-11-30T23:59:59"),
    review_until=_at("Asia/Baku", "2022-12-09T23:59:59"),
    released_at=_at("Asia/Baku", "2022-12-14T10:00:00"),
    award_on=date(2022, 12, 14),
    policies={
        "own_country_counts": "yes",
        "points_maximum": "100",
        "reviews": "3",
        "consolidation": "mean",
        "winners": "3",
        "ties": "both_in",
    },
    seed=2022,
    applications=120,
    jurors={"az": 10, "az;en": 4},
    load=(10, 32),
    quality=0.62,
    mess=Mess(
        late=3,
        ineligible={"not_founder": 5, "off_theme": 4, "one_country": 5},
        repeated_rows=1,
        foreign_school_jurors=1,
    ),
)

EQL = Scene(
    name="eql",
    kind="projects",
    rule_set="etwinning-eql/eql-4",
    code="eql-2025",
    title="European Quality Label 2025",
    owner=CSS,
    country=None,
    languages=("en",),
    opens_at=_at("Europe/Brussels", "2025-09-16T00:00:00"),
    closes_at=_at("Europe/Brussels", "2025-10-03T23:59:59"),
    review_until=_at("Europe/Brussels", "2025-10-10T23:59:59"),
    released_at=_at("Europe/Brussels", "2025-10-14T12:00:00"),
    award_on=date(2025, 10, 14),
    policies={
        "nomination": "best_first",
        "averaging": "mean_of_labels",
        "base": "all_nql_projects",
        "ties": "both_out",
    },
    seed=20254,
)

REAL_SCORES = Scene(
    name="aibs",
    kind="panel",
    rule_set="examples/aibs/aibs-grants.yaml",
    code="aibs-grants",
    title="Grant panel on real scores",
    owner=PANEL,
    country=None,
    languages=("en",),
    opens_at=_at("UTC", "2025-03-01T00:00:00"),
    closes_at=_at("UTC", "2025-03-31T23:59:59"),
    review_until=_at("UTC", "2025-05-31T23:59:59"),
    released_at=_at("UTC", "2025-06-16T12:00:00"),
    award_on=date(2025, 6, 16),
    policies={"share_funded": "0.25", "ties": "both_in"},
    seed=72,
    applications=72,
    jurors={"en": 26},
    load=(0, 72),
)

SCENES: tuple[Scene, ...] = (CREATIVE, SCHOOL, NQL, EQL, REAL_SCORES)

NEIGHBOURS: Mapping[str, Owner] = {"GE": GE, "LV": LV}
"""Authorities whose labels arrive as hand-over files, by country."""

SHARED_LABELS = {"GE": 0.45, "LV": 0.35}
OWN_LABELS = {"GE": 0.8, "LV": 0.5}
"""How likely a neighbour labelled a project of the labelled round, and one of the neighbours' own."""

PARTNERS = {"TR": 30, "GE": 22, "IT": 9, "RO": 8, "PL": 7, "LV": 7, "ES": 5, "UA": 5, "GR": 4, "PT": 3}
"""Where the partners of a project come from, with weights."""

SCHOOL_COUNTRIES = {
    "TR": 1900, "IT": 620, "PL": 390, "ES": 350, "RO": 330, "GR": 300, "PT": 250, "FR": 190, "HR": 170, "UA": 120,
    "LT": 80, "GE": 75, "SK": 70, "BG": 60, "DE": 55, "AZ": 52, "RS": 50, "CZ": 45, "LV": 42, "EE": 35, "CY": 30,
    "AL": 26, "MK": 24, "HU": 22, "SI": 20, "MT": 18, "FI": 16, "BE": 14, "AM": 12, "NL": 10, "IE": 10, "MD": 10,
    "AT": 9, "SE": 8, "BA": 7, "DK": 6, "NO": 5, "IS": 3, "ME": 2,
}  # fmt: skip
"""Weights of the countries in a European round; Turkey and Italy lead as they do in the published lists."""

LANGUAGE_OF = {"AZ": "az", "GE": "ka", "LV": "lv"}
"""The language an applicant of a country writes in; English where nothing is named."""

EUROPEAN_SCHOOL_YEAR = {
    "registered_by": date(2023, 1, 9),
    "active_since": date(2023, 1, 9),
    "label_from": date(2022, 11, 9),
    "label_until": date(2025, 1, 16),
}
"""The School edition's cut-offs, needed to draw schools on both sides of them."""

QUESTIONS = ("q_common_goals", "q_last_stages", "q_contribution", "q_collaboration", "q_data_protection")
