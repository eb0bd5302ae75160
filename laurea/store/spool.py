"""What one transaction will write, made before it begins: in memory while it is little, then in a file without a name.

A round's letters take seconds to write and gigabytes to hold; whoever else has something to save should wait for
neither.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Generic, TypeVar

from laurea.store.batches import portions

IN_MEMORY = 16 << 20  # bytes
T = TypeVar("T")


class Spool(Generic[T]):
    """Values in the order they were added. The file has no name and goes with the process.

    It lies in `folder`, or where the system keeps what is temporary.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY, dir=None if folder is None else str(folder))  # noqa: SIM115 - closed by `__exit__`
        self._count = self._portions = 0

    def __enter__(self) -> Spool[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, values: Iterable[T]) -> None:
        """Append values."""
        for some in portions(values):
            self._file.write(pickle.dumps(some, pickle.HIGHEST_PROTOCOL))
            self._count += len(some)
            self._portions += 1

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        for _ in range(self._portions):
            yield from pickle.load(self._file)  # noqa: S301 - written by this process, and nobody else can open it
