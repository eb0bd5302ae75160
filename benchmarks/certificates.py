"""Certificates out of the records, beside the bare PDF engine compiling the same template with the same data.

Ours reads the label, its rules, its words and dates, draws the code and hands out a PDF; the engine alone is given all
of that ready-made. Both keep their fonts. Memory is what this process has held more at the end than after a tenth.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import Goal, Options, alternately, main, peak_megabytes

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # `rules` is our room, not the benchmark beside this one

import typst  # noqa: E402
from sqlalchemy import insert, select  # noqa: E402

from laurea import papers  # noqa: E402
from laurea.actions import release  # noqa: E402
from laurea.documents.papers import engine, words  # noqa: E402
from laurea.ledger import SYSTEM  # noqa: E402
from laurea.store import papers as records  # noqa: E402
from laurea.store import tables as t  # noqa: E402
from laurea.store.engine import reading, writing  # noqa: E402
from tests.web import seeding  # noqa: E402

LANGUAGE = "ka"


def labels(place: seeding.Place, count: int) -> list[records.Granted]:
    """So many labels of a released round; each its own holder and number."""
    seeding.fill(place, 1.0, settle=True)
    digest = place.value(select(t.rounds.c.digest))
    release.release(
        place.engine, place.round_id, actor=SYSTEM, expected_digest=digest, settings=place.settings, now=place.now
    )
    with writing(place.engine) as connection:
        first = connection.execute(select(t.grants).limit(1)).one()._mapping
        application = (
            connection.execute(select(t.applications).where(t.applications.c.id == first["application_id"]))
            .one()
            ._mapping
        )
        decision = (
            connection.execute(select(t.decisions).where(t.decisions.c.id == first["decision_id"])).one()._mapping
        )
        ids = range(10_000, 10_000 + count)
        shared = {"key": None, "unit_name": "", "institution": "სსიპ რუსთავის №22 საჯარო სკოლა"}
        connection.execute(
            insert(t.applications), [{**application, **shared, "id": one, "ref": f"B-{one}"} for one in ids]
        )
        connection.execute(insert(t.decisions), [{**decision, "id": one, "application_id": one} for one in ids])
        connection.execute(
            insert(t.grants),
            [
                {
                    **first, "id": one, "application_id": one, "decision_id": one, "number": f"kJ3_9dkLmW0ePq8sT{one}",
                    "holder": f"ხმები ბაზრიდან {one}: our town sings",
                }
                for one in ids
            ],
        )  # fmt: skip
    with reading(place.engine) as connection:
        return [one for one in records.granted(connection, place.round_id) if one.id >= ids.start]


def measure(options: Options) -> dict[str, Any]:
    """The figures."""
    count = options.size(600, 60)
    with tempfile.TemporaryDirectory() as folder:
        place = seeding.seed(Path(folder))
        found = labels(place, count)
        template = papers.OURS.templates["certificate"]
        source, fonts = engine.source(template), engine.fonts()
        with reading(place.engine) as connection:
            ready = []
            for one in found:
                label = papers.label(connection, one, LANGUAGE, place.settings)
                ready.append(json.dumps(words.certificate(label, words.Look(), LANGUAGE), ensure_ascii=False))

            def ours(part: slice) -> None:
                style = papers.style(place.settings, found[0].authority_code, found[0].award)
                for one in found[part]:
                    papers.paper(
                        connection, one, kind="certificate", style=style, language=LANGUAGE, settings=place.settings
                    )

            def bare(part: slice) -> None:
                for one in ready[part]:
                    compiler = typst.Compiler(source, root=engine.HERE, font_paths=fonts)
                    compiler.compile(sys_inputs={"paper": one}, pdf_standards=engine.STANDARDS, timestamp=0)

            some = count // 10
            ours(slice(0, some))
            before = peak_megabytes()
            best = alternately({"ours": lambda: ours(slice(some)), "bare": lambda: bare(slice(some))}, repeat=5)
            ours(slice(count))
        place.engine.dispose()
    options.say(f"  {count} certificates: {some / best['ours']:.0f} a second of CPU, bare {some / best['bare']:.0f}")
    return {
        "certificates per CPU second": round(some / best["ours"], 1),
        "beside the bare engine": round(best["bare"] / best["ours"], 2),
        "MB more after ten times as many": round(peak_megabytes() - before, 1),
    }


if __name__ == "__main__":
    main("certificates", measure, (Goal("beside the bare engine", at_least=0.8),))
