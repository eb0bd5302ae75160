"""Draw the handbook's plots again: `python tools/plots.py`, or `make plots`. The same files give the same plots.

Scores are those of `examples/score-sheets.csv`; what is routed is a made-up round of 240 applications and 30 jurors.
"""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from laurea.cli import main  # noqa: E402
from laurea.documents import plots  # noqa: E402

FOLDER = ROOT / "docs" / "images" / "plots"
FILES = {"cut-line": "cut-line", "severity": "severity", "agreement": "agreement"}
TOPICS = ("rivers", "science", "theatre", "languages", "history", "robots")


def scores(folder: Path) -> dict[str, str]:
    """The plots of a comparison of score sheets, by their key."""
    report = folder / "scores.html"
    words = (
        f"score {ROOT}/examples/score-sheets.csv --cut 25% --scale 0:10:0.5 --report {report} -o {folder}/scores.csv"
    )
    _run(words.split())
    found = re.findall(r"<svg.*?</svg>", report.read_text(encoding="utf-8"), re.DOTALL)
    return {key: svg for svg in found for key in FILES if f"'{key}-title'" in svg}


def loads(folder: Path) -> str:
    """How many applications each juror of a made-up round is given."""
    lot = random.Random(2026)  # noqa: S311 - a made-up round, the same each time
    tables = {
        "applications": ["application_id,language,topics"]
        + [f"A{n},{lot.choice(('az', 'az', 'en', 'lv', 'ka'))},{lot.choice(TOPICS)}" for n in range(240)],
        "jurors": ["juror_id,languages,expertise,min_load,max_load"]
        + [f"J{n},en;{lot.choice(('az', 'lv', 'ka'))},{';'.join(lot.sample(TOPICS, 2))},8,24" for n in range(30)],
    }
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    _run(f"assign {folder}/applications.csv {folder}/jurors.csv --per-application 2 -o {folder}/plan.csv".split())
    with (folder / "plan.csv").open(encoding="utf-8") as file:
        held = Counter(row["juror_id"] for row in csv.DictReader(file))
    return plots.loads(Counter(held.values()))


def _run(words: list[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(words)


def _alone(svg: str) -> str:
    """A plot as a file of its own: of a fixed width, dark on light in either colour scheme."""
    style = "<style>:root{color:#22262b;background:#fff}</style>"
    return re.sub(r"^(<svg[^>]*) width='100%'([^>]*>)", rf"\1 width='760'\2{style}", svg) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as at:
        drawn = scores(Path(at)) | {"loads": loads(Path(at))}
    for key, picture in drawn.items():
        (FOLDER / f"{key}.svg").write_text(_alone(picture), encoding="utf-8")
        print(f"docs/images/plots/{key}.svg")
