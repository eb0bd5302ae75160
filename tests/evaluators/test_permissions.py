"""The table of rights: complete, and as narrow as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evaluators.permissions import (
    MAY,
    SEES,
    Deed,
    Field,
    Phase,
    Role,
    Timetable,
    may,
    opens_content,
    phase,
    sees,
    takes_applications,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def timetable(**changes: datetime | None) -> Timetable:
    plain = {
        "closes_at": NOW - 9 * DAY, "review_until": NOW + DAY, "routed_at": NOW - 8 * DAY, "proposed_at": None,
        "released_at": None,
    }  # fmt: skip
    return Timetable(**{**plain, **changes})  # type: ignore[arg-type]


def test_every_role_has_an_answer_in_every_phase() -> None:
    assert {(role, at) for role in Role for at in Phase} == set(SEES)


@pytest.mark.parametrize("at", Phase)
def test_jurors_never_see_other_sheets_progress_or_proposals(at: Phase) -> None:
    hidden = {Field.OTHER_SHEETS, Field.PROGRESS, Field.PROPOSED, Field.OUTBOX, Field.REFUSED_ROWS}
    assert not hidden & sees(Role.JUROR, at)


def test_the_public_sees_what_a_call_asks_and_released_grants_and_nothing_else() -> None:
    assert {at: sees(Role.ANYONE, at) for at in Phase if sees(Role.ANYONE, at)} == {
        Phase.COLLECTING: frozenset({Field.CALL}),
        Phase.SCREENING: frozenset({Field.CALL}),
        Phase.RELEASED: frozenset({Field.RELEASED_GRANTS}),
    }


def test_applicants_see_their_result_only_when_it_is_released() -> None:
    assert [at for at in Phase if Field.OWN_RESULT in sees(Role.APPLICANT, at)] == [Phase.RELEASED]
    assert not any({Field.PROPOSED, Field.PROGRESS, Field.OTHER_SHEETS} & sees(Role.APPLICANT, at) for at in Phase)


def test_applications_are_taken_until_the_close_and_longer_only_where_the_rules_judge_lateness() -> None:
    open_ = timetable(closes_at=NOW + DAY, routed_at=None)
    closed = timetable(closes_at=NOW, routed_at=None)
    assert takes_applications(NOW, open_, NOW, own_window=False)
    assert not takes_applications(NOW + DAY, open_, NOW, own_window=True)  # not yet open
    assert not takes_applications(NOW - DAY, closed, NOW, own_window=False)
    assert takes_applications(NOW - DAY, closed, NOW, own_window=True)
    assert not takes_applications(NOW - DAY, timetable(closes_at=NOW), NOW, own_window=True)  # with its jurors


def test_marks_and_proposals_are_closed_to_officers_while_jurors_work() -> None:
    for at in (Phase.COLLECTING, Phase.SCREENING, Phase.REVIEWING):
        assert not {Field.OTHER_SHEETS, Field.PROPOSED} & sees(Role.OFFICER, at)


def test_hand_overs_come_in_before_decisions_and_go_out_after_them() -> None:
    where = {
        deed: {at for (role, at), deeds in MAY.items() if deed in deeds} for deed in (Deed.TAKE_IN, Deed.HAND_OVER)
    }
    assert where[Deed.TAKE_IN] == {Phase.COLLECTING, Phase.SCREENING}
    assert where[Deed.HAND_OVER] == {Phase.COLLECTING, Phase.RELEASED}  # lists; labels and awards
    assert {role for (role, _), seen in SEES.items() if Field.HANDOVERS in seen} == {Role.OFFICER}


def test_only_officers_release_and_only_what_is_proposed() -> None:
    assert [key for key, deeds in MAY.items() if Deed.RELEASE in deeds] == [(Role.OFFICER, Phase.DECIDING)]


def test_sheets_close_with_the_last_moment_of_the_review_period() -> None:
    last = timetable(review_until=NOW)
    assert may(Role.JUROR, Deed.MARK, last, NOW - timedelta(microseconds=1))
    assert not may(Role.JUROR, Deed.MARK, last, NOW)
    assert not may(Role.JUROR, Deed.MARK, timetable(proposed_at=NOW), NOW)
    assert may(Role.OFFICER, Deed.ADVANCE, last, NOW)


def test_phase_follows_the_records_before_the_clock() -> None:
    assert phase(timetable(released_at=NOW, proposed_at=NOW), NOW) is Phase.RELEASED
    assert phase(timetable(proposed_at=NOW), NOW) is Phase.DECIDING
    assert phase(timetable(), NOW) is Phase.REVIEWING
    assert phase(timetable(routed_at=None), NOW) is Phase.SCREENING
    assert phase(timetable(routed_at=None, closes_at=NOW + DAY), NOW) is Phase.COLLECTING


def test_content_opens_only_to_a_declared_free_juror() -> None:
    answers = {
        (d, c, h): opens_content(declared=d, conflicted=c, handed_back=h)
        for d in (True, False) for c in (True, False) for h in (True, False)
    }  # fmt: skip
    assert [key for key, answer in answers.items() if answer] == [(True, False, False)]
