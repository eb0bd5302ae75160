"""A dry run of a round: flips with their clause, through the real command, and not one byte written."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import inspect, text

from laurea import overview, statute
from laurea.actions import dry_run
from laurea.cli import console, explaining
from laurea.cli import round as commands
from laurea.cli.demo import scenes
from laurea.store.engine import reading
from rules.errors import RuleSetError
from rules.library import load_text, named


def everything(engine) -> str:
    """A digest over every row of every table but the audit."""
    found = hashlib.sha256()
    with engine.connect() as connection:
        for name in sorted({*inspect(engine).get_table_names()} - {"audit"}):
            rows = sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            found.update(name.encode() + "\n".join(rows).encode())
    return found.hexdigest()


def tried(here, *changes, **more):
    return dry_run.try_round(here.engine, here.round_id, *changes, actor=here.actor, now=here.after_deadline, **more)


def test_another_pass_mark_flips_some_and_writes_nothing(small):
    here = small()
    here.settle()
    before = everything(here.engine)
    same = tried(here, None, {}, {})
    assert same.found.flips == ()
    with reading(here.engine) as connection:
        plan = statute.plan_of(connection, here.record())
    name = next(name for name in plan.policies if "mark" in name or "threshold" in name or "pass" in name)
    other = tried(here, None, {name: "20"}, {})
    assert other.after.policies[name] == "20"
    assert sum(other.found.table.values()) == sum(same.found.table.values())
    assert other.found.flips
    assert {flip.clause for flip in other.found.flips} <= {one for one, _ in other.after.clauses} | {None}
    assert all(flip.finding["policies"].get(name) == "20" for flip in other.found.flips if flip.side == "after")
    assert everything(here.engine) == before


def test_another_edition_and_bad_answers(small):
    here = small()
    here.settle()
    before = everything(here.engine)
    own = named(scenes.NQL.rule_set)
    other = load_text(own.text, "other.yaml")
    assert tried(here, other, {}, {}).found.flips == ()
    with pytest.raises(RuleSetError, match="no policy"):
        tried(here, None, {"no_such": "1"}, {})
    assert everything(here.engine) == before


def test_the_commands_tell_flips_and_what_would_have_been_enough(small, monkeypatch, capsys):
    here = small()
    here.settle()
    before = everything(here.engine)
    for place in (console, explaining):
        monkeypatch.setattr(place, "engine_of", lambda _settings: here.engine)
    with reading(here.engine) as connection:
        plan = statute.plan_of(connection, here.record())
        name = next(name for name in plan.policies if "mark" in name or "threshold" in name or "pass" in name)
    commands.dry_run_(here.scene.code, policy=(f"{name}=20",), json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["after"]["policies"][name] == "20"
    assert told["flips"]
    assert all(one["clause"] and one["says"] and one["cite"] for one in told["flips"])
    commands.dry_run_(here.scene.code, policy=(f"{name}=20",))
    assert "come out otherwise. Of this comparison nothing was written." in capsys.readouterr().out
    flipped = told["flips"][0]["application"]
    explaining.explain(flipped, round=here.scene.code, counterfactual=True, json=True)
    lines = json.loads(capsys.readouterr().out)
    assert all("enough" in line for line in lines)
    with reading(here.engine) as connection:
        failed = [one for one in overview.enough(connection, here.record(), plan, flipped, "lv") if one["says"]]
    assert {one["clause"] for one in failed} <= {line["clause"] for line in lines if line["status"] == "false"}
    assert everything(here.engine) == before
