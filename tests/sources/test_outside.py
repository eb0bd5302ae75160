"""Calls to addresses people typed in: public ones only, in every spelling, and to the address that was checked."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest

from laurea.errors import BadInput
from laurea.sources import outside

HEADERS = {"content-type": "application/json"}


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it was sent; answers as its path says."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/away" else 204)
        if self.path == "/away":
            self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::",
    "64:ff9b::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_public_however_it_is_spelt(address: str) -> None:
    assert not outside.public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert outside.public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x", "https://example.org:22/", "https://user:word@example.org/", "ftp://example.org/",
        "https:///x", "https://127.0.0.1/", "https://[::1]/", "https://example.org/#part", "https://exa mple.org/",
        "https://example.org:x/", "javascript:alert(1)", "", "https://example.org/" + "x" * 500,
    ],
)  # fmt: skip
def test_addresses_no_call_may_go_to_are_refused_when_they_are_typed_in(address: str) -> None:
    with pytest.raises(BadInput):
        outside.check_address(address, private=False)


@pytest.mark.parametrize("host", ["127.1", "0", "2130706433", "0x7f000001", "localhost", "0177.0.0.1"])
def test_names_that_lead_home_are_not_called(host: str, receiver: ThreadingHTTPServer) -> None:
    with pytest.raises((BadInput, OSError)):
        outside.post(f"https://{host}/", HEADERS, b"{}", private=False)
    assert receiver.got == []  # type: ignore[attr-defined]


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)
    with pytest.raises(BadInput, match="private network"):
        outside.post("https://example.org/", HEADERS, b"{}", private=False)


def test_the_name_is_asked_once_and_the_checked_address_is_called(
    receiver: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its address between check and call finds nobody asking again."""
    port = receiver.server_address[1]
    asked = []

    def resolve(host: str, *_args: object, **_named: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: resolve(host) if host == "hook.test" else real(host, *a, **k)
    )
    assert outside.post(f"http://hook.test:{port}/here", HEADERS, b'{"a":1}', private=True) == 204
    assert asked == ["hook.test"]
    assert receiver.got == [("/here", b'{"a":1}')]  # type: ignore[attr-defined]


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: ThreadingHTTPServer) -> None:
    address = f"http://127.0.0.1:{receiver.server_address[1]}/away"
    assert outside.post(address, HEADERS, b"{}", private=True) == 302
    assert [path for path, _ in receiver.got] == ["/away"]  # type: ignore[attr-defined]


def test_a_server_that_never_answers_costs_one_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(httpcore.TimeoutException):
        outside.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", HEADERS, b"{}", private=True, seconds=0.3)
