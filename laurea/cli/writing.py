"""What `laurea evaluate` writes: tables that grow batch by batch and appear only when they are whole; the digest."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from evaluators import decide
from laurea.cli.one_table import harmless
from rules.plan import Plan

_LINES = 5_000
_GROUP = 250_000  # rows of a Parquet file that are kept together


class Table:
    """A table that grows; the ending of its name says the format. Without a path nothing is written.

    It is written beside its place and put there at the end, so that nobody finds half of it; after an error what stood
    there before still stands.
    """

    def __init__(self, path: Path | None, parts: Path) -> None:
        self.path, self.parts = path, parts
        self.kind = path.suffix.lower() if path else ""
        self.growing = path.with_name(f".{path.name}.part") if path else parts
        self.begun = 0
        self.told: dict[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None and self.path is not None and self.begun:
                self._close()
        finally:
            self.growing.unlink(missing_ok=True)

    def add(self, table: pl.DataFrame, told: dict[str, str] | None = None) -> None:
        """More rows; `told` stands once in a Parquet file."""
        self.told = self.told or told
        if self.kind == ".parquet":
            table.write_parquet(self.parts.with_name(f"{self.parts.name}-{self.begun:06d}.parquet"))
        elif self.kind in (".jsonl", ".ndjson"):
            with self.growing.open("ab" if self.begun else "wb") as stream:
                table.write_ndjson(stream)
        else:
            flat = harmless(table.with_columns(pl.col("needs", "policies").list.join(";")))
            with self.growing.open("ab" if self.begun else "wb") as stream:
                flat.write_csv(stream, include_header=not self.begun)
        self.begun += 1

    def lines(self, found: Iterator[str]) -> None:
        """More lines of text."""
        with self.growing.open("a" if self.begun else "w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in found)
        self.begun += 1

    def _close(self) -> None:
        assert self.path is not None
        if self.kind == ".parquet":
            parts = sorted(self.parts.parent.glob(f"{self.parts.name}-*.parquet"))
            pl.scan_parquet(parts).sink_parquet(
                self.growing, metadata=self.told, compression="zstd", maintain_order=True, row_group_size=_GROUP
            )
        self.growing.replace(self.path)


class Digest:
    """The digest of decisions that come batch by batch: the same as of all of them at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: list[Path] = []

    def add(self, verdicts: pl.DataFrame) -> None:
        """More decisions."""
        self.parts.append(self.folder / f"lines-{len(self.parts)}.arrow")
        decide.canonical(verdicts).write_ipc(self.parts[-1])

    def close(self, plan: Plan, seed: int) -> str:
        """SHA-256 over all of them, in order of application_id."""
        sum_ = hashlib.sha256(decide.canonical_head(plan, seed))
        for _, line in heapq.merge(*map(_read, self.parts)):
            sum_.update(b"\n" + line.encode())
        return sum_.hexdigest()


def _read(part: Path) -> Iterator[tuple[str, str]]:
    table = pl.scan_ipc(part)
    for start in range(0, table.select(pl.len()).collect().item(), _LINES):
        yield from table.slice(start, _LINES).collect().iter_rows()
