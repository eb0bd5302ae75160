"""Files out, searches, calls and keys on both databases."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from evaluators.permissions import Field
from evaluators.search import FIELDS, parse
from laurea import ledger
from laurea.actions import export, import_jury, tokens, webhooks
from laurea.errors import Conflict, NotNow
from laurea.intake import Asked
from laurea.store import pages_lists, programs, searching
from laurea.store import tables as t
from laurea.store import webhooks as store_webhooks
from laurea.store.engine import reading, writing
from tests.web import seeding
from tests.web.seeding import Place

ALL = frozenset(Field)


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    found = seeding.seed(tmp_path, database_url=database_url)
    yield found
    found.engine.dispose()


def written(place: Place, path: Path, name: str, kind: str = "csv", **more: object) -> list[dict[str, str]]:
    common = {"seen": ALL, "actor": ledger.SYSTEM, "now": place.now, **more}
    export.export(place.engine, place.round_id, path, kind, [name], **common)  # type: ignore[arg-type]
    text = path.read_text("utf-8")
    if kind == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


def test_every_table_holds_every_row(place: Place, tmp_path: Path) -> None:
    seeding.fill(place, 1.0, settle=True)
    counts = {"applications": 12, "assignments": 24, "sheets": 24, "marks": 120, "decisions": 12, "outbox": 0}
    for name, count in counts.items():
        assert len(written(place, tmp_path / "out", name)) == count
        assert len(written(place, tmp_path / "out", name, "jsonl")) == count
    cited = [row for row in written(place, tmp_path / "out", "decisions") if row["first_failing_clause"]]
    assert cited
    assert all(row["cite"] for row in cited)
    told = export.export(
        place.engine, place.round_id, tmp_path / "o.xlsx", "xlsx", seen=ALL, actor=ledger.SYSTEM, now=place.now
    )
    assert {name: told[name] for name in counts if name != "marks"} == {
        name: count for name, count in counts.items() if name != "marks"
    }


def test_a_closed_table_is_refused_and_leaves_no_line(place: Place, tmp_path: Path) -> None:
    for name, field in export.TABLES.items():
        with pytest.raises(NotNow):
            written(place, tmp_path / "out", name, seen=ALL - {field})
    assert place.value(select(func.count()).select_from(t.audit)) == 0


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_can_be_asked_and_turned_round(place: Place, name: str) -> None:
    """What a word finds and what its opposite finds are all there is, and nothing twice."""
    seeding.fill(place, 1.0, settle=True)
    value = {"number": ">1", "day": ">=2026-01-01"}.get(FIELDS[name].kind.value, "a")
    for asked in (value, "none"):
        found = []
        for words in (f"{name}:{asked}", f"-{name}:{asked}"):
            where = searching.where(parse(words, ALL), reviews=2, zone=ZoneInfo("Asia/Baku"))
            with reading(place.engine) as connection:
                rows = pages_lists.applications(connection, place.round_id, where=where).rows
            found.append({row.ref for row in rows})
        assert found[0] | found[1] == {f"AZ-{2600 + number}" for number in range(12)}
        assert not found[0] & found[1]


def test_a_day_is_meant_on_the_clock_of_the_authority(place: Place) -> None:
    with writing(place.engine) as connection:
        at = place.now.replace(year=2026, month=3, day=1, hour=21, minute=30)
        connection.execute(
            t.applications.update().where(t.applications.c.id == place.applications[0]).values(submitted_at=at)
        )
    for zone, day, count in (("Asia/Baku", "2026-03-02", 1), ("Asia/Baku", "2026-03-01", 0), ("UTC", "2026-03-01", 1)):
        where = searching.where(parse(f"submitted:{day}", ALL), reviews=2, zone=ZoneInfo(zone))
        with reading(place.engine) as connection:
            assert pages_lists.applications(connection, place.round_id, where=where).total == count


def test_two_senders_share_the_calls_and_make_none_twice(place: Place) -> None:
    settings = place.settings.model_copy(update={"webhooks_private": True})
    webhooks.add(
        place.engine, place.round_id, address="http://127.0.0.1:9/", events=["jurors_assigned"], settings=settings,
        actor=ledger.SYSTEM, now=place.now,
    )  # fmt: skip
    with writing(place.engine) as connection:
        for _ in range(30):
            ledger.record(
                connection, authority_id=1, round_id=place.round_id, actor=ledger.SYSTEM,
                event=ledger.Event.JURORS_ASSIGNED, subject="round:1", now=place.now,
            )  # fmt: skip
    taken: list[int] = []

    def take() -> None:
        for _ in range(5):
            with writing(place.engine) as connection:
                taken.extend(call.id for call in store_webhooks.claim_due(connection, place.now, 5))

    threads = [threading.Thread(target=take) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert len(taken) == len(set(taken)) == 30


def test_one_key_used_twice_at_once_is_done_once(place: Place, tmp_path: Path) -> None:
    number, secret = tokens.give(
        place.engine, place.round_id, name="x", scopes=["import"], days=1, actor=ledger.SYSTEM, now=place.now
    )
    token = tokens.bearer(place.engine, secret, place.now)
    assert token is not None
    done: list[str] = []

    def send(juror: str) -> None:
        file = tmp_path / f"{juror}.csv"
        file.write_text(f"juror_id,name,email,languages,max_load\n{juror},A,{juror}@example.org,en,3\n")

        def keep(connection: object, imported: object) -> None:
            programs.keep_answer(connection, token, key="k", digest="d", answer={"juror": juror}, now=place.now)  # type: ignore[arg-type]

        try:
            import_jury.import_jurors(
                place.engine, place.round_id, file, actor=ledger.Actor.program(number), now=place.now,
                asked=Asked(receipt=keep),
            )  # fmt: skip
            done.append(juror)
        except Conflict:
            pass

    threads = [threading.Thread(target=send, args=(f"J8{one}",)) for one in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    with reading(place.engine) as connection:
        kept = programs.kept_answer(connection, number, "k")
        refs = set(connection.execute(select(t.jurors.c.ref).where(t.jurors.c.ref.like("J8%"))).scalars())
    assert len(done) == 1
    assert refs == set(done)
    assert kept is not None
    assert kept.answer == {"juror": done[0]}
