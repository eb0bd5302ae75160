"""The scores of a round as one page: sentences, plots and tables in one HTML file, without script or outside hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from evaluators.scoring import Scored
from laurea.documents import plots, score_words
from laurea.documents.drawing import short

MOST_ROWS = 1000  # of a table on the page; the files hold all


def page(scored: Scored, pairs: Sequence[tuple[float, float]], *, name: str, facts: Sequence[tuple[str, str]]) -> str:
    """The page as HTML. `pairs` are the first and second mark of each application that has two; `name` is the file's;
    `facts` are what one needs to make the page again (method, seed, digest …), as pairs of words.
    """
    order = scored.applications.sort("rank", "application_id")
    return _template().render(
        name=name,
        facts=facts,
        sections=score_words.sections(scored),
        plots=_plots(scored, pairs, order),
        jurors=score_words.jurors(scored)[:MOST_ROWS],
        all_jurors=scored.calibration.jurors.height,
        interval=score_words.signed_interval,
        applications=order.head(MOST_ROWS).to_dicts(),
        all_applications=order.height,
        open=order.filter(pl.col("band") == "open").to_dicts(),
        third=scored.third,
        used=scored.used,
        cut=not order["band"].null_count(),
        bands={"above": "above", "open": "cannot be told apart", "below": "below"},
    )


def _plots(scored: Scored, pairs: Sequence[tuple[float, float]], order: pl.DataFrame) -> dict[str, Markup]:
    """The plots that have something to show, by the section they stand in. Their text is escaped where it is made."""
    found: dict[str, str] = {}
    seats = scored.calibration.jurors
    if pairs:
        found["agreement"] = plots.agreement(pairs)
    if scored.calibration.refused is None:
        rows = seats.select("juror_id", "severity", "se", "sheets").iter_rows()
        found["severity"] = plots.severity([plots.Severity(*row) for row in rows])
    found["sheets"] = plots.loads(Counter(seats["sheets"].to_list()), what="sheets")
    if scored.line is not None:
        rows = order.select("application_id", "rank", "score", "se", pl.col("band").fill_null("")).iter_rows()
        found["cut"] = plots.cut_line([plots.Standing(*row) for row in rows], scored.line.at)
    return {key: Markup(svg) for key, svg in found.items()}  # noqa: S704 (plots escape every word they take)


@cache
def _template() -> Template:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": _points, "share": _share}
    return environment.get_template("score_report.html")


def _points(value: Any) -> str:
    return "–" if value is None else short(value)


def _share(value: float | None) -> str:
    """A probability in per cent; never 0 or 100 where it is not."""
    if value is None:
        return "–"
    if 0 < value < 0.01:
        return "<1%"
    if 0.99 < value < 1:
        return ">99%"
    return f"{value:.0%}"
