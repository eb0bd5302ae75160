"""Labels and scores handed up: a project's countries and average, one letter to each giver, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from laurea.actions import hand_over, release
from laurea.cli.demo import play, scenes
from laurea.errors import NotNow
from laurea.store import applications
from laurea.store import tables as t
from laurea.store.engine import reading

Small = Callable[..., Any]
CSV = "project_id,title,country,score\n"


def following(engine: Any, tmp_path: Path, files: dict[str, str]) -> int:
    """A round that follows from these hand-over files, by country; its id."""
    scene = scenes.EQL
    round_id = play.open_scene(engine, scene, tmp_path)
    actor = play.officer(engine, scene, scene.opens_at)
    for country, rows in files.items():
        path = tmp_path / f"labels-{country}.csv"
        path.write_text(CSV + rows)
        giver = play.owner_of(scenes.NEIGHBOURS[country])
        hand_over.receive(engine, round_id, path, giver, actor=actor, now=scene.closes_at)
        again, _ = hand_over.receive(engine, round_id, path, giver, actor=actor, now=scene.closes_at)
        assert again.new is False
    assert hand_over.take_in(engine, round_id, actor=actor, now=scene.closes_at).new > 0
    assert hand_over.take_in(engine, round_id, actor=actor, now=scene.closes_at) == hand_over.TakenIn(0, 0)
    return round_id


def test_project_gets_its_countries_and_its_exact_average(engine: Any, tmp_path: Path) -> None:
    round_id = following(
        engine, tmp_path, {"GE": "P1,Rivers,GE,20\nP1,Rivers,GE,61/3\nP2,Wind,GE,24\n", "LV": "P1,Rivers,LV,19.5\n"}
    )
    with reading(engine) as connection:
        found = {a.ref: a.facts for a in applications.load(connection, round_id)}
    assert set(found) == {"P1-GE", "P1-LV", "P2-GE"}
    assert found["P1-GE"]["nql_countries"] == 2
    assert found["P1-GE"]["average_score"] == "19.9444"
    assert found["P2-GE"] == {"nominating_country": "GE", "nql_countries": 1, "average_score": "24.0000"}


def test_wrong_rows_of_a_hand_over_are_kept_with_the_round(engine: Any, tmp_path: Path) -> None:
    round_id = following(engine, tmp_path, {"GE": "P1,Rivers,GE,NaN\nP2,Wind,GE,24\n", "LV": "P2,Wind,LV,24\n"})
    with reading(engine) as connection:
        assert applications.refused_count(connection, round_id) == 1


def test_labels_are_handed_over_after_release_and_once(small: Small) -> None:
    here = small()
    digest = here.settle()
    play.officer(here.engine, scenes.EQL, here.scene.opens_at)
    to = scenes.CSS.code
    with pytest.raises(NotNow, match="not released"):
        hand_over.hand_over_round(here.engine, here.round_id, to, actor=here.actor, now=here.scene.released_at)
    done = release.release(
        here.engine,
        here.round_id,
        actor=here.actor,
        expected_digest=digest,
        settings=here.settings,
        now=here.scene.released_at,
    )
    first = hand_over.hand_over_round(here.engine, here.round_id, to, actor=here.actor, now=here.scene.released_at)
    again = hand_over.hand_over_round(here.engine, here.round_id, to, actor=here.actor, now=here.scene.released_at)
    assert (first.labels, first.new, again.new) == (done.grants, True, False)
    with reading(here.engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.handovers)).scalar_one() == 1
