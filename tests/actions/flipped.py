"""A bundle with single bytes changed: every one must be found, at its line. `make bundle-bytes` changes a thousand."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from laurea import bundle
from laurea.settings import Settings
from laurea.store import migrate, rounds
from laurea.store.engine import open_engine, reading


def missed(content: bytes, changes: int, seed: int) -> list[int]:
    """Change so many random bytes of a bundle, one at a time; the places where that was not named at its line.

    A line feed belongs to the lines on both its sides; with it, lines are missing or more.
    """
    rng, found = random.Random(seed), []
    lines = content.count(b"\n")
    for _ in range(changes):
        place = rng.randrange(len(content))
        other = rng.choice([byte for byte in range(256) if byte != content[place]])
        touched = content[:place] + bytes([other]) + content[place + 1 :]
        line = content.count(b"\n", 0, place) + 1
        named = {number for number, _ in bundle.check(touched).faults}
        feeds = 10 in (other, content[place]) and named & {line - 1, lines - 2, lines - 1, lines}
        if line not in named and not feeds:
            found.append(place)
    return found


def main(changes: int = 1000) -> int:
    """Play a small round, bundle it, change it so often; 0 where every change was found."""
    from tests.actions.conftest import round_on  # only here: it brings the whole demo with it

    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite+pysqlite:///{folder}/laurea.db")
        migrate.upgrade(engine)
        here = round_on(engine, Settings(workspace=Path(folder)), Path(folder))
        here.settle()
        with reading(engine) as connection:
            record = rounds.round_by_id(connection, here.round_id)
            now = here.after_deadline + timedelta(days=90)
            content = bundle.write(connection, record, settings=here.settings, now=now)
        engine.dispose()
    seed = int(os.environ.get("SEED", "1"))
    lost = missed(content, changes, seed)
    sys.stdout.write(f"{len(content):,} bytes, {len(content.splitlines()):,} lines, seed {seed}\n")
    for place in lost:
        sys.stdout.write(f"not found: byte {place}\n")
    sys.stdout.write(f"{changes - len(lost)} of {changes}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
