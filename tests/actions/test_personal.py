"""What is stored of a person: handed out to them and to nobody else, and taken out so that every result stands."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from evaluators.permissions import Field
from evaluators.personal import SETTABLE, Keep, Needed
from laurea import anchors, bundle, ledger
from laurea.actions import anonymise, correct_person, deliver, export, personal_export, release, retain
from laurea.errors import BadInput, Conflict, NotFound, NotNow
from laurea.settings import Settings
from laurea.store import invariants, personal
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from tests.actions.conftest import SmallRound, round_on

DAY = timedelta(days=1)


class Told:
    """A released round in which every person, answer and word is one that stands nowhere else."""

    def __init__(self, small: SmallRound) -> None:
        self.small, self.engine = small, small.engine
        small.bring_in()
        small.advance()
        self.now = small.scene.review_until
        with writing(self.engine) as connection:
            for row in connection.execute(select(t.people.c.id, t.people.c.role)).all():
                values = {"name": f"Zqname{row.id}z", "email": f"zqmail{row.id}z@school.example"}
                connection.execute(update(t.people).where(t.people.c.id == row.id).values(**values))
            a = t.applications.c
            for row in connection.execute(select(a.id, a.facts)).all():
                facts = row.facts | {"of_nobody": f"Zqfact{row.id}z"}
                connection.execute(
                    update(t.applications).where(a.id == row.id).values(facts=facts, topics=[f"Zqtopic{row.id}z"])
                )
        small.mark()
        with writing(self.engine) as connection:
            for number in connection.execute(select(t.sheets.c.id)).scalars().all():
                words = update(t.sheets).where(t.sheets.c.id == number)
                connection.execute(words.values(comment=f"Zqcomment{number}z"))
        small.advance(self.now)
        digest = small.record().digest
        assert digest
        release.release(
            self.engine, small.round_id, actor=small.actor, expected_digest=digest, settings=small.settings,
            now=self.now,
        )  # fmt: skip
        while deliver.deliver(self.engine, settings=small.settings, now=self.now + DAY, limit=1_000):
            pass
        self.now += DAY
        self.authority = small.record().authority_id
        self.officer = int(small.actor.person_id or 0)

    def rows(self, query: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(query).all())

    def applicant(self, granted: bool) -> tuple[int, list[int]]:
        """Somebody who was granted something, or nothing at all, and their applications."""
        a, d = t.applications.c, t.decisions.c
        found: dict[int, list[tuple[int, bool]]] = {}
        query = select(a.applicant_id, a.id, d.granted).join(t.decisions, d.application_id == a.id).order_by(a.id)
        for row in self.rows(query):
            found.setdefault(row.applicant_id, []).append((row.id, row.granted))
        person, mine = next(one for one in found.items() if any(yes for _, yes in one[1]) is granted)
        return person, [number for number, _ in mine]

    def comments(self, applications: list[int]) -> set[str]:
        """What jurors wrote about these applications."""
        s, a = t.sheets.c, t.assignments.c
        query = select(s.comment).join(t.assignments, a.id == s.assignment_id).where(a.application_id.in_(applications))
        return {row.comment for row in self.rows(query)}

    def decided(self) -> list[Any]:
        d = t.decisions.c
        return self.rows(select(d.application_id, d.outcome, d.exact_points, d.rank, d.trace).order_by(d.id))

    def everything(self) -> str:
        """Every value of every table as text."""
        with reading(self.engine) as connection:
            return "\n".join(
                f"{table.name} {value!r}"
                for table in t.metadata.sorted_tables
                for row in connection.execute(select(table))
                for value in row
            )

    def sound(self, path: Path) -> None:
        """Every invariant holds, the audit is unbroken, and the round follows from its bundle."""
        with reading(self.engine) as connection:
            assert invariants.broken(connection) == []
            assert anchors.faults(connection) == []
        common = {"settings": self.small.settings, "actor": self.small.actor, "now": self.now}
        export.export_bundle(self.engine, self.small.round_id, path, seen=frozenset(Field), **common)
        found = bundle.check(path.read_bytes())
        assert found.faults == []
        assert found.decisions > 5


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The round once, on SQLite."""
    folder = tmp_path_factory.mktemp("kept")
    settings = Settings(workspace=folder / "workspace")
    engine = open_engine(settings.url)
    t.metadata.create_all(engine)
    made = Told(round_on(engine, settings, folder))
    engine.dispose()
    return made


@pytest.fixture
def told(kept: Told, tmp_path: Path) -> Iterator[Told]:
    """A copy of its whole workspace, to be changed."""
    settings = kept.small.settings.model_copy(update={"workspace": tmp_path / "workspace"})
    shutil.copytree(kept.small.settings.workspace, settings.workspace)
    mine = copy(kept)
    mine.engine = open_engine(settings.url)
    mine.small = replace(kept.small, engine=mine.engine, settings=settings)
    yield mine
    mine.engine.dispose()


def taken(told: Told, person: int, path: Path) -> dict[str, str]:
    """The texts in somebody's export."""
    whom = personal_export.people(told.engine, str(person), told.authority)
    personal_export.export(
        told.engine, whom, path, "About this file.", settings=told.small.settings, actor=told.small.actor, now=told.now
    )
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def test_an_export_holds_everything_of_one_person_and_nothing_of_another(told: Told, tmp_path: Path) -> None:
    person, applications = told.applicant(granted=True)
    files = taken(told, person, tmp_path / "one.zip")
    whole = "\n".join(files.values())
    data = json.loads(files["data.json"])["tables"]
    others = [row.id for row in told.rows(select(t.people.c.id).where(t.people.c.id != person))]
    foreign = [f"{word}{one}z" for one in others for word in ("Zqname", "zqmail")]
    a = t.applications.c
    foreign += [
        f"Zq{w}{r.id}z" for r in told.rows(select(a.id).where(a.applicant_id != person)) for w in ("fact", "topic")
    ]
    assert [word for word in foreign if word in whole] == []
    assert f"Zqname{person}z" in files["data.json"]
    assert f"zqmail{person}z" in files["data.json"]
    assert all(f"Zqfact{one}z" in files["data.json"] for one in applications)
    assert data["decisions"][0]["outcome"]
    comments = told.comments(applications)
    assert comments
    assert {row["comment"] for row in data["sheets"]} == comments
    first = [row["juror"] for row in data["sheets"] if row["application_id"] == applications[0]]
    assert sorted(first) == [f"juror {n}" for n in range(1, len(first) + 1)]
    assert all(set(row) == {"application_id", "marks", "comment", "juror"} for row in data["sheets"])
    assert [name for name in files if name.startswith("letters/")]
    assert f"zqmail{person}z" in files["letters/0001.eml"]
    assert "officer,decisions_released,round:" in files["log.csv"]
    lines = told.rows(select(t.audit.c.actor, t.audit.c.subject).where(t.audit.c.event == "person_exported"))
    assert lines == [(f"person:{told.officer}", f"person:{person}")]


def test_a_jurors_export_holds_their_sheets_and_no_applicant(told: Told, tmp_path: Path) -> None:
    j = t.jurors.c
    juror = told.rows(select(j.person_id, j.id).join(t.assignments, t.assignments.c.juror_id == j.id).order_by(j.id))[0]
    files = taken(told, juror.person_id, tmp_path / "one.zip")
    data = json.loads(files["data.json"])["tables"]
    mine = select(t.sheets.c.id).join(t.assignments, t.assignments.c.id == t.sheets.c.assignment_id)
    sheets = told.rows(mine.where(t.assignments.c.juror_id == juror.id))
    assert {row["id"] for row in data["sheets"]} == {row.id for row in sheets}
    assert f"Zqcomment{sheets[0].id}z" in files["data.json"]
    others = told.rows(select(t.people.c.id).where(t.people.c.id != juror.person_id))
    assert [row.id for row in others if f"name{row.id}z" in files["data.json"] + files["log.csv"]] == []


def test_before_the_release_nothing_of_the_jury_is_handed_out(told: Told, tmp_path: Path) -> None:
    person, _ = told.applicant(granted=False)
    with writing(told.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    data = json.loads(taken(told, person, tmp_path / "one.zip")["data.json"])["tables"]
    assert "applications" in data
    assert {"sheets", "decisions", "decision_versions", "feedback", "joint_sheets"} & data.keys() == set()


def test_whoever_is_made_anonymous_is_nowhere_and_every_result_stands(told: Told, tmp_path: Path) -> None:
    person, applications = told.applicant(granted=False)
    decided, before, comments = told.decided(), told.everything(), told.comments(applications)
    preview = anonymise.look(told.engine, person, told.authority, told.now)
    assert told.everything() == before
    assert preview.needed == frozenset()
    assert {"people", "applications", "sheets", "messages"} <= preview.rows.keys()
    common = {"settings": told.small.settings, "actor": told.small.actor, "now": told.now}
    with pytest.raises(BadInput):
        anonymise.anonymise(told.engine, person, told.authority, "", **common)
    done = anonymise.anonymise(told.engine, person, told.authority, "asked", **common)
    assert done == preview.rows
    after = told.everything()
    gone = [f"Zqname{person}z", f"zqmail{person}z", *comments]
    gone += [f"Zq{word}{one}z" for one in applications for word in ("fact", "topic")]
    assert all(word in before for word in gone)
    assert [word for word in gone if word in after] == []
    for path in told.small.settings.workspace.rglob("*"):
        if path.is_file() and not path.name.startswith("laurea.db"):
            assert f"zqmail{person}z".encode() not in path.read_bytes(), path
    assert told.decided() == decided
    told.sound(tmp_path / "round.bundle")
    stripped = told.rows(select(t.audit.c.details).where(t.audit.c.event == "applications_stripped"))
    assert [row.details["applications"] for row in stripped] == [applications]
    with pytest.raises(NotFound):
        anonymise.anonymise(told.engine, person, told.authority, "asked", **common)
    with reading(told.engine) as connection:
        found = personal.someone(connection, person)
    assert found is not None
    assert (found.name, found.erased) == (f"#{person}", True)


def test_what_is_needed_still_is_not_taken_out(told: Told) -> None:
    holder, _ = told.applicant(granted=True)
    refused, (application, *_) = told.applicant(granted=False)
    juror = told.rows(select(t.jurors.c.person_id))[0].person_id
    with writing(told.engine) as connection:
        connection.execute(
            insert(t.appeals).values(
                authority_id=told.authority, round_id=told.small.round_id, application_id=application,
                person_id=refused, facts={}, words="Look again.", filed_at=told.now,
            )
        )  # fmt: skip

    def why(person: int) -> frozenset[Needed]:
        return anonymise.look(told.engine, person, told.authority, told.now).needed

    assert Needed.LABEL in why(holder)
    assert Needed.APPEAL in why(refused)
    assert why(told.officer) == {Needed.LAST_OFFICER}
    common = {"settings": told.small.settings, "actor": ledger.SYSTEM, "now": told.now}
    with pytest.raises(NotNow):
        anonymise.anonymise(told.engine, holder, told.authority, "asked", **common)
    with pytest.raises(NotFound):
        anonymise.anonymise(told.engine, refused, told.authority + 1, "asked", **common)
    with writing(told.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=None))
    assert Needed.ROUND in why(juror)


def test_a_corrected_name_reaches_the_labels_and_an_address_shuts_out(told: Told) -> None:
    person, _ = told.applicant(granted=True)
    with writing(told.engine) as connection:
        connection.execute(update(t.grants).where(t.grants.c.person_id == person).values(holder=f"Zqname{person}z"))
        connection.execute(
            insert(t.sessions).values(
                token_digest="d" * 64, person_id=person, csrf="c", created_at=told.now, seen_at=told.now,
                expires_at=told.now + DAY,
            )
        )  # fmt: skip
    seen = (f"Zqname{person}z", f"zqmail{person}z@school.example")
    common = {"seen": seen, "actor": told.small.actor, "now": told.now}
    new = {"name": "Nino Beridze", "email": "nino@school.example"}
    with pytest.raises(BadInput):
        correct_person.correct(told.engine, person, told.authority, **new | {"email": "nobody"}, **common)
    done = correct_person.correct(told.engine, person, told.authority, **new, **common)
    assert (done.fields, done.letters) == (("name", "email"), 0)
    g = t.grants.c
    assert told.rows(select(g.number, g.holder).where(g.person_id == person)) == [
        (number, "Nino Beridze") for number in done.labels
    ]
    assert told.rows(select(t.renamings.c.before, t.renamings.c.after)) == [
        (seen[0], "Nino Beridze") for _ in done.labels
    ]
    assert told.rows(select(t.sessions)) == []
    with pytest.raises(Conflict):
        correct_person.correct(told.engine, person, told.authority, **new, **common)
    other = told.rows(select(t.people).where(t.people.c.role == "applicant", t.people.c.id != person))[0]
    with pytest.raises(Conflict):
        correct_person.correct(
            told.engine, other.id, told.authority, name=other.name, email="NINO@school.example",
            **common | {"seen": (other.name, other.email)},
        )  # fmt: skip
    assert "Nino" not in json.dumps([row.details for row in told.rows(select(t.audit.c.details))])


def test_what_is_due_is_listed_confirmed_and_done_in_few_questions(
    small: Callable[..., SmallRound], tmp_path: Path
) -> None:
    told = Told(small())
    engine, office, settings = told.engine, told.authority, told.small.settings
    assert retain.waiting(engine, told.now) == []  # nothing is set: nothing is ever due
    assert retain.write_list(engine, office, settings=settings, now=told.now) is None
    common = {"version": 0, "actor": told.small.actor, "now": told.now}
    with pytest.raises(BadInput):
        retain.set_days(engine, office, Keep.LETTERS, days=0, by_clock=False, **common)
    for keep in SETTABLE:
        retain.set_days(engine, office, keep, days=30, by_clock=False, **common)
    with pytest.raises(Conflict):
        retain.set_days(engine, office, Keep.LETTERS, days=10, by_clock=False, **common)
    later: datetime = told.now + 40 * DAY
    decided, before = told.decided(), told.everything()
    asked: list[str] = []
    listen = (engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    event.listen(*listen)
    listed = retain.write_list(engine, office, settings=settings, now=later)
    questions = len(asked)
    assert listed is not None
    assert {"applicants", "jurors", "comments", "evidence", "letters", "files"} <= listed.due.keys()
    assert "holders" not in listed.due  # their labels are in force
    assert questions < 80
    assert told.decided() == decided
    assert retain.carry_out(engine, office, settings=settings, now=later) == {}  # nobody has confirmed it
    with pytest.raises(NotFound):
        retain.confirm(engine, office + 1, listed.id, listed.version, actor=told.small.actor, now=later)
    retain.confirm(engine, office, listed.id, listed.version, actor=told.small.actor, now=later)
    assert retain.confirmed(engine) == [office]
    asked.clear()
    done = retain.carry_out(engine, office, settings=settings, now=later)
    event.remove(*listen)
    assert done == {keep: number for keep, (_, number) in listed.due.items()}
    assert len(asked) < 400
    after = told.everything()
    assert "Zqcomment" in before
    assert "Zqcomment" not in after
    holders = {row.person_id for row in told.rows(select(t.grants.c.person_id))}
    named = {row.id for row in told.rows(select(t.people)) if f"Zqname{row.id}z" in after}
    roles = {row.id: row.role for row in told.rows(select(t.people))}
    assert {one for one in named if roles[one] == "applicant"} == holders
    assert {roles[one] for one in named} == {"applicant", "officer"}
    assert not list((settings.workspace / "outbox").glob("*.eml"))
    assert told.decided() == decided
    told.sound(tmp_path / "round.bundle")
    assert retain.waiting(engine, later + DAY) == [office]
    assert retain.write_list(engine, office, settings=settings, now=later + DAY) is None


def test_the_clock_erases_alone_where_the_office_says_so(told: Told) -> None:
    common = {"version": 0, "actor": told.small.actor, "now": told.now}
    retain.set_days(told.engine, told.authority, Keep.LETTERS, days=30, by_clock=True, **common)
    later = told.now + 40 * DAY
    made = retain.write_list(told.engine, told.authority, settings=told.small.settings, now=later)
    assert made is not None
    assert (made.state, list(made.due)) == ("confirmed", ["letters"])
    assert retain.carry_out(told.engine, told.authority, settings=told.small.settings, now=later)["letters"] > 0
    assert {row.content for row in told.rows(select(t.messages.c.content))} == {b""}


def test_the_audit_names_nobody(told: Told) -> None:
    """Ids, figures and words of closed lists: nothing that somebody typed."""
    for row in told.rows(select(t.audit)):
        text = f"{row.actor} {row.subject} {json.dumps(row.details)}"
        assert "Zq" not in text
        assert "@" not in text
