"""What a process tells about itself: lines of text, or of JSON for programs; with ids, never with names or texts.

Modules log with `logging.getLogger` as anywhere; figures and ids go into `extra`. Of an error its class and the places
in our code are written, never its words: they may hold an address, a name or a line somebody wrote.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog

__all__ = ["Form", "about", "begin", "lines"]

Form = Literal["text", "json"]
about = structlog.contextvars.bound_contextvars
"""Within it, every line carries these ids: `with about(request="…"):`."""

_ROOT = Path(__file__).resolve().parents[1]
_FIRST = ("time", "level", "logger", "event")
_OURS = ("laurea", "flows", "notifications")
_ENDS = re.compile(r"[:!(\"'`]")  # where other people's sentences begin to tell of the case at hand
Line = MutableMapping[str, Any]


def begin(form: Form, stream: TextIO | None = None) -> None:
    """Write all lines of this process in this form, on standard error if no stream is given.

    Text holds what somebody should look at; JSON also holds a line for each request of the portal.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(lines(form))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("laurea").setLevel(logging.INFO if form == "json" else logging.WARNING)


def lines(form: Form) -> logging.Formatter:
    """What makes such a line of a record; the engine's processes name it in cli/engine-logs.yml."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper("iso", utc=True, key="time"),
        ],
        processors=[
            _bare,
            _without_words,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _as_json if form == "json" else _as_text,
        ],
    )


def _bare(_logger: Any, _method: str, line: Line) -> Line:
    """What a library says, up to where the case at hand begins: the rest may be an error's words."""
    if str(line.get("logger", "")).partition(".")[0] not in _OURS:
        line["event"] = _ENDS.split(str(line["event"]), maxsplit=1)[0].strip()
    return line


def _without_words(_logger: Any, _method: str, line: Line) -> Line:
    """An error as its class, those behind it, and the places it passed; the closest to the fault comes last."""
    found = line.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["error"] = " < ".join(type(one).__name__ for one in _behind(error))
        line["where"] = [_place(frame) for frame in traceback.extract_tb(error.__traceback__)[-12:]]
    return line


def _behind(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found and len(found) < 5:
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _place(frame: traceback.FrameSummary) -> str:
    file = Path(frame.filename)
    inside = file.is_relative_to(_ROOT) and "site-packages" not in file.parts
    name = file.relative_to(_ROOT) if inside else Path(*file.parts[-2:])
    return f"{name}:{frame.lineno} {frame.name}"


def _as_json(_logger: Any, _method: str, line: Line) -> str:
    return json.dumps(_in_order(line), ensure_ascii=False, default=str)


def _as_text(_logger: Any, _method: str, line: Line) -> str:
    where = line.pop("where", [])
    line = _in_order(line)
    head = " ".join(str(line.pop(name)) for name in _FIRST if name in line)
    more = "".join(f" {name}={value}" for name, value in line.items())
    return "\n".join([head + more, *(f"  at {place}" for place in where)])


def _in_order(line: Line) -> Line:
    return {name: line[name] for name in _FIRST if name in line} | {k: v for k, v in line.items() if k not in _FIRST}
