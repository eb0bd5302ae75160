"""`laurea assign`: route a file of applications to a file of jurors without a database."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="assign", help="Route a file of applications to jurors without a database.")
ENDINGS = (".csv", ".jsonl", ".ndjson", ".parquet")
Repeated = Annotated[tuple[str, ...], Parameter(negative="")]
Switch = Annotated[bool, Parameter(negative="")]


@app.default
def assign(
    applications: Path,
    jurors: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    affinity: Path | None = None,
    conflicts: Path | None = None,
    pins: Path | None = None,
    current: Path | None = None,
    drop: Repeated = (),
    per_application: int = 3,
    load: str | None = None,
    conflict: Repeated = ("self", "own_project", "own_school", "past_mentor"),
    any_language: Switch = False,
    experienced: int = 0,
    per_institution: int | None = None,
    weight: Repeated = (),
    fair: Switch = False,
    shuffle: float = 0.0,
    candidates: int | None = None,
    seed: int = 0,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Route a file of applications to a file of jurors; CSV, JSONL or Parquet in and out.

    Example: `laurea assign applications.csv jurors.csv --per-application 2 --load 1:6 -o assignment.csv`

    A row that cannot be used is named with file, row, field and remedy, and nothing is written: who is left out of an
    assignment changes everybody's. A review that nobody can give is told with its reason; the command then ends with 1.

    Parameters
    ----------
    applications
        One row an application: application_id, and as far as known applicant_id, unit_id, applicant_email, country,
        region, institution, language, topics (a;b), reviews (where one needs another number of them).
    jurors
        One row a juror: juror_id, max_load, and as far as known min_load, email, country, region, institution,
        languages (en;az), expertise (a;b), experienced, mentored (ids of applicants, projects or schools).
    output
        Where the assignment goes, and must be given: application_id, juror_id, score (how well they suit: 0 to 1000,
        unless --weight says otherwise); the ending says the format: .csv, .jsonl, .ndjson or .parquet.
    affinity
        application_id, juror_id, score from 0 to 1. Without it, it is computed where both files say topics and
        expertise: the share of the application's topics the juror knows.
    conflicts
        application_id, juror_id, kind: declared conflicts.
    pins
        application_id, juror_id, pin: `must` is given whatever its quality, `never` is not given.
    current
        application_id, juror_id, state: an assignment that stands. The plan is compared with it. A review whose state
        is begun or submitted stays as it is; one that stands, or has no state, may move.
    drop
        A juror of --current who leaves: nobody else loses a review unless it cannot be helped. Repeat it.
    per_application
        Reviews an application gets.
    load
        MIN:MAX applications a juror, for whoever's row does not say it.
    conflict
        Kinds of conflict to find in the files: self, own_project, own_school, own_region, own_country, past_mentor; or
        none. Repeat it.
    any_language
        A juror need not read the language of an application.
    experienced
        How many of the reviews of an application are by experienced jurors.
    per_institution
        At most so many jurors of one institution for an application.
    weight
        NAME=POINTS, 0 to 1000 each: first_language, other_language, other_region, other_institution are what a pair
        earns; with affinities, affinity is what the best one earns of 1000 points and the others share the rest in
        proportion. What a pair can be worth with your weights is told.
    fair
        First lift the application that fares worst, then the total.
    shuffle
        Choose at random among plans nearly as good, so that nobody can arrange who judges whom: the largest loss of a
        pair, from 0 to 1.
    candidates
        Look only at so many of the best jurors of each application, for very large rounds.
    seed
        Settles what is equal, and the draw of --shuffle. The same seed gives the same assignment.
    json
        Print what is told as JSON.
    """
    from laurea.cli import assign_told, assigning
    from laurea.cli.assign_wishes import Files, Wishes

    files = Files(applications, jurors, affinity, conflicts, pins, current)
    output = _place(output, files)
    wishes = Wishes(
        per_application=per_application,
        load=load,
        kinds=() if conflict == ("none",) else conflict,
        any_language=any_language,
        experienced=experienced,
        per_institution=per_institution,
        weights=weight,
        fair=fair,
        shuffle=shuffle,
        candidates=candidates,
        drop=drop,
        seed=seed,
    )
    done = assigning.assign_files(files, wishes, output)
    if json:
        print(plain_json.dumps(assign_told.as_data(done), ensure_ascii=False))
    else:
        print("\n".join(assign_told.lines(done, output)))
    if done.plan.gaps:
        raise SystemExit(1)


def _place(output: Path | None, files: object) -> Path:
    """Where the assignment goes, once it is sure that nothing read is written over."""
    from laurea.cli.places import must_be_writable
    from laurea.errors import BadInput

    if output is None:
        raise BadInput("It was not said where the assignment goes.", remedy="Add -o assignment.csv.")
    inputs = [one for one in vars(files).values() if one is not None]
    must_be_writable("-o", output, inputs=inputs, endings=ENDINGS)
    return output
