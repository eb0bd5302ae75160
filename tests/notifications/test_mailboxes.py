"""A folder of an IMAP server: what is unread comes once, with what marks it as read."""

from __future__ import annotations

import re
import socketserver
import threading

import pytest

from notifications import mailboxes
from notifications.errors import RelayError


class Folder(socketserver.StreamRequestHandler):
    """The few words of IMAP that are needed here."""

    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline().decode():
            tag, word, *rest = line.split()
            answer = getattr(self, word.lower(), None)
            state = answer(rest, line) if answer else "OK done"
            self.say(f"{tag} {state}")
            if word == "LOGOUT":
                return

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def capability(self, *_):
        self.say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def login(self, rest, _):
        return "OK in" if rest == ["me", '"p@ss"'] else "NO who are you"

    def select(self, rest, _):
        self.say(f"* {len(self.server.letters)} EXISTS")
        return "OK here" if rest == ['"Reports"'] else "NO such folder"

    def uid(self, rest, line):
        letters, seen = self.server.letters, self.server.seen
        if rest[0] == "SEARCH":
            self.say("* SEARCH " + " ".join(str(one) for one in letters if one not in seen))
        elif rest[0] == "FETCH":
            content = letters[int(rest[1])]
            self.wfile.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (rest[1].encode(), len(content), content))
        elif rest[0] == "STORE":
            assert re.search(r"\+FLAGS \(\\Seen\)", line)
            seen.add(int(rest[1]))
        return "OK done"


@pytest.fixture
def server():
    made = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Folder)
    made.letters, made.seen = {4: b"Subject: four\r\n\r\nx", 7: b"Subject: seven\r\n\r\n)\r\n"}, set()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_what_is_unread_comes_once(server):
    where = f"imap://me:p%40ss@127.0.0.1:{server.server_address[1]}/Reports"
    found = []
    for content, taken in mailboxes.unread(where):
        found.append(content)
        taken()
    assert found == list(server.letters.values())
    assert list(mailboxes.unread(where)) == []


def test_what_was_not_taken_comes_again(server):
    where = f"imap://me:p%40ss@127.0.0.1:{server.server_address[1]}/Reports"
    first = [content for content, _ in mailboxes.unread(where)]
    assert [content for content, _ in mailboxes.unread(where)] == first
    assert server.seen == set()


def test_a_wrong_password_is_trouble_and_a_wrong_folder_is_named(server):
    port = server.server_address[1]
    with pytest.raises(mailboxes.TROUBLE):
        list(mailboxes.unread(f"imap://me:wrong@127.0.0.1:{port}/Reports"))
    with pytest.raises(RelayError, match="Other"):
        list(mailboxes.unread(f"imap://me:p%40ss@127.0.0.1:{port}/Other"))


@pytest.mark.parametrize("where", ["imap://me:p@mail.example/x", "maildir:relative", "imaps://mail.example", "x"])
def test_an_address_that_cannot_be_used_is_refused_before_anything_is_asked(where):
    with pytest.raises(RelayError):
        list(mailboxes.unread(where))
