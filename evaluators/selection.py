"""Who is chosen where places are limited: per group, in order, up to a number or a share.

Equals are never told apart by the order of rows: what becomes of them is the rule set's word or a policy. While
competitors are not fully known, each application is tried with all of them ahead of it and with all of them absent,
and stays open where the two differ.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import polars as pl

from rules.planned import PlannedKey, PlannedSelection

TRUE, FALSE, UNKNOWN, POLICY = 1, 0, 2, 4
KEYS = "key.{}"
"""The column of a key of the order, so that the smallest comes first."""


def caps(selection: PlannedSelection, base: int) -> tuple[int, int]:
    """Fewest and most places of a group whose base has that many applications; they differ while rounding is open."""
    if selection.rounding is not None:
        one = cap(selection, base)
        return one, one
    every = [cap(replace(selection, rounding=word), base) for word in ("up_to", "nearest", "at_least")]
    return min(every), max(every)


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
    return told(selection, placed(selection, table), decided(selection))


def placed(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of `table`, each with its group, its keys, and how many of the group stand before and beside it."""
    table = _competitors(selection, table)
    steps = _steps(selection, table)
    table = table.join(_groups(selection, table), on="group", how="left")
    return table.join(steps, on="_row", how="left").sort("_row")


def decided(selection: PlannedSelection) -> pl.Expr:
    """The code of a row whose keys are known, over what `placed` gives."""
    return _by_sum(selection) if selection.sum is not None else _certain(selection)


def told(selection: PlannedSelection, table: pl.DataFrame, code: pl.Expr) -> pl.DataFrame:
    """What `choose` gives, from what `placed` found; `code` is that of rows whose keys are known."""
    u = pl.col("unknown")
    others = pl.when(pl.col("competes")).then(u - 1).otherwise(u)
    alone = (
        pl.when(~pl.col("having"))
        .then(FALSE)
        .when(pl.col("cap_high") <= 0)
        .then(FALSE)
        .when(pl.col("having") & (pl.col("rivals") + others + 1 <= pl.col("cap_low")))
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
        rank=pl.when(pl.col("certain") & (u == 0) & pl.col("ahead").is_null())
        .then(pl.col("better") + 1)
        .cast(pl.Int32),
        group=pl.col("group") if selection.group is not None else pl.lit(None, dtype=pl.String),
        waits=pl.when(stays_open).then(reason).cast(pl.Int8),
        waits_for_others=stays_open & pl.col("certain"),
    )


def _competitors(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """Adds group, having, in_base, the ordered keys, and who is certain to compete with a known first key."""
    group = selection.group if selection.group is not None else pl.lit("")
    table = table.with_columns(
        group.cast(pl.String).alias("group"),
        selection.having.alias("having"),
        selection.base.alias("in_base"),
        *(_key(one).alias(KEYS.format(number)) for number, one in enumerate(selection.keys)),
    )
    known = pl.col(KEYS.format(0)).is_not_null()
    certain = pl.all_horizontal(pl.col("having").fill_null(False), pl.col("group").is_not_null(), known)
    return table.with_columns(certain.alias("certain")).with_columns(
        competes=pl.col("having").fill_null(True) & ~pl.col("certain")
    )


def _steps(selection: PlannedSelection, table: pl.DataFrame) -> pl.DataFrame:
    """Per certain competitor: how many are `better` and `equal`, in order of the keys.

    A later key is read only among equals of the earlier ones. Where one of several equals does not know it, they stay
    together: `stuck` is 1 and `ahead`, `level`, `absent` count those of them that the key puts before, beside and
    nowhere. With a sum: `before` and `through` are the sums of the better and of those with the equals.
    """
    keys = [KEYS.format(number) for number in range(len(selection.keys))]
    weight = pl.lit(0, dtype=pl.Int64) if selection.sum is None else selection.sum.known
    rivals = table.filter("certain").select("_row", "group", *keys, weight=weight)
    block = ["group", keys[0]]
    counts: dict[str, pl.Expr] = dict.fromkeys(("ahead", "level", "absent"), pl.lit(None, dtype=pl.Int64))
    rivals = rivals.with_columns(stuck=pl.lit(False), **counts)
    for key in keys[1:]:
        if rivals[key].null_count():
            rivals = _unread(rivals, block, key)
        rivals = rivals.with_columns(pl.when(~pl.col("stuck")).then(pl.col(key)).alias(key))
        block.append(key)
    steps = (
        rivals.group_by(block)
        .agg(
            equal=pl.len().cast(pl.Int64),
            weight=pl.col("weight").sum(),
            weightless=pl.col("weight").is_null().sum().cast(pl.Int64),
        )
        .sort(block, nulls_last=True)
        .with_columns(
            better=pl.col("equal").cum_sum().over("group") - pl.col("equal"),
            through=pl.col("weight").cum_sum().over("group"),
            weightless=pl.col("weightless").cum_sum().over("group"),
        )
        .with_columns(before=pl.col("through") - pl.col("weight"))
        .drop("weight")
    )
    found = rivals.join(steps, on=block, how="left", nulls_equal=True)
    return found.select(
        "_row", "better", "equal", "ahead", "level", "absent", "before", "through", "weightless",
    )  # fmt: skip


def _unread(rivals: pl.DataFrame, block: list[str], key: str) -> pl.DataFrame:
    """Marks equals of whom one does not know the next key, and counts how the others stand among them."""
    several = pl.len().over(block) > 1
    newly = ~pl.col("stuck") & several & pl.col(key).is_null().any().over(block)
    known = pl.col(key).is_not_null()
    rank = pl.col(key).rank("min").over(block).cast(pl.Int64) - 1
    level = known.sum().over([*block, key]).cast(pl.Int64)
    absent = pl.col(key).is_null().sum().over(block).cast(pl.Int64)
    return rivals.with_columns(
        stuck=pl.col("stuck") | newly,
        ahead=pl.when(newly).then(pl.when(known).then(rank).otherwise(-1)).otherwise("ahead"),
        level=pl.when(newly).then(level).otherwise("level"),
        absent=pl.when(newly).then(absent).otherwise("absent"),
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
        free = selection.sum is not None or _figures_open(selection)
        lows.append(0 if free or adrift_here else caps(selection, base_low)[0])
        highs.append(table.height if free or adrift_here else caps(selection, base_high)[1])
    groups = groups.with_columns(
        cap_low=pl.Series(lows, dtype=pl.Int64), cap_high=pl.Series(highs, dtype=pl.Int64)
    ).drop("base_low", "base_high")
    if selection.quota_open:
        groups = groups.with_columns(because_policy=pl.lit(1, dtype=pl.Int64))
    return groups


def _figures_open(selection: PlannedSelection) -> bool:
    """Whether the number or share is not decided; an open rounding or base only widens the places."""
    return selection.count is None and selection.share is None


def _certain(selection: PlannedSelection) -> pl.Expr:
    """The code of an application whose place is known, from those ahead (b), equal (t) and unknown (u)."""
    b, t, u = pl.col("better"), pl.col("equal"), pl.col("unknown")
    low, high = pl.col("cap_low"), pl.col("cap_high")
    entered, missed = b + u < low, b >= high  # equals come in together
    kept, dropped = b + t + u <= low, b + t > high  # equals stay out together
    known = pl.col("ahead") >= 0
    sure = known & (b + pl.col("ahead") + pl.col("level") + pl.col("absent") + u <= low)
    never = known & (b + pl.col("ahead") >= high)
    unread = pl.when(kept | sure).then(TRUE).when(missed | never).then(FALSE).otherwise(UNKNOWN)
    if selection.tie == "in":
        code = pl.when(entered).then(TRUE).when(missed).then(FALSE).otherwise(UNKNOWN)
    elif selection.tie == "out":
        code = pl.when(kept).then(TRUE).when(dropped).then(FALSE).otherwise(UNKNOWN)
    else:
        only_the_tie = entered & dropped if selection.tie is None else pl.lit(False)
        code = pl.when(kept).then(TRUE).when(missed).then(FALSE).when(only_the_tie).then(POLICY).otherwise(UNKNOWN)
    return pl.when(pl.col("ahead").is_null()).then(code).otherwise(unread)


def _by_sum(selection: PlannedSelection) -> pl.Expr:
    """The code where a sum limits the places: up to the limit, or until it is reached; equals come together."""
    assert selection.sum is not None
    if selection.limit is None or selection.rounding is None:
        return pl.lit(UNKNOWN)
    scaled = selection.limit * selection.sum.unit
    least, most = -(-scaled.numerator // scaled.denominator), scaled.numerator // scaled.denominator
    settled = (pl.col("unknown") == 0) & (pl.col("weightless") == 0) & pl.col("ahead").is_null()
    if selection.rounding == "up_to":
        inside, outside = pl.col("through") <= most, pl.col("through") > most
    else:
        inside, outside = pl.col("before") < least, pl.col("before") >= least
    return pl.when(settled & inside).then(TRUE).when(outside).then(FALSE).otherwise(UNKNOWN)
