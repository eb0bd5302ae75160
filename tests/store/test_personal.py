"""What the records hold of whom: every column stands in the register, and nothing stands there that is no column."""

from __future__ import annotations

from evaluators.personal import Keep, Kind, Way, Whose
from laurea.store import tables as t
from laurea.store.personal_register import REGISTER


def test_every_column_says_what_it_holds_and_what_becomes_of_it() -> None:
    """Where this fails: give a new table or column its line in laurea/store/personal_register.py."""
    columns = {table.name: {one.name for one in table.columns} for table in t.metadata.sorted_tables}
    told = {name: set(entry.columns) for name, entry in REGISTER.items()}
    missing = {name: held - told.get(name, set()) for name, held in columns.items() if held - told.get(name, set())}
    unknown = {name: held - columns.get(name, set()) for name, held in told.items() if held - columns.get(name, set())}
    assert (missing, unknown) == ({}, {})


def test_what_names_somebody_does_not_stay() -> None:
    """Names, addresses, answers and words go, but for what an office says of itself and facts decisions rest on."""
    named = {Kind.NAME, Kind.CONTACT, Kind.ANSWERS, Kind.WORDS, Kind.FILE}
    staying = {
        f"{name}.{key}"
        for name, entry in REGISTER.items()
        for key, one in entry.columns.items()
        if one.kind in named and one.way is Way.STAYS
    }
    assert staying == {"authorities.email", "replays.facts"}


def test_whatever_is_emptied_has_a_way_to_a_person_or_a_time_of_its_own() -> None:
    unreached = {
        name
        for name, entry in REGISTER.items()
        if not entry.through and entry.keep in (Keep.PERSON, Keep.ALWAYS)
        and any(one.way is not Way.STAYS for one in entry.columns.values())
    }  # fmt: skip
    assert unreached == set()
    for name, entry in REGISTER.items():
        assert all(one in t.metadata.tables[name].columns for one in entry.through), name
        assert (entry.whose == (Whose.NOBODY,)) == (Whose.NOBODY in entry.whose), name
