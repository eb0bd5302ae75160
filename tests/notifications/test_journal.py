"""What is known of letters after their sender was ended: its journal, the relay's log."""

from __future__ import annotations

import pytest

from notifications import journal, relay_log
from notifications.delivery import Delivery

POSTFIX = """\
Nov 22 12:16:03 relay postfix/cleanup[15785]: 7DECB3EB450: message-id=<one@x.example>
Nov 22 12:16:03 relay postfix/qmgr[15779]: 7DECB3EB450: from=<p@x.example>, size=298, nrcpt=1 (queue active)
Nov 22 12:16:03 relay postfix/cleanup[15785]: 82E7A3EB452: message-id=<two@x.example>
Nov 22 12:16:04 relay postfix/cleanup[15785]: 92E7A3EB452: message-id=<three@x.example>
Nov 22 12:16:04 relay postfix/submission/smtpd[1]: lost connection after DATA (64 bytes) from localhost[127.0.0.1]
Nov 22 12:16:05 relay postfix/qmgr[15779]: 92E7A3EB452: from=<p@x.example>, size=298, nrcpt=1 (queue active)
"""


def test_a_journal_tells_what_was_begun_and_what_came_of_it(tmp_path):
    path = tmp_path / "deep" / "journal"
    with journal.Journal(path, "c1") as notes:
        for letter in (1, 2, 3):
            notes.begun(letter)
        notes.ended(1, Delivery("sent", "250 ok"))
        notes.ended(3, Delivery("deferred", 'a "quoted"\nreply ə'))
    known = journal.read(path)
    assert known is not None
    assert (known.claim, known.begun) == ("c1", {1, 2, 3})
    assert known.ended == {1: Delivery("sent", "250 ok"), 3: Delivery("deferred", 'a "quoted"\nreply ə')}
    with journal.Journal(path, "c2"):
        pass
    assert journal.read(path) == journal.Known("c2")


def test_what_came_of_an_earlier_try_says_nothing_of_the_next(tmp_path):
    path = tmp_path / "journal"
    with journal.Journal(path, "c1") as notes:
        notes.begun(1)
        notes.ended(1, Delivery("deferred", "451 later"))
        notes.begun(1)
    assert journal.read(path) == journal.Known("c1", {1}, {})


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"claim": "c"}', '{"claim": "c", "boot": ""}\n1\n'])
def test_a_journal_that_is_none_tells_nothing(tmp_path, text):
    path = tmp_path / "journal"
    path.write_text(text)
    assert journal.read(path) is None
    assert journal.read(tmp_path / "nowhere") is None


def test_a_journal_of_an_earlier_start_of_the_machine_tells_nothing(tmp_path, monkeypatch):
    path, boot = tmp_path / "journal", tmp_path / "boot"
    boot.write_text("monday\n")
    monkeypatch.setattr(journal, "BOOT", boot)
    with journal.Journal(path, "c1") as notes:
        notes.begun(1)
    assert journal.read(path) is not None
    boot.write_text("tuesday\n")
    assert journal.read(path) is None


def test_a_journal_cut_off_in_a_line_tells_nothing(tmp_path):
    path = tmp_path / "journal"
    with journal.Journal(path, "c1") as notes:
        notes.ended(1, Delivery("sent", "250 ok"))
    path.write_bytes(path.read_bytes()[:-5])
    assert journal.read(path) is None


def test_postfix_has_taken_what_its_queue_manager_knows(tmp_path):
    log = tmp_path / "mail.log"
    log.write_text(POSTFIX)
    wanted = {"one@x.example", "two@x.example", "three@x.example", "four@x.example"}
    assert relay_log.taken(log, wanted) == {"one@x.example", "three@x.example"}
    assert relay_log.taken(log, {"one@x.example"}) == {"one@x.example"}
    assert relay_log.taken(tmp_path / "nowhere", wanted) is None


def test_other_logs_are_believed_at_their_word(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"2026 taken Message-ID=<one@x.example> \xff\nmessage-id=two@x.example, to=<a@b>\n")
    assert relay_log.taken(log, {"one@x.example", "two@x.example"}) == {"one@x.example", "two@x.example"}
