"""What a worked case expects, held against what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from evaluators.decide import STATUS

WORDS = {  # what an expectation may say
    "screening": ("eligible", "ineligible", "undecided", "needs_evidence"),
    "status": ("decided", "undecided", "needs_evidence", "awaiting_scores"),
}


def compared(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Where a row of verdicts is not what a case expects, in words."""
    found: list[str] = []
    for key, asked in wanted.items():
        got, value = _compared(row, key, asked)
        if got != value:
            words = WORDS.get(key, ())
            hint = "" if not words or value in words else f" ('{value}' is none of {', '.join(words)})"
            found.append(f"{key} is {_open(row) if got is None and key == 'outcome' else got}, expected {value}{hint}")
    return found


def _open(row: Mapping[str, Any]) -> str:
    """Why there is no outcome."""
    waits = [*(row.get("policies") or []), *(row.get("needs") or [])]
    return f"open, {row.get('status')}" + (f": it waits for {', '.join(waits)}" if waits else "")


def _compared(row: Mapping[str, Any], key: str, asked: Any) -> tuple[Any, Any]:
    """What was found and what was asked, in the same shape."""
    if key == "clauses":
        words = {True: "true", False: "false"}
        got = {name: STATUS[row[f"clause.{name}"]] if f"clause.{name}" in row else "no such clause" for name in asked}
        return got, {name: words.get(one, one) for name, one in asked.items()}
    if key == "points":
        return row["points_shown"], None if asked is None else str(asked)
    if key == "milestones":
        got = {name: row.get(f"milestone.{name}", "no such milestone") for name in asked}
        return {name: _plain(one) for name, one in got.items()}, asked
    if key == "appeal":
        heard = row.get("appeal")
        if heard is None or not isinstance(asked, dict):
            return heard and heard["outcome"], asked
        pairs = {name: _compared(heard, name, one) for name, one in asked.items()}
        return {name: one[0] for name, one in pairs.items()}, {name: one[1] for name, one in pairs.items()}
    found = _plain(row.get(key, "no such column"))
    return (sorted(found) if isinstance(found, list) else found), (sorted(asked) if isinstance(asked, list) else asked)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
