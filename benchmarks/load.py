"""Jurors who type while another round of the same installation runs from its files to its last letter.

A portal process as `laurea web` runs it, 500 jurors signed in, each with a sheet open that saves itself every ten
seconds, every twentieth in two windows; beside it, a process that imports, gathers, screens, routes, takes sheets in,
settles and releases a round, and hands its letters to Postfix's `smtp-sink` (to files where that is not installed).
They go on until the last letter has left. No request may fail and no acknowledged text may be lost; how long 99 of 100
savings took is printed. A saving that a second window was quicker than is refused with its text kept: no error.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import _servers
from _common import Goal, Options, main
from _typists import Typing, typing
from portal import lost_in
from post import TOOLS, sink

HERE = Path(__file__).resolve().parent


def beside(folder: Path, desk: Any, smtp: int | None, size: int) -> subprocess.Popen[str]:
    """The process that runs the other round."""
    folder.mkdir()
    (folder / "round.json").write_text(json.dumps({"size": size}), encoding="utf-8")
    (folder / "clock").write_text("2025-01-01T00:00:00+00:00", encoding="utf-8")
    env = {
        **os.environ,
        "LAUREA_WORKSPACE": str(desk.settings.workspace),
        "LAUREA_DATABASE_URL": desk.settings.database_url,
        "LAUREA_MAIL_FROM": "awards@laurea.example.org",
        "LAUREA_SMTP_URL": f"smtp://127.0.0.1:{smtp}" if smtp else "",
        "LAUREA_SOURCES": json.dumps({"esep-register": f"file://{folder / 'world' / 'register.jsonl'}"}),
        "LAUREA_CLOCK_FILE": str(folder / "clock"),
    }
    command = [sys.executable, str(HERE / "_round.py"), str(folder), "whole"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def together(told: Typing, more: Typing) -> Typing:
    """Two spells of typing as one."""
    for kind, seconds in more.seconds.items():
        told.seconds[kind] += seconds
    for sheet, texts in more.taken.items():
        told.twice += len(texts.keys() & told.taken[sheet].keys())
        told.taken[sheet] |= texts
    return replace(
        told, twice=told.twice + more.twice, refused=told.refused + more.refused, failed=told.failed + more.failed,
        lasted=told.lasted + more.lasted,
    )  # fmt: skip


def on(options: Options, base: str, folder: Path, url: str, smtp: int | None) -> dict[str, float]:
    """Everything on one database."""
    desk = _servers.seed(folder / base, url, options.size(500, 20), 4)
    size, told = options.size(2_000, 60), Typing()
    with _servers.portal(desk) as server:
        round_ = beside(folder / f"{base}-round", desk, smtp, size)
        try:
            ended = False
            while not ended:  # one spell more after its end, so that the last letter is among what jurors meet
                ended = round_.poll() is not None
                before = {sheet: version for sheet, (version, _) in _servers.standing(desk).items()}
                spell = typing(server.port, desk.code, desk.jurors, before, options.size(30, 3), options.size(10, 1))
                told = together(told, asyncio.run(spell))
        finally:
            round_.terminate()
            said, _ = round_.communicate()
    stands = json.loads(said.splitlines()[-1]) if said else {}
    options.say(
        f"  {base}: {len(desk.jurors)} jurors typed for {told.lasted:.0f} s beside a round of {size:,} "
        f"({stands.get('seconds', 0):.0f} s, {stands.get('stands')}); {len(told.seconds['autosave'])} savings, "
        f"p99 {told.p99('autosave'):.3f} s; {told.refused} refused to a second window, {told.failed} failed"
    )
    return {
        f"{base}: savings": len(told.seconds["autosave"]),
        f"{base}: p50 of autosave, seconds": sorted(told.seconds["autosave"])[len(told.seconds["autosave"]) // 2],
        f"{base}: p99 of autosave, seconds": told.p99("autosave"),
        f"{base}: savings refused to a second window": told.refused,
        f"{base}: requests failed": told.failed,
        f"{base}: updates lost": lost_in(desk, told),
        f"{base}: decisions of the round beside": stands.get("stands", {}).get("decided", 0),
        f"{base}: its letters left behind": stands.get("stands", {}).get("letters due", -1),
    }


def measure(options: Options) -> dict[str, Any]:
    """All figures; the quick run is on SQLite alone."""
    figures: dict[str, Any] = {"load of the machine before": os.getloadavg()[0]}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="laurea-bench-")))
        smtp = stack.enter_context(sink() if None not in TOOLS.values() else nullcontext())
        figures |= on(options, "SQLite", folder, "", smtp)
        if not options.quick:
            try:
                url = stack.enter_context(_servers.postgresql())
            except FileNotFoundError as error:
                options.say(f"  {error}: SQLite alone is measured.")
            else:
                figures |= on(options, "PostgreSQL", folder, url, smtp)
    return figures | {"load of the machine after": os.getloadavg()[0]}


GOALS = tuple(
    Goal(f"{base}: {what}", at_most=0)
    for base in ("SQLite", "PostgreSQL")
    for what in ("requests failed", "updates lost", "its letters left behind")
)

if __name__ == "__main__":
    main("load", measure, GOALS)
