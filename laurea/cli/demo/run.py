"""`laurea demo`: whole rounds on sample data, told as they happen."""

from __future__ import annotations

import dataclasses
import json as json_
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from laurea import overview, statute
from laurea.actions import hand_back, hand_over
from laurea.cli.console import err, out, step
from laurea.cli.demo import aibs, play, scenes, world
from laurea.cli.demo.papers import World
from laurea.cli.demo.scenes import Scene
from laurea.cli.demo.stage import Stage
from laurea.cli.demo.telling import Telling, telling
from laurea.ledger import SYSTEM
from laurea.store import applications, juries, outcomes, rounds, terms
from laurea.store.engine import Engine, reading

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = (
    "award", "edition", "applications", "refused_rows", "eligible", "ineligible", "needs_evidence", "assigned",
    "sheets", "proposed", "released", "granted", "messages_queued", "messages_delivered", "seconds",
)  # fmt: skip


def demo(
    *,
    once: Annotated[bool, Parameter(help="End when the rounds are done instead of leaving the portal up.")] = False,
    json: Annotated[bool, Parameter(name="--json", help="Print the figures of each round as JSON.")] = False,
    scale: Annotated[float, Parameter(help="Shrink every round, e.g. 0.05, for a quick look.")] = 1.0,
    workspace: Annotated[Path | None, Parameter(help="Keep everything here instead of a temporary folder.")] = None,
) -> None:
    """Run whole rounds on sample data: files read, evidence gathered, jurors routed, decisions released, letters sent.

    People and schools are made up; sizes and rates are published ones. A fifth round uses the real scores of a
    grant panel where that data set is at hand. Example: laurea demo --once
    """
    began = time.monotonic()
    world.shrunk(scenes.NQL, scale)  # a scale that cannot be used is refused before anything is started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    stage = Stage(workspace)
    kept = workspace is not None
    try:
        engine = stage.open()
        played, words = _rehearse(stage, engine, scale)
        if json:
            out.print_json(json_.dumps({"rounds": [_line(p) for p in played], "prefect_tasks": stage.tasks}))
        else:
            _tell(stage, engine, played, words, time.monotonic() - began)
        if not once:
            _stay(stage, engine, played)
    except Exception:
        if not kept:
            err.print(f"What was written so far, with its logs, stays in {stage.workspace}.", highlight=False)
            kept = True
        raise
    finally:
        stage.close()
        if not kept:
            shutil.rmtree(stage.workspace, ignore_errors=True)
            err.print(f"The temporary workspace {stage.workspace} was removed.", highlight=False)


def _rehearse(stage: Stage, engine: Engine, scale: float) -> tuple[list[play.Played], list[str]]:
    words: list[str] = []
    data = aibs.data_folder()
    if data is None:
        words.append(
            "Four rounds of five were run. The fifth needs a public data set of real scores that does not come with "
            f"Laurea: set LAUREA_DATA to the folder that holds {aibs.FILE} to run it too."
        )
    wanted = [s for s in scenes.SCENES if data is not None or s is not scenes.REAL_SCORES]
    wanted.sort(key=lambda scene: scene.released_at)
    played: list[play.Played] = []
    labelled: World | None = None
    with telling(err, "making up people, schools and files", len(wanted) + 1) as progress:
        worlds: dict[str, World] = {}
        for scene in wanted:
            if scene is not scenes.EQL:
                worlds[scene.name] = world.build(scene, stage.worlds / scene.name, scale=scale, data=data)
        labelled = worlds[scenes.NQL.name]
        worlds[scenes.EQL.name] = world.build(
            scenes.EQL, stage.worlds / scenes.EQL.name, scale=scale, labelled=labelled
        )
        stage.wait_for_prefect(
            lambda passed: progress.say(f"starting Prefect ({passed // 5 * 5:.0f} s; it needs 10 to 85)")
        )
        progress.advance()
        for scene in wanted:
            if scene is scenes.EQL:
                _hand_over(stage, engine, played)
            here = world.shrunk(scene, scale)
            tell = partial(_describe, progress, scene.title)
            played.append(play.play(stage, engine, here, worlds[scene.name], ROOT, tell))
            if scene is scenes.EQL:
                officer = play.officer(engine, scene, scene.released_at)
                hand_back.hand_back(engine, played[-1].round_id, actor=officer, now=scene.released_at)
            progress.advance()
        progress.say("labels with a term: looking for renewals")
        stage.order("renew")
        stage.order("deliver_post")
        progress.say("done")
    return played, words


def _describe(progress: Telling, title: str, what: str) -> None:
    progress.say(f"{title}: {what}")


def _hand_over(stage: Stage, engine: Engine, played: Sequence[play.Played]) -> None:
    """The released labels go to the central service, as the other authorities' files do."""
    labels = next(p for p in played if p.scene.name == scenes.NQL.name)
    now = stage.go_to(scenes.EQL.opens_at)
    play.officer(engine, scenes.EQL, now)
    hand_over.hand_over_round(engine, labels.round_id, scenes.CSS.code, actor=SYSTEM, now=now)


def _line(played: play.Played) -> dict[str, Any]:
    return {name: played.figures[name] for name in COLUMNS}


def _tell(stage: Stage, engine: Engine, played: Sequence[play.Played], words: Sequence[str], seconds: float) -> None:
    table = Table(title="What happened", title_justify="left")
    table.add_column("", min_width=12)  # the longest word of the names below
    for one in played:
        table.add_column(one.scene.title, justify="right", overflow="fold")
    for name in COLUMNS[2:]:
        table.add_row(name.replace("_", " "), *(f"{one.figures[name]:,}" for one in played))
    out.print(table)
    for word in words:
        out.print(word)
    out.print(
        f"Done in {seconds:.0f} s, with {stage.tasks} Prefect tasks: they grow with chunks of "
        f"{stage.settings.chunk} applications or letters, not with applications."
    )
    out.print("\n[bold]Three decisions, explained[/bold]")
    for sentence in _three(engine, played):
        out.print(sentence, highlight=False)
    with reading(engine) as connection:
        ahead = terms.next_due(connection)
    if ahead:
        count, day = ahead
        have = "label has" if count == 1 else "labels have"
        out.print(f"\n{count:,} {have} a term; the first holder is written to on {day:%d %B %Y}.")


def _three(engine: Engine, played: Sequence[play.Played]) -> list[str]:
    """One decision that grants, one that does not, one about somebody not eligible."""
    lines: list[str] = []
    wanted: list[tuple[str, Callable[[outcomes.DecisionRecord], bool]]] = [
        (scenes.SCHOOL.name, lambda d: d.granted),
        (scenes.NQL.name, lambda d: not d.granted and d.points is not None),
        (scenes.CREATIVE.name, lambda d: not d.granted and d.points is None),
    ]
    with reading(engine) as connection:
        for name, fits in wanted:
            one = next((p for p in played if p.scene.name == name), None)
            if one is None:
                continue
            record = rounds.round_by_id(connection, one.round_id)
            ruleset = statute.rule_set_of(connection, record)
            decision = next((d for d in outcomes.decisions(connection, one.round_id) if fits(d)), None)
            if decision is None:
                continue
            found = applications.load(connection, one.round_id, ids=[decision.application_id])[0]
            lines.append(
                f"\n{found.unit_name} ({found.ref}, {record.title}): {overview.outcome_title(ruleset, decision, 'en')}"
            )
            lines += [
                f"  {line['mark']} {line['says']} {line['measured']} ({line['cite']})"
                for line in overview.explanation(ruleset, decision, "en")
            ]
    return lines


def practice_scene(now: datetime) -> Scene:
    """A small round in review today, for whoever wants to try the portal."""
    return dataclasses.replace(
        world.shrunk(scenes.NQL, 0.03),
        code="practice",
        title="Practice round",
        languages=("en", "az"),
        opens_at=now - timedelta(days=40),
        closes_at=now - timedelta(days=5),
        review_until=now + timedelta(days=14),
        released_at=now + timedelta(days=20),
        award_on=(now + timedelta(days=20)).date(),
        parameters={},
        seed=7,
    )


def open_scene(now: datetime) -> Scene:
    """A round that takes applications today, for whoever wants to try applying."""
    return dataclasses.replace(
        practice_scene(now),
        code="open",
        title="Open round",
        languages=("en", "az", "ka", "lv"),
        opens_at=now - timedelta(days=2),
        closes_at=now + timedelta(days=30),
        review_until=now + timedelta(days=60),
        award_on=(now + timedelta(days=70)).date(),
    )


def _stay(stage: Stage, engine: Engine, played: Sequence[play.Played]) -> None:
    now = datetime.now(UTC)
    scene = practice_scene(now)
    with step(err, "Preparing a practice round and the portal …"):
        papers = world.build(scene, stage.worlds / "practice")
        round_id = play.open_scene(engine, scene, ROOT)
        play.bring_in(stage, engine, scene, papers, round_id)
        stage.order("advance_round", round_id=round_id)
        play.open_scene(engine, open_scene(now), ROOT)
        stage.go_on()
        stage.start_portal()
        stage.start_clock()
    url = stage.settings.public_url
    with reading(engine) as connection:
        busy = juries.open_by_juror(connection, round_id)
        juror = next(j.email for j in juries.jurors(connection, round_id) if j.id in busy)
        certificate = outcomes.a_number(connection, played[0].round_id)
    out.print("\n[bold]Have a look[/bold] (sign-in links are shown on the page here; letters go to a local sink)")
    out.print(f"  Start page        {url}/")
    out.print(f"  Results           {url}/results/{played[0].scene.code}")
    if certificate:
        out.print(f"  A certificate     {url}/certificates/{certificate}")
    out.print(f"  Apply yourself    {url}/apply/open  (with any address)")
    out.print(f"  As an officer     {url}/sign-in  with  {scene.owner.officer_email}")
    out.print(f"  As a juror        {url}/sign-in  with  {juror}")
    out.print(f"  Every letter      {stage.worlds / 'letters.mbox'}")
    out.print("Ctrl+C ends everything.")
    stage.stay()
