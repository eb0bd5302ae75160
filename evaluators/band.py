"""Those around the cut line who cannot be told apart, and what becomes of them.

Outside the band the order decides, and nobody there moves. Inside, the places that are left go by further keys or by
lot; or one more review is asked for where it helps most, and then the order decides, with what that review said. While
a group is not fully known nobody can say who is in its band: whoever could come to stand there stays open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from evaluators import beliefs, selection
from evaluators.beliefs import Belief
from evaluators.lots import lot
from evaluators.openness import FACTS, POINTS
from evaluators.selection import FALSE, KEYS, POLICY, TRUE, UNKNOWN
from rules.plan import Plan, PlannedSelection
from rules.planned import PlannedBand

_MEMBERS = {
    "_row": pl.UInt32, "band": pl.Int8, "inside": pl.Int8, "place": pl.Int64, "room": pl.Int64,
    "waits_inside": pl.Int8, "others_inside": pl.Boolean, "seed": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class _Group:
    """The competitors of a group of which all is known, their places, and which of them are in the band."""

    rows: pl.DataFrame
    places: int
    inside: tuple[int, ...] = ()

    @property
    def room(self) -> int:
        """The places that those outside the band leave."""
        outside = self.rows.filter(~pl.col("_row").is_in(list(self.inside)))
        return self.places - int((outside["code"] == TRUE).sum())

    @property
    def members(self) -> pl.DataFrame:
        return self.rows.filter(pl.col("_row").is_in(list(self.inside)))


def choose(
    plan: Plan, run: PlannedSelection, table: pl.DataFrame, sheets: pl.DataFrame | None, seed: int
) -> pl.DataFrame:
    """What `selection.choose` gives, with the band of `run` settled, and what is known of each row and the band.

    `band` is the code of the band's clause: true of whom it settled. `place` is the row's place in the band, `room` the
    places for all of it, `seed` that of the lot where one was drawn. `asks`: one more review is asked for, and not in
    yet. `sheets` are the jurors', `seed` the round's.
    """
    band = run.band
    assert band is not None
    stand = selection.placed(run, table)
    code = selection.told(run, stand, selection.decided(run))["code"]
    stand = stand.with_columns(*_state(), code, beliefs.further(plan, table).alias("further"))
    if band.settle == "none" or band.open:
        open_, why = pl.col("stake") & pl.lit(band.settle != "none"), POLICY
        return _told(run, stand.with_columns(open=open_, asks=False), pl.DataFrame(schema=_MEMBERS), why)
    belief = None
    if band.sure is not None and not stand.filter("stake", "whole", "certain").is_empty():
        belief = beliefs.of(plan, stand, sheets)
        if belief.refused is not None:
            stand = stand.with_columns(whole=False, because_points=1)
    could = pl.col("certain") | pl.col("competes")
    stand = stand.with_columns(open=pl.col("stake") & ~pl.col("whole") & could, asks=False)
    if band.settle == "third_review" and stand["open"].any():
        # How many may be asked is said of all groups together: nobody is while one of them is not fully known.
        waits_too = pl.max_horizontal("because_points", pl.lit(1))
        stand = stand.with_columns(whole=False, open=pl.col("stake") & could, because_points=waits_too)
    groups = [_with_band(one, run, band, belief, seed) for one in _groups(stand)]
    if band.settle == "third_review":
        assert belief is not None or not groups
        asked = _asked(band, groups, belief, seed) if belief is not None else []
        if asked:
            waits = pl.col("_row").is_in(asked)
            later = selection.placed(_held(run, waits), stand.select(table.columns))
            code = selection.told(run, later, selection.decided(run))["code"]
            stand = later.with_columns(stand["open"], waits.alias("asks"), code)
        settled = [_reviewed(one, asked) for one in groups]
    else:
        settled = [_settled(run, band, one, table, seed) for one in groups if one.inside]
    return _told(run, stand, pl.concat([pl.DataFrame(schema=_MEMBERS), *settled]), UNKNOWN)


def _state() -> list[pl.Expr]:
    """`stake`: not everybody gets a place, and somebody may. `whole`: all is known that says who stands where."""
    stake = (pl.col("cap_high") > 0) & (pl.col("rivals") + pl.col("unknown") > pl.col("cap_low"))
    whole = (pl.col("unknown") == 0) & (pl.col("cap_low") == pl.col("cap_high"))
    read = pl.col("ahead").is_null().all().over("group")
    return [stake.fill_null(True).alias("stake"), (whole & read).fill_null(False).alias("whole")]


def _groups(stand: pl.DataFrame) -> list[_Group]:
    rows = stand.filter("stake", "whole", "certain")
    return [_Group(one, int(one["cap_low"][0])) for one in rows.partition_by("group", maintain_order=True)]


def _with_band(group: _Group, run: PlannedSelection, band: PlannedBand, belief: Belief | None, seed: int) -> _Group:
    """The group with who is in its band; nobody where its places are settled all the same."""
    rows = group.rows
    if belief is not None and band.sure is not None:
        inside = belief.open(rows, group.places, band.sure, _draws(seed, band))
    else:
        keys = rows[KEYS.format(0)]
        away = (band.within or Fraction(0)) * run.order[0].by.unit
        inside = rows.filter((keys - keys.sort()[group.places - 1]).abs() <= away.numerator // away.denominator)[
            "_row"
        ].to_list()
    found = replace(group, inside=tuple(inside))
    return found if 0 < found.room < len(inside) else group


def _draws(seed: int, band: PlannedBand) -> int:
    """The seed of the draws that say how sure scores are."""
    return beliefs.mixed(f"{seed}\n{band.id}")


def _asked(band: PlannedBand, groups: list[_Group], belief: Belief, seed: int) -> list[int]:
    """The rows of whom one more review is asked and not in yet: at most `reviews` of all, where it helps most."""
    given, useful = 0, []
    for group in groups:
        given += int(group.rows["further"].sum())
        names = dict(group.members.filter(~pl.col("further")).select("application_id", "_row").iter_rows())
        gains = belief.most_useful(group.rows, group.places, _draws(seed, band)) if names else []
        useful += [(-gain, name, names[name]) for name, gain in gains if name in names]
    return [row for _, _, row in sorted(useful)[: max(0, band.reviews - given)]]


def _held(run: PlannedSelection, waits: pl.Expr) -> PlannedSelection:
    """The selection while some wait for a further review: where they will stand is not known."""
    first = run.order[0]
    low, high = (pl.when(~waits).then(one) for one in (first.by.low, first.by.high))
    return replace(run, order=(replace(first, by=replace(first.by, low=low, high=high)), *run.order[1:]))


def _reviewed(group: _Group, asked: Collection[int]) -> pl.DataFrame:
    """The band of a group that further reviews settle: the order decides as soon as they are in."""
    band = [UNKNOWN if one in asked else TRUE for one in group.inside]
    return pl.DataFrame(
        {"_row": group.inside, "band": band} | {name: [None] * len(band) for name in [*_MEMBERS][2:]}, schema=_MEMBERS
    )


def _settled(run: PlannedSelection, band: PlannedBand, group: _Group, table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """How the band of a group comes out, by lot or by its keys."""
    rows = table.filter(pl.col("_row").is_in(list(group.inside)))
    room = pl.lit(group.room)
    if band.settle == "lot":
        used = seed if band.seed is None else band.seed
        drawn = lot(rows["application_id"], f"{used}\n{band.id}")
        order = {name: place for place, name in enumerate(drawn, 1)}
        place = pl.col("application_id").replace_strict(order, return_dtype=pl.Int64)
        found = rows.select("_row", place=place, waits=None, waits_for_others=False, seed=pl.lit(str(used)))
        found = found.with_columns(code=pl.col("place") <= room)
    else:
        mine = replace(
            run, group=None, having=pl.lit(True), base=pl.lit(True), order=band.keys + run.order,
            count=Fraction(group.room), share=None, rounding="up_to", minimum=Fraction(0), quota_open=False, band=None,
        )  # fmt: skip
        lacks = pl.any_horizontal(pl.lit(False), *(pl.col(f"absent.{name}") for name in band.facts))
        rows = rows.with_columns(because=pl.when(lacks).then(FACTS).otherwise(POINTS).cast(pl.Int8))
        found = selection.choose(mine, rows).with_columns(place="rank", seed=None)
    sure = pl.col("code").cast(pl.Int8).is_in([TRUE, FALSE])
    told: dict[str, pl.Expr | str] = {
        "band": pl.when(sure).then(TRUE).when(pl.col("code").cast(pl.Int8) == POLICY).then(POLICY).otherwise(UNKNOWN),
        "inside": "code", "room": room, "waits_inside": "waits", "others_inside": "waits_for_others",
    }  # fmt: skip
    return found.with_columns(**told).select(pl.col(name).cast(kind) for name, kind in _MEMBERS.items())


def _told(run: PlannedSelection, stand: pl.DataFrame, settled: pl.DataFrame, open_code: int) -> pl.DataFrame:
    """The codes of all rows, from the order or from the band. `stand` says who is `open`, and who is asked about."""
    code = pl.when("open").then(open_code).otherwise(pl.col("code"))
    found = selection.told(run, stand, code)
    mine = stand.select("_row", "open", "asks", "having")
    joined = found.join(mine, on="_row", how="left", maintain_order="left")
    joined = joined.join(settled, on="_row", how="left", maintain_order="left")
    there, could = pl.col("inside").is_not_null(), pl.col("open") & pl.col("having").fill_null(True)
    return joined.with_columns(
        code=pl.when(there).then("inside").otherwise("code"),
        waits=pl.when(there).then("waits_inside").otherwise("waits"),
        waits_for_others=pl.when(there).then("others_inside").otherwise("waits_for_others"),
        band=pl.coalesce("band", pl.when(could).then(open_code).otherwise(FALSE)).cast(pl.Int8),
    ).drop("inside", "waits_inside", "others_inside", "open", "having")
