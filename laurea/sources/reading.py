"""Applications and their lists from files into frames, some at a time, in the order of the file.

Only the ids and one batch are in memory: where there are list files, the batches wait in a temporary folder until every
item has found its application, so that a list file may be in any order. Parquet columns are never turned into rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from evaluators import fact_columns
from evaluators.facts import FactProblem, Frames, to_frames
from laurea.errors import Refusal
from laurea.sources import batches
from laurea.sources.files import is_list, nobodys, until_then
from rules.ruleset import RuleSet

_ITEMS = 200_000
_LARGE = 2**62
_AS_TEXT = {"type": "text", "scale": 0, "words": []}
Told = Callable[[str, int], None]


def frames(
    path: Path,
    rulesets: Sequence[RuleSet],
    children: Mapping[str, Path],
    refusals: list[Refusal],
    size: int,
    told: Told = lambda _what, _count: None,
    *,
    keep: bool = False,
) -> Iterator[list[Frames]]:
    """The applications as each rule set reads them, about `size` at a time; the frames of a batch have the same rows.

    What the first rule set cannot read of an application refuses it (`keep`: leaves that fact unknown, so that it still
    counts beside the others); what another cannot read stays unknown there and stands in its frames' `problems`,
    counted by the rows of the file. `told` hears what is done and to how many.
    """
    everything = _all_of(rulesets)
    found = _applications(path, everything, rulesets, refusals, size, keep)
    lists = [name for name in children if is_list(name, everything)]
    for name in children.keys() - set(lists):
        list(batches.items(name, children[name], everything, refusals))  # says which lists there are
    if not lists:
        yield from found
        return
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        shelf = _Shelf(Path(folder))
        places: list[pl.DataFrame] = []
        for number, parts in enumerate(found):
            shelf.keep(number, parts)
            batch = pl.lit(number, dtype=pl.UInt32).alias("_batch")
            places.append(parts[0].applications.select("application_id", "_row", batch))
            told("reading", parts[0].applications.height)
        if not places:
            return
        where = pl.concat(places)
        for name in lists:
            _spread(shelf, name, children[name], everything, rulesets, where, refusals, told)
        for number in range(len(places)):
            yield shelf.batch(number, rulesets, lists)


def _all_of(rulesets: Sequence[RuleSet]) -> RuleSet:
    """A rule set that knows the facts of all. What only a later one asks for is read as text: it refuses nobody."""
    first, *others = rulesets
    facts = dict(first.facts)
    for other in others:
        for name, fact in other.facts.items():
            mine = facts.get(name)
            if fact.type != "list":
                facts.setdefault(name, fact.model_copy(update=_AS_TEXT))
            elif mine is None or mine.type == "list":
                fields = {key: one.model_copy(update=_AS_TEXT) for key, one in fact.fields.items()}
                known = mine.fields if mine else {}
                facts[name] = fact.model_copy(update={"fields": {**fields, **known}})
    return first.model_copy(update={"facts": facts}) if others else first


def _applications(
    path: Path, everything: RuleSet, rulesets: Sequence[RuleSet], refusals: list[Refusal], size: int, keep: bool
) -> Iterator[list[Frames]]:
    lists = {name for name in everything.facts if is_list(name, everything)}
    if batches.is_parquet(path):
        table, columns, _ = batches.parquet(path)
        kind = table.collect_schema()["application_id"]
        if not lists & set(columns) and (kind == pl.String or kind.is_integer()):
            yield from _tables(path, table, everything, rulesets, refusals, size, keep)
            return
    rows = batches.applications(path, everything, refusals, keep=keep)
    while some := list(islice(rows, size)):
        parts = [
            to_frames(one, some if one is everything else [_fitting(one, row) for row in some]) for one in rulesets
        ]
        yield _usable(path, parts, [row["row"] for row in some], refusals, keep)


def _tables(
    path: Path,
    table: pl.LazyFrame,
    everything: RuleSet,
    rulesets: Sequence[RuleSet],
    refusals: list[Refusal],
    size: int,
    keep: bool,
) -> Iterator[list[Frames]]:
    """A Parquet file, column by column."""
    known = [*batches.HOUSE, *everything.facts]
    columns = table.collect_schema().names()
    refusals += [batches.unknown_column(path, 1, name, known) for name in columns if name not in known]
    name = pl.col("application_id").cast(pl.String).str.strip_chars().fill_null("")
    ids = table.select(name).with_row_index("number", offset=1).collect()
    ids = ids.with_columns(first=pl.col("number").min().over("application_id"))
    wrong = (pl.col("first") != pl.col("number")) | (pl.col("application_id") == "")
    for number, ref, first in ids.filter(wrong).select("number", "application_id", "first").iter_rows():
        refusals.append(batches.no_id(path, number, first if ref else None))
    ids = ids.select("number", "application_id", fits=~wrong)
    for start in range(0, ids.height, size):
        mine = ids.slice(start, size)
        some = table.select(one for one in known if one in columns).slice(start, size).collect()
        some = some.with_columns(mine["application_id"]).filter(mine["fits"])
        parts = [fact_columns.from_table(one, some) for one in rulesets]
        yield _usable(path, parts, mine.filter("fits")["number"].to_list(), refusals, keep)


def _fitting(ruleset: RuleSet, row: batches.Row) -> batches.Row:
    """The row with what this rule set asks for."""
    lists = {name for name in ruleset.facts if is_list(name, ruleset)}
    return row | {
        "facts": {name: one for name, one in row["facts"].items() if name in ruleset.facts.keys() - lists},
        "children": {name: items for name, items in row["children"].items() if name in lists},
    }


def _usable(path: Path, parts: list[Frames], rows: Sequence[int], refusals: list[Refusal], keep: bool) -> list[Frames]:
    """The frames without the rows the first rule set cannot read. Every problem names the row of the file."""
    wrong = {one.row_index for one in parts[0].problems if not keep or one.field in batches.HOUSE}
    for one in parts[0].problems:
        refusal = Refusal(path.name, rows[one.row_index], one.field, one.problem, one.remedy)
        refusals.append(refusal if one.row_index in wrong else until_then(refusal))
    kept = [fact_columns.without(part, wrong) for part in parts]
    kept[0].problems = []
    for part in kept[1:]:
        part.problems = [
            FactProblem(rows[one.row_index] - 1, one.field, one.problem, one.remedy)
            for one in part.problems
            if one.row_index not in wrong
        ]
    return kept


def _spread(
    shelf: _Shelf,
    name: str,
    path: Path,
    everything: RuleSet,
    rulesets: Sequence[RuleSet],
    where: pl.DataFrame,
    refusals: list[Refusal],
    told: Told,
) -> None:
    """Put the items of a list file where their applications wait."""
    for lines, table in _items(name, path, everything, refusals):
        placed = table.select(pl.col("application_id").cast(pl.String).fill_null("")).join(
            where, on="application_id", how="left", maintain_order="left"
        )
        lost = placed["_row"].is_null()
        refusals += [nobodys(path, lines[number], placed["application_id"][number]) for number in lost.arg_true()]
        for side, ruleset in enumerate(rulesets):
            if not is_list(name, ruleset):
                continue
            found, problems = fact_columns.items(ruleset, name, table)
            if side == 0:
                refusals += [
                    until_then(Refusal(path.name, lines[one.row_index], one.field, one.problem, one.remedy))
                    for one in problems
                ]
            else:
                shelf.problems[side] += [
                    FactProblem(lines[one.row_index] - 1, f"{name}.{one.field}", one.problem, one.remedy)
                    for one in problems
                ]
            shelf.add(side, name, found.with_columns(placed["_row"], placed["_batch"]).filter(~lost))
        told("reading lists", table.height)


def _items(
    name: str, path: Path, everything: RuleSet, refusals: list[Refusal]
) -> Iterator[tuple[Sequence[int], pl.DataFrame]]:
    """The items of a list file as tables, with their places in the file."""
    fields = everything.facts[name].fields
    if batches.is_parquet(path):
        table, names, height = batches.parquet(path)
        known = ["application_id", *fields]
        refusals += [batches.unknown_column(path, 1, one, known) for one in names if one not in known]
        for start in range(0, height, _ITEMS):
            some = table.select(one for one in known if one in names).slice(start, _ITEMS).collect()
            yield range(start + 1, start + 1 + some.height), some
        return
    rows = batches.items(name, path, everything, refusals)
    while some_rows := list(islice(rows, _ITEMS)):
        columns = [_as_given(key, [item[key] for _, _, item in some_rows]) for key in fields]
        ids = pl.Series("application_id", [ref for _, ref, _ in some_rows], dtype=pl.String)
        yield [line for line, _, _ in some_rows], pl.DataFrame([ids, *columns])


def _as_given(name: str, values: Sequence[object]) -> pl.Series:
    """The values as a column that changes none of them."""
    kinds = {type(one) for one in values if one is not None}
    small = kinds != {int} or all(abs(one) < _LARGE for one in values if isinstance(one, int))
    simple = kinds in ({str}, {bool}, {int}, set()) and small
    return pl.Series(name, values, dtype=None if simple else pl.Object)


class _Shelf:
    """Batches that wait in a folder for their items. `problems` of items, by rule set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slices: dict[tuple[int, str, int], int] = {}
        self.problems: dict[int, list[FactProblem]] = {1: [], 2: []}
        self.waiting: dict[int, list[Frames]] = {}

    def keep(self, number: int, parts: list[Frames]) -> None:
        """Lay a batch aside; lists that came with it stay with it."""
        for side, part in enumerate(parts):
            part.applications.write_ipc(self.folder / f"{side}-{number}")
        self.waiting[number] = [Frames(part.applications.clear(), part.children, part.problems) for part in parts]

    def add(self, side: int, name: str, found: pl.DataFrame) -> None:
        """Lay items aside by the batch of their application."""
        for (number,), some in found.partition_by("_batch", as_dict=True, include_key=False).items():
            count = self.slices.get((side, name, number), 0)
            some.write_ipc(self.folder / f"{side}-{number}-{name}-{count}")
            self.slices[side, name, number] = count + 1

    def batch(self, number: int, rulesets: Sequence[RuleSet], lists: Sequence[str]) -> list[Frames]:
        """A batch with its items, as it was laid aside."""
        parts = []
        for side, (ruleset, part) in enumerate(zip(rulesets, self.waiting.pop(number), strict=True)):
            rows = pl.read_ipc((self.folder / f"{side}-{number}").read_bytes())
            problems = part.problems + (self.problems.get(side, []) if number == 0 else [])
            whole = Frames(rows, part.children, problems)
            for name in lists:
                if is_list(name, ruleset):
                    count = self.slices.get((side, name, number), 0)
                    files = [self.folder / f"{side}-{number}-{name}-{one}" for one in range(count)]
                    found = pl.concat([pl.read_ipc(file.read_bytes()) for file in files]) if files else None
                    whole = fact_columns.with_items(whole, name, found)
            parts.append(whole)
        return parts
