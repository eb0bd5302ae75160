"""Values that wait for their transaction: in order, as often as asked, in memory or in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from laurea.store import spool
from laurea.store.batches import portions
from laurea.store.spool import Spool


@pytest.mark.parametrize("memory", [1 << 20, 64])
def test_values_come_back_in_order_as_often_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", memory)
    wanted = [("letter", bytes([one]) * 30) for one in range(50)]
    with Spool[tuple[str, bytes]](tmp_path / "new") as kept:
        kept.add(wanted[:20])
        kept.add(iter(wanted[20:]))
        assert len(kept) == 50
        assert list(kept) == wanted
        assert list(kept) == wanted
        assert list((tmp_path / "new").iterdir()) == []  # whatever it wrote has no name


def test_portions_are_whole_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("laurea.store.batches.BATCH", 3)
    assert list(portions(iter(range(7)))) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(portions([])) == []
