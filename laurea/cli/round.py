"""`laurea round …`: run a round by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from laurea import intake
    from laurea.store.engine import Engine

app = App(name="round", help="Open a round, import into it, advance, release.")
# By their names: each loads what it needs when it is called, and a look at the help loads nothing.
for name, place, says in (
    ("assign", "round_jury:assign", "Make a plan of who reviews what, edit it as a file, check it and save it."),
    ("drop", "round_jury:drop", "A juror leaves the round: what is not submitted goes to others."),
    ("return", "round_jury:come_back", "A juror who left takes part again."),
    ("call-in", "round_jury:call_in", "A reserve takes part from now on."),
    ("extend", "round_jury:extend", "Give one juror more time than the review period."),
    ("token", "round_programs:token", "Tokens that let programs into a round."),
    ("webhook", "round_programs:webhook", "Addresses that are told of a round's events."),
    ("export", "round_programs:export", "Write a round to a file."),
    ("verify", "verifying:verify", "Check a round's bundle, without the records."),
    ("release", "round_release:release_", "Release the proposed decisions of a round, all or none."),
    ("confirm", "round_release:confirm", "Confirm the proposed decisions, so that another officer may release them."),
    ("second-person", "round_release:second_person", "Ask for two officers at the release."),
    ("restore", "round_restore:restore", "Let an earlier state stand again, after a look at it."),
):
    app.command(f"laurea.cli.{place}", name=name, help=says)
Json = Annotated[bool, Parameter(name="--json", help="Print JSON.")]


@app.command(name="open")
def open_(
    code: str,
    /,
    *,
    from_: Annotated[str | None, Parameter(name="--from", help="The round before: what is not given is its.")] = None,
    rules: Annotated[str | None, Parameter(help="An edition of the library (award/edition), or a YAML file.")] = None,
    authority: Annotated[str | None, Parameter(help="Code of the office whose round it is.")] = None,
    authority_name: Annotated[str, Parameter(help="Its name, where the office is new.")] = "",
    country: Annotated[str | None, Parameter(help="Country of the round and of a new office, two letters.")] = None,
    timezone: Annotated[str | None, Parameter(help="Zone of the days given; without it, the authority's.")] = None,
    title: Annotated[str, Parameter(help="What people read; without it, the code.")] = "",
    opens: Annotated[
        str, Parameter(help="Day or moment, 2024-05-01 or 2024-05-01T12:00, from which applications come.")
    ],
    closes: Annotated[str, Parameter(help="Last day or moment for applications; a day counts to its end.")],
    review_until: Annotated[str, Parameter(help="Last day or moment for jurors.")],
    award_on: Annotated[date, Parameter(help="Day from which labels hold.")],
    policy: Annotated[tuple[str, ...], Parameter(help="Answer to an open question, NAME=VALUE; repeat it.")] = (),
    parameter: Annotated[tuple[str, ...], Parameter(help="A changed parameter, NAME=VALUE; repeat it.")] = (),
    language: Annotated[tuple[str, ...], Parameter(help="Language of letters; the first is the fallback.")] = (),
    seed: Annotated[int | None, Parameter(help="The seed of the round's lots; drawn where the rules draw any.")] = None,
    by_hand: Annotated[bool, Parameter(negative="", help="The clock leaves routing to the officer's plan.")] = False,
    second_person: Annotated[bool, Parameter(negative="", help="Its release needs two officers.")] = False,
) -> None:
    """Open a round under a rule set. Questions the source leaves open must be answered; the error lists them.

    Example: laurea round open spring-2024 --rules AWARD/EDITION --authority north
    --timezone Asia/Tbilisi --opens 2024-05-01 --closes 2024-06-30 --review-until 2024-09-01
    --award-on 2024-10-01 --policy reviews=2 …
    """
    from laurea import clock, intake, ledger
    from laurea.actions import open_round
    from laurea.cli import round_from, typed
    from laurea.cli.console import engine_of, err, in_words, out
    from laurea.settings import Settings

    engine = engine_of(Settings())
    last = round_from.carried(engine, from_, rules, authority, typed.pairs(policy, "--policy"))
    ruleset, authority = last.ruleset, last.authority
    language = language or last.languages
    zone = typed.zone_of(engine, authority, timezone)
    tz = typed.zone(zone)
    new = open_round.NewRound(
        code=code,
        title=title or code,
        authority=authority,
        country=typed.country(country) or last.country,
        opens_at=typed.moment("--opens", opens, tz),
        closes_at=typed.moment("--closes", closes, tz, end=True),
        review_until=typed.moment("--review-until", review_until, tz, end=True),
        award_on=award_on,
        policies=last.policies,
        parameters=last.parameters | typed.pairs(parameter, "--parameter"),
        seed=seed,
        languages=language,
        routed_by_hand=by_hand or last.routed_by_hand,
        second_person=second_person or last.second_person,
        after=from_ or "",
    )
    owner = intake.NewAuthority(
        authority, authority_name or authority, country=new.country, language=language[0], timezone=zone
    )
    now = clock.now()
    open_round.open_round(engine, new, owner, ruleset, actor=ledger.SYSTEM, now=now)
    when = f"opens on {in_words(new.opens_at, zone)}" if now < new.opens_at else "is open"
    told = f"Round {code} {when}, until {in_words(new.closes_at, zone)}."
    out.print(f"{told}\nNext: laurea round import {code} --applications FILE --jurors FILE", highlight=False)
    for one in last.stale(new.title, code):
        err.print(f"  {one}", style="yellow", highlight=False, markup=False)


@app.command(name="import")
def import_(
    code: str,
    /,
    *,
    applications: Annotated[Path | None, Parameter(help="Table of applications.")] = None,
    children: Annotated[tuple[str, ...], Parameter(help="Child facts, NAME=FILE; repeat it.")] = (),
    jurors: Annotated[Path | None, Parameter(help="Table of jurors.")] = None,
    conflicts: Annotated[Path | None, Parameter(help="Table of conflicts: who may not judge what.")] = None,
    pins: Annotated[Path | None, Parameter(help="Table of pins: who must, or must never, review what.")] = None,
    sheets: Annotated[Path | None, Parameter(help="Table of finished score sheets, a row a mark.")] = None,
    sheets_assign: Annotated[bool, Parameter(help="The sheets' jurors were assigned elsewhere: assign them.")] = False,
) -> None:
    """Import files into a round. Wrong rows are refused one by one; everything else comes in.

    Example: laurea round import spring-2024 --applications applications.csv --children teachers=teachers.csv
    """
    from laurea import clock, ledger
    from laurea.actions import import_jury, imports
    from laurea.cli import telling_refused, typed
    from laurea.cli.console import engine_of, err, out
    from laurea.errors import BadInput
    from laurea.settings import Settings

    engine, now = engine_of(Settings()), clock.now()
    round_id = _id(engine, code)
    files = {name: Path(path) for name, path in typed.pairs(children, "--children").items()}
    done: list[tuple[str, intake.Imported]] = []

    def told(what: str, found: intake.Imported) -> None:  # at once: a later file that cannot be read undoes nothing
        done.append((what, found))
        more = "with another load" if what == "jurors" else "completed"
        completed = f" ({found.completed} {more})" if found.completed else ""
        refused = len({(one.file, one.row) for one in found.refusals})  # rows, as the other two; one may have several
        out.print(f"{what}: {found.added} added, {found.known} known{completed}, {refused} refused")
        for line in telling_refused.lines(found.refusals):
            err.print(f"  {line}", style="yellow", highlight=False, markup=False)

    by: dict[str, Any] = {"actor": ledger.SYSTEM, "now": now}
    if applications:
        told("applications", imports.import_applications(engine, round_id, applications, files, **by))
    if jurors:
        told("jurors", import_jury.import_jurors(engine, round_id, jurors, **by))
    if conflicts:
        told("conflicts", import_jury.import_conflicts(engine, round_id, conflicts, **by))
    if pins:
        told("pins", import_jury.import_pins(engine, round_id, pins, **by))
    if sheets:
        told("sheets", import_jury.import_sheets(engine, round_id, sheets, assigns=sheets_assign, **by))
    if not done:
        raise BadInput("No file was given.", remedy="Give at least one of --applications, --jurors, --sheets.")
    together = (
        _looking_across(engine, code) if any(what == "applications" and one.refusals for what, one in done) else []
    )
    if together:
        says = "These rules look at all applications together"
        err.print(
            f"{says} ({', '.join(together)}): until the refused rows are corrected and imported, ranks and places are "
            "counted without them.",
            style="yellow", highlight=False, markup=False,
        )  # fmt: skip
    if any(imported.refusals and not imported.added + imported.known for _, imported in done):
        raise SystemExit(1)


def _looking_across(engine: Engine, code: str) -> list[str]:
    """The clauses of a round's rule set for which one application's place depends on the others."""
    from laurea import statute
    from laurea.cli.evaluate import looking_across
    from laurea.store import rounds
    from laurea.store.engine import reading

    with reading(engine) as connection:
        return looking_across(statute.plan_of(connection, rounds.round_by_code(connection, code)))


def _id(engine: Engine, code: str) -> int:
    from laurea.store import rounds
    from laurea.store.engine import reading

    with reading(engine) as connection:
        return rounds.round_by_code(connection, code).id


@app.command
def advance(code: str, /) -> None:
    """Do everything that is due for a round, in this process and without Prefect.

    Example: laurea round advance spring-2024
    """
    from laurea import clock, steps
    from laurea.cli import waiting
    from laurea.cli.console import engine_of, err, out, step
    from laurea.settings import Settings

    settings = Settings()
    engine = engine_of(settings)
    words = {
        steps.FREEZE: "looking at web pages",
        steps.GATHER: "asking the sources",
        steps.SCREEN: "screening",
        steps.ROUTE: "routing to jurors",
        steps.RELIEVE: "asking reserves",
        steps.THIRD: "asking for third reviews",
        steps.SETTLE: "settling",
    }
    with step(err, f"{code} …") as told:
        done = steps.advance(
            engine,
            _id(engine, code),
            settings=settings,
            now=clock.now(),
            told=lambda due: told(f"{code}: {words[due.kind]} …"),
            wait=steps.ALL,
        )
    out.print(f"Steps done: {len(done)}." if done else waiting.idle(engine, code), highlight=False)
    status_(code)


@app.command(name="status")
def status_(code: str | None = None, /, *, json: Json = False) -> None:
    """Where rounds stand: phase, applications, reviews, decisions, letters.

    Example: laurea round status spring-2024 --json
    """
    from laurea import clock, overview
    from laurea.cli.console import brief, details, engine_of, show, timetable
    from laurea.settings import Settings
    from laurea.store import rounds
    from laurea.store.engine import reading

    engine, now = engine_of(Settings()), clock.now()
    with reading(engine) as connection:
        records = [rounds.round_by_code(connection, code)] if code else rounds.all_rounds(connection)
        rows = [overview.figures(connection, record, now) for record in records]
        zones = [rounds.authority_of(connection, record.authority_id).timezone for record in records]
    if code and not json:
        details(rows[0] | timetable(records[0], zones[0]))
    else:
        show(rows if json else [brief(row) for row in rows], as_json=json)


@app.command(name="dry-run")
def dry_run_(
    code: str,
    /,
    *,
    rules: str | None = None,
    policy: Annotated[tuple[str, ...], Parameter(help="Another answer to an open question, NAME=VALUE.")] = (),
    parameter: Annotated[tuple[str, ...], Parameter(help="Another value of a parameter, NAME=VALUE.")] = (),
    language: str = "en",
    json: Json = False,
) -> None:
    """Who would come out otherwise under another edition or other answers, and by which clause. Nothing of it is kept;
    that it was tried stands in the audit.

    Example: laurea round dry-run spring-2024 --policy pass_mark=17
    """
    from laurea import clock, ledger
    from laurea.actions import dry_run
    from laurea.cli import typed
    from laurea.cli.comparing import tell_dry_run
    from laurea.cli.console import engine_of
    from laurea.settings import Settings
    from rules.library import named

    engine = engine_of(Settings())
    changes = (typed.pairs(policy, "--policy"), typed.pairs(parameter, "--parameter"))
    other = named(rules) if rules else None
    tried = dry_run.try_round(engine, _id(engine, code), other, *changes, actor=ledger.SYSTEM, now=clock.now())
    tell_dry_run(tried.before, tried.after, tried.found, language, as_json=json)
