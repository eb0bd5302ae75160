"""One round of a rehearsal, from its files to its letters, through the same deeds an officer uses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from laurea import intake, ledger, overview, statute
from laurea.actions import hand_over, import_jury, imports, open_round, release
from laurea.cli.demo import papers, scores
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import NEIGHBOURS, Owner, Scene
from laurea.cli.demo.stage import Stage
from laurea.store import applications, juries, rounds
from laurea.store.engine import Engine, reading
from rules.library import named

Tell = Callable[[str], None]


@dataclass
class Played:
    """A round that was played: its id and its figures for the table."""

    scene: Scene
    round_id: int
    figures: dict[str, Any]


def owner_of(owner: Owner) -> intake.NewAuthority:
    """The authority of a scene as the records want it."""
    return intake.NewAuthority(
        owner.code, owner.name, owner.officer_email, owner.country, owner.language, owner.timezone, owner.kind
    )


def open_scene(engine: Engine, scene: Scene, root: Path) -> int:
    """Open the round of a scene, with its officer, on its first day."""
    now = scene.opens_at
    rule_set = scene.rule_set
    ruleset = named(str(root / rule_set) if rule_set.endswith(".yaml") else rule_set)
    new = open_round.NewRound(
        code=scene.code,
        title=scene.title,
        authority=scene.owner.code,
        country=scene.country,
        opens_at=scene.opens_at,
        closes_at=scene.closes_at,
        review_until=scene.review_until,
        award_on=scene.award_on,
        policies=scene.policies,
        parameters=scene.parameters,
        seed=scene.seed,
        languages=scene.languages,
    )
    actor = officer(engine, scene, now)
    return open_round.open_round(engine, new, owner_of(scene.owner), ruleset, actor=actor, now=now)


def officer(engine: Engine, scene: Scene, now: Any) -> ledger.Actor:
    """The officer of a scene."""
    owner = scene.owner
    return ledger.Actor.person(
        open_round.ensure_officer(
            engine,
            owner_of(owner),
            name=owner.officer,
            email=owner.officer_email,
            language=owner.language,
            now=now,
        )
    )


def bring_in(stage: Stage, engine: Engine, scene: Scene, world: World, round_id: int) -> None:
    """Import everything a scene has, two days after the deadline: the platform's export of the last day is there."""
    now = stage.go_to(scene.closes_at + timedelta(days=2))
    actor = officer(engine, scene, now)
    if world.applications:
        imports.import_applications(engine, round_id, world.applications, dict(world.children), actor=actor, now=now)
    if world.jurors:
        import_jury.import_jurors(engine, round_id, world.jurors, actor=actor, now=now)
    if world.conflicts:
        import_jury.import_conflicts(engine, round_id, world.conflicts, actor=actor, now=now)
    for country, path in world.labels.items():
        giver = owner_of(NEIGHBOURS[country])
        hand_over.receive(engine, round_id, path, giver, actor=actor, now=now)
    if world.labels:
        hand_over.take_in(engine, round_id, actor=actor, now=now)
    if world.sheets:
        import_jury.import_sheets(engine, round_id, world.sheets, assigns=True, actor=actor, now=now)


def mark(stage: Stage, engine: Engine, scene: Scene, world: World, round_id: int) -> None:
    """Have every assigned juror hand in a sheet, drawn from the stated model."""
    now = stage.go_to(scene.review_until - timedelta(days=1))
    with reading(engine) as connection:
        plan = statute.plan_of(connection, rounds.round_by_id(connection, round_id))
        refs = {a.id: a.ref for a in applications.load(connection, round_id)}
        jury = {juror.id: juror.ref for juror in juries.jurors(connection, round_id)}
        pairs = [
            (refs[a.application_id], jury[a.juror_id])
            for a in juries.assignments(connection, round_id)
            if a.state == "open"
        ]
    if not pairs:
        return
    rows = scores.draw_sheets(pairs, plan, world.truth, scene.seed)
    stamp = now.isoformat()
    path = papers.write_table(
        world.folder / "sheets.csv",
        ("application_id", "juror_id", "criterion", "points", "submitted_at"),
        [{**row, "submitted_at": stamp} for row in rows],
    )
    import_jury.import_sheets(engine, round_id, path, actor=officer(engine, scene, now), now=now)


def finish(stage: Stage, engine: Engine, scene: Scene, round_id: int) -> None:
    """Release what is proposed, as the officer who looked at it."""
    now = stage.go_to(scene.released_at)
    with reading(engine) as connection:
        digest = rounds.round_by_id(connection, round_id).digest or ""
    release.release(
        engine,
        round_id,
        actor=officer(engine, scene, now),
        expected_digest=digest,
        settings=stage.settings,
        now=now,
    )


def play(stage: Stage, engine: Engine, scene: Scene, world: World, root: Path, tell: Tell) -> Played:
    """Play a whole round and give its figures."""
    began = time.monotonic()
    tell("opened")
    round_id = open_scene(engine, scene, root)
    tell("files imported")
    bring_in(stage, engine, scene, world, round_id)
    tell("evidence, screening, routing")
    stage.order("advance_round", round_id=round_id)
    tell("jurors at work")
    mark(stage, engine, scene, world, round_id)
    tell("settling")
    stage.go_to(scene.review_until)
    stage.order("advance_round", round_id=round_id)
    tell("releasing")
    finish(stage, engine, scene, round_id)
    tell("letters going out")
    stage.order("deliver_post")
    with reading(engine) as connection:
        record = rounds.round_by_id(connection, round_id)
        figures = overview.figures(connection, record, scene.released_at)
    return Played(scene, round_id, {**figures, "seconds": round(time.monotonic() - began, 1)})
