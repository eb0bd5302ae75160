"""`laurea round …` and `laurea explain`: run a round by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from laurea import clock, intake, ledger, overview, statute, steps
from laurea.actions import import_jury, imports, open_round, release
from laurea.cli.console import engine_of, err, out, show
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.store import applications, outcomes, rounds
from laurea.store.engine import reading
from rules.library import named

app = App(name="round", help="Open a round, import into it, advance, release.")
Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]


def _moment(text: str, zone: str, *, end: bool = False) -> datetime:
    """A day or a moment in the authority's zone; a bare day means its beginning, or its last minute at the end."""
    tz = ZoneInfo(zone)
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(23, 59, 59) if end else time(0), tz).astimezone(UTC)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(UTC)


def _answers(pairs: tuple[str, ...], what: str) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise BadInput(f"{what} {wrong[0]!r} has no value.", remedy=f"Write it as {what} NAME=VALUE.")
    return {name.strip(): value.strip() for name, value in (pair.split("=", 1) for pair in pairs)}


@app.command(name="open")
def open_(
    code: str,
    /,
    *,
    rules: str,
    authority: str,
    authority_name: str = "",
    country: str | None = None,
    timezone: str = "UTC",
    title: str = "",
    opens: str,
    closes: str,
    review_until: str,
    award_on: date,
    policy: Annotated[tuple[str, ...], Parameter(help="Answer to an open question, NAME=VALUE; repeat it.")] = (),
    parameter: Annotated[tuple[str, ...], Parameter(help="A changed parameter, NAME=VALUE; repeat it.")] = (),
    language: Annotated[tuple[str, ...], Parameter(help="Language of letters; the first is the fallback.")] = ("en",),
    seed: int = 0,
) -> None:
    """Open a round under a rule set. Questions the source leaves open must be answered; the error lists them.

    Example: laurea round open spring-2024 --rules AWARD/EDITION --authority north
    --timezone Asia/Tbilisi --opens 2024-05-01 --closes 2024-06-30 --review-until 2024-09-01
    --award-on 2024-10-01 --policy reviews=2 …
    """
    ruleset = named(rules)
    settings = Settings()
    new = open_round.NewRound(
        code=code,
        title=title or code,
        authority=authority,
        country=country,
        opens_at=_moment(opens, timezone),
        closes_at=_moment(closes, timezone, end=True),
        review_until=_moment(review_until, timezone, end=True),
        award_on=award_on,
        policies=_answers(policy, "--policy"),
        parameters=_answers(parameter, "--parameter"),
        seed=seed,
        languages=language,
    )
    owner = intake.NewAuthority(
        authority, authority_name or authority, country=country, language=language[0], timezone=timezone
    )
    open_round.open_round(engine_of(settings), new, owner, ruleset, actor=ledger.SYSTEM, now=clock.now())
    out.print(f"Round {code} is open until {new.closes_at:%d %B %Y %H:%M} UTC.")
    out.print(f"Next: laurea round import {code} --applications FILE --jurors FILE")


@app.command(name="import")
def import_(
    code: str,
    /,
    *,
    applications: Path | None = None,
    children: Annotated[tuple[str, ...], Parameter(help="Child facts, NAME=FILE; repeat it.")] = (),
    jurors: Path | None = None,
    conflicts: Path | None = None,
    sheets: Path | None = None,
    sheets_assign: Annotated[bool, Parameter(help="The sheets' jurors were assigned elsewhere: assign them.")] = False,
) -> None:
    """Import files into a round. Wrong rows are refused one by one; everything else comes in.

    Example: laurea round import spring-2024 --applications applications.csv --children teachers=teachers.csv
    """
    engine, now = engine_of(Settings()), clock.now()
    round_id = _id(engine, code)
    files = {name: Path(path) for name, path in _answers(children, "--children").items()}
    done: list[tuple[str, intake.Imported]] = []
    if applications:
        found = imports.import_applications(engine, round_id, applications, files, actor=ledger.SYSTEM, now=now)
        done.append(("applications", found))
    if jurors:
        done.append(("jurors", import_jury.import_jurors(engine, round_id, jurors, actor=ledger.SYSTEM, now=now)))
    if conflicts:
        found = import_jury.import_conflicts(engine, round_id, conflicts, actor=ledger.SYSTEM, now=now)
        done.append(("conflicts", found))
    if sheets:
        found = import_jury.import_sheets(engine, round_id, sheets, assigns=sheets_assign, actor=ledger.SYSTEM, now=now)
        done.append(("sheets", found))
    if not done:
        raise BadInput("No file was given.", remedy="Give at least one of --applications, --jurors, --sheets.")
    for what, imported in done:
        out.print(f"{what}: {imported.added} added, {imported.known} known, {len(imported.refusals)} refused")
        for refusal in imported.refusals:
            err.print(f"  {refusal}", style="yellow", highlight=False)


def _id(engine: object, code: str) -> int:
    with reading(engine) as connection:  # type: ignore[arg-type]
        return rounds.round_by_code(connection, code).id


@app.command
def advance(code: str, /) -> None:
    """Do everything that is due for a round, in this process and without Prefect.

    Example: laurea round advance spring-2024
    """
    settings = Settings()
    engine = engine_of(settings)
    words = {
        steps.GATHER: "asking the sources",
        steps.SCREEN: "screening",
        steps.ROUTE: "routing to jurors",
        steps.SETTLE: "settling",
    }
    with err.status(f"{code} …") as status:
        done = steps.advance(
            engine,
            _id(engine, code),
            settings=settings,
            now=clock.now(),
            told=lambda step: status.update(f"{code}: {words[step.kind]} …"),
        )
    out.print(f"{len(done)} steps done." if done else "Nothing is due.")
    status_(code)


@app.command(name="status")
def status_(code: str | None = None, /, *, json: Json = False) -> None:
    """Where rounds stand: phase, applications, reviews, decisions, letters.

    Example: laurea round status spring-2024 --json
    """
    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        records = [rounds.round_by_code(connection, code)] if code else rounds.all_rounds(connection)
        rows = [overview.figures(connection, record, now) for record in records]
    show(rows, as_json=json)


@app.command(name="release")
def release_(code: str, /, *, officer: str, digest: str) -> None:
    """Release the proposed decisions of a round, all or none. The digest says which decisions you looked at.

    Example: laurea round release spring-2024 --officer nino@example.org --digest 3f9c…
    """
    settings = Settings()
    engine = engine_of(settings)
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, code)
        person = applications.officer(connection, record.authority_id, officer)
    done = release.release(
        engine,
        record.id,
        actor=ledger.Actor.person(person),
        expected_digest=digest,
        settings=settings,
        now=clock.now(),
    )
    out.print(f"Released: {done.decisions} decisions, {done.grants} granted, {done.letters} letters queued.")


def explain(application: str, /, *, round: str, language: str = "en", json: Json = False) -> None:  # noqa: A002
    """Explain a decision in sentences, each with the clause and the source it rests on.

    Example: laurea explain A-0001 --round spring-2024
    """
    engine = engine_of(Settings())
    with reading(engine) as connection:
        record = rounds.round_by_code(connection, round)
        ruleset = statute.rule_set_of(connection, record)
        found = next((a for a in applications.load(connection, record.id) if a.ref == application), None)
        if found is None:
            raise NotFound(f"The round {round} has no application {application!r}.")
        decision = outcomes.decision_of(connection, found.id)
    if decision is None:
        raise NotFound(f"{application} has no decision yet; it is {found.state.replace('_', ' ')}.")
    lines = overview.explanation(ruleset, decision, language)
    if json:
        show(lines, as_json=True)
        return
    out.print(f"[bold]{found.unit_name or found.ref}[/bold]: {overview.outcome_title(ruleset, decision, language)}")
    for line in lines:
        out.print(f"  {line['mark']} {line['says']} {line['measured']} [dim]({line['cite']})[/dim]", highlight=False)
