"""`laurea bounces`: what mail servers say of letters that have left, and what of it is about no letter of ours."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from laurea import clock
from laurea.actions import bounces as deeds
from laurea.cli.console import engine_of, out, show
from laurea.settings import Settings


def bounces(*, json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False) -> None:
    """Read the mailbox for reports (LAUREA_BOUNCES_FROM), and list the reports that are about no letter of ours.

    The clock and `laurea post` read it too. Ends with 1 when the mailbox does not answer. Example: laurea bounces
    """
    settings = Settings()
    engine = engine_of(settings)
    done = deeds.take_in(engine, settings=settings, now=clock.now())
    aside = deeds.aside(engine)
    if json:
        show(
            [{"at": one["at"].isoformat(), "source": one["source"], "reason": one["reason"]} for one in aside],
            as_json=True,
        )
    else:
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(done.items()))
        out.print(f"Reports about letters: {told or 'none'}. Kept aside, newest first: {len(aside)}.")
        for one in aside:
            out.print(f"{one['at']:%Y-%m-%d %H:%M} {one['source']}: {one['reason']}", highlight=False, markup=False)
    if done["unreachable"]:
        raise SystemExit(1)
