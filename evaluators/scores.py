"""Score sheets as arrays, checked: who gave which application how many points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
CRITERIA = {"criterion": pl.String, "marks": pl.Int64, "effect": pl.Float64}


class UnusableSheets(ValueError):
    """Scores that cannot be compared, with the one row that shows it; `str()` is the whole sentence.

    `code` is no_column, no_sheets, no_id, not_a_number, twice, mixed or strange_weight. `row` counts from 0 and is None
    where the whole table is meant; `field` is the column.
    """

    def __init__(self, code: str, problem: str, remedy: str, *, row: int | None = None, field: str = "") -> None:
        super().__init__(f"{problem} {remedy}")
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.row = row
        self.field = field


@dataclass(frozen=True)
class Scores:
    """One score a sheet, sorted by application, then juror. `application` and `juror` are positions in the id lists."""

    applications: list[str]
    jurors: list[str]
    application: Ints
    juror: Ints
    score: Floats
    criteria: pl.DataFrame

    @property
    def per_application(self) -> Ints:
        """Sheets of each application."""
        return np.bincount(self.application, minlength=len(self.applications)).astype(np.int64)

    @property
    def per_juror(self) -> Ints:
        """Sheets of each juror."""
        return np.bincount(self.juror, minlength=len(self.jurors)).astype(np.int64)


def read(sheets: pl.DataFrame, weights: Mapping[str, float] | None = None) -> Scores:
    """The scores of `sheets` (application_id, juror_id, score, optional criterion).

    Marks of criteria become one score a sheet: their mean weighted by `weights` (default: all alike), each mark freed
    of how much higher its criterion is marked. Raises UnusableSheets for a missing column, no sheets, a missing id, a
    score that is no finite number, a sheet given twice, rows with and without a criterion, and a weight that is not a
    positive number or names no criterion of these sheets.
    """
    table = _checked(sheets)
    criteria = pl.DataFrame(schema=CRITERIA)
    if "criterion" in table.columns:
        table, criteria = _per_sheet(table, weights or {})
    elif weights:
        problem = f"{', '.join(weights)}: a weight is of a criterion, and these sheets name none."
        raise UnusableSheets("strange_weight", problem, "Name the criterion of every mark, or give no weights.")
    applications, application = _coded(table["application_id"])
    jurors, juror = _coded(table["juror_id"])
    order = np.lexsort((juror, application))
    return Scores(applications, jurors, application[order], juror[order], table["score"].to_numpy()[order], criteria)


def _coded(ids: pl.Series) -> tuple[list[str], Ints]:
    """The ids that occur, sorted, and the position of each among them."""
    names = ids.unique().sort()
    code: Ints = ids.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
    return names.to_list(), code


def _checked(sheets: pl.DataFrame) -> pl.DataFrame:
    """Ids as text and scores as numbers; the criterion column is left out where it says nothing."""
    keys = ["application_id", "juror_id"]
    for name in [*keys, "score"]:
        if name not in sheets.columns:
            raise UnusableSheets("no_column", f"The sheets have no column {name}.", "Add it.", field=name)
    if sheets.is_empty():
        raise UnusableSheets("no_sheets", "There are no sheets.", "Wait until jurors have submitted some.")
    if "criterion" in sheets.columns and sheets["criterion"].null_count() < sheets.height:
        keys.append("criterion")
    table = sheets.select(*(pl.col(name).cast(pl.String) for name in keys), "score").with_row_index("row")
    for name in keys:
        missing = table.filter(pl.col(name).is_null() | (pl.col(name).str.strip_chars() == ""))
        if not missing.is_empty():
            code = "mixed" if name == "criterion" else "no_id"
            said = "names no criterion, while others do" if name == "criterion" else f"has no {name}"
            remedy = "Name the criterion of every mark, or of none." if name == "criterion" else "Fill it in."
            raise UnusableSheets(code, f"A score {said}.", remedy, row=_first(missing)["row"], field=name)
    numbers = table.with_columns(pl.col("score").cast(pl.Float64, strict=False).alias("number"))
    strange = numbers.filter(~pl.col("number").is_finite().fill_null(False))
    if not strange.is_empty():
        one = _first(strange)
        said = "nothing" if one["score"] is None else f"“{one['score']}”"
        raise UnusableSheets(
            "not_a_number",
            f"{one['juror_id']} gave {one['application_id']} {said}, which is not a number of points.",
            "Give the points, or leave the sheet out.",
            row=one["row"],
            field="score",
        )
    key: Ints = np.zeros(numbers.height, dtype=np.int64)
    for name in keys:
        names, position = _coded(numbers[name])
        key = key * len(names) + position
    twice = pl.Series(key)
    if twice.n_unique() < len(twice):
        one = _first(numbers.filter(~twice.is_first_distinct()))
        where = f" for {one['criterion']}" if "criterion" in keys else ""
        raise UnusableSheets(
            "twice",
            f"{one['juror_id']} has more than one score for {one['application_id']}{where}.",
            "Keep one of them.",
            row=one["row"],
            field="juror_id",
        )
    return numbers.select(*keys, score=pl.col("number"))


def _first(rows: pl.DataFrame) -> dict[str, Any]:
    return rows.row(0, named=True)


def _per_sheet(marks: pl.DataFrame, weights: Mapping[str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One score a sheet, and the criteria with their effects, which sum to nothing over the weights."""
    names = marks["criterion"].unique().sort().to_list()
    for name, weight in weights.items():
        if name not in names:
            raise UnusableSheets("strange_weight", f"No mark is for {name}, which has a weight.", "Check its name.")
        if not 0 < weight < float("inf"):
            raise UnusableSheets("strange_weight", f"The weight of {name} is {weight}.", "Give a number above 0.")
    share = np.array([float(weights.get(name, 1.0)) for name in names])
    _, criterion = _coded(marks["criterion"])
    application, juror = _coded(marks["application_id"])[1], _coded(marks["juror_id"])[1]
    _, sheet = np.unique(application * (juror.max() + 1) + juror, return_inverse=True)
    effect = _effects(sheet.astype(np.int64), criterion, marks["score"].to_numpy(), len(names))
    effect -= (share * effect).sum() / share.sum()
    table = marks.with_columns(
        free=marks["score"] - pl.Series(effect[criterion]),
        weight=pl.Series(share[criterion]),
    )
    scores = table.group_by("application_id", "juror_id").agg(
        score=(pl.col("free") * pl.col("weight")).sum() / pl.col("weight").sum()
    )
    counts = np.bincount(criterion, minlength=len(names)).astype(np.int64)
    return scores, pl.DataFrame({"criterion": names, "marks": counts, "effect": effect}, schema=CRITERIA)


def _effects(sheet: Ints, criterion: Ints, mark: Floats, count: int) -> Floats:
    """Least squares of mark = sheet + criterion, the sheets eliminated; least in size where the marks leave it open."""
    sheets = int(sheet.max()) + 1
    given = np.zeros((sheets, count))
    given[sheet, criterion] = 1.0
    size = given.sum(axis=1)
    mean = np.bincount(sheet, mark, minlength=sheets) / size
    right = np.bincount(criterion, mark - mean[sheet], minlength=count)
    left = np.diag(given.sum(axis=0)) - given.T @ (given / size[:, None])
    return np.asarray(np.linalg.pinv(left, rcond=1e-9, hermitian=True) @ right, dtype=np.float64)
