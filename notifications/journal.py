"""What a sender knew when it was ended: a file that says whose content was begun, and what became of it.

Records are written once a batch; between two batches only this file knows. A process that is ended leaves behind
what it had written here; a machine that goes down may not, so a journal of an earlier start of the machine tells
nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from notifications.delivery import Delivery, State

BOOT = Path("/proc/sys/kernel/random/boot_id")


def _boot() -> str:
    with suppress(OSError):
        return BOOT.read_text(encoding="ascii").strip()
    return ""


@dataclass
class Known:
    """What a journal tells of the letters taken under `claim`: what was never begun has certainly not left."""

    claim: str
    begun: set[int] = field(default_factory=set)
    ended: dict[int, Delivery] = field(default_factory=dict)


class Journal:
    """Notes of one sender about the letters it took under one claim; the notes before are gone."""

    def __init__(self, path: Path, claim: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._note({"claim": claim, "boot": _boot()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def begun(self, letter: int) -> None:
        """Its content is about to be written."""
        os.write(self._file, b"%d\n" % letter)

    def ended(self, letter: int, found: Delivery) -> None:
        """What became of it."""
        self._note([letter, found.state, found.reply])

    def _note(self, what: object) -> None:
        os.write(self._file, json.dumps(what).encode() + b"\n")


def read(path: Path) -> Known | None:
    """What the journal tells, or None: there is none, or it was kept before the machine last started."""
    try:
        first, *lines = path.read_text(encoding="ascii").splitlines()
        head: dict[str, Any] = json.loads(first)
        if not head["boot"] or head["boot"] != _boot():
            return None
        known = Known(head["claim"])
        for line in lines:
            note = json.loads(line)
            if isinstance(note, int):
                known.begun.add(note)
                known.ended.pop(note, None)  # of an earlier try under the same claim
            else:
                known.ended[note[0]] = Delivery(cast("State", note[1]), note[2])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return known
