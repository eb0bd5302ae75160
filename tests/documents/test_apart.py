"""Papers drawn beside this process: the same bytes, the same refusals, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
from datetime import date
from pathlib import Path

import pytest

from laurea.documents.papers import apart, engine
from laurea.documents.papers.engine import HERE, NoSuchSign
from laurea.documents.papers.lists import AddressLabel
from laurea.errors import BadInput

ON = date(2026, 12, 15)
TEMPLATE = HERE / "labels.typ"


def values(line: str = "Əli Məmmədov") -> dict[str, object]:
    label = AddressLabel([line], "AZ-1")
    told: dict[str, object] = {"language": "en", "colour": "#1f4e79", "authority": "Office", "heading": "Labels"}
    dated = {"year": ON.year, "month": ON.month, "day": ON.day}
    return told | {"skip": 0, "dated": dated, "labels": [{"lines": list(label.lines), "ref": label.ref}]}


def test_it_gives_what_the_engine_gives() -> None:
    assert apart.draw(TEMPLATE, values()) == engine.draw(TEMPLATE, values())


def test_refusals_come_through(tmp_path: Path) -> None:
    with pytest.raises(NoSuchSign) as found:
        apart.draw(TEMPLATE, values("Robots 🤖"))
    assert found.value.sign == "🤖"
    (tmp_path / "broken.typ").write_text("#unknown-thing", encoding="utf-8")
    with pytest.raises(BadInput, match="Mend the template"):
        apart.draw(tmp_path / "broken.typ", values(), tmp_path)
    assert apart.draw(TEMPLATE, values())


def test_a_process_that_was_killed_is_replaced() -> None:
    before = apart.draw(TEMPLATE, values())
    process = apart._HAND.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert apart.draw(TEMPLATE, values()) == before
    assert apart._HAND.process is not process


def test_a_process_draws_so_many_papers_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST", 2)
    apart._HAND.stop()
    seen = []
    for _ in range(5):
        apart.draw(TEMPLATE, values())
        assert apart._HAND.process is not None
        seen.append(apart._HAND.process.pid)
    assert [seen.index(one) for one in seen] == [0, 0, 2, 2, 4]
    assert apart._HAND.process.poll() is None
