"""Two deeds in the same moment: whichever comes second sees what the first has done, and neither is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from evaluators.personal import Keep
from laurea import routing, steps
from laurea.actions import (
    anonymise,
    celebrate,
    correct_person,
    extend,
    import_jury,
    meet,
    nominate,
    post_rules,
    release,
    relieve,
    restore,
    retain,
    route,
    sheet,
)
from laurea.actions import apply as deeds
from laurea.errors import BadInput, Conflict, LaureaError, NotNow
from laurea.ledger import SYSTEM, Actor
from laurea.restoring import ASSIGNMENTS
from laurea.settings import Settings
from laurea.store import applying, ceremonies, handovers, juries, meetings, pages_applicant, people, rounds
from laurea.store import restoring as kept
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.juries import SILENCE
from tests.actions.test_applying import CONTENT, NOW, begin, person, round_id
from tests.actions.test_hand_over import following
from tests.actions.test_relieve import bring, finish_all_but, some_juror
from tests.actions.test_relieve import held as reviews_held
from tests.web import offices, seeding
from tests.web.offices import OFFICES
from tests.web.seeding import Place
from tests.web.test_certificates import let_go

__all__ = ["round_id"]

Small = Callable[..., Any]
Deed = Callable[[], object]
Begun = Callable[[], object]
AtOnce = Callable[[Any, str, Deed], Begun]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[AtOnce]:
    """Begin a deed just before another calls this function. It is done there and then, or waits for the other's end;
    what is given tells what came of it.
    """
    with ThreadPoolExecutor(1) as pool:

        def arrange(place: Any, name: str, deed: Deed) -> Begun:
            begun: list[Future[object]] = []
            real = getattr(place, name)

            def meanwhile(*args: Any, **options: Any) -> Any:
                monkeypatch.setattr(place, name, real)
                begun.append(pool.submit(deed))
                wait(begun, 0.5)
                return real(*args, **options)

            monkeypatch.setattr(place, name, meanwhile)
            return lambda: begun[0].result(30)

        yield arrange


def refused(deed: Deed, by: type[LaureaError]) -> bool:
    """Whether a deed is refused."""
    try:
        deed()
    except by:
        return True
    return False


def count(engine: Engine, table: Any, *where: Any) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def test_who_is_given_more_time_keeps_the_reviews(small: Small, at_once: AtOnce) -> None:
    here = bring(small)
    silent, number = some_juror(here)
    finish_all_but(here, silent)
    at = here.scene.review_until + SILENCE
    longer = {"until": at + timedelta(days=5), "actor": here.actor, "now": at}
    granted = at_once(relieve, "relief", partial(extend.extend, here.engine, here.round_id, silent, **longer))
    relieve.relieve(here.engine, here.round_id, settings=here.settings, now=at)
    assert granted() == reviews_held(here)[silent, "open"] == number


def test_letters_wait_as_long_as_was_said_last(small: Small, at_once: AtOnce) -> None:
    here = small()
    said = {"expected_digest": here.settle(), "actor": here.actor, "now": here.scene.review_until}
    waits = {"quiet_from": "", "quiet_until": "", "digest_minutes": 0, "undo_minutes": 45}
    about = {"actor": here.actor, "now": here.scene.review_until}
    at_once(release, "_write", partial(post_rules.set_rules, here.engine, here.round_id, **waits, **about))
    release.release(here.engine, here.round_id, settings=here.settings, **said)
    with reading(here.engine) as connection:
        query = select(t.messages.c.not_before).where(t.messages.c.kind == "decision").distinct()
        assert connection.execute(query).scalars().all() == [here.scene.review_until + timedelta(minutes=45)]


@pytest.mark.parametrize(
    ("takes_in", "column", "value"),
    [(import_jury.import_conflicts, "kind", "family"), (import_jury.import_pins, "pin", "never")],
)
def test_a_plan_in_the_making_brings_nobody_together_who_is_barred(
    small: Small, monkeypatch: pytest.MonkeyPatch, takes_in: Any, column: str, value: str
) -> None:
    here = small()
    here.bring_in()
    said = {"settings": here.settings, "now": here.after_deadline}
    while (step := steps.due(here.engine, here.round_id, **said)[0]).kind != "route":
        steps.perform(here.engine, step, **said)
    filled, barred = routing.filled, []

    def meanwhile(standing: Any) -> Any:
        monkeypatch.setattr(routing, "filled", filled)
        made = filled(standing)
        barred.append((made.pairs[0].application, made.pairs[0].juror))
        path = here.world.folder / "barred.csv"
        path.write_text(f"application_id,juror_id,{column}\n{','.join(barred[0])},{value}\n")
        takes_in(here.engine, here.round_id, path, actor=here.actor, now=here.after_deadline)
        return made

    monkeypatch.setattr(routing, "filled", meanwhile)
    route.route(here.engine, here.round_id, **said)
    assert barred[0] not in _given(here)
    here.advance()
    assert _given(here)
    assert barred[0] not in _given(here)


def _given(here: Any) -> set[tuple[str, str]]:
    """Who was ever given what."""
    query = select(t.applications.c.ref, t.jurors.c.ref).join_from(t.assignments, t.applications)
    with reading(here.engine) as connection:
        rows = connection.execute(query.join(t.jurors, t.jurors.c.id == t.assignments.c.juror_id))
        return {(application, juror) for application, juror in rows}


def _shared(engine: Engine, settings: Settings) -> tuple[int, int, str]:
    """A draft of two people."""
    first = person(engine, "nino@example.org", settings)
    key = begin(engine, first)
    deeds.invite(engine, person_id=first, key=key, address="giorgi@example.org", now=NOW, settings=settings)
    return first, person(engine, "giorgi@example.org", settings), key


@pytest.mark.usefixtures("round_id")
def test_of_two_who_save_a_draft_one_is_told_of_the_other(
    engine: Engine, database_settings: Settings, at_once: AtOnce
) -> None:
    first, second, key = _shared(engine, database_settings)
    save = partial(deeds.save, engine, key=key, version=1, now=NOW)
    other = {**CONTENT, "facts": {"stage": "begun"}}
    begun = at_once(applying, "change_draft", partial(save, person_id=second, content=other))
    mine = partial(save, person_id=first, content=CONTENT)
    assert sorted([refused(mine, deeds.Elsewhere), refused(begun, deeds.Elsewhere)]) == [False, True]


def _ready(engine: Engine, settings: Settings) -> tuple[dict[str, Any], int]:
    """A draft of two people that can be handed in: what deeds at it are given, and its version."""
    first, _, key = _shared(engine, settings)
    saved = deeds.save(engine, person_id=first, key=key, content=CONTENT, version=1, now=NOW)
    return {"person_id": first, "key": key, "now": NOW, "settings": settings}, saved.version


@pytest.mark.usefixtures("round_id")
def test_who_is_invited_while_a_draft_is_handed_in_has_part_in_the_application(
    engine: Engine, database_settings: Settings, at_once: AtOnce
) -> None:
    about, version = _ready(engine, database_settings)
    handed_in = at_once(applying, "add_member", partial(deeds.hand_in, engine, version=version, **about))
    deeds.invite(engine, address="third@example.org", **about)
    assert handed_in()
    members = t.application_members
    assert count(engine, members) == count(engine, members, members.c.application_id.is_not(None)) == 3


@pytest.mark.usefixtures("round_id")
def test_nobody_is_invited_to_a_draft_that_is_being_handed_in(
    engine: Engine, database_settings: Settings, at_once: AtOnce
) -> None:
    about, version = _ready(engine, database_settings)
    invited = at_once(applying, "add_statements", partial(deeds.invite, engine, address="third@example.org", **about))
    deeds.hand_in(engine, version=version, **about)
    with pytest.raises(NotNow):
        invited()
    assert count(engine, t.application_members) == 2


def test_a_hand_over_is_taken_in_once(engine: Engine, tmp_path: Path) -> None:
    number = following(engine, tmp_path, {"GE": "P1,Rivers,GE,20\n"})
    with writing(engine) as connection, pytest.raises(Conflict):
        handovers.take(connection, [1], round_id=number, person_id=None, now=NOW)


def test_of_two_answers_of_an_office_both_are_kept_or_one_is_refused(
    engine: Engine, tmp_path: Path, at_once: AtOnce
) -> None:
    year = offices.seed(tmp_path, database_url=engine.url.render_as_string(hide_password=False))
    year.engine.dispose()
    year = replace(year, engine=engine)
    offices.up(year)
    with reading(engine) as connection:
        office = rounds.authority(connection, OFFICES["ge"].code).id
        offered = handovers.received(connection, office, handovers.LIST)[0].id
    say = partial(nominate.nominate, year.engine, office, offered, actor=year.actor("ge"), now=year.now)
    begun = at_once(handovers, "add", partial(say, ["P1"]))
    refusals = [refused(partial(say, ["P2"]), Conflict), refused(begun, Conflict)]
    assert count(engine, t.handovers, t.handovers.c.kind == handovers.NOMINATIONS) == refusals.count(False)


def test_what_a_juror_types_meanwhile_is_not_overwritten_by_a_file(small: Small, at_once: AtOnce) -> None:
    here = small()
    here.bring_in()
    here.advance()
    path, a = here.sheets(), t.assignments.c
    with reading(here.engine) as connection:
        query = select(t.jurors.c.person_id, a.id).join_from(t.assignments, t.jurors, t.jurors.c.id == a.juror_id)
        row = connection.execute(query.order_by(a.id)).first()
    assert row is not None
    who = {"person_id": row.person_id, "assignment_id": row.id, "now": here.after_deadline}
    sheet.declare(here.engine, kind=None, **who)
    own = partial(sheet.save_sheet, here.engine, marks={}, comment="My own words.", version=1, **who)
    begun = at_once(juries, "add_submitted_sheets", own)
    common = {"actor": here.actor, "now": here.after_deadline}
    over = refused(partial(import_jury.import_sheets, here.engine, here.round_id, path, **common), Conflict)
    assert refused(begun, LaureaError) is not over
    assert count(here.engine, t.sheets, t.sheets.c.comment == "My own words.") == over


@pytest.mark.usefixtures("round_id")
def test_of_two_corrections_of_somebody_the_second_is_refused(engine: Engine, at_once: AtOnce) -> None:
    with writing(engine) as connection:
        number = applying.ensure_applicant(connection, 1, "nino@example.org", "en", NOW)
    about = {"seen": ("nino@example.org", "nino@example.org"), "actor": SYSTEM, "now": NOW}
    correct = partial(correct_person.correct, engine, number, 1, **about)
    begun = at_once(people, "correct", partial(correct, name="nino@example.org", email="n@example.org"))
    mine = partial(correct, name="Nino", email="nino@example.org")
    assert sorted([refused(mine, Conflict), refused(begun, Conflict)]) == [False, True]


def _erased_by_the_clock(engine: Engine, number: int, settings: Settings) -> None:
    retain._do(engine, 1, Keep.APPLICANTS, NOW, settings=settings, now=NOW)


def _erased_by_an_officer(engine: Engine, number: int, settings: Settings) -> None:
    with pytest.raises(NotNow):
        anonymise.anonymise(engine, number, 1, "asked", settings=settings, actor=SYSTEM, now=NOW)


@pytest.mark.usefixtures("round_id")
@pytest.mark.parametrize("erased", [_erased_by_the_clock, _erased_by_an_officer])
def test_who_begins_a_draft_in_that_moment_is_not_made_anonymous(
    engine: Engine, database_settings: Settings, at_once: AtOnce, erased: Callable[..., None]
) -> None:
    with writing(engine) as connection:
        number = applying.ensure_applicant(connection, 1, "nino@example.org", "en", NOW - timedelta(days=1))
    done = at_once(applying, "add_member", partial(erased, engine, number, database_settings))
    key = deeds.begin(engine, person_id=number, authority_id=1, code="call", name="", now=NOW)
    done()
    with reading(engine) as connection:
        assert connection.execute(select(t.people.c.ended_at).where(t.people.c.id == number)).scalar_one() is None
        assert pages_applicant.draft(connection, number, key)


def test_no_application_is_on_the_agenda_of_two_open_meetings(place: Place, at_once: AtOnce) -> None:
    seeding.fill(place, 1.0)
    about = {"where": (), "person_id": place.officers[0], "now": place.now}
    call = partial(meet.call, place.engine, place.round_id, **about)
    begun = at_once(meetings, "call", partial(call, room="Red room"))
    call(room="Blue room")
    with pytest.raises(BadInput):
        begun()
    assert count(place.engine, t.meeting_items) == len(place.applications)


def test_new_guests_are_told_of_a_change_too(place: Place, at_once: AtOnce) -> None:
    seeding.fill(place, 1.0, settle=True)
    let_go(place)
    begins = place.now + timedelta(days=30)
    asked = {"programme": "", "begins_at": begins, "ends_at": begins + timedelta(hours=2), "reply_until": begins}
    award_day = partial(celebrate.Asked, "Award day", timezone="Asia/Baku", **asked)
    common = {"actor": Actor.person(place.officers[0]), "now": place.now}
    number = celebrate.call(place.engine, place.round_id, award_day("Nizami"), **common)
    one = {**common, "settings": place.settings}
    moved = partial(celebrate.change, place.engine, place.round_id, number, award_day("Heydar"), version=1, **one)
    changed = at_once(ceremonies, "invite", moved)
    invited = celebrate.invite(place.engine, place.round_id, number, **one)
    assert invited == changed() == count(place.engine, t.guests) > 0


def test_a_sheet_submitted_while_its_review_is_restored_away_stays_so(place: Place, at_once: AtOnce) -> None:
    moment, later = place.now + timedelta(hours=1), place.now + timedelta(hours=2)
    who = {"person_id": place.jurors[0], "assignment_id": place.assignments(place.jurors[0])[0], "now": later}
    mine = t.assignments.c.id == who["assignment_id"]
    with writing(place.engine) as connection:  # given out after the moment that is restored
        connection.execute(update(t.assignments).where(mine).values(assigned_at=later))
    sheet.declare(place.engine, kind=None, **who)
    marks = dict.fromkeys(("teaching", "cooperation", "data", "results", "overall"), "3")
    submitted = partial(sheet.submit_sheet, place.engine, marks=marks, comment="", version=1, **who)
    begun = at_once(kept, "set_review", submitted)
    said = {"settings": place.settings, "actor": Actor.person(place.officers[0]), "now": later, "reason": "By mistake."}
    back = partial(restore.restore, place.engine, place.round_id, at=moment, kinds=(ASSIGNMENTS,), **said)
    assert refused(back, Conflict) is not refused(begun, LaureaError)
    state = place.value(select(t.assignments.c.state).where(mine))
    assert state == ("submitted" if count(place.engine, t.restorations) == 0 else "handed_back")
