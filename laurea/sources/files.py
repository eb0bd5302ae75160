"""The tables that come in: applications, their lists, jurors, conflicts and score sheets.

Each reader gives the rows that can be used and a refusal for each that cannot; a file that cannot be read at all
raises BadInput and gives nothing. `APPLICATION` and `laurea.sources.tables` name
every column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from laurea.errors import Refusal
from laurea.sources import cells
from laurea.sources.records import open_table
from laurea.sources.tables import (
    UNTIL,
    ImportedRows,
    Parse,
    read_conflicts,
    read_jurors,
    read_labels,
    read_pins,
    read_sheets,
    unknown_columns,
    usable_rows,
    values,
)
from rules.answers import word_problem
from rules.ruleset import Fact, Item, RuleSet

__all__ = [
    "ImportedApplications",
    "ImportedRows",
    "read_applications",
    "read_conflicts",
    "read_jurors",
    "read_labels",
    "read_pins",
    "read_sheets",
]


@dataclass(frozen=True)
class ImportedApplications(ImportedRows):
    """Applications as `evaluators.facts.to_frames` takes them, with the house's columns beside.

    A value refused in a list (`children`) leaves its row in place with that field unknown, so that a wrong date
    of one teacher never makes a school look as if it had one teacher fewer.
    """


APPLICATION: dict[str, tuple[Parse, bool]] = {
    "application_id": (cells.needed, True),
    "applicant_id": (cells.needed, True),
    "unit_id": (cells.needed, True),
    "submitted_at": (cells.moment, True),
    "country": (cells.country, False),
    "applicant_name": (cells.text, False),
    "applicant_email": (cells.email, False),
    "unit_name": (cells.text, False),
    "region": (lambda cell: cells.text(cell, 120), False),
    "institution": (cells.text, False),
    "language": (cells.language, False),
    "topics": (cells.words, False),
}
"""Columns of an application beside its facts: how each is read, and whether the file must have it."""

_KEPT = 4_096  # different cells of a column that are read once
_CONTACT = ("applicant_name", "applicant_email")
_NEVER_EMPTY = {"application_id", "applicant_id", "unit_id", "submitted_at"}
_MUST = [*(name for name, (_, always) in APPLICATION.items() if always), *_CONTACT]
APPLICATION_COLUMNS = (_MUST, [name for name in APPLICATION if name not in _MUST])
"""Columns a round's file of applications must have, and those it may have beside its facts."""


def read_applications(
    path: str | Path,
    ruleset: RuleSet,
    children: Mapping[str, str | Path] | None = None,
    *,
    contact: bool = True,
) -> ImportedApplications:
    """Applications with the facts a file supplies, and their lists from files of their own.

    Row keys: the columns of `APPLICATION` (text absent from the file is "", a country None), `row` (its line),
    `facts` {name: value or None} and `children` {name: rows}. `contact`: the file must name each applicant and
    an address, as a round needs; deciding without a round does not. An application_id that comes twice counts once,
    the first time. `children` maps a list fact of the rule set to its file; an application without a row there
    has an empty list.
    """
    refusals: list[Refusal] = []
    rows = list(each_application(path, ruleset, refusals, contact=contact))
    by_id = {row["application_id"]: row for row in rows}
    for name, child_path in (children or {}).items():
        items = each_item(name, child_path, ruleset, refusals)
        if is_list(name, ruleset):
            for application in by_id.values():
                application["children"][name] = []
        for line, ref, item in items:
            if ref in by_id:
                by_id[ref]["children"][name].append(item)
            else:
                refusals.append(nobodys(child_path, line, ref))
    return ImportedApplications(rows, refusals)


def each_application(
    path: str | Path, ruleset: RuleSet, refusals: list[Refusal], *, contact: bool = True, keep: bool = False
) -> Iterator[dict[str, Any]]:
    """The applications of a file one by one, as `read_applications` gives them; what is refused goes to `refusals`.

    Only the ids stay in memory. `keep`: a row with a fact that cannot be read stays, with that fact unknown.
    """
    scalars = {name: fact for name, fact in ruleset.facts.items() if fact.type != "list"}
    must = [name for name, (_, always) in APPLICATION.items() if always]
    file = open_table(path, [*must, *_CONTACT] if contact else must)
    known = {name: parse for name, (parse, _) in APPLICATION.items() if name in file.columns}
    supplied = {name: _parser(fact) for name, fact in scalars.items() if name in file.columns}
    refusals += unknown_columns(file, {*APPLICATION, *scalars})
    seen: dict[str, int] = {}
    for row in usable_rows(file, refusals):
        house, wrong = values(file, row, known, {*_NEVER_EMPTY, *_CONTACT} if contact else _NEVER_EMPTY)
        facts, wrong_facts = values(file, row, supplied)
        again = seen.get(house["application_id"] or "")
        if again is not None:
            remedy = "Remove the row, or give it an id of its own if it is another application."
            wrong = [file.refuse(row.line, "application_id", f"The id already stands in row {again}.", remedy)]
            wrong_facts = []
        stays = keep and not wrong
        refusals += wrong + (list(map(until_then, wrong_facts)) if stays else wrong_facts)
        if (wrong or wrong_facts) and not stays:
            continue
        seen[house["application_id"]] = row.line
        yield {name: house.get(name) or ("" if name != "country" else None) for name in APPLICATION} | {
            "row": row.line,
            "facts": {name: facts.get(name) for name in supplied},
            "children": {},
        }


def until_then(one: Refusal) -> Refusal:
    """The refusal of a value whose row is used without it."""
    return Refusal(one.file, one.row, one.field, one.problem, f"{one.remedy} {UNTIL}")


def is_list(name: str, ruleset: RuleSet) -> bool:
    """Whether the rule set knows a list of that name."""
    fact = ruleset.facts.get(name)
    return fact is not None and fact.type == "list"


def nobodys(path: str | Path, line: int, ref: str) -> Refusal:
    """The refusal of an item whose application is not there."""
    problem = f"There is no accepted application {ref[:80]}." if ref else "The cell is empty."
    remedy = "Correct the id, or the application it belongs to."
    return Refusal(Path(path).name, line, "application_id", problem, remedy)


def each_item(
    name: str, path: str | Path, ruleset: RuleSet, refusals: list[Refusal]
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The items of one list file: line, application_id and fields. A value that is refused stays unknown."""
    if not is_list(name, ruleset):
        lists = [known for known in ruleset.facts if is_list(known, ruleset)]
        remedy = f"Name one of its lists: {', '.join(lists)}." if lists else "Leave the file out."
        refusals.append(Refusal(Path(path).name, None, "", f"The rule set has no list {name}.", remedy))
        return
    parsers = {field_name: _parser(one) for field_name, one in ruleset.facts[name].fields.items()}
    file = open_table(path, ["application_id"])
    refusals += unknown_columns(file, {"application_id", *parsers})
    present = {field_name: parse for field_name, parse in parsers.items() if field_name in file.columns}
    for row in usable_rows(file, refusals):
        read, wrong = values(file, row, present)
        refusals += map(until_then, wrong)
        item = {field_name: read.get(field_name) for field_name in parsers}
        yield row.line, row.cells["application_id"].strip(), item


def _word(value: str, words: Sequence[str]) -> str:
    if wrong := word_problem(words, value):
        raise cells.WrongCell(*wrong)
    return value


def _parser(fact: Fact | Item) -> Parse:
    """How a cell of this fact's type is read, the same cell once. Empty cells never get here: they are unknown."""
    parsers: dict[str, Parse] = {
        "bool": cells.yes_no,
        "int": cells.whole,
        "decimal": lambda cell: cells.decimal(cell, fact.scale),
        "date": lambda cell: cells.day(cell).isoformat(),
        "moment": lambda cell: cells.moment(cell).isoformat(),
        "code": lambda cell: _word(cells.code(cell), fact.words),
    }
    return lru_cache(_KEPT)(parsers.get(fact.type, lambda cell: cells.text(cell, 5000, lines=True)))
