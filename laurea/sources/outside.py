"""Send something to an address a person typed in, or get a page from there, and never from our own network.

The name is resolved once, every address it has is checked, and the connection goes to a checked address; no proxy of
the environment is asked, and the whole call has one time limit. Of the answer to a call only the status is read, and
nothing is redirected. A page is read up to a size; each address it redirects to is checked as the first one was.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import httpcore
import httpx

from laurea.errors import BadInput

SECONDS = 15.0
PORTS = (443, 8443)
PAGE_PORTS = (80, 443, 8080, 8443)
LARGEST_PAGE = 2_000_000  # bytes
REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Got:
    """A page as it came: `address` is where it was found, `cut` says that it is larger than was read."""

    address: str
    status: int
    media_type: str
    charset: str
    content: bytes
    cut: bool = False


class TooManyRedirects(OSError):
    """A page leads from address to address."""


def check_address(address: str, *, private: bool, page: bool = False) -> None:
    """Refuse an address no call may go to, as far as it shows without asking the network. Raises BadInput.

    A page may come without TLS: nothing is sent there.
    """
    ports = PAGE_PORTS if page else PORTS
    remedy = f"Write https://host/path, on port {' or '.join(map(str, ports))}."
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadInput("This is not an address.", remedy=remedy) from None
    schemes = ("https", "http") if private or page else ("https",)
    wrong = parts.scheme not in schemes or not parts.hostname or parts.username is not None or bool(parts.fragment)
    wrong = (
        wrong
        or not address.isascii()
        or not address.isprintable()
        or " " in address
        or len(address) > (1000 if page else 500)
    )
    if wrong or (not private and port not in (None, *ports)):
        raise BadInput("Calls cannot go to this address.", remedy=remedy)
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return
    if not private and not public(literal):
        raise BadInput("This address lies in a private network.", remedy=remedy)


def public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the open internet, also behind its IPv4-mapped, 6to4 and NAT64 spellings."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(address: str, headers: dict[str, str], body: bytes, *, private: bool, seconds: float = SECONDS) -> int:
    """Post a body; the status of the answer. Raises OSError or httpcore's errors when there is none, BadInput when the
    address may not be called.
    """
    check_address(address, private=private)
    backend = _Guarded(time.monotonic() + seconds, private=private)
    limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}
    sent = [("host", urlsplit(address).netloc), *headers.items()]
    with (
        httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
        pool.stream("POST", address, headers=sent, content=body, extensions=limits) as answer,
    ):
        return int(answer.status)


def get(address: str, *, private: bool, seconds: float = SECONDS, most: int = LARGEST_PAGE) -> Got:
    """Get a page. Raises OSError or httpcore's errors when there is none, BadInput when it may not be asked for."""
    deadline = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        address = as_sent(address)
        check_address(address, private=private, page=True)
        got, moved = _get(address, deadline, private, most)
        if not moved:
            return got
        address = urljoin(address, moved)
    raise TooManyRedirects("The page leads from address to address.")


def as_sent(address: str) -> str:
    """An address as it goes over the line, without its fragment. Raises BadInput."""
    try:
        return urldefrag(str(httpx.URL(address))).url
    except (httpx.InvalidURL, ValueError):
        raise BadInput("This is not an address.", remedy="Write https://host/path.") from None


def _get(address: str, deadline: float, private: bool, most: int) -> tuple[Got, str]:
    """One answer, and where it leads on."""
    limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), max(0.01, deadline - time.monotonic()))}
    sent = [
        ("host", urlsplit(address).netloc), ("accept", "text/html, text/plain;q=0.9, */*;q=0.5"),
        ("accept-encoding", "identity"), ("user-agent", "Laurea"),
    ]  # fmt: skip
    backend = _Guarded(deadline, private=private)
    with (
        httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
        pool.stream("GET", address, headers=sent, extensions=limits) as answer,
    ):
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        if answer.status in _MOVED and headers.get("location"):
            return Got(address, answer.status, "", "", b""), headers["location"]
        content = bytearray()
        for part in answer.iter_stream():
            content += part
            if len(content) > most:
                break
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise httpcore.RemoteProtocolError("The page is packed though nobody asked for it.")
        kind, _, rest = headers.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].split(";")[0].strip(" \"'")
        cut = len(content) > most
        return Got(address, answer.status, kind.strip().lower()[:80], charset, bytes(content[:most]), cut), ""


class _Guarded(httpcore.NetworkBackend):
    """Connects to checked addresses only, and not after the deadline."""

    def __init__(self, deadline: float, *, private: bool) -> None:
        self._deadline, self._private = deadline, private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not self._private and not all(public(ipaddress.ip_address(str(one).split("%")[0])) for one in found):
            raise BadInput("This name leads into a private network.", remedy="Call an address of the open internet.")
        trouble: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for one in dict.fromkeys(found):
            try:
                stream = self._plain.connect_tcp(
                    str(one), port, _left(self._deadline, timeout), local_address, socket_options
                )
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble or httpcore.ConnectError("The name has no address.")


class _Timed(httpcore.NetworkStream):
    """A connection whose every wait ends at the same deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(
            self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("The call took too long.")
    return left if timeout is None else min(left, timeout)
