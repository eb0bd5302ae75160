"""`laurea round assign`, `drop`, `return`, `call-in`, `extend`: the officer's hand in who reviews what, until when."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from cyclopts import Parameter

from evaluators import plan_diff
from laurea import clock
from laurea.actions import assign as assign_action
from laurea.actions import drop as drop_action
from laurea.actions import extend as extend_action
from laurea.actions import relieve as relieve_action
from laurea.cli import assign_told, typed
from laurea.cli.console import engine_of, err, in_words, out, step
from laurea.cli.one_table import write_table
from laurea.cli.places import must_be_writable
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import rounds
from laurea.store.engine import Engine, reading

ENDINGS = (".csv", ".jsonl", ".ndjson", ".parquet")
Json = Annotated[bool, Parameter(name="--json", negative="")]


def assign(
    code: str,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    anew: Annotated[bool, Parameter(negative="")] = False,
    third: Annotated[bool, Parameter(negative="")] = False,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    check: Annotated[bool, Parameter(negative="")] = False,
    officer: str | None = None,
    json: Json = False,
) -> None:
    """Make a plan of who reviews what, edit it as a file, check it and save it.

    Example: `laurea round assign spring-2024 -o plan.csv`, and when it is edited:
    `laurea round assign spring-2024 --from plan.csv`

    A row is a review: change its juror_id, take the row out, or add one (application_id and juror_id are enough). What
    has been begun stays. Without -o and --from the plan is only told.

    Parameters
    ----------
    code
        The round.
    output
        Write the plan here; nothing is saved in the round.
    anew
        Plan everything again that nobody has begun, instead of filling what is missing.
    third
        Plan one review more for each application whose score sheets are not enough for the rules.
    from_
        Save this plan: its rows are then what stands. Jurors are told once of what is new or no longer theirs.
    check
        With --from: only check the file and tell what it would change.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    if from_ is not None and (output is not None or anew or third):
        raise BadInput("A plan is either made or saved.", remedy="Give --from alone, or -o without it.")
    if anew and third:
        raise BadInput("A plan is made anew or of third reviews.", remedy="Give --anew or --third.")
    if check and from_ is None:
        raise BadInput("There is no file to check.", remedy="Name it with --from.")
    settings = Settings()
    engine = engine_of(settings)
    if from_ is not None:
        _keep(engine, code, from_, not check, officer, settings, as_json=json)
        return
    if output is not None:
        must_be_writable("-o", output, inputs=(), endings=ENDINGS)
    record, _ = typed.round_and_actor(engine, code, None)
    with step(err, f"{code}: planning …"):
        made = assign_action.propose(engine, record.id, anew=anew, third=third, settings=settings, now=clock.now())
    if output is not None:
        table = pl.DataFrame(made.rows, schema=dict.fromkeys(assign_action.COLUMNS, pl.String) | {"score": pl.Int64})
        write_table(output, table)
    if json:
        gaps = [gap.as_data() for gap in made.plan.gaps]
        seats = [seat.as_data() for seat in made.plan.unmet_seats]
        more = {
            "reviews": len(made.rows),
            "gaps": gaps,
            "unmet_seats": seats,
            "unkept_pins": [str(one) for one in made.unkept],
        }
        _print(_as_data(made.diff) | more)
        return
    told = [*plan_diff.say(made.diff), *assign_told.shortages(made.plan)]
    told += [f"A pin cannot be kept, {one}." for one in made.unkept]
    if output is None:
        told.append(f"Nothing is saved. To edit it: laurea round assign {code} -o plan.csv")
    else:
        told.append(f"Written to {output}. When it is edited: laurea round assign {code} --from {output}")
    _say(told)


def drop(code: str, juror: str, /, *, why: str, officer: str | None = None, json: Json = False) -> None:
    """A juror leaves the round: what is not submitted goes to others, with as few changes as possible.

    Example: `laurea round drop spring-2024 J-7 --why "ill until summer"`

    Sheets that were submitted count. Jurors who get something new are told once.

    Parameters
    ----------
    code
        The round.
    juror
        The juror_id.
    why
        The reason, in the officer's words; kept with the juror, and in no letter.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    settings = Settings()
    engine = engine_of(settings)
    record, actor = typed.round_and_actor(engine, code, officer)
    with step(err, f"{code}: finding others …"):
        done = drop_action.drop(engine, record.id, juror, why, actor=actor, settings=settings, now=clock.now())
    routed = done.routed
    if json:
        data = {"juror": juror, "known": done.known}
        if routed is not None:
            moved = {"moved": routed.moved, "least_moved": routed.least_moved}
            data |= {"freed": routed.freed, "given": routed.pairs, "gaps": [gap.as_data() for gap in routed.gaps]}
            data |= moved
        _print(data)
        return
    told = [f"{juror} had left {code} before." if done.known else f"{juror} has left {code}."]
    if routed is None:
        told.append("Nothing is assigned yet.")
    elif routed.freed or routed.pairs:
        told.append(f"{_reviews(routed.freed)} freed, {_reviews(routed.pairs)} given to others.")
        if routed.moved and routed.moved == routed.least_moved:
            told.append(f"{_reviews(routed.moved)} of others had to move; fewer is not possible (proven).")
        elif routed.least_moved is not None:
            told.append("No review of anybody else had to move.")
    if routed is not None and routed.gaps:
        told.append("Reviews nobody can give:")
        told += [f"  {gap.application}: {gap.missing} missing. {gap.reason}" for gap in routed.gaps]
    _say(told)


def come_back(code: str, juror: str, /, *, officer: str | None = None, json: Json = False) -> None:
    """A juror who left takes part again: begun sheets are theirs again where nobody took them over.

    Example: `laurea round return spring-2024 J-7`

    Whatever else they had may be given to them, or to others, by the next step of the round.

    Parameters
    ----------
    code
        The round.
    juror
        The juror_id.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    settings = Settings()
    engine = engine_of(settings)
    record, actor = typed.round_and_actor(engine, code, officer)
    done = drop_action.come_back(engine, record.id, juror, actor=actor, settings=settings, now=clock.now())
    if json:
        _print({"juror": juror, "known": done.known, "again": done.again})
        return
    if done.known:
        _say([f"{juror} had not left {code}."])
        return
    again = f"{_reviews(done.again)} that had been begun {'is' if done.again == 1 else 'are'} theirs again."
    _say([f"{juror} takes part in {code} again.", *([again] if done.again else [])])


def call_in(code: str, juror: str, /, *, officer: str | None = None, json: Json = False) -> None:
    """Make a reserve a juror like the others, and give out what is missing.

    Example: `laurea round call-in spring-2024 J-7`

    Without it a reserve is asked only where a juror stays silent.

    Parameters
    ----------
    code
        The round.
    juror
        The juror_id.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    settings = Settings()
    engine = engine_of(settings)
    record, actor = typed.round_and_actor(engine, code, officer)
    done = relieve_action.call_in(engine, record.id, juror, actor=actor, settings=settings, now=clock.now())
    if json:
        _print({"juror": juror, "known": done is None, "given": done.pairs if done else 0})
        return
    if done is None:
        _say([f"{juror} is a juror of {code} like the others already."])
        return
    given = [f"{_reviews(done.pairs)} given out."] if done.pairs else []
    _say([f"{juror} is a juror of {code} like the others now.", *given])


def extend(code: str, juror: str, /, *, until: str, officer: str | None = None, json: Json = False) -> None:
    """One juror gets more time than the review period; their reviews stay open until then.

    Example: `laurea round extend spring-2024 J-7 --until 2024-09-15`

    A later moment than the one given before counts, an earlier one changes nothing.

    Parameters
    ----------
    code
        The round.
    juror
        The juror_id.
    until
        The last day, on the authority's clock, or a moment such as 2024-09-15T12:00.
    officer
        The officer who does it, by address, for the audit.
    json
        Print JSON.
    """
    engine = engine_of(Settings())
    record, actor = typed.round_and_actor(engine, code, officer)
    with reading(engine) as connection:
        zone = rounds.authority_of(connection, record.authority_id).timezone
    moment = typed.moment("--until", until, typed.zone(zone), end=True)
    changed = extend_action.extend(engine, record.id, juror, until=moment, actor=actor, now=clock.now())
    if json:
        _print({"juror": juror, "until": moment.isoformat(), "reviews": changed})
        return
    told = f"{juror} has time until {in_words(moment, zone)}: {_reviews(changed)}."
    _say([told if changed else f"{juror} has no open review that would close before {in_words(moment, zone)}."])


def _keep(
    engine: Engine, code: str, path: Path, write: bool, officer: str | None, settings: Settings, *, as_json: bool
) -> None:
    record, actor = typed.round_and_actor(engine, code, officer)
    with step(err, f"{code}: checking {path.name} …"):
        done = assign_action.keep(engine, record.id, path, write=write, actor=actor, settings=settings, now=clock.now())
    if as_json:
        _print(_as_data(done.diff) | {"missing": done.missing, "saved": done.saved})
        return
    told = plan_diff.say(done.diff)
    if done.missing:
        some = [f"{ref} {number}" for ref, number in list(done.missing.items())[: plan_diff.NAMED]]
        more = len(done.missing) - len(some)
        listed = ", ".join(some) + (f" and {more:,} more" if more else "")
        told.append(f"Reviews still missing: {listed}.")
    told.append(
        "Saved. Letters leave with the clock, or with: laurea post"
        if done.saved
        else "The plan may be saved. Nothing is saved yet."
    )
    _say(told)


def _as_data(found: plan_diff.PlanDiff) -> dict[str, Any]:
    loads = [vars(one) for one in found.loads]
    return {"added": found.added, "removed": found.removed, "kept": len(found.kept), "loads": loads}


def _reviews(number: int) -> str:
    return f"{number:,} {'review' if number == 1 else 'reviews'}"


def _say(lines: list[str]) -> None:
    for line in lines:
        out.print(line, highlight=False, markup=False)


def _print(data: dict[str, Any]) -> None:
    print(plain_json.dumps(data, ensure_ascii=False))
