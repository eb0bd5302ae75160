"""An edition told in a terminal: what `laurea rules show` and `laurea rules list` print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

Section = tuple[str, list[tuple[str, str, int]]]  # a heading; what is said, what stands beside it, how deep


def tell_edition(told: Mapping[str, Any]) -> None:
    """A described edition. Where nobody sees a terminal no line is broken, so that it can be searched."""
    out = Console()
    out.soft_wrap = not out.is_terminal
    out.print(f"[bold]{escape(told['title'])}[/bold]  {told['rule_set']}  {told['digest'][:12]}", highlight=False)
    for heading, lines in [*_demands(told), *_ends(told), *_declared(told)]:
        if lines:
            out.print(f"\n[bold]{escape(heading)}[/bold]", highlight=False)
        for says, beside, deep in lines:
            out.print(f"{'  ' * deep}{escape(says)}  [dim]{escape(beside)}[/dim]", highlight=False)


def _demands(told: Mapping[str, Any]) -> Iterator[Section]:
    """Clauses block by block, the scales of the criteria, and who marks."""
    blocks = dict.fromkeys([one["block"] for one in told["clauses"]] + ["rubric"] * bool(told["criteria"]))
    for block in blocks:
        lines = [(one["title"], f"{one['id']}: {one['scale']}", 1) for one in told["criteria"] if block == "rubric"]
        for one in told["clauses"]:
            if one["block"] == block:
                lines.append((one["says"], f"{one['id']}, {one['cite']}", 1))
                if block == "selection":
                    lines.append((one["condition"], "", 2))
        yield block, lines
    jury = {name: value for name, value in (told["jury"] or {}).items() if value and value != "0"}
    yield (
        "who marks",
        [(name.replace("_", " "), _listed(value), 1) for name, value in jury.items()],
    )


def _listed(value: Any) -> str:
    """A value in one line: what it lists, or each part with its figure."""
    parts = [f"{name.replace('_', ' ')} {part}" for name, part in value.items()] if isinstance(value, dict) else value
    return ", ".join(parts) if isinstance(parts, list) else str(parts)


def _ends(told: Mapping[str, Any]) -> Iterator[Section]:
    """Outcomes, days, appeals and open questions."""
    yield "outcomes, in this order", [(one["title"], f"{one['id']}: {one['when']}", 1) for one in told["outcomes"]]
    for name in ("validity", "milestones", "appeals"):
        lines = [(one["says"], f"{one['id']}: {one['condition']}", 1) for one in told[name]]
        if name == "appeals":
            lines += [(one["title"], f"{one['id']}: {one['when']}", 1) for one in told["appeal_outcomes"]]
        yield name, lines
    lines = []
    for one in told["policies"]:
        answers = ", ".join(one["options"]) or one["type"]
        lines.append((f"{one['id']}: {one['asks']} ({answers})", one["cite"], 1))
    yield "open questions the round must answer", lines


def _declared(told: Mapping[str, Any]) -> Iterator[Section]:
    """Parameters, and what is asked about an application and an appeal."""
    lines = []
    for one in told["parameters"]:
        value = one["value"] if isinstance(one["value"], str) else ", ".join(one["value"])
        more = ", a round may change it" if one["overridable"] else ""
        lines.append((f"{one['id']} = {value}", f"{one['type']}{more}; {one['cite']}", 1))
    yield "parameters", lines
    yield "derived values", [(one["means"] or one["id"], f"{one['id']} = {one['value']}", 1) for one in told["derived"]]
    for name, heading in (("facts", "facts"), ("appeal_facts", "facts of an appeal")):
        lines = []
        for one in told[name]:
            whose = "the register " + one["source"] if one["source"] else "the " + one["supplied_by"]
            shown = ", for information only" if one["for_information"] else ""
            lines.append((one["means"], f"{one['id']}: {_kind(one)}, from {whose}{shown}", 1))
            lines += [(item["means"], f"{one['id']}.{item['id']}: {_kind(item)}", 2) for item in one["fields"]]
        yield heading, lines


def tell_list(rows: Iterable[Mapping[str, Any]]) -> None:
    """One line an edition, so that a search and a narrow terminal can read it."""
    for row in rows:
        days = f"{row['from'] or '…'} to {row['until'] or '…'}" if row["from"] or row["until"] else ""
        about = ", ".join(text for text in (row["country"], days) if text)
        print(f"{row['rule_set']}  {row['title']}" + (f" ({about})" if about else ""))


def _kind(one: Mapping[str, Any]) -> str:
    """The type of a fact with what it may hold."""
    words = f" ({', '.join(one['words'])})" if one["words"] else ""
    places = f" with {one['scale']} decimals" if one["scale"] else ""
    unit = f" in {one['unit']}" if one["unit"] else ""
    return f"{one['type']}{words}{places}{unit}"
