"""The made-up world of a scene: its files, written into a folder from a seed.

The same scene, folder content and seed give the same bytes. `scale` shrinks a world for a quick look; at 1 the sizes
are those of the scene.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from laurea.cli.demo import aibs, papers, people, projects, scenes, schools
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import Scene
from laurea.errors import BadInput

JUROR = (
    "juror_id", "name", "email", "country", "region", "institution", "languages", "expertise", "experienced",
    "max_load", "min_load",
)  # fmt: skip
SPARE = 4
"""Jurors beyond the reviews needed that stay in each language: an own school, an own project, two declared."""
FIELDS = ("science", "languages", "arts", "ict", "inclusion", "primary", "early years", "citizenship")


def build(
    scene: Scene, folder: Path, *, scale: float = 1.0, data: Path | None = None, labelled: World | None = None
) -> World:
    """Write the files of a scene and say where they are.

    `labelled` is the world of the label round that a round of projects follows from; `data` the folder with real
    scores. Raises ValueError when the scene needs one of them and it is not given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scene = shrunk(scene, scale)
    match scene.kind:
        case "labels":
            world = projects.labels(scene, folder)
        case "competition":
            world = projects.competition(scene, folder)
        case "schools":
            world = schools.schools(scene, folder)
        case "projects":
            if labelled is None:
                raise ValueError("this round follows from a label round; give its world as `labelled`")
            return projects.hand_overs(scene, folder, labelled)
        case _:
            if data is None:
                raise ValueError("this round needs the folder with the real scores")
            return aibs.panel(scene, folder, data)
    return _with_jury(scene, world)


def shrunk(scene: Scene, scale: float) -> Scene:
    """A scene with every size multiplied by `scale`, above 0 and up to 1; nothing that was there falls below one.

    However small, a jury keeps enough jurors of every language to review each application although some have a
    conflict. Raises BadInput for another scale.
    """
    if not 0 < scale <= 1:
        raise BadInput(
            f"A round cannot be shrunk to {scale:g} of its size.", remedy="Give --scale above 0 and up to 1."
        )
    if scale == 1:
        return scene

    def less(number: int) -> int:
        return max(1, round(number * scale)) if number else 0

    mess = scene.mess
    smaller = dataclasses.replace(
        mess,
        late=less(mess.late),
        unknown_to_register=less(mess.unknown_to_register),
        ineligible={kind: less(number) for kind, number in mess.ineligible.items()},
        second_of_unit=less(mess.second_of_unit),
        repeated_rows=less(mess.repeated_rows),
        foreign_school_jurors=less(mess.foreign_school_jurors),
    )
    enough = int(scene.policies.get("reviews", "1")) + SPARE
    jurors = {
        languages: max(min(number, enough), math.ceil(number * scale)) for languages, number in scene.jurors.items()
    }
    lowest, highest = scene.load
    return dataclasses.replace(
        scene,
        mess=smaller,
        applications=max(40, less(scene.applications)),
        jurors=jurors,
        load=(min(lowest, 2), highest),
        teachers=less(scene.teachers),
    )


def _with_jury(scene: Scene, world: World) -> World:
    """Add jurors.csv and conflicts.csv: some jurors work at an applicant's school, some declare a conflict."""
    draw = np.random.default_rng([scene.seed, 2])
    schools_at_hand = _schools(world)
    home_of = {language: country for country, language in scenes.LANGUAGE_OF.items()}
    rows: list[dict[str, Any]] = []
    number = 0
    for languages, count in scene.jurors.items():
        first = languages.split(";")[0]
        for _ in range(count):
            number += 1
            country = scene.country or home_of.get(first) or _country(draw)
            pool = people.pool(first, country)
            town = people.place(pool, draw)
            spoken = languages if scene.country or first == "en" else f"{languages};tr"
            rows.append(
                {
                    "juror_id": f"J-{number:03d}",
                    "name": people.person(pool, draw),
                    "email": people.address(f"{scene.name}.juror", number, country),
                    "country": country,
                    "region": town,
                    "institution": people.school(pool, town, 500 + number, draw),
                    "languages": spoken,
                    "expertise": ";".join(draw.choice(FIELDS, 2, replace=False)),
                    "experienced": bool(draw.random() < 0.4),
                    "max_load": scene.load[1],
                    "min_load": scene.load[0],
                }
            )
    for index in draw.choice(len(rows), min(scene.mess.foreign_school_jurors, len(rows)), replace=False):
        own = [one for one in schools_at_hand if one["country"] == rows[index]["country"]] or schools_at_hand
        taken = own[int(draw.integers(len(own)))]
        rows[index] |= {"institution": taken["institution"], "region": taken["region"]}
    good = rows[0]
    raw = {
        1: papers.line(JUROR, good, ";", juror_id="J-901", email="second.juror(at)example.org"),
        2: papers.line(JUROR, good, ";", juror_id="J-902", email="juror902@az.example.org", max_load="many"),
    }
    jurors = papers.write_table(world.folder / "jurors.csv", JUROR, rows, delimiter=";", raw=raw)
    ids = list(world.truth)
    declared = [
        {
            "application_id": ids[int(draw.integers(len(ids)))],
            "juror_id": rows[int(draw.integers(len(rows)))]["juror_id"],
            "kind": "declared",
        }
        for _ in range(max(2, len(rows) // 8))
    ]
    unique = list({(row["application_id"], row["juror_id"]): row for row in declared}.values())
    conflicts = papers.write_table(
        world.folder / "conflicts.csv",
        ("application_id", "juror_id", "kind"),
        unique,
        raw={1: f"{ids[0]},,declared"},
    )
    return dataclasses.replace(
        world,
        jurors=jurors,
        conflicts=conflicts,
        refused={**world.refused, "jurors.csv": 2, "conflicts.csv": 1},
        counts={**world.counts, "jurors": len(rows), "conflicts": len(unique)},
    )


def _schools(world: World) -> Sequence[Mapping[str, Any]]:
    return [dict(one) for one in world.projects.values()]


def _country(draw: np.random.Generator) -> str:
    return str(draw.choice(list(scenes.SCHOOL_COUNTRIES)[:12]))
