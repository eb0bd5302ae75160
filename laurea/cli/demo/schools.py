"""Schools that apply for a status: the evidence of each in the register, a few of them short of one condition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from laurea.cli.demo import papers, people, scenes
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import EUROPEAN_SCHOOL_YEAR, Scene
from laurea.cli.demo.scores import SPREAD

COLUMNS = (
    "application_id", "applicant_id", "unit_id", "country", "submitted_at", "applicant_name", "applicant_email",
    "unit_name", "region", "institution", "language", "esafety_policy", "declaration_signed", "sent_again",
)  # fmt: skip
Draw = np.random.Generator


def schools(scene: Scene, folder: Path) -> World:
    """applications.csv (with a BOM, as Excel saves it) and register.jsonl of a round of schools."""
    draw = np.random.default_rng([scene.seed, 1])
    mess = scene.mess
    kinds = [kind for kind, number in mess.ineligible.items() for _ in range(number)]
    kinds += ["late"] * mess.late + ["unknown"] * mess.unknown_to_register
    eligible = scene.applications - len(kinds) - mess.second_of_unit
    kinds += ["eligible"] * eligible
    order = draw.permutation(len(kinds))
    kinds = [kinds[index] for index in order]
    heads = iter(_heads(scene.teachers, eligible, draw))
    codes = list(scenes.SCHOOL_COUNTRIES)
    weights = np.array(list(scenes.SCHOOL_COUNTRIES.values()), dtype=float)
    countries = [codes[index] for index in draw.choice(len(codes), len(kinds), p=weights / weights.sum())]
    moments = _moments(scene, kinds, draw)
    quality = np.clip(draw.normal(scene.quality, SPREAD, len(kinds)), 0, 1)

    rows: list[dict[str, Any]] = []
    units: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    truth: dict[str, float] = {}
    for index, (kind, country) in enumerate(zip(kinds, countries, strict=True)):
        number = index + 1
        language = scenes.LANGUAGE_OF.get(country, "en")
        pool = people.pool(language, country)
        town = people.place(pool, draw)
        name = people.school(pool, town, number % 400 + 1, draw)
        row = {
            "application_id": f"S-{number:05d}",
            "applicant_id": f"T-{number:05d}-1",
            "unit_id": f"SCH-{number:05d}",
            "country": country,
            "submitted_at": moments[index],
            "applicant_name": people.person(pool, draw),
            "applicant_email": people.address("school", number, country),
            "unit_name": name,
            "region": town,
            "institution": name,
            "language": language,
            "esafety_policy": kind != "no_esafety",
            "declaration_signed": kind != "unsigned",
            "sent_again": False,
        }
        rows.append(row)
        truth[row["application_id"]] = float(quality[index])
        entry = _entry(row["unit_id"], kind, next(heads) if kind == "eligible" else int(3 + draw.integers(6)), draw)
        (missing if kind == "unknown" else units).append(entry)
    _second(rows, truth, scene, draw)
    raw = _wrong(rows, mess.repeated_rows)
    applications = papers.write_table(folder / "applications.csv", COLUMNS, rows, bom=True, raw=raw)
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return World(
        folder=folder,
        applications=applications,
        register=papers.write_register(folder / "register.jsonl", units),
        late_register=papers.write_register(folder / "register-later.jsonl", [*units, *missing]),
        truth=truth,
        projects={row["unit_id"]: row for row in rows},
        refused={"applications.csv": len(raw)},
        counts={**counts, "applications": len(rows), "second_of_unit": mess.second_of_unit,
                "teachers": scene.teachers},
    )  # fmt: skip


def _heads(teachers: int, eligible: int, draw: Draw) -> list[int]:
    """How many teachers each eligible school has: three at least, a few schools with many, `teachers` in all."""
    spare = max(teachers - 3 * eligible, 0)
    shares = draw.gamma(1.2, size=eligible)
    return [3 + int(more) for more in draw.multinomial(spare, shares / shares.sum())]


def _entry(unit: str, kind: str, teachers: int, draw: Draw) -> dict[str, Any]:
    """What the register knows of a school. Every hundredth stands exactly on a cut-off, on the right side of it."""
    cut = EUROPEAN_SCHOOL_YEAR
    edge = draw.random() < 0.01
    registered = cut["registered_by"] - timedelta(days=0 if edge else int(draw.integers(1, 4000)))
    if kind == "registered_late":
        registered = cut["registered_by"] + timedelta(days=1 + int(draw.integers(400)))
    active = 2 if kind == "two_teachers" else int(draw.integers(3, teachers + 1))
    ages = draw.integers(0, 740, teachers)
    listed = [
        {
            "teacher_id": f"T-{unit[4:]}-{place + 1}",
            "last_active": (
                cut["active_since"] + timedelta(days=0 if edge and place == 0 else int(ages[place]))
                if place < active
                else cut["active_since"] - timedelta(days=1 + int(ages[place]))
            ).isoformat(),
        }
        for place in range(teachers)
    ]
    window = (cut["label_until"] - cut["label_from"]).days
    labels: list[dict[str, Any]] = []
    if kind != "no_label":
        day = cut["label_from"] if edge else cut["label_from"] + timedelta(days=int(draw.integers(window + 1)))
        labels.append({"granted_on": day.isoformat(), "european": True})
    elif draw.random() < 0.5:
        labels.append({"granted_on": (cut["label_from"] - timedelta(days=1)).isoformat(), "european": True})
    else:
        labels.append({"granted_on": date(2024, 6, 3).isoformat(), "european": False})
    if draw.random() < 0.3:
        labels.append({"granted_on": date(2021, 10, 5).isoformat(), "european": True})
    return {
        "unit_id": unit,
        "facts": {"registered_on": registered.isoformat()},
        "children": {"teachers": listed, "labels": labels},
    }


def _moments(scene: Scene, kinds: list[str], draw: Draw) -> list[str]:
    """When each was handed in: more towards the end; late ones in the days after it."""
    span = (scene.closes_at - scene.opens_at).total_seconds()
    parts = draw.beta(2.5, 1.1, len(kinds))
    return [
        (
            scene.closes_at + timedelta(seconds=60 + part * 86_400)
            if kind == "late"
            else scene.opens_at + timedelta(seconds=int(part * span))
        )
        .replace(microsecond=0)
        .isoformat()
        for kind, part in zip(kinds, parts, strict=True)
    ]


def _second(rows: list[dict[str, Any]], truth: dict[str, float], scene: Scene, draw: Draw) -> None:
    """A second application of the same school an hour later, still in time: only the first may count."""
    early = [row for row in rows if datetime.fromisoformat(row["submitted_at"]) < scene.closes_at - timedelta(days=1)]
    for again, index in enumerate(draw.choice(len(early), scene.mess.second_of_unit, replace=False), start=1):
        first = early[int(index)]
        ref = f"S-{90_000 + again}"
        later = datetime.fromisoformat(first["submitted_at"]) + timedelta(hours=1)
        rows.append(first | {"application_id": ref, "submitted_at": later.isoformat()})
        truth[ref] = truth[first["application_id"]]


def _wrong(rows: list[dict[str, Any]], repeated: int) -> dict[int, str]:
    """Rows a reader must refuse, by the row they stand before."""
    step = max(1, len(rows) // 12)
    wrong = [
        papers.line(COLUMNS, rows[1], application_id="S-80001", submitted_at="28.02.2025 17:10"),
        papers.line(COLUMNS, rows[2], application_id="S-80002", esafety_policy="probably"),
        papers.line(COLUMNS, rows[3], application_id=""),
        papers.line(COLUMNS, rows[4], application_id="S-80004", applicant_email="head\nteacher@tr.example.org"),
        papers.line(COLUMNS[:7], rows[5], application_id="S-80005"),
        papers.line(COLUMNS, rows[6], application_id="S-80006", country="Nowhere"),
        *(papers.line(COLUMNS, rows[place]) for place in range(min(repeated, step))),
    ]
    return {(place + 1) * step: text for place, text in enumerate(wrong)}
