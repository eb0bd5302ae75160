"""`laurea audit …`: check that nothing in the audit was changed, and sign what it has come to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from laurea import anchors, clock
from laurea.cli.console import engine_of, err, out, show
from laurea.cli.places import content_of, must_be_writable
from laurea.settings import Settings
from laurea.store import audit, rounds
from laurea.store.engine import reading

A_HEAD = "Give the file of a signed head."
app = App(name="audit", help="Check the audit, and sign what it has come to.")


@app.command
def head(
    authority: str,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), help="The file; without it, the screen.")] = None,
) -> None:
    """The signed head of an authority's audit, to be kept by somebody outside.

    The clock writes one a day into the workspace, heads/AUTHORITY/DAY.jwt.

    Example: laurea audit head north -o head.jwt
    """
    settings = Settings()
    with reading(engine_of(settings)) as connection:
        office = rounds.authority(connection, authority)
        text = anchors.head(connection, office, settings=settings, now=clock.now())
    if output is None:
        sys.stdout.write(text + "\n")
        return
    must_be_writable("--output", output, inputs=(), endings=(".jwt", ".txt"))
    output.write_text(text + "\n", encoding="ascii")
    out.print(
        f"The head of the audit of {office.name} is in {output}. Keep it where nobody of the office can change it."
    )


@app.command
def check(
    *,
    head: Annotated[tuple[Path, ...], Parameter(help="A signed head that was kept outside; repeat it.")] = (),
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """Read the whole audit again: each line must fit its seal, and each kept head the line it names.

    Ends with 1 when something was changed, taken out or cut off; every such line is named.

    Example: laurea audit check --head heads/north/2026-11-22.jwt
    """
    settings = Settings()
    texts = [(path, content_of(path, A_HEAD).decode("ascii", "replace")) for path in head]
    with reading(engine_of(settings)) as connection:
        chains = audit.chains(connection)
        found = anchors.faults(connection)
        for path, text in texts:
            moment, faults = anchors.against(connection, text, settings=settings)
            found += faults
            if not json:
                err.print(f"{path}: signed {moment:%Y-%m-%d %H:%M} UTC, {len(faults)} faults.")
    if found or json:
        show([{"chain": one.chain, "line": one.number, "problem": one.problem} for one in found], as_json=json)
    if found:
        raise SystemExit(1)
    if not json:
        out.print(f"Every line of {len(chains)} chains fits its seal.")
