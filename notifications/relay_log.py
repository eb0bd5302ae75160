"""The relay's own log: which letters it has taken, whatever the connection told us."""

from __future__ import annotations

import re
from pathlib import Path

_ID = re.compile(rb"message-id=<?([^<>\s,]+@[^<>\s,]+)>?", re.IGNORECASE)
_CLEANUP = re.compile(rb"postfix\S*/cleanup\[\d+\]: ([0-9A-Za-z]+): ")
_QUEUED = re.compile(rb"postfix\S*/qmgr\[\d+\]: ([0-9A-Za-z]+): from=")


def taken(log: Path, wanted: set[str]) -> set[str] | None:
    """Those of these message ids (without brackets) that the relay has taken; None where the log cannot be read.

    Postfix writes a Message-ID down while the letter is still coming in, and throws the letter away if its end never
    comes: there only the queue manager's line counts. In other logs the Message-ID alone counts.
    """
    found: set[str] = set()
    coming: dict[bytes, str] = {}
    try:
        with log.open("rb") as lines:
            for line in lines:
                if queued := _QUEUED.search(line):
                    if (one := coming.pop(queued[1], None)) is not None:
                        found.add(one)
                elif named := _ID.search(line):
                    one = named[1].decode("ascii", "replace")
                    if one not in wanted:
                        continue
                    if cleanup := _CLEANUP.search(line):
                        coming[cleanup[1]] = one
                    else:
                        found.add(one)
    except OSError:
        return None
    return found
