"""A deed over many records writes its lines when all are changed: whoever has one of them meanwhile needs the chain of
lines too, and neither may wait for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from evaluators.award_kit import State
from evaluators.validity import Term
from laurea import ledger
from laurea.actions import hand_out, imports, reissue, renew, sheet, uploads
from laurea.errors import Conflict, NotFound
from laurea.intake import Asked, Imported
from laurea.ledger import SYSTEM, Actor
from laurea.settings import Settings
from laurea.store import kits, pages_sheet, papers, plans
from laurea.store import tables as t
from laurea.store import uploads as kept
from laurea.store.engine import reading, writing
from tests.actions.many_held import hold
from tests.web import seeding
from tests.web.seeding import Place
from tests.web.test_certificates import let_go

Deed = Callable[[], object]
END = date(2024, 12, 31)


@contextmanager
def _before(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, call: int, deed: Deed
) -> Iterator[list[Future[object]]]:
    """Have a deed begin before this call of a step, which then goes on when it is done or seems to wait."""
    step, begun, calls = getattr(module, name), [], []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*args: Any, **options: Any) -> Any:
            calls.append(name)
            if len(calls) == call:
                begun.append(pool.submit(deed))
                wait(begun, 0.5)
            return step(*args, **options)

        monkeypatch.setattr(module, name, meanwhile)
        yield begun
    monkeypatch.setattr(module, name, step)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A released round, the holder of each of whose labels was asked where to send it."""
    found = seeding.seed(tmp_path, database_url=database_url)
    seeding.fill(found, 1.0, settle=True)
    let_go(found)
    _ask(found)
    yield found
    found.engine.dispose()


def _parcels(place: Place) -> list[kits.Parcel]:
    with reading(place.engine) as connection:
        return kits.parcels(connection, place.round_id, kits.Kit())


def _ask(place: Place) -> None:
    numbers, actor = [one.number for one in _parcels(place)], Actor.person(place.officers[0])
    hand_out.ask(place.engine, place.round_id, numbers, settings=place.settings, actor=actor, now=place.now)


def _mark(place: Place) -> None:
    numbers, actor = [one.number for one in _parcels(place)], Actor.person(place.officers[0])
    hand_out.mark(place.engine, place.round_id, numbers, State.ARRIVED, actor=actor, now=place.now)


@pytest.mark.parametrize("deed", [_ask, _mark])
def test_a_holder_answers_while_all_parcels_are_noted(
    place: Place, deed: Callable[[Place], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = _parcels(place)[-1]
    key = place.value(select(t.parcels.c.key).where(t.parcels.c.grant_id == last.grant_id))
    answer = partial(hand_out.answer, place.engine, key, "Street 1\nCity", place.now)
    with _before(monkeypatch, kits, "note", 2, answer) as answering:
        with suppress(Conflict):
            deed(place)
        with suppress(NotFound):
            answering[0].result(30)


def test_names_are_corrected_while_the_clock_looks_after_the_same_labels(
    engine: Engine, database_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(engine, [Term(date(2023, 5, 1), END, None)] * 6)
    now = datetime(2025, 1, 1, 9, tzinfo=UTC)
    with reading(engine) as connection:
        round_id = connection.execute(select(t.rounds.c.id)).scalar_one()
        first, *_, last = papers.granted(connection, round_id)
    clock = partial(renew.renew, engine, as_of=None, settings=database_settings, now=now)
    with _before(monkeypatch, papers, "rename", 2, clock) as turning:
        names = {last.number: "New A", first.number: "New B"}
        done = reissue.reissue(engine, round_id, names, actor=SYSTEM, now=now)
        turning[0].result(30)
    assert done == [last.number, first.number]


def test_no_conflict_is_declared_with_many_while_one_of_them_is_taken_away(
    small: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = small()
    here.bring_in()
    here.advance()
    a, j, now = t.assignments.c, t.jurors.c, here.after_deadline
    with reading(here.engine) as connection:
        busy = select(j.person_id).join_from(t.assignments, t.jurors).group_by(j.person_id).having(func.count() > 1)
        person = connection.execute(busy.order_by(j.person_id).limit(1)).scalar_one()
        query = select(a.id).join_from(t.assignments, t.jurors).where(j.person_id == person).order_by(a.id)
        first, second, *_ = connection.execute(query).scalars()

    def plan_anew() -> None:
        with writing(here.engine) as connection:
            assert plans.hand_back(connection, {second: "left"}, now)
            ledger.record_of(connection, here.record(), actor=SYSTEM, event=ledger.Event.JURORS_ASSIGNED, now=now)

    with _before(monkeypatch, pages_sheet, "open_sheet", 2, plan_anew) as planning:
        with suppress(NotFound):
            sheet.declare_none(here.engine, person_id=person, assignment_ids=[first, second], now=now)
        planning[0].result(30)
    with reading(here.engine) as connection:
        assert connection.execute(select(a.state).where(a.id == second)).scalar_one() == "handed_back"


def test_files_are_taken_in_or_thrown_away(small: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    here = small()
    by = {"now": here.after_deadline, "person_id": here.actor.person_id}

    def take(asked: Asked) -> Imported:
        return imports.import_applications(
            here.engine, here.round_id, here.world.applications, dict(here.world.children), actor=here.actor,
            now=here.after_deadline, asked=asked,
        )  # fmt: skip

    key = uploads.keep(
        here.engine, here.round_id, kind="applications", assigns=False, files={"file": here.world.applications},
        digest="d" * 64, would=take(Asked(keep=False)), **by,
    )  # fmt: skip
    with reading(here.engine) as connection:
        (upload,) = kept.of_round(connection, here.round_id, key)
    discard = partial(uploads.discard, here.engine, here.round_id, upload, **by)
    with _before(monkeypatch, kept, "taken", 1, discard) as discarding:
        deeds: list[Deed] = [
            lambda: take(Asked(receipt=uploads.receipt(upload, **by))), lambda: discarding[0].result(30),
        ]  # fmt: skip
        refused = []
        for deed in deeds:
            try:
                deed()
            except Conflict as error:
                refused.append(error)
    assert len(refused) == 1
