"""Files of a draft: at most so many, each once, handed in as they stand, gone when their time is over."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, insert, select, update

from evaluators.personal import Keep, Policy
from laurea import ledger
from laurea.actions import anonymise, apply, attach, open_round, personal_export, retain
from laurea.errors import BadInput, NotFound, NotNow
from laurea.intake import NewAuthority
from laurea.ledger import SYSTEM
from laurea.settings import Settings
from laurea.sources import attached as reader
from laurea.sources.attached import MOST_FILES, Copied
from laurea.store import attached, bundles, pages_applicant, retention
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.store.invariants import broken
from laurea.store.keeping import digest_of
from rules.library import load

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CALL = Path(__file__).parents[1] / "web" / "call.yaml"
OFFICE = NewAuthority("AZ", "Office", "office@example.org", "AZ", "az", "Asia/Baku")
HEADING = {"unit_name": "Rivers", "unit_ref": "", "institution": "", "region": ""}
CONTENT = {
    "heading": HEADING,
    "facts": {"stage": "finished", "hours": "2.5"},
    "children": {"partners": [{"school": "One"}, {"school": "Two"}]},
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file is made of is the question of tests/sources/test_attached.py; here each is a page that fits."""
    monkeypatch.setattr(reader, "copied", lambda content: Copied("pdf", [(3, 4, 6)], b"copy" + content[-2:]))


@pytest.fixture
def people(engine: Engine) -> list[int]:
    """Two people of an office with a round that takes applications."""
    new = open_round.NewRound(
        code="call", title="A call", authority="AZ", country="AZ", opens_at=NOW - DAY, closes_at=NOW + 9 * DAY,
        review_until=NOW + 40 * DAY, award_on=date(2026, 12, 1), languages=("en", "lv"),
    )  # fmt: skip
    open_round.open_round(engine, new, OFFICE, load(CALL), actor=SYSTEM, now=NOW)
    made = insert(t.people).returning(t.people.c.id)
    someone = {"authority_id": 1, "language": "en", "role": "applicant", "created_at": NOW}
    with writing(engine) as connection:
        return [
            connection.execute(made.values(name=name, email=f"{name}@example.org", **someone)).scalar_one()
            for name in ("nino", "giorgi")
        ]


@pytest.fixture
def key(engine: Engine, people: list[int], database_settings: Settings) -> str:
    """A draft of both."""
    made = apply.begin(engine, person_id=people[0], authority_id=1, code="call", name="Nino", now=NOW)
    common = {"person_id": people[0], "key": made, "now": NOW}
    apply.invite(engine, **common, address="giorgi@example.org", settings=database_settings)  # type: ignore[arg-type]
    apply.save(engine, **common, content=CONTENT, version=1)  # type: ignore[arg-type]
    return made


def add(engine: Engine, who: int, key: str, number: int = 1) -> None:
    attach.add(engine, person_id=who, key=key, name=f"Nino {number}.pdf", content=b"content %02d" % number, now=NOW)


def hand_in(engine: Engine, who: int, key: str, settings: Settings, **more: list[str]) -> int:
    with reading(engine) as connection:
        draft = pages_applicant.draft(connection, who, key)
    assert draft is not None
    version = draft.version
    made = apply.hand_in(
        engine, person_id=who, key=key, version=version, now=NOW, settings=settings, files=more.get("files")
    )
    with reading(engine) as connection:
        found = pages_applicant.own(connection, who, made)
    assert found is not None
    return found.id


def held(engine: Engine, application_id: int) -> list[attached.File]:
    with reading(engine) as connection:
        return attached.of_application(connection, application_id)


def rows(engine: Engine) -> list[bytes]:
    with reading(engine) as connection:
        return [bytes(one) for one in connection.execute(select(t.application_files.c.content)).scalars()]


def test_two_who_add_at_once_never_come_to_more_than_there_may_be(engine: Engine, people: list[int], key: str) -> None:
    together = Barrier(2 * MOST_FILES)

    def one(number: int) -> str:
        together.wait(30)
        try:
            add(engine, people[number % 2], key, number)
        except BadInput as refused:
            return refused.says
        return ""

    with ThreadPoolExecutor(2 * MOST_FILES) as pool:
        said = list(pool.map(one, range(2 * MOST_FILES)))
    assert sorted(said) == [""] * MOST_FILES + ["An application has at most 5 files."] * MOST_FILES
    assert len(rows(engine)) == MOST_FILES


def test_files_are_added_once_taken_out_and_handed_in_as_they_stand(
    engine: Engine, people: list[int], key: str, database_settings: Settings
) -> None:
    for number in (1, 2, 2, 3):
        add(engine, people[0], key, number)
    attach.take_out(engine, person_id=people[1], key=key, digest=digest_of(b"content 02"), now=NOW)
    attach.take_out(engine, person_id=people[1], key=key, digest=digest_of(b"content 02"), now=NOW)
    digests = [digest_of(b"content 01"), digest_of(b"content 03")]
    with pytest.raises(apply.Elsewhere):  # not what is there
        hand_in(engine, people[0], key, database_settings, files=digests[:1])
    application = hand_in(engine, people[0], key, database_settings, files=digests)
    assert [(one.name, one.digest, one.pages, one.added_by) for one in held(engine, application)] == [
        ("Nino 1.pdf", digests[0], [[3, 4, 6]], "Nino"), ("Nino 3.pdf", digests[1], [[3, 4, 6]], "Nino"),
    ]  # fmt: skip
    for deed in (
        lambda: add(engine, people[0], key, 4),
        lambda: attach.take_out(engine, person_id=people[0], key=key, digest=digests[0], now=NOW),
    ):
        with pytest.raises(NotNow):
            deed()
    with reading(engine) as connection:
        assert attached.whole(connection, 2, application_id=application) == ("Nino 3.pdf", "pdf", b"content 03")
        assert attached.whole(connection, 3, application_id=application) is None
        assert attached.picture(connection, application, 1, 1) == b"copy01"
        assert attached.picture(connection, application, 1, 2) is None
        assert attached.picture(connection, application, 0, 1) is None
        assert broken(connection) == []
        proofs = bundles.evidence(connection, 1)[application]
        assert [(one["source"], one["digest"]) for one in proofs] == [("file", one) for one in digests]
        lines = connection.execute(select(t.audit.c.event, t.audit.c.details).order_by(t.audit.c.id)).all()
    events = [one.event for one in lines]
    assert [events.count(one) for one in ("file_added", "file_taken_out", "application_handed_in")] == [3, 1, 1]
    assert lines[-1].details == {"files": digests}
    assert "Nino" not in repr([one.details for one in lines])
    with writing(engine) as connection:
        connection.execute(update(t.applications).values(files=7))
        assert [one.name for one in broken(connection)] == ["An application has as many files as it says."]


def test_only_those_who_work_on_it_add_and_only_while_applications_are_taken(
    engine: Engine, people: list[int], key: str
) -> None:
    with writing(engine) as connection:
        members = t.application_members
        connection.execute(members.delete().where(members.c.person_id == people[1]))
    with pytest.raises(NotFound):
        add(engine, people[1], key)
    with writing(engine) as connection:
        connection.execute(update(t.rounds).values(closes_at=NOW - DAY, routed_at=NOW))
    with pytest.raises(NotNow):
        add(engine, people[0], key)
    assert rows(engine) == []


def test_what_cannot_be_read_leaves_nothing_and_no_line(
    engine: Engine, people: list[int], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: bytes) -> Copied:
        raise reader.Unfit("pages", 57)

    monkeypatch.setattr(reader, "copied", refuse)
    with pytest.raises(BadInput, match=r"This PDF has 57 pages; 40 are the most\. Take out what is not needed"):
        add(engine, people[0], key)
    with reading(engine) as connection:
        events = list(connection.execute(select(t.audit.c.event)).scalars())
    assert (rows(engine), "file_added" in events) == ([], False)


@pytest.mark.parametrize("why", [one for one in reader.WHYS if one != "pages"])
def test_every_reason_has_its_words_and_a_way_out(why: str) -> None:
    found = attach._refused(reader.Unfit(why, 48))
    assert found.says.endswith(".")
    assert len(found.remedy) > 10
    assert ("48 megapixels" in found.says) == (why == "pixels")


def _anonymise(engine: Engine, who: int, settings: Settings) -> None:
    anonymise.anonymise(engine, who, 1, "asked", settings=settings, actor=ledger.SYSTEM, now=NOW + 200 * DAY)


def _retain(keep: Keep) -> Callable[[Engine, int, Settings], None]:
    def run(engine: Engine, _: int, settings: Settings) -> None:
        with writing(engine) as connection:
            retention.set_policy(connection, 1, keep, Policy(30, by_clock=True, version=0), None, NOW)
        retain.keep_house(engine, settings=settings, now=NOW + 200 * DAY)

    return run


@pytest.mark.parametrize(
    ("erase", "handed"), [(_anonymise, True), (_anonymise, False), (_retain(Keep.EVIDENCE), True),
                          (_retain(Keep.DRAFTS), False)],
    ids=["anonymised", "anonymised before handing in", "evidence is over", "drafts are over"],
)  # fmt: skip
def test_files_are_emptied_and_what_they_were_stays_known(
    engine: Engine, people: list[int], key: str, database_settings: Settings, handed: bool,
    erase: Callable[[Engine, int, Settings], None],
) -> None:  # fmt: skip
    add(engine, people[0], key)
    if handed:
        hand_in(engine, people[0], key, database_settings)
    with writing(engine) as connection:
        connection.execute(
            update(t.rounds).values(closes_at=NOW + 9 * DAY, released_at=NOW + 60 * DAY, proposed_at=NOW + 59 * DAY)
        )
        connection.execute(update(t.messages).values(state="sent", sent_at=NOW))
    erase(engine, people[0], database_settings)
    with reading(engine) as connection:
        f = t.application_files.c
        row = connection.execute(select(f.name, f.copies, f.content, f.digest, f.kind)).one()
    assert (row.name, bytes(row.copies), bytes(row.content)) == ("", b"", b"")
    assert (row.digest, row.kind) == (digest_of(b"content 01"), "pdf")
    if handed:
        (one,) = held(engine, 1)
        assert one.erased
        with reading(engine) as connection:
            assert attached.whole(connection, 1, application_id=1) is None
            assert attached.picture(connection, 1, 1, 1) is None


def test_the_other_side_of_retention_leaves_them(
    engine: Engine, people: list[int], key: str, database_settings: Settings
) -> None:
    """Once it is handed in, a file is evidence, and no part of a draft."""
    add(engine, people[0], key)
    hand_in(engine, people[0], key, database_settings)
    with writing(engine) as connection:
        connection.execute(update(t.rounds).values(released_at=NOW + 60 * DAY, proposed_at=NOW + 59 * DAY))
    _retain(Keep.DRAFTS)(engine, people[0], database_settings)
    assert rows(engine) == [b"content 01"]


def test_whoever_asks_what_is_stored_is_told_names_and_digests(
    engine: Engine, people: list[int], key: str, database_settings: Settings, tmp_path: Path
) -> None:
    add(engine, people[1], key)
    hand_in(engine, people[0], key, database_settings)
    whom = personal_export.people(engine, "nino@example.org")
    path = tmp_path / "out.zip"
    counts = personal_export.export(
        engine, whom, path, "about", settings=database_settings, actor=ledger.SYSTEM, now=NOW
    )
    assert counts["application_files"] == 1
    with zipfile.ZipFile(path) as packed:
        data = packed.read("data.json").decode()
    assert "Nino 1.pdf" in data
    assert digest_of(b"content 01") in data
    assert '"added_by": "applicant"' in data
    assert "giorgi" not in data
    assert "content 01" not in data
