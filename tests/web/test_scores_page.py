"""What an officer reads of a round's scores, when, and what the jury still owes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from laurea.actions import joint, settle
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/rounds/example-2026"
TOGETHER = "consensus"


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The example round; its rules say what the test wants of the jury, by replacing text."""
    text = seeding.LABEL.read_text(encoding="utf-8")
    for old, new in getattr(request, "param", ()):
        assert old in text
        text = text.replace(old, new)
    rules = tmp_path / "label.yaml"
    rules.write_text(text, encoding="utf-8")
    found = seeding.seed(tmp_path, rule_file=rules, facts={"founder_one": "AZ", "founder_two": "GE", "consent": True})
    yield found
    found.engine.dispose()


@pytest.fixture
def officer(browser: Browser, place: Place) -> Browser:
    return browser.sign_in(place, place.officers[0])


def judge(place: Place, *, severity: tuple[int, ...] = (0, 0, 0, 0)) -> None:
    """Every sheet is in: good applications first, and some jurors stricter than others."""
    with reading(place.engine) as connection:
        query = select(t.assignments.c.id, t.assignments.c.application_id, t.assignments.c.juror_id)
        seats = list(connection.execute(query))
    with writing(place.engine) as connection:
        for seat in seats:
            overall = 100 - 8 * place.applications.index(seat.application_id) - severity[seat.juror_id - 1]
            marks = {"teaching": "3", "cooperation": "4", "data": "4", "results": "5", "overall": str(max(0, overall))}
            connection.execute(
                insert(t.sheets).values(
                    authority_id=1, round_id=place.round_id, assignment_id=seat.id, marks=marks, comment="",
                    submitted_at=place.now, saved_at=place.now,
                )
            )  # fmt: skip
        connection.execute(update(t.assignments).values(state="submitted"))
        connection.execute(update(t.rounds).values(policies={"pass_mark": "30"}))


def propose(place: Place) -> None:
    settle.settle(place.engine, place.round_id, now=place.now)


def test_no_score_is_shown_while_jurors_still_mark(officer: Browser, place: Place) -> None:
    judge(place)
    text = officer.get(f"{BASE}/scores").text
    assert "Scores are shown here once decisions are proposed" in text
    assert "<svg" not in text.split("<main")[1]
    assert not re.findall(r"\b\d+\.\d+\b", text.split("<main")[1])
    propose(place)
    text = officer.get(f"{BASE}/scores").text
    assert "Scores are shown here once" not in text
    assert text.split("<main")[1].count("<svg") == 3


def test_ranking_says_how_sure_each_application_is(officer: Browser, place: Place) -> None:
    judge(place, severity=(0, 4, 1, 7))
    propose(place)
    text = officer.get(f"{BASE}/scores").text
    assert "The line is a total of 30.0 points." in text
    body = text.split('id="ranking"')[1]
    order = re.findall(r">(AZ-\d+)</a>", body)
    assert order == sorted(order)  # the example's first application is its best
    assert "above the line" in body
    shares = [int(one) for one in re.findall(r"<td class=\"num\">(?:[<&lt;> ]*)(\d+) %</td>", body)]
    assert shares
    open_ = officer.get(f"{BASE}/scores?band=below").text.split('id="ranking"')[1]
    assert 0 < len(re.findall(r">(AZ-\d+)</a>", open_)) < len(order)


def test_jurors_are_named_with_their_severity_and_what_to_do_with_it(officer: Browser, place: Place) -> None:
    judge(place, severity=(0, 2, 1, 30))
    propose(place)
    text = officer.get(f"{BASE}/scores").text
    assert "Jurors agree" in text
    assert "Correcting for severity helps here" in text
    assert "The rules decide on the scores as they are" in text
    strictest = re.findall(r"<tbody><tr><td>([^<]+) <span", text.split('id="jurors"')[1])[0]
    assert strictest == "Tural Əliyev"
    assert "stricter" in text.split('id="jurors"')[1]


def test_a_jury_in_parts_is_told_which_reviews_would_join_it(officer: Browser, place: Place) -> None:
    with writing(place.engine) as connection:  # the first two jurors share no application with the others
        connection.execute(t.assignments.delete())
        for number, application in enumerate(place.applications):
            for juror in (1, 2) if number < 6 else (3, 4):
                connection.execute(
                    insert(t.assignments).values(
                        authority_id=1, round_id=place.round_id, application_id=application, juror_id=juror,
                        quality=800, state="open", assigned_at=place.now,
                    )
                )  # fmt: skip
    judge(place)
    propose(place)
    text = officer.get(f"{BASE}/scores").text
    assert "the jury falls into parts that share no application" in text
    assert re.search(r"J0\d also reviews AZ-26\d\d, beside J0\d", text)
    assert "How severe each juror was" not in text
    assert "Every juror in figures" not in text


@pytest.mark.parametrize("place", [(("consolidation: \"'mean'\"", f"consolidation: {TOGETHER}"),)], indirect=True)
def test_joint_sheets_name_who_has_not_agreed(officer: Browser, place: Place) -> None:
    judge(place)
    text = officer.get(f"{BASE}/scores").text
    assert text.count("the joint sheet of its jurors") == 12
    with reading(place.engine) as connection:
        first = connection.execute(
            select(t.assignments.c.id, t.jurors.c.person_id, t.people.c.name)
            .join_from(t.assignments, t.jurors, t.jurors.c.id == t.assignments.c.juror_id)
            .join(t.people, t.people.c.id == t.jurors.c.person_id)
            .where(t.assignments.c.application_id == place.applications[0])
            .order_by(t.assignments.c.id)
        ).all()
    marks = {"teaching": "3", "cooperation": "4", "data": "4", "results": "5", "overall": "77"}
    joint.write(
        place.engine, person_id=first[0].person_id, assignment_id=first[0].id, marks=marks, comment="our words",
        version=0, now=place.now,
    )  # fmt: skip
    text = officer.get(f"{BASE}/scores").text
    sheets = text.split('id="joint"')[1]
    agreed, missing = re.findall(r"<td>([^<]*)</td><td>([^<]*)</td>", sheets)[0]
    assert (agreed, missing) == (first[0].name, first[1].name)
    assert "77" not in sheets
    assert "our words" not in text


DIFFER = """\
  discrepancy:
    - {id: apart, says: They differ by 30 points., cite: house, when: "sheets.map(s, s.total).spread() >= 30"}
  third: closest_pair
"""


@pytest.mark.parametrize("place", [(("  conflicts: [own_school]\n", DIFFER),)], indirect=True)
def test_discrepancies_say_who_is_waited_for(officer: Browser, place: Place) -> None:
    from laurea import steps

    judge(place, severity=(0, 40, 0, 0))
    text = officer.get(f"{BASE}/scores").text
    assert "a further juror, for its score sheets differ too much; nobody could be asked yet" in text
    steps.advance(place.engine, place.round_id, settings=place.settings, now=place.now)
    text = officer.get(f"{BASE}/scores").text
    assert "nobody could be asked yet" not in text
    assert "the further score sheet of " in text


def test_the_page_of_scores_is_worked_out_once_and_asks_little(
    officer: Browser, place: Place, count_queries: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluators import round_scores

    judge(place)
    propose(place)
    asked = count_queries()
    first = officer.get(f"{BASE}/scores").text
    assert len(asked) <= 12
    monkeypatch.setattr(round_scores, "compare", lambda *_a, **_k: pytest.fail("it was worked out again"))
    again = officer.get(f"{BASE}/scores").text
    assert again.split("<main")[1] == first.split("<main")[1]
