"""Reserves of a jury: what silent jurors have not begun goes to them, and an officer calls one in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from laurea.actions import import_jury, relieve, remind
from laurea.errors import NotFound
from laurea.store import invariants
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.juries import SILENCE

Small = Callable[..., Any]
HEAD = "juror_id,name,email,languages,max_load,reserve\n"
RESERVE = "R-1,Reserve One,reserve@example.org,az;en;ka,{most},yes\n"


def bring(small: Small, most: int = 500) -> Any:
    """A routed round whose jury has one reserve, and whose letters have been written."""
    here = small()
    here.bring_in()
    path = here.world.folder / "reserves.csv"
    path.write_text(HEAD + RESERVE.format(most=most), encoding="utf-8")
    import_jury.import_jurors(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
    with writing(here.engine) as connection:  # the reserve reads whatever the papers are written in
        languages = sorted(set(connection.execute(select(t.applications.c.language)).scalars()))
        connection.execute(update(t.jurors).where(t.jurors.c.ref == "R-1").values(languages=languages))
    here.advance()
    return here


def held(here: Any) -> Counter[tuple[str, str]]:
    """How many reviews each juror has in each state."""
    a, j = t.assignments.c, t.jurors.c
    query = select(j.ref, a.state).join(t.jurors, j.id == a.juror_id)
    with reading(here.engine) as connection:
        return Counter((ref, state) for ref, state in connection.execute(query))


def letters(here: Any, kind: str) -> list[str]:
    m, p = t.messages.c, t.people.c
    query = select(p.email).join(t.people, p.id == m.person_id).where(m.kind == kind).order_by(m.id)
    with reading(here.engine) as connection:
        return list(connection.execute(query).scalars())


def events(here: Any) -> list[str]:
    with reading(here.engine) as connection:
        return list(connection.execute(select(t.audit.c.event).order_by(t.audit.c.id)).scalars())


def finish_all_but(here: Any, juror: str) -> None:
    """Everybody but one juror has handed in."""
    with writing(here.engine) as connection:
        ids = select(t.jurors.c.id).where(t.jurors.c.ref != juror)
        connection.execute(update(t.assignments).where(t.assignments.c.juror_id.in_(ids)).values(state="submitted"))


def some_juror(here: Any) -> tuple[str, int]:
    return max(((ref, n) for (ref, state), n in held(here).items() if state == "open"), key=lambda one: one[1])


def test_a_reserve_is_given_nothing_until_a_juror_stays_silent(small: Small) -> None:
    here = bring(small)
    assert not any(ref == "R-1" for ref, _ in held(here))
    silent, number = some_juror(here)
    finish_all_but(here, silent)
    at = here.scene.review_until + SILENCE
    assert "relieve" not in here.advance(at - timedelta(minutes=1))
    assert "relieve" in here.advance(at)
    found = held(here)
    assert (found["R-1", "open"], found[silent, "handed_back"], found[silent, "open"]) == (number, number, 0)
    assert letters(here, "assignment")[-1] == "reserve@example.org"
    assert len(letters(here, "reviews_withdrawn")) == 1
    assert events(here).count("reserves_asked") == 1
    assert here.advance(at + timedelta(hours=1)) == [], "done once"
    remind.remind(here.engine, here.round_id, settings=here.settings, now=at)
    assert letters(here, "reviews_silent") == [], "nothing is left for the officer"
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def test_a_begun_sheet_stays_and_what_no_reserve_can_take_is_the_officers(small: Small) -> None:
    here = bring(small, most=1)
    silent, number = some_juror(here)
    finish_all_but(here, silent)
    assert number > 2
    with writing(here.engine) as connection:
        who = select(t.jurors.c.id).where(t.jurors.c.ref == silent).scalar_subquery()
        first = connection.execute(select(t.assignments.c.id).where(t.assignments.c.juror_id == who)).scalars().first()
        connection.execute(update(t.assignments).where(t.assignments.c.id == first).values(state="draft"))
    at = here.scene.review_until + SILENCE
    here.advance(at)
    found = held(here)
    assert (found["R-1", "open"], found[silent, "draft"], found[silent, "open"]) == (1, 1, number - 2)
    remind.remind(here.engine, here.round_id, settings=here.settings, now=at)
    assert letters(here, "reviews_silent")


def test_where_the_officer_routes_the_clock_asks_no_reserve(small: Small) -> None:
    here = bring(small)
    finish_all_but(here, some_juror(here)[0])
    with writing(here.engine) as connection:
        connection.execute(update(t.rounds).values(routed_by_hand=True))
    at = here.scene.review_until + SILENCE
    assert "relieve" not in here.advance(at)
    assert relieve.relieve(here.engine, here.round_id, settings=here.settings, now=at).pairs == 0


def test_called_in_a_reserve_is_given_what_is_missing(small: Small) -> None:
    here = bring(small)
    common = {"actor": here.actor, "settings": here.settings, "now": here.after_deadline}
    with pytest.raises(NotFound):
        relieve.call_in(here.engine, here.round_id, "R-9", **common)
    with writing(here.engine) as connection:  # a review nobody of the jury has room for
        one = connection.execute(select(t.assignments.c.id, t.assignments.c.juror_id)).first()
        connection.execute(update(t.jurors).where(t.jurors.c.ref != "R-1").values(max_load=0, min_load=0))
        connection.execute(
            update(t.assignments).where(t.assignments.c.id == one.id).values(state="handed_back", ended="returned")
        )
    before = here.advance()
    assert not any(ref == "R-1" for ref, _ in held(here)), before
    done = relieve.call_in(here.engine, here.round_id, "R-1", **common)
    assert done is not None
    assert held(here)["R-1", "open"] == done.pairs == 1
    assert relieve.call_in(here.engine, here.round_id, "R-1", **common) is None
    assert events(here).count("reserve_called_in") == 1
