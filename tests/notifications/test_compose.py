"""Letters as bytes: headers, determinism, what names and titles may not do."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import mime
from notifications.compose import LONGEST_SUBJECT, Recipient, compose
from notifications.errors import BadAddress, BadData
from notifications.samples import samples

SIGN_IN = {"link": "https://laurea.example/enter#1", "minutes": 10, "place": "jury"}
DECISION = next(dict(data) for kind, data in samples("en") if kind == "decision")
ALLOWED = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]
# What people (and others) have put into name fields to reach the header.
EVIL = [
    "A\r\nBcc: evil@x.example",
    "A\nBcc: evil@x.example",
    "A\rBcc: evil@x.example",
    "A\r\n\r\n<h1>body</h1>",
    "A\x00B",
    "A\x0bBcc: evil@x.example",
    "A\x0cBcc: evil@x.example",
    "A\x85Bcc: evil@x.example",
    "A\u2028Bcc: evil@x.example",
    "A\u2029Bcc: evil@x.example",
    "A\r\n\tBcc: evil@x.example",
    "victim@x.example, evil@x.example",
    "A <evil@x.example>",
    '"A" <evil@x.example>, ',
    "A; B: evil@x.example",
    "(comment) evil@x.example",
    "=?utf-8?q?A=0D=0ABcc:_evil@x.example?=",
    "=?utf-8?b?QQ0KQmNjOiBldmlsQHguZXhhbXBsZQ==?=",
    "\u202eelpmaxe.x@live\u202c",
    "\u2066name\u2069",
    "A\ud800B",
    "A" * 5000,
    "ნ" * 2000,
    " ",
    "",
    "%(name)s %s {{ 7*7 }} {% raw %}",
    "$(id)`id`",
]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("language", ["en", "ka"])
def test_a_name_never_becomes_a_header(evil, language, write, opened):
    data = DECISION | {"round": evil[:4000] or "x", "unit": evil[:4000]} if evil.strip() else DECISION
    letter = write("decision", data, language, name=evil, house=evil)
    message = opened(letter)
    assert message.keys() == ALLOWED
    assert [str(address.addr_spec) for address in message["To"].addresses] == ["reader@school.example"]
    assert [str(address.addr_spec) for address in message["From"].addresses] == ["post@laurea.example"]
    assert len(letter.subject) <= LONGEST_SUBJECT
    assert letter.subject.isprintable()
    assert "\u202e" not in message["To"].addresses[0].display_name
    assert all(len(line) <= 998 for line in letter.content.split(b"\r\n"))
    assert letter.content.isascii()


LINE = st.text(st.sampled_from("a .=\t\x7fšQ\u10d0"), max_size=200)


@given(text=st.lists(LINE, max_size=6).map("\n".join), html=st.lists(LINE, max_size=6).map("\n".join))
def test_both_texts_are_read_as_they_were_written_in_short_lines(text, html):
    content = mime.message([], text, html, "=_border")
    assert content.replace(b"\r\n", b"").translate(None, b"\r\n") == content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 76
    parts = message_from_bytes(content, policy=policy.default).iter_parts()
    read = [part.get_content().replace("\r\n", "\n").removesuffix("\n") for part in parts]
    assert read == [text.removesuffix("\n"), html.removesuffix("\n")]


@given(shown=st.text(), subject=st.text())
def test_headers_hold_one_line_of_text_each(shown, subject):
    lines = (mime.text_header("Subject", subject) + mime.address_header("To", shown, "a@b.example")).split("\r\n")
    assert lines[-1] == ""
    starts = [line for line in lines[:-1] if not line.startswith(" ")]
    assert [line.split(":")[0] for line in starts] == ["Subject", "To"]
    assert all(line.isascii() and line.isprintable() and len(line) <= 78 and line.strip() for line in lines[:-1])


@pytest.mark.parametrize("name", ["ნინო ბერიძე", "Günel Əliyeva", "Ilze Kalniņa", "Maria O’Brien", "Jean Dupont, père"])
def test_a_name_survives_as_it_is(name, write, opened):
    message = opened(write("sign_in", SIGN_IN, "en", name=name))
    assert message["To"].addresses[0].display_name == name


def test_long_foreign_subject_survives(write, opened):
    title = "ეროვნული ხარისხის ნიშანი 2025, მესამე რაუნდი"
    letter = write("decision", DECISION | {"round": title}, "ka")
    assert opened(letter)["Subject"] == letter.subject
    assert title in letter.subject


def test_html_in_names_is_text(write, opened):
    evil = '<script>alert(1)</script><img src=x onerror="x">&amp;'
    reason = {"says": evil, "met": False, "measured": evil, "cite": evil}
    data = DECISION | {"unit": evil, "round": evil, "reasons": [reason]}
    html = opened(write("decision", data, "en", name=evil, house=evil)).get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&amp;amp;" in html


def test_quotes_in_a_link_do_not_leave_the_attribute(write, opened):
    link = 'https://laurea.example/a?x="onmouseover="alert(1)'
    html = opened(write("sign_in", SIGN_IN | {"link": link})).get_body(("html",)).get_content()
    assert '"onmouseover' not in html


def test_the_same_letter_twice_is_the_same_letter(write):
    assert write("decision", DECISION, "ka").content == write("decision", DECISION, "ka").content


def test_message_id_comes_from_the_key_alone(write):
    first = write("sign_in", SIGN_IN, key="sign_in:1:a")
    again = write("sign_in", SIGN_IN | {"minutes": 3}, "lv", key="sign_in:1:a")
    other = write("sign_in", SIGN_IN, key="sign_in:1:b")
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.endswith("@laurea.example>")
    assert write("sign_in", SIGN_IN, domain="მაგალითი.ge").message_id.endswith("@xn--lodafveble.ge>")


def test_headers_of_a_letter_nobody_should_answer(write, opened, now):
    letter = write("sign_in", SIGN_IN)
    message = opened(letter)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].strip() == letter.message_id
    assert parsedate_to_datetime(message["Date"]) == now
    assert "Reply-To" not in message
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in message.iter_parts()} <= {"quoted-printable", "base64"}


def test_a_moment_without_time_zone_is_refused(write):
    with pytest.raises(BadData, match="time zone"):
        write("sign_in", SIGN_IN, now=datetime(2025, 6, 30, 9, 0))  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize(
    "address",
    [
        "a@b@c.example",
        "a@b.example, c@d.example",
        "a@b.example\r\nRCPT TO:<evil@x.example>",
        "a@b.example\n",
        "a@b.example>",
        "<a@b.example>",
        "Name <a@b.example>",
        '"a b"@c.example',
        "a b@c.example",
        "a@",
        "@b.example",
        "nobody",
        "",
        "a..b@c.example",
        ".a@c.example",
        "a@-b.example",
        "a@b..example",
        "a@[127.0.0.1]",
        "a@b.example\x00",
        "ნინო@school.example",
        "a" * 65 + "@b.example",
        "a@" + "b." * 130 + "example",
        "a@b_c.example",
        "a@\u202eb.example",
    ],
)
def test_an_address_that_is_not_one_address_is_refused(address, write):
    with pytest.raises(BadAddress):
        write("sign_in", SIGN_IN, address=address)
    with pytest.raises(BadAddress):
        write("sign_in", SIGN_IN, sender=address)


def test_an_international_domain_travels_as_a_label(write, opened):
    letter = write("sign_in", SIGN_IN, address="Nino@მაგალითი.GE")
    assert str(opened(letter)["To"].addresses[0].addr_spec) == "Nino@xn--lodafveble.ge"


def test_a_look_alike_domain_is_shown_for_what_it_is_and_one_of_two_scripts_refused(write, opened):
    wholly = "a@\u0440\u0430\u0443\u0440\u0430\u04cf.example"  # Cyrillic from end to end
    assert str(opened(write("sign_in", SIGN_IN, address=wholly))["To"].addresses[0].domain).startswith("xn--")
    with pytest.raises(BadAddress, match="several scripts"):
        write("sign_in", SIGN_IN, address="a@\u0440\u0430ypal.example")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deadline": None}, "deadline"),
        ({"deadline": "2025-06-16T18:00:00"}, "deadline"),
        ({"count": "2"}, "count"),
        ({"count": -1}, "count"),
        ({"count": True}, "count"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://laurea.example/\r\nx"}, "link"),
        ({"link": "//laurea.example"}, "link"),
        ({"round": ""}, "round"),
        ({"round": {"en": "x"}}, "round"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_data_that_does_not_fit_the_kind_is_refused(change, field, write):
    data = {"round": "x", "count": 2, "deadline": "2025-06-16T18:00:00+04:00", "link": "https://laurea.example"}
    with pytest.raises(BadData, match=field):
        write("assignment", data | change)


def test_missing_data_is_named(write):
    with pytest.raises(BadData, match="minutes: Field required"):
        write("sign_in", {"link": "https://laurea.example", "place": ""})


def test_an_unknown_kind_names_those_there_are(write):
    with pytest.raises(BadData, match="decision"):
        write("party", {})


def test_an_unknown_language_gets_english(now):
    letter = compose(
        "sign_in", "k", Recipient(1, "A", "a@b.example", "ja-JP"), SIGN_IN, sender="post@laurea.example", now=now
    )
    assert letter.language == "en"
    assert letter.subject == "Your link to sign in"


def test_each_letter_holds_its_own_reader_and_no_other(now):
    letters = [
        compose(
            "decision",
            f"decision:{number}",
            Recipient(number, f"canary-name-{number}-", f"canary{number}@school.example", "en"),
            DECISION | {"application": f"canary-ref-{number}-", "unit": f"canary-unit-{number}-"},
            sender="post@laurea.example",
            now=now,
        )
        for number in range(60)
    ]
    for number, letter in enumerate(letters):
        text = letter.content.replace(b"=\r\n", b"").decode()
        for word in ("name", "ref", "unit"):
            assert f"canary-{word}-{number}-" in text
        assert not [other for other in range(60) if other != number and f"canary-ref-{other}-" in text]
    assert len({letter.message_id for letter in letters}) == 60
