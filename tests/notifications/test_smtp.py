"""Sending over real connections to a real server: what goes well."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from notifications.connection import LETTERS_PER_CONNECTION
from notifications.delivery import Outgoing
from notifications.errors import RelayError
from notifications.smtp import Relay, send_all

SENDER = "post@laurea.example"


# --- A real server -----------------------------------------------------------------------------------------


@dataclass
class Mailbox:
    """aiosmtpd's handler: what arrived, with its envelope."""

    stored: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    sessions: set[object] = field(default_factory=set)

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802  # the names are aiosmtpd's
        self.sessions.add(session.peer)
        self.stored.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 taken"


@asynccontextmanager
async def real_server(mailbox, **options):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="relay.example", enable_SMTPUTF8=True, **options), "127.0.0.1", 0
    )
    try:
        yield Relay("127.0.0.1", server.sockets[0].getsockname()[1], connections=5)
    finally:
        server.close()


def test_a_thousand_letters_arrive_once_each_to_one_reader(letters, post):
    mailbox = Mailbox()

    async def run():
        async with real_server(mailbox) as relay:
            await send_all(relay, letters(1000), post)

    asyncio.run(run())
    assert post.states == {"sent": 1000}
    assert len(mailbox.stored) == 1000
    arrived = {recipients: content for _, recipients, content in mailbox.stored}
    assert set(arrived) == {(f"reader{number}@school.example",) for number in range(1000)}
    assert all(b"<%d@laurea" % n in arrived[(f"reader{n}@school.example",)] for n in range(1000))
    # A few connections, each used again and closed after a hundred letters.
    assert 1000 / LETTERS_PER_CONNECTION <= len(mailbox.sessions) <= 1000 / LETTERS_PER_CONNECTION + 5


def test_stored_bytes_arrive_as_they_are_dots_and_all(post):
    mailbox = Mailbox()
    content = b"Message-ID: <1@laurea.example>\r\n\r\n.\r\n..two\r\nlast\r\n.\r\n"

    async def run():
        async with real_server(mailbox) as relay:
            await send_all(relay, [Outgoing(1, SENDER, "a@b.example", content)], post)

    asyncio.run(run())
    assert [stored[2] for stored in mailbox.stored] == [content]


def test_smuggling_stays_one_letter(letters, post):
    mailbox = Mailbox()
    evil = b"x\n.\nMAIL FROM:<evil@x.example>\nRCPT TO:<victim@x.example>\nDATA\nevil\n.\n\r.\r"

    async def run():
        async with real_server(mailbox) as relay:
            await send_all(relay, letters(3, evil), post)

    asyncio.run(run())
    assert len(mailbox.stored) == 3
    assert {sender for sender, _, _ in mailbox.stored} == {SENDER}


def test_an_address_that_is_not_one_fails_and_the_others_go(letters, post):
    mailbox = Mailbox()
    wrong = ["a@b.example>\r\nRCPT TO:<evil@x.example", "a@b.example,c@d.example", "ნინო@b.example"]

    async def run():
        async with real_server(mailbox) as relay:
            batch = [Outgoing(100 + n, SENDER, address, b"x\r\n") for n, address in enumerate(wrong)]
            await send_all(relay, [*batch, *letters(3)], post)

    asyncio.run(run())
    assert post.states == {"failed": 3, "sent": 3}
    assert len(mailbox.stored) == 3


def test_an_international_domain_needs_nothing_of_the_relay(post):
    mailbox = Mailbox()

    async def run():
        async with real_server(mailbox) as relay:
            await send_all(relay, [Outgoing(1, SENDER, "nino@მაგალითი.ge", b"x\r\n")], post)

    asyncio.run(run())
    assert mailbox.stored[0][1] == ("nino@xn--lodafveble.ge",)


def test_signing_in_to_the_relay(letters, post):
    mailbox, seen = Mailbox(), []

    def authenticator(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss:word", handled=False)

    async def run():
        options = {"authenticator": authenticator, "auth_require_tls": False}
        async with real_server(mailbox, **options) as relay:
            right = Relay.from_url(f"smtp://post:p%40ss%3Aword@127.0.0.1:{relay.port}", connections=2)
            await send_all(right, letters(5), post)
            wrong = replace(right, password="guess")
            await send_all(wrong, (replace(letter, id=letter.id + 100) for letter in letters(5)), post)

    asyncio.run(run())
    assert (b"post", b"p@ss:word") in seen
    assert post.states == {"sent": 5, "deferred": 5}
    assert "guess" not in str(post.found)
    assert len(mailbox.stored) == 5


def test_letters_are_drawn_as_connections_become_free(letters, post):
    drawn, most = [0], [0]

    def source():
        for letter in letters(200):
            drawn[0] += 1
            most[0] = max(most[0], drawn[0] - len(post.found))
            yield letter

    async def run():
        async with real_server(Mailbox()) as relay:
            await send_all(relay, source(), post)

    asyncio.run(run())
    assert post.states == {"sent": 200}
    assert most[0] <= 11  # one on its way and one ready for each connection, and the one just drawn


# --- The address of the relay ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example", Relay("mail.example", 25)),
        ("smtp://127.0.0.1:2525/", Relay("127.0.0.1", 2525)),
        ("smtp://[::1]:2525", Relay("::1", 2525)),
        ("smtps://me:s%40%2Fcret@mail.example", Relay("mail.example", 465, "me", "s@/cret", implicit_tls=True)),
    ],
)
def test_relay_from_url(url, relay):
    assert Relay.from_url(url) == relay


@pytest.mark.parametrize(
    "url", ["", "mail.example:25", "http://mail.example", "smtp://", "smtp://h:99999", "smtp://h/x"]
)
def test_a_relay_address_that_cannot_be_used_is_refused(url):
    with pytest.raises(RelayError, match="smtp://"):
        Relay.from_url(url)


def test_a_password_is_never_shown_and_never_sent_in_the_clear():
    relay = Relay.from_url("smtp://me:secret@mail.example")
    assert "secret" not in repr(relay)
    assert relay.start_tls is True
    assert Relay.from_url("smtp://mail.example").start_tls is None
    assert Relay.from_url("smtp://localhost").start_tls is False
    assert Relay.from_url("smtps://me:secret@mail.example").start_tls is False
