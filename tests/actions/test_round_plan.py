"""Who reviews what, by the officer's hand: plans in files, pins, conflicts that come late, jurors who leave."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import func, insert, select, update

from evaluators import assignment
from laurea import clock, ledger, routing, standing, steps
from laurea.actions import assign, drop, import_jury
from laurea.cli import round_jury
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.store import invariants, plans
from laurea.store import tables as t
from laurea.store.engine import reading, writing

Small = Callable[..., Any]
Pair = tuple[str, str]


def screened(here: Any) -> Any:
    """Everything imported and screened, and nobody assigned yet."""
    here.bring_in()
    while due := [one for one in steps.due(here.engine, here.round_id, settings=here.settings, now=here.after_deadline)
                  if one.kind != steps.ROUTE]:  # fmt: skip
        for one in due:
            steps.perform(here.engine, one, settings=here.settings, now=here.after_deadline)
    return here


def routed(here: Any) -> Any:
    here.bring_in()
    here.advance()
    return here


def look(here: Any) -> standing.Standing:
    with reading(here.engine) as connection:
        return standing.look(connection, here.round_id, here.settings, here.after_deadline)


def pairs(here: Any) -> set[Pair]:
    found = look(here)
    return found.pairs(found.reviews)


def propose(here: Any, *, anew: bool = False) -> assign.Proposed:
    return assign.propose(here.engine, here.round_id, anew=anew, settings=here.settings, now=here.after_deadline)


def keep(here: Any, path: Path, *, write: bool = True) -> assign.Kept:
    return assign.keep(
        here.engine, here.round_id, path, write=write, actor=here.actor, settings=here.settings, now=here.after_deadline
    )


def drop_juror(here: Any, juror: str) -> drop.Dropped:
    return drop.drop(
        here.engine, here.round_id, juror, "ill", actor=here.actor, settings=here.settings, now=here.after_deadline
    )


def file(here: Any, rows: Sequence[dict[str, Any]], name: str = "plan.csv") -> Path:
    path: Path = here.world.folder / name
    schema = dict.fromkeys(assign.COLUMNS, pl.String) | {"score": pl.Int64}
    pl.DataFrame(list(rows), schema=schema).write_csv(path)
    return path


def letters(here: Any, kind: str) -> Counter[int]:
    """How many letters of a kind each person has been sent."""
    c = t.messages.c
    query = select(c.person_id, func.count()).where(c.round_id == here.round_id, c.kind == kind).group_by(c.person_id)
    with reading(here.engine) as connection:
        return Counter(dict(connection.execute(query).tuples().all()))


def lines(here: Any, event: ledger.Event) -> list[dict[str, Any]]:
    query = select(t.audit.c.details, t.audit.c.actor).where(t.audit.c.event == event.value).order_by(t.audit.c.id)
    with reading(here.engine) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def everything(here: Any) -> dict[str, list[Any]]:
    with reading(here.engine) as connection:
        return {table.name: list(connection.execute(select(table))) for table in t.metadata.sorted_tables}


def sound(here: Any) -> None:
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def begin(here: Any, pair: Pair) -> None:
    """The juror of a review declares that there is no conflict: the sheet is open."""
    found = look(here)
    review = next(one for one in found.reviews if found.pairs([one]) == {pair})
    sheet = {"authority_id": found.record.authority_id, "round_id": here.round_id, "assignment_id": review.id}
    with writing(here.engine) as connection:
        connection.execute(insert(t.sheets).values(**sheet, marks={}, comment="", saved_at=here.after_deadline))
        connection.execute(update(t.assignments).where(t.assignments.c.id == review.id).values(state="draft"))


def another(here: Any, rows: Sequence[dict[str, Any]], place: int) -> str:
    """A juror who may take the review of a row instead."""
    found = look(here)
    for juror in sorted(found.juror_ids):
        tried = [(row["application_id"], row["juror_id"]) for row in rows]
        tried[place] = (tried[place][0], juror)
        if juror != rows[place]["juror_id"] and not found.wrong_with(tried):
            return juror
    raise AssertionError("nobody in this small round could take another review")


# --- the plan as a file --------------------------------------------------------------------------------------


def test_plan_is_told_written_and_saved_as_it_was_told(small: Small) -> None:
    here = screened(small())
    before = everything(here)
    made = propose(here)
    assert everything(here) == before, "a plan is no fact yet"
    reviews = int(here.scene.policies["reviews"])
    assert {row["state"] for row in made.rows} == {"new"}
    assert (
        len(made.diff.added)
        == len(made.rows)
        == reviews * len(look(here).everyone) - sum(gap.missing for gap in made.plan.gaps)
    )
    path = file(here, made.rows)
    assert keep(here, path, write=False).saved is False
    assert everything(here) == before, "a check writes nothing"
    assert keep(here, path).diff == made.diff
    assert pairs(here) == {(row["application_id"], row["juror_id"]) for row in made.rows}
    told = letters(here, "assignment")
    assert set(told.values()) == {1}
    assert len(told) == len({row["juror_id"] for row in made.rows})
    (line,) = lines(here, ledger.Event.JURORS_ASSIGNED)
    assert (line["actor"], line["details"]["pairs"], line["details"]["plan"]) == (
        here.actor.name, len(made.rows), "plan.csv"
    )  # fmt: skip
    sound(here)
    stands = everything(here)
    again = propose(here)
    assert again.diff.added == again.diff.removed == ()
    keep(here, file(here, again.rows))
    assert everything(here) == stands
    assert here.advance() == [], "nothing is left for the clock"


def test_officer_gives_a_review_to_somebody_else(small: Small) -> None:
    here = routed(small())
    made = propose(here)
    assert {row["state"] for row in made.rows} == {"stands"}
    place = next(n for n, _ in enumerate(made.rows))
    old, new = made.rows[place]["juror_id"], another(here, made.rows, place)
    application = made.rows[place]["application_id"]
    rows = [dict(row) for row in made.rows]
    rows[place] |= {"juror_id": new, "plan": ""}
    before = letters(here, "assignment")
    done = keep(here, file(here, rows))
    assert (done.diff.added, done.diff.removed) == (((application, new),), ((application, old),))
    assert (application, new) in pairs(here)
    assert (application, old) not in pairs(here)
    people = {one.ref: one.person_id for one in look(here).jury}
    assert letters(here, "reviews_withdrawn") == {people[old]: 1}
    assert letters(here, "assignment") - before == {people[new]: 1}
    assert here.advance() == []
    sound(here)
    # the same way back is told as well: letters are not told apart by what they name
    back = [dict(row) for row in propose(here).rows]
    for row in back:
        if (row["application_id"], row["juror_id"]) == (application, new):
            row["juror_id"] = old
    keep(here, file(here, back))
    assert letters(here, "reviews_withdrawn") == {people[old]: 1, people[new]: 1}
    assert letters(here, "assignment") - before == {people[old]: 1, people[new]: 1}


def test_row_taken_out_without_another_is_filled_by_the_clock(small: Small) -> None:
    here = routed(small())
    made = propose(here)
    gone = made.rows[0]["application_id"]
    done = keep(here, file(here, made.rows[1:]))
    assert done.missing == {gone: 1}
    assert here.advance() == ["route"]
    assert Counter(application for application, _ in pairs(here))[gone] == int(here.scene.policies["reviews"])
    sound(here)


def test_wrong_rows_are_named_and_nothing_is_saved(small: Small) -> None:
    here = routed(small())
    made = propose(here)
    begun = (made.rows[0]["application_id"], made.rows[0]["juror_id"])
    begin(here, begun)
    made = propose(here)
    states = {(row["application_id"], row["juror_id"]): row["state"] for row in made.rows}
    assert states[begun] == "begun"
    found = look(here)
    barred = next(pair for pair in sorted(found.conflicts) if pair[0] != begun[0])
    rows = [row for row in made.rows if (row["application_id"], row["juror_id"]) != begun]
    place = next(n for n, row in enumerate(rows) if row["application_id"] == barred[0])
    rows[place] = rows[place] | {"juror_id": barred[1]}
    rows.append({"application_id": "nowhere", "juror_id": "nobody", "score": 0, "state": "", "plan": made.mark})
    before = everything(here)
    with pytest.raises(BadInput) as caught:
        keep(here, file(here, rows))
    assert [(one.row, one.field) for one in caught.value.refusals] == [
        (len(rows) + 1, "application_id"), (len(rows) + 1, "juror_id")
    ]  # fmt: skip
    with pytest.raises(BadInput) as caught:
        keep(here, file(here, rows[:-1]))
    refusals = caught.value.refusals
    assert (place + 2, "juror_id") in [(one.row, one.field) for one in refusals]
    assert any(f"{barred[1]} has a conflict with {barred[0]}." in one.problem for one in refusals)
    assert f"{begun[1]} has begun the review of {begun[0]}; it cannot be taken away." in refusals[-1].problem
    assert refusals[-1].row is None
    assert all(one.remedy for one in refusals)
    assert everything(here) == before


def test_plan_of_yesterday_is_refused(small: Small) -> None:
    here = routed(small())
    old = propose(here)
    with writing(here.engine) as connection:
        review = look(here).reviews[0]
        connection.execute(update(t.assignments).where(t.assignments.c.id == review.id).values(state="handed_back"))
    before = everything(here)
    with pytest.raises(BadInput, match=r"The assignment has changed since this plan was made\. Make it again with"):
        keep(here, file(here, old.rows))
    with pytest.raises(BadInput, match="No row says which plan it belongs to"):
        keep(here, file(here, [row | {"plan": ""} for row in old.rows]))
    assert everything(here) == before


def test_review_begun_while_the_plan_is_saved_stops_it(small: Small) -> None:
    here = routed(small())
    found = look(here)
    taken = found.reviews[0]
    begin(here, next(iter(found.pairs([taken]))))
    before = everything(here)
    changes = routing.Changes(take=[taken])
    with pytest.raises(Conflict, match="begun a moment ago"):
        routing.save(
            here.engine, found, changes, complete=set(), actor=here.actor, now=here.after_deadline,
            settings=here.settings, told={},
        )  # fmt: skip
    assert everything(here) == before


def test_planning_anew_moves_what_nobody_has_begun(small: Small) -> None:
    here = routed(small())
    made = propose(here)
    place = 0
    rows = [dict(row) for row in made.rows]
    begun = (rows[1]["application_id"], rows[1]["juror_id"])
    begin(here, begun)
    rows[place]["juror_id"] = another(here, rows, place)
    keep(here, file(here, rows))
    anew = propose(here, anew=True)
    assert begun in {(row["application_id"], row["juror_id"]) for row in anew.rows}
    assert len(anew.rows) == len(rows)
    keep(here, file(here, anew.rows))
    assert propose(here, anew=True).diff.added == ()
    sound(here)


def test_no_plan_before_screening_or_after_proposal(small: Small) -> None:
    here = small()
    here.bring_in()
    with pytest.raises(NotNow, match="have not been screened yet"):
        propose(here)
    here.advance()
    here.mark()
    here.advance(here.scene.review_until)
    with pytest.raises(NotNow, match="its jury is closed"):
        propose(here)
    with pytest.raises(NotNow, match="its jury is closed"):
        drop_juror(here, look(here).jury[0].ref)


# --- conflicts that come late, pins ---------------------------------------------------------------------------


def test_conflict_that_comes_late_frees_the_review(small: Small) -> None:
    here = routed(small())
    pair = min(pairs(here))
    begin(here, pair)
    path = here.world.folder / "late.csv"
    path.write_text(f"application_id,juror_id,kind\n{pair[0]},{pair[1]},family\n", "utf-8")
    import_jury.import_conflicts(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    assert here.advance() == ["route"]
    assert pair not in pairs(here)
    assert Counter(application for application, _ in pairs(here))[pair[0]] == int(here.scene.policies["reviews"])
    people = {one.ref: one.person_id for one in look(here).jury}
    assert letters(here, "reviews_withdrawn") == {people[pair[1]]: 1}
    with reading(here.engine) as connection:
        kept = select(t.assignments.c.ended, t.sheets.c.id).join(
            t.sheets, t.sheets.c.assignment_id == t.assignments.c.id
        )
        assert [row.ended for row in connection.execute(kept)] == ["conflict"], "the sheet is kept"
    assert here.advance() == []
    sound(here)


def test_pins_are_taken_in_and_kept_to(small: Small) -> None:
    here = screened(small())
    pair = (made := propose(here).rows)[0]["application_id"], made[0]["juror_id"]
    must = (pair[0], another(here, made, 0))
    path = here.world.folder / "pins.csv"
    text = f"application_id,juror_id,pin\n{pair[0]},{pair[1]},never\n{must[0]},{must[1]},must\nnowhere,x,must\n"
    path.write_text(text, "utf-8")
    done = import_jury.import_pins(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    assert (done.added, done.known, len(done.refusals)) == (2, 0, 1)
    assert import_jury.import_pins(
        here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline
    ).added == 0  # fmt: skip
    here.advance()
    assert pair not in pairs(here)
    assert must in pairs(here)
    never = here.world.folder / "never.csv"
    never.write_text(f"application_id,juror_id,pin\n{must[0]},{must[1]},never\n", "utf-8")
    import_jury.import_pins(here.engine, here.round_id, never, actor=here.actor, now=here.after_deadline)
    assert here.advance() == ["route"]
    assert must not in pairs(here)
    sound(here)


def test_rules_say_what_a_good_pair_is(small: Small) -> None:
    here = screened(small())
    found = look(here)
    words = ("rivers", "music", "robots")
    with writing(here.engine) as connection:
        for n, one in enumerate(found.everyone):
            topics = [words[n % 3], words[(n + 1) % 3]]
            connection.execute(update(t.applications).where(t.applications.c.id == one.id).values(topics=topics))
        for n, juror in enumerate(found.jury):
            connection.execute(
                update(t.jurors)
                .where(t.jurors.c.id == juror.id)
                .values(expertise=[words[n % 3]], institution=f"S {n // 2}")
            )
    found = look(here)
    jury = found.plan.jury
    assert jury is not None
    weights = dict.fromkeys(("first_language", "other_language", "other_region", "other_institution"), 0)
    stricter = replace(
        jury, quality={**weights, "affinity": 1000}, limited=True, asked_per_institution=Fraction(1),
        asked_experienced=Fraction(1),
    )  # fmt: skip
    made = routing.filled(replace(found, plan=replace(found.plan, jury=stricter)))
    papers = {one.ref: one for one in found.everyone}
    bench = {one.ref: one for one in found.jury}
    assert made.pairs
    for pair in made.pairs:
        knows = len(set(papers[pair.application].topics) & set(bench[pair.juror].expertise))
        assert pair.quality == 500 * knows
    assert sum(pair.quality for pair in made.pairs) > 500 * len(made.pairs) // 2
    institutions = Counter((pair.application, bench[pair.juror].institution) for pair in made.pairs)
    assert set(institutions.values()) == {1}
    seated = {pair.application for pair in made.pairs if bench[pair.juror].experienced}
    assert seated | {seat.application for seat in made.unmet_seats} == {pair.application for pair in made.pairs}
    assert seated


def test_round_is_routed_as_fairly_and_as_unforeseeably_as_its_rules_ask(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = look(screened(small()))
    asked: list[tuple[bool, float]] = []

    def plan(*papers: Any, fairness: bool, shuffle: float, **terms: Any) -> Any:
        asked.append((fairness, shuffle))
        return made_by(*papers, fairness=fairness, shuffle=shuffle, **terms)

    made_by = assignment.plan
    monkeypatch.setattr(assignment, "plan", plan)

    def made(**terms: Any) -> list[assignment.Pair]:
        assert found.plan.jury is not None
        return routing.filled(replace(found, plan=replace(found.plan, jury=replace(found.plan.jury, **terms)))).pairs

    plain, drawn, again = made(), made(asked_shuffle=Fraction(1, 2)), made(asked_shuffle=Fraction(1, 2))
    assert drawn == again != plain
    made(fair=True)
    assert asked == [(False, 0.0), (False, 0.5), (False, 0.5), (True, 0.0)]


# --- jurors who leave ----------------------------------------------------------------------------------------


def test_juror_leaves_and_others_take_over(small: Small) -> None:
    here = routed(small())
    found = look(here)
    loads = Counter(juror for _, juror in pairs(here))
    juror = max(sorted(loads), key=lambda one: loads[one])
    mine = sorted(pair for pair in pairs(here) if pair[1] == juror)
    done_pair, begun = mine[0], mine[1]
    begin(here, begun)
    begin(here, done_pair)
    review = next(one for one in look(here).reviews if found.pairs([one]) == {done_pair})
    with writing(here.engine) as connection:
        connection.execute(update(t.assignments).where(t.assignments.c.id == review.id).values(state="submitted"))
    before, told = pairs(here), letters(here, "assignment")
    done = drop_juror(here, juror)
    after = pairs(here)
    assert done.routed is not None
    assert not done.known
    assert done.routed.freed == len(mine) - 1
    assert {pair for pair in after if pair[1] == juror} == {done_pair}, "what is submitted counts"
    others = before - after - set(mine)
    assert len(others) == done.routed.moved == done.routed.least_moved
    added = after - before
    people = {one.ref: one.person_id for one in found.jury}
    assert letters(here, "assignment") - told == Counter(people[one] for one in {juror for _, juror in added})
    assert people[juror] not in letters(here, "reviews_withdrawn")
    assert [line["actor"] for line in lines(here, ledger.Event.JUROR_LEFT)] == [here.actor.name]
    assert "ill" not in str(lines(here, ledger.Event.JUROR_LEFT)), "the officer's words stay with the juror"
    sound(here)
    stands = everything(here)
    assert drop_juror(here, juror).known
    assert here.advance() == []
    assert everything(here) == stands


def test_leaving_that_was_interrupted_is_finished_by_the_clock(small: Small) -> None:
    here = routed(small())
    juror = min(pairs(here))[1]
    with writing(here.engine) as connection:  # the first half of the deed, then the power goes
        assert plans.leave(connection, look(here).juror_ids[juror], "ill", here.after_deadline)
    assert here.advance() == ["route"]
    assert juror not in {one for _, one in pairs(here)}
    assert here.advance() == []
    sound(here)


def test_juror_who_leaves_before_anybody_is_assigned_gets_nothing(small: Small) -> None:
    here = screened(small())
    juror = propose(here).rows[0]["juror_id"]
    assert drop_juror(here, juror).routed is None
    here.advance()
    assert juror not in {one for _, one in pairs(here)}


def test_nobody_leaves_without_a_name_or_a_reason(small: Small) -> None:
    here = routed(small())
    juror = look(here).jury[0].ref
    with pytest.raises(NotFound, match="has no juror"):
        drop_juror(here, juror + "x")
    with pytest.raises(BadInput, match="not said why"):
        drop.drop(
            here.engine, here.round_id, juror, " ", actor=here.actor, settings=here.settings, now=here.after_deadline
        )


# --- the commands --------------------------------------------------------------------------------------------


def test_the_commands_tell_plan_and_dropout_in_words(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    here = screened(small())
    monkeypatch.setattr(round_jury, "engine_of", lambda _settings: here.engine)
    monkeypatch.setattr(clock, "now", lambda: here.after_deadline)
    monkeypatch.setenv("COLUMNS", "300")
    code, plan = here.scene.code, tmp_path / "plan.csv"

    def said() -> str:
        return " ".join(capsys.readouterr().out.split())

    round_jury.assign(code)
    assert "Nothing is saved. To edit it:" in said()
    round_jury.assign(code, output=plan)
    made = len(plan.read_text("utf-8").splitlines()) - 1
    assert f"{made} reviews added, 0 removed, 0 kept." in said()
    round_jury.assign(code, from_=plan, check=True)
    assert "The plan may be saved. Nothing is saved yet." in said()
    assert pairs(here) == set()
    round_jury.assign(code, from_=plan)
    assert " Saved. Letters leave with the clock" in said()
    assert len(pairs(here)) == made
    round_jury.assign(code, json=True)
    assert json.loads(capsys.readouterr().out)["kept"] == made
    with pytest.raises(BadInput, match="either made or saved"):
        round_jury.assign(code, from_=plan, anew=True)
    with pytest.raises(BadInput, match="no file to check"):
        round_jury.assign(code, check=True)
    juror = min(pairs(here))[1]
    mine = len([pair for pair in pairs(here) if pair[1] == juror])
    round_jury.drop(code, juror, why="ill")
    told = said()
    assert f"{juror} has left {code}. {mine} review" in told
    assert "freed" in told
    round_jury.drop(code, juror, why="ill")
    assert f"{juror} had left {code} before." in said()
    round_jury.drop(code, juror, why="ill", json=True)
    assert json.loads(capsys.readouterr().out)["known"] is True
    round_jury.come_back(code, juror)
    assert f"{juror} takes part in {code} again." in said()
    round_jury.come_back(code, juror)
    assert f"{juror} had not left {code}." in said()
    round_jury.come_back(code, juror, json=True)
    assert json.loads(capsys.readouterr().out) == {"juror": juror, "known": True, "again": 0}
