"""What mail servers write about letters later on, in the many ways they do; and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import postmark, reports

HEAD = (
    b"From: MAILER-DAEMON@relay.example\r\nTo: bounces@laurea.example\r\nSubject: Undelivered Mail\r\n"
    b"MIME-Version: 1.0\r\n"
)
KEY = b"k" * 32
MARK = postmark.mark(KEY, 17, "<a@laurea.example>")


def dsn(action: str, status: str, words: str = "550 nobody", carried: bytes = b"") -> bytes:
    """A report as RFC 3464 has it; `carried` is the letter it brings back."""
    block = f"Final-Recipient: rfc822; a@b.example\r\nAction: {action}\r\nStatus: {status}\r\n"
    block += f"Diagnostic-Code: smtp; {words}\r\n"
    return (
        HEAD + b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; relay.example\r\n\r\n" + block.encode() + b"\r\n--b\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + carried + b"\r\n--b--\r\n"
    )


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "hard"),
        ("Failed", "5.0.0", "hard"),
        ("failed", "", "hard"),
        ("failed", "4.4.7", "given_up"),
        ("failed", "5.2.2 (full)", "given_up"),
        ("delayed", "4.4.1", "soft"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "none"),
        ("expanded", "2.0.0", "none"),
        ("nonsense", "5.1.1", "none"),
    ],
)
def test_reports_by_the_standard(action, status, kind):
    found = reports.read(dsn(action, status))
    assert found.kind == kind
    assert kind == "none" or "nobody" in found.reason


def test_the_worst_of_several_recipients_counts():
    content = dsn("delivered", "2.0.0").replace(
        b"\r\n--b\r\nContent-Type: message/rfc822",
        b"\r\nFinal-Recipient: rfc822; c@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        b"Content-Type: message/rfc822",
    )
    assert reports.read(content).kind == "hard"


def test_a_report_that_a_letter_carries_along_is_not_a_report():
    inner = dsn("failed", "5.1.1").replace(b'"b"', b'"i"').replace(b"--b", b"--i")
    assert reports.read(dsn("delayed", "4.4.1", carried=inner)).kind == "soft"


QMAIL = b"""\
Hi. This is the qmail-send program at relay.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<a@b.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Subject: x
"""
EXIM = b"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  a@b.example
    unknown user

------ This is a copy of the message, including all the headers. ------
"""


@pytest.mark.parametrize(("body", "extra"), [(QMAIL, b""), (EXIM, b"X-Failed-Recipients: a@b.example\r\n")])
def test_reports_of_servers_that_follow_no_standard(body, extra):
    assert reports.read(HEAD + extra + b"\r\n" + body).kind == "hard"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Automatic reply: your letter", "I am out of office until Monday."),
        ("Avtomatik cavab", "Mən məzuniyyətdəyəm."),
        ("Abwesenheitsnotiz", "Ich bin bis zum 3. Mai nicht im Büro."),
        ("Prombūtne", "Esmu atvaļinājumā."),
        ("ავტომატური პასუხი", "ოფისში არ ვარ."),
        ("Re: Decision", "Thank you very much! The delivery failed status 5.1.1 was funny."),
        ("WIN MONEY", "click here"),
    ],
)
def test_answers_of_people_and_their_programs_are_no_reports(subject, body):
    content = f"From: a@b.example\r\nSubject: {subject}\r\nAuto-Submitted: auto-replied\r\n\r\n{body}\r\n".encode()
    assert reports.read(content).kind == "none"


@given(st.binary(max_size=400))
def test_whatever_comes_is_answered(rubbish):
    whole = dsn("failed", "5.1.1", carried=rubbish)
    for content in (rubbish, HEAD + rubbish, whole[:-9] + rubbish, whole[: len(rubbish)]):
        found = reports.read(content)
        assert len(found.reason) <= reports.LONGEST
        assert found.reason.isprintable()


def test_a_deep_or_endless_report_is_answered():
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2000))
    assert reports.read(HEAD + nested).kind == "none"
    assert reports.read(dsn("failed", "5.1.1") + b"x" * 3_000_000).kind == "hard"


def test_a_mark_is_found_wherever_a_report_has_it():
    for content in (
        dsn("failed", "5.1.1", carried=postmark.header(MARK)),
        b"Delivered-To: " + postmark.return_address("bounces@laurea.example", MARK).encode(),
        b"Original-Envelope-Id: " + MARK.encode() + b"\r\n",
    ):
        assert postmark.marks_in(content) == {17: MARK}
    assert postmark.marks_in(b"17-" + b"0" * 40) == {}


def test_a_mark_cannot_be_made_without_the_key():
    assert postmark.mark(b"x" * 32, 17, "<a@laurea.example>") != MARK
    assert postmark.mark(KEY, 18, "<a@laurea.example>").split("-")[1] != MARK.split("-")[1]
    assert postmark.mark(KEY, 17, "<b@laurea.example>") != MARK
    assert len(postmark.return_address("bounces@laurea.example", MARK).partition("@")[0]) <= 64
