from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from notifications import checking, render, shapes
from notifications.compose import Letter, Recipient, compose
from notifications.delivery import Delivery, Outgoing
from notifications.samples import NAMES, TIMEZONE

NOW = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


def _forget() -> None:
    """Everything read from the templates is read again: none of it may outlive a test that has its own."""
    for module in (render, shapes):
        for known in vars(module).values():
            if hasattr(known, "cache_clear"):
                known.cache_clear()


@pytest.fixture
def templates_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Have the letters' templates read from another folder; called again, what was read from it is forgotten."""

    def _templates_in(folder: Path) -> None:
        for module in (render, checking, shapes):
            monkeypatch.setattr(module, "TEMPLATES", folder)
        _forget()

    yield _templates_in
    _forget()


@pytest.fixture
def write() -> Callable[..., Letter]:
    def _write(kind: str, data: dict[str, object], language: str = "en", **others: object) -> Letter:
        recipient = Recipient(
            7,
            str(others.pop("name", NAMES.get(language, "Maria"))),
            str(others.pop("address", "reader@school.example")),
            language,
        )
        settings = {"sender": "post@laurea.example", "now": NOW, "timezone": TIMEZONE} | others
        return compose(kind, str(settings.pop("key", f"{kind}:1")), recipient, data, **settings)

    return _write


@pytest.fixture
def opened() -> Callable[[Letter], EmailMessage]:
    def _opened(letter: Letter) -> EmailMessage:
        message = message_from_bytes(letter.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert message.defects == []
        return message

    return _opened


def _letters(count: int, content: bytes = b"") -> Iterator[Outgoing]:
    for number in range(count):
        head = b"Message-ID: <%d@laurea.example>\r\nSubject: x\r\n\r\n" % number
        text = content or b"Letter %d\r\n" % number
        yield Outgoing(number, "post@laurea.example", f"reader{number}@school.example", head + text)


@pytest.fixture
def letters() -> Callable[..., Iterator[Outgoing]]:
    """Letters 0, 1, 2 … to reader0, reader1, reader2 …"""
    return _letters


class Post:
    """Collects reports and sees that no letter is reported twice."""

    def __init__(self) -> None:
        self.found: dict[int, Delivery] = {}

    def __call__(self, key: int, delivery: Delivery) -> None:
        assert key not in self.found
        self.found[key] = delivery

    @property
    def states(self) -> Counter[str]:
        return Counter(delivery.state for delivery in self.found.values())


@pytest.fixture
def post() -> Post:
    return Post()
