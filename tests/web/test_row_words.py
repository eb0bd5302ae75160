"""What is wrong with rows of files, said in the reader's language: every sentence the readers of files really make."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from laurea.errors import BadInput, Refusal
from laurea.sources.tables import read_conflicts, read_jurors
from laurea.store import tables as t
from laurea.store.engine import writing
from laurea.web.row_words import again, sentences
from notifications.catalogues import STAFF, translator
from tests.web.conftest import Browser
from tests.web.seeding import Place

JURORS = """juror_id,name,email,country,languages,max_load,min_load,colour
J1,Ana,ana@example.org,GE,ka,5,0,x
J1,Ana,other@example.org,GE,ka,5,0,x
J2,,not an address,Georgia,ka,5,0,x
J3,Eka,ana@example.org,GE,ka,2,5,x
J4,E\u200dk\u202ea,eka@example.org,GE,ka,many,0,x
J5,Ia,ia@example.org,GE
J6,Nia,nia@example.org,GE,"ka, en",5,0,x
J7,Lia,lia@example.org,GE,Georgian language,5,0,x
"""


def refusals(path: Path, reads: object) -> list[Refusal]:
    try:
        found = reads(path)  # type: ignore[operator]
    except BadInput as wrong:
        return list(wrong.refusals)
    return list(found.refusals)


def test_what_readers_of_files_say_is_known_and_said_again(tmp_path: Path) -> None:
    jurors, conflicts = tmp_path / "jurors.csv", tmp_path / "conflicts.csv"
    jurors.write_text(JURORS, encoding="utf-8")
    conflicts.write_text("application_id,juror_id,kind\nA1,,own\nA1,J1,own\nA1,J1,own\n", encoding="utf-8")
    found = refusals(jurors, read_jurors) + refusals(conflicts, read_conflicts)
    assert len(found) >= 8
    unknown = {text for one in found for text in (one.problem, one.remedy) if text and again(text, str) != text}
    assert unknown == set()
    for language in STAFF[1:]:
        say = translator(language, "portal").gettext
        assert all(again(one.problem, say) not in (None, one.problem) for one in found)


@pytest.mark.parametrize("language", STAFF[1:])
def test_every_sentence_is_translated_and_keeps_what_it_names(language: str) -> None:
    say = translator(language, "portal").gettext
    for english, said in zip(sentences(str), sentences(say), strict=True):
        assert str(said) != english
        assert sorted(part.split("}")[0] for part in said.split("{")[1:]) == sorted(
            part.split("}")[0] for part in english.split("{")[1:]
        )


def test_several_sentences_are_one_text_and_a_strange_one_is_left_alone() -> None:
    text = "Did you mean max_load? Check its spelling or remove it. Until then the value is unknown."
    assert again(text, str) == text
    assert again("The dog ate it. Fill it in.", str) is None
    assert again("“{value}” is not a date.", str) == "“{value}” is not a date."  # filled in once


def test_officer_reads_them_in_their_language(browser: Browser, place: Place) -> None:
    base = {"authority_id": 1, "round_id": place.round_id, "file": "f.csv", "refused_at": place.now}
    with writing(place.engine) as connection:
        for row, problem, remedy in (
            (2, "“12 May” is not a date.", "Write it as year-month-day, such as 2023-01-09."),
            (3, "The <b>dog</b> ate it.", ""),
        ):
            values = {"row": row, "field": "day", "problem": problem, "remedy": remedy}
            connection.execute(insert(t.refused_rows).values(**base, **values))
    browser.sign_in(place, place.officers[0])
    text = browser.get("/rounds/example-2026/refused?lang=lv").text
    assert "„12 May” nav datums." in text
    assert '<span lang="en">The &lt;b&gt;dog&lt;/b&gt; ate it.</span>' in text
    assert "“12 May” is not a date." in browser.get("/rounds/example-2026/refused?lang=en").text
