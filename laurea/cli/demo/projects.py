"""Projects and the teachers who apply for them: a label round, a competition, and the labels of neighbours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from laurea.cli.demo import papers, people, scenes
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import Scene
from laurea.cli.demo.scores import SPREAD

HOUSE = (
    "application_id", "applicant_id", "unit_id", "country", "submitted_at", "applicant_name", "applicant_email",
    "unit_name", "region", "institution", "language",
)  # fmt: skip
Draw = np.random.Generator


def labels(scene: Scene, folder: Path) -> World:
    """A round of teachers who apply for a label: applications.csv with a BOM, register.jsonl.

    One teacher applies five times in the round, another twice after three earlier applications; some projects have
    several teachers. The rest of the mess is what the scene asks for.
    """
    draw = np.random.default_rng([scene.seed, 1])
    kinds = _kinds(scene, draw, ok_first=7)
    teachers = _teachers(len(kinds), draw)
    moments = _moments(scene, kinds, draw)
    columns = (*HOUSE, *scenes.QUESTIONS)
    rows: list[dict[str, Any]] = []
    units: dict[str, dict[str, Any]] = {}
    homes: dict[int, dict[str, Any]] = {}
    quality: dict[str, float] = {}
    members: dict[str, set[int]] = {}
    truth: dict[str, float] = {}
    missing: set[str] = set()
    for index, kind in enumerate(kinds):
        home = homes.setdefault(teachers[index], _home(scene, teachers[index], draw))
        shared = [unit for unit in list(units)[-40:] if quality[unit] >= 0 and teachers[index] not in members[unit]]
        if index >= 7 and kind in ("ok", "question", "late") and shared and draw.random() < 0.15:
            unit = shared[int(draw.integers(len(shared)))]
        else:
            unit = f"PRJ-{100_000 + index}"
            units[unit] = _project(unit, kind, scene, draw) | {"earlier": 3 if index in (5, 6) else 0}
            quality[unit] = float(np.clip(draw.normal(scene.quality, SPREAD), 0, 1))
            members[unit] = set()
            if kind == "unknown":
                missing.add(unit)
        members[unit].add(teachers[index])
        no = scenes.QUESTIONS[int(draw.integers(len(scenes.QUESTIONS)))] if kind == "question" else ""
        row = home | {
            "application_id": f"N-{index + 1:04d}",
            "unit_id": unit,
            "submitted_at": moments[index],
            "unit_name": units[unit]["title"],
            "language": "en" if draw.random() < 0.12 else scene.languages[0],
        }
        row |= {question: question != no for question in scenes.QUESTIONS}
        rows.append(row)
        truth[row["application_id"]] = float(np.clip(quality[unit] + draw.normal(0, 0.03), 0, 1))
        if kind in ("one_country", "running", "unknown") or index < 7:
            quality[unit] = -1.0  # not shared with another teacher
    raw = _wrong(columns, rows, scene.mess.repeated_rows, unknown={scenes.QUESTIONS[0]: "perhaps"})
    entries = [
        {
            "unit_id": unit,
            "facts": {
                "founder_one_country": one["founders"][0],
                "founder_two_country": one["founders"][1],
                "project_stage": one["stage"],
                "earlier_applications": one["earlier"],
                "national_origin": one["founders"][0] == one["founders"][1],
            },
            "children": {},
        }
        for unit, one in units.items()
    ]
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return World(
        folder=folder,
        applications=papers.write_table(folder / "applications.csv", columns, rows, bom=True, raw=raw),
        register=papers.write_register(folder / "register.jsonl", [e for e in entries if e["unit_id"] not in missing]),
        late_register=papers.write_register(folder / "register-later.jsonl", entries),
        truth=truth,
        projects={row["unit_id"]: row | {"quality": truth[row["application_id"]]} for row in rows},
        refused={"applications.csv": len(raw)},
        counts={**counts, "applications": len(rows), "teachers": len(homes), "projects": len(units)},
    )


def competition(scene: Scene, folder: Path) -> World:
    """A national competition: applications.csv with semicolons, partners.csv with the partner countries of each."""
    draw = np.random.default_rng([scene.seed, 1])
    kinds = _kinds(scene, draw)
    moments = _moments(scene, kinds, draw)
    columns = (*HOUSE, "is_founder", "theme_fits")
    rows: list[dict[str, Any]] = []
    partners: list[dict[str, Any]] = []
    truth: dict[str, float] = {}
    for index, kind in enumerate(kinds):
        unit = f"MC-{2_000 + index}"
        row = _home(scene, index, draw) | {
            "application_id": f"C-{index + 1:03d}",
            "unit_id": unit,
            "submitted_at": moments[index],
            "unit_name": people.title(scene.languages[0], index + 1, draw),
            "language": scene.languages[0],
            "is_founder": kind != "not_founder",
            "theme_fits": kind != "off_theme",
        }
        rows.append(row)
        ref = row["application_id"]
        truth[ref] = float(np.clip(draw.normal(scene.quality, SPREAD), 0, 1))
        partners.append({"application_id": ref, "country": scene.country})
        abroad = [] if kind == "one_country" else _abroad(2 + int(draw.integers(3)), draw)
        partners += [{"application_id": ref, "country": country} for country in abroad]
    raw = _wrong(columns, rows, scene.mess.repeated_rows, unknown={"theme_fits": "almost"}, delimiter=";")
    return World(
        folder=folder,
        applications=papers.write_table(folder / "applications.csv", columns, rows, delimiter=";", raw=raw),
        children={
            "partners": papers.write_table(
                folder / "partners.csv", ("application_id", "country"), partners, raw={3: "C-999,TR"}
            )
        },
        truth=truth,
        projects={row["unit_id"]: row for row in rows},
        refused={"applications.csv": len(raw), "partners.csv": 1},
        counts={kind: kinds.count(kind) for kind in sorted(set(kinds))} | {"applications": len(rows)},
    )


def hand_overs(scene: Scene, folder: Path, labelled: World) -> World:
    """The labels two neighbours granted, one file each, many of them for projects of the labelled round.

    Columns project_id, title, country, score. A project holds labels in one, two or three countries, and sometimes
    several of one country. register.jsonl is one register with that of the labelled round: what it knew of a project
    then it knows now. Raises ValueError when that round has none.
    """
    if labelled.register is None:
        raise ValueError("the labelled round has no register")
    draw = np.random.default_rng([scene.seed, 1])
    rows: dict[str, list[dict[str, Any]]] = {country: [] for country in scenes.NEIGHBOURS}
    known = {unit: (str(one["unit_name"]), float(one["quality"])) for unit, one in labelled.projects.items()}
    size = max(len(known) / 700, 0.05)
    own = {
        f"PRJ-{900_000 + index}": (people.title("en", 900 + index, draw), float(draw.normal(0.74, SPREAD)))
        for index in range(round(190 * size))
    }
    for unit, (name, quality) in {**known, **own}.items():
        shares = scenes.SHARED_LABELS if unit in known else scenes.OWN_LABELS
        for country, share in shares.items():
            if draw.random() >= share:
                continue
            for _ in range(1 + int(draw.random() < 0.25) + int(draw.random() < 0.06)):
                score = round((quality + float(draw.normal(0.06, 0.06))) * 100) / 4  # of 25, in quarters
                if score >= 16:
                    score_text = f"{min(score, 25):.2f}"
                    rows[country].append({"project_id": unit, "title": name, "country": country, "score": score_text})
    columns = ("project_id", "title", "country", "score")
    files = {}
    for country, granted in rows.items():
        raw = {
            1: f"PRJ-777771,Without a figure,{country},NaN",
            min(5, len(granted) - 1): f"PRJ-777772,Country written out,{country}land,19.50",
        }
        files[country] = papers.write_table(folder / f"labels-{country.lower()}.csv", columns, granted, raw=raw)
    units = [
        {"unit_id": unit, "facts": {"national_origin": bool(draw.random() < 0.02)}, "children": {}} for unit in own
    ]
    entries = [json.loads(line) for line in labelled.register.read_text(encoding="utf-8").splitlines()]
    return World(
        folder=folder,
        labels=files,
        register=papers.write_register(folder / "register.jsonl", [*entries, *units]),
        refused={path.name: 2 for path in files.values()},
        counts={f"labels_{country.lower()}": len(granted) for country, granted in rows.items()},
    )


def _kinds(scene: Scene, draw: Draw, ok_first: int = 0) -> list[str]:
    """What is the matter with each application, shuffled; the first `ok_first` are in order."""
    mess = scene.mess
    kinds = [kind for kind, number in mess.ineligible.items() for _ in range(number)]
    kinds += ["late"] * mess.late + ["unknown"] * mess.unknown_to_register
    kinds += ["ok"] * (scene.applications - ok_first - len(kinds))
    return ["ok"] * ok_first + [kinds[index] for index in draw.permutation(len(kinds))]


def _teachers(number: int, draw: Draw) -> list[int]:
    """Who hands in each application: 0 five times, 1 twice, then mostly once and up to four times."""
    teachers = [0] * 5 + [1] * 2
    teacher = 2
    while len(teachers) < number:
        teachers += [teacher] * int(draw.choice([1, 2, 3, 4], p=[0.92, 0.06, 0.015, 0.005]))
        teacher += 1
    return teachers[:number]


def _home(scene: Scene, number: int, draw: Draw) -> dict[str, Any]:
    """A teacher with a school."""
    pool = people.pool(scenes.LANGUAGE_OF.get(scene.country or "", "en"), scene.country or "")
    town = people.place(pool, draw)
    return {
        "applicant_id": f"T-{number + 1:05d}",
        "country": scene.country,
        "applicant_name": people.person(pool, draw),
        "applicant_email": people.address(f"{scene.name}.teacher", number + 1, scene.country or "eu"),
        "region": town,
        "institution": people.school(pool, town, 1 + int(draw.integers(340)), draw),
    }


def _project(unit: str, kind: str, scene: Scene, draw: Draw) -> dict[str, Any]:
    first = scene.country or "EU"
    if kind == "one_country":
        founders = [first, first]
    else:
        founders = [first, _abroad(1, draw)[0]] if draw.random() < 0.6 else _abroad(2, draw)
    return {
        "title": people.title("en" if draw.random() < 0.5 else scene.languages[0], int(unit[-5:]), draw),
        "founders": founders,
        "stage": "running" if kind == "running" else str(draw.choice(["finished", "last_stage"], p=[0.8, 0.2])),
    }


def _abroad(number: int, draw: Draw) -> list[str]:
    weights = np.array(list(scenes.PARTNERS.values()), dtype=float)
    return [str(one) for one in draw.choice(list(scenes.PARTNERS), number, replace=False, p=weights / weights.sum())]


def _moments(scene: Scene, kinds: list[str], draw: Draw) -> list[str]:
    """When each was handed in: more towards the end; late ones in the two days after it."""
    span = (scene.closes_at - scene.opens_at).total_seconds()
    moments = []
    for kind, part in zip(kinds, draw.beta(2.2, 1.1, len(kinds)), strict=True):
        if kind == "late":
            moment = scene.closes_at + timedelta(seconds=61 + part * 172_800)
        else:
            moment = scene.opens_at + timedelta(seconds=part * span)
        moments.append(moment.replace(microsecond=0).isoformat())
    return moments


def _wrong(
    columns: tuple[str, ...],
    rows: list[dict[str, Any]],
    repeated: int,
    *,
    unknown: Mapping[str, str],
    delimiter: str = ",",
) -> dict[int, str]:
    """Rows a reader must refuse, by the row they stand before; repeated rows follow the row they repeat."""
    step = max(1, len(rows) // 12)
    line = papers.line
    wrong = [
        line(columns, rows[1], delimiter, application_id="X-1", submitted_at="31.05.2025 18:00"),
        line(columns, rows[2], delimiter, application_id="X-2", **unknown),
        line(columns, rows[3], delimiter, application_id=""),
        line(columns, rows[4], delimiter, application_id="X-4", applicant_email="teacher\n@az.example.org"),
        line(columns[:-1], rows[5], delimiter, application_id="X-5"),
        line(columns, rows[6], delimiter, application_id="X-6", submitted_at="2025-05-30T12:00:00"),
        *(line(columns, rows[place], delimiter) for place in range(min(repeated, step))),
    ]
    return {(place + 1) * step: text for place, text in enumerate(wrong)}
