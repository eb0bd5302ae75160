"""`laurea certificates`: every holder's paper in a folder, whole or not there, and names put right."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select, update

from laurea.actions import release
from laurea.ledger import Actor
from laurea.store import migrate
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from tests.web import seeding

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A released round in the workspace the command works in."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    migrate.upgrade(open_engine(f"sqlite+pysqlite:///{folder / 'laurea.db'}"))
    place = seeding.seed(folder)
    seeding.fill(place, 1.0, settle=True)
    release.release(
        place.engine, place.round_id, actor=Actor.person(place.officers[0]),
        expected_digest=place.value(select(t.rounds.c.digest)), settings=place.settings, now=place.now,
    )  # fmt: skip
    place.engine.dispose()
    return folder


def grants(workspace: Path) -> list[object]:
    with reading(open_engine(f"sqlite+pysqlite:///{workspace / 'laurea.db'}")) as connection:
        return list(connection.execute(select(t.grants).order_by(t.grants.c.id)))


def change(workspace: Path, number: str, **values: object) -> None:
    with writing(open_engine(f"sqlite+pysqlite:///{workspace / 'laurea.db'}")) as connection:
        connection.execute(update(t.grants).where(t.grants.c.number == number).values(**values))


def test_whole_round_twice_gives_the_same_bytes(laurea: Say, workspace: Path, tmp_path: Path) -> None:
    held = grants(workspace)
    code, said, _ = laurea("certificates", "example-2026", "-o", tmp_path / "one", "--letters")
    assert (code, f"{2 * len(held)} files" in said) == (0, True)
    again = laurea("certificates", "example-2026", "-o", tmp_path / "two", "--letters", "--json")
    assert json.loads(again[1]) == [{"written": 2 * len(held), "withdrawn": 0, "refused": 0}]
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    with (tmp_path / "one" / "certificates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["number"] for row in rows} == {grant.number for grant in held}
    assert {row["file"] for row in rows} == {path.name for path in one if path.suffix == ".pdf"}


def test_only_some_in_a_language(laurea: Say, workspace: Path, tmp_path: Path) -> None:
    first, second, third, *_ = grants(workspace)
    change(workspace, third.number, withdrawn_at=datetime(2026, 6, 1, tzinfo=UTC))
    out = tmp_path / "out"
    only = [f"--only={grant.number}" for grant in (first, second, third)]
    code, _said, _ = laurea("certificates", "example-2026", "-o", out, "--language", "lv", *only)
    assert code == 0
    assert {path.name for path in out.glob("*.pdf")} == {f"certificate-{one.number}.pdf" for one in (first, second)}
    pdf = pypdfium2.PdfDocument(out / f"certificate-{first.number}.pdf")
    assert "Sertifikāts" in pdf.get_metadata_value("Title")


def test_what_cannot_be_printed_is_named_and_the_rest_is_written(laurea: Say, workspace: Path, tmp_path: Path) -> None:
    held = grants(workspace)
    change(workspace, held[0].number, holder="Robots 🤖")
    code, said, told = laurea("certificates", "example-2026", "-o", tmp_path / "out")
    assert code == 1
    assert f"{len(held) - 1} files" in said
    assert f"{held[0].number}: The paper for Robots 🤖 cannot be drawn: no font has the sign 🤖 (U+1F916)." in told


def test_names_of_a_file_are_corrected_all_or_none(laurea: Say, workspace: Path, tmp_path: Path) -> None:
    first, second, *_ = grants(workspace)
    file = tmp_path / "names.csv"
    file.write_text(f"number,holder\n{first.number},Çiçək\nnone,Other\n", encoding="utf-8")
    code, _said, told = laurea("certificates", "example-2026", "-o", tmp_path / "out", "--names", file)
    assert (code, grants(workspace)[0].holder) == (1, first.holder)
    assert "no label with the number none" in told
    file.write_text(f"number,holder\n{first.number},Çiçək\n{second.number},{second.holder}\n", encoding="utf-8")
    assert laurea("certificates", "example-2026", "-o", tmp_path / "out", "--names", file)[0] == 0
    assert grants(workspace)[0].holder == "Çiçək"
    assert [path.name for path in (tmp_path / "out").glob("*.pdf")] == [f"certificate-{first.number}.pdf"]
    again = laurea("certificates", "example-2026", "-o", tmp_path / "out", "--names", file)
    assert "nothing was done" in again[1]


def test_unknown_numbers_languages_and_rounds_not_released_are_refused(
    laurea: Say, workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert "no label with the number x" in laurea("certificates", "example-2026", "-o", out, "--only", "x")[2]
    assert "no language 'ja'" in laurea("certificates", "example-2026", "-o", out, "--language", "ja")[2]
    with writing(open_engine(f"sqlite+pysqlite:///{workspace / 'laurea.db'}")) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    assert "is not released yet" in laurea("certificates", "example-2026", "-o", tmp_path / "none")[2]
    assert not (tmp_path / "none").exists()


def test_killed_in_the_middle_leaves_whole_files_and_ends_well_again(
    laurea: Say, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the process between two bytes: what has its name is whole, and a second run completes the rest."""
    out, written = tmp_path / "out", 0

    def stop(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("laurea.cli.certificates.os.fsync", stop)
        assert laurea("certificates", "example-2026", "-o", out)[0] == 130
    early = {path.name: path.read_bytes() for path in out.glob("*.pdf")}
    assert len(early) == 2
    assert laurea("certificates", "example-2026", "-o", out)[0] == 0
    late = {path.name: path.read_bytes() for path in out.glob("*.pdf")}
    assert len(late) == len(grants(workspace))
    assert early.items() <= late.items()
    assert not list(out.glob(".*"))
