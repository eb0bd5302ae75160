"""The portal: pages per second of a juror's queue, sheet and autosave, on SQLite and PostgreSQL, and nothing lost.

First each kind of page at saturation, in turn with a bare Litestar page that renders the very same template from values
in memory, without database, session, form and headers, under the same server. Rates are per second of the server's own
processor time ("of a core"), which a busy machine cannot spoil; what PostgreSQL itself uses comes on top and is not
counted. Then jurors type at once, each signed in with a sheet of their own: a saving every two seconds, a look at the
queue and at the sheet now and then, every twentieth with the sheet open in two windows. The full 500 first; where 99 of
100 savings do not come back within a second, fewer, until they do. At the end every sheet must hold the text of the
highest version that was acknowledged, and no version may have been acknowledged for two texts.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import _servers
from _common import Goal, Options, main
from _servers import Desk, Server
from _typists import LINES, PAUSE, Typing, getting, saturate, saving, typing

KINDS = ("queue", "review", "autosave")
BEARABLE = 1.0  # seconds within which 99 of 100 savings must be back
TRIES = 5  # numbers of jurors that are tried
GOALS = tuple(
    goal
    for base in ("SQLite", "PostgreSQL")
    for goal in (
        *(Goal(f"{base}: {kind}, share of the bare page's rate", at_least=0.6) for kind in KINDS),
        Goal(f"{base}: jurors typing at once, p99 of autosave under 1 s", at_least=500),
        Goal(f"{base}: updates lost", at_most=0),
    )
)


def asking(desk: Desk, versions: dict[int, int]) -> dict[str, Callable[[int], bytes]]:
    """The next request of each kind on a line, by one juror after another; a saving always brings a new text.

    A line has jurors of its own, so that nobody saves a sheet while their last saving is under way: that would be a
    second window, and refused.
    """
    turn, seats = itertools.count(1), [itertools.cycle(desk.jurors[line::LINES]) for line in range(LINES)]

    def save(line: int) -> bytes:
        juror, number = next(seats[line]), next(turn)
        version = versions[juror.sheet]
        versions[juror.sheet] += 1
        text = f"text {number} over version {version}: a juror thinks aloud about what was found here."
        return saving(juror, version, text)

    def review(line: int) -> bytes:
        juror = next(seats[line])
        return getting(f"/sheets/{juror.sheet}", juror)

    def queue(line: int) -> bytes:
        return getting(f"/juror/{desk.code}", next(seats[line]))

    return {"queue": queue, "review": review, "autosave": save}


def rate(server: Server, request: Callable[[int], bytes], seconds: float) -> dict[str, float]:
    """Answers a second, and a second of the server's processor time; and the client's share of a core meanwhile."""
    used, mine, begun = server.cpu, time.process_time(), time.perf_counter()
    done = asyncio.run(saturate(server.port, request, seconds))
    passed, cpu = time.perf_counter() - begun, server.cpu - used
    return {"wall": done / passed, "core": done / cpu, "client": (time.process_time() - mine) / passed}


def beside_bare(options: Options, base: str, desk: Desk, ours: Server, bare: Server, versions: dict[int, int]) -> Any:
    """Each kind at saturation, in short turns with the bare page: the share is of the best turns of both, which other
    work on the machine did not reach; beside it the median of neighbours.
    """
    figures: dict[str, float] = {}
    requests, seconds, turns = asking(desk, versions), 1.0, options.size(12, 2)
    for kind in KINDS:
        plain = getting(f"/{kind}") if kind != "autosave" else saving(desk.jurors[0], 1, "text", "/autosave")
        found: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
        rate(ours, requests[kind], 1.0)
        rate(bare, lambda _, plain=plain: plain, 1.0)  # type: ignore[misc]
        for _ in range(turns):
            found["ours"].append(rate(ours, requests[kind], seconds))
            found["bare"].append(rate(bare, lambda _, plain=plain: plain, seconds))  # type: ignore[misc]
        best = {name: {key: max(one[key] for one in runs) for key in runs[0]} for name, runs in found.items()}
        options.say(
            f"  {base} {kind:<9} {best['ours']['wall']:7.1f} a second, {best['ours']['core']:7.1f} a second of a core; "
            f"bare {best['bare']['wall']:7.1f}, {best['bare']['core']:7.1f}; client at most "
            f"{max(best['ours']['client'], best['bare']['client']):.0%} of a core"
        )
        figures[f"{base}: {kind}, pages a second"] = best["ours"]["wall"]
        figures[f"{base}: {kind}, pages a second of a core"] = best["ours"]["core"]
        figures[f"{base}: {kind}, share of the bare page's rate"] = best["ours"]["core"] / best["bare"]["core"]
        pairs = zip(found["ours"], found["bare"], strict=True)
        median = statistics.median(one["core"] / other["core"] for one, other in pairs)
        figures[f"{base}: {kind}, share, median of neighbouring turns"] = median
    return figures


def crowd(options: Options, base: str, desk: Desk, server: Server) -> dict[str, float]:
    """As many jurors as the portal bears, up to all of them, and what stands in the records afterwards."""
    figures: dict[str, float] = {}
    lost = refused = 0
    number = len(desk.jurors)
    for turn in range(TRIES):
        some = desk.jurors[:number]
        before = {sheet: version for sheet, (version, _) in _servers.standing(desk).items()}
        used, begun = server.cpu, time.perf_counter()
        told = asyncio.run(typing(server.port, desk.code, some, dict(before), options.size(20, 6)))
        load = (server.cpu - used) / (time.perf_counter() - begun)
        lost, refused = lost + lost_in(desk, told), refused + told.refused
        p99 = {kind: told.p99(kind) for kind in KINDS}
        options.say(
            f"  {base}: {len(some)} typing, {len(some) / PAUSE:.0f} savings a second due; p99 "
            + ", ".join(f"{kind} {seconds:.3f} s" for kind, seconds in p99.items())
            + f"; {told.refused} refused to a second window, {told.failed} failed, server at {load:.0%} of a core"
        )
        if turn == 0:
            figures[f"{base}: p99 of autosave with all of them, seconds"] = p99["autosave"]
        if p99["autosave"] < BEARABLE and not told.failed:
            figures[f"{base}: jurors typing at once, p99 of autosave under 1 s"] = len(some)
            figures |= {f"{base}: p99 of {kind} then, seconds": seconds for kind, seconds in p99.items()}
            break
        borne = len(told.seconds["autosave"]) / told.lasted * PAUSE  # as many as it kept up with, and then fewer
        number = max(1, int(min(0.8 * number, 0.7 * borne)))
    figures[f"{base}: savings refused to a second window"] = refused
    figures[f"{base}: updates lost"] = lost
    return figures


def lost_in(desk: Desk, told: Typing) -> int:
    """Acknowledged texts that are not where they belong: gone, replaced unseen, or given a version given before.

    A later version stands rightly only where an answer never came back.
    """
    records, gone = _servers.standing(desk), told.twice
    for sheet, texts in told.taken.items():
        version, text = max(texts.items())
        stands, words = records[sheet]
        later = stands > version and told.failed > 0
        gone += not later and (stands, words) != (version, text)
    return gone


def on(options: Options, base: str, folder: Path, url: str) -> dict[str, float]:
    """Everything on one database."""
    begun = time.perf_counter()
    desk = _servers.seed(folder / base, url, options.size(500, 40), 10)
    options.say(f"  {base}: {len(desk.jurors)} jurors at their desks ({time.perf_counter() - begun:.0f} s)")
    versions = {juror.sheet: 1 for juror in desk.jurors}
    requests = {kind: request(0) for kind, request in asking(desk, versions).items()}
    _servers.keep_pages(desk, requests, folder / base)
    with _servers.portal(desk) as ours:
        with _servers.bare_pages(folder / base) as bare:
            figures: dict[str, float] = beside_bare(options, base, desk, ours, bare, versions)
        return figures | crowd(options, base, desk, ours)


def measure(options: Options) -> dict[str, Any]:
    """All figures."""
    figures: dict[str, Any] = {"load of the machine before": os.getloadavg()[0]}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="laurea-bench-")))
        figures |= on(options, "SQLite", folder, "")
        try:
            url = stack.enter_context(_servers.postgresql())
        except FileNotFoundError as error:
            options.say(f"  {error}: SQLite alone is measured.")
        else:
            figures |= on(options, "PostgreSQL", folder, url)
    return figures | {"load of the machine after": os.getloadavg()[0]}


if __name__ == "__main__":
    main("portal", measure, GOALS)
