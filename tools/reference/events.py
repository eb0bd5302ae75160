"""The page of events: what the audit writes down, what webhooks are told."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from laurea import events
from laurea.events import TOLD, Event
from laurea.store.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("laurea", "flows")
HEAD = """# Events, audit lines, webhooks

## An audit line

Every deed leaves a line in the transaction of the deed itself. Its columns:

| column | holds |
|---|---|
"""
COLUMNS = {
    "id": "its number in the records",
    "authority_id": "the office it belongs to",
    "round_id": "the round, where it is about one",
    "actor": "who did it: `person:12`, `token:3` (a program), `clock` or `system`",
    "subject": "what it is about, such as `round:4` or `application:77`",
    "event": "one of the events below",
    "details": "numbers and figures, never names or addresses",
    "chain": "which chain it is a link of: that of a round, or that of an office outside its rounds",
    "number": "its place in that chain",
    "seal": "the SHA-256 of what it says and of the seal before it",
    "at": "the moment, in UTC",
}
MIDDLE = """
[Checking a result](../checking-results.md#the-audit) says what the seals prove. A letter or a webhook call that a deed
causes is written down in the same transaction.

## Webhooks

{told} can be told to other programs. A call carries the event, the moment and the round's code, and nothing else;
headers and signature stand in [Programs](../api.md#webhooks).

```json
{{"type": "decisions_released", "timestamp": "2026-12-15T09:00:00+00:00", "data": {{"round": "example-2026"}}}}
```

## All events

Named in the past tense; the list is closed. Where a line is written tells what it means: each file there is one deed.

| event | webhooks | written by |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    parts += [f"| `{column.name}` | {COLUMNS[column.name]} |\n" for column in metadata.tables["audit"].columns]
    parts.append(MIDDLE.format(told=", ".join(f"`{one.value}`" for one in TOLD)))
    for one in Event:
        note = _notes().get(one.name, "")
        wrote = ", ".join(f"`{name}`" for name in writers()[one.name])
        parts.append(f"| `{one.value}`{f': {note}' if note else ''} | {'yes' if one in TOLD else ''} | {wrote} |\n")
    return "".join(parts)


@cache
def _notes() -> dict[str, str]:
    """What stands beside a name in `laurea/events.py`."""
    text = Path(str(events.__file__)).read_text(encoding="utf-8")
    found = re.findall(r"^    ([A-Z_]+) = \"\w+\"  # (?!noqa)(.+)$", text, re.MULTILINE)
    return dict(found)


@cache
def writers() -> dict[str, list[str]]:
    """The files that write each event, by its name; what only reads lines (pages, exports) is left out."""
    found: dict[str, list[str]] = {one.name: [] for one in Event}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if name.startswith(("laurea/web/", "laurea/cli/", "laurea/store/")) or name == "laurea/events.py":
                continue
            for one in set(re.findall(r"\bEvent\.([A-Z_]+)\b", file.read_text(encoding="utf-8"))):
                found[one].append(name)
    return found
