"""A round's bundle: checked on any machine, and no byte of it can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from evaluators.permissions import Field
from laurea import bundle, credentials
from laurea.actions import export, release
from laurea.documents import credentials as made
from laurea.errors import BadInput, NotNow
from laurea.settings import Settings
from laurea.store import moving, rounds
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from tests.actions.conftest import SmallRound, round_on
from tests.actions.flipped import missed

ALL = frozenset(Field)


def written(small: SmallRound, path: Path) -> bytes:
    now = small.after_deadline + timedelta(days=90)
    export.export_bundle(
        small.engine, small.round_id, path, settings=small.settings, seen=ALL, actor=small.actor, now=now
    )
    return path.read_bytes()


@pytest.fixture
def settled(small: Callable[..., SmallRound]) -> SmallRound:
    """A round with its decisions proposed."""
    found = small()
    found.settle()
    return found


def lines_of(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def signed_again(lines: list[dict[str, Any]], small: SmallRound) -> bytes:
    """What somebody who holds the authority's key could write."""
    return sealed([bundle._packed(line) for line in lines if line["of"] not in ("digests", "signature")], small)


def sealed(packed: list[bytes], small: SmallRound) -> bytes:
    """These lines with digests and a signature behind them."""
    with reading(small.engine) as connection:
        office = rounds.authority_of(connection, small.record().authority_id)
    who = credentials.issuer(small.settings, office.code, office.name)
    packed.append(bundle._packed({"of": "digests", "lines": "".join(bundle._short(one) for one in packed)}))
    whole = b"".join(packed)
    claims = {"iss": who.did, "digests": bundle._short(packed[-1]), "sha256": hashlib.sha256(whole).hexdigest()}
    jwt = made.sign(claims, who, credentials.signing_key(small.settings, office.code))
    return whole + bundle._packed({"of": "signature", "jwt": jwt})


def test_a_bundle_is_checked_without_the_records_and_no_byte_changes_unseen(
    settled: SmallRound, tmp_path: Path
) -> None:
    content = written(settled, tmp_path / "round.bundle")
    found = bundle.check(content)
    assert found.faults == []
    assert found.decisions > 10
    assert found.about["digest"] == settled.record().digest
    assert missed(content, 100, seed=11) == []


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("back", [False, True], ids=["from SQLite", "from PostgreSQL"])
def test_a_round_gives_the_same_bytes_on_both_databases(
    sqlite_engine: Engine, engine: Engine, settings: Settings, tmp_path: Path, back: bool
) -> None:
    source, target = (engine, sqlite_engine) if back else (sqlite_engine, engine)
    here = round_on(source, settings, tmp_path)
    digest, now = here.settle(), here.after_deadline + timedelta(days=90)
    release.release(source, here.round_id, actor=here.actor, settings=here.settings, now=now, expected_digest=digest)
    moving.move(*(one.url.render_as_string(hide_password=False) for one in (source, target)))
    told = []
    for one in (source, target):
        with reading(one) as connection:
            record = rounds.round_by_id(connection, here.round_id)
            told.append(bundle.write(connection, record, settings=here.settings, now=now))
    assert told[0] == told[1]
    assert bundle.check(told[1]).faults == []


def test_lines_taken_out_added_or_moved_are_found(settled: SmallRound, tmp_path: Path) -> None:
    content = written(settled, tmp_path / "round.bundle")
    lines = content.splitlines(keepends=True)
    for other in (
        [*lines[:4], *lines[5:]], [*lines[:4], lines[4], *lines[4:]], [*lines[:3], lines[4], lines[3], *lines[5:]],
        [*lines, b"\n"], lines[:-1], [lines[0], *lines],
    ):  # fmt: skip
        assert bundle.check(b"".join(other)).faults, len(other)
    assert bundle.check(content + b" ").faults
    assert bundle.check(content[:-1]).faults


CHANGES: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "outcome": lambda lines: of(lines, "decision")[3].update(outcome="none_such"),
    "points": lambda lines: of(lines, "decision")[3].update(points="1"),
    "rank": lambda lines: of(lines, "decision")[3].update(rank=999),
    "trace": lambda lines: of(lines, "decision")[3]["trace"][0].update(status="unknown"),
    "facts": lambda lines: [one["row"].update(facts={}) for one in of(lines, "application")],
    "marks": lambda lines: [one.update(marks=dict.fromkeys(one["marks"], "0")) for one in of(lines, "sheet")],
    "digest": lambda lines: lines[0].update(digest="0" * 64),
    "rules": lambda lines: lines[1].update(text=lines[1]["text"].replace("\nauthority: ", "\nauthority: Other ", 1)),
    "audit": lambda lines: of(lines, "audit")[0].update(actor="person:99"),
    "what no bundle holds": lambda lines: of(lines, "sheet")[0].pop("marks"),
}


def of(lines: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [one for one in lines if one["of"] == what]


def test_what_is_signed_and_does_not_follow_is_found(settled: SmallRound, tmp_path: Path) -> None:
    """Even who holds the key cannot make other decisions follow from the same papers, or others from these."""
    content = written(settled, tmp_path / "round.bundle")
    assert bundle.check(signed_again(lines_of(content), settled)).faults == []
    for name, change in CHANGES.items():
        lines = lines_of(content)
        change(lines)
        assert bundle.check(signed_again(lines, settled)).faults, name


def test_a_key_that_is_not_the_authoritys_is_told(settled: SmallRound, tmp_path: Path) -> None:
    content = written(settled, tmp_path / "round.bundle")
    with reading(settled.engine) as connection:
        office = rounds.authority_of(connection, settled.record().authority_id)
    who = credentials.issuer(settled.settings, office.code, office.name)
    did = made.did_document(who, credentials.keys(settled.settings, office.code))
    assert bundle.check(content, did).faults == []
    elsewhere = settled.settings.model_copy(update={"workspace": tmp_path / "elsewhere"})
    other = settled.__class__(**{**settled.__dict__, "settings": elsewhere})
    forged = signed_again(lines_of(content), other)
    assert bundle.check(forged).faults == []  # by its own word alone nothing is wrong with it
    assert [problem for _, problem in bundle.check(forged, did).faults] == [
        "it is signed with a key that is none of the authority's"
    ]


def test_a_released_round_verifies_and_a_decision_changed_in_the_records_is_named(
    settled: SmallRound, tmp_path: Path
) -> None:
    now = settled.after_deadline + timedelta(days=60)
    release.release(
        settled.engine, settled.round_id, actor=settled.actor, settings=settled.settings, now=now,
        expected_digest=settled.record().digest or "",
    )  # fmt: skip
    found = bundle.check(written(settled, tmp_path / "round.bundle"))
    assert (found.faults, found.about["released_at"] is not None) == ([], True)
    with writing(settled.engine) as connection:
        number = connection.execute(t.decisions.select().limit(1)).one()
        connection.execute(update(t.decisions).where(t.decisions.c.id == number.id).values(rank=777))
    (fault,) = bundle.check(written(settled, tmp_path / "round.bundle")).faults
    assert "it differs in rank" in fault[1]


def test_marks_stay_closed_until_decisions_are_proposed(small: Callable[..., SmallRound], tmp_path: Path) -> None:
    small_round = small()
    path = tmp_path / "round.bundle"
    with pytest.raises(NotNow, match="marks are closed"):
        export.export_bundle(
            small_round.engine, small_round.round_id, path, settings=small_round.settings, seen={Field.ROUND},
            actor=small_round.actor, now=small_round.after_deadline,
        )  # fmt: skip
    assert not path.exists()


def test_a_line_of_the_same_short_digest_is_not_taken_for_the_signed_one(
    settled: SmallRound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "SHORT", 1)  # as if somebody had the time to look for another line of one digest
    lines = written(settled, tmp_path / "round.bundle").splitlines(keepends=True)
    others = (bundle._packed(json.loads(lines[0]) | {"title": f"Another {number}"}) for number in range(1000))
    lines[0] = next(one for one in others if bundle._short(one) == bundle._short(lines[0]))
    assert bundle.check(b"".join(lines)).faults


DEEP = b"[" * 200_000
STRANGE: dict[str, Callable[[list[bytes]], object]] = {
    "no JSON": lambda lines: lines.insert(1, b"{\n"),
    "no text": lambda lines: lines.insert(1, b"\xff\n"),
    "deep": lambda lines: lines.insert(1, DEEP + b"\n"),
    "a list first": lambda lines: lines.insert(0, b'["\\"bundle\\":", "bundle"]\n'),
    "a number": lambda lines: lines.insert(1, b"7\n"),
    "no rules": lambda lines: lines.pop(1),
    "two rules": lambda lines: lines.insert(1, lines[1]),
    "nothing about it": lambda lines: lines.__setitem__(0, b'{"bundle":1,"of":"round"}\n'),
    "policies": lambda lines: lines.__setitem__(0, bundle._packed(json.loads(lines[0]) | {"policies": 7})),
    "seed": lambda lines: lines.__setitem__(0, bundle._packed(json.loads(lines[0]) | {"seed": {"a": "b"}})),
    "rules no text": lambda lines: lines.__setitem__(1, bundle._packed(json.loads(lines[1]) | {"text": 7})),
    "rules deep": lambda lines: lines.__setitem__(1, bundle._packed(json.loads(lines[1]) | {"text": "[" * 5000})),
    "facts": lambda lines: changed(lines, "application", lambda one: one["row"].update(facts=[1])),
    "moments": lambda lines: changed(lines, "application", lambda one: one["row"].update(submitted_at="x")),
    "huge": lambda lines: changed(lines, "sheet", lambda one: one.update(marks=dict.fromkeys(one["marks"], "1e999"))),
    "nested": lambda lines: changed(lines, "sheet", lambda one: one.update(marks={"a": {"b": []}})),
    "numbers": lambda lines: changed(lines, "audit", lambda one: one.update(number="x")),
    "details": lambda lines: changed(lines, "audit", lambda one: one.update(details=7)),
}


def changed(lines: list[bytes], what: str, change: Callable[[dict[str, Any]], object]) -> None:
    for place, line in enumerate(lines):
        if (one := json.loads(line))["of"] == what:
            change(one)
            lines[place] = bundle._packed(one)


def test_whatever_somebody_signs_is_answered(settled: SmallRound, tmp_path: Path) -> None:
    content = written(settled, tmp_path / "round.bundle").splitlines(keepends=True)[:-2]
    for name, change in STRANGE.items():
        lines = list(content)
        change(lines)
        assert bundle.check(sealed(lines, settled)).faults, name
    for last in (b"7", b"[]", b'{"jwt":7}', b'{"jwt":"a.b.c"}', DEEP, b"{}"):
        assert bundle.check(b"".join(content) + last + b"\n").faults, last[:20]


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n{}\n", b"\xff\xfe\n\n", b"PK\x03\x04" * 40])
def test_what_is_no_bundle_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(BadInput, match="no bundle of a round"):
        bundle.check(content)
