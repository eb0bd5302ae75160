"""One sheet saved from several windows in the same moment: one text stands, every other is told so, nothing breaks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sqlalchemy import Engine, select

from laurea.actions import sheet as deeds
from laurea.marking import Elsewhere
from laurea.store import tables as t
from tests.web import seeding

WINDOWS = 6


def test_windows_that_save_at_once_are_told_and_one_text_stands(tmp_path: Path, engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    place = seeding.seed(tmp_path, applications=2, jurors=2, reviews=1, database_url=url)
    who = {"person_id": place.jurors[0], "assignment_id": place.assignments(place.jurors[0])[0], "now": place.now}
    deeds.declare(place.engine, kind=None, **who)
    together = Barrier(WINDOWS)

    def save(number: int) -> str:
        together.wait(30)
        try:
            deeds.save_sheet(place.engine, marks={}, comment=f"window {number}", version=1, **who)
        except Elsewhere:
            return ""
        return f"window {number}"

    with ThreadPoolExecutor(WINDOWS) as pool:
        stands = [text for text in pool.map(save, range(WINDOWS)) if text]
    sheet = select(t.sheets.c.comment).where(t.sheets.c.assignment_id == who["assignment_id"])
    assert stands == [place.value(sheet)]
    place.engine.dispose()
