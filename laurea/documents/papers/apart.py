"""Papers drawn in a process of their own, which is replaced from time to time.

The engine keeps what it worked out for every paper and has no way to let go of it: some 0.2 MB a paper, for ever. Here
that memory goes with its process. The process ends with ours, however ours ends: what it reads from is closed then.
"""

from __future__ import annotations

import atexit
import json
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from laurea.documents.papers import engine
from laurea.documents.papers.engine import HERE, NoSuchSign
from laurea.errors import BadInput

MOST = 300  # papers of one process; another takes a third of a second to start
_HEAD = struct.Struct(">cQ")  # what it is, and how many bytes follow
_ASKED, _PDF, _SIGN, _WRONG = b"A", b"P", b"S", b"W"


class _Hand:
    """The process that draws now. One paper at a time: the others wait, which keeps the machine for the portal."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.drawn = 0

    def asked(self, question: bytes) -> tuple[bytes, bytes]:
        """What the process says to a question; one that died meanwhile is replaced, once."""
        with self.turn:
            if self.drawn >= MOST:
                self.stop()
            try:
                return self._said(question)
            except (OSError, EOFError):
                self.stop()
                return self._said(question)

    def _said(self, question: bytes) -> tuple[bytes, bytes]:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        self.drawn += 1
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        _write(self.process.stdin, _ASKED, question)
        return _read(self.process.stdout)

    def stop(self) -> None:
        """Let the process go."""
        process, self.process, self.drawn = self.process, None, 0
        if process is not None:
            process.kill()
            process.communicate()


_HAND = _Hand()
atexit.register(_HAND.stop)


def draw(template: Path, values: Mapping[str, Any], root: Path = HERE) -> bytes:
    """As `engine.draw`, in the process beside ours."""
    question = json.dumps([str(template), dict(values), str(root)], ensure_ascii=False)
    what, answer = _HAND.asked(question.encode())
    if what == _PDF:
        return answer
    says = json.loads(answer)
    if what == _SIGN:
        raise NoSuchSign(*says)
    raise BadInput(says[0], remedy=says[1])


def _write(stream: IO[bytes], what: bytes, content: bytes) -> None:
    stream.write(_HEAD.pack(what, len(content)))
    stream.write(content)
    stream.flush()


def _read(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """What comes next. Raises EOFError where nothing whole does."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    what, size = _HEAD.unpack(head)
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return what, content


def _serve() -> None:
    """Draw what is asked for until nobody asks any more."""
    asks, says = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            _, question = _read(asks)
        except EOFError:
            return
        template, values, root = json.loads(question)
        try:
            _write(says, _PDF, engine.draw(Path(template), values, Path(root)))
        except NoSuchSign as wrong:
            _write(says, _SIGN, json.dumps([wrong.holder, wrong.sign]).encode())
        except BadInput as wrong:
            _write(says, _WRONG, json.dumps([wrong.says, wrong.remedy]).encode())


if __name__ == "__main__":
    _serve()
