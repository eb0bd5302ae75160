"""Lists, nominations and awards between offices: what counts, what is refused, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from evaluators import handover
from laurea import steps
from laurea.actions import hand_back, hand_over, nominate
from laurea.errors import BadInput, NotFound, NotNow
from laurea.store import applications, handovers, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.handovers import Handover
from tests.web import offices
from tests.web.offices import OFFICES, Year

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return offices.seed(tmp_path_factory.mktemp("offices"))


@pytest.fixture
def year(seeded: Year, tmp_path: Path) -> Iterator[Year]:
    found = offices.copied(seeded, tmp_path / "workspace")
    yield found
    found.engine.dispose()


def authority(year: Year, office: str) -> int:
    with reading(year.engine) as connection:
        return rounds.authority(connection, OFFICES[office].code).id


def received(year: Year, office: str, kind: str) -> list[Handover]:
    with reading(year.engine) as connection:
        return handovers.received(connection, authority(year, office), kind)


def say(year: Year, office: str, *projects: str, days: int = 0) -> nominate.Nominated:
    """An office answers its newest list."""
    return nominate.nominate(
        year.engine, authority(year, office), received(year, office, handovers.LIST)[0].id, projects,
        actor=year.actor(office), now=year.now + days * DAY,
    )  # fmt: skip


def central(year: Year) -> dict[str, applications.ApplicationRecord]:
    with reading(year.engine) as connection:
        return {one.ref: one for one in applications.load(connection, year.rounds["css"])}


def test_the_later_word_counts_until_it_is_taken_in(year: Year) -> None:
    offices.up(year)
    assert say(year, "ge", "P1", "P2").replaces is False
    assert say(year, "ge", "P3").replaces is True
    say(year, "lv")
    done = nominate.take_nominations(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    assert done == nominate.TakenIn(offices=2, nominated=1, passed_over=15)
    assert {ref for ref, one in central(year).items() if one.facts[handover.PROPOSED]} == {"P3-GE"}
    with pytest.raises(NotNow, match="taken in already"):
        say(year, "ge", "P1")
    with pytest.raises(NotNow, match="No nominations"):
        nominate.take_nominations(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    states = {one.label: (one.newest, one.taken_at is not None) for one in received(year, "css", handovers.NOMINATIONS)}
    assert states["european-2026 (2)"] == (True, True)


def test_too_many_or_barred_projects_are_refused_with_their_clause(year: Year) -> None:
    offices.up(year)
    with pytest.raises(BadInput) as refused:
        say(year, "ge", "P1", "P2", "P4", "P5")
    assert [one.field for one in refused.value.refusals] == ["score", "share_of_country"]
    assert "2 of 8 can be nominated" in refused.value.refusals[1].problem
    with pytest.raises(BadInput, match="not on the list"):
        say(year, "ge", "P9")
    assert received(year, "css", handovers.NOMINATIONS) == []


def test_nobody_answers_anothers_list_or_after_the_last_day(year: Year) -> None:
    offices.up(year)
    theirs = received(year, "lv", handovers.LIST)[0].id
    with pytest.raises(NotFound):
        nominate.nominate(year.engine, authority(year, "ge"), theirs, ["P1"], actor=year.actor("ge"), now=year.now)
    with pytest.raises(NotNow, match="were due by"):
        say(year, "ge", "P1", days=5)
    with pytest.raises(NotNow, match="is closed"):
        nominate.send_lists(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now + 5 * DAY)


def test_labels_that_come_later_change_what_rests_on_them(year: Year) -> None:
    """One office first: no project has labels in two countries. Then the other's labels come in."""
    css = year.actor("css")
    hand_over.hand_over_round(year.engine, year.rounds["ge"], "css", actor=year.actor("ge"), now=year.now)
    assert hand_over.take_in(year.engine, year.rounds["css"], actor=css, now=year.now) == hand_over.TakenIn(8, 0)
    assert central(year)["P2-GE"].facts["average_score"] == "23.0000"
    hand_over.hand_over_round(year.engine, year.rounds["lv"], "css", actor=year.actor("lv"), now=year.now)
    assert hand_over.take_in(year.engine, year.rounds["css"], actor=css, now=year.now) == hand_over.TakenIn(8, 5)
    assert (
        central(year)["P2-GE"].facts | {"nql_countries": 2, "average_score": "22.5000"} == central(year)["P2-GE"].facts
    )
    assert central(year)["P2-GE"].unit_name == "The salt road"
    assert central(year)["P2-LV"].unit_name == "Storks return"
    sent = nominate.send_lists(year.engine, year.rounds["css"], actor=css, now=year.now)
    assert sent == ["Georgian Office", "Latvian Office"]
    assert nominate.send_lists(year.engine, year.rounds["css"], actor=css, now=year.now) == []


def test_a_screened_project_is_screened_again_when_its_figures_change(year: Year) -> None:
    css, now = year.actor("css"), year.now
    hand_over.hand_over_round(year.engine, year.rounds["ge"], "css", actor=year.actor("ge"), now=now)
    hand_over.take_in(year.engine, year.rounds["css"], actor=css, now=now)
    steps.advance(year.engine, year.rounds["css"], settings=year.settings, now=now + 6 * DAY)
    with writing(year.engine) as connection:  # as if the round were screened, and nothing proposed yet
        assert rounds.round_by_id(connection, year.rounds["css"]).proposed_at is not None
        connection.execute(update(t.rounds).values(proposed_at=None).where(t.rounds.c.id == year.rounds["css"]))
        connection.execute(update(t.applications).values(state="ineligible"))
    hand_over.hand_over_round(year.engine, year.rounds["lv"], "css", actor=year.actor("lv"), now=now)
    hand_over.take_in(year.engine, year.rounds["css"], actor=css, now=now + 6 * DAY)
    states = {ref: one.state for ref, one in central(year).items()}
    assert (states["P2-GE"], states["P6-GE"]) == ("submitted", "ineligible")


def test_labels_of_another_year_are_not_taken_in_twice(year: Year) -> None:
    offices.up(year)
    taken = received(year, "css", handovers.LABELS)[0]
    assert (taken.taken_into, taken.taken_by) == (year.rounds["css"], "Claire Dumont")
    with pytest.raises(NotFound, match="taken it in already"):
        hand_over.take_in(year.engine, year.rounds["css"], [taken.id], actor=year.actor("css"), now=year.now)
    assert hand_over.take_in(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now).new == 0


def test_each_office_gets_the_outcome_of_its_own_nominations_once(year: Year) -> None:
    offices.up(year)
    with pytest.raises(NotNow, match="not released"):
        hand_back.hand_back(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    say(year, "ge", "P1", "P2")
    say(year, "lv", "P4")
    offices.down(year)
    again = hand_back.hand_back(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    assert again == []
    for office, projects in (("ge", ["P1", "P2"]), ("lv", ["P4"])):
        (one,) = received(year, office, handovers.AWARDS)
        assert [(row["project_id"], row["granted"]) for row in one.rows] == [(project, True) for project in projects]
        assert all(row["certificate"] for row in one.rows)
        assert one.about["released_by"] == "Claire Dumont"
        assert one.handed_by == "Claire Dumont"


def test_who_said_nothing_is_left_open_and_nobody_else_waits_for_ever(year: Year) -> None:
    offices.up(year)
    say(year, "ge", "P1")
    nominate.take_nominations(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    steps.advance(year.engine, year.rounds["css"], settings=year.settings, now=year.now + 6 * DAY)
    states = {ref: one.state for ref, one in central(year).items()}
    assert (states["P1-LV"], states["P1-GE"]) == ("needs_evidence", "eligible")
    assert year.round_of("css").proposed_at is None
    letters = select(func.count()).where(t.messages.c.kind == "evidence_needed")
    assert year.value(letters) == 0  # the list says what is missing, not a letter for each project
    steps.advance(year.engine, year.rounds["css"], settings=year.settings, now=year.now + 10 * DAY)
    states = {ref: one.state for ref, one in central(year).items()}
    assert (states["P1-LV"], states["P1-GE"]) == ("needs_evidence", "decided")


def test_where_the_rules_take_the_best_nobody_is_asked(year: Year) -> None:
    with writing(year.engine) as connection:
        policies = {**offices.ANSWERS, "nomination": "best_first"}
        connection.execute(update(t.rounds).values(policies=policies).where(t.rounds.c.id == year.rounds["css"]))
    with pytest.raises(BadInput, match="no choice"):
        offices.up(year)


def test_both_sides_keep_a_line_of_every_hand_over(year: Year) -> None:
    offices.up(year)
    say(year, "ge", "P1")
    a = t.audit.c
    lines = select(func.count()).where(a.event == "handed_over")
    assert year.value(lines) == 2 * 5  # two of labels, two lists, one of nominations
    for office, count in (("css", 5), ("ge", 3), ("lv", 2)):
        assert year.value(lines.where(a.authority_id == authority(year, office))) == count


def test_two_offices_of_one_country_are_told_apart_or_refused(year: Year) -> None:
    with writing(year.engine) as connection:
        connection.execute(update(t.authorities).values(country="GE").where(t.authorities.c.code == "lv-nso"))
    with pytest.raises(BadInput, match="Two offices of one country"):
        offices.up(year)
