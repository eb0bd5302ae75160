"""The award kit: who gets which thing, what is engraved, how many of each are needed."""

from __future__ import annotations

from evaluators.award_kit import Item, Piece, contents, engraved, pieces, unknown_words

LABEL = {"holder": "School No. 6", "title": "Label", "year": "2026", "institution": ""}


def test_things_go_to_those_who_have_their_outcome_and_to_everybody_without_one() -> None:
    kit = [Item("Plaque", ("gold",), 1, "{holder} {year}"), Item("Flag", (), 2)]
    assert contents(kit, "gold", LABEL) == [Piece("Plaque", 1, "School No. 6 2026"), Piece("Flag", 2)]
    assert contents(kit, "silver", LABEL) == [Piece("Flag", 2)]


def test_what_a_label_does_not_say_leaves_no_gap_in_an_engraving() -> None:
    assert engraved("{holder} {institution} {year}", LABEL) == "School No. 6 2026"
    assert engraved("{number}", LABEL) == ""


def test_a_name_that_looks_like_a_word_is_not_filled_in_again() -> None:
    assert engraved("{holder}", {"holder": "{year}", "year": "2026"}) == "{year}"


def test_words_no_label_has_are_named_once_each() -> None:
    assert unknown_words("{holder} {points} {points} {}") == ["points", ""]
    assert unknown_words("{holder} · {title} · {number}") == []


def test_things_are_counted_over_all_parcels() -> None:
    parcels = [[Piece("Plaque", 1), Piece("Flag", 2)], [Piece("Flag", 2)], []]
    assert pieces(parcels) == {"Plaque": 1, "Flag": 4}
