"""`laurea doctor`: what this machine lacks, and the way out of each lack. Looks only; changes nothing."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable, Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from laurea.cli import ailments, ailments_of_files, ailments_of_identity, ailments_of_letters
from laurea.cli.ailments import Check
from laurea.cli.mending import mended
from laurea.errors import BadInput
from laurea.settings import Settings

__all__ = ["RUNNING", "Check", "doctor", "examine"]

RUNNING: tuple[Callable[[Settings], Iterator[Check]], ...] = (
    ailments.python,
    ailments.prefect,
    ailments.prefect_server,
    ailments.disk,
    ailments.database,
    ailments.relay,
    ailments_of_letters.letters,
    ailments_of_identity.identity,
    ailments_of_files.workspace,
    ailments_of_files.keys,
    ailments_of_files.papers,
    ailments_of_files.sources,
    ailments_of_files.backup,
    ailments.portal,
)
"""In the order a person would mend them."""


def doctor(*, json: bool = False) -> int:
    """Say what is missing on this machine and how to mend it.

    Parameters
    ----------
    json:
        Print the checks as JSON instead of a table.
    """
    checks = list(_looked())
    if json:
        print(json_text.dumps([asdict(check) for check in checks], indent=2))
    else:
        _show(checks)
    return int(any(check.state == "wrong" for check in checks))


def _looked() -> Iterator[Check]:
    """All checks; with settings that cannot be used, those settings instead."""
    try:
        settings = Settings()
    except Exception as error:
        told = mended(error)
        if not isinstance(told, BadInput):
            raise
        for wrong in told.refusals:
            yield Check("Settings", "wrong", f"{wrong.field} cannot be used. {wrong.problem}", wrong.remedy)
        yield from ailments.python(None)
        yield from ailments.prefect(None)
        yield from ailments.for_tests()
    else:
        yield from examine(settings)


def examine(settings: Settings) -> Iterator[Check]:
    """All checks, one after the other, in the order a person would mend them."""
    for look in RUNNING:
        yield from look(settings)
    yield from ailments.for_tests()


def _show(checks: list[Check]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("Part")
    table.add_column("Finding", overflow="fold")
    marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}
    for check in checks:
        says = f"{check.says}\n→ {check.remedy}" if check.remedy and check.state != "ok" else check.says
        part = check.name if check.needed_for == "running" else f"{check.name} (tests only)"
        table.add_row(marks[check.state], part, says)
    console = Console()
    console.print(table)
    wrong = sum(check.state == "wrong" for check in checks)
    console.print("\nNothing stands in the way." if not wrong else f"\n{wrong} to mend.")
