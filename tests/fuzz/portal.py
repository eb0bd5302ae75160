"""The portal under requests that anyone may make: whatever comes, an answer goes, and never one of 500."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import httpcore
import pytest
from hypothesis import strategies as st
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import select

from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.sources import outside
from laurea.store import tables as t
from laurea.web.api_gate import Meter
from laurea.web.app import create_app
from laurea.web.limits import Counts
from tests.web import calling, seeding
from tests.web.clients import beside

WEB = Path(__file__).parents[2] / "laurea" / "web"
LIFE = 1_500  # requests until another portal is built: what is posted changes it
READERS = ("officer", "juror", "applicant", "nobody")
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *(
                "",
                "1",
                "0",
                "-1",
                "999999999999999999999",
                "1.5",
                "2026-02-30",
                "2026-12-01",
                "2026-12-01T10:00",
                "true",
            ),
            *(
                "example-2026",
                "call-2026",
                "no-such",
                "AZ",
                "en",
                "az",
                "xx",
                "yes",
                "none",
                "csv",
                "a@b.example",
                "@",
                "=1",
            ),
            *(
                "\x00",
                "a\x00b",
                "\r\nSet-Cookie: a=b",
                "\u202e",
                "x" * 3_000,
                "'; drop table people; --",
                "{{ 7*7 }}",
                "%",
            ),
            *(
                "<script>alert(1)</script>",
                "../../etc/passwd",
                "//evil.example/",
                "javascript:alert(1)",
                "\\\\evil",
                "٣",
                "1e9",
            ),
            *(
                "https://127.0.0.1/",
                "http://[::1]/",
                "https://example.org/x",
                "http://[",
                "https://a@b/",
                "e\u0301",
                "ß" * 200,
            ),
            *(
                "outcome:label",
                'juror:"',
                "points:>1e999",
                "-",
                '"',
                "submitted:>2026-99-99",
                "version",
                "applications.csv",
            ),
        ]
    ),
)
RAW = st.one_of(TEXTS.map(lambda one: one.encode("utf-8", "surrogatepass")), st.binary(max_size=12))


@dataclass
class Request:
    """What is sent. `words` fill the address, `ours` says which of them are ones that exist."""

    route: tuple[str, str]
    reader: str
    words: list[bytes] = field(default_factory=list)
    ours: list[bool] = field(default_factory=list)
    query: list[tuple[str, bytes]] = field(default_factory=list)
    form: list[tuple[str, bytes]] = field(default_factory=list)
    body: bytes | None = None
    kind: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = True


class Portal:
    """One portal in this process, its readers signed in, nothing of it reaching the network."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="laurea-fuzz-")))
        self.place = seeding.seed(folder)
        self.stack.callback(self.place.engine.dispose)
        calling.open_round(self.place)
        seeding.fill(self.place, 0.6)
        settings = self.place.settings.model_copy(update={"links_per_network": 10**9})
        self.app: Litestar = create_app(settings)
        self.app.state.meter = Meter(per_minute=10**9)
        self.app.state.limits = Counts(off=True)
        self.errors: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: self.errors.append(logging.Formatter().format(record))  # type: ignore[method-assign]
        logging.getLogger("laurea.web").addHandler(handler)
        self.stack.callback(logging.getLogger("laurea.web").removeHandler, handler)
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(outside._Guarded, "connect_tcp", _nowhere)
        first = self.stack.enter_context(TestClient(self.app, base_url=settings.public_url))
        scopes = ["import", "read", "export", "proposals"]
        self.token = tokens.give(
            self.place.engine, self.place.round_id, name="x", scopes=scopes, days=9, actor=SYSTEM, now=self.place.now
        )[1]
        self.people = {
            "officer": self.place.officers[0], "juror": self.place.jurors[0],
            "applicant": self.place.value(select(t.applications.c.applicant_id).limit(1)),
        }  # fmt: skip
        self.clients = {name: beside(first) for name in READERS}
        self.csrf: dict[str, str] = {}
        for name in READERS:
            self._sign_in(name)
        self.known = self._known()
        self.asked = 0

    def _sign_in(self, name: str) -> None:
        client = self.clients[name]
        client.cookies.clear()
        if name in self.people:
            door = urlsplit(self.place.link(self.people[name])).path
            client.post(door, data={"_csrf": _token(client.get(door).text)})
        self.csrf[name] = _token(client.get("/").text)

    def _known(self) -> dict[str, list[str]]:
        """Values of words in addresses that exist."""
        first = str(self.place.assignments(self.place.jurors[0])[0])
        keys = self.place.value(select(t.applications.c.key).limit(1))
        return {
            "code": ["example-2026", calling.CODE], "assignment_id": [first],
            "application_id": [str(self.place.applications[0])], "juror_id": ["1"], "key": [str(keys)],
            "person_id": [str(self.place.jurors[0])], "number": ["1", "2"], "name": ["applications.csv", "round.xlsx"],
            "kind": ["certificate", "jurors", "sheets", "applications", "decision", "appeal"], "language": ["en", "az"],
            "place": ["1"], "side": ["1"], "item": ["1"], "deed": ["take", "send", "hold"], "token": ["x" * 43],
        }  # fmt: skip

    def ask(self, one: Request) -> None:
        """Send it. Raises AssertionError with what went wrong inside where the answer is one of 500."""
        method, path = one.route
        self.asked += 1
        if self.asked % 200 == 0:
            for name in READERS:
                self._sign_in(name)
        words = iter(zip(one.words, one.ours, strict=True))

        def fill(found: re.Match[str]) -> str:
            word, ours = next(words)
            known = self.known.get(found[1], ["1"])
            return known[len(word) % len(known)] if ours else quote_from_bytes(word, safe="") or "%20"

        address = re.sub(r"\{(\w+)(?::\w+)?\}", fill, path)
        if one.query:
            address += "?" + "&".join(f"{name}={quote_from_bytes(value)}" for name, value in one.query)
        content = one.body
        if method != "GET" and content is None:
            form = [("_csrf", self.csrf[one.reader].encode()), *one.form]
            content = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in form).encode()
        headers = {"content-type": one.kind, **one.headers} if content is not None else dict(one.headers)
        if "/api/v1/" in path and one.signed:
            headers["authorization"] = f"Bearer {self.token}"
        del self.errors[:]
        try:
            answer = self.clients[one.reader].request(
                method, address, content=content, headers=headers, follow_redirects=False
            )
        except UnicodeError:
            return  # the client would not send it
        assert answer.status_code < 500 or answer.status_code == 503, "\n".join(self.errors)
        assert not self.errors, "\n".join(self.errors)

    def close(self) -> None:
        self.stack.close()


def _nowhere(*_args: Any, **_named: Any) -> Any:
    raise httpcore.ConnectError("fuzzing reaches nobody")


def _token(text: str) -> str:
    return text.partition('name="_csrf" value="')[2].partition('"')[0]


_open: list[Portal] = []


def ask(one: Request) -> None:
    """Send a request to the portal that is open."""
    if _open and _open[0].asked >= LIFE:
        close()
    if not _open:
        _open.append(Portal())
    _open[0].ask(one)


def close() -> None:
    """Take the portal down."""
    while _open:
        _open.pop().close()


@contextmanager
def routes_of_portal() -> Iterator[list[tuple[str, str]]]:
    """Every route but static files, without a portal running."""
    with tempfile.TemporaryDirectory(prefix="laurea-fuzz-") as folder:
        place = seeding.seed(Path(folder), applications=1, jurors=1, reviews=1)
        app = create_app(place.settings)
        yield [
            (method, route.path_format)
            for route in app.routes
            if isinstance(route, HTTPRoute) and not route.path.startswith("/static")
            for handler in route.route_handlers
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
        ]
        app.state.engine.dispose()
        place.engine.dispose()


def _fields() -> list[str]:
    """The names of form fields and of what addresses can be asked, out of the code."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(WEB.glob("*.py")))
    found = set(re.findall(r'(?:first|several)\(data, "([\w.]+)"', text)) | set(re.findall(r"(\w+): FromQuery", text))
    found |= set(re.findall(r'data\.get\("([\w.]+)"', text))
    return sorted(
        found | {"lang", "mark.teaching", "fact.hours", "fact.stage", "row.partners.0.school", "row.partners.x"}
    )


def requests(kind: str) -> st.SearchStrategy[Request]:
    """Requests to the pages, to the programs' door (`api`) or to the doors for those who did not sign in yet."""
    doors = (
        "/sign",
        "/enter",
        "/confirm",
        "/unsubscribe",
        "/invitation",
        "/parcel",
        "/view",
        "/oidc",
        "/second",
        "/account",
    )
    with routes_of_portal() as every:
        mine = [
            one
            for one in every
            if (kind == "api") == one[1].startswith("/api")
            and (kind != "sign_in" or one[1].startswith(doors))
            and not (kind == "pages" and one[1] == "/sign-out")
        ]
    names = _fields()
    heads = st.sampled_from(
        [
            *("accept-language", "cookie", "origin", "sec-fetch-site", "host", "accept", "x-forwarded-for"),
            *("if-none-match", "idempotency-key", "authorization"),
        ]
    )

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        route = draw(st.sampled_from(mine))
        one = Request(route, draw(st.sampled_from(READERS)), signed=draw(st.integers(0, 9)) > 0)
        for _ in range(route[1].count("{")):
            one.words.append(draw(RAW))
            one.ours.append(draw(st.integers(0, 9)) > 1)
        pairs = st.lists(st.tuples(st.sampled_from(names), RAW), max_size=6)
        one.query = draw(pairs) if draw(st.booleans()) else []
        one.form = draw(pairs)
        if draw(st.integers(0, 4)) == 0:
            one.headers = {draw(heads): draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))}
        if route[0] != "GET" and draw(st.integers(0, 5)) == 0:
            one.kind = draw(
                st.sampled_from(
                    [
                        *("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain"),
                        *("", "a/b", "application/x-www-form-urlencoded; charset=utf-16"),
                        "multipart/form-data; boundary=" + "y" * 300,
                    ]
                )
            )  # fmt: skip
            part = b'--x\r\ncontent-disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
            one.body = draw(st.one_of(RAW, st.builds(lambda a, b: part % (a, b), RAW, RAW), st.just(b"{" * 2_000)))
        return one

    return drawn()
