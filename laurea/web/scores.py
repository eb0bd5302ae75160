"""An officer's room: what the scores come to, how sure the line is, how the jury marked; what a jury still owes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from evaluators import round_scores
from evaluators.deliberation import Waits
from evaluators.permissions import Field, Phase, Role, phase, sees
from evaluators.round_scores import Compared, Placed
from laurea import deliberation
from laurea.documents import plots
from laurea.documents.drawing import short
from laurea.store import juries, pages_assignment, pages_scores
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.store.pages_scores import Decided
from laurea.web import plotted, score_says
from laurea.web.assigning import jury_round
from laurea.web.forms import Who
from laurea.web.looks import noted
from laurea.web.office_frame import frame, paged
from laurea.web.reader import Reader
from laurea.web.render import page
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
BANDS = ("above", "open", "below")
KEPT = 8  # rounds whose comparison is kept in this process; it is worked out from what no longer changes


@get("/rounds/{code:str}/scores", opt=OPT)
@noted()
def scores(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    band: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """While the jury works: what it still owes, without marks. Once decisions are proposed: ranking, line, jurors."""
    record, plan = jury_round(request, reader, code)
    at = phase(record.timetable, reader.now)
    compares = Field.COMPARISON in sees(Role.OFFICER, at)
    shown: dict[str, Any] = {"owed": [], "thirds": [], "compared": None}
    with reading(request.app.state.engine) as connection:
        if at is Phase.REVIEWING:
            shown |= _owed(connection, record, plan)
        together = pages_scores.together(connection, record.id)
        if compares:
            decided = pages_scores.decided(connection, record.id)
            names = pages_assignment.names(connection, record.id)
            compared = _compared(request.app.state, connection, record, plan, decided)
            shown |= _shown(compared, decided, names, plan, reader, band, side)
    return page(
        request,
        "office/scores.html",
        **frame(record, plan, reader),
        **shown,
        together=together,
        compares=compares,
        waits=Waits,
    )


def _owed(connection: Any, record: RoundPage, plan: Plan) -> dict[str, Any]:
    assert plan.jury is not None
    waiting = deliberation.waiting(connection, record.id, plan)
    titles = pages_assignment.titles(connection, record.id, [ref for ref, _ in waiting.values()])
    owed = sorted((ref, what, number, titles[ref][1]) for number, (ref, what) in waiting.items())
    asked = int(plan.jury.asked_reviews or 0)
    return {"owed": owed, "thirds": pages_scores.further(connection, record.id, asked) if asked else []}


def _compared(state: Any, connection: Any, record: RoundPage, plan: Plan, decided: list[Decided]) -> Compared | None:
    """The comparison of a decided round; its sheets are closed, so that it is worked out once a proposal."""
    kept: OrderedDict[tuple[int, int, str | None], Compared | None] = state.setdefault("compared", OrderedDict())
    key = (record.id, record.version, record.digest)
    if key not in kept:
        given = juries.submitted_sheets(connection, record.id)
        placed = {one.ref: Placed(one.group_name or "", one.rank, one.granted) for one in decided}
        kept[key] = round_scores.compare(plan, given, placed, seed=record.seed)
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return kept[key]


def _shown(
    found: Compared | None,
    decided: list[Decided],
    names: dict[str, str],
    plan: Plan,
    reader: Reader,
    band: str,
    side: int,
) -> dict[str, Any]:
    """What the template takes: sentences, plots and one page of the ranking."""
    if found is None:
        return {}
    calibration, words = found.scored.calibration, plotted.words(reader)
    figures = {row["application_id"]: row for row in found.scored.applications.iter_rows(named=True)}
    order = sorted(
        (one for one in decided if one.ref in figures),
        key=lambda one: (one.group_name or "", one.rank is None, one.rank or 0, -figures[one.ref]["score"], one.ref),
    )
    some = [one for one in order if band not in BANDS or found.chances.get(one.ref, (0.0, ""))[1] == band]
    listed = paged(some, side)
    rows = {
        one.ref: {
            "mean": short(figures[one.ref]["raw"]),
            "adjusted": "" if figures[one.ref]["adjusted"] is None else short(figures[one.ref]["adjusted"]),
            "wide": "" if figures[one.ref]["se"] is None else short(plots.NORMAL_90 * figures[one.ref]["se"]),
            "chance": score_says.share(found.chances[one.ref][0]) if one.ref in found.chances else "",
            "band": found.chances.get(one.ref, (0.0, ""))[1],
        }
        for one in listed.rows
    }
    placed = [(one.ref, found.chances.get(one.ref, (0.0, ""))[1]) for one in order]
    bands = {one: sum(mine == one for _, mine in placed) for one in BANDS}
    standings = [
        plots.Standing(ref, place, figures[ref]["score"], figures[ref]["se"], mine)
        for place, (ref, mine) in enumerate(sorted(placed, key=lambda one: -figures[one[0]]["score"]), 1)
    ]
    drawn = {"cut": plots.cut_line(standings, found.line, words=words)} if standings else {}
    if calibration.refused is None:
        seats = calibration.jurors.select("juror_id", "severity", "se", "sheets").iter_rows()
        jury = [plots.Severity(names.get(ref, ref), *rest) for ref, *rest in seats]
        drawn["severity"] = plots.severity(jury, words=words)
    if found.pairs:
        drawn["agreement"] = plots.agreement(found.pairs, words=words)
    return {
        "compared": found,
        "listed": listed,
        "ranked": any(one.rank is not None for one in order),
        "rows": rows,
        "band": band if band in BANDS else "",
        "bands": bands,
        "line": score_says.line(found, bands, reader),
        "agreed": score_says.agreement(found.scored.agreement, calibration, reader),
        "correction": score_says.correction(found, plan, reader),
        "jurors": score_says.jurors(found, reader),
        "names": names,
        "plots": {name: plotted.drawn(drawn.get(name, "")) for name in ("cut", "severity", "agreement")},
    }


HANDLERS = [scores]
