"""Compose: a kind, a key, a recipient and data become the bytes of one letter to one person.

The same input gives the same bytes, and the `Message-ID` comes from the key: the same letter twice is the same
letter, here, at the relay and in the reader's mailbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any

from notifications import addresses, catalogue, dates, mime
from notifications.catalogues import known_language
from notifications.errors import BadData, BadTemplate
from notifications.render import render, render_subject
from notifications.text import clean, shorten
from notifications.wording import Said, Wording, write

LONGEST_SUBJECT = 200  # characters; the outbox has room for 300
LONGEST_NAME = 120  # characters of a person's name in a header


@dataclass(frozen=True)
class Recipient:
    """Who a letter goes to: one person, one address, the language this person reads."""

    person_id: int
    name: str
    address: str
    language: str


@dataclass(frozen=True)
class Letter:
    """A composed letter. `content` is what will be sent, to the byte; `language` is the one it was written in."""

    key: str
    kind: str
    recipient: Recipient
    language: str
    subject: str
    content: bytes
    message_id: str
    fault: str = ""  # why the round's own text of it could not be used, so that the house's stands here


def message_id(key: str, domain: str) -> str:
    """The `Message-ID` that belongs to a key: the same for ever, and no way back to the key."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def compose(
    kind: str,
    key: str,
    recipient: Recipient,
    data: Mapping[str, Any],
    *,
    sender: str,
    now: datetime,
    domain: str = "",
    house: str = "Laurea",
    timezone: str = "UTC",
    wordings: Mapping[tuple[str, str], Wording] = MappingProxyType({}),
) -> Letter:
    """Write a letter of `kind` to `recipient`.

    `data` is what the kind needs (notifications.catalogue); `sender` the address it comes from; `now`, with a time
    zone, becomes its date; `domain` is the right half of the `Message-ID` (the sender's domain if empty); `house` is
    the name it is signed with; `timezone` the place whose clock its dates and deadlines follow; `wordings` are texts of
    one's own by kind and language, and where one cannot be used the house's stands in its place and `fault` says why.
    Raises BadData, BadAddress or BadTemplate; nothing else goes wrong later.
    """
    if now.tzinfo is None:
        raise BadData("The moment a letter is written at has no time zone.", "Pass an aware datetime.")
    described = catalogue.kind_of(kind)
    to, origin = addresses.parse(recipient.address), addresses.parse(sender)
    language = known_language(recipient.language)
    name, house = clean(recipient.name), clean(house)
    written_on = dates.day(dates.in_zone(now, timezone).date(), language)
    values = catalogue.words(catalogue.read(described, data), language, timezone)
    values |= {"name": name, "house": house, "written_on": written_on}
    said, fault = _said(kind, language, values, wordings.get((kind, language)))
    subject = said.subject
    identity = message_id(key, addresses.parse(f"x@{domain}").domain if domain else origin.domain)
    headers = (
        mime.address_header("From", house, str(origin)),
        mime.address_header("To", shorten(name, LONGEST_NAME), str(to)),
        mime.text_header("Subject", subject),
        f"Date: {format_datetime(now.astimezone(UTC))}\r\n",
        f"Message-ID:\r\n {identity}\r\n",
        "Auto-Submitted: auto-generated\r\n",
        f"Content-Language: {language}\r\n",
        *_unsubscribe(described, values),
    )
    content = mime.message(
        headers,
        text=said.text.strip() + "\n",
        html=said.html,
        boundary=f"=_{hashlib.sha256(identity.encode()).hexdigest()[:32]}",
    )
    return Letter(key, kind, recipient, language, subject, content, identity, fault)


def _said(kind: str, language: str, values: dict[str, Any], own: Wording | None) -> tuple[Said, str]:
    """Subject, text and HTML: in one's own words where they can be used, else in the house's, with the reason."""
    fault = ""
    if own is not None:
        try:
            found = write(kind, language, own, values)
            return replace(found, subject=shorten(clean(found.subject), LONGEST_SUBJECT)), ""
        except BadTemplate as error:
            fault = str(error)
    values["subject"] = subject = shorten(clean(render_subject(kind, language, values)), LONGEST_SUBJECT)
    text, html = render(f"{kind}/body.txt", language, values), render(f"{kind}/body.html", language, values)
    return Said(subject, text, html), fault


def _unsubscribe(kind: catalogue.Kind, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The headers by which a mail program offers to end such letters with one click (RFC 8058)."""
    if kind.ground is not catalogue.Ground.COURTESY:
        return ()
    return (
        f"List-Unsubscribe:\r\n <{values['unsubscribe']}>\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    )
