"""A round's workbook with every mark: time, and memory that does not grow with the round.

The time stands beside XlsxWriter alone writing as many cells; the peak memory, beside that of a round three times as
large. Each is measured in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _common import Goal, Options, main, peak_megabytes

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # `rules` is our room, not the benchmark beside this one

import xlsxwriter  # noqa: E402
from sqlalchemy import insert  # noqa: E402

from evaluators.permissions import Field  # noqa: E402
from laurea.actions.export import export  # noqa: E402
from laurea.ledger import SYSTEM  # noqa: E402
from laurea.store import tables as t  # noqa: E402
from laurea.store.engine import open_engine, writing  # noqa: E402
from tests.web import seeding  # noqa: E402

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVIEWS = 3  # an application
COMMENT = "Clear and careful work. " * 8


def fill(place: seeding.Place, applications: int) -> None:
    """So many applications with three finished reviews each."""
    with writing(place.engine) as connection:
        common = {"authority_id": 1, "round_id": place.round_id}
        first = 1_000
        connection.execute(
            insert(t.applications),
            [
                {
                    **common, "id": first + number, "ref": f"B-{number:06}", "applicant_id": 10, "applicant_ref": "T",
                    "unit_ref": f"P{number}", "unit_name": f"Project number {number}", "submitted_at": NOW,
                    "state": "decided", "facts": {"pupils": number % 90, "consent": True}, "children": {}, "topics": [],
                }
                for number in range(applications)
            ],
        )  # fmt: skip
        pairs = [(first + number, 1 + turn) for number in range(applications) for turn in range(REVIEWS)]
        connection.execute(
            insert(t.assignments),
            [
                {
                    **common, "id": first + place_, "application_id": one, "juror_id": juror, "quality": 800,
                    "state": "submitted", "assigned_at": NOW,
                }
                for place_, (one, juror) in enumerate(pairs)
            ],
        )  # fmt: skip
        marks = {"teaching": "4", "cooperation": "3.5", "data": "5", "results": "7", "overall": "61"}
        connection.execute(
            insert(t.sheets),
            [
                {
                    **common, "assignment_id": first + place_, "marks": marks, "comment": COMMENT,
                    "submitted_at": NOW, "saved_at": NOW,
                }
                for place_ in range(len(pairs))
            ],
        )  # fmt: skip


def child(workspace: Path, what: str) -> dict[str, float]:
    """One measurement in this process."""
    place = json.loads((workspace / "place.json").read_text())
    engine = open_engine(place["url"])
    before = peak_megabytes()
    began = time.process_time()
    rows: dict[str, int] = {}
    if what == "laurea":
        rows = export(
            engine, place["round"], workspace / "round.xlsx", "xlsx", seen=frozenset(Field), actor=SYSTEM, now=NOW
        )
    else:
        bare(workspace / "bare.xlsx", place["applications"])
    seconds = time.process_time() - began
    return {"seconds": seconds, "megabytes": peak_megabytes() - before, "rows": sum(rows.values())}


def bare(path: Path, applications: int) -> None:
    """XlsxWriter alone, with as many cells of the same kinds."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        for cells, rows in ((11, applications), (9, applications * 3), (11, applications * 3)):
            sheet = book.add_worksheet()
            for row in range(rows):
                for column in range(cells):
                    if column % 3:
                        sheet.write_string(row, column, COMMENT if column == 10 else "2026-03-01T12:00:00")
                    else:
                        sheet.write_number(row, column, row)


def run(applications: int) -> dict[str, dict[str, float]]:
    """Both measurements of a round with so many applications."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        place = seeding.seed(workspace, now=NOW)
        fill(place, applications)
        told = {"url": place.settings.url, "round": place.round_id, "applications": applications}
        (workspace / "place.json").write_text(json.dumps(told))
        place.engine.dispose()
        found = {}
        for what in ("laurea", "bare"):
            done = subprocess.run(
                [sys.executable, str(ROOT / "benchmarks" / "export.py"), "--child", what, folder],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            found[what] = json.loads(done.stdout)
        return found


def measure(options: Options) -> dict[str, Any]:
    """The figures."""
    applications = options.size(10_000, 1_000)
    one, three = run(applications), run(3 * applications)["laurea"]
    mine = one["laurea"]
    options.say(f"  {applications * REVIEWS} reviews, {mine['rows']:.0f} rows: {mine['seconds']:.1f} s of CPU")
    options.say(f"  memory: {mine['megabytes']:.0f} MB; with three times the reviews {three['megabytes']:.0f} MB")
    return {
        "CPU seconds": round(mine["seconds"], 1),
        "time beside XlsxWriter alone": round(mine["seconds"] / one["bare"]["seconds"], 2),
        "memory of three times the reviews": round(three["megabytes"] / max(1.0, mine["megabytes"]), 2),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(Path(sys.argv[3]), sys.argv[2])))
    else:
        goals = (Goal("CPU seconds", at_most=60), Goal("memory of three times the reviews", at_most=1.5))
        main("export", measure, goals)
