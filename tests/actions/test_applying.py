"""Applying from the first draft to an answered appeal, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from laurea.actions import answer, appeal, correct, gather, open_round, sign_in
from laurea.actions import apply as deeds
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.intake import NewAuthority
from laurea.ledger import SYSTEM
from laurea.settings import Settings
from laurea.store import pages_applicant, pages_heard, pages_public
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.invariants import broken
from rules.library import load

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CALL = Path(__file__).parents[1] / "web" / "call.yaml"
OFFICE = NewAuthority("AZ", "Office", "office@example.org", "AZ", "az", "Asia/Baku")
CONTENT = {
    "heading": {"unit_name": "Rivers", "unit_ref": "", "institution": "", "region": ""},
    "facts": {"stage": "finished", "hours": "2.5"},
    "children": {"partners": [{"school": "One"}, {"school": "Two"}]},
}


@pytest.fixture
def round_id(engine: Engine) -> int:
    new = open_round.NewRound(
        code="call", title="A call", authority="AZ", country="AZ", opens_at=NOW - DAY, closes_at=NOW + 9 * DAY,
        review_until=NOW + 40 * DAY, award_on=date(2026, 12, 1), languages=("en", "lv"),
    )  # fmt: skip
    return open_round.open_round(engine, new, OFFICE, load(CALL), actor=SYSTEM, now=NOW)


def person(engine: Engine, address: str, settings: Settings) -> int:
    """A newcomer who asked for a link."""
    with reading(engine) as connection:
        authority = connection.execute(select(t.authorities.c.id)).scalar_one()
    newcomer = sign_in.Newcomer(authority, "lv")
    assert len(sign_in.request_link(engine, address, None, NOW, settings, newcomer=newcomer)) == 1
    with reading(engine) as connection:
        query = select(t.people.c.id).where(t.people.c.email == address)
        return int(connection.execute(query).scalar_one())


def begin(engine: Engine, who: int) -> str:
    return deeds.begin(engine, person_id=who, authority_id=1, code="call", name="Nino", now=NOW)


def handed_in(engine: Engine, who: int, settings: Settings) -> str:
    key = begin(engine, who)
    saved = deeds.save(engine, person_id=who, key=key, content=CONTENT, version=1, now=NOW)
    return deeds.hand_in(engine, person_id=who, key=key, version=saved.version, now=NOW, settings=settings)


def own(engine: Engine, who: int, key: str) -> pages_applicant.Own:
    with reading(engine) as connection:
        found = pages_applicant.own(connection, who, key)
    assert found is not None
    return found


def test_draft_becomes_an_application_of_all_who_wrote_it(
    engine: Engine, round_id: int, database_settings: Settings
) -> None:
    first = person(engine, "nino@example.org", database_settings)
    key = begin(engine, first)
    deeds.invite(
        engine, person_id=first, key=key, address="giorgi@example.org", now=NOW, settings=database_settings
    )  # fmt: skip
    second = person(engine, "giorgi@example.org", database_settings)
    saved = deeds.save(engine, person_id=first, key=key, content=CONTENT, version=1, now=NOW)
    with pytest.raises(deeds.Elsewhere) as refused:
        deeds.save(engine, person_id=second, key=key, content={**CONTENT, "facts": {}}, version=1, now=NOW)
    assert refused.value.theirs.facts == CONTENT["facts"]
    again = deeds.save(engine, person_id=second, key=key, content=CONTENT, version=1, now=NOW)
    assert again.version == saved.version  # the same text is no change
    made = deeds.hand_in(
        engine, person_id=second, key=key, version=saved.version, now=NOW, settings=database_settings
    )  # fmt: skip
    twice = deeds.hand_in(engine, person_id=first, key=key, version=1, now=NOW, settings=database_settings)
    assert made == twice
    assert own(engine, first, made).facts == own(engine, second, made).facts == CONTENT["facts"]
    stranger = person(engine, "stranger@example.org", database_settings)
    with reading(engine) as connection:
        assert pages_applicant.own(connection, stranger, made) is None
        assert [one.state for one in pages_applicant.mine(connection, second)] == ["submitted"]
        said = pages_applicant.statements(connection, own(engine, first, made).id)
        assert {(one.fact, one.name) for one in said} == {(name, "Nino") for name in ("stage", "hours", "partners")}
        assert broken(connection) == []


def test_correction_counts_and_what_stood_is_kept(engine: Engine, round_id: int, database_settings: Settings) -> None:
    who = person(engine, "nino@example.org", database_settings)
    key = handed_in(engine, who, database_settings)
    assert (
        correct.say(engine, person_id=who, key=key, fact="hours", kind="corrected", value="3", now=NOW) == "corrected"
    )
    assert correct.say(engine, person_id=who, key=key, fact="earlier", kind="corrected", value="1", now=NOW) == "asked"
    found = own(engine, who, key)
    assert found.facts == {"stage": "finished", "hours": "3"}
    with reading(engine) as connection:
        said = [(one.fact, one.kind, one.before, one.after) for one in pages_applicant.statements(connection, found.id)]
        waits = pages_heard.waiting(connection, round_id)
    assert said[-2:] == [("hours", "corrected", "2.5", "3"), ("earlier", "asked", None, "1")]
    assert waits == {"appeal": 0, "statement": 1}
    with pytest.raises(NotNow):
        correct.say(engine, person_id=who, key=key, fact="hours", kind="corrected", value="4", now=NOW + 10 * DAY)


def test_correction_made_while_a_source_answers_is_not_lost(
    engine: Engine, round_id: int, database_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person(engine, "nino@example.org", database_settings)
    key = handed_in(engine, who, database_settings)

    said: list[str] = []

    class Register:
        def ask(self, units: list[str]) -> dict[str, dict[str, object]]:
            if not said:
                said.append(
                    correct.say(engine, person_id=who, key=key, fact="hours", kind="corrected", value="3", now=NOW)
                )
            return {units[0]: {"facts": {"earlier": 1}}}

    monkeypatch.setattr(gather, "open_register", lambda *_: Register())
    monkeypatch.setattr(gather, "as_content", lambda entry, _facts: {"children": {}, **entry})
    found = own(engine, who, key)
    for expected in ({"hours": "3"}, {"hours": "3", "earlier": 1}):  # of what changed it is asked once more
        gather.gather(engine, round_id, [found.id], addresses={}, now=NOW)
        assert own(engine, who, key).facts == {"stage": "finished", **expected}


def test_appeal_is_filed_once_and_answered_by_its_own_office(
    engine: Engine, round_id: int, database_settings: Settings
) -> None:
    who = person(engine, "nino@example.org", database_settings)
    key = handed_in(engine, who, database_settings)
    given = {"given": {"ground": "procedure"}, "words": "Another was read.", "settings": database_settings}
    with pytest.raises(NotNow):
        appeal.appeal(engine, person_id=who, key=key, now=NOW, **given)  # type: ignore[arg-type]
    released(engine, round_id, own(engine, who, key), who)
    appeal.appeal(engine, person_id=who, key=key, now=NOW + 20 * DAY, **given)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        appeal.appeal(engine, person_id=who, key=key, now=NOW + 20 * DAY, **given)  # type: ignore[arg-type]
    with reading(engine) as connection:
        (heard,) = pages_heard.heard(connection, round_id)
        assert (heard.kind, heard.finding, heard.facts["filed_on"]) == ("appeal", "not_considered", "2026-09-21")
        assert [one.name for one in broken(connection) if "appeal" in one.name.lower()] == []
    common = {"round_id": round_id, "kind": "appeal", "number": heard.id, "words": "Looked at.", "person_id": who,
              "settings": database_settings}  # fmt: skip
    with pytest.raises(NotFound):
        answer.answer(engine, authority_id=99, now=NOW, **common)  # type: ignore[arg-type]
    answer.answer(engine, authority_id=1, now=NOW + 21 * DAY, **common)  # type: ignore[arg-type]
    with reading(engine) as connection:
        found = pages_applicant.appeal(connection, heard.application_id)
    assert found is not None
    assert (found.answer, found.settled_at) == ("Looked at.", NOW + 21 * DAY)


def test_whoever_appealed_gets_the_answer_in_one_letter(
    engine: Engine, round_id: int, database_settings: Settings
) -> None:
    who = person(engine, "nino@example.org", database_settings)
    key = handed_in(engine, who, database_settings)
    released(engine, round_id, own(engine, who, key), who)
    given = {"given": {"ground": "procedure"}, "words": "Another was read.", "settings": database_settings}
    appeal.appeal(engine, person_id=who, key=key, now=NOW + 20 * DAY, **given)  # type: ignore[arg-type]
    with reading(engine) as connection:
        (heard,) = pages_heard.heard(connection, round_id)

    def answered(words: str) -> None:
        answer.answer(
            engine, authority_id=1, round_id=round_id, kind="appeal", number=heard.id, words=words, person_id=who,
            settings=database_settings, now=NOW + 21 * DAY,
        )  # fmt: skip

    with pytest.raises(BadInput):
        answered("\u200b\n\u200b")  # nothing that could be read
    long = "y" * 6_000  # one word, longer than one paragraph of a letter
    answered(f"See <b>the minutes</b> & the {{{{ rules }}}}.\n\n \u200b \nŠ {long}\n")
    answered("Something else.")
    with writing(engine) as connection:  # whoever answers at the same moment comes too late
        assert not pages_heard.settle(connection, "appeal", heard.id, "Something else.", who, NOW)
    with reading(engine) as connection:
        m = t.messages.c
        query = select(m.kind, m.key, m.person_id, m.address, m.language, m.state, m.content)
        every = connection.execute(query.where(m.kind != "sign_in").order_by(m.id)).all()
    assert [one.kind for one in every] == ["received", "appeal_received", "appeal_answered"]
    (letter,) = (one for one in every if one.kind == "appeal_answered")
    assert (letter.key, letter.person_id, letter.address) == (f"appeal_answered:{heard.id}", who, "nino@example.org")
    assert (letter.language, letter.state) == ("lv", "due")
    plain, html = (
        bytes(part.get_payload(decode=True)).decode().replace("\r\n", "\n")
        for part in message_from_bytes(letter.content).walk()
        if not part.is_multipart()
    )
    for text in (plain, html):
        assert "Uz Jūsu apelāciju ir atbildēts" in text
        assert "Lēmums paliek negrozīts." in text
        assert f"{database_settings.public_url}/my/{key}" in text
        assert text.count("y" * 900) == 6
        assert "Something else" not in text
    assert "See <b>the minutes</b> & the {{ rules }}.\n" in plain
    assert "See &lt;b&gt;the minutes&lt;/b&gt; &amp; the {{ rules }}.</p>" in html
    assert html.count("border-left: 3px solid") == 3  # a paragraph with its first letters, and the long word in two


def test_gallery_obeys_the_holder_and_nobody_else(engine: Engine, round_id: int, database_settings: Settings) -> None:
    who = person(engine, "nino@example.org", database_settings)
    other = person(engine, "other@example.org", database_settings)
    key = handed_in(engine, who, database_settings)
    released(engine, round_id, own(engine, who, key), who)

    def named() -> list[str]:
        with reading(engine) as connection:
            return [
                one.unit_name for one in pages_public.gallery(connection, country="AZ", year=2026, search="riv").rows
            ]

    assert named() == ["Rivers"]
    with pytest.raises(NotFound):
        appeal.show(engine, person_id=other, key=key, public=False, now=NOW)
    appeal.show(engine, person_id=who, key=key, public=False, now=NOW)
    assert named() == []
    with reading(engine) as connection:
        assert pages_public.gallery_choices(connection) == ({}, [])


def released(engine: Engine, round_id: int, found: pages_applicant.Own, who: int) -> None:
    """Decide and release, as the round's own steps would."""
    with writing(engine) as connection:
        at = {"routed_at": NOW, "proposed_at": NOW, "released_at": NOW}
        connection.execute(update(t.rounds).values(**at))
        connection.execute(update(t.applications).values(state="decided"))
        decision = connection.execute(
            insert(t.decisions)
            .values(authority_id=1, round_id=round_id, application_id=found.id, state="released", outcome="label",
                    granted=True, trace=[], rule_set="x", policies={}, proposed_at=NOW, released_at=NOW)
            .returning(t.decisions.c.id)
        ).scalar_one()  # fmt: skip
        connection.execute(
            insert(t.grants).values(
                authority_id=1, round_id=round_id, decision_id=decision, application_id=found.id, person_id=who,
                number="N" * 22, award="example-call", title="Label", holder="Rivers", country="AZ",
                valid_from=NOW.date(),
            )
        )  # fmt: skip
