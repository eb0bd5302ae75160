"""`laurea up`, `web`, `worker`, `officer`: keep an installation running."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Annotated

from cyclopts import Parameter

from laurea import clock, collector, log
from laurea.actions import open_round, second_factor, sessions
from laurea.cli import processes, typed
from laurea.cli.console import engine_of, err, out, step
from laurea.errors import BadInput, SetupMissing
from laurea.intake import NewAuthority
from laurea.settings import Settings, own_address

# Seconds an idle connection is kept: longer than a proxy keeps its own (nginx: 60), so that it is never the portal that
# hangs up while a form is on its way; and longer than the ten seconds between two savings of a sheet.
KEPT_ALIVE = 75


def web() -> None:
    """Run the portal alone; several may stand behind a proxy.

    Example: laurea web
    """
    settings = Settings()
    processes.must_be_free(settings.host, settings.port)  # before the slow imports, so that it is said at once
    engine_of(settings).dispose()
    if settings.logs == "text":  # a log in JSON holds nothing else
        out.print(f"The portal opens in a moment at {settings.public_url} (Ctrl+C ends it).")

    import uvicorn

    from laurea.web.app import create_app

    log.begin(settings.logs)
    app = create_app(settings)
    collector.settled()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEPT_ALIVE,
    )


def worker() -> None:
    """Run the clock alone, against the Prefect server named by PREFECT_API_URL.

    Example: laurea worker
    """
    server = os.environ.get("PREFECT_API_URL")
    if not server:
        raise SetupMissing(
            "No Prefect server is named.", "Set PREFECT_API_URL, or run everything on this machine with: laurea up"
        )
    settings = Settings()
    engine_of(settings).dispose()
    processes.must_answer(server)
    os.environ.update(processes.engine_logs(settings.logs))
    os.execv(sys.executable, [sys.executable, "-m", "flows.serve"])  # noqa: S606 - our own module


def up() -> None:
    """Run portal, Prefect server, clock and post together until Ctrl+C.

    Example: laurea up
    """
    settings = Settings()
    processes.must_be_free(settings.host, settings.port)
    engine_of(settings).dispose()
    logs = settings.workspace / "logs"
    home = settings.workspace / "prefect"
    env = processes.prefect_environment(home.resolve(), processes.free_port(), settings.logs)
    children: list[processes.Child] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        portal = processes.start_portal(logs)
        children.append(portal)
        portal.wait_for(f"{own_address(settings.host, settings.port)}/", processes.PORTAL_SECONDS)
        out.print(f"Portal: {settings.public_url}")
        engine = processes.start_prefect(home, env, logs / "prefect.log")
        children.append(engine)
        with step(err, "Starting Prefect (10 to 85 seconds) …") as told:
            engine.wait_for(
                processes.prefect_health(env),
                processes.PREFECT_SECONDS,
                lambda passed: told(f"Starting Prefect … {passed // 10 * 10:.0f} s"),
            )
        children.append(
            processes.Child("clock", [sys.executable, "-m", "flows.serve"], env=env, log=logs / "clock.log")
        )
        out.print(f"The clock turns every {settings.clock_every} seconds. Logs: {logs}. Ctrl+C ends everything.")
        if not settings.smtp_url:
            out.print("No relay is set (LAUREA_SMTP_URL): letters are written to files and not sent.")
        while True:
            for child in children:
                if child.process.poll() is not None:
                    raise child.failed()
            time.sleep(1)
    finally:
        for child in reversed(children):
            child.stop()


def officer(
    email: str,
    /,
    *,
    authority: Annotated[str, Parameter(help="Code of the office, such as north.")],
    name: Annotated[str, Parameter(help="The officer's name.")] = "",
    authority_name: Annotated[str, Parameter(help="The office's name, where it is new.")] = "",
    language: Annotated[str, Parameter(help="Language of the officer, and of a new office.")] = "en",
    timezone: Annotated[str, Parameter(help="Zone in which a new office means its days, such as Asia/Baku.")] = "UTC",
    country: Annotated[str | None, Parameter(help="Country of a new office, two letters.")] = None,
    end: Annotated[bool, Parameter(negative="", help="Let nobody in as them any more.")] = False,
    reset_second_factor: Annotated[bool, Parameter(negative="", help="Take a lost second factor away.")] = False,
) -> None:
    """Let a person in as an officer of an authority. A new authority is made when its name is given.

    With --end nobody is let in as them any more: their sessions end at once, and what they did stays in the records.
    With --reset-second-factor one that was lost with its recovery codes is taken away: make sure who asks.

    Example: laurea officer nino@example.org --name Nino --authority north --authority-name "The North"
    """
    typed.address(email)
    if end or reset_second_factor:
        _less(email, authority, end=end)
        return
    if not name:
        raise BadInput("An officer needs a name.", remedy="Give it as --name.")
    typed.languages([language])
    typed.zone(timezone)
    settings = Settings()
    engine = engine_of(settings)
    typed.authority(engine, authority, authority_name)
    owner = NewAuthority(
        authority, authority_name or authority, country=typed.country(country), language=language, timezone=timezone
    )
    open_round.ensure_officer(engine, owner, name=name, email=email, language=language, now=clock.now())
    out.print(f"{email} may sign in at {settings.public_url} as an officer of {authority}.")


def _less(email: str, authority: str, *, end: bool) -> None:
    """End an account, or take its second factor away."""
    engine = engine_of(Settings())
    if end:
        sessions.end_officer(engine, authority, email, clock.now())
        out.print(f"{email} is no officer of {authority} any more, and signed out.")
    elif second_factor.reset(engine, authority, email, clock.now()):
        out.print(f"{email} has no second factor any more, and is signed out.")
    else:
        out.print(f"{email} had no second factor.")
