"""Files that are looked at first: they come in once, exactly as looked at, or not at all; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from laurea.actions import confirm, imports, release, uploads
from laurea.errors import Conflict, NotNow
from laurea.intake import Asked, Imported
from laurea.ledger import Actor
from laurea.store import tables as t
from laurea.store import uploads as store
from laurea.store.engine import reading

Small = Callable[..., Any]


def take(here: Any, asked: Asked, path: Path | None = None) -> Imported:
    return imports.import_applications(
        here.engine, here.round_id, path or here.world.applications, dict(here.world.children), actor=here.actor,
        now=here.after_deadline, asked=asked,
    )  # fmt: skip


def keep(here: Any, would: Imported) -> store.Upload:
    key = uploads.keep(
        here.engine, here.round_id, kind="applications", assigns=False, files={"file": here.world.applications},
        digest="d" * 64, would=would, person_id=here.actor.person_id, now=here.after_deadline,
    )  # fmt: skip
    with reading(here.engine) as connection:
        return store.of_round(connection, here.round_id, key)[0]


def held(here: Any) -> int:
    with reading(here.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(t.applications)).scalar_one())


def test_files_come_in_once_and_are_forgotten(small: Small, tmp_path: Path) -> None:
    here = small()
    would = take(here, Asked(keep=False))
    assert (held(here), would.added > 0, len(would.changes)) == (0, True, would.added)
    upload = keep(here, would)
    with reading(here.engine) as connection:
        files = store.unpack(connection, upload.id, tmp_path / "out")
    assert files["file"].read_bytes() == here.world.applications.read_bytes()
    sign = uploads.receipt(upload, here.actor.person_id, here.after_deadline)
    assert take(here, Asked(receipt=sign), files["file"]).added == would.added == held(here)
    with pytest.raises(Conflict):
        take(here, Asked(receipt=sign), files["file"])
    with reading(here.engine) as connection:
        after = store.of_round(connection, here.round_id, upload.key)[0]
        assert connection.execute(select(t.uploads.c.content)).scalar_one() == b""
    assert after.taken_at is not None
    assert after.told == upload.told | {"changes": []}


def test_nothing_comes_in_when_the_round_has_changed_since(small: Small) -> None:
    here = small()
    upload = keep(here, take(here, Asked(keep=False)))
    lines = here.world.applications.read_text("utf-8").splitlines()
    first = here.world.folder / "first.csv"
    first.write_text("\n".join(lines[:2]) + "\n", "utf-8")
    take(here, Asked(), first)
    assert held(here) == 1
    with pytest.raises(Conflict):
        take(here, Asked(receipt=uploads.receipt(upload, here.actor.person_id, here.after_deadline)))
    assert held(here) == 1
    uploads.discard(here.engine, here.round_id, upload, person_id=here.actor.person_id, now=here.after_deadline)
    with pytest.raises(Conflict):
        uploads.discard(here.engine, here.round_id, upload, person_id=here.actor.person_id, now=here.after_deadline)


def test_release_by_two_is_all_or_none(small: Small) -> None:
    here = small()
    digest = here.settle()
    now = here.scene.review_until
    confirm.ask_second_person(here.engine, here.round_id, asked=True, actor=here.actor, now=now)
    common = {"expected_digest": digest, "settings": here.settings, "now": now}
    with pytest.raises(NotNow):
        release.release(here.engine, here.round_id, actor=here.actor, **common)
    confirm.confirm(here.engine, here.round_id, actor=here.actor, expected_digest=digest, now=now)
    with pytest.raises(NotNow):
        release.release(here.engine, here.round_id, actor=here.actor, **common)
    with reading(here.engine) as connection:
        other = connection.execute(select(t.people.c.id).where(t.people.c.id != here.actor.person_id)).scalars().first()
    assert other is not None
    assert release.release(here.engine, here.round_id, actor=Actor.person(other), **common).decisions > 0


def test_files_thrown_away_are_not_taken_for_those_that_have_their_number(small: Small) -> None:
    here = small()
    would = take(here, Asked(keep=False))
    upload = keep(here, would)
    keep(here, would)
    with pytest.raises(Conflict):
        take(here, Asked(receipt=uploads.receipt(upload, here.actor.person_id, here.after_deadline)))
    assert held(here) == 0
