"""Facts that come as a table: a column of the right type is taken as it stands, any other is read value by value.

Whatever the way, the frames are those `evaluators.facts.to_frames` makes of the same values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from evaluators.facts import TYPES, FactProblem, Frames, Reader
from rules.ruleset import Fact, Item, RuleSet
from rules.values import LIMIT

_HANDED_IN = Item.model_validate({"type": "moment", "meaning": "When the application was handed in."})
_WIDE = 38  # digits of the widest decimal column
_LONGEST = 5_000


def from_table(ruleset: RuleSet, table: pl.DataFrame) -> Frames:
    """The frames of applications given as columns, one a fact, beside application_id and the columns of the house.

    Columns the rule set does not know are left alone; its lists are unknown until `with_items`.
    """
    reader = Reader(ruleset)
    columns = [_words(table, name) for name in ("application_id", "applicant_id", "unit_id")]
    country = _words(table, "country")
    columns.append(country.set(country == "", None))
    columns.append(_column(reader, "submitted_at", _HANDED_IN, table))
    children = {}
    for name, fact in ruleset.facts.items():
        if fact.type == "list":
            columns.append(_unknown(table.height, pl.Boolean).alias(f"known.{name}"))
            children[name] = _no_items(ruleset, name)
        else:
            columns.append(_column(reader, name, fact, table).alias(f"fact.{name}"))
    applications = pl.DataFrame(columns).with_row_index("_row")
    return Frames(applications, children, sorted(reader.problems, key=lambda one: (one.row_index, one.field)))


def items(ruleset: RuleSet, name: str, table: pl.DataFrame) -> tuple[pl.DataFrame, list[FactProblem]]:
    """The fields of a list's items, as a frame has them, and what could not be read (and stays unknown)."""
    reader = Reader(ruleset)
    fields = ruleset.facts[name].fields
    found = [_column(reader, key, item, table).alias(f"item.{key}") for key, item in fields.items()]
    return pl.DataFrame(found), reader.problems


def with_items(frames: Frames, name: str, found: pl.DataFrame | None) -> Frames:
    """The frames with a list that is now known of everybody; `found` holds `_row` and the fields, None: no items.

    Items stand in the order of their applications, as those of `to_frames` do.
    """
    known = frames.applications.with_columns(pl.lit(True).alias(f"known.{name}"))
    mine = (
        frames.children[name].clear()
        if found is None
        else found.select(frames.children[name].columns).sort("_row", maintain_order=True)
    )
    return Frames(known, {**frames.children, name: mine}, frames.problems)


def without(frames: Frames, wrong: Collection[int]) -> Frames:
    """The frames without some rows, the others numbered anew; problems stay as they were told."""
    if not wrong:
        return frames
    places = frames.applications.select("_row").filter(~pl.col("_row").is_in(list(wrong))).with_row_index("_new")
    children = {
        name: found.join(places, on="_row", maintain_order="left").select(
            pl.col("_new").alias("_row"), pl.exclude("_row", "_new")
        )
        for name, found in frames.children.items()
    }
    rows = frames.applications[places["_row"]].drop("_row").with_row_index("_row")
    return Frames(rows, children, frames.problems)


def joined(parts: Sequence[Frames]) -> Frames:
    """Frames one after the other, as one; their problems keep the rows they were told with."""
    if len(parts) == 1:
        return parts[0]
    rows = pl.concat([part.applications.drop("_row") for part in parts]).with_row_index("_row")
    children: dict[str, list[pl.DataFrame]] = {}
    before = 0
    for part in parts:
        for name, found in part.children.items():
            children.setdefault(name, []).append(found.with_columns(pl.col("_row") + before))
        before += part.applications.height
    problems = [problem for part in parts for problem in part.problems]
    return Frames(rows, {name: pl.concat(found) for name, found in children.items()}, problems)


def portion(frames: Frames, first: int, count: int) -> Frames:
    """Some rows of frames, in their order; `_row` stays what it is."""
    here = pl.col("_row").is_between(first, first + count, closed="left")
    children = {name: one.filter(here) for name, one in frames.children.items()}
    return Frames(frames.applications.slice(first, count), children)


def _no_items(ruleset: RuleSet, name: str) -> pl.DataFrame:
    fields = ruleset.facts[name].fields
    schema: Mapping[str, Any] = {f"item.{key}": TYPES[item.type] for key, item in fields.items()}
    return pl.DataFrame(schema={"_row": pl.UInt32, **schema})


def _words(table: pl.DataFrame, name: str) -> pl.Series:
    found = table[name] if name in table.columns else _unknown(table.height, pl.String)
    return found.cast(pl.String).alias(name)


def _unknown(height: int, kind: Any) -> pl.Series:
    return pl.Series([None], dtype=kind).new_from_index(0, height)


def _column(reader: Reader, name: str, fact: Fact | Item, table: pl.DataFrame) -> pl.Series:
    if name not in table.columns:
        return _unknown(table.height, TYPES[fact.type]).alias(name)
    given = table[name]
    exact = _exact(fact, given)
    if exact is None:
        plain = given.cast(pl.String) if given.dtype.is_decimal() else given
        values = reader.column(name, fact, list(enumerate(plain.to_list())))
        exact = pl.Series(values, dtype=TYPES[fact.type])
    return exact.alias(name)


def _exact(fact: Fact | Item, column: pl.Series) -> pl.Series | None:
    """The column in the type of the fact, or None where its values must be read one by one."""
    kind: Any = column.dtype
    if kind == pl.Null:
        return _unknown(len(column), TYPES[fact.type])
    match fact.type:
        case "bool":
            return column if kind == pl.Boolean else None
        case "int":
            return _whole(column, 1) if kind.is_integer() else None
        case "decimal":
            if kind.is_integer():
                return _whole(column, 10**fact.scale)
            return _decimal(column, fact.scale) if kind.is_decimal() and kind.scale <= fact.scale else None
        case "date":
            return column if kind == pl.Date else None
        case "moment":
            exact = isinstance(kind, pl.Datetime) and kind.time_zone is not None and kind.time_unit != "ns"
            return column.dt.convert_time_zone("UTC").cast(TYPES["moment"]) if exact else None
    found = _text(column) if kind == pl.String else None
    strange = bool(fact.words) and found is not None and not found.drop_nulls().is_in(fact.words).all()
    return None if strange else found


def _whole(column: pl.Series, unit: int) -> pl.Series | None:
    found = column.cast(pl.Int64, strict=False)
    fits = found.null_count() == column.null_count() and found.is_between(-LIMIT, LIMIT, closed="none").all()
    return found * unit if fits else None


def _decimal(column: pl.Series, scale: int) -> pl.Series | None:
    fits = column.is_between(-LIMIT, LIMIT, closed="none").all()
    return (column.cast(pl.Decimal(_WIDE, scale)) * 10**scale).cast(pl.Int64) if fits else None


def _text(column: pl.Series) -> pl.Series | None:
    """Texts without the space around them; None where one holds something that needs a closer look."""
    if column.str.contains(r"[\x00\x1c-\x1f]").any():
        return None
    found = column.str.strip_chars()
    longest: Any = found.str.len_chars().max()
    return None if (longest or 0) > _LONGEST else found.set(found == "", None)
