"""Sending over real connections to a server with a script: everything that goes wrong."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from notifications.smtp import Relay, send_all
from tests.notifications.scripted import Script


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def offers(request):
    """What the server can do."""
    return request.param


@pytest.fixture
def play(letters, post, offers):
    """Send letters to a server with a script; the script and the reports, which must agree with each other."""

    def _play(answer, count=20, connections=1, **limits):
        script = Script(answer, offers)

        async def run():
            server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            relay = Relay("127.0.0.1", port, connections=connections, **limits)
            try:
                await send_all(relay, letters(count), post)
            finally:
                server.close()

        asyncio.run(run())
        assert set(post.found) == set(range(count))
        # What the reports say and what the server holds are the same, but for what is said to be uncertain.
        stored = Counter(script.stored)
        assert all(times == 1 for times in stored.values())
        for number, delivery in post.found.items():
            if delivery.state != "uncertain":
                assert (delivery.state == "sent") == (number in stored), (number, delivery)
        return script, post

    return _play


def once(phase, number, reply):
    """An answer that does something at one place, the first time it is reached."""
    left = [True]

    def answer(at, which):
        if (at, which) == (phase, number) and left:
            left.clear()
            return reply
        return None

    return answer


def always(phase, number, reply):
    return lambda at, which: reply if (at, which) == (phase, number) else None


CONNECTIONS = pytest.mark.parametrize("connections", [1, 5])


@CONNECTIONS
@pytest.mark.parametrize("phase", ["RCPT", "DATA", "content"])
@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("450 4.2.0 greylisted", "deferred"),
        ("451 4.3.0 try later", "deferred"),
        ("550 5.1.1 no such user", "failed"),
        ("554 5.7.1 refused", "failed"),
    ],
)
def test_a_refusal_concerns_one_letter(phase, reply, state, connections, play):
    script, post = play(always(phase, 7, reply), connections=connections)
    assert post.states == {"sent": 19, state: 1}
    assert post.found[7].state == state
    assert post.found[7].reply == reply
    assert script.tried.count(7) == 1


@CONNECTIONS
@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_once_before_the_content_costs_nothing(phase, connections, play):
    _, post = play(once(phase, 7, "drop"), connections=connections)
    assert post.states == {"sent": 20}


@CONNECTIONS
@pytest.mark.parametrize("phase", ["RCPT", "DATA"])
def test_a_connection_always_lost_before_the_content_defers(phase, connections, play):
    script, post = play(always(phase, 7, "drop"), connections=connections)
    assert (post.states, post.found[7].state) == ({"sent": 19, "deferred": 1}, "deferred")
    assert script.tried.count(7) == 2


@CONNECTIONS
def test_a_connection_lost_after_the_content_was_begun_is_uncertain_and_never_tried_again(connections, play):
    script, post = play(always("content", 7, "drop"), connections=connections)
    assert (post.states, post.found[7].state) == ({"sent": 19, "uncertain": 1}, "uncertain")
    assert script.tried.count(7) == 1
    assert 7 in script.stored


def test_no_final_reply_in_time_is_uncertain(play):
    script, post = play(always("content", 7, "hang"), final_reply_seconds=0.3)
    assert post.found[7].state == "uncertain"
    assert post.states == {"sent": 19, "uncertain": 1}
    assert script.stored.count(7) == 1


@pytest.mark.parametrize("phase", ["RCPT", "DATA"])
def test_no_reply_in_time_before_the_content_defers(phase, play):
    _, post = play(always(phase, 7, "hang"), count=9, command_seconds=0.3)
    assert post.states == {"sent": 8, "deferred": 1}


@CONNECTIONS
def test_421_after_some_letters_means_a_new_connection(connections, play):
    count = [0]

    def answer(phase, _):
        if phase == "connect":
            count[0] = 0
        if phase == "MAIL":
            count[0] += 1
            if count[0] > 5:
                count[0] = 0
                return "421 4.7.0 enough for one connection"
        return None

    script, post = play(answer, count=40, connections=connections)
    assert post.states == {"sent": 40}
    assert sorted(script.stored) == list(range(40))
    assert script.connections > 5


def test_421_instead_of_taking_the_content_defers(play):
    script, post = play(once("content", 7, "421 4.3.2 shutting down"))
    assert post.found[7].state == "deferred"
    assert post.found[7].reply.startswith("421")
    assert len(script.stored) == 19


@pytest.mark.parametrize(("phase", "reply"), [("MAIL", "550 5.7.1 sender refused"), ("connect", "554 no service")])
def test_a_refusal_that_concerns_us_gives_no_letter_up(phase, reply, play):
    _, post = play(lambda at, _: reply if at == phase else None, count=5)
    assert post.states == {"deferred": 5}


def test_a_relay_with_fewer_connections_than_we_want_still_takes_every_letter(play):
    def answer(phase, number):
        return "421 4.7.0 too many connections" if phase == "connect" and number > 2 else None

    _, post = play(answer, count=60, connections=5)
    assert post.states == {"sent": 60}


@CONNECTIONS
def test_a_relay_that_is_not_there_defers_everything_quickly(connections, letters, post):
    asyncio.run(send_all(Relay("127.0.0.1", 1, connections=connections), letters(500), post))
    assert post.states == {"deferred": 500}
    assert "no connection to the relay" in post.found[0].reply


def test_a_relay_that_never_greets_defers(play):
    _, post = play(lambda phase, _: "hang" if phase == "connect" else None, count=5, connect_seconds=0.2)
    assert post.states == {"deferred": 5}


@pytest.mark.parametrize("reply", ["rubbish", "999 what", "250", "250-" + "x" * 9000, "250 \xff\u20ac"])
def test_a_reply_nobody_expects_is_never_taken_for_success(reply, play):
    script, post = play(always("content", 3, reply), count=5, final_reply_seconds=1)
    assert (post.found[3].state == "sent") <= reply.startswith("250")
    assert post.found[3].reply.isascii()
    assert script.tried.count(3) == 1


def test_every_letter_is_reported_once_in_a_storm_of_faults(play):
    def answer(phase, number):
        if phase == "RCPT" and number % 11 == 0:
            return "450 later"
        if phase == "RCPT" and number % 13 == 0:
            return "550 never"
        if phase == "DATA" and number % 17 == 0:
            return "drop"
        if phase == "content" and number % 19 == 0:
            return "drop"
        return None

    script, post = play(answer, count=400, connections=5)
    assert set(post.states) == {"sent", "deferred", "failed", "uncertain"}
    assert post.states["uncertain"] == len([n for n in range(400) if n % 19 == 0 and n % 11 and n % 13 and n % 17])
    assert len(script.stored) == post.states["sent"] + post.states["uncertain"]


def test_before_content_is_called_for_letters_whose_content_is_written_and_no_others(letters, post):
    begun = []
    script = Script(always("RCPT", 3, "450 later"))

    async def run():
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
        relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1], connections=2)
        await send_all(relay, letters(6), post, before_content=begun.append)
        server.close()

    asyncio.run(run())
    assert sorted(begun) == [0, 1, 2, 4, 5]


def test_a_report_that_fails_stops_the_sending_and_comes_out(letters):
    script = Script(lambda *_: None)

    class DiskFullError(Exception):
        pass

    def report(key, delivery):
        raise DiskFullError

    async def run():
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
        relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1], connections=3)
        try:
            await send_all(relay, letters(100), report)
        finally:
            server.close()

    with pytest.raises(DiskFullError):
        asyncio.run(run())
    assert len(script.stored) <= 3
