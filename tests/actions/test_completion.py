"""Evidence that comes later: a file sent again completes what was not known, and the round goes on."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators import decide
from laurea.actions import imports
from laurea.cli.demo import scenes
from laurea.errors import BadInput
from laurea.store import applications
from laurea.store.engine import reading

Small = Callable[..., Any]


def states(here: Any) -> dict[str, str]:
    with reading(here.engine) as connection:
        return {a.ref: a.state for a in applications.load(connection, here.round_id)}


def without(source: Path, target: Path, column: str) -> Path:
    """The file with one column emptied."""
    text = source.read_text(encoding="utf-8-sig")
    dialect = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    rows = list(csv.DictReader(text.splitlines(), delimiter=dialect))
    rows = [row for row in rows if None not in row and None not in row.values()]
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, column: ""} for row in rows])
    return target


def take(here: Any, path: Path, children: dict[str, Path] | None = None) -> Any:
    lists = dict(here.world.children) if children is None else children
    return imports.import_applications(
        here.engine, here.round_id, path, lists, actor=here.actor, now=here.after_deadline
    )


def test_missing_fact_sent_later_completes_the_application(small: Small, tmp_path: Path) -> None:
    here = small(scenes.CREATIVE, 0.1)
    take(here, without(here.world.applications, tmp_path / "first.csv", "is_founder"))
    here.advance()
    assert "eligible" not in set(states(here).values())
    assert "needs_evidence" in set(states(here).values())
    done = take(here, here.world.applications)
    assert done.completed > 0
    here.advance()
    assert "needs_evidence" not in set(states(here).values())
    assert "eligible" in set(states(here).values())


def test_a_fact_that_comes_while_applications_are_screened_counts(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, weighed = small(scenes.CREATIVE, 0.1), decide.decide
    take(here, without(here.world.applications, tmp_path / "first.csv", "is_founder"))

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(decide, "decide", weighed)
        verdicts = weighed(*args, **options)
        assert take(here, here.world.applications).completed > 0
        return verdicts

    monkeypatch.setattr(decide, "decide", meanwhile)
    here.advance()
    assert set(states(here).values()) == {"submitted"}  # what was found of the first file is not written over this
    here.advance()
    found = set(states(here).values())
    assert "needs_evidence" not in found
    assert "submitted" not in found


def test_list_forgotten_at_first_is_taken_the_second_time(small: Small) -> None:
    here = small(scenes.CREATIVE, 0.1)
    first = take(here, here.world.applications, {})
    again = take(here, here.world.applications)
    assert (again.added, again.known) == (0, first.added)
    assert again.completed > 0
    assert take(here, here.world.applications).completed == 0


def test_list_the_rules_do_not_have_is_refused_before_anything_is_written(small: Small) -> None:
    here = small(scenes.CREATIVE, 0.1)
    with pytest.raises(BadInput, match="partners"):
        take(here, here.world.applications, {"foo": here.world.children["partners"]})
    assert states(here) == {}


def test_verdict_that_stands_is_not_changed_by_a_file(small: Small) -> None:
    here = small(scenes.CREATIVE, 0.1)
    take(here, here.world.applications)
    here.advance()
    before = states(here)
    assert take(here, here.world.applications).completed == 0
    assert states(here) == before
