"""A small round from its files to its letters, deed by deed, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from laurea import overview
from laurea.actions import deliver, imports, release, renew
from laurea.cli.demo import scenes
from laurea.errors import Conflict, NotNow
from laurea.store import applications, batches, invariants, juries, outbox, outcomes
from laurea.store import tables as t
from laurea.store.engine import reading, writing

Small = Callable[..., Any]


def figures(here: Any) -> dict[str, Any]:
    with reading(here.engine) as connection:
        return overview.figures(connection, here.record(), here.after_deadline)


def no_invariant_broken(here: Any) -> None:
    with reading(here.engine) as connection:
        assert invariants.broken(connection) == []


def released(here: Any) -> release.Released:
    return release.release(
        here.engine,
        here.round_id,
        actor=here.actor,
        expected_digest=here.record().digest,
        settings=here.settings,
        now=here.scene.released_at,
    )


def test_round_runs_from_files_to_letters(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 7)  # whatever goes in portions goes in several
    here = small()
    here.bring_in()
    assert here.advance() == ["gather", "screen", "route"]
    before = figures(here)
    reviews = int(here.scene.policies["reviews"])
    assert before["eligible"] > 10
    assert before["assigned"] == before["eligible"] * reviews
    assert before["needs_evidence"] == here.world.counts.get("needs_evidence", before["needs_evidence"]) > 0
    assert before["refused_rows"] == sum(here.world.refused.values()) + here.world.counts["late"]

    here.mark()
    assert here.advance() == []  # evidence may still come until the reviews end
    assert here.advance(here.scene.review_until) == ["settle"]
    done = released(here)
    after = figures(here)
    assert after["proposed"] == after["released"] == before["eligible"] + before["ineligible"] == done.decisions
    assert 0 < after["granted"] < after["eligible"]
    assert after["messages_queued"] == len_letters(here)
    sent = deliver.deliver(here.engine, settings=here.settings, now=here.scene.released_at, limit=10_000)
    assert sent == {"sent": after["messages_queued"]}
    assert len(list((here.settings.workspace / "outbox").glob("*.eml"))) == after["messages_queued"]
    no_invariant_broken(here)


def len_letters(here: Any) -> int:
    """Every letter of the round: evidence missing, jurors assigned, decisions."""
    with reading(here.engine) as connection:
        missing = applications.state_counts(connection, here.round_id)["needs_evidence"]
        jurors = len({a.juror_id for a in juries.assignments(connection, here.round_id)})
        return missing + jurors + len(outcomes.decisions(connection, here.round_id))


def test_every_clause_of_every_decision_cites_its_source(small: Small) -> None:
    here = small()
    here.settle()
    with reading(here.engine) as connection:
        from laurea.statute import rule_set_of

        ruleset = rule_set_of(connection, here.record())
        decisions = outcomes.decisions(connection, here.round_id)
    assert decisions
    for decision in decisions:
        lines = overview.explanation(ruleset, decision, "en")
        assert len(lines) == len(decision.trace) > 5
        assert all(line["cite"] and line["source"] and line["says"] for line in lines)


def test_advancing_again_changes_nothing(small: Small) -> None:
    here = small()
    digest = here.settle()
    with reading(here.engine) as connection:
        before = {table.name: list(connection.execute(select(table))) for table in t.metadata.sorted_tables}
    assert here.advance() == []
    with reading(here.engine) as connection:
        after = {table.name: list(connection.execute(select(table))) for table in t.metadata.sorted_tables}
    assert before == after
    assert here.record().digest == digest


def test_importing_the_same_files_again_adds_nothing(small: Small) -> None:
    here = small()
    here.bring_in()
    once = figures(here)
    here.bring_in()
    assert figures(here) == once


def test_release_with_an_old_digest_is_refused_whole(small: Small) -> None:
    here = small()
    here.settle()
    with pytest.raises(Conflict, match="changed since you looked"):
        release.release(
            here.engine,
            here.round_id,
            actor=here.actor,
            expected_digest="0" * 64,
            settings=here.settings,
            now=here.scene.released_at,
        )
    assert figures(here)["released"] == 0
    no_invariant_broken(here)


def test_release_before_decisions_are_proposed_is_refused(small: Small) -> None:
    here = small()
    here.bring_in()
    with pytest.raises(NotNow, match="no proposed decisions"):
        released(here)


def test_two_officers_releasing_at_once_release_once(small: Small) -> None:
    here = small()
    here.settle()
    start = threading.Barrier(2)
    answers: list[Any] = []

    def officer() -> None:
        start.wait()
        try:
            answers.append(released(here))
        except Conflict as error:
            answers.append(error)

    threads = [threading.Thread(target=officer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Released"]
    with reading(here.engine) as connection:
        keys = connection.execute(select(t.messages.c.key)).scalars().all()
        assert len(keys) == len(set(keys))
        grants = connection.execute(select(func.count()).select_from(t.grants)).scalar_one()
    assert grants == figures(here)["granted"]
    no_invariant_broken(here)


def test_application_for_a_closed_round_is_refused_whole(small: Small) -> None:
    here = small()
    here.settle()
    before = figures(here)
    with pytest.raises(NotNow, match="closed"):
        imports.import_applications(
            here.engine,
            here.round_id,
            here.world.applications,
            {},
            actor=here.actor,
            now=here.after_deadline + timedelta(days=30),
        )
    assert figures(here) == before


def test_rows_from_the_future_are_refused(small: Small) -> None:
    here = small()
    done = imports.import_applications(
        here.engine,
        here.round_id,
        here.world.applications,
        {},
        actor=here.actor,
        now=here.scene.opens_at + timedelta(minutes=1),
    )
    assert done.added == 0
    assert {r.field for r in done.refusals} >= {"submitted_at"}
    assert any("future" in r.problem for r in done.refusals)


def test_juror_in_conflict_gets_no_application(small: Small) -> None:
    here = small(scenes.NQL, 0.05)
    here.bring_in()
    here.advance()
    with reading(here.engine) as connection:
        barred = juries.conflicts(connection, here.round_id)
        pairs = {(a.application_id, a.juror_id) for a in juries.assignments(connection, here.round_id)}
        limits = {juror.id: juror.max_load for juror in juries.jurors(connection, here.round_id)}
    assert barred
    assert not barred & pairs
    for juror, limit in limits.items():
        assert sum(1 for _, other in pairs if other == juror) <= limit


def test_labels_with_a_term_are_renewed_once_and_lapse_once(small: Small) -> None:
    here = small(scenes.SCHOOL, 0.004)
    here.settle()
    done = released(here)
    assert done.grants
    with reading(here.engine) as connection:
        opens, last = connection.execute(
            select(func.min(t.grants.c.renewal_opens), func.max(t.grants.c.valid_until))
        ).one()
    now = here.scene.released_at

    def on(day: Any) -> dict[str, int]:
        found = renew.renew(here.engine, as_of=day, settings=here.settings, now=now)
        return dict(Counter(one.step.kind.value for one in found.told))

    assert on(opens - timedelta(days=1)) == {}
    assert on(opens) == {"renewal": done.grants}
    assert on(opens) == {}
    assert on(last - timedelta(days=90)) == {"reminder": done.grants}
    assert on(last) == {}
    assert on(last + timedelta(days=1)) == {"lapse": done.grants}
    assert on(last + timedelta(days=400)) == {}


def test_letters_left_in_flight_are_uncertain_without_a_relay_log(small: Small, settings: Any) -> None:
    here = small()
    here.bring_in()
    here.advance()
    mine = here.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})
    with writing(here.engine) as connection:
        taken = outbox.claim_due(connection, here.after_deadline, 3)
    deliver.recover(here.engine, settings=mine, now=here.after_deadline)
    with reading(here.engine) as connection:
        assert outbox.state_counts(connection)["uncertain"] == len(taken) == 3
        assert outbox.in_flight(connection) == []
