"""`laurea score`: what jurors' sheets come to, how sure that is, where the cut line falls; without a database."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from evaluators.scoring import Scored

app = App(name="score")
SHOWN = 20  # jurors and further reviews in the terminal; the files hold all


@app.default
def score(
    sheets: Path,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    method: str = "advised",
    cut: str | None = None,
    rounding: str = "up_to",
    scale: str | None = None,
    weight: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    jurors: Path | None = None,
    report: Path | None = None,
    third_reviews: int = 10,
    seed: int = 0,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Scores from jurors' sheets, how sure they are, and the cut line; `laurea.cli.SCORE` says more.

    Parameters
    ----------
    sheets
        One row a mark: application_id, juror_id, criterion (leave the column out where sheets hold one total), points,
        submitted_at (if known).
    output
        Where the scores go, and must be given: application_id, raw, adjusted, se, p_above, rank, band. The ending says
        the format: .csv, .jsonl, .ndjson or .parquet.
    method
        mean, median, trimmed (without the highest and the lowest), adjusted (corrected for how severe each juror was),
        weighted (adjusted, where reliable jurors count more), or advised: the one of mean, adjusted and weighted that
        the sheets themselves support.
    cut
        How many have a place: a number (12), a share (25%, 1/4 or 0.25), or a threshold (points:3.5).
    rounding
        Of a share: up_to, nearest or at_least so many places.
    scale
        MIN:MAX or MIN:MAX:STEP. Points that do not stand on it are refused.
    weight
        CRITERION=NUMBER: how much a criterion counts beside the others (1 if not said).
    jurors
        Also write each juror's severity to this file: juror_id, severity, se, sheets, fit, weight.
    report
        Also write a page with sentences, plots and tables to this .html file; it needs no other file and no network.
    third_reviews
        For how many further reviews the best places are named.
    seed
        Settles the draws behind the probabilities: the same seed gives the same figures.
    json
        Print what was found as JSON.
    """
    from laurea.cli import score_terms, scoring

    terms = score_terms.Terms(
        method=score_terms.method(method),
        cut=score_terms.cut(cut, rounding),
        scale=score_terms.scale(scale),
        weights=score_terms.weights(weight),
        budget=score_terms.budget(third_reviews),
        seed=score_terms.seed(seed),
    )
    places = scoring.places(sheets, output, jurors, report)
    scored = scoring.score_file(sheets, terms, places)
    if json:
        print(plain_json.dumps(as_data(scored), ensure_ascii=False))
    else:
        tell(scored)


def tell(scored: Scored) -> None:
    """Print what was found, for a person."""
    from rich.padding import Padding
    from rich.text import Text

    from laurea.cli.console import out
    from laurea.documents import score_words

    for section in score_words.sections(scored):
        out.print(Text(section.title, style="bold"))
        for sentence in section.sentences:
            out.print(Padding(Text(sentence), (0, 0, 0, 2)))
        if section.key == "severity" and scored.calibration.refused is None:
            rows = score_words.jurors(scored)
            out.print(Padding(_table(rows[:SHOWN]), (0, 0, 0, 2)))
            if len(rows) > SHOWN:
                out.print(
                    f"  … and {len(rows) - SHOWN:,} more, less wide apart; --jurors FILE keeps all.", highlight=False
                )


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    from laurea.documents import score_words
    from laurea.documents.drawing import short

    table = Table()
    for name in ("juror", "severity", "sheets", "fit", "stands out"):
        table.add_column(name, justify="left" if name in ("juror", "stands out") else "right")
    for row in rows:
        fit = "–" if row["fit"] is None else short(row["fit"])
        table.add_row(row["juror_id"], score_words.signed_interval(row), f"{row['sheets']:,}", fit, row["says"])
    return table


def as_data(scored: Scored) -> dict[str, Any]:
    """What was found, for a program."""
    from laurea.cli.scoring import rounded
    from laurea.documents import score_words

    agreed, advice, parts = scored.agreement, scored.calibration.advice, scored.calibration.components
    refused, line = scored.calibration.refused, scored.line
    bands = scored.applications["band"].drop_nulls().value_counts().iter_rows()
    found: dict[str, Any] = {
        "method": scored.method,
        "used": scored.used,
        "applications": scored.applications.height,
        "sheets": int(scored.applications["sheets"].sum()),
        "agreement": {
            "alpha": agreed.alpha,
            "icc_single": agreed.icc_single,
            "icc_mean": agreed.icc_mean,
            "k": agreed.k,
        },
        "components": None if parts is None else parts.__dict__,
        "adjustment": {
            "supported": advice.adjust,
            "error_mean": advice.error_mean,
            "error_adjusted": advice.error_adjusted,
            "error_weighted": advice.error_weighted,
            "advised": advice.best,
            "refused": None if refused is None else refused.code,
            "bridges": [] if refused is None else [one.__dict__ for one in refused.bridges],
        },
        "cut": None
        if line is None
        else {
            "places": line.places,
            "at": line.at,
            "tied": list(line.tied),
            "bands": dict(bands),
            "unsure": scored.unsure,
        },
        "third_reviews": [{"application_id": name, "gain": gain} for name, gain in scored.third],
        "jurors": [{key: row[key] for key in row if key not in ("part", "says")} for row in score_words.jurors(scored)],
        "says": {section.key: list(section.sentences) for section in score_words.sections(scored)},
    }
    plain: dict[str, Any] = rounded(found)
    return plain
