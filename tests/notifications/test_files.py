"""The relay for trials: each letter once, whole."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from notifications.delivery import Outgoing
from notifications.files import FileRelay
from notifications.smtp import send_all

CONTENT = b"From: a@b.example\r\nMessage-ID:\r\n <%d@b.example>\r\n\r\nText\r\n"


def _letters(count):
    return [Outgoing(number, "a@b.example", "c@d.example", CONTENT % number) for number in range(count)]


def test_a_letter_becomes_a_file_named_by_its_message_id(tmp_path):
    relay = FileRelay(tmp_path / "post")
    assert relay.take(_letters(1)[0]).state == "sent"
    name = f"{sha256(b'<0@b.example>').hexdigest()}.eml"
    assert [(path.name, path.read_bytes()) for path in relay.directory.iterdir()] == [(name, CONTENT % 0)]
    assert relay.holds("<0@b.example>")
    assert not relay.holds("<1@b.example>")


def test_a_letter_that_is_there_is_sent_and_stays_as_it_is(tmp_path):
    relay = FileRelay(tmp_path)
    first, changed = _letters(1)[0], Outgoing(0, "a@b.example", "c@d.example", CONTENT % 0 + b"changed")
    relay.take(first)
    assert relay.take(changed).state == "sent"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [first.content]


def test_what_was_left_by_a_killed_writer_does_not_count(tmp_path):
    relay = FileRelay(tmp_path)
    letter = _letters(1)[0]
    relay.path_of("<0@b.example>").with_suffix(".99999.tmp").write_bytes(b"half a let")
    assert not relay.holds("<0@b.example>")
    assert relay.take(letter).state == "sent"
    assert relay.path_of("<0@b.example>").read_bytes() == letter.content


def test_a_letter_without_message_id_fails(tmp_path):
    assert FileRelay(tmp_path).take(Outgoing(1, "a@b.example", "c@d.example", b"Subject: x\r\n\r\n")).state == "failed"


def test_a_folder_that_cannot_be_written_defers(tmp_path):
    (tmp_path / "post").write_text("a file where the folder should be")
    delivery = FileRelay(tmp_path / "post").take(_letters(1)[0])
    assert delivery.state == "deferred"


def test_send_all_twice_leaves_each_letter_once(tmp_path):
    reports = []
    for _ in range(2):
        asyncio.run(send_all(FileRelay(tmp_path), _letters(20), lambda key, found: reports.append((key, found.state))))
    assert sorted(reports) == sorted([(number, "sent") for number in range(20)] * 2)
    assert len(list(tmp_path.iterdir())) == 20
