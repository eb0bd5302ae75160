"""One SMTP connection, walked through phase by phase.

aiosmtplib reports "connection lost" with the same exception before and after the relay could have taken the letter.
So each phase is a step of its own here, and what is known of a letter follows from the phase it had reached: before
its content was written it certainly was not taken, after that nobody knows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings

from notifications.addresses import parse
from notifications.delivery import Delivery, Outgoing
from notifications.errors import RelayError

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
FINAL_REPLY_SECONDS = 600.0  # RFC 5321, 4.5.3.2.6: the relay may be storing the letter all that time
LETTERS_PER_CONNECTION = 100
LONGEST_REPLY = 300  # characters; what the outbox keeps

BeforeContent = Callable[[int], None]
TROUBLE = (aiosmtplib.SMTPException, OSError)


@dataclass(frozen=True, repr=False)
class Relay:
    """Where and how letters are handed over. Limits are seconds."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    implicit_tls: bool = False
    connections: int = 5
    connect_seconds: float = CONNECT_SECONDS
    command_seconds: float = COMMAND_SECONDS
    final_reply_seconds: float = FINAL_REPLY_SECONDS

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self.port})"  # never the password

    @classmethod
    def from_url(cls, url: str, connections: int = 5) -> Self:
        """A relay from `smtp://[user:password@]host[:port]` or `smtps://…`. Raises RelayError."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == -1 or parts.path not in {"", "/"}:
            raise RelayError(
                "The address of the mail relay cannot be used.",
                "Write smtp://host:port or smtps://user:password@host:port; write special characters as %40 and so on.",
            )
        implicit = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if implicit else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit,
            connections=connections,
        )

    @property
    def start_tls(self) -> bool | None:
        """Whether to ask for STARTTLS: never on this machine, always with a password, else where it is offered."""
        if self.implicit_tls or self._on_this_machine():
            return False
        return True if self.user else None

    def _on_this_machine(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class Lost(Exception):
    """The connection ended before the content of the letter was written: nothing was handed over."""


def said(code: int, text: str) -> str:
    """A relay's reply as the outbox keeps it: one line, code first."""
    line = f"{code} {' '.join(text.split())}"
    return line.encode("ascii", "replace").decode("ascii")[:LONGEST_REPLY]


def _refused(code: int, text: str) -> Delivery:
    return Delivery("failed" if 500 <= code < 600 else "deferred", said(code, text))


class Connection:
    """One connection to a relay, opened when needed and kept for up to a hundred letters."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._client: aiosmtplib.SMTP | None = None
        self._letters = 0

    async def open(self) -> None:
        """Make sure that the connection stands. Raises what is in TROUBLE."""
        if self._client is not None and (not self._client.is_connected or self._letters >= LETTERS_PER_CONNECTION):
            await self.close()
        if self._client is not None:
            return
        client = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            username=self.relay.user or None,
            password=self.relay.password or None,
            use_tls=self.relay.implicit_tls,
            start_tls=self.relay.start_tls,
            local_hostname="laurea.localhost",
            timeout=self.relay.command_seconds,
        )
        try:
            async with asyncio.timeout(self.relay.connect_seconds):  # greeting, STARTTLS and signing in included
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except BaseException:
            client.close()
            raise
        self._client, self._letters = client, 0

    async def close(self) -> None:
        """Say good-bye and close; how the relay answers changes nothing, the letters are settled."""
        if self._client is not None and self._client.is_connected:
            with contextlib.suppress(*TROUBLE):
                await self._client.quit(timeout=5)
        self.drop()

    def drop(self) -> None:
        """Close without good-bye: the conversation is out of step."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _ask(self, *command: bytes) -> aiosmtplib.SMTPResponse:
        if self._client is None:
            raise Lost("the connection ended")
        try:
            reply = await self._client.execute_command(*command, timeout=self.relay.command_seconds)
        except TROUBLE as error:
            self.drop()
            raise Lost(f"the connection ended at {command[0].decode()}: {error}") from error
        if reply.code == 421:
            self.drop()
            raise Lost(said(reply.code, reply.message))
        return reply

    async def hand_over(self, letter: Outgoing, before_content: BeforeContent | None = None) -> Delivery:
        """Walk one letter through MAIL, RCPT, DATA and its content.

        Raises Lost if the connection ended before the content, BadAddress for an envelope address that is none.
        """
        sender, recipient = str(parse(letter.sender)).encode(), str(parse(letter.address)).encode()
        self._letters += 1
        reply = await self._ask(b"MAIL", b"FROM:<%b>" % sender)
        if reply.code != 250:
            # About us, not about this letter's reader: every letter would fare the same, so none is given up.
            return Delivery("deferred", said(reply.code, reply.message))
        reply = await self._ask(b"RCPT", b"TO:<%b>" % recipient)
        if reply.code in {250, 251}:
            reply = await self._ask(b"DATA")
        if reply.code != 354:
            await self._reset()
            return _refused(reply.code, reply.message)
        if before_content is not None:
            before_content(letter.id)
        return await self._content(letter.content)

    async def _reset(self) -> None:
        with contextlib.suppress(Lost):  # the letter is settled; the next one finds a new connection
            await self._ask(b"RSET")

    async def _content(self, content: bytes) -> Delivery:
        protocol = self._client.protocol if self._client is not None else None
        if protocol is None or not protocol.is_connected:
            self.drop()
            raise Lost("the connection ended before the content")
        body = PERIOD_REGEX.sub(b"..", normalize_message_line_endings(content)) + b".\r\n"
        try:
            protocol.write(body)
            reply = await protocol.read_response(timeout=self.relay.final_reply_seconds)
        except TROUBLE as error:
            self.drop()
            return Delivery("uncertain", f"the connection ended after the content was begun: {error}"[:LONGEST_REPLY])
        if reply.code == 421:
            self.drop()
        if reply.code == 250:
            return Delivery("sent", said(reply.code, reply.message))
        return _refused(reply.code, reply.message)
