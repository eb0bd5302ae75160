"""Two officers send the same files at the same moment: one takes them in, to the other everything is known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from laurea.actions import import_jury, imports
from laurea.store.engine import open_engine


def test_the_same_files_at_once_come_in_once(small: Callable[..., Any]) -> None:
    here = small()
    files, by = here.world, {"actor": here.actor, "now": here.after_deadline}
    both = Barrier(2, timeout=20)

    def officer(_number: int) -> list[int]:
        engine = open_engine(here.engine.url.render_as_string(hide_password=False))
        try:
            both.wait()
            taken = [imports.import_applications(engine, here.round_id, files.applications, dict(files.children), **by)]
            both.wait()
            taken.append(import_jury.import_jurors(engine, here.round_id, files.jurors, **by))
            both.wait()
            taken.append(import_jury.import_conflicts(engine, here.round_id, files.conflicts, **by))
        finally:
            engine.dispose()
        return [one.added for one in taken]

    with ThreadPoolExecutor(2) as together:
        first, second = together.map(officer, range(2))
    assert [min(pair) for pair in zip(first, second, strict=True)] == [0, 0, 0]
    assert all(max(pair) > 0 for pair in zip(first, second, strict=True))
