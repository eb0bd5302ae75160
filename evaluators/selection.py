"""Who is chosen where places are limited: per group, in order, up to a number or a share.

Equals are never told apart by the order of rows: what becomes of them is the rule set's word or a policy. While
competitors are not fully known, each application is tried with all of them ahead of it and with all of them absent,
and stays open where the two differ.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from rules.plan import PlannedKey, PlannedSelection

TRUE, FALSE, UNKNOWN, POLICY = 1, 0, 2, 4
_KEYS = "key.{}"


def cap(selection: PlannedSelection, base: int) -> int:
    """Places of a group whose base has that many applications; exact, rounded as the rule set says."""
    exact = (selection.count or Fraction(0)) if selection.share is None else selection.share * base
    whole = exact.numerator // exact.denominator
    if selection.rounding == "at_least":
        whole = -(-exact.numerator // exact.denominator)
    elif selection.rounding == "nearest":
        whole = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return max(whole, int(selection.minimum))


def choose(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """For each row of `table`: `code`, `rank` (null while not certain), `group`, `waits`, `waits_for_others`.

    `table` holds the columns the selection's expressions read, and `because` (2 facts, 3 points, 4 policy): why the
    row is not fully known, where it is not. `waits` is that reason of the competitors an open row waits for.
    """
    table = _competitors(selection, table)
    groups = _groups(selection, table)
    keys = [_KEYS.format(number) for number in range(len(selection.order))]
    rivals = table.filter(pl.col("certain"))
    steps = (
        rivals.group_by("group", *keys)
        .agg(pl.len().cast(pl.Int64).alias("equal"))
        .sort("group", *keys, nulls_last=True)
        .with_columns(better=pl.col("equal").cum_sum().over("group") - pl.col("equal"))
    )
    table = table.join(groups, on="group", how="left").join(steps, on=["group", *keys], how="left", nulls_equal=True)
    table = table.sort("_row")
    b, t, u = pl.col("better"), pl.col("equal"), pl.col("unknown")
    low, high = pl.col("cap_low"), pl.col("cap_high")
    code = _certain(selection, b, t, u, low, high)
    if isinstance(selection.tie, PlannedKey):
        table, code = _by_key(selection.tie, table, keys)
    others = pl.when(pl.col("competes")).then(u - 1).otherwise(u)
    alone = (
        pl.when(~pl.col("having"))
        .then(FALSE)
        .when(pl.col("cap_high") <= 0)
        .then(FALSE)
        .when(pl.col("having") & (pl.col("rivals") + others + 1 <= low))
        .then(TRUE)
        .otherwise(UNKNOWN)
    )
    stays_open = pl.col("code") == UNKNOWN
    reason = (
        pl.when(~pl.col("certain"))
        .then(pl.col("because"))
        .when(pl.col("because_policy") > 0)
        .then(POLICY)
        .when(pl.col("because_facts") > 0)
        .then(2)
        .when(pl.col("because_points") > 0)
        .then(3)
    )
    return table.with_columns(code=pl.when("certain").then(code).otherwise(alone).cast(pl.Int8)).select(
        "_row",
        code=pl.when(stays_open & (reason == POLICY)).then(POLICY).otherwise(pl.col("code")).cast(pl.Int8),
        rank=pl.when(pl.col("certain") & (u == 0)).then(b + 1).cast(pl.Int32),
        group=pl.col("group") if selection.group is not None else pl.lit(None, dtype=pl.String),
        waits=pl.when(stays_open).then(reason).cast(pl.Int8),
        waits_for_others=stays_open & pl.col("certain"),
    )


def _competitors(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """Adds group, having, in_base, the ordered keys, and who is certain to compete with a known place."""
    group = selection.group if selection.group is not None else pl.lit("")
    table = table.with_columns(
        group.cast(pl.String).alias("group"),
        selection.having.alias("having"),
        selection.base.alias("in_base"),
        *(_key(one).alias(_KEYS.format(number)) for number, one in enumerate(selection.order)),
    )
    known = [pl.col(_KEYS.format(number)).is_not_null() for number in range(len(selection.order))]
    certain = pl.all_horizontal(pl.col("having").fill_null(False), pl.col("group").is_not_null(), *known)
    return table.with_columns(certain.alias("certain")).with_columns(
        competes=pl.col("having").fill_null(True) & ~pl.col("certain")
    )


def _key(key: PlannedKey) -> pl.Expr:
    """A key so that the smallest comes first."""
    return -key.by.known if key.highest else key.by.known


def _groups(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """Per group: certain and unknown competitors, and the fewest and most places there can be."""
    adrift = table.filter(pl.col("group").is_null())
    lost = int(adrift["competes"].sum())
    lost_base = int(adrift["in_base"].fill_null(True).sum())
    lost_because = {code: int(((adrift["because"] == code) & adrift["competes"]).sum()) for code in (2, 3, 4)}
    groups = table.group_by("group", maintain_order=True).agg(
        rivals=pl.col("certain").sum().cast(pl.Int64),
        unknown=pl.col("competes").sum().cast(pl.Int64)
        + pl.when(pl.col("group").first().is_null()).then(0).otherwise(lost),
        base_low=pl.col("in_base").fill_null(False).sum().cast(pl.Int64),
        base_high=pl.col("in_base").fill_null(True).sum().cast(pl.Int64) + lost_base,
        because_facts=((pl.col("because") == 2) & pl.col("competes")).sum().cast(pl.Int64) + lost_because[2],
        because_points=((pl.col("because") == 3) & pl.col("competes")).sum().cast(pl.Int64) + lost_because[3],
        because_policy=((pl.col("because") == 4) & pl.col("competes")).sum().cast(pl.Int64) + lost_because[4],
    )
    lows, highs = [], []
    for name, base_low, base_high in groups.select("group", "base_low", "base_high").iter_rows():
        adrift_here = name is None
        lows.append(0 if selection.quota_open or adrift_here else cap(selection, base_low))
        highs.append(table.height if selection.quota_open or adrift_here else cap(selection, base_high))
    groups = groups.with_columns(
        cap_low=pl.Series(lows, dtype=pl.Int64), cap_high=pl.Series(highs, dtype=pl.Int64)
    ).drop("base_low", "base_high")
    if selection.quota_open:
        groups = groups.with_columns(because_policy=pl.lit(1, dtype=pl.Int64))
    return groups


def _certain(selection: PlannedSelection, b: pl.Expr, t: pl.Expr, u: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """The code of an application whose place is known, from those ahead (b), equal (t) and unknown (u)."""
    entered, missed = b + u < low, b >= high  # equals come in together
    kept, dropped = b + t + u <= low, b + t > high  # equals stay out together
    if selection.tie == "in":
        return pl.when(entered).then(TRUE).when(missed).then(FALSE).otherwise(UNKNOWN)
    if selection.tie == "out":
        return pl.when(kept).then(TRUE).when(dropped).then(FALSE).otherwise(UNKNOWN)
    only_the_tie = entered & dropped
    return pl.when(kept).then(TRUE).when(missed).then(FALSE).when(only_the_tie).then(POLICY).otherwise(UNKNOWN)


def _by_key(tie: PlannedKey, table: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, pl.Expr]:
    """Equals at the cut line ordered by one more key; those still equal, or whose key is unknown, stay open."""
    table = table.with_columns(_key(tie).alias("tie"))
    block = ["group", *keys]
    inner = (
        table.filter(pl.col("certain") & pl.col("tie").is_not_null())
        .group_by(*block, "tie")
        .agg(pl.len().cast(pl.Int64).alias("tie_equal"))
        .sort(*block, "tie")
        .with_columns(tie_better=pl.col("tie_equal").cum_sum().over(block) - pl.col("tie_equal"))
    )
    unknown = (pl.col("tie").is_null() & pl.col("certain")).sum().over(block).cast(pl.Int64)
    table = table.with_columns(tie_unknown=unknown).join(inner, on=[*block, "tie"], how="left")
    b, t, u = pl.col("better"), pl.col("equal"), pl.col("unknown")
    ahead = b + pl.col("tie_better")
    sure = ahead + pl.col("tie_equal") + pl.col("tie_unknown") + u <= pl.col("cap_low")
    never = ahead >= pl.col("cap_high")
    return table.sort("_row"), (
        pl.when((b + t + u <= pl.col("cap_low")) | sure)
        .then(TRUE)
        .when((b >= pl.col("cap_high")) | never)
        .then(FALSE)
        .otherwise(UNKNOWN)
    )
