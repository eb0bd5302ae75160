"""Files that cannot be used as they are: refused by place and remedy, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from laurea.actions import gather, import_jury, imports, open_round
from laurea.cli.demo import play, scenes
from laurea.errors import BadInput, Conflict, SetupMissing
from laurea.sources.registers import SourceUnavailable
from laurea.store import applications, juries, plans
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web.row_words import again
from rules.library import named

Small = Callable[..., Any]


def everything(here: Any) -> dict[str, list[Any]]:
    with reading(here.engine) as connection:
        return {table.name: list(connection.execute(select(table))) for table in t.metadata.sorted_tables}


def with_sheets(small: Small, change: Callable[[list[str]], list[str]]) -> tuple[Any, Path]:
    here = small()
    here.bring_in()
    here.advance()
    path = here.sheets()
    lines = path.read_text().splitlines()
    path.write_text("\n".join(change(lines)) + "\n")
    return here, path


def take(here: Any, path: Path) -> Any:
    return import_jury.import_sheets(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)


def test_score_outside_the_scale_refuses_that_sheet_and_no_other(small: Small) -> None:
    def spoil(lines: list[str]) -> list[str]:
        application, juror, criterion, _points, stamp = lines[1].split(",")
        return [lines[0], f"{application},{juror},{criterion},5.5,{stamp}", *lines[2:]]

    here, path = with_sheets(small, spoil)
    with reading(here.engine) as connection:
        wanted = len(juries.assignments(connection, here.round_id))
    done = take(here, path)
    assert done.added == wanted - 1
    assert [(r.file, r.row, r.field) for r in done.refusals] == [("sheets.csv", 2, "points")]
    assert "5.5" in done.refusals[0].problem
    assert done.refusals[0].remedy


@pytest.mark.parametrize("points", ["NaN", "-1", "inf", "3,5", "1e2", ""])
def test_mark_that_is_no_point_of_the_scale_is_refused(small: Small, points: str) -> None:
    def spoil(lines: list[str]) -> list[str]:
        application, juror, criterion, _points, stamp = lines[1].split(",")
        return [lines[0], f'{application},{juror},{criterion},"{points}",{stamp}', *lines[2:]]

    here, path = with_sheets(small, spoil)
    done = take(here, path)
    assert [r.row for r in done.refusals if r.row == 2]
    with reading(here.engine) as connection:
        states = juries.assignment_counts(connection, here.round_id)
    assert states["open"] == 1
    assert states["submitted"] == done.added > 0


def test_sheet_of_an_unknown_juror_or_application_is_refused(small: Small) -> None:
    def spoil(lines: list[str]) -> list[str]:
        stamp = lines[1].split(",")[4]
        return [
            *lines,
            f"NOBODY,J-1,collaboration,3,{stamp}",
            f"{lines[1].split(',')[0]},NOBODY,collaboration,3,{stamp}",
        ]

    here, path = with_sheets(small, spoil)
    done = take(here, path)
    assert [r.field for r in done.refusals] == ["application_id", "juror_id"]
    assert all("NOBODY" in r.problem for r in done.refusals)


def test_sheets_once_taken_are_known_the_second_time(small: Small) -> None:
    here, path = with_sheets(small, lambda lines: lines)
    first = take(here, path)
    again = take(here, path)
    assert first.added > 0
    assert (again.added, again.known) == (0, first.added)


def test_file_that_cannot_be_read_changes_nothing(small: Small, tmp_path: Path) -> None:
    here = small()
    here.bring_in()
    before = everything(here)
    for name, content in {
        "other-encoding.csv": "application_id;unit_name\nA;Žanete Bērziņa\n".encode("cp1257"),
        "pipes.csv": here.world.applications.read_bytes().replace(b",", b"|").replace(b";", b"|"),
        "empty.csv": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput) as refused:
            imports.import_applications(here.engine, here.round_id, path, {}, actor=here.actor, now=here.after_deadline)
        assert name in str(refused.value)
    assert everything(here) == before


def test_round_with_an_open_question_is_not_opened(engine: Any) -> None:
    scene = scenes.NQL
    policies = {name: answer for name, answer in scene.policies.items() if name != "pass_mark"}
    new = open_round.NewRound(
        code="new",
        title="New",
        authority=scene.owner.code,
        country=scene.country,
        opens_at=scene.opens_at,
        closes_at=scene.closes_at,
        review_until=scene.review_until,
        award_on=scene.award_on,
        policies=policies,
    )
    from laurea.ledger import SYSTEM

    with pytest.raises(BadInput) as refused:
        open_round.open_round(
            engine, new, play.owner_of(scene.owner), named(scene.rule_set), actor=SYSTEM, now=scene.opens_at
        )
    assert [r.field for r in refused.value.refusals] == ["policy pass_mark"]
    assert "--policy pass_mark=" in refused.value.refusals[0].remedy
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(t.rounds)).scalar_one() == 0


def test_code_of_a_round_is_given_once(small: Small) -> None:
    small()
    with pytest.raises(Conflict, match="already a round"):
        small()


def test_register_that_does_not_answer_leaves_everything_as_it_was(small: Small) -> None:
    here = small()
    here.bring_in()
    before = everything(here)
    with reading(here.engine) as connection:
        ids = applications.ids_to_gather(connection, here.round_id)
    with pytest.raises(SourceUnavailable, match="no usable answer"):
        gather.gather(
            here.engine,
            here.round_id,
            ids,
            addresses={"esep-register": "http://127.0.0.1:9/"},
            now=here.after_deadline,
        )
    with pytest.raises(SetupMissing, match="LAUREA_SOURCES"):
        gather.gather(here.engine, here.round_id, ids, addresses={}, now=here.after_deadline)
    assert everything(here) == before


def test_evidence_is_kept_once_with_its_source_and_digest(small: Small) -> None:
    here = small()
    here.bring_in()
    with reading(here.engine) as connection:
        ids = applications.ids_to_gather(connection, here.round_id)
    for _ in range(2):
        gather.gather(here.engine, here.round_id, ids, addresses=here.settings.sources, now=here.after_deadline)
    with reading(here.engine) as connection:
        rows = connection.execute(select(t.evidence)).all()
    assert 0 < len(rows) <= len(ids)
    assert all(row.digest == applications.digest_of(row.content) and row.source == "esep-register" for row in rows)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sheet_opened_on_the_portal_is_filled_and_one_begun_there_is_left_to_its_juror(small: Small) -> None:
    here, path = with_sheets(small, lambda lines: lines)
    with writing(here.engine) as connection:
        empty, begun, *others = juries.assignments(connection, here.round_id)
        for one, marks in ((empty, {}), (begun, {"x": "1"})):
            values = {"authority_id": 1, "round_id": here.round_id, "assignment_id": one.id, "marks": marks}
            connection.execute(t.sheets.insert().values(**values, comment="", saved_at=here.after_deadline))
            connection.execute(t.assignments.update().where(t.assignments.c.id == one.id).values(state="draft"))
    done = take(here, path)
    assert done.added == 1 + len(others)
    assert [one.problem for one in done.refusals] == ["The juror has begun this sheet on the portal."]
    with reading(here.engine) as connection:
        states = {one.id: one.state for one in juries.assignments(connection, here.round_id)}
    assert (states[empty.id], states[begun.id]) == ("submitted", "draft")


def jurors_file(here: Any, path: Path, loads: dict[str, tuple[int, str]]) -> Path:
    """The jury of a round as a file, with other loads for some."""
    lines = ["juror_id,name,email,languages,max_load,min_load"]
    with reading(here.engine) as connection:
        for one in juries.jurors(connection, here.round_id):
            most, least = loads.get(one.ref, (one.max_load, ""))
            lines.append(f"{one.ref},{one.name},{one.email},{';'.join(one.languages)},{most},{least}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_jurors_file_sent_again_changes_loads_and_nothing_else(small: Small, tmp_path: Path) -> None:
    here = small()
    here.bring_in()
    with reading(here.engine) as connection:
        before = {one.ref: one for one in juries.jurors(connection, here.round_id)}
    first, second = sorted(before)[:2]
    more = before[first].max_load + 3
    path = jurors_file(here, tmp_path / "jurors.csv", {first: (more, ""), second: (before[second].max_load, "1")})
    done = import_jury.import_jurors(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    assert (done.added, done.known, done.completed, done.refusals) == (0, len(before), 2, ())
    with reading(here.engine) as connection:
        after = {one.ref: one for one in juries.jurors(connection, here.round_id)}
    assert (after[first].min_load, after[first].max_load) == (before[first].min_load, more)
    assert (after[second].min_load, after[second].max_load) == (1, before[second].max_load)
    same = {ref: one for ref, one in after.items() if ref not in (first, second)}
    assert same == {ref: before[ref] for ref in same}, "an empty least load leaves what stood"
    once_more = import_jury.import_jurors(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    assert once_more.completed == 0


def test_a_load_below_what_the_juror_holds_is_refused(small: Small, tmp_path: Path) -> None:
    here = small()
    here.bring_in()
    here.advance()
    with reading(here.engine) as connection:
        held = plans.reviews(connection, here.round_id)
        jury = {one.id: one for one in juries.jurors(connection, here.round_id)}
    busy = jury[held[0].juror_id]
    path = jurors_file(here, tmp_path / "jurors.csv", {busy.ref: (0, "")})
    done = import_jury.import_jurors(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    assert [(one.field, one.remedy) for one in done.refusals] == [
        ("max_load", "Raise max_load, or give reviews to others first.")
    ]
    assert again(done.refusals[0].problem, str) == done.refusals[0].problem, "the portal knows the sentence"
    with reading(here.engine) as connection:
        assert {one.id: one for one in juries.jurors(connection, here.round_id)} == jury
