"""What whoever watches the machines may ask a portal for: numbers, in the text form of Prometheus.

Routes stand as they are declared (`/rounds/{code}`), never as they were asked for: addresses hold keys and codes.
Counters are of this process; what is counted out of the records is the same at every portal.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.types import Scope
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from laurea import clock
from laurea.settings import Settings
from laurea.store import migrate, vitals
from laurea.store.engine import Engine, reading, trouble
from laurea.web.render import in_thread
from notifications.outbox import STATES

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PHASES = ("collecting", "screening", "reviewing", "deciding", "released")
METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"})
_TYPED = re.compile(r"\{(\w+):\w+\}")
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")

disable_created_metrics()  # type: ignore[no-untyped-call]  # a moment beside each counter would double the answer, and the process tells its own


class Records:
    """Gauges out of the records, worked out when they are asked for."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Prometheus's way to ask. Where the records do not answer, that is the answer."""
        try:
            ready = migrate.stands(self.engine) in migrate.USABLE
        except Exception as error:
            if trouble(error) is None:
                raise
            ready = False
        yield GaugeMetricFamily("laurea_database_ready", "1 where the tables are those this version needs.", int(ready))
        if ready:
            yield from self._counted(clock.now())

    def _counted(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        with reading(self.engine) as connection:
            found = vitals.taken(connection, now)
        yield _by("laurea_letters", "Letters in the outbox, by state.", "state", {s: found.letters[s] for s in STATES})
        yield _by("laurea_rounds", "Rounds, by phase.", "phase", {phase: found.rounds[phase] for phase in PHASES})
        for name, says, value in (
            ("laurea_outbox_due", "Letters that wait to be sent now.", found.due),
            ("laurea_outbox_waited_seconds", "How long the letter due longest has waited.", found.waited),
            ("laurea_webhook_calls_due", "Calls to other programs that wait to be made now.", found.calls),
            ("laurea_steps_failing", "Steps of rounds that failed and have not succeeded since.", found.failing),
            ("laurea_refused_rows", "Rows of imported files that were refused, of all rounds.", found.refused),
        ):
            yield GaugeMetricFamily(name, says, value=value)
        if found.turn is not None:
            began, ended = found.turn.began_at, found.turn.ended_at
            says = "When the clock's last turn began, in seconds since 1970."
            yield GaugeMetricFamily("laurea_clock_began_timestamp_seconds", says, value=began.timestamp())
            if ended is not None:
                says = "When a turn of the clock last ended, in seconds since 1970."
                yield GaugeMetricFamily("laurea_clock_ended_timestamp_seconds", says, value=ended.timestamp())

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: the records may not answer yet."""
        return []


def _by(name: str, says: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for one, value in values.items():
        family.add_metric([one], value)
    return family


class Metrics:
    """What one portal counts."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("route", "method")
        self.requests = Counter("laurea_requests", "Requests answered.", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "laurea_request_seconds", "Time until an answer began.", labels, buckets=SECONDS, registry=self.registry
        )
        self.refusals = Counter("laurea_refusals", "Requests refused, by reason.", ("why",), registry=self.registry)
        self.registry.register(Records(engine))
        self._meters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # found once, not with every answer

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (str(scope.get("path_template")), method_of(scope), status)
        meters = self._meters.get(key)
        if meters is None:
            route, method = route_of(scope), key[1]
            meters = self.requests.labels(route, method, str(status)), self.seconds.labels(route, method)
            self._meters[key] = meters
        meters[0].inc()
        meters[1].observe(seconds)


def route_of(scope: Scope) -> str:
    """The route of a request as it was declared; all addresses that are none count as one."""
    template = str(scope.get("path_template") or "none")
    return _TYPED.sub(r"{\1}", template)


def method_of(scope: Scope) -> str:
    """The method of a request; whatever a stranger invents counts as one."""
    method = str(scope.get("method", ""))
    return method if method in METHODS else "other"


async def refused(error: Exception, scope: Scope) -> None:
    """Litestar `after_exception` hook: why a request came to nothing, by the error's name."""
    if type(error).__name__ != "HTTPException":
        scope["litestar_app"].state.metrics.refusals.labels(type(error).__name__).inc()


def _may(request: Request[Any, Any, Any]) -> bool:
    settings: Settings = request.app.state.settings
    token = settings.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    if any(name in request.headers for name in _FORWARDED) or request.client is None:
        return False  # somebody stands behind it whom we cannot see
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@get("/metrics", name="metrics", opt={"unasked": True})
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The numbers, for whoever asks from this machine or has the token."""
    if not _may(request):
        raise NotFoundException
    return Response(await told(request=request), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@in_thread
def told(request: Request[Any, Any, Any]) -> bytes:
    """Everything as text."""
    return generate_latest(request.app.state.metrics.registry)


HANDLERS = [metrics]
