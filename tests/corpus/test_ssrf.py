"""Addresses that lead into our own network are refused before anything is connected, in every spelling."""

from __future__ import annotations

import socket
from typing import Any

import httpcore
import pytest

from laurea.errors import BadInput
from laurea.sources import outside

SPELLINGS = (
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
    "0177.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]",
    "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "[fd00::1]", "[fe80::1]", "100.64.0.1",
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1",
)  # fmt: skip
SCHEMES = (
    "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "javascript:alert(1)", "//127.0.0.1/",
    "http:127.0.0.1", "http:///etc", "http://a@127.0.0.1/", "http://127.0.0.1:22/", "http://[::1", "http://\x00/",
    "http://example.org\\@127.0.0.1/", "http://example.org#@127.0.0.1/", "http://127.0.0.1%2f@example.org/",
)  # fmt: skip


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where somebody tried to connect to: nothing is sent, whatever the guard lets through."""
    tried: list[Any] = []

    def connect(_self: object, host: str, port: int, *_args: object, **_named: object) -> Any:
        tried.append((host, port))
        raise httpcore.ConnectError("nothing is sent by tests")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return tried


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let every name have these addresses, one answer after the other; the names that were asked for."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int, *_args: object, **_named: object) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_our_own_network_is_connected_to(host: str, connected: list[Any]) -> None:
    for call in (
        lambda: outside.get(f"http://{host}/", private=False),
        lambda: outside.get(f"https://{host}:8443/x", private=False),
        lambda: outside.post(f"https://{host}/", {}, b"", private=False),
    ):
        with pytest.raises((BadInput, OSError, UnicodeError, httpcore.ConnectError)):
            call()
    assert connected == []


@pytest.mark.parametrize("address", SCHEMES)
def test_no_other_way_of_saying_it_is_connected_to(
    address: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    with pytest.raises((BadInput, OSError, httpcore.ConnectError)):
        outside.get(address, private=False)
    assert connected == []


def test_a_name_that_changes_its_address_is_asked_once_and_the_checked_address_is_connected_to(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError):
        outside.get("http://rebinding.example/", private=False)
    assert asked == ["rebinding.example"]
    assert connected == [("93.184.215.14", 80)]


@pytest.mark.parametrize("inner", ["127.0.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"])
def test_one_inner_address_among_others_is_enough(
    inner: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["93.184.215.14", inner])
    with pytest.raises(BadInput, match="private network"):
        outside.get("https://two.example/", private=False)
    assert connected == []


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1/", "http://inner.example/", "file:///etc/passwd", "//[::1]/", "http://0/"]
)
def test_a_redirect_is_checked_as_the_first_address_was(
    to: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    answer = b"HTTP/1.1 302 Found\r\nlocation: " + to.encode() + b"\r\ncontent-length: 0\r\n\r\n"
    monkeypatch.setattr(
        httpcore.SyncBackend, "connect_tcp", lambda *_a, **_n: connected.append(1) or httpcore.MockStream([answer])
    )
    with pytest.raises(BadInput):
        outside.get("http://outer.example/", private=False)
    assert connected == [1], "the first address alone was connected to"
    assert asked[0] == "outer.example"


def test_no_proxy_of_the_environment_is_asked(connected: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    names(monkeypatch, ["93.184.215.14"])
    with pytest.raises(httpcore.ConnectError):
        outside.get("http://outer.example/", private=False)
    assert connected == [("93.184.215.14", 80)]
