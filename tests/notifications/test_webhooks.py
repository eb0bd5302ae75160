"""Calls to other programs: the signature others can check, and tries that come to an end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifications import webhooks

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_signature_is_that_of_the_published_example() -> None:
    """The example of the Standard Webhooks reference libraries."""
    body = b'{"test": 2432232314}'
    signed = webhooks.sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_try_has_the_same_id_and_a_moment_and_signature_of_its_own() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    first, second = (webhooks.headers(secret, "msg_1", b"{}", moment) for moment in (NOW, NOW.replace(minute=5)))
    assert first["webhook-id"] == second["webhook-id"] == "msg_1"
    assert first["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert first["webhook-signature"] != second["webhook-signature"]


def test_tries_come_to_an_end_and_pauses_grow() -> None:
    tries = [webhooks.next_try(number, NOW) for number in range(1, webhooks.MOST_TRIES + 1)]
    assert tries[-1] is None
    moments = [one for one in tries if one is not None]
    assert len(moments) == webhooks.MOST_TRIES - 1
    assert moments == sorted(set(moments))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_a", "whsec_é", "secret", "whsec_" + "a2tr" * 7])
def test_a_key_that_is_none_or_short_signs_nothing(secret: str) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    for key in ("whsec_", "whsec_" + "a2tr" * 7):
        assert not webhooks.is_ours(secret, webhooks.headers(key, "msg_1", b"{}", now), b"{}", now)
    long = "whsec_" + "a2tr" * 8
    assert webhooks.is_ours(long, webhooks.headers(long, "msg_1", b"{}", now), b"{}", now)
