"""A backup of a running installation: looked through, restored elsewhere, refused; what must not happen again."""

from __future__ import annotations

import random
import secrets
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select

from laurea import archives, credentials, ledger
from laurea.actions.bring_back import bring_back
from laurea.errors import BadInput, Conflict, SetupMissing
from laurea.settings import Settings
from laurea.store import copies, invariants, rounds
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from tests.actions.conftest import SmallRound
from tests.conftest import PostgreSQL


@pytest.fixture
def running(small: Callable[..., SmallRound], database_settings: Settings, now: datetime) -> SmallRound:
    """An installation with a round, letters in every state, a session, keys and other files."""
    made = small()
    made.settings = database_settings
    workspace = database_settings.workspace
    credentials.signing_key(database_settings, "north")
    for name, text in (
        ("heads/north/2022-12-01.jwt", "head"), ("papers/north/paper.yaml", "title: x"), ("secret", "s" * 64),
        ("logs/portal.log", "not kept"), ("prefect/x.db", "not kept"), ("sender.lock", ""),
        ("backups/old.zip", "not kept"), ("outbox/one.eml", "Subject: x"), ("ünïcode/ფაილი.txt", "kept"),
    ):  # fmt: skip
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with writing(made.engine) as connection:
        person = connection.execute(select(t.people.c.id, t.people.c.authority_id)).first()
        assert person is not None
        for number, (state, round_id) in enumerate(
            [*((state, made.round_id) for state in ("due", "sending", "sent", "held")), ("due", None), ("sent", None)]
        ):  # fmt: skip
            letter = {
                "authority_id": person.authority_id, "round_id": round_id, "key": f"k{number}",
                "message_id": f"m{number}", "kind": "decision" if round_id else "sign_in", "person_id": person.id,
                "address": "a@example.org", "language": "en", "subject": "s", "content": b"x" * 500, "state": state,
                "not_before": now, "created_at": now,
                "sent_at": now if state == "sent" else None,
            }  # fmt: skip
            one = connection.execute(insert(t.messages).values(**letter).returning(t.messages.c.id)).scalar_one()
            if state == "sending":
                line = {"message_id": one, "at": now, "actor": "clock", "what": "try"}
                connection.execute(insert(t.letter_events).values(**line))
    return made


@pytest.fixture
def elsewhere(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of another place, with an empty database of the same kind."""
    place = Settings(workspace=tmp_path / "elsewhere")
    if engine.dialect.name == "sqlite":
        yield place
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = f"r_{secrets.token_hex(6)}"
    server.run(f"CREATE DATABASE {name}")
    yield place.model_copy(update={"database_url": server.url(name)})
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.key: row.state for row in connection.execute(select(t.messages.c.key, t.messages.c.state))}


def test_a_backup_brings_everything_back_and_nothing_leaves_twice(
    running: SmallRound, elsewhere: Settings, tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "a.zip"
    made = archives.write(running.settings, file, now=now)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert archives.check(file) == made
    kept = {name.removeprefix("workspace/") for name in made.parts if name != made.database}
    assert {"heads/north/2022-12-01.jwt", "papers/north/paper.yaml", "secret", "outbox/one.eml"} < kept
    assert "ünïcode/ფაილი.txt" in kept
    assert not any(name.startswith(("logs", "prefect", "backups")) or name.endswith(".lock") for name in kept)
    assert sum(name.startswith("keys/") for name in kept) == 1

    archives.restore(elsewhere, file)
    engine = open_engine(elsewhere.url)
    with reading(engine) as connection:
        assert copies.count(connection) == made.rows
        assert invariants.broken(connection) == []
    with reading(running.engine) as ours, reading(engine) as theirs:
        for table in t.metadata.sorted_tables:
            order = list(table.primary_key)
            assert (
                ours.execute(select(table).order_by(*order)).all()
                == theirs.execute(select(table).order_by(*order)).all()
            ), table.name
    for name in kept:
        before, after = running.settings.workspace / name, elsewhere.workspace / name
        assert after.read_bytes() == before.read_bytes()
        assert stat.S_IMODE(after.stat().st_mode) == stat.S_IMODE(before.stat().st_mode)

    done = bring_back(engine, made_at=made.made_at, now=now)
    assert done == {"held": 1, "cancelled": 1, "uncertain": 1}
    assert states(engine) == {
        "k0": "held",
        "k1": "uncertain",
        "k2": "sent",
        "k3": "held",
        "k4": "cancelled",
        "k5": "sent",
    }
    with reading(engine) as connection:
        assert invariants.broken(connection) == []
        for table in (t.sessions, t.sign_in_links):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
        lines = (
            connection.execute(select(t.audit.c.details).where(t.audit.c.event == "backup_restored")).scalars().all()
        )
        owners = connection.execute(select(func.count()).select_from(t.authorities)).scalar_one()
        assert len(lines) == owners
        assert lines[0]["held"] == 1
    engine.dispose()


def test_a_backup_is_of_one_moment_while_others_write(
    settings: Settings, sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Each deed writes an authority's name and an audit line together; a copy never holds one without the other."""
    mine = settings.model_copy(update={"database_url": str(sqlite_engine.url)})
    with writing(sqlite_engine) as connection:
        owner = rounds.ensure_authority(connection, code="north", name="n0", email="", language="en", timezone="UTC").id
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with writing(sqlite_engine) as connection:
                connection.execute(t.authorities.update().values(name=f"n{number}"))
                ledger.record(
                    connection, authority_id=owner, actor=ledger.SYSTEM, event=ledger.Event.OFFICE_SET,
                    subject=f"n{number}", now=now + timedelta(seconds=number),
                )  # fmt: skip

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [archives.write(mine, tmp_path / f"{n}.zip", now=now) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert made[2].rows["audit"] > made[0].rows["audit"]
    for n in range(3):
        place = Settings(workspace=tmp_path / f"again{n}")
        archives.restore(place, tmp_path / f"{n}.zip")
        engine = open_engine(place.url)
        with reading(engine) as connection:
            name = connection.execute(select(t.authorities.c.name)).scalar_one()
            last = connection.execute(select(t.audit.c.subject).order_by(t.audit.c.id.desc())).scalars().first()
        engine.dispose()
        assert name == (last or "n0")


def test_any_changed_byte_is_found(plain: Path, tmp_path: Path) -> None:
    whole = plain.read_bytes()
    draw = random.Random(7)
    bad = tmp_path / "bad.zip"
    for place in [
        0,
        len(whole) - 1,
        len(whole) - 64,
        len(whole) - 65,
        *(draw.randrange(len(whole)) for _ in range(60)),
    ]:
        changed = bytearray(whole)
        changed[place] ^= 1 << draw.randrange(8)
        bad.write_bytes(changed)
        with pytest.raises(BadInput, match="no whole backup"):
            archives.check(bad)
    for cut in (0, 10, 64, len(whole) // 2, len(whole) - 1):
        bad.write_bytes(whole[:cut])
        with pytest.raises(BadInput, match="no whole backup"):
            archives.check(bad)


def test_nothing_is_overwritten(running: SmallRound, elsewhere: Settings, tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "a.zip"
    archives.write(running.settings, file, now=now)
    before = file.read_bytes()
    with pytest.raises(Conflict, match="never overwrites"):
        archives.write(running.settings, file, now=now)
    assert file.read_bytes() == before
    with pytest.raises(Conflict):
        archives.restore(running.settings, file)
    (elsewhere.workspace / "papers/north").mkdir(parents=True)
    (elsewhere.workspace / "papers/north/paper.yaml").write_text("mine")
    with pytest.raises(Conflict, match=r"paper\.yaml exists"):
        archives.restore(elsewhere, file)
    assert [one.name for one in elsewhere.workspace.rglob("*") if one.is_file()] == ["paper.yaml"]
    assert list(tmp_path.glob(".*")) == []


# --- What needs no second database ---------------------------------------------------------------------------


@pytest.fixture
def plain(settings: Settings, sqlite_engine: Engine, tmp_path: Path, now: datetime) -> Path:
    """A backup of an installation with nothing in it."""
    url = str(sqlite_engine.url)
    archives.write(settings.model_copy(update={"database_url": url}), tmp_path / "plain.zip", now=now)
    return tmp_path / "plain.zip"


def test_a_failed_restore_leaves_nothing(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Settings(workspace=tmp_path / "other")

    def fails(*_: object) -> None:
        raise SetupMissing("The server went away.")

    with monkeypatch.context() as patch:
        patch.setattr(copies, "put", fails)
        with pytest.raises(SetupMissing):
            archives.restore(place, plain)
    assert [one for one in place.workspace.rglob("*") if one.is_file()] == []
    archives.restore(place, plain)


def _with(file: Path, to: Path, manifest: Callable[[str], str], more: tuple[str, ...] = ()) -> Path:
    """The same archive with another manifest, and sealed again."""
    with zipfile.ZipFile(file) as old, to.open("w+b") as stream:
        with zipfile.ZipFile(stream, "w") as new:
            new.comment = b"0" * 64
            for name in old.namelist():
                text = old.read(name)
                new.writestr(name, manifest(text.decode()) if name == "manifest.json" else text)
            for name in more:
                new.writestr(name, "x")
        archives._seal(stream)
    return to


def test_an_archive_cannot_write_outside_nor_bring_what_it_does_not_list(plain: Path, tmp_path: Path) -> None:
    for number, (old, new, more) in enumerate(
        [
            ("records.sqlite", "workspace/../../records.sqlite", ()),
            ('"form": 1', '"form": 2', ()),
            ('"kind": "sqlite"', '"kind": "oracle"', ()),
            ("x-nothing", "", ("workspace/extra",)),
        ]
    ):
        bad = _with(plain, tmp_path / f"{number}.zip", lambda text, o=old, n=new: text.replace(o, n), more)  # type: ignore[misc]
        with pytest.raises(BadInput):
            archives.restore(Settings(workspace=tmp_path / "other"), bad)
    assert not (tmp_path / "other").exists()


def test_a_backup_of_a_newer_version_or_another_kind_of_database_is_refused(plain: Path, tmp_path: Path) -> None:
    newest = archives.check(plain).revision
    newer = _with(plain, tmp_path / "n.zip", lambda text: text.replace(f'"revision": "{newest}"', '"revision": "9999"'))
    with pytest.raises(SetupMissing, match="newer version"):
        archives.restore(Settings(workspace=tmp_path / "other"), newer)
    url = "postgresql+psycopg://laurea@127.0.0.1:1/x"
    with pytest.raises(SetupMissing, match="of SQLite"):
        archives.restore(Settings(workspace=tmp_path / "other", database_url=url), plain)


def test_without_the_programs_of_postgresql_the_way_out_is_told(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "programs", lambda _name: None)
    with pytest.raises(SetupMissing, match="postgresql-client"):
        copies.put("postgresql+psycopg://laurea@127.0.0.1:1/x", tmp_path / "x")


def test_a_password_stands_in_no_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: dict[str, object] = {}

    def run(command: list[str], **options: object) -> object:
        seen.update(command=command, env=options["env"])
        return type("Done", (), {"returncode": 0, "stderr": b""})()

    monkeypatch.setattr(copies, "programs", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(copies.subprocess, "run", run)
    copies.put("postgresql+psycopg://laurea:geheim@db.example:6432/records?sslmode=require", tmp_path / "x")
    assert "geheim" not in str(seen["command"])
    told = {name: value for name, value in seen["env"].items() if name.startswith("PG")}  # type: ignore[attr-defined]
    assert told == {
        "PGHOST": "db.example", "PGPORT": "6432", "PGUSER": "laurea", "PGPASSWORD": "geheim",
        "PGDATABASE": "records", "PGSSLMODE": "require",
    }  # fmt: skip
