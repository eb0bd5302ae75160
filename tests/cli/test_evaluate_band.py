"""`laurea evaluate` under rules that draw a lot: a seed of its own, the same places for the same seed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from laurea.cli.evaluate import evaluate

HEAD = "application_id,applicant_id,unit_id,submitted_at,score,pupils,region"
HERE = Path(__file__).parents[1] / "evaluators" / "band" / "prize.yaml"


def decided(folder: Path, seed: int, trace: str = "t.jsonl") -> tuple[list[str], list[dict[str, str]]]:
    out = folder / f"{seed}.csv"
    evaluate(str(HERE), folder / "facts.csv", output=out, policy=("at_line=lot",), trace=folder / trace, seed=seed)
    with out.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [row["application_id"] for row in rows if row["outcome"] == "prize"], rows


def test_a_seed_draws_the_same_places_and_the_trace_names_it(tmp_path: Path) -> None:
    lines = [HEAD, *(f"A-{number},u{number},s{number},2031-01-01T10:00:00Z,5,1,x" for number in range(30))]
    (tmp_path / "facts.csv").write_text("\n".join(lines), encoding="utf-8")
    first, rows = decided(tmp_path, 1)
    assert decided(tmp_path, 1) == (first, rows)
    assert decided(tmp_path, 2)[0] != first
    assert len(first) == 2
    decided(tmp_path, 7)
    told = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()]
    drawn = [entry for one in told for entry in one["trace"] if entry["clause"] == "close"]
    assert {entry["seed"] for entry in drawn} == {"7"}
    assert sorted(int(entry["measured"]) for entry in drawn) == list(range(1, 31))
