"""A turn of the clock in which a round fails: the others and the post go on, and the run says so at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import clockwork as turning
from tests.web import seeding
from tests.web.programme import add_year


def test_one_failing_round_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = seeding.seed(tmp_path)
    other = add_year(place, 2025, applications=1, granted=0, released=False)
    done: list[object] = []

    def run_steps(round_id: int) -> int:
        done.append(round_id)
        if round_id == place.round_id:
            raise ValueError("this round is broken")
        return 1

    def send_all_due() -> int:
        done.append("post")
        return 0

    for name, value in (
        ("engine", lambda: place.engine), ("settings", lambda: place.settings), ("run_steps", run_steps),
        ("send_all_due", send_all_due), ("remind_round", lambda _id: 0),
    ):  # fmt: skip
        monkeypatch.setattr(turning, name, value)
    with pytest.raises(ExceptionGroup) as found:
        turning.clockwork.fn()
    assert [str(one) for one in found.value.exceptions] == ["this round is broken"]
    assert set(done) == {place.round_id, other, "post"}
    assert done[-1] == "post"
    place.engine.dispose()
