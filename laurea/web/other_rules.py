"""An officer's room: the round under another edition or other answers, to look at; nothing of it can be kept."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from evaluators.dry_run import sentences
from evaluators.flips import Flip
from evaluators.permissions import Deed, Field, Role
from laurea.actions import dry_run
from laurea.actions.dry_run import RoundDryRun
from laurea.ledger import Actor
from laurea.store import pages_assignment
from laurea.store.engine import reading
from laurea.store.pages_round import RoundPage
from laurea.web import ruling
from laurea.web.api_files import as_csv
from laurea.web.forms import Form, Who, first
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import in_thread, page
from rules import diff
from rules.errors import RuleSetError
from rules.plan import Plan
from rules.ruleset import RuleSet, say

OPT = {"role": Role.OFFICER}
SHOWN = 200  # applications told one by one


@get("/rounds/{code:str}/other-rules", opt=OPT)
@in_thread
def choose(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], edition: FromQuery[str] = ""
) -> Response[Any]:
    """Choose an edition, and answers to its questions."""
    record, plan = round_of(request, reader, code, Deed.TRY)
    return _page(request, reader, record, plan, edition, record.policies, record.parameters)


@post("/rounds/{code:str}/other-rules", opt=OPT, status_code=200)
@in_thread
def look(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], data: Form) -> Response[Any]:
    """Who would come out otherwise, by which clause; or the same as a file."""
    record, plan = round_of(request, reader, code, Deed.TRY)
    policies, parameters = ruling.given(data, "policy."), ruling.given(data, "parameter.")
    edition = first(data, "edition")
    other = [
        {name: value for name, value in given.items() if value != before.get(name)}
        for given, before in ((policies, record.policies), (parameters, record.parameters))
    ]
    ruleset = ruling.chosen(ruling.editions(plan.ruleset, record.country), edition)
    try:
        tried = dry_run.try_round(
            request.app.state.engine, record.id, ruleset, *other,
            actor=Actor.person(reader.person_id), now=reader.now, marks=_marks(record, reader),
        )  # fmt: skip
    except RuleSetError as wrong:
        return _page(request, reader, record, plan, edition, policies, parameters, wrong=wrong)
    if first(data, "do") == "download":
        rows = _told(request, record, tried, tried.found.flips, reader)
        columns = ("application", "unit", "before", "after", "clause", "edition", "says", "found", "cite")
        return as_csv(f"{code}-other-rules", [columns, *([row[name] for name in columns] for row in rows)])
    return _page(request, reader, record, plan, edition, policies, parameters, tried=tried)


def _marks(record: RoundPage, reader: Reader) -> bool:
    """Whether the officer may know by now what the sheets come to."""
    return Field.COMPARISON in seen(record, reader)


def _page(
    request: Request[Any, Any, Any],
    reader: Reader,
    record: RoundPage,
    plan: Plan,
    edition: str,
    policies: dict[str, str],
    parameters: dict[str, str],
    *,
    tried: RoundDryRun | None = None,
    wrong: RuleSetError | None = None,
) -> Response[Any]:
    offered = ruling.editions(plan.ruleset, record.country)
    ruleset = ruling.chosen(offered, edition)
    return page(
        request,
        "office/other_rules.html",
        status=422 if wrong else 200,
        **frame(record, plan, reader),
        editions=[(one.digest, one.edition, say(one.title, reader.language)) for one in offered],
        ruleset=ruleset,
        same=ruleset.digest == plan.ruleset.digest,
        differences=diff.diff(plan.ruleset, ruleset, reader.language),
        policies=ruling.policies(ruleset, record.policies, policies, reader),
        parameters=ruling.parameters(ruleset, record.parameters, parameters, reader),
        marks=_marks(record, reader),
        tried=tried,
        flips=_told(request, record, tried, tried.found.flips[:SHOWN], reader) if tried else [],
        names=_names(plan.ruleset, ruleset, reader),
        meanings={name: say(one.meaning, reader.language) for name, one in ruleset.facts.items()},
        wrong=wrong,
    )


def _names(before: RuleSet, after: RuleSet, reader: Reader) -> dict[str, str]:
    """How an application can end, in words: the outcomes of both sides, and why it is open."""
    _ = reader.words.gettext
    open_ = {
        "undecided": _("undecided"),
        "needs_evidence": _("needs evidence"),
        "awaiting_scores": _("waits for score sheets"),
    }
    return open_ | {one.id: say(one.title, reader.language) for side in (before, after) for one in side.outcomes}


def _told(
    request: Request[Any, Any, Any],
    record: RoundPage,
    tried: RoundDryRun,
    flips: tuple[Flip, ...],
    reader: Reader,
) -> list[dict[str, Any]]:
    """Each application that comes out otherwise, with its name and the clause behind it."""
    told = sentences(tried.before, tried.after, flips, reader.language)
    with reading(request.app.state.engine) as connection:
        titles = pages_assignment.titles(connection, record.id, {one["application"] for one in told})
    names = _names(tried.before.ruleset, tried.after.ruleset, reader)
    return [
        one
        | {"id": titles[one["application"]][0], "unit": titles[one["application"]][1]}
        | {side: names.get(one[side], one[side]) for side in ("before", "after")}
        for one in told
    ]


HANDLERS = [choose, look]
