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
from aiosmtplib.protocol import normalize_message_line_endings

from notifications.addresses import parse
from notifications.conversation import Conversation, Lost, Reply
from notifications.delivery import Delivery, Outgoing
from notifications.errors import BadAddress, RelayError

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


def said(code: int, text: str) -> str:
    """A relay's reply as the outbox keeps it: one line, code first."""
    line = f"{code} {' '.join(text.split())}"
    return line.encode("ascii", "replace").decode("ascii")[:LONGEST_REPLY]


def stuffed(content: bytes) -> bytes:
    """A letter's bytes as they travel after DATA: CRLF alone ends a line, dots are doubled, a dot alone ends it all."""
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends or not content.endswith(b"\r\n"):
        content = normalize_message_line_endings(content)
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


class Connection:
    """One connection to a relay, opened when needed and kept for up to a hundred letters."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._talk: Conversation | None = None
        self._letters = 0
        self._begun = False  # a letter's envelope is open at the relay and must be thrown away first
        self._ahead: Outgoing | None = None  # the letter whose envelope went out with the content before it
        self._pipelining = self._notes = False

    async def open(self) -> None:
        """Make sure that the connection stands. Raises what is in TROUBLE."""
        if self._talk is not None and (
            not self._talk.stands or (self._letters >= LETTERS_PER_CONNECTION and self._ahead is None)
        ):
            await self.close()
        if self._talk is not None:
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
        if client.transport is None:
            raise aiosmtplib.SMTPServerDisconnected("the connection ended at once")
        self._pipelining = client.supports_extension("pipelining")
        self._notes = client.supports_extension("dsn")
        self._talk, self._letters = Conversation(client.transport), 0

    async def close(self) -> None:
        """Say good-bye and close; how the relay answers changes nothing, the letters are settled."""
        if self._talk is not None and self._talk.stands:
            with contextlib.suppress(Lost):
                self._talk.say(b"QUIT\r\n")
                await self._talk.reply(5)
        self.drop()

    def drop(self) -> None:
        """Close without good-bye: the conversation is out of step."""
        talk, self._talk = self._talk, None
        self._ahead, self._begun = None, False
        if talk is not None:
            talk.close()

    async def hand_over(
        self, letter: Outgoing, before_content: BeforeContent | None = None, following: Outgoing | None = None
    ) -> Delivery:
        """Walk one letter through MAIL, RCPT, DATA and its content.

        `following` is the letter this connection will be given next: where the relay allows it, its envelope goes out
        with this one's content. Raises Lost if the connection ended before the content, BadAddress for an envelope
        address that is none.
        """
        envelope = self._envelope(letter)
        talk = self._talk
        if talk is None:
            raise Lost("the connection ended")
        try:
            refused = await self._offer(talk, letter, envelope)
        except Lost:
            self.drop()
            raise
        if refused is not None:
            return refused
        if not talk.stands:
            self.drop()
            raise Lost("the connection ended before the content")
        ahead = b""
        if following is not None and self._pipelining and self._letters < LETTERS_PER_CONNECTION:
            with contextlib.suppress(BadAddress):  # said when its turn has come
                ahead = b"".join(self._envelope(following))
        if before_content is not None:
            before_content(letter.id)
        return await self._content(talk, letter.content, ahead, following)

    def _envelope(self, letter: Outgoing) -> tuple[bytes, bytes, bytes]:
        """MAIL, RCPT and DATA for a letter."""
        # RFC 3461: the identifier comes back in reports about the letter, and with RET=HDRS only its headers do
        note = f" RET=HDRS ENVID={letter.envelope_id}" if letter.envelope_id and self._notes else ""
        mail, rcpt = f"MAIL FROM:<{parse(letter.sender)}>{note}\r\n", f"RCPT TO:<{parse(letter.address)}>\r\n"
        return mail.encode("ascii"), rcpt.encode("ascii"), b"DATA\r\n"

    async def _offer(
        self, talk: Conversation, letter: Outgoing, envelope: tuple[bytes, bytes, bytes]
    ) -> Delivery | None:
        """Bring the relay to wait for the content: None if it does, else what became of the letter."""
        said_before, self._ahead = self._ahead is letter, None
        self._letters += 1
        if self._begun and not said_before:
            replies = await self._ask(talk, (b"RSET\r\n", *envelope), said_before=False)
            if replies.pop(0).code != 250:
                raise Lost("the relay does not forget a letter it has refused")
        else:
            replies = await self._ask(talk, envelope, said_before=said_before)
        self._begun = True
        mail, *others = replies
        if mail.code != 250:
            # About us, not about this letter's reader: every letter would fare the same, so none is given up.
            refused = Delivery("deferred", said(mail.code, mail.text))
        else:
            last = next((reply for reply in others if reply.code not in {250, 251}), others[-1])
            if last.code == 354 and last is others[-1]:
                return None
            refused = self._refused(last)
        if replies[-1].code == 354:  # it waits for a letter that is not for anybody
            self.drop()
        return refused

    async def _ask(self, talk: Conversation, asks: tuple[bytes, ...], *, said_before: bool) -> list[Reply]:
        """The replies to these commands: to all of them where they may be written at once, else up to a refusal."""
        replies: list[Reply] = []
        for step in [asks] if self._pipelining else [(ask,) for ask in asks]:
            if not said_before:
                talk.say(b"".join(step))
            for ask in step:
                try:
                    reply = await talk.reply(self.relay.command_seconds)
                except Lost as error:
                    raise Lost(f"the connection ended at {ask[:4].decode()}: {error}") from None
                if reply.code == 421:
                    raise Lost(said(reply.code, reply.text))
                replies.append(reply)
            if replies[-1].code not in {250, 251, 354}:
                break
        return replies

    def _refused(self, reply: Reply) -> Delivery:
        if not 400 <= reply.code < 600 or reply.code == 421:
            self.drop()  # the relay leaves, or this is no reply SMTP knows: who can say what the next one belongs to
        return Delivery("failed" if 500 <= reply.code < 600 else "deferred", said(reply.code, reply.text))

    async def _content(self, talk: Conversation, content: bytes, ahead: bytes, following: Outgoing | None) -> Delivery:
        try:
            talk.say(stuffed(content) + ahead)
            reply = await talk.reply(self.relay.final_reply_seconds)
        except Lost as error:
            self.drop()
            return Delivery("uncertain", f"the connection ended after the content was begun: {error}"[:LONGEST_REPLY])
        self._begun = False
        self._ahead = following if ahead else None
        if reply.code == 250:
            return Delivery("sent", said(reply.code, reply.text))
        if not 400 <= reply.code < 600:
            self.drop()
            return Delivery("uncertain", f"the relay's answer is none: {said(reply.code, reply.text)}"[:LONGEST_REPLY])
        return self._refused(reply)
