"""The chain of the audit: what it names when a line was touched."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from evaluators import seals

MOMENT = datetime(2026, 11, 22, 9, 30, 1, 250, tzinfo=UTC)


def chain(length: int, name: str = "round:7") -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    before = ""
    for number in range(1, length + 1):
        line: dict[str, Any] = {
            "authority_id": 1, "round_id": 7, "at": MOMENT + timedelta(minutes=number), "actor": f"person:{number}",
            "event": "sheet_submitted", "subject": f"application:{number}", "details": {"points": number, "of": [1, 2]},
        }  # fmt: skip
        before = seals.seal(before, name, number, line)
        lines.append(line | {"number": number, "seal": before})
    return lines


def test_a_chain_as_it_was_written_has_no_fault() -> None:
    assert seals.faults("round:7", chain(9)) == []


def test_every_changed_field_of_every_line_is_named_once() -> None:
    changed: dict[str, Any] = {
        "authority_id": 2, "round_id": None, "at": MOMENT, "actor": "clock", "event": "round_opened", "subject": "",
        "details": {"points": 3, "of": [2, 1]}, "seal": "0" * 64,
    }  # fmt: skip
    for number in range(1, 6):
        for name, value in changed.items():
            lines = chain(6)
            lines[number - 1][name] = value
            named = [fault.number for fault in seals.faults("round:7", lines)]
            # a forged seal is named itself, and the line after it rests on another
            assert named == ([number, number + 1] if name == "seal" else [number])


def test_a_line_taken_out_is_named_with_its_number() -> None:
    lines = chain(6)
    del lines[2:4]
    assert [(fault.number, fault.problem) for fault in seals.faults("round:7", lines)] == [
        (3, "lines 3 to 4 are missing")
    ]


def test_two_lines_that_changed_places_are_named() -> None:
    lines = chain(6)
    lines[1], lines[2] = lines[2] | {"number": 2}, lines[1] | {"number": 3}
    assert {2, 3} <= {fault.number for fault in seals.faults("round:7", lines)}


def test_a_line_of_another_chain_does_not_fit() -> None:
    assert [fault.number for fault in seals.faults("round:8", chain(1))] == [1]


def test_a_seal_is_the_same_before_and_after_the_records_kept_it() -> None:
    line = chain(1)[0] | {"details": {10: "ten", 9: ("a", "b"), "ə": 0.1}}
    kept = line | {"details": {"10": "ten", "9": ["a", "b"], "ə": 0.1}, "at": line["at"].astimezone()}
    assert seals.seal("", "round:7", 1, line) == seals.seal("", "round:7", 1, kept)


def test_a_chain_cut_off_at_its_end_is_found_by_a_head_kept_elsewhere() -> None:
    lines = chain(6)
    head = lines[-1]["seal"]
    cut = {line["number"]: line["seal"] for line in lines[:4]}
    assert seals.faults("round:7", lines[:4]) == []
    found = seals.against("round:7", 6, head, cut.get(6))
    assert found is not None
    assert found.number == 6
    whole = {line["number"]: line["seal"] for line in lines}
    assert seals.against("round:7", 6, head, whole[6]) is None
    assert seals.against("round:7", 6, "f" * 64, whole[6]) is not None


def test_a_chain_written_anew_from_some_line_on_is_found_by_a_head() -> None:
    rng = random.Random(3)
    lines = chain(8)
    number = rng.randrange(2, 8)
    forged = [dict(line) for line in lines]
    forged[number - 1]["details"] = {"points": 99}
    before = forged[number - 2]["seal"]
    for line in forged[number - 1 :]:
        before = line["seal"] = seals.seal(before, "round:7", line["number"], line)
    assert seals.faults("round:7", forged) == []
    kept = {line["number"]: line["seal"] for line in forged}
    assert seals.against("round:7", 8, lines[-1]["seal"], kept[8]) is not None
